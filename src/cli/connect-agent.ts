import { answers, serverFor } from './agent-files.ts';
import { type Io, UsageError } from './command.ts';
import type { HookAgent } from './hook-agents.ts';
import type { ClaudeFlags } from './install-claude-code.ts';
import { installHooks } from './install-hooks.ts';
import { type Connected, joined } from './install-report.ts';
import { installRoute } from './install-route.ts';
import type { RouteAgent } from './route-agent.ts';

/** The flags of `warder install`. */
export interface InstallFlags extends ClaudeFlags {
  readonly hooks?: boolean | undefined;
}

/** Hooks, model traffic or both, as the flags say; throws before anything is written. */
export function connect(
  hooks: HookAgent | null,
  route: RouteAgent | null,
  home: string,
  flags: InstallFlags,
  io: Io,
): Connected {
  if (flags.managed && flags.gateway) throw new UsageError('--managed writes the hooks alone; leave out --gateway.');
  const viaHooks = flags.hooks === true || flags.managed === true || !flags.gateway;
  if (viaHooks && hooks === null)
    throw new UsageError(`${route?.title} is connected by its base URL: warder install ${route?.id} --gateway`);
  if (flags.gateway && route === null) throw new UsageError(whyNotRouted(hooks));
  if (flags.model !== undefined && !flags.gateway) throw new UsageError('--model goes with --gateway.');
  const routed = () => (flags.gateway && route ? [installRoute(route, home, flags, io)] : []);
  if (!viaHooks || hooks === null) return joined(routed());
  // What cannot be read is found before the hooks are written; afterwards both may share a file.
  if (flags.gateway && route && !flags['dry-run']) installRoute(route, home, { ...flags, 'dry-run': true }, io);
  return joined([installHooks(hooks, home, flags, io), ...routed()]);
}

const whyNotRouted = (agent: HookAgent | null): string =>
  agent?.capability?.gateway === 'no'
    ? `The model traffic of ${agent.title} cannot be sent elsewhere: leave out --gateway.`
    : `Warder does not write the model settings of ${agent?.title}: leave out --gateway, and set its base URL by hand (docs/gateway.md).`;

/** Nobody answers: said with what that means for this agent. */
export async function unreachable(
  home: string,
  flags: InstallFlags,
  { title, capability }: Pick<HookAgent, 'title' | 'capability'>,
): Promise<string[]> {
  const { url } = serverFor(home, flags);
  if (await answers(url)) return [];
  const without = flags.gateway
    ? `${title} cannot reach a model until it runs`
    : capability?.whenGone.calls === 'run'
      ? `${title} is not guarded until it runs`
      : `the tool calls of ${title} are blocked until it runs`;
  return [`No Warder answers at ${url}: ${without}. Start it: warder serve`];
}
