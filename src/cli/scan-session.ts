import { toolCall } from '../agent-calls.ts';
import type { Meaning, SecretHit } from '../core/effect.ts';
import type { Action, AgentId, Place } from '../core/event.ts';
import type { TranscriptItem, TranscriptTurn } from '../core/transcript.ts';
import { emptyMemory, type SessionMemory } from '../core/verdict.ts';
import type { Judging } from '../judging.ts';
import { memoryOfCall, memoryOfOutcome } from '../pipeline/memory.ts';
import { shownOf, textAt } from './scan-excerpt.ts';
import type { JudgedCall, JudgedItem, JudgedTurn, ShownSecret, Standing } from './scan-judged.ts';
import type { Ending } from './scan-report.ts';
import { surroundings } from './scan-secrets.ts';

export interface SessionOptions {
  readonly judge: Judging;
  /** Whose transcripts these are. */
  readonly person: string;
  readonly placeOf: (cwd: string) => Place;
  /** Calls below this are counted and not shown. */
  readonly minScore: number;
}

type CallItem = Extract<TranscriptItem, { kind: 'call' }>;
type ResultItem = Extract<TranscriptItem, { kind: 'result' }>;

/** A call whose result has not come yet. */
interface OpenCall {
  readonly tool: string;
  readonly action: Action;
  readonly meaning: Meaning;
}

const endings: Readonly<Record<ResultItem['status'], Ending>> = {
  ok: 'ran',
  error: 'failed',
  refused: 'refused',
  interrupted: 'interrupted',
};

/** Judges the lines of one session in time order, its sub-agents' among them; one of these for each session. */
export class SessionJudge {
  readonly #options: SessionOptions;
  readonly #agent: AgentId;
  readonly #memories = new Map<string, SessionMemory>();
  readonly #open = new Map<string, OpenCall>();

  constructor(options: SessionOptions, agent: AgentId) {
    this.#options = options;
    this.#agent = agent;
  }

  turn(turn: TranscriptTurn, standing: Standing): JudgedTurn {
    const { uuid, session, subagent, at, cwd, version, permissionMode } = turn;
    const bypass = permissionMode === 'bypassPermissions';
    const items = turn.items.map((item) => this.#item(turn, item));
    return { agent: this.#agent, uuid, session, subagent, at, cwd, version, bypass, standing, items };
  }

  #item(turn: TranscriptTurn, item: TranscriptItem): JudgedItem {
    switch (item.kind) {
      case 'call':
        return this.#call(turn, item);
      case 'result':
        return this.#result(turn, item);
      case 'prompt': {
        const { text, hits } = this.#options.judge.mask(item.text);
        const memory = this.#memories.get(turn.session) ?? emptyMemory;
        // The person's words: what they name is what they asked for.
        this.#memories.set(turn.session, this.#options.judge.rememberText(memory, { from: 'person', text }));
        return { kind: 'prompt', secrets: shownSecrets(hits, 'prompt', () => text) };
      }
      case 'tools-declared':
        return { kind: 'tools-declared', tools: item.tools };
      default:
        return item satisfies never;
    }
  }

  #call(turn: TranscriptTurn, item: CallItem): JudgedCall {
    const { judge, placeOf, person, minScore } = this.#options;
    const call = toolCall(this.#agent, item.tool, item.input, item.toolUseId);
    const place = placeOf(turn.cwd);
    const meaning = judge.understand(call, place);
    const memory = this.#memories.get(turn.session) ?? emptyMemory;
    const callId = item.toolUseId === '' ? `${turn.uuid}/${item.tool}` : item.toolUseId;
    const { action, tool } = call;
    // Nothing is known of the MCP servers before a first import, so none counts as new.
    const known = { session: memory, callId, knownMcpServers: null };
    const scored = judge.score({ action, tool, meaning, place, ...known, ...(turn.at === '' ? {} : { at: turn.at }) });
    const score = judge.settle(scored, { person, agent: this.#agent, action, meaning }, turn.at);
    const running = { callId, tool: item.tool, meaning, at: turn.at };
    this.#memories.set(turn.session, memoryOfCall(judge, memory, running, action));
    if (item.toolUseId !== '')
      this.#open.set(`${turn.session}/${item.toolUseId}`, { tool: item.tool, action, meaning });
    return {
      kind: 'call',
      toolUseId: item.toolUseId,
      tool: item.tool,
      score: score.score,
      severity: score.severity,
      unparsed: meaning.unparsed,
      detectors: [...new Set(score.findings.map(({ detector }) => detector))],
      mcp: action.kind === 'mcp' ? { server: action.server, tool: action.tool } : null,
      secrets: shownSecrets(meaning.secrets, `input of ${item.tool}`, (field) => textAt(meaning.masked, field) ?? ''),
      used: ruled(item.input),
      shown: score.score >= minScore ? shownOf(call, meaning, score) : null,
    };
  }

  #result(turn: TranscriptTurn, item: ResultItem): JudgedItem {
    const { judge } = this.#options;
    const key = `${turn.session}/${item.toolUseId}`;
    const open = this.#open.get(key);
    this.#open.delete(key);
    const { text, hits } = judge.mask(item.text);
    const { status, toolUseId } = item;
    if (open !== undefined) {
      const memory = this.#memories.get(turn.session) ?? emptyMemory;
      const about = { callId: toolUseId, meaning: open.meaning, action: open.action };
      const known =
        status === 'refused'
          ? forget(memory, toolUseId)
          : memoryOfOutcome(judge, memory, about, { status, secrets: hits.length }, text);
      this.#memories.set(turn.session, known);
    }
    return {
      kind: 'result',
      toolUseId,
      ending: endings[status],
      permission: item.permission ?? null,
      secrets: shownSecrets(hits, `result of ${open?.tool ?? 'a tool'}`, () => text),
    };
  }
}

const shownSecrets = (
  hits: readonly SecretHit[],
  place: string,
  masked: (field: string) => string,
): readonly ShownSecret[] =>
  hits.map((hit) => ({
    rule: hit.rule,
    confidence: hit.confidence,
    place,
    example: surroundings(masked(hit.span.field), hit),
  }));

/** Longest value a permission rule can name. */
const longestRuled = 4_096;

/** The strings of an input that a permission rule may speak of: commands whole, no contents of files. */
function ruled(input: unknown): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return out;
  for (const [name, value] of Object.entries(input)) {
    if (typeof value === 'string' && (name === 'command' || value.length <= longestRuled)) out[name] = value;
  }
  return out;
}

/** A refused call read nothing. */
function forget(memory: SessionMemory, callId: string): SessionMemory {
  if (!Object.hasOwn(memory.untrusted, callId) && !Object.hasOwn(memory.sensitive, callId)) return memory;
  const { [callId]: _untrusted, ...untrusted } = memory.untrusted;
  const { [callId]: _sensitive, ...sensitive } = memory.sensitive;
  return { ...memory, untrusted, sensitive };
}
