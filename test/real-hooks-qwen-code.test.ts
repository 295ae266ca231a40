import { qwenCode } from './harness/real-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

const settings = `{
  "$version": 4,
  "ui": { "theme": "Default" },
  "security": {
    "auth": { "selectedType": "openai" }
  }
}
`;

realHooks({
  ...qwenCode,
  args: (prompt) => qwenCode.args(prompt, false),
  env: (models) => ({ OPENAI_API_KEY: 'none', OPENAI_BASE_URL: `${models}/v1`, OPENAI_MODEL: 'gpt-5.5' }),
  files: () => ({ '.qwen/settings.json': settings }),
  settings: ['.qwen/settings.json'],
  asked: /Warder asks first: /,
  givesIds: true,
  events: ['session-start', 'prompt', 'answer'],
});
