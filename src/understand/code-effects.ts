import type { Flag } from '../core/effect.ts';
import type { CommandEffect } from '../core/ports.ts';
import { isDynamic, unknownPart } from './arguments.ts';
import type { CallMeaning } from './code-calls.ts';
import { listOf, textOf } from './code-text.ts';
import { touch } from './file-effects.ts';
import { hostName, hostZone, readUrl } from './hosts.ts';
import type { Arg, Context } from './shell/model.ts';
import { commandsIn } from './shell/orders.ts';
import { placeOf } from './shell/scope.ts';

/** One telling call, with its arguments as written. */
export interface Call {
  readonly meaning: CallMeaning;
  readonly args: readonly string[];
  /** What follows the call: `.unlink()`. */
  readonly after: string;
  readonly name: string;
}

/** What is known while code is read: its language, where it stands, names set to a literal. */
export interface Reading {
  readonly language: string;
  readonly at: Arg;
  readonly ctx: Context;
  readonly known: ReadonlyMap<string, string>;
}

/** An effect of the code being read. */
export function add(effect: CommandEffect, { language, at, ctx }: Reading): void {
  ctx.trace.add(effect, language, at, ctx);
}

/** A file named by an expression. */
export function files(
  verb: CommandEffect['verb'],
  expression: string | undefined,
  reading: Reading,
  flags: readonly Flag[] = [],
  kind: 'file' | 'directory' = 'file',
): void {
  const bare = reading.language === 'powershell' && /^[\w~./\\:-]+$/.test(expression ?? '') ? expression : undefined;
  const path = bare ?? (expression === undefined ? null : textOf(expression, reading.known));
  if (verb === 'read' && path === null) return;
  for (const effect of touch(verb, { text: path, arg: 0 }, placeOf(reading.ctx), { flags, kind })) add(effect, reading);
}

/** A URL named by an expression. */
export function toUrl(verb: 'send' | 'receive', expression: string | undefined, reading: Reading): void {
  const url = expression === undefined ? null : textOf(expression, reading.known);
  const at = url === null ? { host: '', zone: 'other-host' as const } : readUrl(url);
  add(
    {
      verb,
      resource: { kind: 'host', name: at.host },
      zone: at.zone,
      flags: isDynamic(url) && at.host === '' ? ['dynamic'] : [],
    },
    reading,
  );
}

/** A language nobody here reads in full: the commands it plainly starts. */
export function plainCommands(code: string, { at, ctx, language }: Reading): void {
  // The lines of a recipe are commands; `@`, `-` and `+` before them only say how make treats them.
  if (language === 'make')
    for (const line of code.split('\n').slice(0, 64)) {
      const text = /^\t[@+-]*\s*(.+)$/.exec(line)?.[1];
      if (text !== undefined) ctx.engine.text(text, { text, start: at.start, end: at.end, verbatim: -1 }, escaped(ctx));
    }
  const socket = /\bsocket\s+([\w.-]+)\s+\d+/.exec(code)?.[1];
  if (socket !== undefined) {
    const host = { kind: 'host' as const, name: socket };
    const orders: Flag[] = /\b(?:exec|eval|open)\b/.test(code) ? ['opaque', 'dynamic', 'remote-code', 'hidden'] : [];
    for (const verb of ['send', 'receive'] as const)
      ctx.trace.add({ verb, resource: host, zone: hostZone(socket), flags: [] }, 'socket', at, ctx);
    if (orders.length > 0) {
      const resource = { kind: 'process' as const, name: 'sh' };
      ctx.trace.add({ verb: 'execute', resource, zone: 'this-host', flags: orders }, 'socket', at, ctx);
    }
  }
  for (const text of commandsIn(code))
    ctx.engine.text(text, { text, start: at.start, end: at.end, verbatim: -1 }, escaped(ctx));
}

/** A shell that code starts was gotten through a program that is none. */
export function escaped(ctx: Context): Context {
  return { ...ctx, depth: ctx.depth + 1, escaped: true };
}

/** `.unlink()`, `.write_text()`, `.read_text()` after `Path('x')`. */
export function pathMethod({ args, after }: Call, reading: Reading): void {
  const expression = args.length > 1 ? `join(${args.join(',')})` : args[0];
  if (/^\.(?:unlink|rmdir)\b/.test(after)) files('delete', expression, reading);
  else if (/^\.(?:write_text|write_bytes|touch|mkdir|open\(\s*['"][wa])/.test(after))
    files('write', expression, reading);
  else if (/^\.(?:read_text|read_bytes|open|iterdir|glob|rglob)\b/.test(after)) files('read', expression, reading);
}

/** A file opened for reading or writing, by its mode. */
export function opens({ args, name }: Call, reading: Reading): void {
  // Perl: open(FH, '>', 'file') or open(FH, '>file').
  if (reading.language === 'perl') {
    const mode = textOf(args[1] ?? '', reading.known) ?? '';
    const path = args[2] ?? `'${mode.replace(/^[<>+ ]+/, '')}'`;
    const command = args[2] ?? `'${mode.replace(/[|<>]/g, '')}'`;
    if (mode.includes('|')) runs({ meaning: 'shell', args: [command], after: '', name }, reading);
    else files(mode.includes('>') ? 'write' : 'read', path, reading);
    return;
  }
  const mode =
    args
      .slice(1)
      .map((arg) => (/^(?:mode\s*=\s*)?['"]/.test(arg) ? (textOf(arg, reading.known) ?? '') : ''))
      .find((text) => /^[rwaxbt+]{1,4}$/.test(text)) ?? 'r';
  const path = textOf(args[0] ?? '', reading.known);
  if (path !== null && /^https?:/.test(path)) toUrl('receive', args[0], reading);
  else files(/[wax+]/.test(mode) ? 'write' : 'read', args[0], reading);
}

/** A socket to a host. */
export function connects({ args, name }: Call, reading: Reading): void {
  // Databases and event emitters connect too; a socket takes a host and a port.
  const inner = listOf(args[0] ?? '', reading.known);
  const host = inner
    ? inner[0]
    : /^\{/.test(args[0] ?? '')
      ? textOf(/host\s*:\s*([^,}]+)/.exec(args[0] ?? '')?.[1] ?? '', reading.known)
      : /^\d+$/.test(args[0] ?? '')
        ? textOf(args[1] ?? "'localhost'", reading.known)
        : textOf(args[0] ?? '', reading.known);
  const socket = inner !== null || /socket|HTTPS?Connection|FTP|SMTP|Telnet|net\.|tls\.|Socket|paramiko/i.test(name);
  if (!socket || (inner !== null && inner.length < 2)) return;
  const plain = host == null ? '' : hostName(host.replace(/^[a-z]+:\/\//, '').split('/')[0] ?? '');
  const flags: Flag[] = host == null ? ['dynamic'] : [];
  const zone = host == null ? 'other-host' : hostZone(plain);
  add({ verb: 'send', resource: { kind: 'host', name: plain }, zone, flags }, reading);
  add({ verb: 'receive', resource: { kind: 'host', name: plain }, zone, flags }, reading);
}

/** A command the code starts, as text or as words. */
export function runs({ args: given, meaning, name }: Call, reading: Reading): void {
  // `os.spawnl(mode, path, …)`: the way of waiting comes first.
  const args = /^os\.spawn/.test(name) ? given.slice(1) : given;
  const { ctx, at, known, language } = reading;
  const inner = escaped(ctx);
  const [first = '', second] = args;
  if (language === 'python' && /^(?:run|call|Popen)$/.test(name) && !/^[[(\w'"f]/.test(first)) return;
  const word = (text: string | null): Arg => ({ text, start: at.start, end: at.end, verbatim: -1 });
  const list = listOf(first, known);
  if (list !== null) {
    ctx.engine.command(list.map(word), inner, undefined);
    return;
  }
  const program = textOf(first, known);
  // `regex.exec(text)` of JavaScript runs nothing.
  if (language === 'node' && /\.\s*exec$/.test(name) && !/child|cp\b|proc/i.test(name)) return;
  if (program === null && language === 'python' && !name.includes('.')) return;
  // Node: a list of words may be missing, and options follow; Deno has the words among them.
  const options = (text: string) => listOf(/\bargs\s*:\s*(\[[^\]]*\])/.exec(text)?.[1] ?? '', known) ?? [];
  const rest =
    second === undefined
      ? null
      : language === 'node' && second.startsWith('{')
        ? options(second)
        : listOf(second, known);
  if (meaning === 'spawn' && (rest !== null || args.length > 1)) {
    const words = rest ?? args.slice(1).map((arg) => textOf(arg, known));
    ctx.engine.command(
      [word(program), ...(language === 'python' ? words.slice(1) : words).map(word)],
      inner,
      undefined,
    );
    return;
  }
  if (program === null || program.replaceAll(unknownPart, '').trim() === '') {
    ctx.trace.opaque.add('command known only when it runs');
    add(
      { verb: 'execute', resource: { kind: 'process', name: 'sh' }, zone: 'this-host', flags: ['opaque', 'dynamic'] },
      reading,
    );
    return;
  }
  if ((language === 'perl' || language === 'ruby') && args.length > 1) {
    ctx.engine.command([program, ...args.slice(1).map((arg) => textOf(arg, known))].map(word), inner, undefined);
    return;
  }
  ctx.engine.text(program, word(program), inner);
}

/** What stands between backticks is run: of Perl, Ruby and PHP, and of the shells written for JavaScript, marked `$`. */
const run: Readonly<Record<string, RegExp>> = {
  perl: /`([^`]+)`/g,
  ruby: /`([^`]+)`|%x[([{<]([^)\]}>]+)[)\]}>]/g,
  php: /`([^`]+)`/g,
  node: /(?<![\w$])\$`([^`]+)`/g,
};

export function backticks(code: string, reading: Reading): void {
  const pattern = run[reading.language];
  if (pattern === undefined) return;
  for (const match of code.matchAll(pattern)) {
    const text = (match[1] ?? match[2] ?? '').replace(/[#$]\{[^}]*\}|\$\w+/g, unknownPart);
    reading.ctx.engine.text(
      text,
      { text, start: reading.at.start, end: reading.at.end, verbatim: -1 },
      { ...reading.ctx, depth: reading.ctx.depth + 1 },
    );
  }
}
