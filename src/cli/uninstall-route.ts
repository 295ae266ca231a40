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
import type { RouteAgent, RouteFile } from './route-agent.ts';
import { holdsOurs, valuesIn, withoutEntries } from './route-text.ts';

/**
 * Takes the base URL and the token out of an agent's settings again; `dryRun`: only tells what would change. `whole`:
 * files that are as they were before the install already.
 */
export function undoRoute(
  agent: RouteAgent,
  home: string,
  env: Io['env'],
  dryRun: boolean,
  whole: ReadonlySet<string>,
): readonly Undone[] {
  // Addresses and tokens are known by their form, whatever they were at the install.
  const installs = readInstalls(home);
  const model = installs.find((install) => install.agent === agent.id && install.model)?.model ?? null;
  const files = agent.files(env, home, { url: 'http://127.0.0.1', token: 'wrd_', model });
  const routed = files.some(isRouted);
  const all = files.flatMap((file) => {
    const settings = realFile(file.file);
    if (whole.has(settings)) return [];
    const known = installs.find((install) => install.settings === settings);
    // A kind of sign-in alone says nothing: a person may have chosen it too.
    if (!routed && known === undefined) return [nothingIn(settings)];
    return [{ known, undone: undo(settings, file, known) }];
  });
  for (const { known, undone } of dryRun ? [] : all) putBack(home, known, undone);
  return all.map(({ undone }) => undone);
}

const nothingIn = (settings: string) => ({
  known: undefined,
  undone: { settings, how: 'nothing', changes: [], backup: null, text: null } as const,
});

/** Whether a file holds a gateway's address or a token of Warder's; a file that cannot be read may. */
function isRouted({ file, kind, entries }: RouteFile): boolean {
  const text = readIfThere(realFile(file));
  if (text === null) return false;
  try {
    const held = valuesIn(kind, text);
    return entries.some((entry) => holdsOurs(entry, held(entry.path)));
  } catch {
    // What takes it out says what is wrong with it.
    return true;
  }
}

function undo(settings: string, file: RouteFile, known: Install | undefined): Undone {
  const text = readIfThere(settings);
  const backup = known?.backup ?? null;
  if (text === null) return { settings, how: 'nothing', changes: [], backup: null, text: null };
  const back = restored(known, settings, text);
  if (back) return back;
  const { original, whole } = wayBack(known, text);
  try {
    const { text: after, changes } = withoutEntries(file, text, whole ? original : null);
    return { settings, how: changes.length === 0 ? 'nothing' : 'removed', changes, backup, text: after };
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    const way = backup === null ? 'Correct it and run this again.' : `The file as it was: ${backup}`;
    throw new Error(`${settings} is left as it is: ${why} ${way}`, { cause: error });
  }
}
