import type { Meaning, ResourceKind, Verb } from '../core/effect.ts';
import { flags, resourceKinds, verbs, zones } from '../core/effect.ts';
import type { Action, AgentId } from '../core/event.ts';
import type { Mode, Score, SessionMemory, Severity } from '../core/verdict.ts';
import type { CedarRequest } from './cedar.ts';

/** Everything a decision may look at. */
export interface DecideInput {
  readonly person: string;
  readonly agent: AgentId;
  readonly tool: string;
  readonly action: Action;
  readonly meaning: Meaning;
  readonly score: Score;
  readonly session: SessionMemory;
  /** Marks this call left itself do not count as "before". */
  readonly callId: string;
  readonly mode: Mode;
}

/** The bounded words of a call that policies see; the same words always get the same answer. */
export function cedarRequest(input: DecideInput): CedarRequest {
  const { action, meaning, score, session, callId } = input;
  const mcpServer = action.kind === 'mcp' ? action.server : undefined;
  return {
    person: input.person,
    action: action.kind,
    tool: input.tool,
    ...(mcpServer === undefined ? {} : { mcpServer }),
    context: {
      agent: input.agent,
      mode: input.mode,
      ...(mcpServer === undefined ? {} : { mcpServer }),
      ...effectWords(meaning),
      programs: sorted(new Set(meaning.programs)),
      detectors: sorted(new Set(counted(score).map((finding) => finding.detector))),
      findings: findingWords(score),
      score: score.score,
      severity: score.severity,
      unparsed: meaning.unparsed,
      opaque: meaning.opaque.length > 0,
      secrets: meaning.secrets.length > 0,
      untrusted: hasOther(session.untrusted, callId),
      sensitive: hasOther(session.sensitive, callId),
    },
  };
}

type EffectWords = Record<'verbs' | 'kinds' | 'zones' | 'flags' | 'effects' | 'hosts', string[]>;

function effectWords({ effects }: Meaning): EffectWords {
  const words = {
    verbs: new Set<string>(),
    kinds: new Set<string>(),
    zones: new Set<string>(),
    flags: new Set<string>(),
  };
  const together = new Set<string>();
  const hosts = new Set<string>();
  for (const { verb, resource, zone, flags: how } of effects) {
    words.verbs.add(verb);
    words.kinds.add(resource.kind);
    words.zones.add(zone);
    for (const flag of how) words.flags.add(flag);
    if (reached(verb, resource.kind)) hosts.add(hostWord(resource.name));
    if (how.includes('dry-run')) continue;
    together.add(`${verb} ${zone}`).add(`${verb} ${resource.kind}`).add(`${verb} ${resource.kind} ${zone}`);
    for (const flag of how) together.add(`${verb} ${zone} ${flag}`).add(`${verb} ${resource.kind} ${flag}`);
  }
  return {
    verbs: sorted(words.verbs),
    kinds: sorted(words.kinds),
    zones: sorted(words.zones),
    flags: sorted(words.flags),
    effects: sorted(together),
    hosts: sorted(hosts),
  };
}

/** A host, a git remote or a registry that something is sent to. */
const reached = (verb: Verb, kind: ResourceKind): boolean =>
  kind === 'host' ||
  (kind === 'repository' && (verb === 'send' || verb === 'receive')) ||
  (kind === 'package' && verb === 'send');

/** A git remote stands for its host: by its name (`origin`), or by the host of its address. */
function hostWord(name: string): string {
  if (name === '') return '*';
  const host =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]+)/i.exec(name)?.[1] ??
    /^(?:[^/@:]+@)?([^/:]+\.[^/:]+):/.exec(name)?.[1];
  return (host ?? name).toLowerCase();
}

const severities: readonly Severity[] = ['low', 'review', 'alert', 'critical'];

/** What a suppression took out of the score binds no rule either. */
const counted = ({ findings }: Score) => findings.filter(({ suppressed }) => suppressed === undefined);

/** `exfiltration critical` brings `exfiltration alert`, `… review` and `… low` along, so that a rule names the least it minds. */
function findingWords(score: Score): string[] {
  const words = new Set<string>();
  for (const { detector, severity } of counted(score)) {
    for (const each of severities.slice(0, severities.indexOf(severity) + 1)) words.add(`${detector} ${each}`);
  }
  return sorted(words);
}

const sorted = (words: Set<string>): string[] => [...words].sort();

function hasOther(marks: Readonly<Record<string, string>>, callId: string): boolean {
  for (const id in marks) if (id !== callId) return true;
  return false;
}

const vocabulary: Readonly<Record<string, ReadonlySet<string>>> = {
  verbs: new Set(verbs),
  kinds: new Set(resourceKinds),
  zones: new Set(zones),
  flags: new Set(flags),
  severity: new Set(severities),
  mode: new Set(['observe', 'enforce']),
};

/**
 * A word a policy compares with that no call can ever have: such a rule would silently never bind. Returns what is
 * wrong in one sentence, or null. Cedar checks attribute names and types; it cannot know our words.
 */
export function strangeWord(attribute: string, word: string): string | null {
  if (attribute === 'effects') return strangeEffect(word);
  if (attribute === 'findings') {
    const severity = word.split(' ')[1] ?? '';
    return severities.some((each) => each === severity)
      ? null
      : `"${word}" is not "<detector> <severity>", as in "exfiltration alert"`;
  }
  const words = vocabulary[attribute];
  return words === undefined || words.has(word)
    ? null
    : `context.${attribute} never holds "${word}"; it knows ${[...words].join(', ')}`;
}

function strangeEffect(word: string): string | null {
  const [verb = '', middle = '', last, ...rest] = word.split(' ');
  const verbKnown = vocabulary.verbs?.has(verb) === true;
  const kindKnown = vocabulary.kinds?.has(middle) === true;
  const zoneKnown = vocabulary.zones?.has(middle) === true;
  const lastKnown =
    last === undefined || vocabulary.flags?.has(last) === true || (kindKnown && vocabulary.zones?.has(last) === true);
  return verbKnown && (kindKnown || zoneKnown) && lastKnown && rest.length === 0
    ? null
    : `context.effects never holds "${word}"; write "verb zone", "verb kind", "verb kind zone", or one of the first two with a flag, as in "delete home recursive"`;
}
