import { z } from 'zod';
import type { AgentSetup, EditedText, HookConnection, SetupFile, Surroundings, Weakness } from '../../core/agent.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { inFolder } from '../hooks/places.ts';
import { ownFile } from '../hooks/plain-files.ts';
import { fileUrl, pluginAt } from '../hooks/plugin.ts';
import { appendJson, removeJson, setJson } from '../json-text.ts';
import { editJsonc, jsoncValue } from '../jsonc-text.ts';

/** Folder of its settings. Source: docs/config of 1.18.33; XDG base directories. */
const configFolder = ({ env, home, platform }: Surroundings): string =>
  env.XDG_CONFIG_HOME
    ? inFolder(platform, env.XDG_CONFIG_HOME, 'opencode')
    : inFolder(platform, home, '.config', 'opencode');

/** Folder of the administrator's settings, merged last. */
const managedFolder = ({ platform }: Surroundings): string => {
  if (platform === 'darwin') return '/Library/Application Support/opencode';
  return platform === 'win32' ? 'C:\\ProgramData\\opencode' : '/etc/opencode';
};

/** What OpenCode loads: small, so that a plugin that is gone refuses where OpenCode would run without it. */
const loader = (
  at: Surroundings,
  to: HookConnection,
): string => `// Warder: every call is judged before it runs. Written by warder install opencode; warder uninstall opencode takes it away.
const gone = async () => ({
  'tool.execute.before': async () => {
    throw new Error('Blocked: Warder could not judge this. Its plugin cannot be loaded. Run: warder install opencode');
  },
});
const found = import(${JSON.stringify(fileUrl(at, pluginAt(at, to, 'opencode.mjs')))}).then(({ Warder }) => Warder ?? gone, () => gone);
export const Warder = async (context) => {
  try {
    return await (await found)(context);
  } catch {
    return gone();
  }
};
`;

const settingsSchema = z.looseObject({ plugin: z.array(z.unknown()).optional() });

function pluginsIn(text: string): Result<readonly unknown[] | null> {
  try {
    const parsed = settingsSchema.safeParse(jsoncValue(text));
    if (parsed.success) return ok(parsed.data.plugin ?? null);
    return fail('unexpected-settings', 'Its plugin list is not what OpenCode expects there.');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('not-json', `It is not JSON (${error.message}); OpenCode does not start with it as it is.`);
  }
}

/** One entry in the plugin list of a settings file; every other byte stays. */
const pluginEntry = (path: string, entry: string): SetupFile => ({
  path,
  mode: 0o644,
  with(before): Result<EditedText> {
    const text = before ?? '{}\n';
    const list = pluginsIn(text);
    if (!list.ok) return list;
    if (list.value?.includes(entry)) return ok({ text, changes: [] });
    const put = (plain: string) =>
      list.value ? appendJson(plain, ['plugin'], entry) : setJson(plain, ['plugin'], [entry]);
    return ok({ text: editJsonc(text, put), changes: ['plugin: Warder added'] });
  },
  without(text): Result<EditedText> {
    const list = pluginsIn(text);
    if (!list.ok) return list;
    const index = list.value?.indexOf(entry) ?? -1;
    if (index < 0) return ok({ text, changes: [] });
    const place = list.value?.length === 1 ? ['plugin'] : ['plugin', index];
    const left = editJsonc(text, (plain) => removeJson(plain, place));
    return ok({ text: /^\s*\{\s*\}\s*$/.test(left) ? null : left, changes: ['plugin: Warder removed'] });
  },
});

/** Variables that keep its plugins or its rules from counting. Tried with 1.18.33. */
const variables: readonly (readonly [name: string, what: string])[] = [
  ['OPENCODE_PURE', 'makes OpenCode load no plugin, so no call is judged.'],
  ['OPENCODE_PERMISSION', 'beats every permission rule, an administrator’s too.'],
];

function weaknesses({ env }: Surroundings): Weakness[] {
  return variables
    .filter(([name]) => (env[name] ?? '') !== '' && env[name] !== '0')
    .map(([name, what]) => ({ what: `${name} is set: it ${what}`, mend: `unset ${name}` }));
}

export const openCodeSetup: AgentSetup = {
  program: 'opencode',
  npm: 'opencode-ai',
  folders: (at) => [configFolder(at), inFolder(at.platform, at.home, '.local', 'share', 'opencode')],
  files: (at, to) => [ownFile(inFolder(at.platform, configFolder(at), 'plugin', 'warder.js'), loader(at, to))],
  managedFiles(at, to) {
    const file = inFolder(at.platform, managedFolder(at), 'warder.js');
    return [
      ownFile(file, loader(at, to), 0o644),
      pluginEntry(inFolder(at.platform, managedFolder(at), 'opencode.json'), fileUrl(at, file)),
    ];
  },
  weaknesses,
  limits: [
    'opencode --pure and OPENCODE_PURE=1 load no plugin, an administrator’s neither: only the gateway sees such a run.',
    'A plugin counts from the next start of OpenCode.',
    'Another plugin may change a call after Warder judged it.',
  ],
};
