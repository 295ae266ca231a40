import type { SecretHit } from '../core/effect.ts';
import { ok, type Result } from '../core/result.ts';
import { literalScanner } from './literal-scanner.ts';
import type { ContextRule } from './secret-assignments.ts';
import { structureHolds } from './secret-checks.ts';
import { contextRules } from './secret-context.ts';
import { type Allowed, allows, compileOwn } from './secret-own.ts';
import type { SecretRule } from './secret-rule.ts';
import { entropy, isDummy, isPlaceholder, looksRandom } from './secret-words.ts';

/** A stretch of a text that holds a secret; `shownUntil` = readable from `start` up to here: a public prefix. */
export interface Found {
  readonly rule: string;
  readonly confidence: SecretHit['confidence'];
  readonly start: number;
  end: number;
  readonly shownUntil: number;
}

/** Which of two that overlap is told: the vendor's own format before what only names and words tell. */
function rank({ confidence, rule }: Found): number {
  if (confidence === 'verified-format') return 0;
  if (rule.startsWith('generic')) return 3;
  return byWords.has(rule) ? 2 : 1;
}

const byWords = new Set([...contextRules.map(({ id }) => id), 'service-key']);

interface Compiled {
  readonly rule: SecretRule;
  readonly pattern: RegExp;
  readonly allowed: readonly Allowed[];
  /** What one try costs of the text's allowance for wide looks; those that begin at the keyword cost nothing. */
  readonly cost: number;
}

/** How far around its keyword a match may reach. */
const reachBefore = 160;
const reachAfter = 460;
const longestMatch = 4_000;
/** How far after a name its value may begin. */
const gap = 80;

/**
 * Rules → a function that finds secrets in one text, in order, without overlaps. `pattern-invalid` and
 * `pattern-too-slow` name the rule. `trusted` rules are taken as they are.
 */
export function compileScan(
  trusted: readonly SecretRule[],
  custom: readonly SecretRule[],
): Result<(text: string) => readonly Found[]> {
  const compiled = trusted.map((rule) => built(rule, new RegExp(rule.regex, flagsOf(rule)), []));
  for (const rule of custom) {
    const own = compileOwn(rule, flagsOf(rule));
    if (!own.ok) return own;
    compiled.push(built(rule, own.value.pattern, own.value.allowed));
  }
  return ok(scanner(compiled));
}

/** Sticky where the match begins with its keyword. */
function flagsOf(rule: SecretRule): string {
  const anchored = rule.anchor === 'start' || rule.anchor === 'inside';
  return anchored ? 'y' : 'g';
}

function built(rule: SecretRule, pattern: RegExp, allowed: readonly Allowed[]): Compiled {
  const cost = rule.anchor === 'start' || rule.anchor === 'inside' ? 0 : 1;
  return { rule, pattern, allowed, cost };
}

function scanner(compiled: readonly Compiled[]): (text: string) => readonly Found[] {
  const vendors = compiled.flatMap((each, i) =>
    each.rule.keywords.map((literal) => ({ literal, each, i, context: null })),
  );
  const words = contextRules.flatMap((context) =>
    context.literals.map((literal) => ({ literal, each: null, i: 0, context })),
  );
  const entries: readonly { literal: string; each: Compiled | null; i: number; context: ContextRule | null }[] = [
    ...vendors,
    ...words,
  ];
  const scan = literalScanner(entries.map(({ literal }) => literal));
  return (text) => {
    if (text.length < 8) return [];
    const found: Found[] = [];
    let allowance = 6_000 + (text.length >> 5);
    let refusals = 2_000 + (text.length >> 8);
    let misses = 20_000 + (text.length >> 4);
    let sure: Found | null = null;
    let wide = 600 + (text.length >> 10);
    let scanned: Int32Array | null = null;
    scan(text, (which, end) => {
      const { literal, each, i, context } = entries[which] as (typeof entries)[number];
      const at = end - literal.length;
      if (sure !== null && at > sure.start && end <= sure.end) return;
      if (context !== null) {
        if (allowance < 0) return;
        allowance -= context.cost;
        const hit = context.find(text, at, end);
        if (hit) found.push({ rule: context.id, confidence: 'likely', start: hit[0], end: hit[1], shownUntil: hit[0] });
        return;
      }
      if (each === null) return;
      if (each.cost === 0) {
        if (refusals < 0 || misses < 0) return;
        const hit = atKeyword(each, text, at);
        if (hit === 'refused') refusals -= 1;
        else if (hit === 'none') misses -= 1;
        else {
          found.push(hit);
          if (hit.confidence === 'verified-format' && (sure === null || hit.end > sure.end)) sure = hit;
        }
        return;
      }
      if (wide < 0 || (each.rule.anchor === 'after' && !isName(text, at, end))) return;
      scanned ??= new Int32Array(compiled.length);
      if ((scanned[i] as number) >= (each.rule.anchor === 'after' ? end : end + reachBefore)) return;
      wide -= each.cost;
      scanned[i] =
        each.rule.anchor === 'after' ? afterKeyword(each, text, at, end, found) : nearKeyword(each, text, at, found);
    });
    return found.length < 2 ? found : withoutOverlaps(found);
  };
}

function atKeyword(each: Compiled, text: string, at: number): Found | 'refused' | 'none' {
  if (each.rule.anchor === 'start' && at > 0 && isWord(text.charCodeAt(at - 1)) && !afterEscape(text, at))
    return 'none';
  each.pattern.lastIndex = at;
  const match = each.pattern.exec(text);
  return match === null ? 'none' : (judged(each, match, 0) ?? 'refused');
}

/** `etsy` in `SetSysctl` is no name: it begins a word, or a part of one written in camel case. */
function isName(text: string, at: number, end: number): boolean {
  const before = text.charAt(at - 1);
  const first = text.charAt(at);
  if (
    /[A-Za-z]/.test(before) &&
    !(/[a-z]/.test(before) && /[A-Z]/.test(first)) &&
    !/^\\[nrt]$/.test(text.slice(at - 2, at))
  )
    return false;
  return !/[a-z][A-Z]$/.test(text.slice(end - 2, end));
}

/** A value within reach of a name: what stands between must read like a name and its value. */
function afterKeyword(each: Compiled, text: string, at: number, end: number, found: Found[]): number {
  const window = text.slice(at, end + gap + 200);
  each.pattern.lastIndex = end - at;
  for (
    let match = each.pattern.exec(window), left = 4;
    match !== null && left > 0;
    match = each.pattern.exec(window), left -= 1
  ) {
    if (match.index > end - at + gap) break;
    const between = window.slice(0, match.index);
    if (!leadsToValue(between) && !alone(between, text, at, at + match.index + match[0].length)) continue;
    const hit = judged(each, match, at);
    if (hit) {
      found.push(hit);
      return hit.end;
    }
  }
  return end;
}

/** A line of notes: nothing but a name and its value. */
function alone(between: string, text: string, at: number, end: number): boolean {
  return (
    /^[\w.-]{2,40}["']?[ \t]{1,4}["']?$/.test(between) &&
    /^["'`]?[ \t]{0,4}(?:[\r\n]|$)/.test(text.slice(end, end + 8)) &&
    /(?:^|\n)[ \t*"'-]{0,6}$/.test(text.slice(Math.max(0, at - 8), at))
  );
}

const namesValue = /key|token|secret|auth|login|pass|_?pat|cred|api|access|licen[sc]e|_id|bot|sid|jwt|ssws|bearer/i;

/** `X::Client.new("`, `new XApi({ auth: "`: the one thing a service's client is made from. */
const inCall =
  /^[\w.-]{0,40}(?:::|\.)?(?:[\w.:]{0,40})\(\s{0,12}(?:\{\s{0,12}(?:auth|key|token|credentials?)\s?:\s?)?\\?["'`]$/i;

/** `x_TOKEN = "`, `"xKey": "`, `--x-key `, `<xToken>\n  `: a name of a secret, or the vendor's name and a sign. */
function leadsToValue(between: string): boolean {
  if (!/[\s=:>"'`,(]$/.test(between)) return false;
  const before = between.slice(-120);
  if (/\n\s{0,40}\n|[;|]\s|["']\s{0,3}[,;]\s{0,20}["']?\w{1,40}["']?\s{0,3}[:=]/.test(before)) return false;
  if (/^[\w.-]{0,60}["'`\]]?\s{0,8}[:=?>.|!+]{1,5}\s{0,20}[@$bru]?\\?["'`]?$/.test(between)) return true;
  if (inCall.test(between)) return true;
  if (/(?:commit|sha-?\d{0,3}|hash|digest|integrity|checksum|revision|\bref|etag|md5)[^A-Za-z0-9]{0,4}$/i.test(before))
    return false;
  return namesValue.test(before.slice(-72));
}

/** Runs on a stretch around the keyword, one character before it in sight; gives back how far this rule has seen. */
function nearKeyword(each: Compiled, text: string, at: number, found: Found[]): number {
  const from = Math.max(0, at - reachBefore);
  const to = Math.min(text.length, at + reachAfter);
  const offset = Math.max(0, from - 1);
  const window = text.slice(offset, to);
  each.pattern.lastIndex = from - offset;
  for (let match = each.pattern.exec(window); match !== null; match = each.pattern.exec(window)) {
    if (match[0] === '') each.pattern.lastIndex += 1;
    const cut = to < text.length && match.index + match[0].length === window.length;
    const hit = cut ? whole(each, text, offset + match.index) : judged(each, match, offset);
    if (hit) found.push(hit);
  }
  return to;
}

/** A match that ran into the end of its stretch, read again from its beginning on a longer one. */
function whole(each: Compiled, text: string, start: number): Found | null {
  const offset = Math.max(0, start - 1);
  each.pattern.lastIndex = start - offset;
  const match = each.pattern.exec(text.slice(offset, start + longestMatch));
  each.pattern.lastIndex = Number.MAX_SAFE_INTEGER;
  return match === null ? null : judged(each, match, offset);
}

function judged({ rule, allowed }: Compiled, match: RegExpExecArray, offset: number): Found | null {
  const value =
    (rule.secretGroup === undefined ? match.slice(1).find((group) => group !== undefined) : match[rule.secretGroup]) ??
    match[0];
  if (rule.random ? !looksRandom(value) : isDummy(value, rule.keep ?? 0)) return null;
  if (rule.entropy !== undefined && entropy(value) < rule.entropy) return null;
  if (allowed.some((each) => allows(each, value, match[0]))) return null;
  const holds = rule.check === undefined || structureHolds(rule.check, value);
  if (rule.check === 'base64-json' && !holds && (!looksRandom(value) || isPlaceholder(value))) return null;
  const start = offset + match.index + (value === match[0] ? 0 : match[0].lastIndexOf(value));
  return {
    rule: rule.id,
    confidence: holds ? (rule.confidence ?? 'likely') : 'likely',
    start,
    end: start + value.length,
    shownUntil: start + (value === match[0] ? Math.min(rule.keep ?? 0, value.length) : 0),
  };
}

/** `\nghp_…` inside a JSON text: the letter of an escape is no word. */
function afterEscape(text: string, at: number): boolean {
  return text.charCodeAt(at - 2) === 92 && /[nrt]/.test(text.charAt(at - 1));
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
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Found[] = [];
  for (const each of found) {
    const last = kept[kept.length - 1];
    if (last === undefined || each.start >= last.end) kept.push(each);
    else if (rank(each) < rank(last) || (rank(each) === rank(last) && each.end - each.start > last.end - last.start)) {
      kept[kept.length - 1] = each;
      const before = kept[kept.length - 2];
      if (before !== undefined && before.end > each.start) kept.splice(-2, 1);
    } else if (each.rule === last.rule && each.end > last.end) last.end = each.end;
  }
  return kept;
}
