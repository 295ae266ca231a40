import { UsageError } from './command.ts';
import { hookAgents } from './hook-agents.ts';
import { routeAgents } from './route-agents.ts';

/** Every agent that can be connected, sorted. */
export function agentNames(): readonly string[] {
  return [...new Set(['claude-code', ...hookAgents.map(({ id }) => id), ...routeAgents.map(({ id }) => id)])].sort();
}

/** One agent, by its name, or one of the further words. */
export function requireAgent(positionals: readonly string[], verb: string, further: readonly string[] = []): string {
  const [agent, ...more] = positionals;
  const known = [...agentNames(), ...further];
  if (agent === undefined) throw new UsageError(`Say which agent: warder ${verb} claude-code`);
  if (!known.includes(agent))
    throw new UsageError(`Warder knows no agent ${JSON.stringify(agent)}. Known: ${known.join(', ')}.`);
  if (more.length > 0) throw new UsageError(`One agent at a time, not also ${more.join(' ')}.`);
  return agent;
}
