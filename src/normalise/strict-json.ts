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
const deepest = 200;
const most = 200_000;

/**
 * Why two JSON readers could see different things in `text`; null when they could not. Says nothing of text that is not
 * JSON at all: whoever relies on it parses it too.
 * Looks for repeated members, `__proto__`, numbers beyond every float, lone surrogates, and nesting or numbers of
 * values that some readers refuse. RFC 8259 §4, §6, §8.2, §9 leave these to the reader.
 */
export function ambiguityOf(text: string): string | null {
  if (!text.isWellFormed()) return halfPair;
  const open: (Set<string> | null)[] = [];
  let isKey = false;
  let values = 0;
  let escaped = text.indexOf('\\u');
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = stringEnd(text, at);
      if (escaped !== -1 && escaped < at) escaped = text.indexOf('\\u', at);
      if (escaped !== -1 && escaped < end && !decoded(text.slice(at, end)).isWellFormed()) return halfPair;
      const problem = isKey ? keyProblem(text.slice(at, end), open.at(-1)) : null;
      if (problem) return problem;
      at = end - 1;
    } else if (code === openBrace || code === openBracket) {
      open.push(code === openBrace ? new Set() : null);
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
      if (!Number.isFinite(Number(text.slice(at, end)))) return 'holds a number too large for any reader';
      at = end - 1;
    }
  }
  return null;
}

function keyProblem(quoted: string, keys: Set<string> | null | undefined): string | null {
  const key = decoded(quoted);
  if (!keys) return null;
  if (keys.has(key)) return `says ${JSON.stringify(shortened(key))} twice in one object`;
  keys.add(key);
  return key === '__proto__' ? 'has a member named __proto__' : null;
}

const shortened = (key: string): string => (key.length > 40 ? `${key.slice(0, 40)}…` : key);
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function decoded(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  const parsed = parsedJson(quoted);
  return parsed ? String(parsed.value) : quoted;
}

/** Index after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  const end = text.indexOf('"', start + 1);
  if (end === -1) return text.length;
  if (text.charCodeAt(end - 1) !== backslash || end - 1 === start) return end + 1;
  // It holds escapes: from here on character by character, which beats jumping when there are many.
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at + 1;
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
  while (end < text.length && /[0-9.eE+-]/.test(text.charAt(end))) end++;
  return end;
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
function valueEnd(text: string, start: number): number {
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
