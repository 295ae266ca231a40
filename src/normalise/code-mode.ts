/** One call of a tool in a program. A part of a text that is known only when it runs is `null`. */
interface ProgramCall {
  readonly tool: string;
  /** The one text it was given, or the texts of the object it was given; null: known only when it runs. */
  readonly given: Text | Readonly<Record<string, Text>> | null;
}

/** A text in pieces; null = a piece that is known only when it runs. */
type Text = readonly (string | null)[];

/**
 * A program of Codex's code mode: JavaScript without files or network, which acts by `tools.NAME(…)` alone. Put into
 * words a shell's reader understands: one command for each call, a variable for whatever is known only when it runs.
 * Source: Codex 0.169, description of its tool `exec`.
 */
export interface ReadProgram {
  readonly command: string;
  /** The one MCP tool it calls, when it does nothing else. */
  readonly mcp: string | null;
  /** Some of it could not be followed. */
  readonly opaque: boolean;
}

const unknownText: Text = [null];
const longest = 200_000;

/** Reads a program; null for one that calls no tool. */
export function readProgram(code: string): ReadProgram | null {
  const tokens = tokensOf(code.slice(0, longest));
  const known = constantsOf(tokens);
  const calls: ProgramCall[] = [];
  let opaque = code.length > longest || tokens.some(({ kind }) => kind === 'odd');
  for (const [at, token] of tokens.entries()) {
    // Other ways to the same object, and to run text.
    if (token.kind === 'word' && ways.has(token.text) && tokens[at - 1]?.text !== '.') opaque = true;
    if (token.kind !== 'word' || token.text !== 'tools' || tokens[at - 1]?.text === '.') continue;
    const call = callAt(tokens, at, known);
    if (call) calls.push(call);
    else opaque = true;
  }
  if (calls.length === 0 && !opaque) return null;
  const only = calls.length === 1 && !opaque ? calls[0]?.tool : undefined;
  return {
    command: [...calls.map(commandOf), ...(opaque ? ['eval "$program"'] : [])].join('\n'),
    mcp: only?.startsWith('mcp__') ? only : null,
    opaque: opaque || calls.some(({ given }) => given === null),
  };
}

const ways = new Set(
  'globalThis self window eval Function import constructor Reflect Proxy require process'.split(' '),
);

interface Token {
  readonly kind: 'word' | 'text' | 'mark' | 'odd';
  readonly text: string;
  /** The pieces of a string; what stands in `${…}` is a name or null. */
  readonly pieces?: readonly (string | { readonly name: string } | null)[];
}

const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const word = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const plain = /"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'/y;
const number = /\d[\w.]*/y;

function tokensOf(code: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(code);
    if (found) at += found[0].length;
    return found;
  };
  while (at < code.length) {
    if (take(space)) continue;
    const name = take(word);
    if (name) {
      tokens.push({ kind: 'word', text: name[0] });
      continue;
    }
    const string = take(plain);
    if (string) {
      tokens.push({ kind: 'text', text: '', pieces: [unescaped(string[1] ?? string[2] ?? '')] });
      continue;
    }
    if (code[at] === '`') {
      const template = templateAt(code, at);
      tokens.push(template.token);
      at = template.end;
      continue;
    }
    if (take(number)) tokens.push({ kind: 'mark', text: '0' });
    else {
      // A string without its end, a spelt-out letter, a regular expression: what follows may not be what it looks like.
      tokens.push({ kind: /["'/\\]/.test(code[at] ?? '') ? 'odd' : 'mark', text: code[at] ?? '' });
      at += 1;
    }
  }
  return tokens;
}

function templateAt(code: string, start: number): { readonly token: Token; readonly end: number } {
  const pieces: (string | { name: string } | null)[] = [];
  let text = '';
  let at = start + 1;
  let odd = false;
  while (at < code.length && code[at] !== '`') {
    if (code[at] === '\\') {
      text += code.slice(at, at + 2);
      at += 2;
    } else if (code.startsWith('${', at)) {
      const end = braceEnd(code, at + 2);
      const inside = code.slice(at + 2, end).trim();
      pieces.push(unescaped(text), /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(inside) ? { name: inside } : null);
      odd ||= /["'`{}/\\]|\btools\b/.test(inside);
      text = '';
      at = end + 1;
    } else {
      text += code[at];
      at += 1;
    }
  }
  pieces.push(unescaped(text));
  return { token: { kind: at < code.length && !odd ? 'text' : 'odd', text: '', pieces }, end: at + 1 };
}

function braceEnd(code: string, from: number): number {
  let depth = 1;
  for (let at = from; at < code.length; at += 1) {
    if (code[at] === '{') depth += 1;
    if (code[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' };
const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r?\n)|([\s\S]))/g, (_, ...found) => {
    const [long, four, two, line, letter] = found as (string | undefined)[];
    const hex = long ?? four ?? two;
    if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
    return line === undefined ? (escapes[letter ?? ''] ?? letter ?? '') : '';
  });

/** Names that hold one text for good: `const file = "a"`. */
function constantsOf(tokens: readonly Token[]): ReadonlyMap<string, Text> {
  const known = new Map<string, Text>();
  for (const [at, { text }] of tokens.entries()) {
    const name = tokens[at + 1];
    if (text !== 'const' || name?.kind !== 'word' || tokens[at + 2]?.text !== '=') continue;
    const value = textAt(tokens, at + 3, known);
    // Twice the same name in two blocks: nobody follows which.
    known.set(name.text, value && !known.has(name.text) && isEnd(tokens[value.end]) ? value.text : unknownText);
  }
  return known;
}

const isEnd = (token: Token | undefined): boolean =>
  token === undefined || token.text === ';' || token.kind === 'word' || token.text === ',';

/** A text written out at `from`, with what is added to it; null when it is none. `end`: the token behind it. */
function textAt(
  tokens: readonly Token[],
  from: number,
  known: ReadonlyMap<string, Text>,
): { readonly text: Text; readonly end: number } | null {
  const text: (string | null)[] = [];
  for (let at = from; ; at += 2) {
    const token = tokens[at];
    if (token?.kind === 'text') text.push(...piecesOf(token, known));
    else if (token?.kind === 'word' && known.has(token.text)) text.push(...(known.get(token.text) ?? unknownText));
    else if (at > from && token?.kind === 'word') text.push(null);
    else return null;
    if (tokens[at + 1]?.text !== '+') return { text, end: at + 1 };
  }
}

const piecesOf = ({ pieces = [] }: Token, known: ReadonlyMap<string, Text>): Text =>
  pieces.flatMap((piece) =>
    typeof piece === 'object' && piece !== null ? (known.get(piece.name) ?? [null]) : [piece],
  );

/** `tools.NAME(…)` or `tools["NAME"](…)`; null for any other use of the object. */
function callAt(tokens: readonly Token[], at: number, known: ReadonlyMap<string, Text>): ProgramCall | null {
  const [first, second, third, fourth] = tokens.slice(at + 1, at + 5);
  if (first?.text === '.' && second?.kind === 'word' && third?.text === '(')
    return { tool: second.text, given: givenAt(tokens, at + 4, known) };
  const [name] = second?.pieces ?? [];
  if (first?.text !== '[' || typeof name !== 'string' || second?.pieces?.length !== 1) return null;
  return third?.text === ']' && fourth?.text === '(' ? { tool: name, given: givenAt(tokens, at + 5, known) } : null;
}

function givenAt(tokens: readonly Token[], at: number, known: ReadonlyMap<string, Text>): ProgramCall['given'] {
  if (tokens[at]?.text === ')') return {};
  if (tokens[at]?.text !== '{') {
    const whole = textAt(tokens, at, known);
    return whole && /^[),]$/.test(tokens[whole.end]?.text ?? '') ? whole.text : null;
  }
  const members: Record<string, Text> = {};
  let from = at + 1;
  while (tokens[from]?.text !== '}') {
    const key = tokens[from];
    const [quoted] = key?.pieces ?? [];
    const name = key?.kind === 'word' ? key.text : typeof quoted === 'string' ? quoted : '';
    if (name === '') return null;
    const short = tokens[from + 1]?.text !== ':';
    const value = textAt(tokens, short ? from : from + 2, known);
    members[name] = value?.text ?? unknownText;
    from = behindMember(tokens, value?.end ?? from + 1);
    if (from === -1) return null;
  }
  return members;
}

/** The token behind a member and its comma; -1 when the object never ends. */
function behindMember(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    const text = tokens[at]?.text ?? '';
    if (depth === 0 && text === ',') return at + 1;
    if (depth === 0 && text === '}') return at;
    if ('([{'.includes(text) && text !== '') depth += 1;
    if (')]}'.includes(text) && text !== '') depth -= 1;
  }
  return -1;
}

/** A call as a command. */
function commandOf({ tool, given }: ProgramCall): string {
  if (given === null) return tool.startsWith('mcp__') ? tool : 'eval "$given"';
  const text = isText(given) ? given : (given.cmd ?? given.command ?? given.chars ?? given.input ?? given.patch);
  if (/^(?:exec_command|shell|shell_command|local_shell|write_stdin)$/.test(tool)) {
    const command = text === undefined ? 'eval "$given"' : shellText(text);
    const folder = isText(given) ? undefined : given.workdir;
    return folder === undefined ? command : `(cd ${asWord(folder)} && {\n${command}\n})`;
  }
  if (tool === 'apply_patch') {
    const patch = (text ?? unknownText).map((piece) => piece ?? '…').join('');
    return `apply_patch <<'WARDER_PATCH'\n${patch}\nWARDER_PATCH`;
  }
  if (tool === 'view_image' && !isText(given)) return `cat ${asWord(given.path ?? unknownText)}`;
  return quiet.test(tool) ? 'true' : tool;
}

const quiet =
  /^(?:update_plan|wait|sleep|list_\w+|get_goal|(?:create|update)_goal|request_user_input\w*|\w*_agent|web_search|tool_search)$/;

const isText = (given: Text | Readonly<Record<string, Text>>): given is Text => Array.isArray(given);

/** What is known only when it runs is a variable nobody set. */
const shellText = (text: Text): string =>
  text.every((piece) => piece === null) ? 'eval "$given"' : text.map((piece) => piece ?? '$given').join('');
const asWord = (text: Text): string =>
  text.map((piece) => (piece === null ? '"$given"' : `'${piece.replaceAll("'", "'\\''")}'`)).join('');
