import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../record/home.ts';
import { UsageError } from './command.ts';
import { enrolledDevice } from './device-home.ts';
import { alone, backUp, missingFolders, writeKeeping } from './whole-files.ts';

/** A running server, as `serve` writes it to `<home>/server.json` (0600). */
const serverSchema = z.looseObject({
  url: z.url({ protocol: /^https?$/ }),
  token: z.string().min(1),
  clientToken: z.string().min(1).optional(),
});

/** `token` is the one an agent gets: it sends hooks and model traffic, and reads nothing. `apiToken` is the person's own. */
export interface RunningServer {
  readonly url: string;
  readonly token: string;
  readonly apiToken: string;
}

/** The server last started in this home; null when none was. Throws an Error when the file is there and cannot be read. */
export function knownServer(home: string): RunningServer | null {
  const file = path.join(home, 'server.json');
  const text = readIfThere(file);
  if (text === null) return enrolledServer(home);
  const parsed = serverSchema.safeParse(parseOr(text, null));
  if (parsed.success) {
    const { url, token, clientToken } = parsed.data;
    return { url, token: clientToken ?? token, apiToken: token };
  }
  throw new Error(`${file} is damaged. Start the server again: warder serve`);
}

/** On an enrolled machine agents talk to its device process. */
function enrolledServer(home: string): RunningServer | null {
  const device = enrolledDevice(home);
  return device && { ...device, apiToken: device.token };
}

/** What Warder wrote into one agent's settings, so that it can be undone. */
const installSchema = z.strictObject({
  agent: z.string(),
  /** The real file, links followed. */
  settings: z.string(),
  /** Copy of the file as it was; null = there was no file. */
  backup: z.string().nullable(),
  /** SHA-256 of the file before, hex; null = there was no file. */
  before: z.string().nullable(),
  /** SHA-256 of the file as we left it, hex. */
  after: z.string(),
  /** Somebody else changed the file between two of our writes: it is no longer ours to put back whole. */
  touched: z.boolean(),
  managed: z.boolean(),
  /** The model that was written, when one was asked for. */
  model: z.string().optional(),
  /** The file connects hooks, so that the device client is needed. */
  hooks: z.literal(true).optional(),
  /** Folders that were made for the file, the deepest first. */
  made: z.array(z.string()).optional(),
  at: z.string(),
});
export type Install = z.infer<typeof installSchema>;
const installsSchema = z.strictObject({ v: z.literal(1), installs: z.array(installSchema) });

const installsFile = (home: string): string => path.join(home, 'installs.json');

/** Installs noted in this home. Throws an Error when the note is damaged. */
export function readInstalls(home: string): readonly Install[] {
  const text = readIfThere(installsFile(home));
  if (text === null) return [];
  const parsed = installsSchema.safeParse(parseOr(text, null));
  if (parsed.success) return parsed.data.installs;
  throw new Error(`${installsFile(home)} is damaged, so nothing can be undone from it. Move it away and run again.`);
}

/** Puts `install` in the place of the note on the same file; null takes that note out. */
function noteInstall(home: string, settings: string, install: Install | null): void {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  alone(path.join(home, 'installs.lock'), () => {
    const others = readInstalls(home).filter((one) => one.settings !== settings);
    const installs = install === null ? others : [...others, install];
    if (installs.length === 0) fs.rmSync(installsFile(home), { force: true });
    else replaceFile(installsFile(home), `${JSON.stringify({ v: 1, installs }, null, 2)}\n`, 0o600);
  });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Text of a file, byte order mark and all; null when there is none. Throws an Error when its bytes are no text: written again they would be others. */
export function readIfThere(file: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError)
      throw new Error(`${file} is not UTF-8 text, so it is left as it is. Save it as UTF-8.`);
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw new Error(`${file} cannot be read.`, { cause: error });
  }
}

function parseOr<T>(text: string, otherwise: T): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Damage is reported by the schema of the caller, which names the file.
    return otherwise;
  }
}

/** The file behind a name, links followed, whether it is there or not. */
export function realFile(file: string): string {
  let at = path.resolve(file);
  for (let links = 0; links < 40; links += 1) {
    const target = linkTarget(at);
    if (target === null) {
      const parent = path.dirname(at);
      return fs.existsSync(parent) ? path.join(fs.realpathSync(parent), path.basename(at)) : at;
    }
    at = path.resolve(path.dirname(at), target);
  }
  throw new Error(`${file} is a circle of links.`);
}

function linkTarget(file: string): string | null {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() ? fs.readlinkSync(file) : null;
}

/** What is to be written into an agent's settings file. */
export interface Writing {
  readonly agent: string;
  /** The real file. */
  readonly settings: string;
  /** Its text now; null = there is none. */
  readonly before: string | null;
  readonly text: string;
  readonly managed: boolean;
  /** `before` holds entries of ours that no note may know of: a copy of it is not the file from before the first install. */
  readonly holdsOurs: boolean;
  readonly model?: string;
  readonly hooks?: true;
  /** Of a new file; absent: 0o600. */
  readonly mode?: number;
}

/** Copy, note, write: in this order, so that a power cut at any point leaves a way back. Gives the copy's path. */
export function writeNoted(home: string, writing: Writing): string | null {
  const { agent, settings, before, text, managed, holdsOurs, model, hooks, mode } = writing;
  const known = readInstalls(home).find((install) => install.settings === settings);
  if (before === text) return known?.backup ?? null;
  const untouched = known !== undefined && before !== null && sha256(before) === known.after;
  // A second install on top of our own text keeps the first copy: that is the file to go back to.
  const original: Pick<Install, 'backup' | 'before' | 'touched'> = untouched
    ? known
    : {
        backup: before === null ? null : backUp(settings),
        before: before === null ? null : sha256(before),
        touched: known !== undefined || holdsOurs,
      };
  const made = [...missingFolders(settings), ...(known?.made ?? [])];
  noteInstall(home, settings, {
    agent,
    settings,
    backup: known && !untouched ? known.backup : original.backup,
    before: known && !untouched ? known.before : original.before,
    after: sha256(text),
    // What two agents share goes back to neither's beginning while the other still needs it.
    touched: (known?.touched ?? false) || original.touched || (known !== undefined && known.agent !== agent),
    managed,
    ...((model ?? known?.model) === undefined ? {} : { model: model ?? known?.model }),
    ...((hooks ?? known?.hooks) ? { hooks: true } : {}),
    ...(made.length === 0 ? {} : { made }),
    at: new Date().toISOString(),
  });
  writeKeeping(settings, text, mode);
  return original.backup;
}

/** What becomes of one file when Warder goes. `restored`: as it was, byte for byte. `removed`: only our entries. `nothing`: there was nothing of ours. */
export interface Undone {
  readonly settings: string;
  readonly how: 'restored' | 'removed' | 'nothing';
  readonly changes: readonly string[];
  /** Kept copy of the file from before the install. */
  readonly backup: string | null;
  /** Null = the file goes. */
  readonly text: string | null;
}

/** The way back of a file that nobody changed since the install; null: it was changed, or is not noted. */
export function restored(known: Install | undefined, settings: string, text: string): Undone | null {
  const { original, untouched } = wayBack(known, text);
  if (known === undefined || !untouched) return null;
  const what = original === null ? 'removed; there was none before' : 'as it was before';
  return { settings, how: 'restored', changes: [what], backup: known.backup, text: original };
}

/** Writes it. Copies are kept unless the file is again what the copy holds. */
export function putBack(home: string, known: Install | undefined, { settings, how, text, backup }: Undone): void {
  if (how !== 'nothing') {
    if (text === null) fs.rmSync(settings, { force: true });
    else writeKeeping(settings, text);
  }
  if (known) noteInstall(home, settings, null);
  if (how === 'restored' && backup !== null) fs.rmSync(backup, { force: true });
}

/** Folders that were made for the files of an agent, the deepest first. */
export const foldersMade = (home: string, agent: string): readonly string[] =>
  [...new Set(readInstalls(home).flatMap((one) => (one.agent === agent ? (one.made ?? []) : [])))].sort(
    (a, b) => b.length - a.length,
  );

/** Takes away those that are empty. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) if (fs.existsSync(folder) && fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

/** What a file goes back to: the text from before the install, whether that is still known, and whether nobody changed the file since. */
export interface WayBack {
  readonly original: string | null;
  readonly whole: boolean;
  readonly untouched: boolean;
}

/** The way back from `text`, the file as it is now. */
export function wayBack(known: Install | undefined, text: string): WayBack {
  const original = known?.backup ? readIfThere(known.backup) : null;
  const whole = known?.before === null || (original !== null && sha256(original) === known?.before);
  return { original, whole, untouched: known !== undefined && !known.touched && sha256(text) === known.after && whole };
}

/** Where agents are to be sent: the flags, else the server of this home. Throws when neither says, or a flag is wrong. */
export function serverFor(
  home: string,
  flags: { readonly url?: string | undefined; readonly token?: string | undefined },
): { readonly url: string; readonly token: string } {
  const server = flags.url !== undefined && flags.token !== undefined ? null : knownServer(home);
  const url = flags.url ?? server?.url;
  const token = flags.token ?? server?.token;
  if (url === undefined || token === undefined) {
    throw new Error(
      `No server is known in ${home}. Start one (warder serve) and run this again, or give --url and --token.`,
    );
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`--url takes an address such as http://127.0.0.1:7717, not ${JSON.stringify(url)}.`);
  if (!/^[\w.~+/=-]{8,}$/.test(token)) throw new UsageError('--token is not a Warder token.');
  return { url: new URL(url).origin, token };
}

/** True when a Warder answers there within 1.5 s. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(1500) })).ok;
  } catch {
    // Unreachable is the answer; why is doctor's business.
    return false;
  }
}
