/** Finds a secret that only its neighbourhood tells; `at`–`end` = where the literal stands. The answer: start, end. */
export interface ContextRule {
  readonly id: string;
  readonly literals: readonly string[];
  readonly cost: number;
  find(text: string, at: number, end: number): readonly [number, number] | null;
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly quoted: boolean;
}

/** What follows a name up to its value: rest of the name, closing quotes, a type, a sign of assignment. */
const toValue =
  /([\w.-]{0,40})(?![\w-])[\\"'`)\]]{0,4}(\s{0,8})(?:[&*]?\w{1,10}\s{1,3}(?==|:=))?(: ?(?:&(?:'\w{1,10} )?(?:mut )?)?\[?\w[\w.<>]{0,24}[\]?!]{0,2} {1,3}= {1,3}(?=@?["'])|:{0,3}=[=>]?|[?+.|!]=|!?={1,3}>?|:|=>|<-|->|>|(?<=["'])\s?,(?! {0,3}\r?\n)|\|\|)(\s{0,24})/y;

const opening = /[@$brufBRUF]?(\\{0,3})("""|["'`])/y;
const bare = /(?:[^\s"'`,;&|<>()\\]|&(?![\w-]{1,30}=|&|\s)){4,300}/y;

/** The value that stands at `from`, between quotes (escaped ones too) or up to the next blank or sign. */
function valueAt(text: string, from: number): Value | null {
  opening.lastIndex = from;
  const quote = opening.exec(text);
  if (quote !== null) {
    const start = from + quote[0].length;
    const end = closing(text, start, quote[2]?.charAt(0) ?? '"', (quote[1] ?? '').length > 0);
    return end < 0 ? null : { start, end, text: text.slice(start, end), quoted: true };
  }
  bare.lastIndex = from;
  const plain = bare.exec(text);
  if (plain === null) return null;
  const end = from + plain[0].length;
  return /[(<]/.test(text.charAt(end)) ? null : { start: from, end, text: plain[0], quoted: false };
}

/** Where the quoted value ends; -1 when not on this line. */
function closing(text: string, start: number, quote: string, escaped: boolean): number {
  const last = Math.min(text.length, start + 300);
  for (let i = start; i < last; i++) {
    const char = text.charAt(i);
    if (char === '\n') return -1;
    if (char === quote) return i;
    if (char === '\\') {
      if (escaped && text.charAt(i + 1) === quote) return i;
      i += 1;
    }
  }
  return -1;
}

/** What stands after such a word makes it something else: `secret-id`, `tokenType`, `password_field`. */
const otherThing =
  /(?:[_.-]?(?:id|ids|name|names|arn|type|types|ur[il]|path|paths|file|files|field|fields|label|length|len|counts?|size|limit|max|min|expir\w*|ttl|age|version|ref|refs|policy|policies|store|manager|provider|prefix|suffix|input|hint|placeholder|regex|pattern|index|format|class|event|handler|exists|source|digest|endpoint|budget|usage|address|header|scopes?|selector|enabled|required|changed|mode|box|form|page|service|error|hash|hashes|digest|fingerprint|thumbprint|at|on|by))$|^s$|^(?:iz|ise|ing)/i;

/** `"secrets.ts": "<hash>"` names a file. */
const fileEnding =
  /\.(?:[cm]?[jt]sx?|py|go|rs|rb|java|kt|swift|php|cs|c|h|cpp|md|mdx|json|ya?ml|toml|css|scss|html?|sh|txt|sql|vue|svelte|map)$/i;

function wholeName(text: string, at: number): string {
  let from = at;
  while (from > 0 && at - from < 40 && /[\w.-]/.test(text.charAt(from - 1))) from -= 1;
  return text.slice(from, at);
}

/** A name that tells, a sign of assignment, a value. `accepts` says whether the value is a secret under that name. */
export function assigned(
  id: string,
  literals: string,
  accepts: (
    value: Value,
    name: { before: string; word: string; tail: string; spaced: boolean; sign: string },
    text: string,
  ) => boolean,
): ContextRule {
  return {
    id,
    literals: literals.split(' ').map((word) => word.replaceAll('+', ' ')),
    cost: 2,
    find(text, at, end) {
      toValue.lastIndex = end;
      const middle = toValue.exec(text);
      if (middle === null) return null;
      const tail = middle[1] ?? '';
      if (tail !== '' && (otherThing.test(tail) || fileEnding.test(tail))) return null;
      const before = wholeName(text, at);
      if ((middle[3] ?? '').includes(',') && !/["'`]/.test(text.charAt(at - before.length - 1))) return null;
      const value = valueAt(text, end + middle[0].length);
      if (value === null) return null;
      const spaced = (middle[2] ?? '') !== '' || (middle[4] ?? '') !== '';
      const sign = middle[3] ?? '';
      return accepts(value, { before, word: text.slice(at, end), tail, spaced, sign }, text)
        ? [value.start, value.end]
        : null;
    },
  };
}

/** A pattern that begins at the literal; the first group that took part is the secret. */
export function phrase(
  id: string,
  literals: string,
  pattern: RegExp,
  accepts: (value: string, group: number) => boolean,
): ContextRule {
  return {
    id,
    literals: literals.split('|'),
    cost: 3,
    find(text, at) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null) return null;
      const group = match.findIndex((each, i) => i > 0 && each !== undefined);
      const value = match[Math.max(0, group)] ?? '';
      if (!accepts(value, group)) return null;
      const start = at + match[0].lastIndexOf(value);
      return [start, start + value.length];
    },
  };
}
