import { isDynamic } from '../arguments.ts';
import type { Stream } from './model.ts';

type Words = readonly (string | null)[];

function known(stdin: Stream | undefined): string | null {
  const text = stdin?.text ?? null;
  return text === null || isDynamic(text) || text.length > 65_536 ? null : text;
}

/** `sed s/a/b/g` with plain text for its pattern: what a text looks like after it. */
export function substituted(args: Words, stdin: Stream | undefined): string | null {
  let text = known(stdin);
  const scripts = args.filter((arg) => arg !== '-e' && arg !== '-E' && arg !== '-r');
  if (text === null || scripts.length === 0 || scripts.length > 4) return null;
  for (const script of scripts) {
    const match = /^s(.)((?:(?!\1)[^\\]|\\.)*)\1((?:(?!\1)[^\\]|\\.)*)\1([gI]*)$/s.exec(script ?? '');
    const [, , pattern = '', by = '', flags = ''] = match ?? [];
    if (!match || pattern === '' || /[.*[\]^$(){}+?|]/.test(pattern.replace(/\\./g, ''))) return null;
    const plain = pattern.replace(/\\(.)/g, '$1');
    const other = by.replace(/\\(.)/g, '$1');
    if (/\\[1-9]|&/.test(by)) return null;
    text = flags.includes('g')
      ? text.split(plain).join(other)
      : text
          .split('\n')
          .map((line) => line.replace(plain, () => other))
          .join('\n');
  }
  return text;
}

/** `cut -c2-`, `cut -d' ' -f1,3`: the part of each line that is kept. */
export function cut(args: Words, stdin: Stream | undefined): string | null {
  const text = known(stdin);
  if (text === null) return null;
  const value = (letter: string) => {
    const at = args.findIndex((arg) => arg?.startsWith(`-${letter}`));
    if (at < 0) return null;
    return args[at] === `-${letter}` ? (args[at + 1] ?? null) : (args[at]?.slice(2) ?? null);
  };
  const fields = value('f');
  const list = fields ?? value('c') ?? value('b');
  if (list === null || !/^[\d,-]+$/.test(list)) return null;
  const delimiter = value('d') ?? '\t';
  const keeps = (n: number) =>
    list.split(',').some((range) => {
      const [from = '', to] = range.split('-');
      return n >= Number(from || 1) && n <= (to === undefined ? Number(from) : Number(to || Infinity));
    });
  return text
    .split('\n')
    .map((line) => {
      const pieces = fields === null ? [...line] : line.split(delimiter);
      return pieces.filter((_piece, i) => keeps(i + 1)).join(fields === null ? '' : delimiter);
    })
    .join('\n');
}

function count(args: Words): number | null {
  const own = args.find((arg) => /^-n?\d+$/.test(arg ?? ''));
  if (own) return Number(/\d+/.exec(own)?.[0]);
  const at = args.indexOf('-n');
  if (at >= 0) return /^\d+$/.test(args[at + 1] ?? '') ? Number(args[at + 1]) : null;
  return args.length === 0 ? 10 : null;
}

/** `head -n 1` of a known text. */
export function firstLines(args: Words, stdin: Stream | undefined): string | null {
  const text = known(stdin);
  const lines = count(args);
  return text === null || lines === null ? null : `${text.split('\n').slice(0, lines).join('\n')}\n`;
}

/** `tail -n 1` of a known text. */
export function lastLines(args: Words, stdin: Stream | undefined): string | null {
  const text = known(stdin);
  const lines = count(args);
  return text === null || lines === null || lines === 0
    ? null
    : `${text.replace(/\n$/, '').split('\n').slice(-lines).join('\n')}\n`;
}
