import type { AgentSetup } from '../core/agent.ts';
import { claudeFolder } from './claude-client.ts';
import type { Io } from './command.ts';
import { foundBy, type HookAgent, hookAgents, surroundingsOf } from './hook-agents.ts';

/** An agent that is on this machine. */
export interface FoundAgent {
  readonly id: string;
  readonly title: string;
  /** Program or folder that shows it. */
  readonly found: string;
  /** Null for Claude Code, whose settings have a way of their own. */
  readonly hooks: HookAgent | null;
}

/** Every agent with hooks whose program is on the PATH, or whose folder is there. */
export function foundAgents(env: Io['env']): readonly FoundAgent[] {
  const at = surroundingsOf(env);
  const claude: AgentSetup = { program: 'claude', folders: () => [claudeFolder(env)], files: () => [], limits: [] };
  const all = [
    { id: 'claude-code', title: 'Claude Code', setup: claude, hooks: null },
    ...hookAgents.map((hooks) => ({ id: hooks.id, title: hooks.title, setup: hooks.setup, hooks })),
  ];
  return all.flatMap(({ id, title, setup, hooks }) => {
    const found = foundBy({ setup }, at);
    return found === null ? [] : [{ id, title, found, hooks }];
  });
}

/** Columns as wide as their widest cell; the last one is as long as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  ');
  return [head, ...rows].map((row) => `${line(row)}\n`).join('');
}
