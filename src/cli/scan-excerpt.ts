import type { Effect, Meaning } from '../core/effect.ts';
import type { ToolCall } from '../core/event.ts';
import type { Finding, Score } from '../core/verdict.ts';
import type { RiskyCall, RiskyFinding } from './scan-report.ts';

/** Longest text kept of one call, in UTF-16 code units. */
const longest = 1_500;
/** What is kept before the evidence when a text is cut. */
const lead = 200;

/** What of a call is shown: the field that holds the evidence of the heaviest finding, masked, cut around it. */
export function shownOf(
  call: ToolCall,
  meaning: Meaning,
  score: Score,
): Pick<RiskyCall, 'field' | 'text' | 'findings' | 'effects'> {
  const heaviest = score.findings.find((finding) => textAt(meaning.masked, finding.evidence?.field) !== null);
  const field = heaviest?.evidence?.field ?? Object.values(call.fields)[0] ?? '';
  const whole = textAt(meaning.masked, field) ?? JSON.stringify(meaning.masked ?? null);
  const shownField = textAt(meaning.masked, field) === null ? '' : field;
  const { text, from, kept } = cut(whole, heaviest?.evidence?.start ?? 0);
  return {
    field: shownField,
    text,
    findings: score.findings.map((finding) => shownFinding(finding, shownField, from, kept)),
    effects: [...new Set(meaning.effects.map(effectWords))].slice(0, 12),
  };
}

/** The string at a path such as `command` or `edits/0/new_string`; `''` = the value itself; null when there is no string. */
export function textAt(value: unknown, path: string | undefined): string | null {
  if (path === undefined) return null;
  let here = value;
  for (const step of path === '' ? [] : path.split('/')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return null;
    here = Reflect.get(here, step);
  }
  return typeof here === 'string' ? here : null;
}

/** `from`: how far the kept part is moved against the whole; `kept`: the range of the whole that is kept. */
function cut(whole: string, evidence: number): { text: string; from: number; kept: readonly [number, number] } {
  if (whole.length <= longest) return { text: whole, from: 0, kept: [0, whole.length] };
  const start = Math.max(0, Math.min(evidence - lead, whole.length - longest));
  const end = start + longest;
  const before = start > 0 ? '…' : '';
  const after = end < whole.length ? '…' : '';
  return { text: `${before}${whole.slice(start, end)}${after}`, from: start - before.length, kept: [start, end] };
}

function shownFinding(finding: Finding, field: string, from: number, kept: readonly [number, number]): RiskyFinding {
  const { detector, weight, severity, why, evidence } = finding;
  const base = { detector, weight, severity, why };
  if (evidence === undefined || evidence.field !== field) return base;
  const start = Math.max(evidence.start, kept[0]);
  const end = Math.min(evidence.end, kept[1]);
  return start < end ? { ...base, evidence: { start: start - from, end: end - from } } : base;
}

/** `delete directory home recursive`. */
const effectWords = ({ verb, resource, zone, flags }: Effect): string =>
  [verb, resource.kind, zone, ...flags].join(' ');
