/**
 * Stands inside a word for a stretch that is known only when the command runs (`$X/bin` → `<unknownPart>/bin`). A
 * private-use character, so that it never equals anything a person would type.
 */
export const unknownPart = '\uE000';

/** True when some of the word, or all of it, is known only when the command runs. */
export function isDynamic(text: string | null): boolean {
  return text === null || text.includes(unknownPart);
}

/** One argument with its index among the command's arguments. */
export interface Operand {
  readonly text: string | null;
  readonly arg: number;
}

/** A command's arguments sorted into options, their values and the rest. */
export interface Options {
  readonly flags: ReadonlyMap<string, number>;
  readonly values: ReadonlyMap<string, readonly Operand[]>;
  readonly operands: readonly Operand[];
  /** True when one of these options was given, with a value or without. */
  has(...names: readonly string[]): boolean;
  /** First value of the first of these options that was given. */
  value(...names: readonly string[]): Operand | undefined;
  all(...names: readonly string[]): readonly Operand[];
}

const noValues: ReadonlySet<string> = new Set();

/** Blank-separated names → a set, for the options that take a value. */
export function names(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/**
 * GNU-style reading: `-abc` is `-a -b -c`, `-ofile` and `--out=file` carry values, `--` ends the options. A word with
 * one dash that is itself in `takesValue` (`-name`) is read whole.
 */
export function readOptions(
  args: readonly (string | null)[],
  takesValue: ReadonlySet<string> = noValues,
  { from = 0, stopAtOperand = false, singleDash = false } = {},
): Options {
  const flags = new Map<string, number>();
  const values = new Map<string, Operand[]>();
  const operands: Operand[] = [];
  const put = (name: string, operand: Operand) => {
    const known = values.get(name);
    if (known) known.push(operand);
    else values.set(name, [operand]);
  };
  let i = from;
  for (; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text === '--') {
      i++;
      break;
    }
    if (text === null || text.length < 2 || text[0] !== '-') {
      operands.push({ text, arg: i });
      if (stopAtOperand) {
        i++;
        break;
      }
    } else if (text[1] === '-' || singleDash || takesValue.has(text)) {
      const equals = text.indexOf('=');
      if (equals > 0) put(text.slice(0, equals), { text: text.slice(equals + 1), arg: i });
      else if (takesValue.has(text)) {
        i++;
        put(text, { text: args[i] ?? null, arg: Math.min(i, args.length - 1) });
      } else flags.set(text, i);
    } else i = readCluster(text, i, args, takesValue, flags, put);
  }
  for (; i < args.length; i++) operands.push({ text: args[i] ?? null, arg: i });
  return {
    flags,
    values,
    operands,
    has: (...wanted) => wanted.some((name) => flags.has(name) || values.has(name)),
    value: (...wanted) => wanted.map((name) => values.get(name)?.[0]).find((found) => found !== undefined),
    all: (...wanted) => wanted.flatMap((name) => values.get(name) ?? []),
  };
}

function readCluster(
  text: string,
  i: number,
  args: readonly (string | null)[],
  takesValue: ReadonlySet<string>,
  flags: Map<string, number>,
  put: (name: string, operand: Operand) => void,
): number {
  for (let k = 1; k < text.length; k++) {
    const name = `-${text[k]}`;
    if (!takesValue.has(name)) {
      flags.set(name, i);
      continue;
    }
    const rest = text.slice(k + 1);
    if (rest !== '') put(name, { text: rest.startsWith('=') ? rest.slice(1) : rest, arg: i });
    else {
      put(name, { text: args[i + 1] ?? null, arg: Math.min(i + 1, args.length - 1) });
      return i + 1;
    }
    return i;
  }
  return i;
}

/** Arguments after a sub-command: index of the first operand, skipping global options; -1 when there is none. */
export function subcommandAt(args: readonly (string | null)[], takesValue: ReadonlySet<string> = noValues): number {
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text === null || !text.startsWith('-') || text === '-') return i;
    if (takesValue.has(text)) i++;
  }
  return -1;
}
