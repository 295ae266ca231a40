import { type Effect, flags, resourceKinds, verbs, zones } from '../core/effect.ts';
import type { Detector, DetectorInput } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Confidence } from '../core/verdict.ts';
import { finding, heaviest, named, onlyShows } from './findings.ts';
import { matches } from './suppress.ts';

/** One risk of your own, as data. All of `when` that speaks of an effect must hold for one and the same effect. */
export interface CustomDetector {
  readonly id: string;
  readonly title: string;
  readonly runbook: string;
  /** 1–100: what it alone scores. */
  readonly weight: number;
  readonly confidence?: Confidence;
  readonly alert?: boolean;
  readonly when: CustomCondition;
}

/** Lists mean "one of these", but for `flags`: all of these. `*` in a name stands for any run of characters. */
interface CustomCondition {
  readonly verb?: readonly string[];
  readonly kind?: readonly string[];
  readonly zone?: readonly string[];
  readonly flags?: readonly string[];
  /** Name of the resource: a path, a host, a table. */
  readonly resource?: readonly string[];
  /** A program the call runs, or the tool's name. */
  readonly program?: readonly string[];
  /** Words that stand in the call, whatever their case. */
  readonly text?: readonly string[];
}

/** A checked definition → a detector like any other. Pure. */
export function customDetector(from: CustomDetector): Detector {
  const { id, title, runbook, weight, confidence = 'experimental', alert, when } = from;
  return {
    id,
    title,
    runbook,
    confidence,
    detect: (input) => {
      if (!callFits(when, input)) return [];
      const judged = { weight, why: `${title}.`, ...(alert === true ? { alert } : {}) };
      if (!speaksOfEffects(when)) return [finding(id, judged, input.meaning.effects[0]?.span)];
      return heaviest(
        input.meaning.effects
          .filter((effect) => !onlyShows(effect) && effectFits(when, effect))
          .map((effect) =>
            finding(id, { ...judged, why: `${title}: ${effect.verb} ${named(effect)}.` }, effect.span, effect),
          ),
      );
    },
    hits: [],
    misses: [],
  };
}

const speaksOfEffects = ({ verb, kind, zone, flags: how, resource }: CustomCondition): boolean =>
  [verb, kind, zone, how, resource].some((each) => each !== undefined);

const oneOf = (list: readonly string[] | undefined, value: string): boolean =>
  list === undefined || list.some((each) => matches(each, value));

function effectFits(when: CustomCondition, { verb, resource, zone, flags: how }: Effect): boolean {
  return (
    oneOf(when.verb, verb) &&
    oneOf(when.kind, resource.kind) &&
    oneOf(when.zone, zone) &&
    oneOf(when.resource, resource.name) &&
    (when.flags ?? []).every((each) => how.some((flag) => flag === each))
  );
}

function callFits({ program, text }: CustomCondition, { meaning, tool }: DetectorInput): boolean {
  if (program !== undefined && ![...meaning.programs, tool].some((each) => oneOf(program, each))) return false;
  if (text === undefined) return true;
  const whole = (JSON.stringify(meaning.masked) ?? '').slice(0, 262_144).toLowerCase();
  return text.some((each) => whole.includes(JSON.stringify(each).slice(1, -1).toLowerCase()));
}

const words: Readonly<Record<string, readonly string[] | null>> = {
  verb: verbs,
  kind: resourceKinds,
  zone: zones,
  flags,
  resource: null,
  program: null,
  text: null,
};
const confidences: readonly Confidence[] = ['experimental', 'test', 'stable'];
const fields = ['id', 'title', 'runbook', 'weight', 'severity', 'confidence', 'alert', 'when'];
/** A severity instead of a weight stands for the middle of its band. */
const weightOfSeverity: Readonly<Record<string, number>> = { low: 20, review: 55, alert: 80, critical: 95 };

/** Foreign JSON → definitions. `taken`: ids of the detectors that are there already. Errors: `detector-invalid`, one line for each mistake. */
export function readCustomDetectors(value: unknown, taken: readonly string[]): Result<readonly CustomDetector[]> {
  if (!Array.isArray(value)) return fail('detector-invalid', 'detectors: a list is expected, as in []');
  const mistakes: string[] = [];
  const read: CustomDetector[] = [];
  for (const [i, each] of value.entries()) {
    const at = `detectors[${i}]`;
    const found = readOne(each, at);
    if (Array.isArray(found)) mistakes.push(...found);
    else if (taken.includes(found.id) || read.some(({ id }) => id === found.id))
      mistakes.push(`${at}.id: "${found.id}" is taken; choose another`);
    else read.push(found);
  }
  return mistakes.length > 0 ? fail('detector-invalid', mistakes.join('\n')) : ok(read);
}

function readOne(value: unknown, at: string): CustomDetector | string[] {
  if (!isObject(value)) return [`${at}: an object is expected`];
  const mistakes = Object.keys(value)
    .filter((name) => !fields.includes(name))
    .map((name) => `${at}.${name}: unknown; known are ${fields.join(', ')}`);
  const { id, title, runbook, weight, severity, confidence, alert, when } = value;
  const weighs = typeof severity === 'string' && weight === undefined ? weightOfSeverity[severity] : weight;
  const sure = confidences.find((each) => each === confidence);
  if (typeof id !== 'string' || !/^[a-z][a-z0-9-]{1,60}$/.test(id))
    mistakes.push(`${at}.id: small letters, digits and dashes are expected, as in "touches-billing"`);
  if (typeof title !== 'string' || title.trim() === '' || title.length > 200)
    mistakes.push(`${at}.title: a short text is expected`);
  if (typeof runbook !== 'string' || runbook.trim() === '' || runbook.length > 4_000)
    mistakes.push(`${at}.runbook: is missing; write what to do when it is raised`);
  if (typeof weighs !== 'number' || !(weighs >= 1 && weighs <= 100))
    mistakes.push(`${at}.weight: a number from 1 to 100 is expected, or severity: low, review, alert or critical`);
  if (confidence !== undefined && sure === undefined)
    mistakes.push(`${at}.confidence: one of ${confidences.join(', ')} is expected`);
  if (alert !== undefined && typeof alert !== 'boolean') mistakes.push(`${at}.alert: true or false is expected`);
  const condition = readCondition(when, `${at}.when`);
  if (Array.isArray(condition)) mistakes.push(...condition);
  if (mistakes.length > 0 || Array.isArray(condition)) return mistakes;
  if (typeof id !== 'string' || typeof title !== 'string' || typeof runbook !== 'string' || typeof weighs !== 'number')
    return mistakes;
  return {
    id,
    title: title.trim().replace(/\.$/, ''),
    runbook,
    weight: weighs,
    when: condition,
    ...(sure === undefined ? {} : { confidence: sure }),
    ...(alert === true ? { alert: true } : {}),
  };
}

function readCondition(value: unknown, at: string): CustomCondition | string[] {
  if (!isObject(value) || Object.keys(value).length === 0)
    return [`${at}: is missing; write at least one of ${Object.keys(words).join(', ')}`];
  const mistakes: string[] = [];
  const read: Record<string, readonly string[]> = {};
  for (const [name, inner] of Object.entries(value)) {
    const vocabulary = Object.hasOwn(words, name) ? words[name] : undefined;
    if (vocabulary === undefined) {
      mistakes.push(`${at}.${name}: unknown; known are ${Object.keys(words).join(', ')}`);
      continue;
    }
    const list: unknown[] = Array.isArray(inner) ? inner : [inner];
    const texts = list.filter((each) => typeof each === 'string' && each !== '' && each.length <= 1_000);
    if (texts.length !== list.length || texts.length === 0 || texts.length > 100)
      mistakes.push(`${at}.${name}: a text or a list of texts is expected`);
    for (const each of texts)
      if (typeof each === 'string' && vocabulary !== null && !vocabulary.includes(each))
        mistakes.push(`${at}.${name}: "${each}" is unknown; known are ${vocabulary.join(', ')}`);
    read[name] = texts.filter((each): each is string => typeof each === 'string');
  }
  return mistakes.length > 0 ? mistakes : read;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
