import { cline } from './harness/own-model-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

const providers = (models: string): string =>
  `${JSON.stringify({
    version: 1,
    lastUsedProvider: 'openai-compatible',
    modes: {},
    providers: {
      'openai-compatible': {
        settings: { provider: 'openai-compatible', apiKey: 'none', model: 'one', baseUrl: `${models}/v1` },
        updatedAt: '2026-11-22T11:49:50.163Z',
        tokenSource: 'manual',
      },
    },
  })}\n`;

realHooks({
  ...cline,
  args: (prompt) => ['--json', '-P', 'openai-compatible', '-m', 'one', prompt],
  env: () => cline.env,
  files: (models) => ({ '.cline/data/settings/providers.json': providers(models) }),
  settings: ['.cline/hooks/PreToolUse', '.cline/hooks/PostToolUse', '.cline/hooks/TaskStart'],
  givesIds: true,
  events: ['session-start', 'session-end'],
  endsTask: '.cline/data/logs/cline.log',
});
