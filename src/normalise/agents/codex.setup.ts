import type { AgentSetup, EditedText, HookConnection, SetupFile, Surroundings, Weakness } from '../../core/agent.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { callsClient, type OnFailure, windowsCommand } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { type HookSettings, hooksFile, memberAt, oursByEvent } from '../hooks/settings-json.ts';
import { sha256Hex } from '../hooks/sha256.ts';
import { recordOf } from '../strict-json.ts';
import { removeToml, setToml, tomlValues } from '../toml-text.ts';

const agent = 'codex';
/** The client answers within 5 s; past its own limit Codex runs the tool. */
const seconds = 30;

interface Event {
  readonly name: string;
  /** Codex's name for it in its record of trusted hooks. */
  readonly key: string;
  readonly otherwise: 'block' | 'pass';
  readonly timeout?: number;
}

const events: readonly Event[] = [
  { name: 'PreToolUse', key: 'pre_tool_use', otherwise: 'block' },
  { name: 'PermissionRequest', key: 'permission_request', otherwise: 'pass' },
  { name: 'PostToolUse', key: 'post_tool_use', otherwise: 'pass' },
  { name: 'UserPromptSubmit', key: 'user_prompt_submit', otherwise: 'pass' },
  { name: 'SessionStart', key: 'session_start', otherwise: 'pass' },
  // More is cut to 3 s, and the record of trust is of the hook as it was cut.
  { name: 'SessionEnd', key: 'session_end', otherwise: 'pass', timeout: 3 },
  { name: 'SubagentStart', key: 'subagent_start', otherwise: 'pass' },
  { name: 'SubagentStop', key: 'subagent_stop', otherwise: 'pass' },
  { name: 'Stop', key: 'stop', otherwise: 'pass' },
];

function command(at: Surroundings, to: HookConnection, event: string, onFailure: OnFailure): string {
  const call = { client: to.client, agent, event, onFailure };
  return at.platform === 'win32' ? windowsCommand(call) : guardedCommand(call);
}

const inCodex = ({ env, home, platform }: Surroundings, name: string): string =>
  env.CODEX_HOME ? inFolder(platform, env.CODEX_HOME, name) : inFolder(platform, home, '.codex', name);

function settings(at: Surroundings, to: HookConnection): HookSettings {
  return {
    path: inCodex(at, 'hooks.json'),
    title: 'Codex',
    wanted: new Map(
      events.map(({ name, otherwise, timeout = seconds }) => [
        name,
        { hooks: [{ type: 'command', command: command(at, to, name, otherwise), timeout }] },
      ]),
    ),
    isOurs: (hook) => callsClient(recordOf(hook)?.command, agent),
  };
}

/**
 * What Codex calls a hook's `currentHash`: SHA-256 of the hook as it reads it, members in order. Source: recordings of
 * its app-server, and the real client.
 */
function trustOf(event: string, hook: Readonly<Record<string, unknown>>): string {
  const { command: line, timeout = 600 } = hook;
  const identity = { event_name: event, hooks: [{ async: false, command: line, timeout, type: 'command' }] };
  return `sha256:${sha256Hex(JSON.stringify(identity))}`;
}

/** The record of trust of each of our hooks in a text of hooks.json: its name in config.toml → its digest. */
function trustIn(file: HookSettings, text: string): ReadonlyMap<string, string> {
  const ours = oursByEvent(file, text);
  return new Map(
    ours.flatMap(({ event, group, hook, value }) => {
      const key = events.find(({ name }) => name === event)?.key;
      const entry = recordOf(value);
      return key && entry ? [[`${file.path}:${key}:${group}:${hook}`, trustOf(key, entry)] as const] : [];
    }),
  );
}

type Read = (path: string) => string | null;

/** Marks our hooks as trusted: Codex skips a hook of a person's that it was not told to trust, and says nothing. */
function trustFile(at: Surroundings, file: HookSettings, read: Read): SetupFile {
  const before = read(file.path);
  const after = hooksFile(file).with(before);
  const wanted = after.ok && after.value.text !== null ? trustIn(file, after.value.text) : new Map<string, string>();
  const held = before === null ? new Map<string, string>() : trustIn(file, before);
  return {
    path: inCodex(at, 'config.toml'),
    with: (text) =>
      inToml(text ?? '', (given) => {
        const names = [...wanted].filter(([name, hash]) => trusted(given, name) !== hash);
        return {
          text: names.reduce(
            (left, [name, hash]) => setToml(left, ['hooks', 'state', name, 'trusted_hash'], hash),
            given,
          ),
          changes: names.length === 0 ? [] : [`hooks.state: ${names.length} hooks of Warder trusted`],
        };
      }),
    without: (text) =>
      inToml(text, (given) => {
        const names = [...held.keys(), ...wanted.keys()].filter((name) => trusted(given, name) !== undefined);
        const left = [...new Set(names)].reduce(
          (rest, name) => removeToml(rest, ['hooks', 'state', name, 'trusted_hash']),
          given,
        );
        return {
          text: left.trim() === '' ? null : left,
          changes: names.length === 0 ? [] : ['hooks.state: trust in Warder’s hooks removed'],
        };
      }),
  };
}

const trusted = (text: string, name: string): unknown =>
  memberAt(tomlValues(text), ['hooks', 'state', name, 'trusted_hash']);

/** An edit of a TOML text; a reason where the text cannot be read or changed in place. */
function inToml(text: string, edit: (given: string) => EditedText): Result<EditedText> {
  try {
    return ok(edit(text));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return fail('cannot-edit', `${error.message.split('\n', 1)[0]} The file is left as it is.`);
  }
}

/** Values that a developer's flags would otherwise beat, or that open a way past the hooks. Source: recordings, 0.169.0. */
const pins: readonly { readonly path: readonly string[]; readonly value: boolean }[] = [
  { path: ['allow_managed_hooks_only'], value: true },
  // Without it --disable hooks switches managed hooks off as well.
  { path: ['features', 'hooks'], value: true },
  // What is typed into a running program reaches no hook.
  { path: ['features', 'unified_exec'], value: false },
];

const [begin, end] = ['# >>> Warder: hooks of the administrator', '# <<< Warder'];

function managedBlock(at: Surroundings, to: HookConnection): string {
  const hooks = events.map(({ name, otherwise, timeout = seconds }) =>
    [
      `[[hooks.${name}]]`,
      `[[hooks.${name}.hooks]]`,
      'type = "command"',
      `command = ${JSON.stringify(command(at, to, name, otherwise))}`,
      `timeout = ${timeout}`,
    ].join('\n'),
  );
  return [begin, hooks.join('\n\n'), end, ''].join('\n');
}

/** The text without our block, and the blank line before it. */
function withoutBlock(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) return text;
  return text.slice(0, from).replace(/(\n)\n$/u, '$1') + text.slice(to + end.length).replace(/^\n/u, '');
}

const requirements = ({ env, platform }: Surroundings): string =>
  platform === 'win32'
    ? `${env.ProgramData || 'C:\\ProgramData'}\\OpenAI\\Codex\\requirements.toml`
    : '/etc/codex/requirements.toml';

function requirementsFile(at: Surroundings, to: HookConnection): SetupFile {
  const block = managedBlock(at, to);
  return {
    path: requirements(at),
    mode: 0o644,
    with: (text) =>
      inToml(text ?? '', (before) => {
        const pinned = pins.filter(({ path, value }) => memberAt(tomlValues(before), path) !== value);
        const bare = withoutBlock(pinned.reduce((left, { path, value }) => setToml(left, path, value), before));
        const after = `${bare}${bare === '' || bare.endsWith('\n') ? '' : '\n'}${bare === '' ? '' : '\n'}${block}`;
        // Codex refuses to start on what it cannot read.
        tomlValues(after);
        const changes = pinned.map(({ path, value }) => `${path.join('.')} = ${value}`);
        return before.includes(block)
          ? { text: changes.length === 0 ? before : after, changes }
          : { text: after, changes: [...changes, 'hooks of Warder'] };
      }),
    without: (text) =>
      inToml(text, (before) => {
        const bare = withoutBlock(before);
        if (bare === before) return { text: before, changes: [] };
        const left = pins.reduce(
          (rest, { path, value }) => (memberAt(tomlValues(rest), path) === value ? removeToml(rest, path) : rest),
          bare,
        );
        return { text: left.trim() === '' ? null : left, changes: ['hooks of Warder removed'] };
      }),
  };
}

function weaknesses(at: Surroundings, read: Read): readonly Weakness[] {
  const found: Weakness[] = [];
  const config = inCodex(at, 'config.toml');
  const values = tomlOr(read(config));
  if (memberAt(values, ['features', 'hooks']) === false)
    found.push({ what: 'features.hooks is false: Codex runs no hook of yours.', mend: `Remove it from ${config}.` });
  const own = inCodex(at, 'hooks.json');
  const state = recordOf(memberAt(values, ['hooks', 'state'])) ?? {};
  const file = settings(at, { client: '', url: '', token: '' });
  const keys = [...trustIn(file, read(own) ?? '{}').entries()];
  const off = keys.filter(([name]) => recordOf(state[name])?.enabled === false);
  if (off.length > 0)
    found.push({
      what: `${off.length} of Warder’s hooks are switched off in hooks.state of ${config}.`,
      mend: 'Remove enabled = false there.',
    });
  if (keys.some(([name, hash]) => recordOf(state[name])?.trusted_hash !== hash))
    found.push({ what: 'Codex does not trust Warder’s hooks, and skips them silently.', mend: 'warder install codex' });
  const managed = tomlOr(read(requirements(at)));
  if (managed.allow_managed_hooks_only === true && keys.length > 0 && recordOf(managed.hooks)?.PreToolUse === undefined)
    found.push({
      what: `${requirements(at)} allows only its own hooks, and Warder’s are not among them.`,
      mend: 'Have the administrator run: warder install codex --managed',
    });
  return found;
}

function tomlOr(text: string | null): Readonly<Record<string, unknown>> {
  try {
    return tomlValues(text ?? '');
  } catch {
    // A file that Codex cannot read either; what edits it says so.
    return {};
  }
}

/** Hooks of a person in `hooks.json`, trusted in `config.toml`; hooks of an administrator in `requirements.toml`. */
export const codexSetup: AgentSetup = {
  program: 'codex',
  npm: '@openai/codex',
  files(at, to, read) {
    const file = settings(at, to);
    return [hooksFile(file), trustFile(at, file, read)];
  },
  managedFiles: (at, to) => [requirementsFile(at, to)],
  weaknesses,
  limits: [
    'Text that the model types into a program it left running (write_stdin) reaches no hook; the administrator’s set-up turns that off, or put unified_exec = false under [features] in config.toml.',
    'codex --disable hooks, another CODEX_HOME and a change of hooks.json switch these hooks off; the administrator’s set-up is beyond a developer’s reach.',
    'A question (ask) is answered with a refusal: its hooks cannot put one.',
  ],
};
