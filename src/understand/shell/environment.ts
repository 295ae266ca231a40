import type { Flag } from '../../core/effect.ts';
import { isDynamic, unknownPart } from '../arguments.ts';
import { readCode } from '../code.ts';
import { isNullDevice, locate } from '../zones.ts';
import type { Arg, Context } from './model.ts';
import { runFile, runText } from './run-text.ts';
import { placeOf } from './scope.ts';

/** Variables whose value some program starts as a command: pagers, editors, transports, hooks. */
const commands =
  /^(?:\w+_)?(?:PAGER|EDITOR|SSH_COMMAND|ASKPASS|EXTERNAL_DIFF|PROXY_COMMAND|RSH|PASSCOMMAND|PASSWORD_COMMAND)$|^(?:VISUAL|MANPAGER|MANROFFOPT|LESSOPEN|LESSCLOSE|BROWSER|PROMPT_COMMAND|FCEDIT|GIT_SSH|SVN_SSH|AUTOM4TE|AUTOCONF|TEXEDIT|FZF_DEFAULT_COMMAND|DEBUGGER|PERLDOC_PAGER|SHELLOPTS_COMMAND)$/;
/** Variables that name a library every started program loads. */
const libraries = /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES)$/;
/** Variables that name a folder programs or libraries are taken from before the usual ones. */
const folders = /^(?:LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|GIT_EXEC_PATH|GROFF_BIN_PATH|GCONV_PATH|PERL5LIB|RUBYLIB)$/;
/** Variables that name a script a shell or language runs first. */
const scripts = /^(?:BASH_ENV|ENV|PYTHONSTARTUP|ZDOTDIR|PERL5DB_FILE|NODE_REPL_EXTERNAL_MODULE)$/;
/** Options of a language, where they load code: `-r file`, `--require file`, `-javaagent:file`, `-e …`. */
const languageOptions =
  /^(?:NODE_OPTIONS|RUBYOPT|PERL5OPT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|MAKEFLAGS)$/;
const loads = /(?:-r\s*|--require[ =]|--import[ =]|--loader[ =]|-javaagent:|-agentpath:|--eval[ =])(\S+)/g;

/**
 * A variable set for a command (`PAGER='sh -c …' git log`) or exported: what the programs that obey it will run.
 * Quiet for the everyday ones (`PAGER=cat`), since only what the value does counts.
 */
export function obeyVariable(name: string, value: Arg, ctx: Context): void {
  const { text } = value;
  if (text === null || text === '' || text === unknownPart) return;
  const inner: Context = { ...ctx, depth: ctx.depth + 1, escaped: true };
  if (commands.test(name)) runText({ ...value, text: text.replace(/^\|/, '') }, inner, undefined);
  else if (libraries.test(name)) for (const path of text.split(/[:\s]+/)) library(name, path, value, ctx);
  else if (name === 'PERL5DB') readCode('perl', text, value, inner);
  else if (scripts.test(name) && /[/.]/.test(text)) runFile(text, value, [], inner);
  else if (languageOptions.test(name)) {
    for (const match of text.slice(0, 4_096).matchAll(loads)) runFile(match[1] ?? '', value, [], inner);
  } else if (folders.test(name)) {
    const resource = { kind: 'environment' as const, name };
    // Libraries beside the program are everyday work; a program's own tools from elsewhere are not.
    const flags: Flag[] =
      /BIN_PATH|EXEC_PATH|GCONV/.test(name) && /^\.|^\/tmp|^\/dev\/shm/.test(text) ? ['hidden'] : [];
    ctx.trace.add({ verb: 'configure', resource, zone: 'this-host', flags }, name, value, ctx);
  }
}

/** A library slipped into every program that starts; those of the system are a tuning, not a disguise. */
function library(name: string, path: string, at: Arg, ctx: Context): void {
  const resource = { kind: 'environment' as const, name };
  ctx.trace.add({ verb: 'configure', resource, zone: 'this-host', flags: [] }, name, at, ctx);
  if (path === '' || isDynamic(path) || isNullDevice(path)) return;
  const file = locate(path, placeOf(ctx));
  if (/^\/(?:usr|lib|lib64|opt|nix|app)\//.test(file.name) || !path.includes('/')) return;
  const flags: Flag[] = ['hidden'];
  ctx.trace.add(
    { verb: 'execute', resource: { kind: file.kind, name: file.name }, zone: file.zone, flags },
    name,
    at,
    ctx,
  );
}

const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/;

/** `env A=1 B=2 cmd`, `sudo A=1 cmd`: the settings before the command hold inside it. Returns the names set. */
export function settingsBefore(args: readonly Arg[], ctx: Context): boolean {
  let found = false;
  for (const arg of args.slice(1)) {
    if (arg.text?.startsWith('-')) continue;
    const match = assignment.exec(arg.text ?? '');
    if (!match?.[1]) return found;
    const text = match[2] === unknownPart ? null : (match[2] ?? '');
    const value: Arg = { ...arg, text, verbatim: -1 };
    ctx.scope.vars.set(match[1], { text, remote: arg.remote, decoded: arg.decoded, flow: ctx.flow });
    obeyVariable(match[1], value, ctx);
    found = true;
  }
  return found;
}
