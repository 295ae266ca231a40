import type { Meaning } from '../core/effect.ts';
import type { Action, Place } from '../core/event.ts';
import { emptyMemory, type Score, type SessionMemory, type Severity } from '../core/verdict.ts';
import type { Judging } from '../judging.ts';
import type { PermissionDecision, TranscriptItem, TranscriptTurn } from '../normalise/agents/claude-code.transcript.ts';
import { claudeCode } from '../normalise/agents/claude-code.ts';
import { memoryOfCall, memoryOfOutcome } from '../pipeline/memory.ts';
import { addTo, type Counted, counted, entryOf, order, widen } from './scan-counts.ts';
import { shownOf, textAt } from './scan-excerpt.ts';
import { createMcpSeen } from './scan-mcp.ts';
import type { PermissionLedger } from './scan-permissions.ts';
import type { Ending, ScanReport } from './scan-report.ts';
import { createRiskyList, type Risky, type RiskyList } from './scan-risky.ts';
import { createSecretsSeen } from './scan-secrets.ts';

/** Where a line stands. */
export interface Standing {
  readonly file: string;
  readonly line: number;
}

export interface TallyOptions {
  readonly judge: Judging;
  /** Whose transcripts these are. */
  readonly person: string;
  readonly ledger: PermissionLedger;
  readonly detectors: readonly { readonly id: string; readonly title: string; readonly runbook: string }[];
  readonly placeOf: (cwd: string) => Place;
  readonly minScore: number;
  readonly top: number;
}

type CallItem = Extract<TranscriptItem, { kind: 'call' }>;
type ResultItem = Extract<TranscriptItem, { kind: 'result' }>;

/** A call whose result has not come yet. */
interface OpenCall {
  readonly tool: string;
  readonly action: Action;
  readonly meaning: Meaning;
  readonly risky: Risky | null;
}

interface SessionSeen {
  /** Calls by version of the agent. */
  readonly versions: Map<string, number>;
  bypass: boolean;
}

const agent = 'claude-code';

const endings: Readonly<Record<ResultItem['status'], Ending>> = {
  ok: 'ran',
  error: 'failed',
  refused: 'refused',
  interrupted: 'interrupted',
};

/** Adds up what the lines say. Feed one session after the other, each in time order. */
export class Tally {
  readonly #options: TallyOptions;
  readonly #totals = {
    prompts: 0,
    calls: 0,
    subagentCalls: 0,
    refused: 0,
    failed: 0,
    unparsed: 0,
    risky: 0,
    highestScore: 0,
  };
  readonly #bySeverity: Record<Severity, number> = { low: 0, review: 0, alert: 0, critical: 0 };
  readonly #sessions = new Map<string, SessionSeen>();
  readonly #days = new Set<string>();
  readonly #span = { firstAt: '', lastAt: '' };
  readonly #detectors = new Map<string, Counted>();
  readonly #tools = new Map<string, Counted>();
  readonly #mcp = createMcpSeen();
  readonly #secrets = createSecretsSeen();
  readonly #risky: RiskyList;
  readonly #answers = new Map<string, { accepted: number; rejected: number }>();
  readonly #lines = new Set<string>();
  readonly #memories = new Map<string, SessionMemory>();
  readonly #open = new Map<string, OpenCall>();
  #bypassCalls = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#risky = createRiskyList(options.minScore);
  }

  get calls(): number {
    return this.#totals.calls;
  }

  turn(turn: TranscriptTurn, standing: Standing): void {
    // A resumed session is copied into a new file; its lines keep their ids and count once.
    if (turn.uuid !== '') {
      if (this.#lines.has(turn.uuid)) return;
      this.#lines.add(turn.uuid);
    }
    const session = this.#session(turn);
    if (turn.permissionMode === 'bypassPermissions') session.bypass = true;
    if (turn.cwd !== '') this.#options.ledger.project(turn.cwd);
    widen(this.#span, turn.at);
    for (const item of turn.items) this.#item(turn, item, standing);
  }

  /** The session is over: what was remembered for its calls may go. */
  endSession(): void {
    this.#memories.clear();
    this.#open.clear();
  }

  #session(turn: TranscriptTurn): SessionSeen {
    return entryOf(this.#sessions, turn.session, () => ({ versions: new Map(), bypass: false }));
  }

  #item(turn: TranscriptTurn, item: TranscriptItem, standing: Standing): void {
    switch (item.kind) {
      case 'call':
        this.#call(turn, item, standing);
        break;
      case 'result':
        this.#result(turn, item);
        break;
      case 'prompt':
        this.#totals.prompts += 1;
        this.#heard(turn, this.#scanText(turn, 'prompt', item.text).text);
        break;
      case 'tools-declared':
        for (const tool of item.tools) this.#mcp.offered(tool);
        break;
      default:
        item satisfies never;
    }
  }

  #call(turn: TranscriptTurn, item: CallItem, standing: Standing): void {
    const { judge, ledger, placeOf } = this.#options;
    const call = claudeCode.call(item.tool, item.input, item.toolUseId);
    const place = placeOf(turn.cwd);
    const meaning = judge.understand(call, place);
    const memory = this.#memories.get(turn.session) ?? emptyMemory;
    const callId = item.toolUseId === '' ? `${turn.uuid}/${item.tool}` : item.toolUseId;
    const { action, tool } = call;
    // Nothing is known of the MCP servers before a first import, so none counts as new.
    const known = { session: memory, callId, knownMcpServers: null };
    const scored = judge.score({ action, tool, meaning, place, ...known, ...(turn.at === '' ? {} : { at: turn.at }) });
    const score = judge.settle(
      scored,
      { person: this.#options.person, agent: 'claude-code', action, meaning },
      turn.at,
    );
    const running = { callId, tool: item.tool, meaning, at: turn.at };
    this.#memories.set(turn.session, memoryOfCall(judge, memory, running, call.action));
    this.#count(turn, item, meaning, score);
    if (call.action.kind === 'mcp') this.#mcp.used(turn, call.action.server, call.action.tool, score.score);
    this.#secrets.add(turn, `input of ${item.tool}`, meaning.secrets, (field) => textAt(meaning.masked, field) ?? '');
    ledger.use({ tool: item.tool, input: item.input, cwd: turn.cwd });
    const { at, session, subagent, cwd } = turn;
    const risky = this.#risky.wants(score.score)
      ? this.#risky.add({
          score: score.score,
          severity: score.severity,
          agent,
          tool: item.tool,
          ...shownOf(call, meaning, score),
          ending: 'unknown',
          ...{ at, session, subagent, cwd },
          ...standing,
          times: 1,
          lastAt: at,
        })
      : null;
    if (item.toolUseId !== '') this.#open.set(item.toolUseId, { tool: item.tool, action: call.action, meaning, risky });
  }

  #count(turn: TranscriptTurn, item: CallItem, meaning: Meaning, score: Score): void {
    const totals = this.#totals;
    totals.calls += 1;
    if (turn.subagent !== '') totals.subagentCalls += 1;
    if (meaning.unparsed) totals.unparsed += 1;
    if (score.score >= this.#options.minScore) totals.risky += 1;
    totals.highestScore = Math.max(totals.highestScore, score.score);
    this.#bySeverity[score.severity] += 1;
    const session = this.#session(turn);
    session.versions.set(turn.version, (session.versions.get(turn.version) ?? 0) + 1);
    if (session.bypass) this.#bypassCalls += 1;
    if (turn.at !== '') this.#days.add(turn.at.slice(0, 10));
    addTo(entryOf(this.#tools, item.tool, counted), turn, score.score);
    for (const id of new Set(score.findings.map(({ detector }) => detector))) {
      addTo(entryOf(this.#detectors, id, counted), turn, score.score);
    }
  }

  #result(turn: TranscriptTurn, item: ResultItem): void {
    if (item.status === 'refused') this.#totals.refused += 1;
    if (item.status === 'error') this.#totals.failed += 1;
    if (item.permission !== undefined) this.#answer(item.permission);
    const open = this.#open.get(item.toolUseId);
    this.#open.delete(item.toolUseId);
    const scanned = this.#scanText(turn, `result of ${open?.tool ?? 'a tool'}`, item.text);
    if (open === undefined) return;
    if (open.risky !== null) open.risky.ending = endings[item.status];
    const memory = this.#memories.get(turn.session) ?? emptyMemory;
    const { status, toolUseId } = item;
    const known =
      status === 'refused'
        ? forget(memory, toolUseId)
        : memoryOfOutcome(
            this.#options.judge,
            memory,
            { callId: toolUseId, meaning: open.meaning, action: open.action },
            { status, secrets: scanned.secrets },
            scanned.text,
          );
    this.#memories.set(turn.session, known);
  }

  #answer({ decision, source, reason }: PermissionDecision): void {
    const by = reason === '' ? source : `${source}: ${reason}`;
    const answers = entryOf(this.#answers, by, () => ({ accepted: 0, rejected: 0 }));
    if (decision === 'accept') answers.accepted += 1;
    else answers.rejected += 1;
  }

  /** The person's words: what they name is what they asked for. */
  #heard(turn: TranscriptTurn, text: string): void {
    const memory = this.#memories.get(turn.session) ?? emptyMemory;
    this.#memories.set(turn.session, this.#options.judge.rememberText(memory, { from: 'person', text }));
  }

  #scanText(turn: TranscriptTurn, place: string, text: string): { readonly text: string; readonly secrets: number } {
    const { text: masked, hits } = this.#options.judge.mask(text);
    this.#secrets.add(turn, place, hits, () => masked);
    return { text: masked, secrets: hits.length };
  }

  /** What of the report the lines alone tell. */
  result() {
    const { firstAt, lastAt } = this.#span;
    return {
      totals: {
        sessions: this.#sessions.size,
        days: this.#days.size,
        firstAt: firstAt === '' ? null : firstAt,
        lastAt: lastAt === '' ? null : lastAt,
        ...this.#totals,
      },
      bySeverity: this.#bySeverity,
      agents: agentsOf(this.#sessions),
      riskiest: this.#risky.heaviest(this.#options.top),
      detectors: this.#detectorsSeen(),
      tools: [...this.#tools]
        .map(([tool, { calls, highestScore, lastAt: last }]) => ({ tool, calls, highestScore, lastAt: last }))
        .sort((a, b) => b.calls - a.calls || order(a.tool, b.tool)),
      mcpServers: this.#mcp.list(this.#options.ledger.configuredServers()),
      secrets: this.#secrets.list(),
      permissions: {
        ...this.#options.ledger.result(),
        bypassSessions: [...this.#sessions.values()].filter(({ bypass }) => bypass).length,
        bypassCalls: this.#bypassCalls,
        decidedBy: [...this.#answers]
          .map(([by, answers]) => ({ by, ...answers }))
          .sort((a, b) => b.accepted + b.rejected - a.accepted - a.rejected || order(a.by, b.by)),
      },
    } satisfies Partial<Omit<ScanReport, 'totals'>> & { totals: Partial<ScanReport['totals']> };
  }

  #detectorsSeen(): ScanReport['detectors'] {
    return [...this.#detectors]
      .map(([detector, { calls, sessions, highestScore }]) => {
        const { title = detector, runbook = '' } = this.#options.detectors.find(({ id }) => id === detector) ?? {};
        return { detector, title, runbook, calls, sessions: sessions.size, highestScore };
      })
      .sort((a, b) => b.highestScore - a.highestScore || b.calls - a.calls || order(a.detector, b.detector));
  }
}

/** A refused call read nothing. */
function forget(memory: SessionMemory, callId: string): SessionMemory {
  if (!Object.hasOwn(memory.untrusted, callId) && !Object.hasOwn(memory.sensitive, callId)) return memory;
  const { [callId]: _untrusted, ...untrusted } = memory.untrusted;
  const { [callId]: _sensitive, ...sensitive } = memory.sensitive;
  return { ...memory, untrusted, sensitive };
}

function agentsOf(sessions: ReadonlyMap<string, SessionSeen>): ScanReport['agents'] {
  const versions = new Map<string, { sessions: number; calls: number }>();
  for (const session of sessions.values()) {
    for (const [version, calls] of session.versions) {
      const sum = entryOf(versions, version, () => ({ sessions: 0, calls: 0 }));
      sum.sessions += 1;
      sum.calls += calls;
    }
  }
  return [...versions]
    .map(([version, sum]) => ({ agent, version, ...sum }))
    .sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
}
