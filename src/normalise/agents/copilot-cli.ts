import type { AgentAdapter, AgentSetup, HookConnection, Surroundings } from '../../core/agent.ts';
import type { ToolCall } from '../../core/event.ts';
import { copilotHookName, copilotReader, copilotRefuse, copilotReply, isFromVsCode } from '../hooks/copilot.ts';
import { copilotCliCall, vscodeCall } from '../hooks/copilot-call.ts';
import { copilotFolder, copilotPolicyFile, copilotUserFile } from '../hooks/copilot-files.ts';
import { inFolder } from '../hooks/places.ts';
import { pinnedMembers } from '../hooks/plain-files.ts';
import { letGo } from '../hooks/replies.ts';

const agent = 'copilot-cli';
const title = 'Copilot CLI';

const fromCli = copilotReader(agent, title, copilotCliCall);
const fromEditor = copilotReader('vscode-copilot', 'VS Code Copilot', vscodeCall);

const managedFolder = ({ platform, env }: Surroundings): string => {
  if (platform === 'darwin') return '/Library/Application Support/GitHubCopilot';
  return platform === 'win32' ? `${env.ProgramFiles || 'C:\\Program Files'}\\GitHubCopilot` : '/etc/github-copilot';
};

const setup: AgentSetup = {
  program: 'copilot',
  npm: '@github/copilot',
  folders: (at) => [copilotFolder(at)],
  files: (at, to) => [copilotUserFile(at, copilotFolder(at), to, agent)],
  managedFiles: (at: Surroundings, to: HookConnection) => [
    copilotPolicyFile(at, to),
    pinnedMembers(
      inFolder(at.platform, managedFolder(at), 'managed-settings.json'),
      title,
      { allowManagedHooksOnly: true },
      0o644,
    ),
  ],
  limits: [
    'A person who starts it with another COPILOT_HOME leaves these hooks behind; the administrator’s file (--managed) stays.',
    'A hook that runs longer than 10 seconds lets the tool run: Copilot decides so. The device client answers in 5.',
    'Without a person at the screen (-p) it answers a question of Warder’s with a refusal.',
    'VS Code reads the same hook file; its own sessions are told apart and named vscode-copilot.',
  ],
};

const quotable = (text: string): boolean => text !== '' && text.length <= 200 && !/[()\r\n]/.test(text);

/** `shell(git push)`, `write(path)`, `read(path)`, `url(https://host)`, `Server(tool)`. Source: `copilot help permissions`. */
function ownRule({ action }: ToolCall): string | null {
  const rule = (kind: string, text: string) => (quotable(text) ? `${kind}(${text})` : null);
  switch (action.kind) {
    case 'shell':
      return rule('shell', action.command.trim());
    case 'file-write':
    case 'file-edit':
      return rule('write', action.path);
    case 'file-read':
      return rule('read', action.path);
    case 'web-fetch':
      return rule('url', /^https?:\/\/[^/?#\s]+/.exec(action.url)?.[0] ?? '');
    case 'mcp':
      return quotable(action.server) ? rule(action.server, action.tool) : null;
    default:
      return null;
  }
}

/**
 * Copilot CLI, as recorded on 1.0.102. Its hooks come in two dialects; Warder asks for the one in PascalCase, whose bodies
 * name their hook, reads both, and answers in a form that both obey. The same file is read by VS Code, whose bodies are
 * told apart and named for what they are.
 */
export const copilotCli: AgentAdapter = {
  id: agent,
  title,
  parseHook: (body, head) => (isFromVsCode(body) ? fromEditor(body, head) : fromCli(body, head)),
  reply: copilotReply,
  refuse: copilotRefuse,
  letGo,
  call: copilotCliCall,
  hookName: copilotHookName,
  capability: {
    proof: 'real client',
    version: '1.0.102',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'sub-agents'],
    stops: ['calls'],
    ask: 'the person is asked',
    whenGone: {
      calls: 'blocked',
      because:
        'a hook that fails, is missing or is killed is a refusal for Copilot; only one that runs into its time-out is not',
    },
    gateway: 'environment',
    blind: ['what the agent answers', 'sub-agents of sub-agents are told as children of the one above them'],
  },
  setup,
  ownRule,
};
