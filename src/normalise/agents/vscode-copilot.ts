import type { AgentAdapter, AgentSetup, HookConnection, Surroundings } from '../../core/agent.ts';
import { copilotHookName, copilotReader, copilotRefuse, copilotReply } from '../hooks/copilot.ts';
import { vscodeCall } from '../hooks/copilot-call.ts';
import { copilotPolicyFile, copilotUserFile } from '../hooks/copilot-files.ts';
import { inFolder } from '../hooks/places.ts';
import { pinnedMembers } from '../hooks/plain-files.ts';
import { letGo } from '../hooks/replies.ts';
import { jsoncValue } from '../jsonc-text.ts';
import { recordOf } from '../strict-json.ts';

const agent = 'vscode-copilot';
const title = 'VS Code Copilot';

/** The editor's folder of one person. */
function userFolder({ env, home, platform }: Surroundings): string {
  const base =
    platform === 'darwin'
      ? inFolder(platform, home, 'Library', 'Application Support')
      : platform === 'win32'
        ? env.APPDATA || inFolder(platform, home, 'AppData', 'Roaming')
        : env.XDG_CONFIG_HOME || inFolder(platform, home, '.config');
  return inFolder(platform, base, 'Code', 'User');
}

/** VS Code looks for hooks in `~/.copilot/hooks`, wherever Copilot CLI has its home. */
const hooksHome = ({ platform, home }: Surroundings): string => inFolder(platform, home, '.copilot');

/** Policies of the editor as an administrator's file on Linux; elsewhere they are a profile or the registry. */
const policies = { ChatHooks: true, ChatAllowManagedHooksOnly: true, ChatEditorPreferCopilotHarness: true };

function settingsIn(at: Surroundings, read: (path: string) => string | null) {
  const text = read(inFolder(at.platform, userFolder(at), 'settings.json'));
  try {
    return text === null ? null : recordOf(jsoncValue(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const setup: AgentSetup = {
  program: 'code',
  folders: (at) => [userFolder(at)],
  files: (at, to) => [copilotUserFile(at, hooksHome(at), to, agent)],
  managedFiles: (at: Surroundings, to: HookConnection) => [
    copilotPolicyFile(at, to),
    ...(at.platform === 'linux' ? [pinnedMembers('/etc/vscode/policy.json', title, policies, 0o644)] : []),
  ],
  weaknesses(at, read) {
    const settings = settingsIn(at, read);
    if (!settings) return [];
    const found = [];
    const places = recordOf(settings['chat.hookFilesLocations']);
    const off = Object.entries(places ?? {}).filter(
      ([name, on]) => on === false && /(^|\/)\.copilot\/hooks\/?/.test(name),
    );
    if (off.length > 0)
      found.push({
        what: 'chat.hookFilesLocations turns the hooks of ~/.copilot/hooks off',
        mend: 'Remove that entry.',
      });
    if (settings['chat.tools.global.autoApprove'] === true)
      found.push({
        what: 'chat.tools.global.autoApprove runs every tool without a question',
        mend: 'Set it to false.',
      });
    return found;
  },
  limits: [
    'Tried with documented bodies only: the editor does not start without a screen.',
    'Hooks are a preview in VS Code and an organisation can turn them off (policy ChatHooks).',
    'Sessions of the Copilot harness run on the runtime of Copilot CLI and are named copilot-cli.',
    'The administrator’s hook file reaches the Copilot harness only, so that harness is made the preferred one; on macOS and Windows that policy comes by profile or registry.',
    'VS Code also reads the hooks of Claude Code’s settings; those with type http it does not run.',
  ],
};

/** VS Code's agent mode, as documented in June 2026; not tried with the editor. One hook file serves it and Copilot CLI. */
export const vscodeCopilot: AgentAdapter = {
  id: agent,
  title,
  parseHook: copilotReader(agent, title, vscodeCall),
  reply: copilotReply,
  refuse: copilotRefuse,
  letGo,
  call: vscodeCall,
  hookName: copilotHookName,
  capability: {
    proof: 'documentation',
    version: 'June 2026',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'sub-agents'],
    stops: ['calls'],
    ask: 'the person is asked',
    whenGone: {
      calls: 'blocked',
      because:
        'the hook’s command ends with status 2 whenever it has no answer; without the hook file, or past its time-out, calls run',
    },
    gateway: 'settings',
    blind: [
      'what GitHub’s own models are asked, which goes to GitHub alone',
      'what the agent answers',
      'completions and inline chat',
    ],
  },
  setup,
};
