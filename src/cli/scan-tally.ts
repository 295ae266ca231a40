import type { AgentId } from '../core/event.ts';
import type { PermissionDecision } from '../core/transcript.ts';
import type { Severity } from '../core/verdict.ts';
import { type AgentCounts, addCall, agentCounts, agentsSeen } from './scan-agents.ts';
import { addTo, type Counted, counted, entryOf, order, widen } from './scan-counts.ts';
import type { JudgedCall, JudgedItem, JudgedTurn } from './scan-judged.ts';
import { createMcpSeen } from './scan-mcp.ts';
import type { PermissionLedger } from './scan-permissions.ts';
import type { ScanReport } from './scan-report.ts';
import { createRiskyList, type Risky, type RiskyList } from './scan-risky.ts';
import { createSecretsSeen } from './scan-secrets.ts';

export interface TallyOptions {
  readonly ledger: PermissionLedger;
  readonly detectors: readonly { readonly id: string; readonly title: string; readonly runbook: string }[];
  readonly minScore: number;
  readonly top: number;
}

type ResultItem = Extract<JudgedItem, { kind: 'result' }>;

/** The agent whose permission rules are compared with what it did. */
const ruled = 'claude-code';

interface SessionSeen {
  readonly agent: AgentId;
  /** Calls by version of the agent. */
  readonly versions: Map<string, number>;
  bypass: boolean;
}

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
  readonly #agents = new Map<AgentId, AgentCounts>();
  readonly #days = new Set<string>();
  readonly #span = { firstAt: '', lastAt: '' };
  readonly #detectors = new Map<string, Counted>();
  readonly #tools = new Map<string, Counted>();
  readonly #mcp = createMcpSeen();
  readonly #secrets = createSecretsSeen();
  readonly #risky: RiskyList;
  readonly #answers = new Map<string, { accepted: number; rejected: number }>();
  readonly #lines = new Set<string>();
  /** Listed calls whose result has not come yet. */
  readonly #open = new Map<string, Risky>();
  #bypassCalls = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#risky = createRiskyList(options.minScore);
  }

  get calls(): number {
    return this.#totals.calls;
  }

  /** True for a line that was counted already: a resumed session is copied into a new file, and its lines keep their ids. */
  readonly counted = (uuid: string): boolean => this.#lines.has(uuid);

  turn(turn: JudgedTurn): void {
    if (turn.uuid !== '') this.#lines.add(turn.uuid);
    const session = this.#session(turn);
    if (turn.bypass) session.bypass = true;
    if (turn.cwd !== '' && turn.agent === ruled) this.#options.ledger.project(turn.cwd);
    widen(this.#span, turn.at);
    for (const item of turn.items) this.#item(turn, item);
  }

  /** The session is over: no result will follow. */
  endSession(): void {
    this.#open.clear();
  }

  #session(turn: JudgedTurn): SessionSeen {
    const key = `${turn.agent}\0${turn.session}`;
    return entryOf(this.#sessions, key, () => {
      this.#agent(turn).sessions += 1;
      return { agent: turn.agent, versions: new Map(), bypass: false };
    });
  }

  #agent({ agent }: JudgedTurn): AgentCounts {
    return entryOf(this.#agents, agent, agentCounts);
  }

  #item(turn: JudgedTurn, item: JudgedItem): void {
    if (item.kind !== 'tools-declared') this.#secrets.add(turn, item.secrets);
    switch (item.kind) {
      case 'call':
        this.#call(turn, item);
        break;
      case 'result':
        this.#result(turn, item);
        break;
      case 'prompt':
        this.#totals.prompts += 1;
        this.#agent(turn).prompts += 1;
        break;
      case 'tools-declared':
        for (const tool of item.tools) this.#mcp.offered(tool);
        break;
      default:
        item satisfies never;
    }
  }

  #call(turn: JudgedTurn, call: JudgedCall): void {
    const { at, session, subagent, cwd } = turn;
    this.#count(turn, call);
    if (call.mcp !== null) this.#mcp.used(turn, call.mcp.server, call.mcp.tool, call.score);
    if (turn.agent === ruled) this.#options.ledger.use({ tool: call.tool, input: call.used, cwd });
    if (call.shown === null || !this.#risky.wants(call.score)) return;
    const risky = this.#risky.add({
      score: call.score,
      severity: call.severity,
      agent: turn.agent,
      tool: call.tool,
      ...call.shown,
      ending: 'unknown',
      ...{ at, session, subagent, cwd },
      ...turn.standing,
      times: 1,
      lastAt: at,
    });
    if (risky !== null && call.toolUseId !== '') this.#open.set(`${session}/${call.toolUseId}`, risky);
  }

  #count(turn: JudgedTurn, call: JudgedCall): void {
    const totals = this.#totals;
    totals.calls += 1;
    if (turn.subagent !== '') totals.subagentCalls += 1;
    if (call.unparsed) totals.unparsed += 1;
    if (call.score >= this.#options.minScore) totals.risky += 1;
    totals.highestScore = Math.max(totals.highestScore, call.score);
    this.#bySeverity[call.severity] += 1;
    addCall(this.#agent(turn), turn, { score: call.score, risky: call.score >= this.#options.minScore });
    const session = this.#session(turn);
    session.versions.set(turn.version, (session.versions.get(turn.version) ?? 0) + 1);
    if (session.bypass) this.#bypassCalls += 1;
    if (turn.at !== '') this.#days.add(turn.at.slice(0, 10));
    addTo(entryOf(this.#tools, call.tool, counted), turn, call.score);
    for (const id of call.detectors) addTo(entryOf(this.#detectors, id, counted), turn, call.score);
  }

  #result(turn: JudgedTurn, item: ResultItem): void {
    const agent = this.#agent(turn);
    if (item.ending === 'refused') agent.refused += 1;
    if (item.ending === 'failed') agent.failed += 1;
    if (item.ending === 'refused') this.#totals.refused += 1;
    if (item.ending === 'failed') this.#totals.failed += 1;
    if (item.permission !== null) this.#answer(item.permission);
    const key = `${turn.session}/${item.toolUseId}`;
    const risky = this.#open.get(key);
    this.#open.delete(key);
    if (risky !== undefined) risky.ending = item.ending;
  }

  #answer({ decision, source, reason }: PermissionDecision): void {
    const by = reason === '' ? source : `${source}: ${reason}`;
    const answers = entryOf(this.#answers, by, () => ({ accepted: 0, rejected: 0 }));
    if (decision === 'accept') answers.accepted += 1;
    else answers.rejected += 1;
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
      agents: versionsOf(this.#sessions),
      byAgent: agentsSeen(this.#agents),
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
    } satisfies Partial<Omit<ScanReport, 'totals' | 'byAgent'>> & {
      totals: Partial<ScanReport['totals']>;
      byAgent: unknown;
    };
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

function versionsOf(sessions: ReadonlyMap<string, SessionSeen>): ScanReport['agents'] {
  const versions = new Map<string, { agent: AgentId; version: string; sessions: number; calls: number }>();
  for (const { agent, versions: own } of sessions.values()) {
    for (const [version, calls] of own) {
      const sum = entryOf(versions, `${agent}\0${version}`, () => ({ agent, version, sessions: 0, calls: 0 }));
      sum.sessions += 1;
      sum.calls += calls;
    }
  }
  return [...versions.values()].sort(
    (a, b) => order(a.agent, b.agent) || b.version.localeCompare(a.version, 'en', { numeric: true }),
  );
}
