import { z } from 'zod';
import type { HookConnection, HookReply, Surroundings } from '../../core/agent.ts';
import type { AgentEvent, Identity } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import { type EventReader, type HookBody, notice } from './bodies.ts';
import { inFolder } from './places.ts';
import { passedFor, reasonFor, reasonUnasked, refusalFor } from './reason.ts';

// Agents that load Warder's own plugin (src/device/plugins): both ends of the wire are ours, so an answer that says
// neither yes nor no is a refusal there.

/** What only the plugin knows, beside what the agent handed it. */
export interface PluginKnows {
  readonly hook: string;
  readonly session: string;
  readonly cwd?: string | undefined;
  readonly version?: string | undefined;
  /** Session that this one works for. */
  readonly parent?: string | undefined;
  /** Names of the MCP servers that are configured. */
  readonly servers: readonly string[];
}

const maybe = z.string().optional().catch(undefined);
const knowsSchema = z.looseObject({
  warder: z
    .looseObject({
      hook: maybe,
      session: maybe,
      cwd: maybe,
      version: maybe,
      parent: maybe,
      servers: z.array(z.string()).catch([]),
    })
    .catch({ servers: [] }),
});

interface PluginForm {
  readonly agent: string;
  readonly title: string;
  /** Name of the hook by the body's own shape; absent: none. */
  hookOf(body: HookBody): string | undefined;
  /** Session by the body's own shape; `''`: none. */
  sessionOf(body: HookBody): string;
  /** Hooks with a meaning of their own; any other becomes a notice. */
  readonly events: ReadonlyMap<string, (body: HookBody, knows: PluginKnows) => ReturnType<EventReader>>;
}

const object = z.record(z.string(), z.unknown());

/** The plugin's name of the hook, else by the body's shape. */
export const pluginHookName =
  (form: PluginForm) =>
  (body: unknown): string | undefined => {
    const parsed = object.safeParse(body);
    if (!parsed.success) return undefined;
    return knowsSchema.safeParse(body).data?.warder.hook ?? form.hookOf(parsed.data);
  };

/** Reads what a plugin posts: the agent's own event with a member `warder` beside it. */
export function pluginReader(
  form: PluginForm,
): (body: unknown, head: { at: string; identity: Identity; event?: string }) => Result<AgentEvent> {
  return (body, head) => {
    const parsed = object.safeParse(body);
    if (!parsed.success) return fail('not-a-hook', `The body is not an event of ${form.title}.`);
    const hook = pluginHookName(form)(body) ?? head.event;
    if (hook === undefined) return fail('not-a-hook', `The body does not say which event of ${form.title} it is.`);
    const { warder, ...rest } = parsed.data;
    const { session = form.sessionOf(rest), servers = [], cwd, version, parent } = knowsSchema.parse({ warder }).warder;
    const knows: PluginKnows = { hook, session, servers, cwd, version, parent };
    const read = form.events.get(hook);
    const told = read ? read(rest, knows) : notice(hook.slice(0, 80), JSON.stringify(rest));
    if (!told.ok) return told;
    return ok({
      at: head.at,
      source: 'hook',
      agent: form.agent,
      session,
      identity: head.identity,
      ...(cwd === undefined ? {} : { cwd }),
      ...(version === undefined ? {} : { agentVersion: version }),
      ...(parent === undefined ? {} : { subagent: session }),
      ...told.value,
    });
  };
}

const json = (value: unknown): HookReply => ({ status: 200, body: JSON.stringify(value) });
const denied = (reason: string): HookReply => json({ decision: 'deny', reason });

/** Answers that a plugin understands. `asks`: it can put a call to the person; without, what asks is denied. */
export const pluginReplies = (asks: boolean) => {
  const letGo = (why: string): HookReply => json({ decision: 'allow', note: passedFor(why) });
  return {
    letGo,
    refuse: (_hook: string, why: string): HookReply => denied(refusalFor(why)),
    reply(event: AgentEvent, verdict: Verdict | null): HookReply {
      if (event.kind !== 'call-before' || verdict === null) return json({});
      if (verdict.effective === 'allow')
        return verdict.degraded === undefined ? json({ decision: 'allow' }) : letGo(`${verdict.degraded}.`);
      if (verdict.effective === 'ask' && asks) return json({ decision: 'ask', reason: reasonFor(verdict) });
      return denied(reasonUnasked(verdict));
    },
  };
};

/** Folder of the device client, absolute: its settings, its socket and its plugins. */
export const deviceFolder = ({ client }: HookConnection): string => client.replace(/[\\/][^\\/]*$/, '');

/** A plugin of the device client's, absolute. */
export const pluginAt = ({ platform }: Surroundings, to: HookConnection, ...names: readonly string[]): string =>
  inFolder(platform, deviceFolder(to), 'plugins', ...names);

/** `file:` address of an absolute path of this platform. Source: RFC 8089. */
export function fileUrl({ platform }: Surroundings, file: string): string {
  const slashed = platform === 'win32' ? `/${file.replaceAll('\\', '/')}` : file;
  return `file://${slashed.split('/').map(encodeURIComponent).join('/').replace(/%3A/gi, ':')}`;
}
