import fs from 'node:fs';
import path from 'node:path';
import type { AgentEvent } from '../core/event.ts';
import { watchFiles } from '../device/watch.ts';
import { replaceFile } from '../record/home.ts';
import { readIfThere } from './agent-files.ts';
import type { Io } from './command.ts';
import { type Alteration, type ConnectionState, lookAtConnections } from './hook-check.ts';
import { createProcessLook, startsUnguarded } from './unguarded.ts';

/** Something about a connection that is to be told: `finding` where it weakens what is seen or stopped of the agent. */
type ConnectionChange = Pick<Extract<AgentEvent, { readonly kind: 'config-change' }>, 'what' | 'path' | 'finding'> & {
  readonly what: string;
  readonly path: string;
};

export interface WatchDeps {
  readonly home: string;
  readonly env: Io['env'];
  /** Of the files, beside every change of one: every 30 s by default. */
  readonly everyMs?: number;
  /** Of all processes that run: every 10 s by default. */
  readonly processesMs?: number;
  /** Of those that are new: every second by default. */
  readonly freshMs?: number;
  /** Rejects when it can neither be sent nor kept: it is then told again. */
  report(agent: string, at: string, change: ConnectionChange): Promise<void>;
  onTrouble(code: string, detail: string): void;
}

export interface ConnectionWatch {
  readonly agents: () => readonly { readonly agent: string; readonly ok: boolean }[];
  readonly alterations: () => readonly (Alteration & { readonly agent: string })[];
  /** Looks now. */
  now(): Promise<void>;
  close(): void;
}

const altered = { detector: 'hooks-altered', weight: 85 } as const;
const takenAway = { detector: 'hooks-altered', weight: 65 } as const;
const startedWithout = { detector: 'started-without-hooks', weight: 75 } as const;

/**
 * Looks whether agents are still connected as they were, and are not started past their hooks, and reports what is new:
 * on a change of their files at once, else every 30 s; new and former connections, and processes, every 10 s, new processes every second. Agents that
 * were never connected here are nobody's business.
 */
export function watchConnections(deps: WatchDeps): ConnectionWatch {
  const { home, env, report, onTrouble } = deps;
  let states: readonly ConnectionState[] = [];
  let told = new Map<string, { readonly agent: string; readonly path: string }>();
  const connected = keptList(path.join(home, 'connected.json'));

  async function look(): Promise<readonly string[]> {
    states = lookAtConnections(home, env);
    const at = new Date().toISOString();
    const now = new Map<string, { readonly agent: string; readonly path: string }>();
    const say = async (agent: string, change: ConnectionChange): Promise<void> => {
      const key = [agent, change.path, change.what].join('\0');
      if (!told.has(key)) await report(agent, at, change);
      now.set(key, { agent, path: change.path });
    };
    for (const { agent, alterations } of states) {
      for (const each of alterations) await say(agent, { ...each, finding: altered });
      for (const each of startsUnguarded(agent, env)) await say(agent, { ...each, finding: startedWithout });
    }
    for (const [key, { agent, path: file }] of told)
      if (!now.has(key)) await report(agent, at, { what: 'It is again as it should be.', path: file });
    told = now;
    await gone(at);
    // The home itself is left out: a server writes to it all the time.
    return states.flatMap(({ files }) => files);
  }

  /** What was connected and is no more, since the last look of any process of this home. */
  async function gone(at: string): Promise<void> {
    const here = states.map(({ agent }) => agent);
    for (const agent of connected.read()) {
      if (here.includes(agent)) continue;
      const what = 'It was disconnected from Warder (warder uninstall, or its note was taken away).';
      await report(agent, at, { what, path: path.join(home, 'installs.json'), finding: takenAway });
    }
    connected.write(here);
  }

  const trouble = (cause: unknown) => onTrouble('check-failed', cause instanceof Error ? cause.message : String(cause));
  const files = watchFiles({ look, everyMs: deps.everyMs ?? 30_000, settleMs: 500, onTrouble: trouble });
  const processes = createProcessLook({
    env,
    agents: () => states.map(({ agent }) => agent),
    found(agent, how) {
      const what = 'It runs now past its hooks:';
      // Each way to do so is an alert of its own.
      const change = { what, path: `a process with ${how}`, finding: startedWithout };
      return report(agent, new Date().toISOString(), change);
    },
  });
  const installs = path.join(home, 'installs.json');
  let noted = stampOf(installs);
  const tick = async (): Promise<void> => {
    const stamp = stampOf(installs);
    if (stamp !== noted) await files.now();
    noted = stamp;
    await processes.all();
  };
  const timer = setInterval(() => void tick().catch(trouble), deps.processesMs ?? 10_000);
  const often = setInterval(() => void processes.fresh().catch(trouble), deps.freshMs ?? 1000);
  timer.unref();
  often.unref();
  return {
    agents: () => states.map(({ agent, alterations }) => ({ agent, ok: alterations.length === 0 })),
    alterations: () => states.flatMap(({ agent, alterations }) => alterations.map((each) => ({ ...each, agent }))),
    async now() {
      await files.now();
      await processes.all();
    },
    close() {
      files.close();
      clearInterval(timer);
      clearInterval(often);
    },
  };
}

/** Changes with every write of a file. */
function stampOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs}`;
}

/** Agents that were connected when somebody last looked, so that one that is gone is missed after a restart too. */
function keptList(file: string) {
  let known: readonly string[] | null = null;
  const read = (): readonly string[] => {
    known ??= listIn(readIfThere(file) ?? '[]');
    return known;
  };
  return {
    read,
    write(agents: readonly string[]) {
      const list = [...new Set(agents)].sort();
      if (JSON.stringify(list) === JSON.stringify(read())) return;
      if (list.length === 0) fs.rmSync(file, { force: true });
      else replaceFile(file, `${JSON.stringify(list)}\n`, 0o600);
      known = list;
    },
  };
}

function listIn(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  } catch {
    return []; // a damaged list is written anew by the next look
  }
}
