import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type HomeRules, readHomeRules } from '../home-rules.ts';
import { UsageError } from './command.ts';

/** Rules of the folder that `--rules` names. Throws UsageError with the file and the mistake. */
export function ownRules(directory: string): HomeRules {
  const at = resolve(directory);
  if (directory === '' || !existsSync(at) || !statSync(at).isDirectory())
    throw new UsageError(`--rules ${directory}: there is no such directory.`);
  try {
    return readHomeRules(at);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
