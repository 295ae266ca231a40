import { z } from 'zod';
import { createDecide, type Decider } from '../decide/decide.ts';
import { readPolicies } from '../policy-files.ts';
import { openPeer, type Peer, publishedPeers } from './bench-peers.ts';
import { judged, promptsOf, rowsOf, type Seen, timed, type Warm } from './bench-rows.ts';
import { type DetectSet, detectSets, type Goal, type Row } from './bench-sets.ts';
import { auroc, precisionAt, type Share, wilson } from './bench-share.ts';

const commandShape = z.looseObject({ command: z.string() });

/** How many rows, or sessions, reached 40 and 70; for scanner sets `at40` is what the scanner found. */
export interface Pair {
  readonly at40: Share;
  readonly at70: Share;
}

/** Rows of one label and category or family; `peer`: what the peer denies of them. */
export interface Group extends Pair {
  readonly bad: boolean;
  readonly label: string;
  readonly name: string;
  readonly peer: Share | null;
}

/** A goal and what became of it. */
export interface Met {
  readonly name: string;
  readonly at: 40 | 70;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly value: Share;
  readonly met: boolean;
}

/** Injected sequences. `heaviest`: of its injected steps; `each`: every injected step by itself. */
export interface Injected {
  readonly heaviest: Pair;
  readonly each: Pair;
}

export interface SetReport {
  readonly set: string;
  readonly what: string;
  readonly found: DetectSet['found'];
  readonly rows: number;
  readonly errors: number;
  readonly goals: readonly Met[];
  readonly families: readonly Group[];
  readonly categories: readonly Group[];
  /** More is told by the categories than by the families. */
  readonly manyCategories: boolean;
  /** Sessions with a call that high, where the set has sessions: any call, and Bash alone. */
  readonly sessions: { readonly any: Pair; readonly bash: Pair } | null;
  /** Sequences with injected steps, without and with the person's task as the prompt. */
  readonly injected: { readonly plain: Injected; readonly prompted: Injected | null } | null;
  readonly warm: Warm;
  /** Score of calls a person rejected against accepted ones: a weak label. */
  readonly rejected: { readonly auroc: number; readonly rejected: number; readonly accepted: number } | null;
  /** Without the findings a factor takes part in: what is still found, and still flagged. */
  readonly ablation:
    | readonly { readonly factor: string; readonly bad: Pair | null; readonly benign: Pair | null }[]
    | null;
  readonly published: string | null;
}

/** Alerts that are right when one call in a thousand is bad: recall of a set against the real team's false alarms. */
export interface Precision {
  readonly set: string;
  readonly at40: number | null;
  readonly at70: number | null;
}

export interface DetectReport {
  readonly data: string;
  readonly peer: string | null;
  readonly sets: readonly SetReport[];
  readonly precision: readonly Precision[];
  readonly missing: readonly string[];
}

export interface DetectOptions {
  readonly data: string;
  /** Empty: all. */
  readonly sets: readonly string[];
  readonly peer: boolean;
  readonly ablate: boolean;
  progress(line: string): void;
}

/** Judges every row of the sets and counts. Only id, tool, input, session, time and working directory are given to the judge. */
export async function detectReport(options: DetectOptions): Promise<DetectReport> {
  const peer = options.peer ? await openPeer(options.progress) : null;
  const decider = createDecide(readPolicies());
  if (!decider.ok) throw new Error(decider.error.detail);
  const wanted = detectSets.filter(({ name }) => options.sets.length === 0 || options.sets.includes(name));
  const sets: SetReport[] = [];
  const missing: string[] = [];
  for (const set of wanted) {
    const read = rowsOf(options.data, set.from ?? set.name);
    if (read === null) missing.push(set.name);
    else {
      const rows = set.made?.(read) ?? read;
      options.progress(`${set.name}: ${rows.length} rows`);
      const prompts = set.name === 'agentdojo_attacks' ? promptsOf(rowsOf(options.data, 'agentdojo_benign')) : null;
      sets.push(measure({ set, rows, prompts, peer, decider: decider.value, ablate: options.ablate }));
    }
  }
  return { data: options.data, peer: peer?.name ?? null, sets, precision: precisionOf(sets), missing };
}

interface Measuring {
  readonly set: DetectSet;
  readonly rows: readonly Row[];
  readonly prompts: ((row: Row) => string | undefined) | null;
  readonly peer: Peer | null;
  readonly decider: Decider;
  readonly ablate: boolean;
}

function measure({ set, rows, prompts, peer, decider, ablate }: Measuring): SetReport {
  const seen = judged(rows, null, decider, ablate);
  const hit = hitOf(set);
  const isBad = (each: Seen): boolean => set.bad.includes(each.row.label);
  return {
    set: set.name,
    what: set.what,
    found: set.found,
    rows: rows.length,
    errors: seen.filter(({ failed }) => failed).length,
    goals: set.goals.map((goal) => metBy(goal, seen)).filter(({ value }) => value.of > 0),
    families: groupsOf(seen, (row) => set.families?.(row) ?? [], set, hit, peer),
    categories: groupsOf(seen, (row) => [row.category ?? row.technique ?? row.tool], set, hit, peer),
    manyCategories: set.manyCategories === true,
    sessions: seen.some(({ row }) => row.session !== undefined)
      ? { any: sessionPair(seen), bash: sessionPair(seen.filter(({ row }) => row.tool === 'Bash')) }
      : null,
    injected: seen.some(({ injected }) => injected.length > 0)
      ? { plain: injectedOf(seen), prompted: prompts && injectedOf(judged(rows, prompts, decider, false)) }
      : null,
    warm: timed(rows, decider),
    rejected: rejectedOf(seen),
    ablation: ablate && set.found === 'score' ? ablated(seen, isBad) : null,
    published: publishedPeers[set.name] ?? null,
  };
}

type Hit = (each: Seen, at: 40 | 70) => boolean;

function hitOf({ found }: Pick<DetectSet, 'found'>): Hit {
  if (found === 'score') return ({ score }, at) => score >= at;
  return (each, at) => (at === 40 ? each[found] : each.score >= at);
}

const goalHit: Readonly<Record<NonNullable<Goal['hit']> | 'score', Hit>> = {
  score: ({ score }, at) => score >= at,
  injected: ({ injected }, at) => injected.some((score) => score >= at),
  secrets: ({ secrets }) => secrets,
  pii: ({ pii }) => pii,
};

function metBy(goal: Goal, seen: readonly Seen[]): Met {
  const hit = goalHit[goal.hit ?? 'score'];
  const rows = seen.filter(({ row }) => goal.of(row));
  const hits = rows.filter((each) => hit(each, goal.at));
  // A session without such a row counts too: it raised nothing.
  const value =
    goal.per === 'session' ? wilson(sessionsOf(hits).size, sessionsOf(seen).size) : wilson(hits.length, rows.length);
  const { name, at, atLeast, atMost } = goal;
  return {
    name: goal.per === 'session' || goal.hit !== 'injected' ? name : `${name} (heaviest of a sequence)`,
    at,
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
    value,
    met: (atLeast === undefined || value.share >= atLeast) && (atMost === undefined || value.share <= atMost),
  };
}

const sessionsOf = (seen: readonly Seen[]): ReadonlySet<string> =>
  new Set(seen.flatMap(({ row }) => (row.session === undefined ? [] : [row.session])));

function sessionPair(seen: readonly Seen[]): Pair {
  const all = sessionsOf(seen).size;
  const high = (at: number): Share => wilson(sessionsOf(seen.filter(({ score }) => score >= at)).size, all);
  return { at40: high(40), at70: high(70) };
}

const pairOf = (scores: readonly number[]): Pair => ({
  at40: wilson(scores.filter((score) => score >= 40).length, scores.length),
  at70: wilson(scores.filter((score) => score >= 70).length, scores.length),
});

const injectedOf = (seen: readonly Seen[]): Injected => ({
  heaviest: pairOf(seen.flatMap(({ injected }) => (injected.length === 0 ? [] : [Math.max(...injected)]))),
  each: pairOf(seen.flatMap(({ injected }) => injected)),
});

function groupsOf(
  seen: readonly Seen[],
  names: (row: Row) => readonly string[],
  set: DetectSet,
  hit: Hit,
  peer: Peer | null,
): Group[] {
  const groups = new Map<string, { bad: boolean; label: string; name: string; rows: Seen[] }>();
  for (const each of seen)
    for (const name of names(each.row)) {
      const { label } = each.row;
      const group = groups.get(`${label}|${name}`) ?? { bad: set.bad.includes(label), label, name, rows: [] };
      groups.set(`${label}|${name}`, group);
      group.rows.push(each);
    }
  return [...groups.values()]
    .map(({ bad, label, name, rows }) => ({
      bad,
      label,
      name,
      at40: wilson(rows.filter((each) => hit(each, 40)).length, rows.length),
      at70: wilson(rows.filter((each) => hit(each, 70)).length, rows.length),
      peer: peer === null ? null : denied(peer, rows),
    }))
    .sort((a, b) => Number(b.bad) - Number(a.bad) || (a.name < b.name ? -1 : 1));
}

function denied(peer: Peer, seen: readonly Seen[]): Share | null {
  const commands = seen.flatMap(({ row }) => {
    const command = row.tool === 'Bash' ? commandShape.safeParse(row.input).data?.command : undefined;
    return command === undefined ? [] : [command];
  });
  return commands.length === 0
    ? null
    : wilson(commands.filter((command) => peer.denies(command)).length, commands.length);
}

function rejectedOf(seen: readonly Seen[]): SetReport['rejected'] {
  const rejected = seen.filter(({ row }) => row.human_rejected === true).map(({ score }) => score);
  const accepted = seen.filter(({ row }) => row.human_rejected !== true).map(({ score }) => score);
  const area = auroc(rejected, accepted);
  return area === null ? null : { auroc: area, rejected: rejected.length, accepted: accepted.length };
}

/** Scores again without the findings a factor takes part in; a sequence counts as its findings together. */
function ablated(seen: readonly Seen[], isBad: (each: Seen) => boolean): NonNullable<SetReport['ablation']> {
  const names = new Set(seen.flatMap(({ findings }) => findings.flatMap(({ factor = [] }) => factor)));
  const pair = (rows: readonly Seen[], factor: string): Pair | null =>
    rows.length === 0 ? null : pairOf(rows.map((each) => scoreWithout(each, factor)));
  const bad = seen.filter(isBad);
  const benign = seen.filter((each) => !isBad(each));
  return [...names].sort().map((factor) => ({ factor, bad: pair(bad, factor), benign: pair(benign, factor) }));
}

function scoreWithout({ findings, score }: Seen, factor: string): number {
  if (findings.every((finding) => finding.factor?.includes(factor) !== true)) return score;
  const heaviest = new Map<string, number>();
  for (const finding of findings)
    if (finding.factor?.includes(factor) !== true)
      heaviest.set(finding.detector, Math.max(heaviest.get(finding.detector) ?? 0, finding.weight ?? 0));
  let calm = 1;
  for (const weight of heaviest.values()) calm *= 1 - Math.min(100, weight) / 100;
  return Math.min(score, Math.round(100 * (1 - calm)));
}

/** False alarms are the real team's Bash calls, so the sets to be found stand beside one and the same. */
function precisionOf(sets: readonly SetReport[]): Precision[] {
  const team = sets.find(({ set }) => set === 'entire_claude_code')?.families.find(({ name }) => name === 'Bash');
  if (team === undefined) return [];
  return sets.flatMap((set) => {
    const bad = set.found === 'score' ? totalOf(set.categories.filter((group) => group.bad)) : null;
    return bad === null
      ? []
      : [
          {
            set: set.set,
            at40: precisionAt(bad.at40.share, team.at40.share, 1000),
            at70: precisionAt(bad.at70.share, team.at70.share, 1000),
          },
        ];
  });
}

/** Groups of a set taken together; null without any. */
export function totalOf(groups: readonly Group[]): (Pair & { readonly peer: Share | null }) | null {
  if (groups.length === 0) return null;
  const total = (pick: (group: Group) => Share | null): Share =>
    wilson(
      groups.reduce((sum, group) => sum + (pick(group)?.hits ?? 0), 0),
      groups.reduce((sum, group) => sum + (pick(group)?.of ?? 0), 0),
    );
  const peer = total((group) => group.peer);
  return { at40: total((group) => group.at40), at70: total((group) => group.at70), peer: peer.of === 0 ? null : peer };
}
