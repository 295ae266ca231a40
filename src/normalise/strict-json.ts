/** A stretch of a JSON text, end exclusive, in UTF-16 code units. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

const halfPair = 'holds half of a surrogate pair';
const escapedName = 'writes a member name with escapes, which some readers take for another name';
const deepest = 200;
const most = 200_000;
/** Up to so many names comparing them all is cheaper than a set. */
const fewNames = 12;

/**
 * Why two JSON readers could see different things in `text`; null when they could not. Says nothing of text that is not
 * JSON at all: whoever relies on it parses it too.
 * Looks for repeated members, `__proto__`, numbers beyond every float, lone surrogates, and nesting or numbers of
 * values that some readers refuse. RFC 8259 §4, §6, §8.2, §9 leave these to the reader. With `plainNames` a member's
 * name may hold no escape: V8 13.6 can read `"\\u0063ommand"` as the name `\\u0063o` once it has met that one. `odd` may
 * say what is wrong with a member's name.
 */
export function ambiguityOf(text: string, plainNames = false, odd?: (name: string) => string | null): string | null {
  if (!text.isWellFormed()) return halfPair;
  const open: (Names | null)[] = [];
  let isKey = false;
  let values = 0;
  // Not `includes`: V8 13.6 moves that into the loop below, and 468 KB then take a second instead of a millisecond.
  const escaped = /\\u/.test(text);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = stringEnd(text, at);
      if (escaped && holdsHalfPair(text.slice(at, end))) return halfPair;
      if (isKey) {
        const name = text.slice(at, end);
        const problem = plainNames && name.includes('\\') ? escapedName : keyProblem(name, open.at(-1), odd);
        if (problem) return problem;
      }
      at = end - 1;
    } else if (code === openBrace || code === openBracket) {
      open.push(code === openBrace ? { few: [], many: null } : null);
      values++;
      if (open.length > deepest) return `is nested more than ${deepest} deep`;
      isKey = code === openBrace;
    } else if (code === closeBrace || code === closeBracket) {
      open.pop();
      isKey = false;
    } else if (code === colon) {
      isKey = false;
    } else if (code === comma) {
      if (++values > most) return `holds more than ${most} values`;
      isKey = open.at(-1) !== null;
    } else if (isDigit(code)) {
      const end = numberEnd(text, at);
      if (!isShortNumber(text, at, end) && !Number.isFinite(Number(text.slice(at, end))))
        return 'holds a number too large for any reader';
      at = end - 1;
    }
  }
  return null;
}

const holdsHalfPair = (quoted: string): boolean => quoted.includes('\\u') && !decoded(quoted).isWellFormed();

/** The names of one object so far; a set of them once they are many. */
interface Names {
  readonly few: string[];
  many: Set<string> | null;
}

function keyProblem(
  quoted: string,
  names: Names | null | undefined,
  odd: ((name: string) => string | null) | undefined,
): string | null {
  const key = decoded(quoted);
  const why = odd?.(key);
  if (why) return why;
  if (!names) return null;
  if (names.many ? names.many.has(key) : names.few.includes(key))
    return `says ${JSON.stringify(shortened(key))} twice in one object`;
  if (names.many) names.many.add(key);
  else if (names.few.push(key) > fewNames) names.many = new Set(names.few);
  return key === '__proto__' ? 'has a member named __proto__' : null;
}

const shortened = (key: string): string => (key.length > 40 ? `${key.slice(0, 40)}…` : key);
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function decoded(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  const parsed = parsedJson(quoted);
  return parsed ? String(parsed.value) : quoted;
}

/** Index after the closing quote of the string that opens at `start`: the first with an even number of `\\` before it. */
export function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let run = end;
    while (run > start + 1 && text.charCodeAt(run - 1) === backslash) run--;
    if ((end - run) % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** True when a JSON text holds more values than anyone should parse while others wait. */
function isOverfull(text: string): boolean {
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = stringEnd(text, at) - 1;
    else if ((code === comma || code === openBrace || code === openBracket) && ++values > most) return true;
  }
  return false;
}

function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isOfNumber(text.charCodeAt(end))) end++;
  return end;
}

/** Digits, `.`, `e`, `E`, `+`, `-`. */
const isOfNumber = (code: number): boolean =>
  isDigit(code) || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b || code === 0x2d;

/** True for fewer than 300 digits and nothing else: no such number is beyond a float. */
function isShortNumber(text: string, start: number, end: number): boolean {
  if (end - start >= 300) return false;
  for (let at = start; at < end; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return true;
}

/** Spans of the members of the object that opens at `start`; the last of a repeated name wins, as in JSON.parse. */
export function membersOf(text: string, start: number): ReadonlyMap<string, JsonSpan> {
  const members = new Map<string, JsonSpan>();
  if (text.charCodeAt(start) !== openBrace) return members;
  let at = afterBlanks(text, start + 1);
  while (at < text.length && text.charCodeAt(at) !== closeBrace) {
    const keyEnd = stringEnd(text, at);
    const valueStart = afterBlanks(text, afterBlanks(text, keyEnd) + 1);
    const end = valueEnd(text, valueStart);
    members.set(decoded(text.slice(at, keyEnd)), { start: valueStart, end });
    at = afterComma(text, end);
  }
  return members;
}

/** Spans of the elements of the array that opens at `start`. */
export function elementsOf(text: string, start: number): readonly JsonSpan[] {
  const elements: JsonSpan[] = [];
  if (text.charCodeAt(start) !== openBracket) return elements;
  let at = afterBlanks(text, start + 1);
  while (at < text.length && text.charCodeAt(at) !== closeBracket) {
    const end = valueEnd(text, at);
    elements.push({ start: at, end });
    at = afterComma(text, end);
  }
  return elements;
}

/** Index of the first character that is not JSON white space, from `at` on. */
export function afterBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && isBlank(text.charCodeAt(next))) next++;
  return next;
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

function afterComma(text: string, end: number): number {
  const at = afterBlanks(text, end);
  return text.charCodeAt(at) === comma ? afterBlanks(text, at + 1) : at;
}

/** Index after the value that starts at `start`, in valid JSON. */
export function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return stringEnd(text, start);
  if (first !== openBrace && first !== openBracket) return scalarEnd(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = stringEnd(text, at) - 1;
    else if (code === openBrace || code === openBracket) depth++;
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at + 1;
  }
  return text.length;
}

function scalarEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && !/[,\]}\s]/.test(text.charAt(end))) end++;
  return end;
}

/** A JSON object or array's members; null for anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return isRecord(value) ? value : null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The string, or `''` for anything else. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const overfullFrom = 1024 * 1024;

/** JSON.parse whose failure is a value; null too for a text that would stop everything else while it is parsed. */
export function parsedJson(text: string): { readonly value: unknown } | null {
  if (text.length > overfullFrom && isOverfull(text)) return null;
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** For the shapes of frames that need no parser: what stands between the quotes of a string without `\\u` or anything odd. */
export const plainString = String.raw`[^"\\\x00-\x1f]*(?:\\["\\/bfnrt][^"\\\x00-\x1f]*)*`;

/** For the same: a place or a count. */
export const plainNumber = String.raw`(?:0|[1-9]\d{0,14})`;

/** For the same: what stands between the quotes of a name or an id. */
export const plainName = String.raw`[\w.:/@ -]{0,200}`;

/** The text of what `plainString` found. */
export const plainText = (found: string): string => (found.includes('\\') ? JSON.parse(`"${found}"`) : found);

/** A part of a text, and the text that takes its place. */
export interface Splice extends JsonSpan {
  readonly to: string;
}

/** The text with other text in place of some parts, given in order; every byte elsewhere stays. */
export function spliced(text: string, edits: readonly Splice[]): string {
  let from = 0;
  let edited = '';
  for (const { start, end, to } of edits) {
    edited += text.slice(from, start) + to;
    from = end;
  }
  return edited + text.slice(from);
}
