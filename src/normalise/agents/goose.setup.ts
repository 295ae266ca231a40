import { z } from 'zod';
import type { AgentSetup, HookConnection, Surroundings, Weakness } from '../../core/agent.ts';
import type { OnFailure } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { ownFile } from '../hooks/plain-files.ts';

/** Events asked for. `PreToolUse` comes for every tool, so those of single kinds of tools would only tell it twice. */
const events: readonly (readonly [event: string, onFailure: OnFailure])[] = [
  ['PreToolUse', 'block'],
  ['PostToolUse', 'pass'],
  ['PostToolUseFailure', 'pass'],
  ['UserPromptSubmit', 'pass'],
  ['SessionStart', 'pass'],
  ['SessionEnd', 'pass'],
  ['Stop', 'pass'],
];
/** The device client ends after 5 s. */
const seconds = 10;

/** Without a matcher a rule is for every tool; `*` is no regular expression, and the rule would be skipped silently. */
function hooks({ client }: HookConnection): string {
  const rule = ([event, onFailure]: (typeof events)[number]) => {
    const command = guardedCommand({ client, agent: 'goose', event, onFailure });
    const hook = {
      type: 'command',
      command,
      timeout: seconds,
      ...(onFailure === 'block' ? { on_failure: 'block' } : {}),
    };
    return [event, [{ hooks: [hook] }]];
  };
  return `${JSON.stringify({ hooks: Object.fromEntries(events.map(rule)) }, null, 2)}\n`;
}

const manifest = `${JSON.stringify({ name: 'warder', version: '1.0.0', description: 'Reports to Warder what Goose does, and obeys it.' }, null, 2)}\n`;

const plugin = ({ platform, home }: Surroundings): string => inFolder(platform, home, '.agents', 'plugins', 'warder');

/** Where its settings stand. */
export function gooseFolder({ platform, home, env }: Surroundings): string {
  if (platform === 'win32')
    return inFolder(platform, env.APPDATA || `${home}\\AppData\\Roaming`, 'Block', 'goose', 'config');
  return inFolder(platform, env.XDG_CONFIG_HOME || inFolder(platform, home, '.config'), 'goose');
}

const disabledSchema = z.looseObject({ disabledPlugins: z.array(z.unknown()) });

function weaknesses(at: Surroundings, read: (path: string) => string | null): readonly Weakness[] {
  const file = inFolder(at.platform, gooseFolder(at), 'settings.json');
  const text = read(file);
  if (text === null || !disabledIn(text).includes('warder')) return [];
  return [{ what: `${file} names warder in disabledPlugins: no hook of it runs.`, mend: `Take it out of ${file}.` }];
}

function disabledIn(text: string): readonly unknown[] {
  try {
    return disabledSchema.safeParse(JSON.parse(text)).data?.disabledPlugins ?? [];
  } catch (error) {
    // Goose reads no settings from it either.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

export const gooseSetup: AgentSetup = {
  program: 'goose',
  folders: (at) => [gooseFolder(at)],
  files: (at, to) => [
    ownFile(inFolder(at.platform, plugin(at), 'plugin.json'), manifest),
    ownFile(inFolder(at.platform, plugin(at), 'hooks', 'hooks.json'), hooks(to)),
  ],
  weaknesses,
  limits: [
    'Tried by its documentation alone. A person can switch the plugin off (disabledPlugins); Goose has no file of an administrator’s.',
  ],
};
