import type { Package } from './fetch-agent.ts';
import type { ScriptedCall } from './scripted-anthropic.ts';

/** How a real agent is driven without a person. Source: the README of its recordings. */
export interface RealAgent extends Package {
  readonly id: string;
  /** Name of its run; the agent's own unless it runs in several ways. */
  readonly run?: string;
  /** A shell command as its model asks for it. */
  shell(command: string): ScriptedCall;
  /** A patch as its model asks for it, where it has a tool for that. */
  patch?(patch: string): ScriptedCall;
  args(prompt: string, again: boolean): readonly string[];
  readonly installArgs?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables that lead it to its vendor's own servers, for which the scripted models stand in. */
  vendor?(models: string): Readonly<Record<string, string>>;
  /** Files below the home, as a person would have them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Ends what a run leaves running. */
  leave?(home: string): Promise<void>;
  /** Changed in the second run. */
  readonly envAgain?: Readonly<Record<string, string>>;
  /** False: it does not tell its version to the model's provider. */
  readonly saysVersion: boolean;
  /** False: what it sends names no session, and a conversation that is taken up later begins with other words. */
  readonly keepsSession: boolean;
  /** False: it tells its model what a command said, not that it failed. */
  readonly saysFailure?: boolean;
  /** It prints its last words alone. */
  readonly printsEnd?: true;
  /** Sessions it may open beside the task for work of its own, such as its memory. */
  readonly besides?: number;
}

const described = (name: string) => (command: string) => ({ name, input: { command, description: 'a step' } });
const yolo = ['--dangerously-bypass-approvals-and-sandbox', '--skip-git-repo-check', '--json'];

const freeform = (input: string): ScriptedCall => ({ name: 'apply_patch', input });

export const codex: RealAgent = {
  id: 'codex',
  title: 'Codex',
  name: '@openai/codex',
  version: '0.169.0',
  integrity: 'sha512-KhzYlkKPxoNssR8CEm45IjqnFWn7UtlF4CiD3tOJPea51xBs7MaHy0UQG9GSbCqk6Lrjn5QdJDV0QD1/FgWlGw==',
  program: 'codex',
  shell: (cmd) => ({ name: 'exec_command', input: { cmd } }),
  patch: freeform,
  args: (prompt, again) => ['exec', ...(again ? ['resume', '--last'] : []), ...yolo, prompt],
  installArgs: ['--model', 'gpt-5.5-codex'],
  env: {},
  saysVersion: true,
  keepsSession: true,
};

/** With its own choice of a model Codex offers one tool, a program that calls the others. */
export const codexCodeMode: RealAgent = {
  ...codex,
  run: 'codex-code-mode',
  title: 'Codex in code mode',
  shell: (cmd) => ({
    name: 'exec',
    input: `const r = await tools.exec_command({cmd: ${JSON.stringify(cmd)}}); text(JSON.stringify(r));`,
  }),
  // This one is told that it may use WebSockets, and has to do without.
  args: (prompt, again) => [...codex.args(prompt, again), '-c', 'model_providers.warder.supports_websockets=true'],
  patch: (patch) => ({ name: 'exec', input: `text(await tools.apply_patch(${JSON.stringify(patch)}));` }),
  installArgs: [],
};

export const geminiCli: RealAgent = {
  id: 'gemini-cli',
  title: 'Gemini CLI',
  name: '@google/gemini-cli',
  version: '0.61.0',
  integrity: 'sha512-dbQ9A0qBtFJNi6XBkHvfZ6Azpn6PNgH/P8h2MZ67RLlX8hSAVjup39CRWqdRxZv7YXIuhrFaytr8y0jKnkoxnQ==',
  program: 'gemini',
  shell: described('run_shell_command'),
  args: (prompt, again) => [
    ...(again ? ['--resume', 'latest'] : []),
    ...['-p', prompt, '--approval-mode', 'yolo', '--output-format', 'stream-json'],
  ],
  env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  saysVersion: true,
  keepsSession: false,
};

export const copilotCli: RealAgent = {
  id: 'copilot-cli',
  title: 'Copilot CLI',
  name: '@github/copilot',
  version: '1.0.102',
  integrity: 'sha512-mv6cTWMhMILxg5ZDgqJ6UsnpPuySCPWOPbZVaO8lL0dpmjY3VD9ZhJr6DFcG7fhUXZv6OmvLdcRCa5MJ6hBI+Q==',
  program: 'copilot',
  shell: described('bash'),
  patch: freeform,
  args: (prompt, again) => [
    ...(again ? ['--continue'] : []),
    ...['-p', prompt, '--allow-all-tools', '--allow-all-paths', '--output-format', 'json'],
  ],
  env: { COPILOT_OFFLINE: 'true', COPILOT_AUTO_UPDATE: 'false' },
  // The first run speaks Responses, as it is installed; this one Chat Completions.
  envAgain: { COPILOT_PROVIDER_WIRE_API: 'completions' },
  saysVersion: false,
  keepsSession: false,
};

export const openCode: RealAgent = {
  id: 'opencode',
  title: 'OpenCode',
  name: 'opencode-ai',
  version: '1.18.33',
  integrity: 'sha512-58P1ffLRXiAY4QeoABqUjqf6DEzm1ihpovvn9Ad+oOLbLiwK/rf88wruT9IATJ7AtNjmi8iA7pC8tN4o5y799Q==',
  program: 'opencode',
  native: (platform) => [platform, `${platform}-baseline`].map((one) => `opencode-${one}/bin/opencode`),
  shell: described('bash'),
  args: (prompt, again) => ['run', ...(again ? ['-c'] : []), '--format', 'json', prompt],
  installArgs: ['--model', 'openai/gpt-5.5'],
  env: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' },
  saysFailure: false,
  saysVersion: true,
  keepsSession: true,
};

export const qwenCode: RealAgent = {
  id: 'qwen-code',
  title: 'Qwen Code',
  name: '@qwen-code/qwen-code',
  version: '0.24.4',
  integrity: 'sha512-pmexy/Nj+BKd3Un1ogqGQE8V4GJn5B6N9PQOrU1GH+lMR29kn6Bgf6YdbZa8hNIoTmAKT1LTPK+P8TibZRPPVg==',
  program: 'qwen',
  shell: (command) => ({ name: 'run_shell_command', input: { command, description: 'x', is_background: false } }),
  args: (prompt, again) => [
    ...(again ? ['--continue'] : []),
    ...['-p', prompt, '--approval-mode', 'yolo', '--output-format', 'stream-json'],
  ],
  installArgs: ['--model', 'gpt-5.5'],
  env: {},
  saysVersion: true,
  keepsSession: false,
  besides: 1,
};

/** The newest that npm can install: 0.99.1 to 1.5.2 ask for parts of their own that are not there (November 2026). */
export const pi: RealAgent = {
  id: 'pi',
  title: 'pi',
  name: '@earendil-works/pi-coding-agent',
  version: '0.87.1',
  integrity: 'sha512-m8ArJUtVcQMSe1lLE/Ei7vX/JV7O39sWmWBsXV2NOU70F0qCp8GubA24pT3LnwTmM6LL2xV80/h6sQg85n69ew==',
  program: 'pi',
  shell: (command) => ({ name: 'bash', input: { command } }),
  args: (prompt, again) => [
    ...['-p', ...(again ? ['-c'] : []), '--mode', 'json', '--provider', 'openai', '--model', 'gpt-5.5', prompt],
  ],
  env: { PI_OFFLINE: '1' },
  saysVersion: false,
  keepsSession: true,
};

/** The same agents with models of other providers: another format each. */
const piWith = (provider: string, model: string): RealAgent => ({
  ...pi,
  run: `pi-${provider}`,
  title: `pi with ${provider}`,
  args: (prompt, again) =>
    pi.args(prompt, again).map((word) => (word === 'openai' ? provider : word === 'gpt-5.5' ? model : word)),
  keepsSession: false,
});

export const otherFormats: readonly RealAgent[] = [
  piWith('anthropic', 'claude-sonnet-4-5'),
  piWith('google', 'gemini-2.5-pro'),
  {
    ...openCode,
    run: 'opencode-anthropic',
    title: 'OpenCode with anthropic',
    installArgs: ['--model', 'anthropic/claude-sonnet-4-5'],
  },
];
