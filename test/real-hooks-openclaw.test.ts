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
  id: 'openclaw',
  title: 'OpenClaw',
  name: 'openclaw',
  version: '2026.9.6',
  integrity: 'sha512-Ie0kyQSCVfFqixsgVg39vevUDq01Ch5u3+7Yu5Y3qARczmdAe+lzp8bVnO9925rHiW/+CFp70zfORCyPmCH31g==',
  program: 'openclaw',
  shell: (command) => ({ name: 'exec', input: { command } }),
  args: (prompt) => ['agent', '--local', '--agent', 'main', '--json', '-m', prompt],
  env: () => ({ OPENCLAW_SKIP_ONBOARD: '1' }),
  files: (models) => ({ '.openclaw/openclaw.json': settings(models) }),
  settings: ['.openclaw/openclaw.json', '.openclaw/warder/index.mjs'],
  tellsRefusal: true,
  givesIds: true,
  events: ['prompt', 'answer'],
  plugin: { lost: /plugin load failed: warder/, starts: false },
});
