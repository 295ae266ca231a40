import type { McpAsked, McpPassage, McpTalk, McpTalkDeps, McpVerdict } from '../../core/mcp.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { approvalQuestion, errorAnswer, refusalAnswer, refusalText, saidYes } from './answers.ts';
import { askedIn, nameOf } from './asked.ts';
import { passEach } from './batch.ts';
import { aboutRequest, instructionsNote, outcomeOf, toolsNote, withoutTools } from './contents.ts';
import { judgedOfClient, judgedOfServer, type McpMessage, type McpReading, readMessage } from './message.ts';

/** A request on its way to be answered. */
interface Open {
  readonly method: string;
  /** `''` where nothing was judged. */
  readonly toolUseId: string;
  readonly sinceMs: number;
}

/** A call whose verdict is awaited. */
interface Waiting {
  cancelled: boolean;
}

type Passing = McpPassage | Promise<McpPassage>;

const rawLimit = 65_536;
/** Requests without an answer that are remembered; more than any client keeps open. */
const mostOpen = 10_000;
const nothing: McpPassage = { forward: null, back: [] };

/**
 * Reads a connection between an MCP client and its server. What needs no verdict passes as it came, byte for byte; what
 * was refused is answered in the protocol's own words. While observing everything passes.
 */
export function openTalk(deps: McpTalkDeps): McpTalk {
  return new Talk(deps);
}

class Talk implements McpTalk {
  readonly #deps: McpTalkDeps;
  /** Requests of the client, and of the server, that are not answered yet. */
  readonly #ofClient = new Map<string, Open>();
  readonly #ofServer = new Map<string, Open>();
  readonly #waiting = new Map<string, Waiting>();
  /** Questions of ours to the person behind the client. */
  readonly #questions = new Map<string, (yes: boolean) => void>();
  #client = { name: '', version: '' };
  #canAsk = false;
  #version = '';

  constructor(deps: McpTalkDeps) {
    this.#deps = deps;
  }

  client() {
    return this.#client;
  }

  assume(version: string): void {
    if (this.#version === '') this.#version = version;
  }

  fromClient(text: string): Passing {
    const read = readMessage(text, true);
    if (read.kind === 'unreadable') return this.#unreadable(text, read, 'client');
    if (read.kind === 'one') return this.#clientSays(text, read.message, true);
    if (this.#enforcing() && this.#version >= '2025-06-18') {
      this.#unparsed(`a batch, which version ${this.#version} of the protocol does not know`, text);
      const why = `version ${this.#version} of the protocol knows no batches; send each message alone.`;
      return { forward: null, back: [errorAnswer('', why)] };
    }
    return passEach(text, read.messages, (message) => this.#clientSays(text, message, false));
  }

  fromServer(text: string): Passing {
    const read = readMessage(text, false);
    if (read.kind === 'unreadable') return this.#unreadable(text, read, 'server');
    if (read.kind === 'one') return this.#serverSays(text, read.message);
    return passEach(text, read.messages, (message) => this.#serverSays(text, message));
  }

  #enforcing = (): boolean => this.#deps.judge.mode() === 'enforce';

  #unparsed(why: string, raw: string): void {
    this.#deps.judge.note({ kind: 'unparsed', why: `MCP: ${why}`, raw: raw.slice(0, rawLimit) });
  }

  #unreadable(text: string, read: Extract<McpReading, { kind: 'unreadable' }>, from: 'client' | 'server'): McpPassage {
    this.#unparsed(`a message of the ${from} ${read.why}`, text);
    if (!this.#enforcing()) return { forward: text, back: [] };
    if (from === 'client')
      return { forward: null, back: [errorAnswer(read.idText, `the message ${read.why}.`, -32_700)] };
    // Whoever waits for this answer is told; a stray line of a log is only dropped.
    const waits = read.idText !== '' && this.#ofClient.delete(unquoted(read.idText));
    return { forward: waits ? errorAnswer(read.idText, `the server's answer ${read.why}.`) : null, back: [] };
  }

  // ————— what the client says

  #clientSays(text: string, message: McpMessage, alone: boolean): Passing {
    const { problem, kind } = message;
    const reused =
      kind === 'request' && (this.#ofClient.has(message.idKey) || this.#waiting.has(message.idKey))
        ? 'repeats the id of a request that is still open'
        : null;
    const odd = problem ?? reused;
    if (odd !== null) {
      const what = partOf(text, message);
      this.#unparsed(`a message of the client ${odd}`, what);
      if (this.#enforcing()) return this.#refused(message, odd, reused !== null);
    }
    if (judgedOfClient.has(message.method)) return this.#judged(text, message, odd, alone);
    if (kind === 'response') return this.#clientAnswers(text, message);
    if (kind === 'notification') return this.#clientTells(text, message);
    if (message.method === 'initialize') this.#meet(message);
    this.#open(this.#ofClient, message, '');
    return { forward: text, back: [] };
  }

  /** Recorded as a call that was refused where it is one, so that it is seen where calls are looked at. */
  async #refused(message: McpMessage, odd: string, reused: boolean): Promise<McpPassage> {
    if (judgedOfClient.has(message.method)) await this.#deps.judge.decide(this.#askedIn(message, odd));
    if (message.kind === 'response') return nothing;
    const why = `the message ${odd}; two readers could see different messages.`;
    return { forward: null, back: [errorAnswer(reused ? '' : message.idText, why)] };
  }

  #open(open: Map<string, Open>, { idKey, method }: McpMessage, toolUseId: string): void {
    if (idKey === '') return;
    open.set(idKey, { method, toolUseId, sinceMs: this.#deps.nowMs() });
    const [oldest] = open.keys();
    if (open.size > mostOpen && oldest !== undefined) open.delete(oldest);
  }

  #meet({ params }: McpMessage): void {
    const { name, version } = recordOf(params.clientInfo) ?? {};
    this.#client = { name: textOf(name).slice(0, 200), version: textOf(version).slice(0, 100) };
    this.#canAsk = recordOf(recordOf(params.capabilities)?.elicitation) !== null;
  }

  async #judged(text: string, message: McpMessage, odd: string | null, alone: boolean): Promise<McpPassage> {
    const { idKey } = message;
    const waiting: Waiting = { cancelled: false };
    if (idKey !== '') this.#waiting.set(idKey, waiting);
    const asked = this.#askedIn(message, odd);
    let verdict: McpVerdict;
    try {
      verdict = await this.#deps.judge.decide(asked);
    } finally {
      this.#waiting.delete(idKey);
    }
    if (waiting.cancelled) return nothing;
    if (asked.problem !== null && this.#enforcing())
      return this.#no(message, asked, {
        effective: 'deny',
        why: `${asked.problem}, so nobody can be sure what would run`,
        rules: [],
      });
    if (verdict.effective === 'deny') return this.#no(message, asked, verdict);
    if (verdict.effective === 'ask') {
      if (!alone || !this.#canAsk || verdict.askMs <= 0) return this.#no(message, asked, verdict);
      return this.#ask(text, message, asked, verdict);
    }
    this.#open(this.#ofClient, message, asked.toolUseId);
    return { forward: text, back: [] };
  }

  #no(message: McpMessage, asked: McpAsked, verdict: Omit<McpVerdict, 'askMs'>): McpPassage {
    if (message.kind !== 'request') return nothing;
    return { forward: null, back: [refusalAnswer(message, refusalText(nameOf(this.#deps.server, asked), verdict))] };
  }

  /** Puts the question to the person behind the client; what else is said goes on meanwhile. */
  #ask(text: string, message: McpMessage, asked: McpAsked, verdict: McpVerdict): McpPassage {
    const id = `warder-${this.#deps.freshId()}`;
    const what = nameOf(this.#deps.server, asked);
    const waiting: Waiting = { cancelled: false };
    this.#waiting.set(message.idKey, waiting);
    const later = async (): Promise<McpPassage> => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#questions.set(id, resolve);
      const yes = await Promise.race([promise, this.#deps.after(verdict.askMs).then(() => null)]);
      this.#questions.delete(id);
      this.#waiting.delete(message.idKey);
      const said = yes === null ? 'did not answer in time' : yes ? 'said yes' : 'said no';
      this.#deps.judge.note({
        kind: 'notice',
        what: 'a person was asked through the client',
        text: `${said}: ${what}`,
      });
      if (waiting.cancelled) return nothing;
      if (yes !== true) return this.#no(message, asked, { ...verdict, why: `${verdict.why} (the person ${said})` });
      this.#open(this.#ofClient, message, asked.toolUseId);
      return { forward: text, back: [] };
    };
    return { forward: null, back: [approvalQuestion(id, what, verdict.why)], later: later() };
  }

  #askedIn = (message: McpMessage, odd: string | null): McpAsked =>
    askedIn(message, odd, `mcp_${this.#deps.freshId()}`);

  #clientTells(text: string, { method, params }: McpMessage): McpPassage {
    if (method !== 'notifications/cancelled') return { forward: text, back: [] };
    const { requestId } = params;
    const waiting = this.#waiting.get(String(requestId));
    if (waiting === undefined) return { forward: text, back: [] };
    // The server never heard of the request.
    waiting.cancelled = true;
    return nothing;
  }

  #clientAnswers(text: string, message: McpMessage): McpPassage {
    const question = this.#questions.get(message.idKey);
    if (question !== undefined) {
      question(saidYes(message));
      return nothing;
    }
    this.#answered(this.#ofServer, message);
    return { forward: text, back: [] };
  }

  #answered(open: Map<string, Open>, message: McpMessage): Open | undefined {
    const request = open.get(message.idKey);
    open.delete(message.idKey);
    if (request === undefined || request.toolUseId === '') return request;
    const outcome = outcomeOf(message, this.#deps.nowMs() - request.sinceMs);
    this.#deps.judge.note({ kind: 'result', toolUseId: request.toolUseId, outcome });
    return request;
  }

  // ————— what the server says

  #serverSays(text: string, message: McpMessage): Passing {
    const { problem, kind } = message;
    if (problem !== null) {
      this.#unparsed(`a message of the server ${problem}`, partOf(text, message));
      if (this.#enforcing()) return this.#keptFromClient(message, problem);
    }
    if (judgedOfServer.has(message.method)) return this.#serverAsks(text, message, problem);
    if (kind !== 'response') return { forward: text, back: [] };
    const request = this.#answered(this.#ofClient, message);
    if (request?.method === 'initialize') this.#meetServer(message);
    // A list is one whoever asked for it: its answer may come on another stream than the request left by.
    return message.result !== null && Array.isArray(message.result.tools)
      ? this.#listed(text, message)
      : { forward: text, back: [] };
  }

  #keptFromClient(message: McpMessage, problem: string): McpPassage {
    const { kind, idText, idKey } = message;
    if (kind === 'request') return { forward: null, back: [errorAnswer(idText, `the message ${problem}.`)] };
    if (kind === 'notification' || kind === 'none') return nothing;
    this.#ofClient.delete(idKey);
    return {
      forward: errorAnswer(idText, `the server's answer ${problem}; two readers could see different answers.`),
      back: [],
    };
  }

  #meetServer({ result }: McpMessage): void {
    const { server, judge, sha256 } = this.#deps;
    this.#version = textOf(result?.protocolVersion);
    const instructions = textOf(result?.instructions);
    if (instructions !== '') judge.note(instructionsNote(server, instructions, sha256));
  }

  /** The server asks the model, or the person, for something. */
  async #serverAsks(text: string, message: McpMessage, odd: string | null): Promise<McpPassage> {
    const asked: McpAsked = { ...this.#askedIn(message, odd), about: aboutRequest(message) };
    const verdict = await this.#deps.judge.decide(asked);
    if (verdict.effective === 'allow') {
      this.#open(this.#ofServer, message, asked.toolUseId);
      return { forward: text, back: [] };
    }
    return this.#no(message, asked, verdict);
  }

  #listed(text: string, message: McpMessage): Passing {
    const { judge, server, sha256 } = this.#deps;
    const tools: readonly unknown[] = Array.isArray(message.result?.tools) ? message.result.tools : [];
    judge.note(toolsNote(server, tools, sha256));
    if (!this.#enforcing()) return { forward: text, back: [] };
    const names = tools.map((tool) => textOf(recordOf(tool)?.name));
    return judge.hidden([...new Set(names)].slice(0, 5000)).then((hidden) => {
      const gone = new Set(hidden);
      return { forward: gone.size === 0 ? text : withoutTools(text, message, names, gone), back: [] };
    });
  }
}

const unquoted = (idText: string): string => (idText.startsWith('"') ? idText.slice(1, -1) : idText);

function partOf(text: string, { span }: McpMessage): string {
  return text.slice(span.start, Math.min(span.end, span.start + rawLimit));
}
