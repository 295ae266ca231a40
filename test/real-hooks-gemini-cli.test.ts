import { geminiCli } from './harness/real-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

const settings = `{
  // Mine.
  "security": { "auth": { "selectedType": "gemini-api-key" } },
  "ui": {
    "theme": "Default" // stays
  }
}
`;

realHooks({
  ...geminiCli,
  args: (prompt) => geminiCli.args(prompt, false),
  env: (models) => ({ ...geminiCli.env, GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: models }),
  files: () => ({ '.gemini/settings.json': settings }),
  settings: ['.gemini/settings.json'],
  givesIds: false,
  events: ['session-start', 'prompt', 'answer'],
});
