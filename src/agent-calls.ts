import type { AgentId, ToolCall } from './core/event.ts';
import { shapedCall } from './normalise/tool-shapes.ts';
import { agents } from './plugs.ts';

const adapters = new Map(agents.map((agent) => [agent.id, agent]));

/** A call in the agent's own words → in ours; by the shape of its input where the agent has no adapter. */
export const toolCall = (agent: AgentId, tool: string, input: unknown, toolUseId: string): ToolCall =>
  adapters.get(agent)?.call(tool, input, toolUseId) ?? shapedCall(tool, input, toolUseId, agent);

/** True when a question of its hook reaches a person; some agents take one for a denial, or do not hear it. */
export const asksItself = (agent: string): boolean =>
  (adapters.get(agent)?.capability?.ask ?? 'the person is asked') === 'the person is asked';
