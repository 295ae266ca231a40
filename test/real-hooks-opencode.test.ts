import { openCode } from './harness/real-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

const config = (models: string): string =>
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

realHooks({
  ...openCode,
  args: (prompt) => openCode.args(prompt, false),
  env: () => openCode.env,
  files: (models) => ({ '.config/opencode/opencode.json': config(models) }),
  settings: ['.config/opencode/opencode.json', '.config/opencode/plugin/warder.js'],
  givesIds: true,
  events: ['session-start', 'prompt', 'answer'],
  plugin: { lost: /Its plugin cannot be loaded/, starts: true },
});
