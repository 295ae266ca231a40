import { z } from 'zod';
import type { AgentSetup, EditedText, Surroundings, Weakness } from '../../core/agent.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { inFolder } from '../hooks/places.ts';
import { ownFile } from '../hooks/plain-files.ts';
import { deviceFolder, fileUrl, pluginAt } from '../hooks/plugin.ts';
import { sameJson } from '../hooks/settings-json.ts';
import { appendJson, type JsonPath, removeJson, setJson } from '../json-text.ts';
import { editJsonc, jsoncValue } from '../jsonc-text.ts';

const id = 'warder';
/** Prompts and answers are told to a plugin that may read conversations only. It runs as a copy, and finds the device client by its folder. */
const entryFor = (device: string) => ({
  enabled: true,
  hooks: { allowConversationAccess: true },
  config: { device },
});

const list = z.array(z.unknown());
const settingsSchema = z.looseObject({
  plugins: z
    .looseObject({
      enabled: z.boolean().optional(),
      allow: list.optional(),
      deny: list.optional(),
      load: z.looseObject({ paths: list.optional() }).optional(),
      entries: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});
type Plugins = NonNullable<z.infer<typeof settingsSchema>['plugins']>;

const manifest = {
  id,
  name: 'Warder',
  description: 'Every tool call is judged by Warder before it runs.',
  activation: { onStartup: true },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: { device: { type: 'string', description: 'Folder of the device client.' } },
  },
};
const about = {
  name: 'warder-openclaw',
  version: '1.0.0',
  private: true,
  type: 'module',
  openclaw: { extensions: ['./index.mjs'] },
};
const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const given = (value: string | undefined): string | null =>
  value === undefined || /^\s*(?:undefined|null)?\s*$/.test(value) ? null : value;

/** Its home may be moved as a whole, its state, or the file alone. Source: docs/help/environment of 2026.9.6. */
function stateFolder({ env, home, platform }: Surroundings): string {
  return given(env.OPENCLAW_STATE_DIR) ?? inFolder(platform, given(env.OPENCLAW_HOME) ?? home, '.openclaw');
}
/** The plugin's folder. What it loads may be gone, and OpenClaw then does not run; a folder that is gone it passes over. */
const pluginFolder = (at: Surroundings): string => inFolder(at.platform, stateFolder(at), id);
/** Its `openclaw.json`. */
export const openClawSettings = (at: Surroundings): string =>
  given(at.env.OPENCLAW_CONFIG_PATH) ?? inFolder(at.platform, stateFolder(at), 'openclaw.json');

function pluginsIn(text: string): Result<Plugins> {
  try {
    const parsed = settingsSchema.safeParse(jsoncValue(text));
    if (parsed.success) return ok(parsed.data.plugins ?? {});
    return fail('unexpected-settings', 'Its plugins are not what OpenClaw expects there.');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail(
      'not-json',
      `It is not JSON with comments (${error.message}). OpenClaw also reads looser spellings, which are not changed here.`,
    );
  }
}

/** One change of the text: where, and what. */
interface Change {
  readonly said: string;
  make(plain: string): string;
}

function connecting(plugins: Plugins, folder: string, device: string): Change[] {
  const entry = entryFor(device);
  const changes: Change[] = [];
  const paths = plugins.load?.paths;
  const at = paths?.indexOf(folder) ?? -1;
  const place: JsonPath = ['plugins', 'load', 'paths'];
  if (paths === undefined)
    changes.push({ said: 'plugins.load.paths: Warder added', make: (text) => setJson(text, place, [folder]) });
  else if (at < 0)
    changes.push({ said: 'plugins.load.paths: Warder added', make: (text) => appendJson(text, place, folder) });
  if (!sameJson(plugins.entries?.[id], entry))
    changes.push({
      said: 'plugins.entries.warder: enabled',
      make: (text) => setJson(text, ['plugins', 'entries', id], entry),
    });
  // Without a list every plugin may load; a new one would shut out all others.
  if (plugins.allow && !plugins.allow.includes(id))
    changes.push({ said: 'plugins.allow: warder added', make: (text) => appendJson(text, ['plugins', 'allow'], id) });
  return changes;
}

function disconnecting(plugins: Plugins, folder: string): Change[] {
  const changes: Change[] = [];
  const take = (said: string, place: JsonPath) => changes.push({ said, make: (text) => removeJson(text, place) });
  const paths = plugins.load?.paths ?? [];
  const ours = paths.indexOf(folder);
  if (plugins.entries && id in plugins.entries)
    take(
      'plugins.entries.warder: removed',
      Object.keys(plugins.entries).length === 1 ? ['plugins', 'entries'] : ['plugins', 'entries', id],
    );
  if (ours >= 0) {
    const [alone, lonely] = [paths.length === 1, Object.keys(plugins.load ?? {}).length === 1];
    take('plugins.load.paths: Warder removed', [
      'plugins',
      'load',
      ...(alone ? (lonely ? [] : ['paths']) : ['paths', ours]),
    ]);
  }
  const allowed = plugins.allow?.indexOf(id) ?? -1;
  if (allowed >= 0) take('plugins.allow: warder removed', ['plugins', 'allow', allowed]);
  return changes;
}

const made = (text: string, changes: readonly Change[]): string =>
  changes.reduce((left, { make }) => editJsonc(left, make), text);

function without(text: string, folder: string): Result<EditedText> {
  const plugins = pluginsIn(text);
  if (!plugins.ok) return plugins;
  const changes = disconnecting(plugins.value, folder);
  if (changes.length === 0) return ok({ text, changes: [] });
  const taken = made(text, changes);
  const rest = pluginsIn(taken);
  const emptied = rest.ok && Object.keys(rest.value).length === 0;
  const left = emptied ? editJsonc(taken, (plain) => removeJson(plain, ['plugins'])) : taken;
  const empty = /^\s*\{\s*\}\s*$/.test(left);
  return ok({ text: empty ? null : left, changes: changes.map(({ said }) => said) });
}

function weaknesses(at: Surroundings, read: (path: string) => string | null): Weakness[] {
  const found: Weakness[] = [];
  const text = read(openClawSettings(at));
  const plugins = text === null ? null : pluginsIn(text);
  if (plugins?.ok && plugins.value.enabled === false)
    found.push({ what: 'plugins.enabled is false: OpenClaw loads no plugin.', mend: 'set plugins.enabled to true' });
  if (plugins?.ok && plugins.value.deny?.includes(id))
    found.push({ what: 'plugins.deny names warder.', mend: 'take warder out of plugins.deny' });
  return found;
}

export const openClawSetup: AgentSetup = {
  program: 'openclaw',
  npm: 'openclaw',
  folders: (at) => [stateFolder(at)],
  files(at, to) {
    const folder = pluginFolder(at);
    const own = (name: string, holds: string) => ownFile(inFolder(at.platform, folder, name), holds);
    const loads = JSON.stringify(fileUrl(at, pluginAt(at, to, 'openclaw.mjs')));
    return [
      own('package.json', text(about)),
      own('openclaw.plugin.json', text(manifest)),
      own('index.mjs', `// Written by warder install openclaw.\nexport { default } from ${loads};\n`),
      {
        path: openClawSettings(at),
        with(before): Result<EditedText> {
          const plugins = pluginsIn(before ?? '{}\n');
          if (!plugins.ok) return plugins;
          const changes = connecting(plugins.value, folder, deviceFolder(to));
          return ok({ text: made(before ?? '{}\n', changes), changes: changes.map(({ said }) => said) });
        },
        without: (held) => without(held, folder),
      },
    ];
  },
  weaknesses,
  limits: [
    'OpenClaw has no settings of an administrator: whoever may write its settings can take the plugin out.',
    'What asks is refused where OpenClaw has nobody to ask (openclaw agent --local from a script).',
    'Another plugin may change a call beside Warder; it sees the call as the model asked for it.',
  ],
};
