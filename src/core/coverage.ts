import type { AgentId } from './event.ts';
import type { PhaseRecord } from './verdict.ts';

/** Who told of a call and whether it could be stopped; added up over its phases. */
export const witness = {
  hook: 1,
  gateway: 2,
  mcp: 4,
  transcript: 8,
  telemetry: 16,
  /** A verdict came before it could run, at a point that can stop it. */
  judged: 32,
  /** A verdict was Warder's fail mode. */
  degraded: 64,
  /** The gateway's verdict came when the agent had the call already. */
  late: 128,
} as const;

/** What one phase adds to what is known of a call's witnesses. */
export function witnessesOf({ phase, source, verdict, late }: PhaseRecord): number {
  const inTime = (phase === 'asked' || phase === 'before') && verdict !== undefined && late !== true;
  const by = bySource(source);
  const failed = verdict?.degraded === undefined ? 0 : witness.degraded;
  return by | (inTime ? witness.judged : 0) | failed | (late === true && by === witness.gateway ? witness.late : 0);
}

function bySource(source: PhaseRecord['source']): number {
  if (source === 'aperture') return witness.gateway;
  return source in witness ? witness[source as 'hook' | 'gateway' | 'mcp' | 'transcript' | 'telemetry'] : 0;
}

/** Calls of one agent on one device for one person on one day (UTC) that the same witnesses told of. */
export interface CoverageRow {
  readonly day: string;
  readonly device: string;
  readonly person: string;
  /** Groups that an identity provider told of this person, sorted; absent: none. People of one name may be in different ones. */
  readonly groups?: readonly string[];
  readonly agent: AgentId;
  /** Sum of `witness` bits. */
  readonly seen: number;
  readonly calls: number;
}

/** Why a call could not have been stopped. */
export type CoverageGap =
  | 'no-verdict-in-time' // a hook told of it only afterwards
  | 'gateway-late' // seen at the gateway when the agent had it already
  | 'only-result' // its result came through the gateway, its request did not
  | 'transcript-only' // known from the agent's own record alone
  | 'telemetry-only'
  | 'server-only' // its MCP server was asked, nothing else told
  | 'degraded'; // Warder's fail mode answered

export interface CoverageGroup {
  /** Device, agent, person or team; `''` when it is not known. */
  readonly key: string;
  readonly calls: number;
  /** Of them: judged before they could run. */
  readonly controllable: number;
  readonly byHook: number;
  readonly byGateway: number;
  readonly byBoth: number;
  readonly gaps: Readonly<Partial<Record<CoverageGap, number>>>;
}

/** Why calls with these witnesses could not be stopped; null when they could. */
export function gapOf(seen: number): CoverageGap | null {
  const is = (bit: number) => (seen & bit) !== 0;
  if (is(witness.degraded)) return 'degraded';
  if (is(witness.judged)) return null;
  if (is(witness.hook)) return 'no-verdict-in-time';
  if (is(witness.mcp)) return 'server-only';
  if (is(witness.gateway)) return is(witness.transcript) && !is(witness.late) ? 'only-result' : 'gateway-late';
  return is(witness.transcript) ? 'transcript-only' : 'telemetry-only';
}

type Growing = { -readonly [K in keyof CoverageGroup]: CoverageGroup[K] };

/** Rows added up by a key, the group with the most calls that could not be stopped first. */
export function coverageBy(rows: readonly CoverageRow[], keyOf: (row: CoverageRow) => string): CoverageGroup[] {
  const groups = new Map<string, Growing>();
  for (const row of rows) {
    const key = keyOf(row);
    const none: Growing = { key, calls: 0, controllable: 0, byHook: 0, byGateway: 0, byBoth: 0, gaps: {} };
    const group = groups.get(key) ?? none;
    groups.set(key, group);
    const gap = gapOf(row.seen);
    const [hook, gateway] = [(row.seen & witness.hook) !== 0, (row.seen & witness.gateway) !== 0];
    group.calls += row.calls;
    if (gap === null) group.controllable += row.calls;
    else group.gaps = { ...group.gaps, [gap]: (group.gaps[gap] ?? 0) + row.calls };
    if (hook) group.byHook += row.calls;
    if (gateway) group.byGateway += row.calls;
    if (hook && gateway) group.byBoth += row.calls;
  }
  return [...groups.values()].sort(
    (a, b) => b.calls - b.controllable - (a.calls - a.controllable) || b.calls - a.calls,
  );
}

export const coverageKeys = ['device', 'agent', 'person', 'team'] as const;
export type CoverageKey = (typeof coverageKeys)[number];

/** What is asked of coverage: the group by which, and the calls of which. `team` is the first one of the person. */
export interface CoverageAsk extends Readonly<Partial<Record<CoverageKey, string>>> {
  /** UTC date of the first day. */
  readonly since: string;
  readonly by: CoverageKey;
}

/** `GET /api/v1/coverage`. */
export interface CoverageReport {
  readonly since: string;
  readonly by: CoverageKey;
  /** At most a thousand, those with the most calls that could not be stopped first. */
  readonly items: readonly CoverageGroup[];
  /** All groups there are. */
  readonly groups: number;
  readonly total: CoverageGroup;
  /** Of each gap: what is so, and what to do about it. */
  readonly reasons: Readonly<Record<CoverageGap, { readonly what: string; readonly mend: string }>>;
  readonly next: null;
}

const mostGroups = 1000;

/** Rows as they are asked for. `teamOf`: the first team of whoever has this name and these groups, `''` for none. */
export function coverageReport(
  rows: readonly CoverageRow[],
  ask: CoverageAsk,
  teamOf: (person: string, groups: readonly string[]) => string,
): CoverageReport {
  const teams = new Map<string, string>();
  const teamIn = ({ person, groups = [] }: CoverageRow): string => {
    const who = JSON.stringify([person, groups]);
    const team = teams.get(who) ?? teamOf(person, groups);
    teams.set(who, team);
    return team;
  };
  const named = (row: CoverageRow, key: CoverageKey): string => (key === 'team' ? teamIn(row) : row[key]);
  const asked = rows.filter((row) =>
    coverageKeys.every((key) => ask[key] === undefined || named(row, key) === ask[key]),
  );
  const groups = coverageBy(asked, (row) => named(row, ask.by));
  const [total = { key: '', calls: 0, controllable: 0, byHook: 0, byGateway: 0, byBoth: 0, gaps: {} }] = coverageBy(
    asked,
    () => '',
  );
  const { since, by } = ask;
  return { since, by, items: groups.slice(0, mostGroups), groups: groups.length, total, reasons: gapWords, next: null };
}

/** Each gap in plain words, and what a person can do about it. */
export const gapWords: CoverageReport['reasons'] = {
  'no-verdict-in-time': {
    what: 'A hook told of them only after they had run.',
    mend: 'The hook before calls is missing there. On that device: warder doctor AGENT, then warder install AGENT.',
  },
  'gateway-late': {
    what: 'They were judged when the agent had them already, so that nothing could be held.',
    mend: "A gateway that only reports (such as Aperture) stops nothing: connect the agent's hooks, or lead its model traffic through Warder's own gateway: warder install AGENT --hooks --gateway.",
  },
  'only-result': {
    what: 'Only their results passed the gateway; what asked for them did not.',
    mend: 'The agent went on there with a conversation begun elsewhere. Lead all its model traffic through the gateway, and connect its hooks: warder install AGENT --hooks --gateway.',
  },
  'transcript-only': {
    what: "They are known from the agent's own transcript alone.",
    mend: 'Neither hooks nor gateway were at work. On that device: warder install AGENT; where people switch that off, deploy managed settings: warder deploy.',
  },
  'telemetry-only': {
    what: "They are known from the agent's own telemetry alone.",
    mend: 'Telemetry tells and stops nothing. On that device: warder install AGENT.',
  },
  'server-only': {
    what: 'Their MCP server was asked, and no agent told of it.',
    mend: "Connect the agent that uses this server: warder install AGENT. If no agent of that person's does, something else uses the connection: look at its sessions.",
  },
  degraded: {
    what: "Warder's fail mode answered: the server, its store or its policy was gone.",
    mend: 'Look at when it was in the log, and keep the server up; on the device: warder doctor.',
  },
};
