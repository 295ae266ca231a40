import { destinationClass, strangerOwned } from '../core/destination.ts';
import type { Effect, Flag, Span } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import type { Added } from './edits.ts';
import { type FileSort, madeUp } from './file-sorts.ts';
import { type LaterCommand, laterCommands } from './later-commands.ts';
import { serversIn } from './mcp-config.ts';
import type { Located } from './zones.ts';

/** Reads shell text in a place: the effects it would have. */
export type ReadCommand = (command: string, place: Place) => readonly Effect[];

/** What the commands in the added text will do when they run; only what reaches beyond the project's own work. */
export function laterEffects(
  { added, field }: { readonly added: readonly Added[]; readonly field: string },
  { at, sort, by }: { readonly at: Located; readonly sort: FileSort; readonly by: string },
  place: Place,
  read: ReadCommand,
): Effect[] {
  const out: Effect[] = [];
  let flow = 1;
  if (sort !== 'agent-settings' && sort !== 'agent-text' && madeUp.test(at.name)) return out;
  for (const command of [...laterCommands(at.name, sort, added), ...serverCommands(sort, at.name, added)]) {
    const kept = grave(read(asShell(command), place), sort, command, at.kind === 'agent-config');
    const span: Span = { field, start: command.start, end: command.start + command.text.length };
    const flows = new Map<number, number>();
    for (const { flow: own, ...effect } of kept) {
      const flags: Flag[] = [...effect.flags, 'later-execution'];
      if (own !== undefined && !flows.has(own)) flows.set(own, flow++);
      const shared = own === undefined ? undefined : flows.get(own);
      out.push({ ...effect, flags, by, span, ...(shared === undefined ? {} : { flow: shared }) });
    }
  }
  return out;
}

/** Claude Code's settings and hooks name commands, but no servers. */
export const namesServers = (sort: FileSort, name: string): boolean =>
  sort === 'agent-settings' && !/\/\.claude\/settings[^/]*\.json$|\/hooks[^/]*\.json$/.test(name);

/** Command lines of servers, each argument in its place. */
function serverCommands(sort: FileSort, name: string, added: readonly Added[]): LaterCommand[] {
  if (!namesServers(sort, name)) return [];
  return added.flatMap(({ text, start }) =>
    serversIn(text)
      .filter(({ command }) => command !== '')
      .map((server) => ({ text: server.command, start: start + server.start, whole: false })),
  );
}

/** Another language's code is given to its interpreter as the shell would. */
function asShell({ text, language }: LaterCommand): string {
  if (language === undefined) return text;
  const mark = 'END_OF_THE_FILE';
  return text.includes(mark) ? '' : `${language} - <<'${mark}'\n${text}\n${mark}`;
}

/**
 * Of what a script does, what no ordinary script does: run code of another host, hand a shell over, send credentials or
 * anything to a place anyone can own, change an agent's guardrails, start-up files or rights outside the project, erase
 * a disk or a whole home, disguise itself.
 */
function grave(all: readonly Effect[], sort: FileSort, command: LaterCommand, steers: boolean): readonly Effect[] {
  const trusts = installs.has(sort) ? notInstaller(all, sort) : sort === 'agent-text' ? notWellKnown(all) : null;
  const effects = trusts === null || command.language !== undefined ? all : all.filter(trusts);
  const bad = new Set<Effect>();
  const program = command.language !== undefined && sort === 'code';
  for (const effect of effects) {
    if (program ? isGraveInCode(effect) : isGrave(effect) || (steers && isGraveForAgents(effect))) bad.add(effect);
    if (effect.verb !== 'send' || effect.flow === undefined || effect.zone === 'this-host') continue;
    const mates = effects.filter((other) => other !== effect && other.flow === effect.flow);
    const leak = mates.filter(
      ({ verb, zone, resource }) =>
        (verb === 'read' &&
          (zone === 'credential-store' || resource.kind === 'secret' || resource.kind === 'environment')) ||
        (steers && verb === 'read' && (zone === 'home' || zone === 'system') && resource.kind === 'directory') ||
        (verb === 'execute' && /^(?:\/bin\/)?(?:ba|z|da|k)?sh$/.test(resource.name)),
    );
    if (leak.length > 0) for (const each of [effect, ...leak]) bad.add(each);
  }
  // What shares a flow with code of another host says where that code comes from.
  for (const effect of effects) {
    if (effect.verb !== 'receive' || effect.flow === undefined) continue;
    if ([...bad].some((other) => other.flow === effect.flow && other.flags.includes('remote-code'))) bad.add(effect);
  }
  const leaving =
    steers && command.language !== undefined && sendsBody.test(command.text) ? environmentSent(effects) : [];
  return [...effects.filter((effect) => bad.has(effect)), ...leaving];
}

const sendsBody = /\bdata\s{0,4}=|\bjson\s{0,4}=|\bbody\s{0,4}:|\.post\s{0,4}\(|method\s{0,4}[:=]\s{0,4}["']POST/;

/** Apart from the flows of commands. */
const environmentFlow = 2000;

/** A script of a skill that reads all variables and has a request with a body: they leave with it. */
function environmentSent(effects: readonly Effect[]): Effect[] {
  const all = effects.find(
    ({ verb, resource, flags }) => verb === 'read' && resource.kind === 'environment' && flags.includes('bulk'),
  );
  const to = effects.find(
    ({ verb, resource, zone }) =>
      (verb === 'receive' || verb === 'send') &&
      resource.kind === 'host' &&
      zone === 'other-host' &&
      /^[\w-]+(?:\.[\w-]+)+$/.test(resource.name),
  );
  return all === undefined || to === undefined
    ? []
    : [
        { ...all, flow: environmentFlow },
        { ...to, verb: 'send', flow: environmentFlow },
      ];
}

/** Files where an installer piped into a shell is ordinary: a person or a pipeline starts them knowingly. */
const installs: ReadonlySet<FileSort> = new Set(['script', 'pipeline', 'build', 'infrastructure', 'container']);

/** False for code that comes from a host with a name of its own. */
const notInstaller =
  (all: readonly Effect[], sort: FileSort) =>
  ({ flags, flow }: Effect): boolean => {
    if (!flags.includes('remote-code')) return true;
    const from = all.find((each) => each.verb === 'receive' && flow !== undefined && each.flow === flow);
    if (from === undefined) return true;
    const { name } = from.resource;
    if (wellKnownInstallers.test(name)) return false;
    const place = destinationClass(name);
    if (strangerOwned.has(place) || place === 'shortener' || place === 'unknown' || cheapName.test(name)) return true;
    return (sort === 'container' || sort === 'pipeline') && !vendorInstaller.test(name);
  };

/** Endings under which a name costs next to nothing. */
const cheapName =
  /\.(?:top|xyz|click|cc|icu|cyou|rest|buzz|tk|ml|ga|cf|gq|pw|su|monster|quest|sbs|cfd|lol|zip|mov|bond|cam)$/i;
/** `get.tool.io`, `install.tool.sh`: how makers name the place of their installer. */
const vendorInstaller =
  /^(?:get|install|cli|setup|dl|downloads?|packages|pkgs?|deb|rpm|apt|releases|static|sh|raw|uploader|codecov|repo)\.[\w.-]+$|^[\w-]+\.(?:sh|run|rs)$|\.(?:github\.io|gitlab\.io|googleapis\.com|amazonaws\.com|microsoft\.com|cloudfront\.net)$/i;

/** Installers that the makers of common tools tell everyone to pipe into a shell. Source: the tools' own manuals. */
const wellKnownInstallers =
  /^(?:astral\.sh|(?:sh|static)\.rustup\.rs|get\.docker\.com|test\.docker\.com|get\.pnpm\.io|bun\.(?:sh|com)|deno\.land|deno\.com|fnm\.vercel\.app|get\.volta\.sh|install\.python-poetry\.org|pdm-project\.org|pyenv\.run|mise\.run|starship\.rs|get\.k3s\.io|get\.helm\.sh|ollama\.com|fly\.io|deb\.nodesource\.com|rpm\.nodesource\.com|nixos\.org|install\.determinate\.systems|get\.sdkman\.io|sdk\.cloud\.google\.com|packages\.microsoft\.com|aka\.ms|awscli\.amazonaws\.com|claude\.ai|cursor\.com|raw\.githubusercontent\.com|github\.com|brew\.sh|get\.haskellup\.org|get-ghcup\.haskell\.org|foundry\.paradigm\.xyz|cli\.github\.com|dl\.yarnpkg\.com|taskfile\.dev|just\.systems|pkgx\.sh|get\.pulumi\.com|apt\.llvm\.org|bootstrap\.pypa\.io|tailscale\.com|releases\.hashicorp\.com|opencode\.ai|railway\.com|cli\.doppler\.com|get\.jetify\.com)$/;

/** A skill is loaded without anyone starting it: only installers everyone knows are ordinary there. */
const notWellKnown =
  (all: readonly Effect[]) =>
  ({ flags, flow }: Effect): boolean => {
    if (!flags.includes('remote-code')) return true;
    const from = all.find((each) => each.verb === 'receive' && flow !== undefined && each.flow === flow);
    return from === undefined || !wellKnownInstallers.test(from.resource.name);
  };

/** Programs decode, evaluate and download for a living: only what names its target counts. */
const isGraveInCode = (effect: Effect): boolean =>
  effect.verb !== 'execute' && !effect.flags.includes('dynamic') && isGrave(effect);

/** What an agent is told to do whenever a skill or an instruction is loaded: more than a script a person starts. */
function isGraveForAgents({ verb, resource, zone, flags, by }: Effect): boolean {
  if (verb === 'delete') return flags.includes('recursive') && (zone === 'home' || zone === 'system');
  if (verb === 'configure')
    return flags.includes('weakens') || (resource.kind === 'repository' && flags.includes('forced'));
  if (verb === 'send') return by === 'git' && resource.kind === 'host';
  return resource.kind === 'container' && flags.includes('privileged');
}

function isGrave({ verb, resource, zone, flags }: Effect): boolean {
  if (flags.includes('remote-code')) return true;
  if (flags.includes('hidden') && verb === 'execute') return true;
  const outside = zone === 'home' || zone === 'system' || zone === 'credential-store';
  switch (verb) {
    case 'send':
      return resource.kind === 'host' && strangerOwned.has(destinationClass(resource.name));
    case 'write':
    case 'delete':
      if (resource.kind === 'agent-config')
        return outside && /settings|hooks|\.mcp|\.claude\.json|warder/.test(resource.name);
      if (resource.kind === 'device') return true;
      return (
        verb === 'delete' &&
        /^(?:\/|\/(?:home|Users|etc|usr|var|boot|bin|lib|opt|root)|\/(?:home|Users)\/[^/]+|~)(?:\/\*)?$/.test(
          resource.name,
        )
      );
    case 'configure':
      return (
        outside && (resource.kind === 'environment' || resource.kind === 'service' || resource.kind === 'agent-config')
      );
    case 'grant':
      return outside && (resource.kind === 'user' || flags.includes('privileged'));
    default:
      return false;
  }
}
