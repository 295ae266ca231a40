import type { AgentAdapter } from '../core/agent.ts';
import type { AgentEvent, Identity } from '../core/event.ts';

/** One hook as it arrived. */
export interface Asked {
  readonly adapter: AgentAdapter;
  readonly identity: Identity;
  readonly at: string;
  /** Name of the hook that the device client was called with; absent: it came another way. */
  readonly event?: string;
  /** Id of the delivery, of this device's own; absent: it came without a device process. */
  readonly delivery?: string;
}

/** The event's name, read without parsing. A quote inside a JSON string is escaped, so text cannot pose as the member. */
const namePattern = /"hook_event_name"\s*:\s*"([A-Za-z]{1,64})"/;

/** What the device client was called for; else the agent's own name of the event, even where the rest of the body is junk. */
export const nameOf = ({ adapter, event }: Asked, body: unknown): string | undefined =>
  event ?? (adapter.hookName ? adapter.hookName(body) : stringMember(body, 'hook_event_name'));

/** The same of a text that is no whole JSON: of what it seems to name, only the hook before a call is taken at its word. */
export function nameInText({ adapter, event }: Asked, text: string): string | undefined {
  const seems = namePattern.exec(text)?.[1];
  return event ?? (seems === (adapter.callHook ?? 'PreToolUse') ? seems : undefined);
}

/** What some agent can be stopped at. */
const stoppable: ReadonlySet<AgentEvent['kind']> = new Set([
  'call-before',
  'permission-asked',
  'prompt',
  'subagent-start',
]);

/** A body that calls itself something harmless, although the hook that was called can stop a call. */
export function posesAsAnother(adapter: AgentAdapter, told: string, kind: AgentEvent['kind']): boolean {
  const callHook = adapter.callHook ?? 'PreToolUse';
  if (told === callHook) return kind !== 'call-before';
  if (stoppable.has(kind) || adapter.capability?.hooks !== 'command') return false;
  const [here, before] = [adapter.refuse(told, ''), adapter.refuse(callHook, '')];
  return here.body === before.body && here.exit === before.exit;
}

/** A member of an object, where it is a string. */
export function stringMember(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'string' ? member : undefined;
}
