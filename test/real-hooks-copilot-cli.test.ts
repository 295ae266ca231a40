import { copilotCli } from './harness/real-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

realHooks({
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
});
