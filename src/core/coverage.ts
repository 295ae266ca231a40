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
} as const;

/** What one phase adds to what is known of a call's witnesses. */
export function witnessesOf({ phase, source, verdict, late }: PhaseRecord): number {
  const inTime = (phase === 'asked' || phase === 'before') && verdict !== undefined && late !== true;
  return bySource(source) | (inTime ? witness.judged : 0) | (verdict?.degraded === undefined ? 0 : witness.degraded);
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
  if (is(witness.gateway)) return is(witness.transcript) ? 'only-result' : 'gateway-late';
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
