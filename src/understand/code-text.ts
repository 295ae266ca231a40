import { unknownPart } from './arguments.ts';

/** Code with its comments blanked and the stretches that are string literals. Positions stay true. */
export interface CodeText {
  readonly code: string;
  /** Start and end of each string literal, in order. */
  readonly strings: readonly (readonly [start: number, end: number])[];
}

/** Strings and comments of a script language told apart, in one pass over the text. */
export function readCodeText(text: string, language: string): CodeText {
  const slash = language === 'node' || language === 'php';
  const strings: (readonly [number, number])[] = [];
  const pieces: string[] = [];
  /** A quote found open up to here is not looked for again: crafted text would make that slow. */
  const open = new Map<string, number>();
  let kept = 0;
  let i = 0;
  const blank = (end: number) => {
    pieces.push(text.slice(kept, i), ' '.repeat(end - i));
    kept = end;
    i = end;
  };
  while (i < text.length) {
    const char = text[i] as string;
    if (slash ? text.startsWith('//', i) : char === '#') blank(endAt(text, '\n', i, 0));
    else if (slash && text.startsWith('/*', i)) blank(endAt(text, '*/', i + 2, 2));
    else if (char !== '"' && char !== "'" && !(slash && char === '`')) i++;
    else if (!slash && text.startsWith(char.repeat(3), i)) {
      const end = endAt(text, char.repeat(3), i + 3, 3);
      strings.push([i, end]);
      i = end;
    } else if (i < (open.get(char) ?? -1)) i++;
    else {
      const end = closing(text, i, char);
      if (end.closed) strings.push([i, end.at + 1]);
      else open.set(char, end.at);
      i = end.closed ? end.at + 1 : i + 1;
    }
  }
  pieces.push(text.slice(kept));
  return { code: pieces.join(''), strings };
}

function endAt(text: string, mark: string, from: number, length: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + length;
}

function closing(text: string, start: number, quote: string): { readonly at: number; readonly closed: boolean } {
  for (let i = start + 1; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === quote) return { at: i, closed: true };
    else if (char === '\n' && quote !== '`') return { at: i, closed: false };
  }
  return { at: text.length, closed: false };
}

/** True when a position stands inside a string literal. */
export function insideString({ strings }: CodeText, at: number): boolean {
  let low = 0;
  let high = strings.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [start, end] = strings[middle] as readonly [number, number];
    if (at < start) high = middle - 1;
    else if (at >= end) low = middle + 1;
    else return at > start;
  }
  return false;
}

/** The arguments of the call whose parenthesis (or first word) begins at `at`: top-level commas cut, brackets matched. */
export function argumentsAt(code: string, at: number): { readonly args: readonly string[]; readonly end: number } {
  const open = code[at] === '(';
  const args: string[] = [];
  let depth = 0;
  let from = open ? at + 1 : at;
  const limit = Math.min(code.length, at + 4_000);
  let i = from;
  for (; i < limit; i++) {
    const char = code[i] as string;
    if (char === '"' || char === "'" || char === '`') i = endOfString(code, i) - 1;
    else if (char === '(' || char === '[' || char === '{') depth++;
    else if (char === ')' || char === ']' || char === '}') {
      if (depth === 0) break;
      depth--;
    } else if (depth === 0 && (char === ';' || char === '\n') && !open) break;
    else if (depth === 0 && char === ',') {
      args.push(code.slice(from, i).trim());
      from = i + 1;
    }
  }
  const last = code.slice(from, i).trim();
  if (last !== '') args.push(last);
  return { args, end: i };
}

function endOfString(code: string, start: number): number {
  const quote = code[start] as string;
  if (code.startsWith(quote.repeat(3), start) && quote !== '`') {
    const end = code.indexOf(quote.repeat(3), start + 3);
    return end < 0 ? code.length : end + 3;
  }
  for (let i = start + 1; i < code.length; i++) {
    if (code[i] === '\\') i++;
    else if (code[i] === quote) return i + 1;
  }
  return code.length;
}

const literal =
  /(?<![\w"'`])(?:[rbuRBUf]{1,2})?("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`)/g;

/** Names set to one literal: `p = '/etc/passwd'`. */
export function literalNames(code: string): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  const assignment =
    /(?:^|[;\n{(]|\b(?:const|let|var|my|local)\s)[ \t]*\$?([A-Za-z_]\w*)\s*=\s*([^;\n=>][^;\n]{0,400})/g;
  let looked = 0;
  for (const match of code.matchAll(assignment)) {
    if (++looked > 256) break;
    const value = known.size < 64 ? textOf(match[2] ?? '', known) : null;
    if (value !== null && match[1]) known.set(match[1], value);
  }
  return known;
}

/**
 * An expression → its text: one literal, a name set to one, or literals joined by something unknown
 * (`os.path.join(home, '.ssh')`). Null when nothing of it is known.
 */
export function textOf(expression: string, known: ReadonlyMap<string, string>): string | null {
  const name = /^\$?([A-Za-z_]\w*)$/.exec(expression.trim())?.[1];
  if (name !== undefined) return known.get(name) ?? null;
  const pieces: string[] = [];
  let last = 0;
  let gap = false;
  for (const match of expression.matchAll(literal)) {
    const between = expression.slice(last, match.index);
    const unknown = unknownBetween(between, known);
    if (unknown !== '') {
      pieces.push(unknown);
      gap = true;
    }
    pieces.push(opened(match[1] ?? '', match[0]));
    last = match.index + match[0].length;
  }
  if (last === 0) return expandsHome(expression) ? '~' : null;
  const rest = unknownBetween(expression.slice(last), known);
  if (rest !== '') pieces.push(rest);
  // Names that hold each other would grow without end.
  if (pieces.length > 1 && pieces.reduce((sum, piece) => sum + piece.length, 0) > 8_192) return null;
  const joins = /\bjoin\b|\/\s*['"]|resolve\(/.test(expression);
  const text = pieces.join(joins && pieces.length > 1 ? '/' : '');
  void gap;
  return text.replace(/\/{2,}/g, (slashes, at: number, whole: string) => (whole[at - 1] === ':' ? slashes : '/'));
}

/** What stands between two literals: a home, a known name, a call that changes nothing; else an unknown stretch. */
function unknownBetween(text: string, known: ReadonlyMap<string, string>): string {
  if (expandsHome(text)) return '~';
  const words = text.replace(
    /\b(?:os|path|pathlib|Path|PurePath|posixpath|join|resolve|expanduser|expandvars|str|abspath|realpath|normpath|f|r|b|u|fs|File|encode|decode|strip|require|format)\b/g,
    '',
  );
  const name = /[A-Za-z_]\w*/.exec(words)?.[0];
  if (name === undefined) return '';
  return known.get(name) ?? unknownPart;
}

function expandsHome(text: string): boolean {
  return /Path\.home\(\)|os\.homedir\(\)|homedir\(\)|environ\[?\.?(?:get)?\(?\[?['"]?HOME|process\.env\.HOME|Dir\.home|ENV\['?HOME|\$ENV\{HOME\}/.test(
    text,
  );
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function opened(quoted: string, whole: string): string {
  const triple = quoted.startsWith('"""') || quoted.startsWith("'''");
  const inside = triple ? quoted.slice(3, -3) : quoted.slice(1, -1);
  if (/^[rR]/.test(whole)) return inside;
  const interpolated = /^[fF]/.test(whole)
    ? inside.replace(/\{[^{}]*\}/g, unknownPart)
    : quoted[0] === '`'
      ? inside.replace(/\$\{[^{}]*\}/g, unknownPart)
      : inside;
  return interpolated.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([\s\S]))/gi, (_whole, hex, unicode, char) =>
    hex !== undefined || unicode !== undefined
      ? String.fromCharCode(Number.parseInt(hex ?? unicode, 16))
      : (escapes[char] ?? char),
  );
}

/** `['ls', '-l', x]` → its items; null when it is no list. */
export function listOf(expression: string, known: ReadonlyMap<string, string>): readonly (string | null)[] | null {
  const text = expression.trim();
  if (!text.startsWith('[') && !text.startsWith('(')) return null;
  return argumentsAt(`(${text.slice(1)}`, 0).args.map((item) => textOf(item, known));
}
