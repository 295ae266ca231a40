import path from 'node:path';
import { planUninstall } from '../normalise/agents/claude-code.install.ts';
import {
  type Install,
  putBack,
  readIfThere,
  readInstalls,
  realFile,
  restored,
  type Undone,
  wayBack,
} from './agent-files.ts';
import { claudeFolder, managedFolder } from './claude-client.ts';
import type { Io } from './command.ts';

/** The flags of `warder uninstall` that Claude Code takes. */
interface ClaudeFlags {
  readonly 'dry-run'?: boolean | undefined;
  readonly managed?: boolean | undefined;
  readonly out?: string | undefined;
  readonly settings?: string | undefined;
}

/** Takes Warder out of Claude Code's settings. */
export function undoClaudeCode(home: string, flags: ClaudeFlags, io: Io): Undone {
  const name = flags.managed
    ? path.join(flags.out ?? path.join(managedFolder(), 'managed-settings.d'), '50-warder.json')
    : (flags.settings ?? path.join(claudeFolder(io.env), 'settings.json'));
  const settings = realFile(name);
  const known = readInstalls(home).find((install) => install.settings === settings);
  const undone = undo(settings, known, flags.managed === true);
  if (!flags['dry-run']) putBack(home, known, undone);
  return undone;
}

function undo(settings: string, known: Install | undefined, managed: boolean): Undone {
  const text = readIfThere(settings);
  const backup = known?.backup ?? null;
  if (text === null) return { settings, how: 'nothing', changes: [], backup, text: null };
  const back = restored(known, settings, text);
  if (back) return back;
  if (managed) return { settings, how: 'removed', changes: ['removed'], backup, text: null };
  const { original, whole } = wayBack(known, text);
  const plan = planUninstall(text, whole ? original : null);
  if (!plan.ok) {
    throw new Error(
      `${settings} is left as it is. ${plan.error.detail} ${backup ? `The file as it was: ${backup}` : 'Correct it and run this again.'}`,
    );
  }
  const { changes } = plan.value;
  return { settings, how: changes.length === 0 ? 'nothing' : 'removed', changes, backup, text: plan.value.text };
}
