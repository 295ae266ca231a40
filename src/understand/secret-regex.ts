import { fail, ok, type Result } from '../core/result.ts';

/** A pattern that may run this often over one character is too slow for text that others write. */
const maxRepeat = 20_000;

/**
 * A pattern in Go's or JavaScript's syntax → a RegExp, or why not: `pattern-invalid`, `pattern-too-slow`. Slow = a
 * repetition inside a repetition, or a repeated choice whose branches may begin alike: such patterns take exponential
 * time on chosen text. Open-ended repetitions are taken as at most 1,000.
 */
export function compilePattern(source: string, flags: string): Result<RegExp> {
  const { text, ignoreCase } = asJavaScript(source);
  const all = ignoreCase && !flags.includes('i') ? `${flags}i` : flags;
  const valid = newPattern(text, all);
  if (!valid.ok) return valid;
  const read = bounded(text);
  return read.ok ? newPattern(read.value, all) : read;
}

function newPattern(text: string, flags: string): Result<RegExp> {
  try {
    return ok(new RegExp(text, flags));
  } catch (error) {
    return fail('pattern-invalid', error instanceof Error ? error.message : 'not a pattern');
  }
}

/** Go's forms that JavaScript writes differently. `(?i)` counts for the whole pattern. */
function asJavaScript(source: string): { readonly text: string; readonly ignoreCase: boolean } {
  const ignoreCase = /\(\?i[:)]/.test(source);
  const text = source
    .replaceAll(/\(\?-?[ims]{1,3}(?:-[ims]{1,3})?\)/g, '')
    .replaceAll(/\(\?-?[ims]{1,3}(?:-[ims]{1,3})?:/g, '(?:')
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\z', '$')
    .replaceAll('\\A', '^')
    .replaceAll('[:alnum:]', 'A-Za-z0-9')
    .replaceAll('[:alpha:]', 'A-Za-z')
    .replaceAll('[:digit:]', '0-9')
    .replaceAll('[:xdigit:]', 'A-Fa-f0-9')
    .replaceAll('[:space:]', '\\s');
  return { text, ignoreCase };
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
      const head = /^\((?:\?(?:<?[=!]|:|<\w+>))?/.exec(text.slice(i, i + 60))?.[0] ?? '(';
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
