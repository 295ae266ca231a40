import type { DetectorInput } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Finding, Score } from '../core/verdict.ts';
import { scoreOf } from './score.ts';

/** "This finding is known and wanted, until then": takes a finding out of the score, never out of sight. */
export interface Suppression {
  readonly id: string;
  /** Id of the detector; `*` is not allowed: what is not named is not taken out. */
  readonly detector: string;
  /** Why, for whoever reads it later. */
  readonly reason: string;
  /** ISO 8601 UTC; from then on it counts nothing. */
  readonly until: string;
  /** `*` stands for any run of characters. At least one of `resource` and `command` is given. */
  readonly resource?: string;
  readonly command?: string;
  readonly person?: string;
  readonly agent?: string;
}

/** What a suppression is held against beside the score. */
export interface SuppressedCall extends Pick<DetectorInput, 'action' | 'meaning'> {
  readonly person: string;
  readonly agent: string;
}

export interface Suppressed {
  readonly score: Score;
  /** Ids of suppressions that fit this call but have run out. */
  readonly expired: readonly string[];
}

/** Findings that a live suppression names are marked and count nothing; the rest combine as before. `now`: ISO 8601 UTC. */
export function applySuppressions(
  score: Score,
  suppressions: readonly Suppression[],
  call: SuppressedCall,
  now: string,
): Suppressed {
  if (suppressions.length === 0 || score.findings.length === 0) return { score, expired: [] };
  const at = Date.parse(now);
  const expired = new Set<string>();
  let changed = false;
  const findings = score.findings.map((found) => {
    const fitting = suppressions.filter((each) => fits(each, found, call));
    for (const { id, until } of fitting) if (!(Date.parse(until) > at)) expired.add(id);
    const live = fitting.find(({ until }) => Date.parse(until) > at);
    if (live === undefined || found.suppressed !== undefined) return found;
    changed = true;
    const { id, reason, until } = live;
    // An alert that was to come whatever the score does not come either.
    return { ...found, alert: false, suppressed: { id, reason, until } };
  });
  return { score: changed ? scoreOf(findings) : score, expired: [...expired] };
}

function fits(rule: Suppression, found: Finding, { action, meaning, person, agent }: SuppressedCall): boolean {
  if (rule.detector !== found.detector) return false;
  if (rule.person !== undefined && rule.person !== person) return false;
  if (rule.agent !== undefined && rule.agent !== agent) return false;
  if (rule.command !== undefined && !(action.kind === 'shell' && matches(rule.command, action.command))) return false;
  if (rule.resource === undefined) return true;
  const { resource } = rule;
  const { evidence } = found;
  // Every resource the finding may be about must fit, so that a second one does not slip through beside it.
  const about = meaning.effects.filter(
    ({ span }) =>
      evidence !== undefined &&
      span !== undefined &&
      span.field === evidence.field &&
      span.start === evidence.start &&
      span.end === evidence.end,
  );
  // What is found about an MCP tool as a whole is about the tool: `server/tool`.
  const whole = evidence === undefined && action.kind === 'mcp' ? [`${action.server}/${action.tool}`] : [];
  const names = [...about.map((effect) => effect.resource.name), ...whole].filter((name) => name !== '');
  return names.length > 0 && names.every((name) => matches(resource, name));
}

/** Whole-text match; `*` stands for any run of characters. Linear in the text for each star. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return text === pattern;
  if (!text.startsWith(first)) return false;
  const end = parts.at(-1) ?? '';
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - end.length >= from && text.endsWith(end);
}

const names = ['id', 'detector', 'reason', 'until', 'resource', 'command', 'person', 'agent'] as const;

/** Foreign JSON → suppressions. Errors: `suppression-invalid` with the place and what to do, one per line. */
export function readSuppressions(value: unknown, knownDetectors: readonly string[]): Result<readonly Suppression[]> {
  if (!Array.isArray(value)) return fail('suppression-invalid', 'suppressions: a list is expected, as in []');
  const mistakes: string[] = [];
  const read: Suppression[] = [];
  for (const [i, each] of value.entries()) {
    const at = `suppressions[${i}]`;
    const found = readOne(each, at, knownDetectors);
    if (Array.isArray(found)) mistakes.push(...found);
    else if (read.some(({ id }) => id === found.id)) mistakes.push(`${at}.id: "${found.id}" is there twice`);
    else read.push(found);
  }
  return mistakes.length > 0 ? fail('suppression-invalid', mistakes.join('\n')) : ok(read);
}

function readOne(value: unknown, at: string, knownDetectors: readonly string[]): Suppression | string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at}: an object is expected`];
  const mistakes: string[] = [];
  const text: Partial<Record<(typeof names)[number], string>> = {};
  for (const [name, inner] of Object.entries(value)) {
    const known = names.find((each) => each === name);
    if (known === undefined) mistakes.push(`${at}.${name}: unknown; known are ${names.join(', ')}`);
    else if (typeof inner !== 'string' || inner.trim() === '' || inner.length > 2_000)
      mistakes.push(`${at}.${name}: a text is expected`);
    else text[known] = inner;
  }
  const { id, detector, reason, until, ...rest } = text;
  if (id === undefined) mistakes.push(`${at}.id: is missing`);
  if (detector === undefined) mistakes.push(`${at}.detector: is missing`);
  else if (!knownDetectors.includes(detector))
    mistakes.push(`${at}.detector: "${detector}" is unknown; known are ${knownDetectors.join(', ')}`);
  if (reason === undefined) mistakes.push(`${at}.reason: is missing; write why this finding is wanted`);
  if (until === undefined) mistakes.push(`${at}.until: is missing; write a date such as 2030-01-31`);
  else if (Number.isNaN(Date.parse(until)))
    mistakes.push(`${at}.until: "${until}" is no date; write one such as 2030-01-31`);
  const { resource, command } = rest;
  if (resource === undefined && command === undefined)
    mistakes.push(`${at}: resource or command is missing; write what it holds for, as in "/srv/cache/*"`);
  for (const [name, pattern] of [
    ['resource', resource],
    ['command', command],
  ] as const)
    if (pattern !== undefined && pattern.replaceAll('*', '').trim() === '')
      mistakes.push(`${at}.${name}: would fit everything; name what is meant`);
  if (id === undefined || detector === undefined || reason === undefined || until === undefined || mistakes.length > 0)
    return mistakes;
  return { id, detector, reason, until, ...rest };
}
