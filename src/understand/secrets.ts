import type { SecretHit } from '../core/effect.ts';
import { literalScanner } from './literal-scanner.ts';
import { type SecretRule, secretRules } from './secret-rules.ts';
import {
  entropy,
  isPlaceholder,
  looksLikePassword,
  looksRandom,
  namesSecret,
  type WordRule,
  wordRules,
} from './secret-words.ts';

/** Takes the place of each UTF-16 unit of a secret. */
const mask = '•';
/** JSON nested deeper than this is not kept. */
const maxDepth = 200;

interface Found {
  readonly rule: string;
  readonly confidence: SecretHit['confidence'];
  start: number;
  end: number;
  /** Readable from `start` up to here: a public prefix. */
  readonly shownUntil: number;
}

const rules: readonly (SecretRule | WordRule)[] = [...secretRules, ...wordRules];
const literals = rules.flatMap((rule, i) => rule.literals.map((literal) => ({ literal, rule: i })));
const scan = literalScanner(literals.map(({ literal }) => literal));

/** Secrets in one text, in order, without overlaps; `field` goes into the spans. */
export function findSecrets(text: string, field: string): readonly SecretHit[] {
  return secretsIn(text).map((found) => asHit(found, field));
}

/** The text with every secret masked in place: same length, so that positions stay true; a public prefix stays. */
export function maskText(text: string): { readonly text: string; readonly hits: readonly SecretHit[] } {
  const found = secretsIn(text);
  if (found.length === 0) return { text, hits: [] };
  return { text: masked(text, found), hits: found.map((each) => asHit(each, '')) };
}

/** Any JSON with every secret in it masked; the same object when there is none. `field` = its path: `edits/0/new_string`. */
export function maskDeep(value: unknown): { readonly value: unknown; readonly hits: readonly SecretHit[] } {
  const hits: SecretHit[] = [];
  return { value: maskAny(value, '', '', 0, hits), hits };
}

function maskAny(value: unknown, path: string, key: string, depth: number, hits: SecretHit[]): unknown {
  if (typeof value === 'string') return maskString(value, path, key, hits);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return '(nested too deep)';
  const within = path === '' ? '' : `${path}/`;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, i) => maskAny(item, `${within}${i}`, key, depth + 1, hits));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  let changed = false;
  const entries = Object.entries(value).map(([name, item]: [string, unknown]) => {
    const inName: SecretHit[] = [];
    const safeName = maskString(name, '', '', inName);
    // A hit's field is stored, so it names the member by its masked name.
    for (const hit of inName) hits.push({ ...hit, span: { ...hit.span, field: `${within}${safeName.slice(0, 64)}` } });
    const safe = maskAny(item, `${within}${safeName}`, name, depth + 1, hits);
    if (safe !== item || safeName !== name) changed = true;
    return [safeName, safe] as const;
  });
  return changed ? Object.fromEntries(entries) : value;
}

function maskString(text: string, path: string, key: string, hits: SecretHit[]): string {
  if (text.length < 4) return text;
  let found: readonly Found[] = secretsIn(text);
  if (
    found.length === 0 &&
    key !== '' &&
    text.length <= 400 &&
    namesSecret(key) &&
    (looksLikePassword(text) || looksRandom(text))
  ) {
    found = [{ rule: 'generic-secret', confidence: 'likely', start: 0, end: text.length, shownUntil: 0 }];
  }
  if (found.length === 0) return text;
  for (const each of found) hits.push(asHit(each, path));
  return masked(text, found);
}

function asHit({ rule, confidence, start, end }: Found, field: string): SecretHit {
  return { rule, confidence, span: { field, start, end } };
}

function masked(text: string, found: readonly Found[]): string {
  let out = '';
  let at = 0;
  for (const { end, shownUntil } of found) {
    const from = Math.max(at, Math.min(shownUntil, end));
    out += text.slice(at, from) + mask.repeat(Math.max(0, end - from));
    at = Math.max(at, end);
  }
  return out + text.slice(at);
}

// ————— finding

function secretsIn(text: string): readonly Found[] {
  if (text.length < 8) return [];
  const found: Found[] = [];
  scan(text, (which, end) => {
    const { literal, rule } = literals[which] as (typeof literals)[number];
    const hit = tryRule(rules[rule] as SecretRule | WordRule, text, end - literal.length);
    if (hit) found.push(hit);
  });
  return found.length < 2 ? found : withoutOverlaps(found);
}

function tryRule(rule: SecretRule | WordRule, text: string, at: number): Found | null {
  if (!rule.inside && at > 0 && isWord(text.charCodeAt(at - 1)) && !afterEscape(text, at)) return null;
  rule.pattern.lastIndex = at;
  const match = rule.pattern.exec(text);
  if (match === null) return null;
  const quoted = match[1] !== undefined && match.length > 2;
  const value = match.slice(1).find((group) => group !== undefined) ?? match[0];
  if ('judge' in rule ? !rule.judge(value, quoted) : rule.random ? !looksRandom(value) : isDummy(value, rule.keep ?? 0))
    return null;
  const offset = value === match[0] ? 0 : match[0].lastIndexOf(value);
  let start = at + offset;
  if (rule.before) {
    const before = rule.before.exec(text.slice(Math.max(0, at - 64), at));
    if (before === null) return null;
    start = at - before[0].length;
  }
  const end = at + offset + value.length;
  return {
    rule: rule.id,
    confidence: rule.confidence,
    start,
    end,
    shownUntil: offset === 0 && !rule.before ? start + (rule.keep ?? 0) : start,
  };
}

/** `\nghp_…` inside a JSON text: the letter of an escape is no word. */
function afterEscape(text: string, at: number): boolean {
  return text.charCodeAt(at - 2) === 92 && /[nrt]/.test(text.charAt(at - 1));
}

/** A vendor's format filled with one repeated letter or a counting row is a picture of a secret. */
function isDummy(value: string, keep: number): boolean {
  const body = value.slice(keep);
  if (body.length > 2000) return false;
  return (
    /^(.)\1+$/.test(body) ||
    /(.)\1{11,}/.test(body) ||
    /EXAMPLE|example|XXXX|xxxx|YOUR|your[-_]|•/.test(body) ||
    (body.length >= 16 && entropy(body) < 2.2) ||
    isPlaceholder(body)
  );
}

/** A hyphen counts, so that a row of `eyJ-eyJ-` is one token and is looked at once. */
function isWord(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 95 ||
    code === 45
  );
}

/** Sure ones before likely ones, longer before shorter; each stretch is told once. */
function withoutOverlaps(found: Found[]): readonly Found[] {
  const rank = (each: Found) => (each.confidence === 'verified-format' ? 0 : each.rule.startsWith('generic') ? 2 : 1);
  found.sort((a, b) => rank(a) - rank(b) || b.end - b.start - (a.end - a.start) || a.start - b.start);
  const kept: Found[] = [];
  const shelves = new Map<number, Found[]>();
  for (const each of found) {
    const over = overlapping(shelves, each);
    if (over === undefined) kept.push(each);
    else if (each.end > over.end && each.start >= over.start && each.rule === over.rule) over.end = each.end;
    else continue;
    shelve(shelves, over ?? each);
  }
  return kept.sort((a, b) => a.start - b.start);
}

/** UTF-16 units of text to a shelf: what overlaps stands on the same one, so that a text full of secrets is not compared each with each. */
const shelfWidth = 256;

function overlapping(shelves: ReadonlyMap<number, readonly Found[]>, { start, end }: Found): Found | undefined {
  for (let shelf = Math.floor(start / shelfWidth); shelf * shelfWidth < end; shelf += 1) {
    const over = shelves.get(shelf)?.find((other) => start < other.end && other.start < end);
    if (over !== undefined) return over;
  }
  return undefined;
}

function shelve(shelves: Map<number, Found[]>, found: Found): void {
  for (let shelf = Math.floor(found.start / shelfWidth); shelf * shelfWidth < found.end; shelf += 1) {
    const standing = shelves.get(shelf);
    if (standing === undefined) shelves.set(shelf, [found]);
    else if (!standing.includes(found)) standing.push(found);
  }
}
