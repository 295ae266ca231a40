import type { Flag } from '../core/effect.ts';
import { isDynamic, unknownPart } from './arguments.ts';
import { callTables } from './code-calls.ts';
import { clientCalls } from './code-clients.ts';
import {
  add,
  backticks,
  type Call,
  connects,
  escaped,
  files,
  opens,
  pathMethod,
  plainCommands,
  type Reading,
  runs,
  toUrl,
} from './code-effects.ts';
import { listedThenDeleted, literalCommands } from './code-lists.ts';
import { plainCode } from './code-plain.ts';
import { argumentsAt, type CodeText, insideString, literalNames, readCodeText, textOf } from './code-text.ts';
import { scriptEffects } from './script-effects.ts';
import type { Arg, Context } from './shell/model.ts';
import { placeOf } from './shell/scope.ts';
import { locate } from './zones.ts';

/** Code beyond this length is not looked through. */
const maxCode = 32_768;
const maxCalls = 100;

/** Ways to run text as code, or to hide what is meant, that a look at the words cannot see through. */
const hides: Readonly<Record<string, RegExp>> = {
  python:
    /\b(?:getattr|globals|__builtins__|ctypes|codecs\.decode|b64decode|b85decode|unhexlify|fromhex|zlib\.decompress|marshal|chr\(\s*\d+\s*\)\s*\+)\b/,
  node: /\b(?:atob|fromCharCode|Buffer\.from\([^)]*(?:base64|hex)|globalThis\[|process\[|require\(\s*[^'"`\s)])/,
  perl: /\b(?:decode_base64|pack\s*\(?\s*["']H|unpack)/,
  ruby: /\b(?:decode64|unpack|send\()/,
  php: /\b(?:base64_decode|gzinflate|str_rot13|hex2bin)/,
};

const patterns = new Map(
  Object.entries(callTables).map(([language, table]) => {
    const alternatives = table.map(([pattern]) => `(${pattern})`).join('|');
    const opening =
      language === 'perl' || language === 'ruby' || language === 'osascript' || language === 'powershell'
        ? '\\s*[( ]\\s*'
        : '\\s*\\(';
    // In JavaScript the object before the dot can be anything: `require('fs').rmSync`.
    const before = language === 'node' ? '(?<![\\w$])' : '(?<![\\w.$@])';
    return [language, new RegExp(`${before}(?:${alternatives})(?=${opening})`, 'g')] as const;
  }),
);

/** All environment variables at once, on their way out. */
const dumpsEnvironment =
  /(?:dict|print|str|repr|dumps|stringify|log|entries|keys|values)\(\s*(?:\{\s*\.\.\.)?(?:os\.environ|process\.env)\s*[),}]|os\.environ\.(?:items|copy|values)|print\s+%ENV|Dumper\(\\%ENV|ENV\.(?:to_h|each|inspect)|getenv\(\)/;

/** Code of a script language → what it obviously does. What evaluates text or decodes itself stays opaque. */
export function readCode(language: string, text: string | null, at: Arg, ctx: Context): void {
  const unknown = text === null || text.replaceAll(unknownPart, '').trim() === '';
  const flags: Flag[] = [];
  if (unknown) flags.push('opaque', 'dynamic');
  else if (text.length > maxCode) flags.push('opaque');
  const plain = plainCode(unknown ? '' : text.slice(0, maxCode), language);
  const source = plain.code;
  const codeText = readCodeText(source, language);
  const calls = callsIn(codeText, language);
  const evaluates = calls.some(
    ({ meaning, args }) => meaning === 'evaluate' && !/^['"]?[\w.]+['"]?$/.test(args[0] ?? ''),
  );
  const decodes = plain.decoded || (hides[language]?.test(codeText.code) ?? false);
  if (evaluates && !flags.includes('opaque')) flags.push('opaque', 'dynamic');
  if (evaluates && decodes) flags.push('hidden');
  if (evaluates && calls.some(({ meaning }) => meaning === 'get' || meaning === 'fetch' || meaning === 'connect'))
    flags.push('remote-code');
  if (reverseShell(calls, codeText.code)) flags.push('remote-code', 'hidden');
  if (flags.includes('opaque')) ctx.trace.opaque.add(`${language} code that cannot be read before it runs`);
  add(
    { verb: 'execute', resource: { kind: 'process', name: language }, zone: 'this-host', flags: [...new Set(flags)] },
    { language, at, ctx, known: new Map() },
  );
  for (const effect of scriptEffects(language, text ?? '', placeOf(ctx)))
    add(effect, { language, at, ctx, known: new Map() });
  const seen: Context = plain.decoded ? { ...ctx, flags: [...new Set([...ctx.flags, 'hidden' as const])] } : ctx;
  const reading: Reading = { language, at, ctx: seen, known: literalNames(codeText.code) };
  if (!patterns.has(language)) plainCommands(codeText.code, reading);
  else if (commandLine.test(source)) ctx.engine.text(source, { ...at, text: source, verbatim: -1 }, escaped(ctx));
  for (const call of calls) if (ctx.trace.spend()) mean(call, reading);
  if (dumpsEnvironment.test(codeText.code)) {
    add({ verb: 'read', resource: { kind: 'environment', name: '' }, zone: 'this-host', flags: ['bulk'] }, reading);
  }
  clientCalls(codeText, reading);
  listedThenDeleted(codeText, calls, reading);
  if (calls.some((call) => startsUnknown(call, reading))) literalCommands(codeText, reading);
  backticks(codeText.code, reading);
  loaded(source, reading);
}

/** A library from outside the system's own folders, loaded into the interpreter: its code runs at once. */
function loaded(source: string, reading: Reading): void {
  const path =
    /\b(?:LoadLibrary|CDLL|dlopen|LoadFile|ffi\.load|package\.loadlib|System\.load|enable\s+-f|zmodload)\b[\s(]{0,4}["']?((?:\.{0,2}\/|~\/)?[\w./-]+\.(?:so|dylib|dll)[\w.]*)/.exec(
      source,
    )?.[1];
  if (path === undefined || /^\/(?:usr|lib|lib64|opt|nix|System)\/|^lib(?:c|m|dl|pthread)\b/.test(path)) return;
  const { kind, name, zone } = locate(path, placeOf(reading.ctx));
  add({ verb: 'execute', resource: { kind, name }, zone, flags: ['hidden'] }, reading);
}

/** `exec(c)`: which command is known only when it runs. */
const startsUnknown = ({ meaning, args, name }: Call, { known, language }: Reading): boolean =>
  (meaning === 'shell' || meaning === 'spawn') &&
  /^[A-Za-z_$][\w$.]*$/.test(args[0]?.trim() ?? '') &&
  textOf(args[0] ?? '', known) === null &&
  // `regex.exec(text)` of JavaScript runs nothing.
  !(language === 'node' && /\.\s*exec$/.test(name) && !/child|cp\b|proc/i.test(name));

/** No code of any of these languages, but a command line: `rm -rf x`. */
const commandLine = /^\s{0,8}(?:sudo )?[a-z][\w.-]{0,30}(?: -{1,2}[\w-]{1,40}){1,8}(?: [\w./~*-]{1,200}){1,8}\s{0,8}$/;

/** A connection whose ends become a shell's input and output. */
function reverseShell(calls: readonly Call[], code: string): boolean {
  const connects =
    calls.some(({ meaning }) => meaning === 'connect') ||
    /IO::Socket|fsockopen|TCPSocket|TCPServer|net\.(?:connect|Socket)|createServer|\.bind\(|socket\.tcp|:connect\(/.test(
      code,
    );
  if (!connects) return false;
  return (
    calls.some(({ meaning }) => meaning === 'pty') || /\/bin\/(?:ba|z|da|c)?sh|cmd\.exe|exec\(?\s*["']sh\b/.test(code)
  );
}

function callsIn(text: CodeText, language: string): readonly Call[] {
  const pattern = patterns.get(language);
  const table = callTables[language];
  if (!pattern || !table) return [];
  const calls: Call[] = [];
  for (const match of text.code.matchAll(pattern)) {
    if (calls.length >= maxCalls) break;
    // The name may begin inside a literal: `require('net').connect`.
    if (insideString(text, match.index + match[0].length - 1)) continue;
    const which = match.slice(1).findIndex((group) => group !== undefined);
    const meaning = table[which]?.[1];
    if (meaning === undefined) continue;
    let from = match.index + match[0].length;
    while (text.code[from] === ' ') from++;
    const { args, end } = argumentsAt(text.code, from);
    const before = language === 'node' ? text.code.slice(Math.max(0, match.index - 40), match.index) : '';
    calls.push({ meaning, args, after: text.code.slice(end + 1, end + 40), name: before + match[0] });
  }
  return calls;
}

function mean(call: Call, reading: Reading): void {
  const { args, meaning } = call;
  switch (meaning) {
    case 'shell':
    case 'spawn':
      runs(call, reading);
      return;
    case 'delete':
      files('delete', args[0], reading);
      return;
    case 'delete-tree':
      files(
        'delete',
        args[0],
        reading,
        args.some((arg) => /recursive|force/.test(arg)) || reading.language !== 'node' ? ['recursive', 'forced'] : [],
        'directory',
      );
      return;
    case 'read':
      files('read', args[0], reading);
      return;
    case 'write':
      files('write', args[0], reading);
      return;
    case 'open':
      opens(call, reading);
      return;
    case 'move':
      files('delete', args[0], reading);
      files('write', args[1], reading);
      return;
    case 'copy':
      files('read', args[0], reading);
      files('write', args[1], reading);
      return;
    case 'grant':
      files('configure', reading.language === 'perl' ? args[1] : args[0], reading);
      return;
    case 'get':
      toUrl('receive', args[0], reading);
      return;
    case 'post':
      toUrl('send', args[0], reading);
      toUrl('receive', args[0], reading);
      return;
    case 'request':
      if (!/get|head/i.test(args[0] ?? '')) toUrl('send', args[1], reading);
      toUrl('receive', args[1], reading);
      return;
    case 'fetch':
      if (/method\s*:\s*['"`](?:post|put|patch|delete)|body\s*:/i.test(args[1] ?? '')) toUrl('send', args[0], reading);
      toUrl('receive', args[0], reading);
      return;
    case 'connect':
      connects(call, reading);
      return;
    case 'kill':
      add({ verb: 'delete', resource: { kind: 'process', name: '' }, zone: 'this-host', flags: ['dynamic'] }, reading);
      return;
    case 'disk-method':
      pathMethod(call, reading);
      return;
    case 'pty':
      if (args[0] !== undefined) runs({ ...call, meaning: 'shell' }, reading);
      return;
    case 'evaluate':
      evaluates(args[0], reading);
      return;
    default:
      meaning satisfies never;
  }
}

/** Code inside code: what it says is read in turn, once it is known. */
function evaluates(expression: string | undefined, { language, at, ctx, known }: Reading): void {
  const text = expression === undefined || ctx.depth > 24 ? null : textOf(expression, known);
  if (text === null || !/[(;=\s]/.test(text) || isDynamic(text)) return;
  readCode(language, text, { ...at, verbatim: -1 }, { ...ctx, depth: ctx.depth + 1 });
}
