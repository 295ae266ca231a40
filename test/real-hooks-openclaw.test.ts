import { openClaw } from './harness/own-model-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

const settings = (models: string): string =>
  `${JSON.stringify(
    {
      models: {
        mode: 'replace',
        providers: {
          scripted: {
            baseUrl: `${models}/v1`,
            apiKey: 'none',
            api: 'openai-completions',
            models: [
              {
                id: 'one',
                name: 'Scripted',
                reasoning: false,
                input: ['text'],
                cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
                contextWindow: 128_000,
                maxTokens: 8000,
              },
            ],
          },
        },
      },
      agents: { defaults: { model: { primary: 'scripted/one' }, workspace: '~/project', skipBootstrap: true } },
      tools: { exec: { host: 'gateway', security: 'full', ask: 'off' } },
    },
    null,
    2,
  )}\n`;

realHooks({
  ...openClaw,
  args: (prompt) => openClaw.args(prompt, false),
  env: () => openClaw.env,
  files: (models) => ({ '.openclaw/openclaw.json': settings(models) }),
  settings: ['.openclaw/openclaw.json', '.openclaw/warder/index.mjs'],
  tellsRefusal: true,
  givesIds: true,
  events: ['prompt', 'answer'],
  plugin: { lost: /plugin load failed: warder/, starts: false },
});
