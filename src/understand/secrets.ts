import type { SecretHit } from '../core/effect.ts';
import { ok, type Result } from '../core/result.ts';
import type { SecretRule } from './secret-rule.ts';
import { secretRules } from './secret-rules.ts';
import { compileScan, type Found } from './secret-scan.ts';
import { barePassword, looksRandom, namesSecret, quotedPassword } from './secret-words.ts';

/** Takes the place of each UTF-16 unit of a secret. */
const mask = '•';
/** JSON nested deeper than this is not kept. */
const maxDepth = 200;

export interface SecretScanner {
  /** Secrets in one text, in order, without overlaps; `field` goes into the spans. */
  findSecrets(text: string, field: string): readonly SecretHit[];
  /** The text with every secret masked in place: same length, so that positions stay true; a public prefix stays. */
  maskText(text: string): { readonly text: string; readonly hits: readonly SecretHit[] };
  /** Any JSON with every secret in it masked; the same object when there is none. `field` = its path: `edits/0/new_string`. */
  maskDeep(value: unknown): { readonly value: unknown; readonly hits: readonly SecretHit[] };
}

/**
 * Our own rules and those given → a scanner. A given rule is refused with a reason when its pattern is none
 * (`pattern-invalid`), may take exponential time (`pattern-too-slow`) or has no keywords (`keywords-missing`).
 */
export function compileSecretRules(custom: readonly SecretRule[]): Result<SecretScanner> {
  const scan = compileScan(secretRules, custom);
  return scan.ok ? ok(scannerOf(scan.value)) : scan;
}

const ours = scannerOf(oursOrThrow());

function oursOrThrow(): (text: string) => readonly Found[] {
  const scan = compileScan(secretRules, []);
  if (!scan.ok) throw new Error(scan.error.detail);
  return scan.value;
}

/** Our own rules alone. */
export const shippedSecrets: SecretScanner = ours;
/** Secrets in one text, by our own rules. */
export const findSecrets = ours.findSecrets;
/** Masks one text, by our own rules. */
export const maskText = ours.maskText;
/** Masks any JSON, by our own rules. */
export const maskDeep = ours.maskDeep;

type Scan = (text: string) => readonly Found[];

function scannerOf(scan: Scan): SecretScanner {
  return {
    findSecrets: (text, field) => scan(text).map((found) => asHit(found, field)),
    maskText(text) {
      const found = scan(text);
      if (found.length === 0) return { text, hits: [] };
      return { text: masked(text, found), hits: found.map((each) => asHit(each, '')) };
    },
    maskDeep(value) {
      const hits: SecretHit[] = [];
      return { value: maskAny(scan, value, '', '', 0, hits), hits };
    },
  };
}

function maskAny(scan: Scan, value: unknown, path: string, key: string, depth: number, hits: SecretHit[]): unknown {
  if (typeof value === 'string') return maskString(scan, value, path, key, hits);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return '(nested too deep)';
  const within = path === '' ? '' : `${path}/`;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, i) => maskAny(scan, item, `${within}${i}`, key, depth + 1, hits));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  let changed = false;
  const entries = Object.entries(value).map(([name, item]: [string, unknown]) => {
    const inName: SecretHit[] = [];
    const safeName = maskString(scan, name, '', '', inName);
    // A hit's field is stored, so it names the member by its masked name.
    for (const hit of inName) hits.push({ ...hit, span: { ...hit.span, field: `${within}${safeName.slice(0, 64)}` } });
    const safe = maskAny(scan, item, `${within}${safeName}`, name, depth + 1, hits);
    if (safe !== item || safeName !== name) changed = true;
    return [safeName, safe] as const;
  });
  return changed ? Object.fromEntries(entries) : value;
}

function maskString(scan: Scan, text: string, path: string, key: string, hits: SecretHit[]): string {
  if (text.length < 4) return text;
  let found: readonly Found[] = scan(text);
  if (
    found.length === 0 &&
    key !== '' &&
    text.length <= 400 &&
    namesSecret(key) &&
    (looksRandom(text) || (/pass/i.test(key) ? quotedPassword(text) : barePassword(text)))
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
