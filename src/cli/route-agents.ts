import fs from 'node:fs';
import path from 'node:path';
import { named, openai, plain, type RouteAgent, token, userHome } from './route-agent.ts';
import { ownModelAgents } from './route-own-models.ts';
import type { Entry } from './route-text.ts';

/** Source of each: its recordings and documentation; versions in the fixtures' folders. */
export const routeAgents: readonly RouteAgent[] = [
  {
    id: 'codex',
    title: 'Codex',
    program: 'codex',
    npm: '@openai/codex',
    providers: ['openai'],
    files(env, _home, to) {
      const provider = ['model_providers', 'warder'];
      return [
        {
          file: path.join(env.CODEX_HOME || path.join(userHome(env), '.codex'), 'config.toml'),
          kind: 'toml',
          entries: [
            plain(['model_provider'], 'warder'),
            ...named(['model'], to.model),
            plain([...provider, 'name'], 'Warder'),
            plain([...provider, 'base_url'], openai(to)),
            plain([...provider, 'wire_api'], 'responses'),
            token([...provider, 'experimental_bearer_token'], to),
          ],
        },
      ];
    },
    beaten: [],
    limits: [
      'A profile or a trusted project with a model_provider of its own, -c model_provider=… and --oss go past it.',
      'Sign-in with ChatGPT is not used any more: the provider key is Warder’s (warder keys add openai).',
    ],
  },
  {
    id: 'gemini-cli',
    title: 'Gemini CLI',
    program: 'gemini',
    npm: '@google/gemini-cli',
    providers: ['gemini'],
    files(env, _home, to) {
      const folder = path.join(userHome(env), '.gemini');
      return [
        {
          file: path.join(folder, '.env'),
          kind: 'dotenv',
          entries: [plain(['GOOGLE_GEMINI_BASE_URL'], `${to.url}/gemini`), token(['GEMINI_API_KEY'], to)],
        },
        {
          file: path.join(folder, 'settings.json'),
          kind: 'json',
          entries: [
            plain(['security', 'auth', 'selectedType'], 'gemini-api-key'),
            ...named(['model', 'name'], to.model),
          ],
        },
      ];
    },
    beaten: ['GOOGLE_GEMINI_BASE_URL', 'GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENAI_USE_VERTEXAI'],
    limits: [
      'Gemini CLI reads one .env file only: in a folder with a .env or .gemini/.env of its own, and in a folder it does not trust, put these variables into the shell instead.',
      'Sign-in with Google is not used any more: the provider key is Warder’s (warder keys add gemini).',
    ],
  },
  {
    id: 'copilot-cli',
    title: 'Copilot CLI',
    program: 'copilot',
    npm: '@github/copilot',
    providers: ['openai'],
    files(_env, home, to) {
      return [
        {
          file: path.join(home, 'agents', 'copilot-cli.sh'),
          kind: 'shell',
          entries: [
            plain(['COPILOT_PROVIDER_BASE_URL'], openai(to)),
            plain(['COPILOT_PROVIDER_TYPE'], 'openai'),
            plain(['COPILOT_PROVIDER_WIRE_API'], 'responses'),
            plain(['COPILOT_MODEL'], to.model ?? 'gpt-5.5'),
            token(['COPILOT_PROVIDER_API_KEY'], to),
          ],
        },
      ];
    },
    beaten: ['COPILOT_PROVIDER_BASE_URL', 'COPILOT_PROVIDER_TYPE', 'COPILOT_PROVIDER_BEARER_TOKEN'],
    limits: ['GitHub’s own models cannot be sent through a gateway: without these variables nothing of it is seen.'],
    byShell: true,
    oneModel: true,
  },
  {
    id: 'opencode',
    title: 'OpenCode',
    program: 'opencode',
    npm: 'opencode-ai',
    providers: ['openai', 'anthropic', 'gemini'],
    files(env, _home, to) {
      const folder = path.join(env.XDG_CONFIG_HOME || path.join(userHome(env), '.config'), 'opencode');
      const jsonc = path.join(folder, 'opencode.jsonc');
      const options = (id: string) => ['provider', id, 'options'];
      const provider = (id: string, base: string): Entry[] => [
        plain([...options(id), 'baseURL'], base),
        token([...options(id), 'apiKey'], to),
      ];
      return [
        {
          file: fs.existsSync(jsonc) ? jsonc : path.join(folder, 'opencode.json'),
          kind: 'json',
          entries: [
            ...named(['model'], to.model),
            ...provider('openai', openai(to)),
            ...provider('anthropic', `${to.url}/anthropic/v1`),
            ...provider('google', `${to.url}/gemini/v1beta`),
          ],
        },
      ];
    },
    beaten: ['OPENCODE_CONFIG_CONTENT', 'OPENCODE_CONFIG'],
    limits: [
      'Only its providers openai, anthropic and google are sent through Warder; others (opencode, github-copilot, openrouter …) and an opencode.json of a project go past it.',
    ],
  },
  {
    id: 'qwen-code',
    title: 'Qwen Code',
    program: 'qwen',
    npm: '@qwen-code/qwen-code',
    providers: ['openai'],
    files(env, _home, to) {
      return [
        {
          file: path.join(env.QWEN_HOME || path.join(userHome(env), '.qwen'), 'settings.json'),
          kind: 'json',
          entries: [
            plain(['security', 'auth', 'selectedType'], 'openai'),
            plain(['env', 'OPENAI_BASE_URL'], openai(to)),
            token(['env', 'OPENAI_API_KEY'], to),
            ...named(['env', 'OPENAI_MODEL'], to.model),
          ],
        },
      ];
    },
    beaten: ['OPENAI_BASE_URL', 'OPENAI_API_KEY'],
    limits: ['Another --auth-type, a modelProviders entry and a .env of a project go past it.'],
  },
  {
    id: 'pi',
    title: 'pi',
    program: 'pi',
    npm: '@earendil-works/pi-coding-agent',
    providers: ['openai', 'anthropic', 'gemini'],
    files(env, _home, to) {
      const provider = (id: string, base: string): Entry[] => [
        plain(['providers', id, 'baseUrl'], base),
        token(['providers', id, 'apiKey'], to),
      ];
      const folder = env.PI_CODING_AGENT_DIR || path.join(userHome(env), '.pi', 'agent');
      return [
        {
          file: path.join(folder, 'models.json'),
          kind: 'json',
          entries: [
            ...provider('openai', openai(to)),
            ...provider('anthropic', `${to.url}/anthropic`),
            ...provider('google', `${to.url}/gemini/v1beta`),
          ],
        },
      ];
    },
    beaten: [],
    limits: ['Only its providers openai, anthropic and google are sent through Warder; others go past it.'],
  },
  ...ownModelAgents,
];

/** The agent of a name that is connected by its base URL; null for another name. */
export const routeAgent = (id: string | undefined): RouteAgent | null =>
  routeAgents.find((agent) => agent.id === id) ?? null;
