import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from './cli/command.ts';

/** The folder of this Warder: `--home`, else WARDER_HOME (unless empty), else `~/.warder`. Throws UsageError for an empty or wrong `--home`. */
export function homeDir(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (flag === '') throw new UsageError('--home takes a folder and was given nothing.');
  const home = path.resolve(flag ?? (env.WARDER_HOME || path.join(env.HOME || os.homedir(), '.warder')));
  if (fs.existsSync(home) && !fs.statSync(home).isDirectory())
    throw new UsageError(`The Warder home ${home} is not a folder. Choose another with --home.`);
  return home;
}
