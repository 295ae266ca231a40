import fs from 'node:fs';
import type { Agent } from 'node:http';
import path from 'node:path';
import type { McpAsked, McpClientInfo, McpJudge, McpNote, McpVerdict } from '../core/mcp.ts';
import type { Mode } from '../core/verdict.ts';
import { type Answer, answerOf, type Place, readPlace } from './mcp-remote-answer.ts';

export interface RemoteOptions {
  /** Warder's home, where its address and the token are. */
  readonly home: string;
  readonly server: string;
  readonly session: string;
  readonly cwd: string;
  /** Fixed on the command line; null: as the mode says. */
  readonly whenGone: 'refuse' | 'pass' | null;
  /** A verdict that is not there after so long counts as none, milliseconds, by mode: who only watches waits less. */
  readonly verdictMs: Readonly<Record<Mode, number>>;
  client(): McpClientInfo;
  /** One line for the person who runs the agent. */
  say(line: string): void;
}

/** A judge that asks the Warder of this machine. */
export interface RemoteJudge extends McpJudge {
  /** Sends what waits, within `ms`; says how much was not delivered. */
  close(ms: number): Promise<void>;
}

const connectAfterMs = 150;

const mostNotes = 1000;

const mostNoteBytes = 16 * 1024 * 1024;

const retryMs = [250, 1000, 3000, 10_000];

/** Reads `<home>/server.json` when it is needed, so that a Warder that starts later, or elsewhere, is found. */
export function openRemoteJudge(options: RemoteOptions): RemoteJudge {
  return new Remote(options);
}

class Remote implements RemoteJudge {
  readonly #options: RemoteOptions;
  #agent: Agent | null = null;
  #mode: Mode;
  /** What Warder itself said last. */
  #told: Mode | undefined;
  #personMs = 0;
  /** While observing: a Warder that hangs is left alone until then. */
  #quietUntil = 0;
  #place: Place | null = null;
  #notes: { readonly note: McpNote; readonly size: number }[] = [];
  #noteBytes = 0;
  /** Notes that were thrown away, and calls that ran without a verdict, since Warder last answered. */
  #lost = 0;
  #unjudged: string[] = [];
  #unjudgedCount = 0;
  #sending: Promise<void> | null = null;
  #failures = 0;
  #saidGone = false;
  #closing = false;
  #wake: () => void = () => {};

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#mode = modeWhenGone(options);
    // Who asks for the first verdict finds a connection; who waits for the server to start is not slowed down by it.
    setTimeout(() => void this.#ask({}, 2000).catch(() => null), connectAfterMs).unref();
  }

  mode(): Mode {
    return this.#mode;
  }

  async decide(asked: McpAsked): Promise<McpVerdict> {
    try {
      if (this.#mode === 'observe' && performance.now() < this.#quietUntil) throw new Error('it did not answer lately');
      const { verdict } = await this.#ask({ ask: asked }, this.#patience() + this.#personMs);
      if (verdict) return verdict;
      throw new Error('it gave no verdict');
    } catch (error) {
      return this.#unanswered(asked, error instanceof Error ? error.message : String(error));
    }
  }

  #patience = (): number => this.#options.verdictMs[this.#mode];

  #unanswered(asked: McpAsked, why: string): McpVerdict {
    this.#mode = modeWhenGone(this.#options, this.#told);
    if (this.#mode === 'enforce')
      return { effective: 'deny', why: `Warder could not be asked (${why})`, rules: ['warder-gone'], askMs: 0 };
    this.#unjudgedCount += 1;
    if (this.#unjudged.length < 50) this.#unjudged.push(asked.tool.slice(0, 100));
    if (!this.#saidGone) this.#options.say(`Warder could not be asked (${why}); calls pass without a verdict`);
    this.#saidGone = true;
    return { effective: 'allow', why: 'Warder could not be asked', rules: [], askMs: 0 };
  }

  note(note: McpNote): void {
    const size = JSON.stringify(note).length;
    if (this.#notes.length >= mostNotes || this.#noteBytes + size > mostNoteBytes) {
      this.#lost += 1;
      return;
    }
    this.#notes.push({ note, size });
    this.#noteBytes += size;
    this.#sending ??= this.#send();
  }

  async hidden(tools: readonly string[]): Promise<readonly string[]> {
    try {
      return (await this.#ask({ hidden: tools }, this.#patience())).hidden ?? [];
    } catch {
      // The list passes whole; each call of it needs its own verdict anyway.
      return [];
    }
  }

  async close(ms: number): Promise<void> {
    this.#closing = true;
    this.#wake();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    if (this.#notes.length > 0) this.#sending ??= this.#send();
    await Promise.race([this.#sending ?? Promise.resolve(), late]);
    clearTimeout(timer);
    this.#agent?.destroy();
    const left = this.#lost + this.#notes.length;
    if (left > 0) this.#options.say(`${left} ${left === 1 ? 'event was' : 'events were'} not delivered to Warder`);
  }

  /** Sends notes in the order they came, until none is left. */
  async #send(): Promise<void> {
    // Those of one turn go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#notes.length > 0) {
      const batch = this.#notes.slice(0, 100);
      try {
        await this.#ask({ notes: batch.map(({ note }) => note) }, 10_000);
        this.#notes.splice(0, batch.length);
        this.#noteBytes -= batch.reduce((sum, { size }) => sum + size, 0);
      } catch {
        // Warder is gone; what waits is tried again, and counted when it is too much.
        if (this.#closing) break;
        const ms = retryMs[Math.min(this.#failures - 1, retryMs.length - 1)] ?? 10_000;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        const timer = setTimeout(resolve, ms).unref();
        await promise;
        clearTimeout(timer);
      }
    }
    this.#sending = null;
  }

  /** One question to Warder. Rejects with a sentence that holds no secret. */
  async #ask(what: Readonly<Record<string, unknown>>, withinMs: number): Promise<Answer> {
    const { server, session, cwd, client } = this.#options;
    const gap = this.#gap();
    const notes = [...gap, ...(Array.isArray(what.notes) ? what.notes : [])];
    const body = JSON.stringify({
      v: 1,
      party: { server, session, cwd, client: client() },
      ...what,
      ...(notes.length === 0 ? {} : { notes }),
    });
    const signal = AbortSignal.timeout(withinMs);
    try {
      const answer = await this.#post(body, signal);
      this.#mode = answer.mode;
      this.#told = answer.mode;
      this.#personMs = answer.personMs;
      this.#failures = 0;
      if (gap.length > 0) {
        this.#lost = 0;
        this.#unjudged = [];
        this.#unjudgedCount = 0;
        this.#saidGone = false;
      }
      return answer;
    } catch (error) {
      this.#failures += 1;
      this.#place = null;
      if (signal.aborted) this.#quietUntil = performance.now() + 10_000;
      if (signal.aborted) throw new Error(`it did not answer within ${withinMs} ms`, { cause: error });
      throw error;
    }
  }

  /** What Warder does not know because it was gone. */
  #gap(): McpNote[] {
    const out: McpNote[] = [];
    const count = this.#unjudgedCount;
    if (count > 0) {
      const text = `${count} ${count === 1 ? 'call' : 'calls'}: ${this.#unjudged.join(', ')}`;
      out.push({ kind: 'notice', what: 'MCP calls passed without a verdict while Warder was gone', text });
    }
    if (this.#lost > 0) {
      const text = `${this.#lost} of this MCP connection`;
      out.push({ kind: 'notice', what: 'events were not delivered while Warder was gone', text });
    }
    return out;
  }

  async #post(body: string, signal: AbortSignal, again = true): Promise<Answer> {
    this.#place ??= readPlace(this.#options.home);
    const { url, token } = this.#place;
    // It takes longer to load than all the rest, and no start of a server waits for it.
    const http = await import('node:http');
    this.#agent ??= new http.Agent({ keepAlive: true, maxSockets: 8 });
    const agent = this.#agent;
    return new Promise((resolve, reject) => {
      const req = http.request(
        new URL('/mcp-events', url),
        {
          method: 'POST',
          agent,
          signal,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            'x-warder-token': token,
          },
        },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.on('error', reject);
          res.on('end', () => {
            const answer = res.statusCode === 200 ? answerOf(Buffer.concat(chunks).toString('utf8')) : null;
            if (answer) resolve(answer);
            else reject(new Error(`it answered with status ${res.statusCode}`));
          });
        },
      );
      req.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection at the moment it was used.
        if (again && req.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted)
          this.#post(body, signal, false).then(resolve, reject);
        else reject(new Error(`it does not answer (${error.code ?? error.name})`, { cause: error }));
      });
      req.end(body);
    });
  }
}

/** How calls are treated without an answer: as told, else as the last mode that is known, else refused. */
function modeWhenGone({ whenGone, home }: RemoteOptions, told?: Mode): Mode {
  if (whenGone !== null) return whenGone === 'refuse' ? 'enforce' : 'observe';
  if (told !== undefined) return told;
  try {
    const mode = fs.readFileSync(path.join(home, 'mode'), 'utf8').trim();
    return mode === 'observe' ? 'observe' : 'enforce';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 'enforce';
    throw error;
  }
}
