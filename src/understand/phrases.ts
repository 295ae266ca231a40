import type { Flag, ResourceKind, Verb, Zone } from '../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../core/ports.ts';
import { isDynamic, names, unknownPart } from './arguments.ts';
import { touch } from './file-effects.ts';
import { namesProduction } from './hosts.ts';
import { flagsOfOptions, namedEffects } from './named-verbs.ts';

/**
 * What a tool's line says, and what it then does: a pattern over its words followed by its options (`prune repo
 * --dry-run`), the verb (`nothing`: touches nothing worth a word), the flags. The first that fits decides.
 */
export type Phrase = readonly [says: RegExp, verb: Verb | 'nothing', ...flags: readonly Flag[]];

/** How one tool speaks. What no phrase covers is read by the verbs of its naming scheme. */
export interface Vocabulary {
  readonly phrases: readonly Phrase[];
  /** Options that take a separate value. */
  readonly values?: ReadonlySet<string>;
  /** What the tool works on; a cloud resource when nothing is said. */
  readonly kind?: ResourceKind;
  /** Where; another host when nothing is said. */
  readonly zone?: Zone;
  /** Words of the line → another kind of thing: the first that fits. */
  readonly kinds?: readonly (readonly [says: RegExp, kind: ResourceKind])[];
  /** Options, besides the usual ones, that make it only show what it would do. */
  readonly dry?: RegExp;
}

const noValues = names('');
const asksForHelp = /^(?:--help|--version|help|version|completion|completions|-V)$/;

interface Said {
  readonly line: string;
  readonly name: string;
  readonly at: number;
}

/** Words first, then the options, each joined by a blank. */
function lineOf(args: readonly (string | null)[], values: ReadonlySet<string>): Said {
  const words: string[] = [];
  const options: string[] = [];
  let at = -1;
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text !== null && text.length > 1 && text.startsWith('-')) {
      options.push(text.slice(0, 200));
      // A value is a name somebody chose: `--app reset-password` resets nothing.
      if (values.has(text)) i++;
    } else {
      if (at < 0) at = i;
      words.push(text ?? '…');
    }
  }
  const name = words.slice(0, 4).join(' ').replaceAll(unknownPart, '…').slice(0, 160);
  return { line: [...words, ...options].join(' ').slice(0, 4000), name, at };
}

/** Files of this machine among the words: what is backed up, checked, applied. */
function pathsIn({ args, place }: CommandWords, values: ReadonlySet<string>): readonly CommandEffect[] {
  const out: CommandEffect[] = [];
  args.forEach((text, arg) => {
    if (text === null || !/^(?:\/|~|\.{1,2}\/)/.test(text) || values.has(args[arg - 1] ?? '') || /\s/.test(text))
      return;
    // `/v1/customers` is a path over there.
    out.push(...touch('read', { text, arg }, place).filter(({ zone }) => zone !== 'unknown'));
  });
  return out.slice(0, 16);
}

/** True for `--help`, `--version` and the like: whatever else stands there, nothing is done. */
export function onlyAsksForHelp(args: readonly (string | null)[]): boolean {
  // Elsewhere `--version` asks for a version of the thing: `chart --version 1.2`.
  return args.includes('--help') || args.at(-1) === '--version' || asksForHelp.test(args[0] ?? '');
}

/** A command line → effects, by the tool's own vocabulary. */
export function phraseEffects(words: CommandWords, vocabulary: Vocabulary): readonly CommandEffect[] {
  const { args } = words;
  if (onlyAsksForHelp(args)) return [];
  const { values = noValues, kind = 'cloud-resource', zone = 'other-host', phrases, kinds, dry } = vocabulary;
  const { line, name, at } = lineOf(args, values);
  const thing = kinds?.find(([says]) => says.test(line))?.[1] ?? kind;
  const said = phrases.find(([says]) => says.test(line));
  const shows = dry !== undefined && args.some((arg) => arg !== null && dry.test(arg));
  if (!said)
    return namedEffects(words, values, thing, zone).map((effect) =>
      shows ? { ...effect, flags: [...new Set<Flag>([...effect.flags, 'dry-run'])] } : effect,
    );
  const [, verb, ...own] = said;
  if (verb === 'nothing') return [];
  const flags = new Set<Flag>([...own, ...flagsOfOptions(args)]);
  if (shows) flags.add('dry-run');
  if (args.some(isDynamic)) flags.add('dynamic');
  const production = verb !== 'read' && args.some((arg) => arg !== null && namesProduction(arg));
  const secret = thing === 'secret' && verb === 'read';
  const files = verb === 'delete' || verb === 'grant' ? [] : pathsIn(words, values);
  return [
    ...files,
    {
      verb,
      resource: { kind: thing, name: thing === 'secret' ? `${words.program} ${name}` : name },
      zone: production ? 'production' : secret ? 'credential-store' : zone,
      flags: [...flags],
      ...(at >= 0 && { arg: at }),
    },
  ];
}

/** A family whose tools each have a vocabulary. */
export function spokenFamily(
  id: string,
  vocabularies: Readonly<Record<string, Vocabulary>>,
  examples: CommandFamily['examples'],
  runs?: CommandFamily['runs'],
): CommandFamily {
  return {
    id,
    programs: Object.keys(vocabularies),
    effects: (words) => {
      const vocabulary = vocabularies[words.program];
      return vocabulary ? phraseEffects(words, vocabulary) : [];
    },
    ...(runs && { runs }),
    examples,
  };
}
