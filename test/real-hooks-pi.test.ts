import { pi } from './harness/real-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

const models = (url: string): string =>
  `${JSON.stringify({
    providers: {
      openai: { baseUrl: `${url}/v1`, apiKey: 'none', api: 'openai-completions', models: [{ id: 'gpt-5.5' }] },
    },
  })}\n`;

realHooks({
  ...pi,
  args: (prompt) => pi.args(prompt, false),
  env: () => pi.env,
  files: (url) => ({ '.pi/agent/models.json': models(url) }),
  settings: ['.pi/agent/models.json', '.pi/agent/extensions/warder.js'],
  givesIds: true,
  events: ['session-start', 'prompt', 'answer', 'session-end'],
  plugin: { lost: /Failed to load extension/, starts: false },
});
