import type { CommandWords, NestedRun } from '../../core/ports.ts';
import { unknownPart } from '../arguments.ts';
import {
  codeFromInput,
  codeOptions,
  commandOptions,
  commandSettings,
  orderOptions,
  ordersFromInput,
  passers,
} from './escape-tables.ts';
import { commandsIn, ordersIn } from './orders.ts';

/** A shell by its path. */
const shellPath = /^(?:(?:\.\.\/)+(?:[\w.]+\/)*|(?:\/usr)?(?:\/local)?\/)bin\/(?:ba|da|z|k|a|c|tc|fi|r?ba)?sh$/;
/** A dynamic loader, which runs the program named after it. */
export const loader = /^(?:ld-linux[\w.-]*|ld-musl[\w.-]*|ld\.so[\w.]*|ld-\d[\w.]*\.so)$/;
/** Option names that carry a command in programs nobody knows; the value must look like one. */
const tellingOption =
  /^--?(?:[\w-]+-)?(?:exec|execute|command|cmd|pager|editor|shell|rsh|hook|browser|askpass|prog|program|wrapper|handler|helper|bin)$|^--on-[\w-]+$/;

/** What a program that is no shell starts by its options, its operands or its input, whether a family knows it or not. */
export function escapes(
  words: CommandWords,
  { told, nested }: { readonly told: boolean; readonly nested: boolean },
  isProgram: (name: string) => boolean,
): readonly NestedRun[] {
  const { args } = words;
  const runs: NestedRun[] = [...byOption(words, told, nested), ...byPassing(words), ...byInput(words)];
  if (!told || (starts.has(words.program) && !nested)) runs.push(...byShape(args, runs.length > 0, isProgram));
  return runs;
}

/** Programs of a family some of whose sub-commands start whatever is named. */
const starts: ReadonlySet<string> = new Set(
  'npm npx pnpm yarn bun bunx codex service poetry pipenv uv conda tmux screen nix'.split(' '),
);

function byOption({ program, args }: CommandWords, known: boolean, nested: boolean): readonly NestedRun[] {
  const commands = commandOptions[program];
  const orders = orderOptions[program];
  const code = codeOptions[program];
  const everywhere = commandOptions['*'];
  const runs: NestedRun[] = [];
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text === null) continue;
    const { name, value, arg } = optionAt(args, i, text);
    const setting = commandSettings.exec(value ?? '') ?? commandSettings.exec(text.replace(/^-[oc]/, ''));
    if (
      setting?.[1] !== undefined &&
      (name === '-o' || name === '-c' || name === '--config' || /^-[oc]./.test(text)) &&
      !nested
    )
      runs.push({ kind: 'shell', text: setting[1], arg });
    else if (commands?.has(name)) runs.push(asCommand(value, arg));
    else if (orders?.has(name) && value !== null) runs.push(...ordersIn(value, arg));
    else if (code?.[1].has(name)) runs.push({ kind: 'code', language: code[0], text: value, arg });
    else if (everywhere?.has(name) && !known && value !== null && looksLikeCommand(value))
      runs.push(asCommand(value, arg));
    else if (orders && text.startsWith('+')) runs.push(...ordersIn(text.slice(1), i));
    else if (program === 'man' && text.startsWith('-H')) runs.push(asCommand(text.slice(2), i));
    else if (!known && tellingOption.test(name) && value !== null && looksLikeCommand(value))
      runs.push(asCommand(value.replace(/^!/, ''), arg));
  }
  return runs;
}

/** `--name=value`, `--name value`: value null when it is missing or unknown. */
function optionAt(
  args: readonly (string | null)[],
  i: number,
  text: string,
): { readonly name: string; readonly value: string | null; readonly arg: number } {
  const equals = text.startsWith('-') ? text.indexOf('=') : -1;
  if (equals > 0) return { name: text.slice(0, equals), value: text.slice(equals + 1), arg: i };
  return { name: text, value: args[i + 1] ?? null, arg: i + 1 };
}

function asCommand(value: string | null, arg: number): NestedRun {
  return { kind: 'shell', text: value, arg };
}

/** A path, or words of which the first could be a program. */
function looksLikeCommand(value: string): boolean {
  return /^!?\s*(?:[\w.-]*\/[\w./-]+|(?:[\w.-]+\s+\S.*))$/s.test(value) && !/^https?:/.test(value);
}

/** `setarch x86_64 cmd`, `/lib64/ld-linux.so.2 /bin/cmd`, `gcc -wrapper sh,-s`. */
function byPassing({ program, args }: CommandWords): readonly NestedRun[] {
  const how = passers[program] ?? (loader.test(program) ? { operands: 0, values: new Set<string>() } : undefined);
  if (program === 'start-stop-daemon') return startStop(args);
  if (program === 'capsh') return capsh(args);
  if (program === 'script' && !args.some((arg) => /^-[a-z]*c$|^--command/.test(arg ?? '')))
    return [{ kind: 'shell', text: 'sh', arg: 0 }];
  if (
    /^g?sed$/.test(program) &&
    args.some((arg, i) => arg === 'e' && (i === 0 || /^-[nErsz]*e?$/.test(args[i - 1] ?? '')))
  )
    return [{ kind: 'shell', text: null, arg: args.indexOf('e') }];
  if (program === 'ip') return netns(args);
  const wrapper = args.indexOf('-wrapper');
  if (wrapper >= 0) return [{ kind: 'shell', text: args[wrapper + 1]?.replaceAll(',', ' ') ?? null, arg: wrapper + 1 }];
  if (how === undefined) return [];
  let operands = how.operands;
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text === '--') return i + 1 < args.length ? [{ kind: 'words', from: i + 1 }] : [];
    if (text?.startsWith('-') && text.length > 1) {
      if (how.values.has(text)) i++;
    } else if (operands > 0) operands--;
    else return [{ kind: 'words', from: i }];
  }
  return [];
}

function startStop(args: readonly (string | null)[]): readonly NestedRun[] {
  const at = args.findIndex((arg) => /^(?:-x|--exec|-a|--startas)$/.test(arg ?? ''));
  if (at < 0 || !args.some((arg) => arg === '-S' || arg === '--start')) return [];
  const dashes = args.indexOf('--');
  const rest = dashes < 0 ? [] : args.slice(dashes + 1);
  return [{ kind: 'words', from: at + 1, to: at + 2, append: rest }];
}

function capsh(args: readonly (string | null)[]): readonly NestedRun[] {
  const at = args.findIndex((arg) => arg === '--' || arg === '==');
  if (at < 0) return [];
  const code = args.indexOf('-c', at);
  return [{ kind: 'shell', text: code < 0 ? 'sh' : (args[code + 1] ?? null), arg: code < 0 ? at : code + 1 }];
}

function netns(args: readonly (string | null)[]): readonly NestedRun[] {
  const at = args.indexOf('exec');
  return at > 0 && args.length > at + 2 ? [{ kind: 'words', from: at + 2 }] : [];
}

/** A console or a script language whose orders come down the pipe or out of a heredoc. */
function byInput({ program, args, stdin }: CommandWords): readonly NestedRun[] {
  const runs: NestedRun[] = [];
  if (ordersFromInput.has(program)) {
    if (stdin != null) runs.push(...ordersIn(stdin));
    args.forEach((text, i) => {
      if (text !== null && /^(?:\.(?:shell|system)\b|\\!|!)/.test(text)) runs.push(...ordersIn(text, i));
    });
  }
  const language = codeFromInput[program];
  if (language !== undefined && stdin != null && stdin !== '')
    runs.push({ kind: 'code', language, text: stdin.replaceAll(unknownPart, '') });
  if (codeOptions[program]?.[0] === 'tex')
    args.forEach((text, arg) => {
      if (text?.includes('\\')) runs.push({ kind: 'code', language: 'tex', text, arg });
    });
  return runs;
}

/** A program nobody knows: a command behind `--`, a shell by its path, a call such as `system("…")` inside an argument. */
function byShape(
  args: readonly (string | null)[],
  found: boolean,
  isProgram: (name: string) => boolean,
): readonly NestedRun[] {
  const runs: NestedRun[] = [];
  const shell = args.findIndex((arg) => arg !== null && shellPath.test(arg));
  if (shell >= 0 && !/^--?(?:shell|s)$/.test(args[shell - 1] ?? '')) {
    if (!found) runs.push({ kind: 'words', from: shell });
    return runs;
  }
  const dashes = args.indexOf('--');
  if (dashes >= 0 && args.length > dashes + 2 && isProgram(args[dashes + 1] ?? ''))
    runs.push({ kind: 'words', from: dashes + 1 });
  args.forEach((text, arg) => {
    if (text === null || text.length < 6) return;
    for (const command of commandsIn(text)) runs.push({ kind: 'shell', text: command, arg });
  });
  return runs;
}
