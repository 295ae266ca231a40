import type {
  Assignment,
  Command,
  CommandNode,
  CompoundList,
  ParsedScript,
  PipelineNode,
  Statement,
  Word,
} from 'unbash';
import { unknownPart } from '../arguments.ts';
import { obeyVariable } from './environment.ts';
import { expandWord, stretch, visitInner } from './expand.ts';
import type { Arg, Context, Scope, ShellFunction, Stream, Value } from './model.ts';
import { silent, unknownStream } from './model.ts';
import { landed, redirected } from './redirects.ts';
import { cloned } from './scope.ts';

const maxDepth = 32;
/** A variable's value longer than this is not followed. */
const maxValue = 8_192;
/** A loop over known words is walked once for each of the first few. */
const maxRounds = 8;

/** Walk a parsed script: effects go into the trace, what it prints comes back. */
export function walkScript(script: ParsedScript, ctx: Context, stdin?: Stream): Stream {
  if (ctx.depth > maxDepth) {
    ctx.trace.fail('nested too deep');
    return unknownStream;
  }
  const [error] = script.errors ?? [];
  if (error) ctx.trace.fail(`syntax error at ${Math.max(0, ctx.frame.offset) + error.pos}`);
  return walkStatements(script.commands, ctx, stdin);
}

function walkStatements(statements: readonly Statement[], ctx: Context, stdin?: Stream): Stream {
  let out: Stream = silent;
  for (const statement of statements) {
    if (!ctx.trace.spend()) return unknownStream;
    const inner: Context = statement.background ? { ...ctx, flags: [...ctx.flags, 'background'] } : ctx;
    out = concat(out, walkList(statement.command, inner, stdin));
  }
  return out;
}

function walkList(node: Statement['command'], ctx: Context, stdin: Stream | undefined): Stream {
  if (node.type !== 'AndOr') return walkPipeline(node, ctx, stdin);
  let out: Stream = silent;
  node.commands.forEach((command, i) => {
    const next = walkPipeline(command, ctx, stdin);
    // What follows `||` runs instead of what precedes it: either may be the output.
    out = node.operators[i - 1] === '||' ? either(out, next) : concat(out, next);
  });
  return out;
}

function concat(a: Stream, b: Stream): Stream {
  if (a === silent) return b;
  if (b === silent) return a;
  const text = a.text === null || b.text === null || a.text.length > 65_536 ? null : a.text + b.text;
  return { text, remote: a.remote || b.remote, decoded: a.decoded || b.decoded };
}

function either(a: Stream, b: Stream): Stream {
  if (a.text === '' || a.text === null)
    return { text: b.text, remote: a.remote || b.remote, decoded: a.decoded || b.decoded };
  return { text: a.text, remote: a.remote || b.remote, decoded: a.decoded };
}

function walkPipeline(node: PipelineNode, ctx: Context, stdin: Stream | undefined): Stream {
  if (node.type !== 'Pipeline') return walkNode(node, flowing(ctx), stdin);
  const inner = flowing(ctx);
  const alone = node.commands.length === 1;
  let stream = stdin;
  for (const command of node.commands) {
    const scope = alone ? ctx.scope : cloned(ctx.scope);
    stream = walkNode(command, { ...inner, scope }, stream);
  }
  return stream ?? silent;
}

/** Each pipeline is a flow of its own, unless it stands inside another one. */
function flowing(ctx: Context): Context {
  return ctx.flow >= 0 ? ctx : { ...ctx, flow: ctx.trace.newFlow() };
}

/** The body of a compound command or function. */
export function walkBody(body: ShellFunction['body'], ctx: Context, stdin: Stream | undefined): Stream {
  return body.type === 'CompoundList' ? walkBlock(body, ctx, stdin) : walkNode(body, ctx, stdin);
}

function walkBlock(list: CompoundList, ctx: Context, stdin: Stream | undefined): Stream {
  // Inside a pipeline all share its flow; else every statement has its own.
  return walkStatements(list.commands, stdin === undefined ? { ...ctx, flow: -1 } : ctx, stdin);
}

function walkNode(node: CommandNode, ctx: Context, stdin: Stream | undefined): Stream {
  if (!ctx.trace.spend()) return unknownStream;
  switch (node.type) {
    case 'Command':
      return walkCommand(node, ctx, stdin);
    case 'Redirected': {
      const opened = redirected(node.redirects, ctx, stdin);
      const out = walkNode(node.command, ctx, opened.stdin ?? stdin);
      return landed(out, opened, ctx);
    }
    case 'Subshell':
      return walkBlock(node.body, { ...ctx, scope: cloned(ctx.scope) }, stdin);
    case 'BraceGroup':
      return walkBlock(node.body, ctx, stdin);
    case 'Function':
      ctx.scope.functions.set(node.name.value, { body: node.body, frame: ctx.frame });
      return silent;
    case 'If': {
      walkBlock(node.clause, ctx, stdin);
      let out = walkBlock(node.then, ctx, stdin);
      for (const branch of node.elif) {
        walkBlock(branch.clause, ctx, stdin);
        out = either(out, walkBlock(branch.then, ctx, stdin));
      }
      return node.else ? either(out, walkBlock(node.else, ctx, stdin)) : out;
    }
    case 'While':
      walkBlock(node.clause, ctx, stdin);
      return walkBlock(node.body, ctx, stdin);
    case 'For':
    case 'Select':
      return walkFor(node.name.value, node.wordlist, node.body, ctx, stdin);
    case 'Case':
      expandWord(node.word, ctx);
      for (const item of node.items) {
        for (const pattern of item.pattern) expandWord(pattern, ctx);
        walkBlock(item.body, ctx, stdin);
      }
      return unknownStream;
    case 'Coproc':
      if (node.body.type === 'CompoundList') return walkBlock(node.body, ctx, stdin);
      return walkNode(node.body, { ...ctx, flags: [...ctx.flags, 'background'] }, stdin);
    case 'ArithmeticFor':
      for (const part of [node.initialize, node.test, node.update]) if (part) visitInner(part, ctx);
      return walkBlock(node.body, ctx, stdin);
    case 'TestCommand':
    case 'ArithmeticCommand':
      if (node.expression) visitInner(node.expression, ctx);
      return silent;
    default:
      return node satisfies never;
  }
}

function walkFor(
  name: string,
  words: readonly Word[] | undefined,
  body: CompoundList,
  ctx: Context,
  stdin: Stream | undefined,
): Stream {
  const args = words === undefined ? ctx.scope.positional : words.flatMap((word) => expandWord(word, ctx));
  if (args.length === 0) return walkBlock(body, withValue(name, { text: null }, ctx), stdin);
  let out: Stream = silent;
  for (const arg of args.slice(0, maxRounds)) {
    const value = { text: arg.text, remote: arg.remote, decoded: arg.decoded, flow: ctx.flow };
    out = concat(out, walkBlock(body, withValue(name, value, ctx), stdin));
  }
  return args.length > maxRounds ? unknownStream : out;
}

function withValue(name: string, value: Value, ctx: Context): Context {
  ctx.scope.vars.set(name, value);
  return ctx;
}

// ————— simple commands

function walkCommand(node: Command, ctx: Context, piped: Stream | undefined): Stream {
  const name = node.name;
  const assignments: Assignment[] = [];
  for (const item of node.prefix) if (item.type === 'Assignment') assignments.push(item);
  const redirects = node.redirects;
  if (name === undefined) {
    for (const assignment of assignments) {
      assign(assignment, ctx);
      if (assignment.name === 'PROMPT_COMMAND') obeyAssigned(assignment, ctx);
    }
    return redirects.length === 0
      ? silent
      : landed(redirected(redirects, ctx, piped).stdin ?? silent, redirected([], ctx, piped), ctx);
  }
  // A prefix assignment holds for this command alone, but naming it there is how values get smuggled in.
  const scope = assignments.length === 0 ? ctx.scope : cloned(ctx.scope);
  const inner: Context = assignments.length === 0 ? ctx : { ...ctx, scope };
  for (const assignment of assignments) {
    if (!ctx.trace.spend()) return unknownStream;
    assign(assignment, inner);
    obeyAssigned(assignment, inner);
  }
  const args: Arg[] = [...expandWord(name, ctx)];
  for (const item of node.args)
    args.push(...(item.type === 'Assignment' ? assignmentArg(item, inner) : expandWord(item, inner)));
  const opened = redirected(redirects, inner, piped);
  const out = ctx.engine.command(
    args,
    assignments.length === 0 ? ctx : { ...inner, scope: carried(ctx.scope, scope) },
    opened.stdin ?? piped,
  );
  if (assignments.length > 0 && /^(?:read|mapfile|readarray|printf|eval|source|\.)$/.test(args[0]?.text ?? '')) {
    // What the shell's own command sets stays; what stood before it does not.
    const own = new Set(assignments.map((assignment) => assignment.name));
    for (const [key, value] of scope.vars) if (!own.has(key)) ctx.scope.vars.set(key, value);
  }
  return landed(out, opened, ctx);
}

function obeyAssigned({ name, pos, end }: Assignment, ctx: Context): void {
  const value = ctx.scope.vars.get(name);
  if (value?.text == null) return;
  const at = stretch({ pos, end }, ctx.frame);
  obeyVariable(name, { ...at, text: value.text, verbatim: -1, ...(value.decoded && { decoded: true }) }, ctx);
}

/** Prefix variables are seen inside, but `cd` and functions still change the outer scope. */
function carried(outer: Scope, inner: Scope): Scope {
  return {
    vars: inner.vars,
    functions: outer.functions,
    positional: outer.positional,
    get cwd() {
      return outer.cwd;
    },
    set cwd(path: string) {
      outer.cwd = path;
    },
  };
}

function assign(node: Assignment, ctx: Context): void {
  const { value } = node;
  if (value.type === 'ArrayValue') {
    const args = value.elements.flatMap((word) => expandWord(word, ctx));
    const text = args.some((arg) => arg.text === null) ? null : args.map((arg) => arg.text).join(' ');
    const before = node.append ? (ctx.scope.vars.get(node.name)?.items ?? []) : [];
    const items = [...before, ...args.map((arg) => arg.text)].slice(0, 256);
    const whole = items.length === args.length ? text : items.includes(null) ? null : items.join(' ');
    ctx.scope.vars.set(node.name, {
      text: whole !== null && whole.length > maxValue ? null : whole,
      items,
      flow: ctx.flow,
      remote: args.some((arg) => arg.remote),
      decoded: args.some((arg) => arg.decoded),
    });
    return;
  }
  const args = expandWord(value, ctx);
  const text = args.length === 0 ? '' : args.map((arg) => arg.text ?? unknownPart).join(' ');
  const before = node.append ? (ctx.scope.vars.get(node.name)?.text ?? '') : '';
  const tainted = args.find((arg) => arg.remote || arg.decoded);
  ctx.scope.vars.set(node.name, {
    text: (text === unknownPart && before === '') || before.length + text.length > maxValue ? null : before + text,
    remote: tainted?.remote,
    decoded: tainted?.decoded,
    flow: ctx.flow,
  });
}

/** `export A=b`, `dd of=x` written bare: the word as it stands, with its value opened; declared ones are also set. */
function assignmentArg(node: Assignment, ctx: Context): readonly Arg[] {
  const at = stretch(node, ctx.frame);
  if (node.value.type === 'ArrayValue') {
    assign(node, ctx);
    return [{ text: node.name, ...at, verbatim: -1 }];
  }
  const [value] = expandWord(node.value, ctx);
  const text = `${node.name}=${value === undefined ? '' : (value.text ?? unknownPart)}`;
  return [{ ...value, text, ...at, verbatim: ctx.frame.offset >= 0 && node.text === text ? at.start : -1 }];
}
