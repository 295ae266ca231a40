import { isDynamic } from '../arguments.ts';
import { base32Text, decodedBytes, gunzip, hexText, utf8, uudecoded } from './decoders.ts';
import { cut, firstLines, lastLines, substituted } from './filters.ts';
import { type Stream, silent, unknownStream } from './model.ts';

/** Text longer than this is not computed. */
const maxText = 65_536;

type Words = readonly (string | null)[];
type Computed = (args: Words, stdin: Stream | undefined) => string | null;

const filters: Readonly<Record<string, Computed>> = {
  echo: echoed,
  printf: printed,
  tee: (_args, stdin) => stdin?.text ?? null,
  sed: substituted,
  gsed: substituted,
  cut,
  head: firstLines,
  tail: lastLines,
  fold: (args, stdin) => (args.every((arg) => arg?.startsWith('-')) ? (stdin?.text ?? null) : null),
  dd: (_args, stdin) => stdin?.text ?? null,
  pv: (_args, stdin) => stdin?.text ?? null,
  xargs: (args, stdin) => (args.length === 0 ? (stdin?.text ?? null) : null),
  rev: (_args, stdin) => mapLines(stdin?.text ?? null, (line) => [...line].reverse().join('')),
  tac: (_args, stdin) =>
    stdin?.text == null ? null : `${stdin.text.replace(/\n$/, '').split('\n').reverse().join('\n')}\n`,
  tr: (args, stdin) => translated(args, stdin?.text ?? null),
  which: located,
  type: located,
  mktemp: () => '/tmp/tmp.XXXXXXXXXX\n',
  basename: ([path, suffix]) =>
    path == null
      ? null
      : `${
          path
            .replace(/\/+$/, '')
            .split('/')
            .at(-1)
            ?.replace(new RegExp(`${escaped(suffix)}$`), '') ?? ''
        }\n`,
  dirname: ([path]) =>
    path == null
      ? null
      : `${path.replace(/\/+$/, '').replace(/\/?[^/]*$/, '') || (path.startsWith('/') ? '/' : '.')}\n`,
  realpath: lastOperand,
  readlink: lastOperand,
  true: () => '',
  ':': () => '',
};

/** Programs that turn one text into another so that its meaning changes: what comes out was not to be read. */
const decoders: ReadonlySet<string> = new Set(
  'base64 gbase64 base32 basez xxd rev uudecode openssl gunzip zcat bzcat xzcat gpg tr bunzip2 unxz gzip pigz zlib-flate ascii85'.split(
    ' ',
  ),
);

/** Bytes that a decoder gives, one per character; null when they cannot be told. */
function bytesOf(program: string, args: Words, stdin: Stream | undefined): string | null {
  const undoes = args.some((arg) => arg === '--decode' || arg === '--decompress' || /^-[a-z]*[dDr]/.test(arg ?? ''));
  switch (program) {
    case 'base64':
    case 'gbase64':
    case 'basez':
      return undoes ? decodedBytes(stdin?.text ?? null) : null;
    case 'base32':
      return undoes ? base32Text(stdin?.text ?? null) : null;
    case 'xxd':
      return undoes ? hexText(stdin?.text ?? null) : null;
    case 'openssl': {
      const base64 =
        args[0] === 'base64' || (args[0] === 'enc' && args.some((arg) => /^-(?:a|base64)$/.test(arg ?? '')));
      return base64 && undoes ? decodedBytes(stdin?.text ?? null) : null;
    }
    case 'python':
    case 'python3':
      return args[0] === '-m' && args[1] === 'base64' && undoes ? decodedBytes(stdin?.text ?? null) : null;
    case 'uudecode':
      return uudecoded(stdin?.text ?? null);
    case 'gunzip':
    case 'zcat':
    case 'gzcat':
      return gunzip(stdin);
    case 'gzip':
    case 'pigz':
      return undoes ? gunzip(stdin) : null;
    case 'zlib-flate':
      return gunzip(stdin);
    default:
      return null;
  }
}

/** Filters that print a file named last instead of their input. */
const takesFile: ReadonlySet<string> = new Set(
  'cat base64 gbase64 base32 xxd rev tac tr zcat gunzip gzip head tail sed cut'.split(' '),
);

/** What a command prints, where its words and what the call itself wrote decide it. */
export function outputOf(
  program: string,
  given: Words,
  piped: Stream | undefined,
  receives: boolean,
  fileText: (path: string) => Stream | undefined = () => undefined,
): Stream {
  const file = takesFile.has(program) ? given.at(-1) : undefined;
  const written = file == null || file.startsWith('-') ? undefined : fileText(file);
  const args = written ? given.slice(0, -1) : given;
  const stdin = written ?? piped;
  const decoded = (stdin?.decoded ?? false) || decoders.has(program);
  const remote = receives || (stdin?.remote ?? false);
  const bytes = bytesOf(program, args, stdin);
  if (bytes !== null) {
    const text = utf8(bytes);
    return { text: text ?? null, remote, decoded: true, ...(text === null && { bytes }) };
  }
  if (program === 'cat' && args.every((arg) => arg === '-' || (arg?.startsWith('-') ?? false)))
    return stdin === undefined ? unknownStream : { ...stdin, remote, decoded };
  const compute = filters[program];
  const text = compute === undefined ? null : compute(args, stdin);
  if (text === '' && !remote) return silent;
  if (text === null && !remote && !decoded) return unknownStream;
  const kept = text === null || text.length > maxText ? null : text;
  const origin = kept !== null && kept === stdin?.text ? stdin.origin : undefined;
  return { text: kept, remote, decoded, ...(origin && { origin }) };
}

function escaped(text: string | null | undefined): string {
  return (text ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function lastOperand(args: Words): string | null {
  const path = args.at(-1);
  return path == null || path.startsWith('-') ? null : `${path}\n`;
}

/** `which python3`: the name itself stands for its path. */
function located(args: Words): string | null {
  const name = args.find((arg) => arg === null || !arg.startsWith('-'));
  return name == null || isDynamic(name) ? null : `${name}\n`;
}

function echoed(args: Words): string | null {
  let from = 0;
  let escapes = false;
  while (/^-[neE]+$/.test(args[from] ?? '')) {
    if (args[from]?.includes('e')) escapes = true;
    from++;
  }
  const text = joined(args.slice(from));
  return text === null ? null : `${escapes ? unescaped(text) : text}\n`;
}

function joined(args: Words): string | null {
  return args.some((arg) => arg === null) ? null : args.join(' ');
}

function printed(args: Words): string | null {
  const rest = args[0] === '--' ? args.slice(1) : args;
  const [format, ...values] = rest;
  if (format == null || args[0] === '-v') return null;
  let next = 0;
  let out = '';
  do {
    const before = next;
    out += unescaped(format).replace(/%(?:%|[-0-9.]*[a-z])/g, (spec) => {
      if (spec === '%%') return '%';
      const value = values[next++] ?? '';
      return spec.endsWith('b') ? unescaped(value) : value;
    });
    if (next === before) break;
  } while (next < values.length && out.length < maxText);
  return values.some((value) => value === null) ? null : out;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  e: '\x1b',
};

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{1,4})|0?([0-7]{1,3})|(.))/gi,
    (whole, hex, unicode, octal, char) => {
      if (hex !== undefined || unicode !== undefined) return String.fromCodePoint(Number.parseInt(hex ?? unicode, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      return escapes[char] ?? whole;
    },
  );
}

function mapLines(text: string | null, change: (line: string) => string): string | null {
  return text === null || isDynamic(text) ? null : text.split('\n').map(change).join('\n');
}

/** `tr SET1 SET2` and `tr -d SET` for plain sets and ranges. */
function translated(args: Words, text: string | null): string | null {
  if (text === null || isDynamic(text)) return null;
  const [first, second] = args;
  if (first === '-d' && typeof second === 'string') {
    const gone = new Set(opened(second));
    return [...text].filter((char) => !gone.has(char)).join('');
  }
  if (typeof first !== 'string' || typeof second !== 'string' || first.startsWith('-')) return null;
  const from = opened(first);
  const to = opened(second);
  if (to.length === 0) return null;
  const map = new Map(from.map((char, i) => [char, to[Math.min(i, to.length - 1)] ?? char]));
  return [...text].map((char) => map.get(char) ?? char).join('');
}

const classes: Readonly<Record<string, string>> = {
  '[:upper:]': 'A-Z',
  '[:lower:]': 'a-z',
  '[:digit:]': '0-9',
  '[:space:]': ' \t\n',
};

function opened(set: string): readonly string[] {
  const plain = unescaped(set.replace(/\[:[a-z]+:\]/g, (name) => classes[name] ?? name));
  const chars = [...plain];
  const out: string[] = [];
  for (let i = 0; i < chars.length && out.length < 512; i++) {
    const [start = '', dash, end] = [chars[i], chars[i + 1], chars[i + 2]];
    if (dash !== '-' || end === undefined) out.push(start);
    else {
      for (let code = start.charCodeAt(0); code <= end.charCodeAt(0) && out.length < 512; code++)
        out.push(String.fromCharCode(code));
      i += 2;
    }
  }
  return out;
}
