import { droid } from './own-model-agents.ts';
import { codex, copilotCli, geminiCli, openCode, qwenCode } from './real-agents.ts';
import type { HookedAgent } from './real-hooks.ts';

// Real agents as a person would have them, whose tool calls Warder sees through their hooks alone.

const codexConfig = (models: string): string => `# Mine.
model = "gpt-5.5-codex"
model_provider = "scripted"

[model_providers.scripted]
name = "Scripted" # stays
base_url = "${models}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`;

export const codexHooked: HookedAgent = {
  ...codex,
  args: (prompt) => codex.args(prompt, false),
  env: () => ({ SCRIPTED_KEY: 'none' }),
  files: (models) => ({ '.codex/config.toml': codexConfig(models) }),
  settings: ['.codex/config.toml', '.codex/hooks.json'],
  toldAs: /Command blocked by PreToolUse hook: Denied by Warder: /,
  asked: /cannot ask a person here/,
  givesIds: true,
  events: ['session-start', 'prompt', 'answer'],
};

export const copilotHooked: HookedAgent = {
  ...copilotCli,
  args: (prompt) => copilotCli.args(prompt, false),
  env: (models) => ({
    ...copilotCli.env,
    COPILOT_PROVIDER_BASE_URL: `${models}/v1`,
    COPILOT_PROVIDER_TYPE: 'openai',
    COPILOT_PROVIDER_API_KEY: 'none',
    COPILOT_PROVIDER_WIRE_API: 'completions',
    COPILOT_MODEL: 'scripted',
  }),
  files: () => ({}),
  settings: ['.copilot/hooks/warder.json'],
  toldAs: /Denied by preToolUse hook: Denied by Warder: /,
  givesIds: false,
  events: ['session-start', 'prompt', 'session-end'],
};

const droidSettings = (models: string): string => `{
  // Mine.
  "customModels": [
    {
      "model": "scripted",
      "displayName": "Scripted",
      "baseUrl": "${models}/v1",
      "apiKey": "none",
      "provider": "generic-chat-completion-api",
      "maxOutputTokens": 4096
    }
  ]
}
`;

export const droidHooked: HookedAgent = {
  ...droid,
  args: (prompt) => ['exec', '--auto', 'high', '-m', 'custom:scripted', '--output-format', 'stream-json', prompt],
  env: (models) => ({ ...droid.env, ...droid.vendor?.(models) }),
  files: (models) => ({ '.factory/settings.json': droidSettings(models) }),
  settings: ['.factory/settings.json'],
  toldAs: /Error: Denied by Warder: /,
  givesIds: false,
  events: ['session-start', 'session-end'],
};

export const geminiSettings = `{
  // Mine.
  "security": { "auth": { "selectedType": "gemini-api-key" } },
  "ui": {
    "theme": "Default" // stays
  }
}
`;
const geminiEnv = (models: string) => ({ ...geminiCli.env, GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: models });

export const geminiHooked: HookedAgent = {
  ...geminiCli,
  args: (prompt) => geminiCli.args(prompt, false),
  env: geminiEnv,
  files: () => ({ '.gemini/settings.json': geminiSettings }),
  settings: ['.gemini/settings.json'],
  asked: /cannot ask a person here/,
  givesIds: false,
  events: ['session-start', 'prompt', 'answer'],
};

const openCodeConfig = (models: string): string =>
  `${JSON.stringify(
    {
      $schema: 'https://opencode.ai/config.json', // Added by itself where it is missing.
      model: 'scripted/one',
      small_model: 'scripted/one',
      autoupdate: false,
      provider: {
        scripted: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `${models}/v1`, apiKey: 'none' },
          models: { one: { tool_call: true, limit: { context: 200_000, output: 8000 } } },
        },
      },
    },
    null,
    4,
  )}\n`;

export const openCodeHooked: HookedAgent = {
  ...openCode,
  args: (prompt) => openCode.args(prompt, false),
  env: () => openCode.env,
  files: (models) => ({ '.config/opencode/opencode.json': openCodeConfig(models) }),
  settings: ['.config/opencode/opencode.json', '.config/opencode/plugin/warder.js'],
  givesIds: true,
  events: ['session-start', 'prompt', 'answer'],
  plugin: { lost: /Its plugin cannot be loaded/, starts: true },
};

const qwenSettings = `{
  "$version": 4,
  "ui": { "theme": "Default" },
  "security": {
    "auth": { "selectedType": "openai" }
  }
}
`;

export const qwenHooked: HookedAgent = {
  ...qwenCode,
  args: (prompt) => qwenCode.args(prompt, false),
  env: (models) => ({ OPENAI_API_KEY: 'none', OPENAI_BASE_URL: `${models}/v1`, OPENAI_MODEL: 'gpt-5.5' }),
  files: () => ({ '.qwen/settings.json': qwenSettings }),
  settings: ['.qwen/settings.json'],
  asked: /Warder asks first: /,
  givesIds: true,
  events: ['session-start', 'prompt', 'answer'],
};
