import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { unguardedProcess, unguardedText } from '../core/guardrails.ts';
import { claudeSetup, managedHere } from './agent-setups.ts';
import type { Io } from './command.ts';
import { hookAgent, surroundingsOf } from './hook-agents.ts';
import type { Alteration } from './hook-check.ts';

/** Files that a person's shells read at their start, below the home. */
const startUpFiles = [
  '.bashrc',
  '.bash_profile',
  '.bash_aliases',
  '.profile',
  '.zshrc',
  '.zshenv',
  '.zprofile',
  '.config/fish/config.fish',
];
/** Folders of a person that stand before the system's on many a PATH, below the home. */
const ownFolders = ['bin', '.local/bin', '.bin', '.npm-global/bin'];
const longestScript = 65_536;

/** What starts an agent so that its hooks do not run, before it is started: a shell's own lines, a script of its name. */
export function startsUnguarded(agent: string, env: Io['env']): readonly Alteration[] {
  if (managedHere(agent, env)) return [];
  const { home } = surroundingsOf(env);
  const program = programOf(agent);
  const shells = startUpFiles.flatMap((name): Alteration[] => {
    const file = path.join(home, name);
    const word = unguardedText(agent, textOf(file));
    return word === null ? [] : [{ what: `A shell starts it with ${word}, so that its hooks do not run.`, path: file }];
  });
  const onPath = (env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const folders = new Set([...ownFolders.map((name) => path.join(home, name)), ...onPath]);
  const scripts = [...folders].flatMap((folder): Alteration[] => {
    const file = path.join(folder, program);
    const text = textOf(file);
    const word = text.startsWith('#!') ? unguardedText(agent, text) : null;
    if (word === null) return [];
    return [
      {
        what: `This program stands in its place and starts it with ${word}, so that its hooks do not run.`,
        path: file,
      },
    ];
  });
  return [...shells, ...scripts];
}

/** Text of a small file; `''` where there is none, or it is no text. */
function textOf(file: string): string {
  try {
    const stat = fs.statSync(file);
    return stat.isFile() && stat.size <= longestScript * 4 ? fs.readFileSync(file, 'utf8') : '';
  } catch {
    return ''; // not there, or not ours to read
  }
}

const programOf = (agent: string): string => (hookAgent(agent)?.setup ?? claudeSetup).program;

interface Running {
  readonly pid: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Two looks at the processes of this user; a process is told of once. */
export interface ProcessLook {
  /** At all of them. */
  all(): Promise<void>;
  /** At those that were not there at the last look but one; a fortieth of the work. Where there is no `/proc`, at none. */
  fresh(): Promise<void>;
}

/** A process is another program before it becomes the agent, so it is looked at twice. */
const looksAtFresh = 2;

export function createProcessLook(deps: {
  readonly env: Io['env'];
  agents(): readonly string[];
  /** `how`: the word or the variable. */
  found(agent: string, how: string): Promise<void>;
}): ProcessLook {
  let told = new Set<string>();
  let looking: Promise<void> | null = null;
  let met = new Map<string, number>();
  /** Ids of processes that were looked at less than twice. */
  function freshIds(): readonly string[] {
    const looks = new Map(processIds().map((pid) => [pid, (met.get(pid) ?? 0) + 1]));
    met = looks;
    return [...looks].flatMap(([pid, times]) => (times > looksAtFresh ? [] : [pid]));
  }
  async function look(all: boolean): Promise<void> {
    const agents = deps.agents().filter((agent) => !managedHere(agent, deps.env));
    if (agents.length === 0) return;
    const programs = new Map(agents.flatMap((agent) => namesOf(agent).map((name) => [name, agent] as const)));
    const now = new Set<string>();
    for (const { pid, words, env } of all ? await processes() : fromProc(freshIds())) {
      const agent = agentOf(words, programs);
      const word = agent === undefined ? null : unguardedProcess(agent, words, env, deps.env);
      if (agent === undefined || word === null) continue;
      const key = `${pid} ${agent}`;
      if (!told.has(key)) await deps.found(agent, word);
      now.add(key);
    }
    told = all ? now : told.union(now);
  }
  const one = (all: boolean) => {
    looking ??= look(all).finally(() => {
      looking = null;
    });
    return looking;
  };
  return { all: () => one(true), fresh: () => (hasProc() ? one(false) : Promise.resolve()) };
}

const hasProc = (): boolean => fs.existsSync('/proc/self/cmdline');
const processIds = (): readonly string[] => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Its program, and the end of its package's name. */
function namesOf(agent: string): readonly string[] {
  const { program, npm } = hookAgent(agent)?.setup ?? claudeSetup;
  return npm === undefined ? [program] : [program, npm];
}

const runners = /^(?:node|bun|deno|env|sh|bash|zsh|dash|python3?|npx)$/;

/** By what is run: the first word, or what an interpreter was given. */
function agentOf(words: readonly string[], programs: ReadonlyMap<string, string>): string | undefined {
  const [first = '', ...rest] = words;
  const name = path.basename(first).replace(/\.exe$/i, '');
  const direct = programs.get(name);
  if (direct !== undefined || !runners.test(name)) return direct ?? byPackage(first, programs);
  const script = rest.find((word) => !word.startsWith('-')) ?? '';
  return programs.get(path.basename(script)) ?? byPackage(script, programs);
}

function byPackage(file: string, programs: ReadonlyMap<string, string>): string | undefined {
  for (const [name, agent] of programs) if (name.includes('/') && file.includes(`/node_modules/${name}/`)) return agent;
  return undefined;
}

async function processes(): Promise<readonly Running[]> {
  if (hasProc()) return fromProc(processIds());
  if (process.platform !== 'darwin') return [];
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile('ps', ['-xww', '-o', 'pid=,command='], { timeout: 5_000, maxBuffer: 16 << 20 }, (_error, stdout) =>
    resolve(stdout),
  );
  return (await promise).split('\n').flatMap((line): Running[] => {
    const [, pid, command] = /^\s*(\d+)\s+(.+)$/.exec(line) ?? [];
    return pid === undefined || command === undefined ? [] : [{ pid, words: command.split(' '), env: {} }];
  });
}

function fromProc(ids: readonly string[]): readonly Running[] {
  const mine = process.getuid?.();
  return ids.flatMap((pid): Running[] => {
    try {
      if (fs.statSync(`/proc/${pid}`).uid !== mine) return [];
      const words = zeroed(`/proc/${pid}/cmdline`);
      if (words.length === 0) return [];
      const env = Object.fromEntries(
        zeroed(`/proc/${pid}/environ`).flatMap((entry) => {
          const at = entry.indexOf('=');
          return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
        }),
      );
      return [{ pid, words, env }];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

const zeroed = (file: string): string[] =>
  fs
    .readFileSync(file, 'utf8')
    .split('\0')
    .filter((part) => part !== '');
