import { codex } from './harness/real-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

const config = (models: string): string => `# Mine.
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

realHooks({
  ...codex,
  args: (prompt) => codex.args(prompt, false),
  env: () => ({ SCRIPTED_KEY: 'none' }),
  files: (models) => ({ '.codex/config.toml': config(models) }),
  settings: ['.codex/config.toml', '.codex/hooks.json'],
  toldAs: /Command blocked by PreToolUse hook: Denied by Warder: /,
  asked: /cannot ask a person here/,
  givesIds: true,
  events: ['session-start', 'prompt', 'answer'],
});
