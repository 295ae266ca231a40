import { createHash } from 'node:crypto';
import path from 'node:path';
import type { HookConnection } from '../core/agent.ts';
import { foundHooks, readSettings, same, wantedHooks } from '../normalise/agents/claude-code.settings.ts';
import { type Install, knownServer, readIfThere, readInstalls } from './agent-files.ts';
import { deviceClientPath } from './claude-client.ts';
import type { Io } from './command.ts';
import { hookAgent, readText, surroundingsOf } from './hook-agents.ts';

/** Something that keeps an agent's hooks from reporting as they were connected. */
export interface Alteration {
  /** One sentence, without content of the file. */
  readonly what: string;
  readonly path: string;
}

/** How an agent's connection stands, as far as its files tell. */
export interface ConnectionState {
  readonly agent: string;
  readonly alterations: readonly Alteration[];
  /** Files that it stands in. */
  readonly files: readonly string[];
}

/**
 * Every agent whose hooks were connected here (`warder install`), compared with what an install would write now. Reads
 * files only; throws when the note of installs is damaged.
 */
export function lookAtConnections(home: string, env: Io['env']): readonly ConnectionState[] {
  const installs = readInstalls(home).filter(({ agent, hooks }) => hooks === true || agent === 'claude-code');
  const client = deviceClientPath(home);
  return [...Map.groupBy(installs, ({ agent }) => agent)].map(([agent, noted]) => {
    const files = [...noted.map(({ settings }) => settings), ...(process.platform === 'win32' ? [] : [client])];
    const alterations = [
      ...noted.flatMap((install) => lookAtFile(install, home, env)),
      ...lookAtClient(noted, client),
      ...weaknessesOf(agent, env),
    ];
    return { agent, files, alterations };
  });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function lookAtFile(install: Install, home: string, env: Io['env']): Alteration[] {
  const file = install.settings;
  const name = path.basename(file);
  let text: string | null;
  try {
    text = readIfThere(file);
  } catch (error) {
    return [{ what: error instanceof Error ? error.message : `${name} cannot be read.`, path: file }];
  }
  if (text === null) return [{ what: `${name} is gone, and Warder’s hooks with it.`, path: file }];
  if (sha256(text) === install.after) return [];
  const off = install.agent === 'claude-code' ? claudeCodeOff(text, home) : agentOff(install, text, home, env);
  return off.map((what) => ({ what, path: file }));
}

/** What an install would have to change. */
function agentOff(install: Install, text: string, home: string, env: Io['env']): string[] {
  const to = connectionOf(home);
  const setup = hookAgent(install.agent)?.setup;
  if (to === null || setup === undefined) return [];
  const at = surroundingsOf(env);
  const all = [...setup.files(at, to, readText), ...(setup.managedFiles?.(at, to) ?? [])];
  const file =
    all.find(({ path: one }) => one === install.settings) ?? all.find((one) => ends(one.path, install.settings));
  const edited = file?.with(text);
  if (edited === undefined) return [];
  if (!edited.ok) return [`It cannot be read any more: ${edited.error.detail}`];
  const { changes, text: wanted } = edited.value;
  if (changes.length === 0 && (wanted === text || wanted === null)) return [];
  return [
    changes.length === 0
      ? 'Warder’s part of it was altered.'
      : `Warder’s part of it is not whole: ${changes.join('; ')}.`,
  ];
}

/** A link on the way to a file gives it another name. */
const ends = (one: string, other: string): boolean => path.basename(one) === path.basename(other);

function claudeCodeOff(text: string, home: string): string[] {
  const settings = readSettings(text);
  if (!settings.ok) return [`It cannot be read any more: ${settings.error.detail}`];
  if (settings.value.disableAllHooks === true) return ['disableAllHooks is true: no hook runs at all.'];
  const found = foundHooks(settings.value);
  const viaCommand = JSON.stringify(found.get('PreToolUse') ?? []).includes('"command"');
  const to = connectionOf(home);
  if (to === null) return found.size === 0 ? ['Warder’s hooks are gone from it.'] : [];
  const wanted = wantedHooks({
    ...to,
    via: viaCommand ? 'command' : 'http',
    deviceClient: process.platform === 'win32' ? null : to.client,
    gateway: 'no',
    knowsOnFailure: true,
  });
  const off = [...wanted].filter(([event, group]) => !(found.get(event) ?? []).some((one) => same(one, group)));
  if (off.length === 0) return [];
  if (found.size === 0) return ['Warder’s hooks are gone from it.'];
  return [`Hooks of Warder are missing or altered: ${off.map(([event]) => event).join(', ')}.`];
}

function connectionOf(home: string): HookConnection | null {
  const server = knownServer(home);
  if (server === null) return null;
  return { client: deviceClientPath(home), url: new URL(server.url).origin, token: server.token };
}

function lookAtClient(noted: readonly Install[], client: string): Alteration[] {
  if (process.platform === 'win32' || noted.every(({ managed }) => managed) || readIfThere(client) !== null) return [];
  return [{ what: 'The device client is gone, which command hooks start.', path: client }];
}

function weaknessesOf(agent: string, env: Io['env']): Alteration[] {
  const found = hookAgent(agent)?.setup.weaknesses?.(surroundingsOf(env), readText) ?? [];
  return found.map(({ what }) => ({ what, path: '' }));
}
