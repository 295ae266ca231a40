import { parse } from 'unbash';
import type { Place } from '../../core/event.ts';
import type { CommandFamily } from '../../core/ports.ts';
import { codeFromInput, ordersFromInput } from './escape-tables.ts';
import { expandWord } from './expand.ts';
import { isLanguage } from './interpreters.ts';
import type { Context, Engine, Trace } from './model.ts';
import { unknownStream } from './model.ts';
import { runCommand } from './run.ts';
import { createTrace } from './trace.ts';
import { walkBody, walkScript } from './walk.ts';

/** A longer command is not read: UTF-16 code units. */
const maxCommand = 65_536;
/** More open substitutions than this, one inside the other, are not read. */
const maxNesting = 32;

/** Shell text → what it would do. `field` is the input field the text stands in. Never throws on any text. */
export function createShell(
  families: readonly CommandFamily[],
): (command: string, field: string, place: Place) => Trace {
  const byProgram = new Map(families.flatMap((family) => family.programs.map((program) => [program, family] as const)));
  const engine: Engine = {
    families: byProgram,
    script: walkScript,
    body: walkBody,
    word: expandWord,
    command: runCommand,
    text(text, at, ctx, stdin) {
      const why = tooMuch(text);
      if (why !== null || !ctx.trace.spend(2 + (ctx.depth > 0 ? text.length >> 6 : 0))) {
        ctx.trace.fail(why ?? 'too long to be read whole');
        return unknownStream;
      }
      const frame = { offset: at.verbatim, start: at.start, end: at.end };
      return walkScript(parse(text), { ...ctx, frame, depth: ctx.depth + 1 }, stdin);
    },
  };
  return (command, field, place) => {
    const trace = createTrace(field, place, command.length);
    const whole = { text: command, start: 0, end: command.length, verbatim: 0 };
    const ctx: Context = {
      trace,
      engine,
      scope: { vars: new Map(), functions: new Map(), positional: [], cwd: place.cwd },
      frame: { offset: 0, start: 0, end: command.length },
      flow: -1,
      flags: [],
      depth: 0,
    };
    try {
      engine.text(command, whole, ctx);
      typed(command, ctx);
    } catch (error) {
      // A bug of ours or a stack overflow on crafted input: the call is not understood, which is scored as such.
      trace.fail(
        error instanceof RangeError
          ? 'nested too deep'
          : `not understood: ${error instanceof Error ? error.name : 'error'}`,
      );
    }
    return trace;
  };
}

/** A console opened on the first line, and what is typed into it below: `ftp host` and then `!sh`. */
const session = /^\s*((?:sudo[ \t]+)?[\w.+-]+)((?:[ \t]+[\w@./:=+-]+){0,8})[ \t]*\n/;

/** The lines below a console are read as its input too: the shell gets them only when the console is left. */
function typed(command: string, ctx: Context): void {
  const match = session.exec(command.slice(0, 512));
  if (!match || command.length > maxCommand) return;
  const [opening, name = '', rest = ''] = match;
  const program = name.replace(/^sudo[ \t]+/, '');
  if (!ordersFromInput.has(program) && !Object.hasOwn(codeFromInput, program) && !isLanguage(program)) return;
  const at = { start: 0, end: command.length, verbatim: -1 };
  const words = [...name.split(/[ \t]+/), ...rest.trim().split(/[ \t]+/)].filter((word) => word !== '');
  const stdin = { text: command.slice(opening.length), remote: false, decoded: false };
  ctx.engine.command(
    words.map((text) => ({ ...at, text })),
    ctx,
    stdin,
  );
}

/** Why a text is not read at all; null when it is. Counted before parsing, since substitutions are parsed again at each level. */
function tooMuch(text: string): string | null {
  if (text.length > maxCommand) return 'longer than 64 KiB';
  if (!/[({`]/.test(text)) return null;
  let depth = 0;
  let braces = 0;
  let backticks = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 40) {
      if (++depth > maxNesting * 4) return 'nested too deep';
    } else if (char === 41) depth = Math.max(0, depth - 1);
    else if (char === 123) {
      // Open braces inside one word cost the parser more than their number.
      if (++braces > maxNesting * 3) return 'nested too deep';
    } else if (char === 125) braces = Math.max(0, braces - 1);
    else if (char === 96) backticks++;
  }
  if (backticks > 512) return 'too many backticks';
  return substitutionDepth(text) > maxNesting ? 'nested too deep' : null;
}

/** Deepest `$(` inside `$(`, counted on the safe side: quotes are not looked at. */
function substitutionDepth(text: string): number {
  const open: boolean[] = [];
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 40) {
      const before = text.charCodeAt(i - 1);
      const substitution = before === 36 || before === 60 || before === 62;
      open.push(substitution);
      if (substitution) deepest = Math.max(deepest, ++depth);
    } else if (char === 41 && open.pop()) depth--;
  }
  return deepest;
}
