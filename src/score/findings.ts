import type { Effect, Flag, Zone } from '../core/effect.ts';
import type { DetectorInput } from '../core/ports.ts';
import { type Factor, type Finding, severityOf } from '../core/verdict.ts';

/** A weight (0–100) and one sentence. */
export interface Judged {
  readonly weight: number;
  readonly why: string;
  /** Raise an alert whatever the score. */
  readonly alert?: boolean;
  /** The factor that weighs most in it; absent: `impact`. */
  readonly factor?: Factor;
}

/** Findings one detector keeps of one call; the heaviest stay. */
const most = 5;

export function finding(
  detector: string,
  { weight, why, alert, factor = 'impact' }: Judged,
  evidence?: Finding['evidence'],
  effect?: Effect,
): Finding {
  const whole = Math.round(Math.min(100, Math.max(0, weight)));
  return {
    detector,
    weight: whole,
    severity: severityOf(whole),
    why,
    factor: [...new Set([factor, ...(effect === undefined ? [] : factorsOf(effect))])],
    ...(evidence === undefined ? {} : { evidence }),
    ...(alert === true ? { alert } : {}),
  };
}

/** An MCP call counts as its tool and as what the tool acts on; where both say the same, the second says it better. */
const toldBetter = (effect: Effect, effects: readonly Effect[]): boolean =>
  effect.resource.kind === 'mcp-tool' &&
  effect.by.startsWith('mcp__') &&
  effects.some(({ verb, resource, by }) => verb === effect.verb && by === effect.by && resource.kind !== 'mcp-tool');

/** One look at each effect; equal sentences are told once, the heaviest few are kept. */
export function perEffect(
  detector: string,
  input: DetectorInput,
  judge: (effect: Effect, input: DetectorInput) => Judged | null,
): Finding[] {
  const found: Finding[] = [];
  for (const effect of input.meaning.effects) {
    const judged = toldBetter(effect, input.meaning.effects) ? null : judge(effect, input);
    if (judged !== null && judged.weight > 0) found.push(finding(detector, judged, effect.span, effect));
  }
  return heaviest(found);
}

const byFlag: Readonly<Partial<Record<Flag, Factor>>> = {
  irreversible: 'reversibility',
  forced: 'reversibility',
  recursive: 'scope',
  bulk: 'scope',
  hidden: 'opacity',
  opaque: 'opacity',
  dynamic: 'opacity',
  'remote-code': 'destination',
};
const worthy: ReadonlySet<Zone> = new Set(['home', 'credential-store', 'system', 'protected-branch', 'production']);

/** Factors an effect speaks of by its flags and its zone. */
function factorsOf({ flags, zone }: Effect): Factor[] {
  const found = flags.flatMap((flag) => byFlag[flag] ?? []);
  return worthy.has(zone) ? [...found, 'asset'] : found;
}

/** Heaviest first, each sentence once, at most five. */
export function heaviest(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return [...findings]
    .sort((a, b) => b.weight - a.weight)
    .filter(({ why }) => !seen.has(why) && seen.add(why))
    .slice(0, most);
}

/** A resource as a person reads it: `the file /x/y`, `a host known only when it runs`; control characters shown, long names cut. */
export function named({ resource, flags }: Effect): string {
  const what = kindWords[resource.kind] ?? resource.kind;
  if (resource.name === '') return flags.includes('dynamic') ? `a ${what} known only when it runs` : `a ${what}`;
  return resource.kind === 'unknown' ? plain(resource.name) : `the ${what} ${plain(resource.name)}`;
}

/** Text fit for one line of a sentence. */
export function plain(text: string, length = 100): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '�');
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}

const kindWords: Readonly<Record<string, string>> = {
  'cloud-resource': 'cloud resource',
  'agent-config': 'agent configuration',
  'mcp-tool': 'MCP tool',
  environment: 'environment',
  device: 'device',
  unknown: 'thing',
};

/** True when no more is done than shown. */
export const onlyShows = ({ flags }: Effect): boolean => flags.includes('dry-run');

/** Marks that earlier calls left. */
export const earlier = (marks: Readonly<Record<string, string>>, callId: string): readonly string[] =>
  Object.entries(marks).flatMap(([id, phrase]) => (id === callId ? [] : [phrase]));

/** Records of what was done: shell histories, logs, the settings that decide what is kept. */
export const isTrack = ({ resource: { kind, name } }: Effect): boolean =>
  kind === 'environment' ||
  kind === 'service' ||
  /histor|_hst$|_hist$|(?:^|\/)Logs?\/|\/log(?:\/|$)|^\/var\/(?:log|audit|adm|run\/utmp)|[wub]tmp$|lastlog|\.log$/.test(
    name,
  );

const shellNames =
  /^(?:.*\/)?(?:ba|da|z|k|c|tc|a|fi|r?ba|m?k|sa|lk|pdk|y|es|o|po|elvi|rba)?sh(?:\.exe)?$|^(?:.*\/)?(?:pwsh|rc|xonsh|nu|ion|murex|oil)$/;

/** Name of a shell, with or without its path. */
export const isShell = (name: string): boolean => shellNames.test(name);

/** A shell that waits for orders: it runs, and nothing says what. */
export const waitsForOrders = ({ verb, resource, flags }: Effect): boolean =>
  verb === 'execute' &&
  resource.kind === 'process' &&
  isShell(resource.name) &&
  flags.includes('opaque') &&
  flags.includes('dynamic');
