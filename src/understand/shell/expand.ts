import {
  type CommandExpansionPart,
  forEachChild,
  type ParameterExpansionPart,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash';
import { unknownPart } from '../arguments.ts';
import { computed } from './arithmetic.ts';
import { openBraces } from './braces.ts';
import type { Arg, Context, Frame, Stream } from './model.ts';
import { unknownStream } from './model.ts';
import { looksSecretName, operated, separatorsOf, variable } from './variables.ts';

/** What `<(…)` becomes: a file that stands for a pipe, and touches nothing by itself. */
const fileOfSubstitution = '/dev/fd/63';
/** At most this many words come of one. */
const maxFields = 64;

/** The words being built from one word of the source. */
interface Fields {
  readonly done: string[];
  /** The word being built, once for each alternative of a brace expansion; null = not begun. */
  current: string[] | null;
  remote: boolean;
  decoded: boolean;
  stream: Stream | undefined;
  secret: string | undefined;
}

/** One word of the source → the words it becomes: quotes off, variables and braces opened, substitutions looked into. */
export function expandWord(word: Word, ctx: Context): readonly Arg[] {
  const { start, end } = stretch(word, ctx.frame);
  const parts = word.parts;
  if (parts === undefined) {
    const verbatim = word.text === word.value && ctx.frame.offset >= 0 ? start : -1;
    return [{ text: word.value, start, end, verbatim }];
  }
  const fields: Fields = {
    done: [],
    current: null,
    remote: false,
    decoded: false,
    stream: undefined,
    secret: undefined,
  };
  for (const part of parts) addPart(part, false, fields, ctx);
  if (fields.current !== null) fields.done.push(...fields.current);
  ctx.trace.spend(fields.done.length);
  const verbatim = verbatimAt(word, ctx.frame, start, fields.done);
  return fields.done.slice(0, maxFields).map((text) => ({
    text: text === unknownPart ? null : text,
    start,
    end,
    verbatim,
    ...(fields.remote && { remote: true }),
    ...(fields.decoded && { decoded: true }),
    ...(fields.stream && { stream: fields.stream }),
    ...(fields.secret && { secret: fields.secret }),
  }));
}

/** Position of a node in the input field. */
export function stretch(
  node: { readonly pos: number; readonly end: number },
  frame: Frame,
): { start: number; end: number } {
  if (frame.offset < 0) return { start: frame.start, end: frame.end };
  return { start: frame.offset + node.pos, end: frame.offset + node.end };
}

function verbatimAt(word: Word, frame: Frame, start: number, done: readonly string[]): number {
  if (frame.offset < 0 || done.length !== 1) return -1;
  if (word.text === done[0]) return start;
  const quote = word.text[0];
  if ((quote === "'" || quote === '"') && word.text.slice(1, -1) === done[0]) return start + 1;
  return -1;
}

function append(fields: Fields, text: string): void {
  fields.current = fields.current === null ? [text] : fields.current.map((before) => before + text);
}

/** Unquoted text from an expansion is cut at blanks, as the shell does. */
function appendSplit(fields: Fields, text: string, separators = /\s+/): void {
  if (!separators.test(text)) {
    if (text !== '') append(fields, text);
    return;
  }
  const pieces = text.split(separators);
  pieces.forEach((piece, i) => {
    if (i > 0 && fields.current !== null) {
      fields.done.push(...fields.current);
      fields.current = null;
    }
    if (piece !== '') append(fields, piece);
  });
}

function addPart(part: WordPart, quoted: boolean, fields: Fields, ctx: Context): void {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
    case 'Glob':
      append(fields, part.value);
      return;
    case 'DoubleQuoted':
    case 'LocaleString':
      append(fields, '');
      for (const inner of part.parts) addPart(inner, true, fields, ctx);
      return;
    case 'SimpleExpansion':
      addVariable(part.text.slice(1), quoted, fields, ctx);
      return;
    case 'ParameterExpansion':
      addParameter(part, quoted, fields, ctx);
      return;
    case 'CommandExpansion':
      addSubstitution(part, quoted, fields, ctx);
      return;
    case 'ProcessSubstitution':
      fields.stream = part.script
        ? substituted(part, part.script, ctx, part.operator === '>' ? unknownStream : undefined)
        : unknownStream;
      if (fields.stream.remote) fields.remote = true;
      append(fields, fileOfSubstitution);
      return;
    case 'ArithmeticExpansion':
      visitInner(part, ctx);
      append(fields, computed(part.text, ctx) ?? unknownPart);
      return;
    case 'ExtendedGlob':
      append(fields, part.operator === '!' ? '*' : (part.pattern.split('|')[0] ?? '*'));
      return;
    case 'BraceExpansion': {
      if (part.parts) for (const inner of part.parts) if (inner.type === 'CommandExpansion') visitInner(inner, ctx);
      // Endless braces cost more than they tell.
      if (!ctx.trace.spend(fields.current?.length ?? 1)) return;
      const options = openBraces(part.text);
      fields.current = (fields.current ?? [''])
        .flatMap((before) => options.map((option) => before + option))
        .slice(0, maxFields);
      return;
    }
    default:
      part satisfies never;
  }
}

function addVariable(name: string, quoted: boolean, fields: Fields, ctx: Context): void {
  const value = variable(name, ctx);
  if ((name === '@' || name === '*') && ctx.scope.positional.length > 0) {
    const texts = ctx.scope.positional.map((arg) => arg.text ?? unknownPart);
    texts.forEach((text, i) => {
      if (i > 0 && fields.current !== null) {
        fields.done.push(...fields.current);
        fields.current = null;
      }
      append(fields, text);
    });
    return;
  }
  addValue(name, value.text, quoted, fields, ctx);
  if (value.remote) fields.remote = true;
  if (value.decoded) fields.decoded = true;
  if (value.flow !== undefined) ctx.trace.join(value.flow, ctx.flow);
}

function addValue(name: string, text: string | null, quoted: boolean, fields: Fields, ctx: Context): void {
  if (text === null) {
    if (looksSecretName(name)) fields.secret = name;
    append(fields, unknownPart);
  } else if (quoted) append(fields, text);
  else appendSplit(fields, text, separatorsOf(ctx));
}

function addParameter(part: ParameterExpansionPart, quoted: boolean, fields: Fields, ctx: Context): void {
  const operation = part.operation;
  if (operation === undefined && part.prefix === undefined && part.index === undefined) {
    addVariable(part.parameter, quoted, fields, ctx);
    return;
  }
  const operand = (word: Word | undefined): string | null => {
    if (word === undefined) return '';
    const args = expandWord(word, ctx);
    for (const arg of args) {
      if (arg.remote) fields.remote = true;
      if (arg.decoded) fields.decoded = true;
    }
    return args.length === 0 ? '' : args.map((arg) => arg.text ?? unknownPart).join(' ');
  };
  const value = variable(part.parameter, ctx);
  if (value.items && part.index && operation === undefined && part.prefix === undefined) {
    addItems(value.items, part.index, quoted, fields, ctx);
    return;
  }
  if (value.flow !== undefined) ctx.trace.join(value.flow, ctx.flow);
  if (value.remote) fields.remote = true;
  addValue(part.parameter, operated(part, value.text, operand, ctx), quoted, fields, ctx);
}

/** `${x[@]}`, `${x[1]}`: the items of an array that the call itself filled. */
function addItems(items: readonly (string | null)[], index: Word, quoted: boolean, fields: Fields, ctx: Context): void {
  const at = index.value;
  if (at !== '@' && at !== '*') {
    const item = /^-?\d+$/.test(at) ? items.at(Number(at)) : undefined;
    addValue('', item ?? null, quoted, fields, ctx);
    return;
  }
  items.forEach((item, i) => {
    if (i > 0 && fields.current !== null) {
      fields.done.push(...fields.current);
      fields.current = null;
    }
    append(fields, item ?? unknownPart);
  });
}

function addSubstitution(part: CommandExpansionPart, quoted: boolean, fields: Fields, ctx: Context): void {
  const stream = part.script ? substituted(part, part.script, ctx) : unknownStream;
  if (stream.remote) fields.remote = true;
  if (stream.decoded) fields.decoded = true;
  const text = stream.text?.replace(/\n+$/, '');
  if (text === undefined) append(fields, unknownPart);
  else if (quoted) append(fields, text);
  else appendSplit(fields, text);
}

function substituted(
  part: WordPart,
  script: NonNullable<CommandExpansionPart['script']>,
  ctx: Context,
  stdin?: Stream,
): Stream {
  const at = stretch(part, ctx.frame);
  const frame = script.source === undefined ? ctx.frame : { offset: -1, ...at };
  const scope = { ...ctx.scope, vars: new Map(ctx.scope.vars), functions: new Map(ctx.scope.functions) };
  return ctx.engine.script(script, { ...ctx, scope, frame, depth: ctx.depth + 1 }, stdin);
}

/** Substitutions deep inside arithmetic and tests run too. */
export function visitInner(node: SyntaxNode, ctx: Context): void {
  if (node.type === 'Word') {
    expandWord(node, ctx);
    return;
  }
  if (node.type === 'CommandExpansion' || node.type === 'ArithmeticCommandExpansion') {
    if (node.script && ctx.trace.spend()) substituted(node as CommandExpansionPart, node.script, ctx);
    return;
  }
  forEachChild(node, (child) => visitInner(child, ctx));
}
