import type { AgentId } from '../core/event.ts';
import { later, order } from './scan-counts.ts';
import type { ScanReport } from './scan-report.ts';

type Seen = ScanReport['byAgent'][number];

/** What one agent did, as far as its lines tell. */
export type AgentCounts = {
  -readonly [K in Exclude<keyof Seen, 'agent' | 'files' | 'bytes' | 'damagedLines'>]: Seen[K];
};

export const agentCounts = (): AgentCounts => ({
  sessions: 0,
  prompts: 0,
  calls: 0,
  subagentCalls: 0,
  refused: 0,
  failed: 0,
  risky: 0,
  highestScore: 0,
  lastAt: '',
});

/** Counts one call. */
export function addCall(
  counts: AgentCounts,
  turn: { readonly subagent: string; readonly at: string },
  { score, risky }: { readonly score: number; readonly risky: boolean },
): void {
  counts.calls += 1;
  if (turn.subagent !== '') counts.subagentCalls += 1;
  if (risky) counts.risky += 1;
  counts.highestScore = Math.max(counts.highestScore, score);
  counts.lastAt = later(counts.lastAt, turn.at);
}

/** The agents that did something, the busiest first. */
export const agentsSeen = (agents: ReadonlyMap<AgentId, AgentCounts>) =>
  [...agents]
    .map(([agent, counts]) => ({ agent, ...counts }))
    .sort((a, b) => b.calls - a.calls || order(a.agent, b.agent));

/** With what was read of each: files, their bytes, and lines that could not be used. */
export function withFiles(
  seen: ReturnType<typeof agentsSeen>,
  files: readonly { readonly agent: AgentId; readonly bytes: number }[],
  damagedLines: ReadonlyMap<AgentId, number>,
): ScanReport['byAgent'] {
  const own = Map.groupBy(files, ({ agent }) => agent);
  const silent = [...own.keys()].filter((agent) => !seen.some((each) => each.agent === agent));
  return [...seen, ...silent.sort(order).map((agent) => ({ agent, ...agentCounts() }))].map((each) => ({
    ...each,
    files: own.get(each.agent)?.length ?? 0,
    bytes: own.get(each.agent)?.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0,
    damagedLines: damagedLines.get(each.agent) ?? 0,
  }));
}
