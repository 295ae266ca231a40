import type { AgentSetup, HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import { shellCommand } from '../hooks/device-command.ts';
import { inFolder } from '../hooks/places.ts';
import { ownFile } from '../hooks/plain-files.ts';

/** Hooks that fire, named as their files are. Source: @cline/core 3.0.65. */
const events = [
  'PreToolUse',
  'PostToolUse',
  'UserPromptSubmit',
  'TaskStart',
  'TaskResume',
  'TaskComplete',
  'TaskCancel',
  'TaskError',
  'SessionShutdown',
] as const;

const mark = '# Warder: ';
const written = `${mark}every call is judged before it runs. Written by warder install cline; warder uninstall cline takes it away.`;
const lost = 'Blocked: Warder could not judge this. The Warder client did not run. Run: warder install cline';

/** Only JSON on stdout counts, and only one answer stops a tool: everything else the client might do becomes that one. */
function script(event: string, { client }: HookConnection): string {
  const call = (onFailure: 'cline' | 'pass') => shellCommand({ client, agent: 'cline', event, onFailure });
  if (event !== 'PreToolUse') return `#!/bin/sh -p\n${written}\n${call('pass')}\nexit 0\n`;
  return `#!/bin/sh -p
${written}
answer=$(${call('cline')}) && case $answer in
  '{"cancel":false'*'}' | '{"cancel":true'*'}')
    printf '%s\\n' "$answer"
    exit 0
    ;;
esac
printf '%s\\n' '${JSON.stringify({ cancel: true, errorMessage: lost })}'
`;
}

const folder = ({ env, home, platform }: Surroundings): string => env.CLINE_DIR || inFolder(platform, home, '.cline');

/** A hook may have several files; one that a person wrote stays, and ours takes another of the endings Cline knows. */
const endings = ['', '.sh', '.bash', '.zsh'];

function fileFor(
  event: string,
  at: Surroundings,
  to: HookConnection,
  read: (path: string) => string | null,
): SetupFile {
  const places = endings.map((ending) => inFolder(at.platform, folder(at), 'hooks', `${event}${ending}`));
  const holds = (path: string): string | null => read(path);
  const ours = places.find((path) => holds(path)?.includes(`\n${mark}`));
  const path = ours ?? places.find((one) => holds(one) === null) ?? places[0] ?? '';
  return ownFile(path, script(event, to), 0o755);
}

export const clineSetup: AgentSetup = {
  program: 'cline',
  npm: 'cline',
  folders: (at) => [folder(at)],
  files: (at, to, read) => events.map((event) => fileFor(event, at, to, read)),
  weaknesses: ({ env, home, platform }) =>
    env.CLINE_DIR && env.CLINE_DIR !== inFolder(platform, home, '.cline')
      ? [
          {
            what: 'CLINE_DIR is set: Cline reads its hooks from there.',
            mend: 'unset CLINE_DIR, or run warder install cline where it is set',
          },
        ]
      : [],
  limits: [
    'A refusal ends Cline’s task: it knows no other way to stop a call.',
    'cline --hooks-dir reads its hooks from elsewhere: only the gateway sees such a run.',
    'Cline starts its hooks with the sh of its own PATH.',
    'Cline’s IDE extension reads hooks from ~/Documents/Cline/Hooks and the project, which are not written here.',
  ],
};
