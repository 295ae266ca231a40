import type { AgentSetup, HookConnection, Surroundings } from '../../core/agent.ts';
import type { OnFailure } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { ownFile } from '../hooks/plain-files.ts';

/** Triggers asked for. Source: kiro.dev/docs/cli/v3/hooks; CLI 3 and IDE 1 read the same files. */
const triggers: readonly { readonly name: string; readonly matcher?: '.*'; readonly onFailure: OnFailure }[] = [
  { name: 'PreToolUse', matcher: '.*', onFailure: 'block' },
  { name: 'PostToolUse', matcher: '.*', onFailure: 'pass' },
  { name: 'UserPromptSubmit', onFailure: 'pass' },
  { name: 'SessionStart', onFailure: 'pass' },
  { name: 'Stop', onFailure: 'pass' },
];

/** The device client ends after 5 s; what becomes of a hook that runs longer is not documented. */
const seconds = 10;

function text({ client }: HookConnection): string {
  const hooks = triggers.map(({ name, matcher, onFailure }) => ({
    name: `warder-${name}`,
    trigger: name,
    ...(matcher === undefined ? {} : { matcher }),
    action: { type: 'command', command: guardedCommand({ client, agent: 'kiro', event: name, onFailure }) },
    timeout: seconds,
    enabled: true,
  }));
  return `${JSON.stringify({ version: 'v1', hooks }, null, 2)}\n`;
}

const folder = ({ platform, home }: Surroundings): string => inFolder(platform, home, '.kiro');

export const kiroSetup: AgentSetup = {
  program: 'kiro-cli',
  folders: (at) => [folder(at)],
  files: (at, to) => [ownFile(inFolder(at.platform, folder(at), 'hooks', 'warder.json'), text(to))],
  limits: [
    'Tried by its documentation alone. Kiro CLI 2 reads hooks from its agent files only: update to 3, or put the same commands into ~/.kiro/agents/*.json.',
    'A project’s or a person’s own Kiro settings can switch hooks off; an organisation’s policy (Kiro Enterprise Management) cannot carry them.',
  ],
};
