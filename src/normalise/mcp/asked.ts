import type { McpAsked } from '../../core/mcp.ts';
import { askedWith } from '../asked.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { type McpMessage, readableInput } from './message.ts';

/** Members of `_meta` in which clients name the agent's own call. */
const agentIdMembers = ['claudecode/toolUseId'];

/** What a request asks for. `odd`: why the message itself cannot be trusted. */
export function askedIn(message: McpMessage, odd: string | null, toolUseId: string): McpAsked {
  const { method, params, idKey } = message;
  const tool = method === 'tools/call' ? textOf(params.name) : method;
  const given = method === 'tools/call' ? (params.arguments ?? {}) : params;
  const { input, problem } = readableInput(withoutMeta(method, given));
  const shapeless = recordOf(given) === null ? 'its arguments are no object' : null;
  const call = askedWith({ id: idKey || 'none', name: tool, problem: odd }, input, problem ?? shapeless);
  const meta = recordOf(params._meta) ?? {};
  const told = agentIdMembers.map((name) => textOf(meta[name])).find((id) => id !== '');
  return {
    method,
    toolUseId,
    tool: call.tool,
    input,
    problem: call.problem,
    agentCallId: (told ?? '').slice(0, 200),
  };
}

function withoutMeta(method: string, given: unknown): unknown {
  const record = recordOf(given);
  if (method === 'tools/call' || record === null || !('_meta' in record)) return given;
  const { _meta: _, ...rest } = record;
  return rest;
}

/** `tools/call` names its tool; what else is asked for is named by its method. */
export const nameOf = (server: string, { tool }: McpAsked): string => `${server}/${tool}`;
