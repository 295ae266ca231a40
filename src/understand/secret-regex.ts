import { fail, ok, type Result } from '../core/result.ts';

/** A pattern that may run this often over one character is too slow for text that others write. */
const maxRepeat = 20_000;

/**
 * A pattern in Go's or JavaScript's syntax → a RegExp, or why not: `pattern-invalid`, `pattern-too-slow`. Slow = a
 * repetition inside a repetition, or a repeated choice whose branches may begin alike: such patterns take exponential
 * time on chosen text. Open-ended repetitions are taken as at most 1,000. What takes only long, not forever, is found by
 * trying it on `provingTexts`.
 */
export function compilePattern(source: string, flags: string): Result<RegExp> {
  const text = asJavaScript(source);
  if (!text.ok) return text;
  const read = bounded(text.value);
  return read.ok ? newPattern(read.value, flags) : read;
}

function newPattern(text: string, flags: string): Result<RegExp> {
  try {
    return ok(new RegExp(text, flags));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not a pattern';
    return fail('pattern-invalid', why.replace(/^Invalid regular expression: \/[\s\S]*\/\w*: /, ''));
  }
}

const classes: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9', alpha: 'A-Za-z', digit: '0-9', xdigit: 'A-Fa-f0-9', space: '\\s', word: '\\w', lower: 'a-z', upper: 'A-Z',
  punct: '!-\\/:-@\\[-`{-~', blank: ' \\t', cntrl: '\\x00-\\x1f', print: ' -~', graph: '!-~', ascii: '\\x00-\\x7f',
}; // biome-ignore format: one row of names
const insteadOf: Readonly<Record<string, string>> = {
  z: '(?![\\s\\S])',
  Z: '(?![\\s\\S])',
  A: '(?<![\\s\\S])',
  a: '\\x07',
};

/** Go's forms that JavaScript writes differently; what it has no word for is refused rather than read as something else. */
function asJavaScript(source: string): Result<string> {
  let out = '';
  /** For each open group: how many `(?i:` were opened in it. */
  const opened: number[] = [0];
  let inClass = false;
  const refuse = (what: string) => fail('pattern-invalid', `${what} is not known here; write it without`);
  for (let i = 0; i < source.length; ) {
    const rest = source.slice(i, i + 4_000);
    const slash = /^\\(?:Q([\s\S]*?)(?:\\E|$)|x\{([0-9a-fA-F]{1,6})\}|([\s\S]))/.exec(rest);
    if (slash) {
      const [all, literal, code, letter = ''] = slash;
      if (literal !== undefined) out += literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
      else if (code !== undefined) {
        if (Number.parseInt(code, 16) > 0xffff) return refuse(all);
        out += `\\u${code.padStart(4, '0').slice(-4)}`;
      } else if (/[CKGRXpPhHNE]/.test(letter)) return refuse(`\\${letter}`);
      else out += (inClass ? undefined : insteadOf[letter]) ?? all;
      i += all.length;
      continue;
    }
    const char = source.charAt(i);
    if (inClass) {
      const named = /^\[:(\w+):\]/.exec(rest);
      out += named ? (classes[named[1] ?? ''] ?? '') : char === '[' ? '\\[' : char;
      if (char === ']') inClass = false;
      i += named?.[0].length ?? 1;
      continue;
    }
    if (char === '[') {
      const head = /^\[\^?\]?/.exec(rest)?.[0] ?? '[';
      out += head.replace(']', '\\]');
      inClass = true;
      i += head.length;
      continue;
    }
    const flags = /^\(\?([a-zA-Z]{0,4})(?:-([a-zA-Z]{1,4}))?([:)])/.exec(rest);
    if (flags && (flags[3] === ')' || flags[1] || flags[2])) {
      const wrong = /[^ims]/.exec(`${flags[1] ?? ''}${flags[2] ?? ''}`);
      if (wrong) return refuse(`the flag ${wrong[0]}`);
      out += `(?${flags[1] ?? ''}${flags[2] ? `-${flags[2]}` : ''}:`;
      if (flags[3] === ':') opened.push(0);
      else opened[opened.length - 1] = (opened[opened.length - 1] ?? 0) + 1;
      i += flags[0].length;
      continue;
    }
    if (rest.startsWith('(?>')) return refuse('(?>');
    if (rest.startsWith('(?P=')) return fail('pattern-too-slow', 'refers back to a group');
    if (char === '(') opened.push(0);
    if (char === ')') out += ')'.repeat(opened.length > 1 ? (opened.pop() ?? 0) : 0);
    out += rest.startsWith('(?P<') ? '(?<' : char;
    i += rest.startsWith('(?P<') ? 4 : 1;
  }
  return ok(out + ')'.repeat(opened[0] ?? 0));
}

interface Group {
  /** The text inside holds a repetition of changing length. */
  varies: boolean;
  branches: string[];
  branch: string;
}

const tooSlow = (detail: string) => fail('pattern-too-slow', detail);

/** The pattern with an end to each repetition. One pass over its characters with a stack of groups. */
function bounded(text: string): Result<string> {
  if (text.length > 20_000) return tooSlow('longer than 20,000 characters');
  if (/\\[1-9]/.test(text)) return tooSlow('refers back to a group');
  let out = '';
  const stack: Group[] = [{ varies: false, branches: [], branch: '' }];
  let last: Group | null = null;
  let open = 0;
  for (let i = 0; i < text.length; ) {
    const top = stack[stack.length - 1] as Group;
    const char = text.charAt(i);
    if (char === '(') {
      const head = /^\((?:\?(?:<?[=!]|[ims]{0,3}(?:-[ims]{1,3})?:|<\w+>))?/.exec(text.slice(i, i + 60))?.[0] ?? '(';
      stack.push({ varies: false, branches: [], branch: '' });
      out += head;
      i += head.length;
      last = null;
      continue;
    }
    if (char === ')') {
      last = stack.pop() ?? null;
      if (last) last.branches.push(last.branch);
      const outer = stack[stack.length - 1];
      if (outer === undefined) return fail('pattern-invalid', 'a bracket too many');
      if (last?.varies) outer.varies = true;
      outer.branch += last?.branches[0] ?? '';
      out += char;
      i += 1;
      continue;
    }
    if (char === '|') {
      top.branches.push(top.branch);
      top.branch = '';
      last = null;
      out += char;
      i += 1;
      continue;
    }
    const repeat = /^(?:[*+?]|\{(\d{1,6})(,(\d{0,6}))?\})[?+]?/.exec(text.slice(i, i + 20));
    if (repeat) {
      const [least, most] = bounds(repeat);
      if (most > maxRepeat) return tooSlow(`repeats up to ${most} times`);
      if (most - least > 64) open += 1;
      if (last !== null && most > 10 && last.varies) return tooSlow('repeats a part whose length varies');
      if (last !== null && most > 10 && beginAlike(last.branches))
        return tooSlow('repeats a choice whose branches begin alike');
      if (most !== least) top.varies = true;
      last = null;
      out += endOf(repeat[0], least, most);
      i += repeat[0].length;
      continue;
    }
    const atom = atomAt(text, i);
    top.branch += atom;
    last = null;
    out += atom;
    i += atom.length;
  }
  return open > 12 ? tooSlow('more than 12 long repetitions') : ok(out);
}

function endOf(repeat: string, least: number, most: number): string {
  const lazy = /.[?+]$/.test(repeat) ? repeat.slice(-1) : '';
  return /^[*+]|,\}/.test(repeat) ? `{${least},${most}}${lazy === '+' ? '' : lazy}` : repeat;
}

function bounds(repeat: RegExpExecArray): readonly [number, number] {
  const [all, least, comma, most] = repeat;
  if (all.startsWith('*')) return [0, 1_000];
  if (all.startsWith('+')) return [1, 1_000];
  if (all.startsWith('?')) return [0, 1];
  const from = Number(least);
  return [from, comma === undefined ? from : most === '' ? from + 1_000 : Number(most)];
}

function beginAlike(branches: readonly string[]): boolean {
  if (branches.length < 2) return false;
  const firsts = branches.map((branch) => (branch === '' ? '' : atomAt(branch, 0)));
  return (
    new Set(firsts).size < firsts.length ||
    firsts.some((first) => first === '' || first === '.' || first.startsWith('['))
  );
}

function atomAt(text: string, at: number): string {
  if (text[at] === '\\') return text.slice(at, at + 2);
  if (text[at] !== '[') return text.charAt(at);
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === ']' && i > at + 1) return text.slice(at, i + 1);
  }
  return text.slice(at);
}

/**
 * Texts that would keep a pattern busy: what leads up to each of its long repetitions, then what is repeated, `times`
 * over, and an end that does not fit. `pattern`: the source of a compiled one.
 */
export function provingTexts(pattern: string, times: number): readonly string[] {
  const texts: string[] = [];
  const groups: { from: number; first: number }[] = [{ from: 0, first: -1 }];
  let made = '';
  let unit = '';
  for (let i = 0; i < pattern.length; ) {
    const char = pattern.charAt(i);
    const head = /^\((?:\?(?:<?[=!]|[ims]{0,3}(?:-[ims]{1,3})?:|<\w+>))?/.exec(pattern.slice(i, i + 60))?.[0];
    const repeat = /^(?:[*+?]|\{(\d{1,6})(,(\d{0,6}))?\})[?+]?/.exec(pattern.slice(i, i + 20));
    if (head !== undefined) groups.push({ from: made.length, first: -1 });
    else if (char === '|' || char === ')') {
      const group = groups[groups.length - 1] as { from: number; first: number };
      if (group.first < 0) group.first = made.length;
      made = made.slice(0, group.first);
      if (char === ')' && groups.length > 1) {
        groups.pop();
        unit = made.slice(group.from);
      }
    } else if (repeat) {
      const [least, most] = bounds(repeat);
      if (most - least > 16 && unit !== '') texts.push(`${made}${unit.repeat(times)}\u0000`);
      made += unit.repeat(Math.max(0, Math.min(least, 200) - 1));
    } else {
      unit = letterOf(atomAt(pattern, i));
      made += unit;
    }
    i += head?.length ?? repeat?.[0].length ?? (/[|()]/.test(char) ? 1 : atomAt(pattern, i).length);
  }
  return texts;
}

const letters = [...'a0A_-=. /:"\n', ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))];

/** A letter that an atom matches; `''` for what matches no letter. */
function letterOf(atom: string): string {
  if (/^(?:\^|\$|\\[bB])$/.test(atom)) return '';
  if (atom.length === 1 && atom !== '.') return atom;
  const set = new RegExp(`^(?:${atom})$`);
  return letters.find((letter) => set.test(letter)) ?? 'a';
}
