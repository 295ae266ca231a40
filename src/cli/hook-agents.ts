import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AgentAdapter, AgentSetup, HookConnection, Surroundings } from '../core/agent.ts';
import { agents } from '../plugs.ts';
import { readIfThere, realFile } from './agent-files.ts';
import type { Io } from './command.ts';

/** A coding agent that is connected by files of its own, as its adapter says. */
export type HookAgent = AgentAdapter & { readonly setup: AgentSetup };

const connects = (agent: AgentAdapter): agent is HookAgent => agent.setup !== undefined;

/** Every agent whose adapter says how it is connected. Claude Code's settings have a way of their own. */
export const hookAgents: readonly HookAgent[] = agents.filter(connects).filter(({ id }) => id !== 'claude-code');

/** The agent of a name; null for another name. */
export const hookAgent = (id: string | undefined): HookAgent | null =>
  hookAgents.find((agent) => agent.id === id) ?? null;

/** Where this process looks for an agent's files. */
export function surroundingsOf(env: Io['env']): Surroundings {
  const platform = process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';
  return { env, home: env.HOME || os.homedir(), platform };
}

/** Text of a file, links followed; null when there is none. Throws when its bytes are no text. */
export const readText = (file: string): string | null => readIfThere(realFile(file));

/** Absolute path of a program on the PATH; null when there is none. */
export function programOnPath(program: string, { env, platform }: Surroundings): string | null {
  const endings = platform === 'win32' ? (env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';') : [''];
  for (const folder of (env.PATH ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry))) {
    for (const ending of endings) {
      const file = path.join(folder, `${program}${ending}`);
      try {
        fs.accessSync(file, fs.constants.X_OK);
        if (fs.statSync(file).isFile()) return file;
      } catch {
        // Not here; the next folder may have it.
      }
    }
  }
  return null;
}

/** Why an agent is taken to be on this machine; null: nothing of it was found. */
export function foundBy(agent: { readonly setup: AgentSetup }, at: Surroundings): string | null {
  const program = programOnPath(agent.setup.program, at);
  if (program !== null) return program;
  return foldersOf(agent.setup, at).find((folder) => fs.existsSync(folder)) ?? null;
}

/** Folders that many programs share say nothing of one. */
const shared = new Set(['.config', '.local', 'share', 'Library', 'Application Support', 'AppData', 'Roaming', 'Local']);

function foldersOf(setup: AgentSetup, at: Surroundings): readonly string[] {
  if (setup.folders) return setup.folders(at);
  const nowhere: HookConnection = { client: '/', url: 'http://127.0.0.1', token: '' };
  return setup
    .files(at, nowhere, () => null)
    .flatMap(({ path: file }) => {
      const parts = path.relative(at.home, path.dirname(file)).split(path.sep);
      const own = parts.findIndex((part) => !shared.has(part));
      if (parts[0] === '..' || parts[0] === '.agents' || own < 0 || path.isAbsolute(parts[0] ?? '')) return [];
      return [path.join(at.home, ...parts.slice(0, own + 1))];
    });
}
