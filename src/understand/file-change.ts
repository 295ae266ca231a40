import { destinationClass, strangerOwned } from '../core/destination.ts';
import type { Effect, Flag, Span } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import { type Added, difference } from './edits.ts';
import { fileRules, guardLines } from './file-rules.ts';
import { type FileSort, madeUp, runsLater, sortOf } from './file-sorts.ts';
import { commentsToAgents, hiddenText, orderToAgent } from './hidden-text.ts';
import { type LaterCommand, laterCommands } from './later-commands.ts';
import { isNullDevice, type Located, locate } from './zones.ts';

/** One change of one file: added stretches with their place in `field`, and the lines that are gone. */
export interface FileChange {
  readonly path: string;
  readonly field: string;
  readonly added: readonly Added[];
  readonly removed: string;
}

/** Reads shell text in a place: the effects it would have. */
export type ReadCommand = (command: string, place: Place) => readonly Effect[];

/** Effects told of one change at most. */
const most = 24;

/**
 * What a change of a file does beyond touching it: guardrails weakened, text hidden from the reader, things that run
 * later, rights widened. Judged by what is added, not by what stood there. The write itself is not among the effects.
 */
export function changeEffects(change: FileChange, by: string, place: Place, read: ReadCommand): readonly Effect[] {
  const at = locate(change.path, place);
  if (at.kind === 'device' && isNullDevice(at.name)) return [];
  const sort = sortOf(at.name, at.kind);
  const told: Told = { at, sort, by, field: change.field };
  const found = [
    ...written(change, told),
    ...hidden(change, told),
    ...lost(change, told),
    ...later(change, told, place, read),
  ];
  return found.slice(0, most);
}

interface Told {
  readonly at: Located;
  readonly sort: FileSort;
  readonly by: string;
  readonly field: string;
}

const spanAt = (field: string, start: number, end: number): Span => ({ field, start, end });

/** Rules over the added text; each tells once. */
function written({ added }: FileChange, { at, sort, by, field }: Told): Effect[] {
  const out: Effect[] = [];
  const pretend = sort === 'text' || madeUp.test(at.name);
  for (const rule of fileRules) {
    if (pretend && rule.everywhere !== true) continue;
    if (rule.in === undefined ? !general.has(sort) : !rule.in.includes(sort)) continue;
    for (const part of added) {
      const match = rule.pattern.exec(part.text);
      if (match === null) continue;
      const start = part.start + match.index;
      const resource = { kind: rule.kind, name: at.name };
      const span = spanAt(field, start, start + match[0].length);
      out.push({ verb: rule.verb, resource, zone: at.zone, flags: rule.flags, by, span });
      break;
    }
  }
  const kind = runsLater[sort];
  const [first] = added;
  // A file that something runs by itself, whatever it says; the rules above tell more.
  if (kind !== undefined && first !== undefined && !out.some(({ flags }) => flags.includes('later-execution'))) {
    const span = spanAt(field, first.start, first.start + first.text.length);
    out.push({
      verb: 'configure',
      resource: { kind, name: at.name },
      zone: at.zone,
      flags: ['later-execution'],
      by,
      span,
    });
  }
  return out;
}

/** Where code and settings stand. */
const general: ReadonlySet<FileSort> = new Set([
  'code',
  'config',
  'script',
  'build',
  'infrastructure',
  'package-manifest',
  'git-config',
  'start-up',
  'pipeline',
  'container',
]);

/** Invisible characters anywhere; comments and orders to agents where an agent obeys what it reads. */
function hidden({ added }: FileChange, { at, sort, by, field }: Told): Effect[] {
  const out: Effect[] = [];
  const obeyed = sort === 'agent-text' || sort === 'agent-settings';
  const pretend = madeUp.test(at.name) && !obeyed;
  for (const { text, start } of added) {
    const seen = hiddenText(text).filter(({ what }) => obeyed || (!pretend && what !== 'zero-width'));
    const comments = obeyed || (sort === 'text' && !pretend) ? commentsToAgents(text) : [];
    for (const found of [...seen, ...comments].slice(0, 4)) {
      const kind = obeyed ? 'agent-config' : at.kind;
      const span = spanAt(field, start + found.start, start + found.end);
      out.push({
        verb: obeyed ? 'configure' : 'write',
        resource: { kind, name: at.name },
        zone: at.zone,
        flags: ['hidden'],
        by,
        span,
      });
    }
    const order = obeyed ? orderPastPerson(text) : null;
    if (order !== null) {
      const span = spanAt(field, start + order.start, start + order.end);
      out.push({
        verb: 'configure',
        resource: { kind: 'agent-config', name: at.name },
        zone: at.zone,
        flags: ['weakens'],
        by,
        span,
      });
    }
  }
  return out;
}

/** Instruction files give orders: only one that goes behind the person's back is worth a word. */
function orderPastPerson(text: string): ReturnType<typeof orderToAgent> {
  const order = orderToAgent(text);
  if (order === null) return null;
  const said = text.slice(order.start, order.end);
  return /ignore|disregard|override|forget|tell|inform|mention|reveal|notify|secret|silent|covert|without|ssh|aws|env|upload|send|exfil|forward/i.test(
    said,
  )
    ? order
    : null;
}

/** Checks and rules that stood there and stand nowhere now. */
function lost({ removed, added }: FileChange, { at, sort, by, field }: Told): Effect[] {
  if (removed === '' || madeUp.test(at.name)) return [];
  const out: Effect[] = [];
  for (const [sorts, kind, pattern] of guardLines) {
    if (!sorts.includes(sort)) continue;
    const match = pattern.exec(removed);
    if (match === null || added.some(({ text }) => pattern.test(text))) continue;
    const first = added[0];
    const span = spanAt(field, first?.start ?? 0, first === undefined ? 0 : first.start + first.text.length);
    out.push({ verb: 'configure', resource: { kind, name: at.name }, zone: at.zone, flags: ['weakens'], by, span });
  }
  return out;
}

/** What the commands in the added text will do when they run; only what reaches beyond the project's own work. */
function later(change: FileChange, { at, sort, by, field }: Told, place: Place, read: ReadCommand): Effect[] {
  const out: Effect[] = [];
  let flow = 1;
  if (sort !== 'agent-settings' && sort !== 'agent-text' && madeUp.test(at.name)) return out;
  for (const command of laterCommands(at.name, sort, change.added)) {
    const kept = grave(read(asShell(command), place), sort, command);
    const span = spanAt(field, command.start, command.start + command.text.length);
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
function grave(all: readonly Effect[], sort: FileSort, command: LaterCommand): readonly Effect[] {
  const effects = installs.has(sort) && command.language === undefined ? all.filter(notInstaller(all)) : all;
  const bad = new Set<Effect>();
  const program = command.language !== undefined && sort === 'code';
  for (const effect of effects) {
    if (program ? isGraveInCode(effect) : isGrave(effect)) bad.add(effect);
    if (effect.verb !== 'send' || effect.flow === undefined || effect.zone === 'this-host') continue;
    const mates = effects.filter((other) => other !== effect && other.flow === effect.flow);
    const leak = mates.filter(
      ({ verb, zone, resource }) =>
        (verb === 'read' &&
          (zone === 'credential-store' || resource.kind === 'secret' || resource.kind === 'environment')) ||
        (verb === 'execute' && /^(?:\/bin\/)?(?:ba|z|da|k)?sh$/.test(resource.name)),
    );
    if (leak.length > 0) for (const each of [effect, ...leak]) bad.add(each);
  }
  // What shares a flow with code of another host says where that code comes from.
  for (const effect of effects) {
    if (effect.verb !== 'receive' || effect.flow === undefined) continue;
    if ([...bad].some((other) => other.flow === effect.flow && other.flags.includes('remote-code'))) bad.add(effect);
  }
  return effects.filter((effect) => bad.has(effect));
}

/** Files where an installer piped into a shell is ordinary: a person or a pipeline starts them knowingly. */
const installs: ReadonlySet<FileSort> = new Set(['script', 'pipeline', 'build', 'infrastructure']);

/** False for code that comes from a host with a name of its own. */
const notInstaller =
  (all: readonly Effect[]) =>
  ({ flags, flow }: Effect): boolean => {
    if (!flags.includes('remote-code')) return true;
    const from = all.find((each) => each.verb === 'receive' && flow !== undefined && each.flow === flow);
    if (from === undefined) return true;
    const place = destinationClass(from.resource.name);
    return strangerOwned.has(place) || place === 'shortener' || place === 'unknown';
  };

/** Programs decode, evaluate and download for a living: only what names its target counts. */
const isGraveInCode = (effect: Effect): boolean =>
  effect.verb !== 'execute' && !effect.flags.includes('dynamic') && isGrave(effect);

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

/** A write or an edit of one file → its change. */
export function changeOf(path: string, field: string, before: string, after: string): FileChange {
  return { path, field, ...difference(before, after) };
}
