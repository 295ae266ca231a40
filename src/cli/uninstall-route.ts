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
import type { Io } from './command.ts';
import type { RouteAgent, RouteFile } from './route-agents.ts';
import { withoutEntries } from './route-text.ts';

/** Takes the base URL and the token out of an agent's settings again; `dryRun`: only tells what would change. */
export function undoRoute(agent: RouteAgent, home: string, env: Io['env'], dryRun: boolean): readonly Undone[] {
  // Addresses and tokens are known by their form, whatever they were at the install.
  const installs = readInstalls(home);
  const model = installs.find((install) => install.agent === agent.id)?.model ?? null;
  const files = agent.files(env, home, { url: 'http://127.0.0.1', token: 'wrd_', model });
  const all = files.map((file) => {
    const settings = realFile(file.file);
    const known = installs.find((install) => install.settings === settings);
    return { known, undone: undo(settings, file, known) };
  });
  for (const { known, undone } of dryRun ? [] : all) putBack(home, known, undone);
  return all.map(({ undone }) => undone);
}

function undo(settings: string, { kind, entries }: RouteFile, known: Install | undefined): Undone {
  const text = readIfThere(settings);
  const backup = known?.backup ?? null;
  if (text === null) return { settings, how: 'nothing', changes: [], backup: null, text: null };
  const back = restored(known, settings, text);
  if (back) return back;
  const { original, whole } = wayBack(known, text);
  try {
    const { text: after, changes } = withoutEntries(kind, text, whole ? original : null, entries);
    return { settings, how: changes.length === 0 ? 'nothing' : 'removed', changes, backup, text: after };
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    const way = backup === null ? 'Correct it and run this again.' : `The file as it was: ${backup}`;
    throw new Error(`${settings} is left as it is: ${why} ${way}`, { cause: error });
  }
}
