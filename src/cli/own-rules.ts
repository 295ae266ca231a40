import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readHomeRules } from '../home-rules.ts';
import type { OwnRules } from '../judging.ts';
import { readSecretRuleFiles } from '../secret-rule-files.ts';
import { UsageError } from './command.ts';

/** Rules of the folder that `--rules` names and of the files that `--secret-rules` names. Throws UsageError with the file and the mistake. */
export function ownRules(directory: string | undefined, secretRuleFiles: readonly string[] = []): OwnRules {
  const at = directory === undefined ? null : resolve(directory);
  if (at !== null && (directory === '' || !existsSync(at) || !statSync(at).isDirectory()))
    throw new UsageError(`--rules ${directory}: there is no such directory.`);
  try {
    if (at !== null) return readHomeRules(at, secretRuleFiles);
    return secretRuleFiles.length === 0 ? {} : { secrets: readSecretRuleFiles(secretRuleFiles).scanner };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
