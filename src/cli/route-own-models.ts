import fs from 'node:fs';
import path from 'node:path';
import { gooseFolder } from '../normalise/agents/goose.setup.ts';
import { openClawSettings } from '../normalise/agents/openclaw.setup.ts';
import { jsoncValue } from '../normalise/jsonc-text.ts';
import { recordOf } from '../normalise/strict-json.ts';
import type { Io } from './command.ts';
import { surroundingsOf } from './hook-agents.ts';
import { type Gateway, named, openai, plain, providerOf, type RouteAgent, token, userHome } from './route-agent.ts';
import type { Entry } from './route-text.ts';

/** These name themselves to nobody, so their settings do it for them; the header ends at Warder. */
const header = 'x-warder-agent';

/** Names of Warder's providers in Cline's settings. */
const clineNames = { openai: 'openai-native', anthropic: 'anthropic', gemini: 'gemini' } as const;
const clineProviders = Object.values(clineNames);

function clineProvider(id: string, base: string, to: Gateway, model: string | null): Entry[] {
  const at = ['providers', id];
  const settings = [...at, 'settings'];
  return [
    plain([...settings, 'provider'], id),
    token([...settings, 'apiKey'], to),
    plain([...settings, 'baseUrl'], base),
    plain([...settings, 'headers', header], 'cline'),
    ...named([...settings, 'model'], model),
    { path: [...at, 'updatedAt'], value: '2026-01-01T00:00:00.000Z', filler: true },
    { path: [...at, 'tokenSource'], value: 'manual', filler: true },
  ];
}

const given = (value: string | undefined): string | undefined => value?.trim() || undefined;

function clineFile(env: Io['env']): string {
  const folder = given(env.CLINE_DIR) ?? path.join(userHome(env), '.cline');
  const data = given(env.CLINE_DATA_DIR) ?? path.join(folder, 'data');
  return given(env.CLINE_PROVIDER_SETTINGS_PATH) ?? path.join(data, 'settings', 'providers.json');
}

/** Read and written by 3.0.65; every run writes the file anew, with the model and the time. */
const cline: RouteAgent = {
  id: 'cline',
  title: 'Cline',
  program: 'cline',
  npm: 'cline',
  providers: ['openai', 'anthropic', 'gemini'],
  files(env, _home, to) {
    const chosen = to.model === null ? null : clineNames[providerOf(to.model)];
    const model = (id: string) => (id === chosen ? to.model : null);
    const used = { path: ['lastUsedProvider'], value: chosen ?? clineNames.openai };
    return [
      {
        file: clineFile(env),
        kind: 'json',
        entries: [
          { path: ['version'], value: 1, filler: true },
          // Which of the three is the person's choice.
          chosen === null ? { ...used, or: clineProviders } : used,
          ...clineProvider('openai-native', openai(to), to, model('openai-native')),
          ...clineProvider('anthropic', `${to.url}/anthropic/v1`, to, model('anthropic')),
          ...clineProvider('gemini', `${to.url}/gemini/v1beta`, to, model('gemini')),
        ],
        own: clineProviders.map((id) => ['providers', id]),
      },
    ];
  },
  beaten: [],
  limits: [
    'Only its providers openai-native, anthropic and gemini are sent through Warder; another one (cline, openai-compatible, openrouter …, by -P or in its settings) and -k KEY go past it.',
    'Cline writes its settings anew at every run, so warder uninstall takes out only what is Warder’s there.',
  ],
};

/** `provider` in Droid's own words, and the address it takes. Source: docs.factory.ai (BYOK), tried on 0.215.0. */
function droidWay(model: string, to: Gateway): { readonly provider: string; readonly baseUrl: string } {
  const provider = providerOf(model);
  if (provider === 'anthropic') return { provider, baseUrl: `${to.url}/anthropic` };
  if (provider === 'openai') return { provider, baseUrl: openai(to) };
  return { provider: 'generic-chat-completion-api', baseUrl: `${to.url}/gemini/v1beta/openai` };
}

const droidId = 'custom:warder';

const droid: RouteAgent = {
  id: 'droid',
  title: 'Droid',
  program: 'droid',
  npm: 'droid',
  providers: ['openai', 'anthropic', 'gemini'],
  files(env, _home, to) {
    const model = to.model ?? 'gpt-5.5';
    const { provider, baseUrl } = droidWay(model, to);
    const item = ['customModels', `[id=${droidId}]`];
    return [
      {
        file: path.join(userHome(env), '.factory', 'settings.json'),
        kind: 'json',
        entries: [
          plain([...item, 'model'], model),
          { path: [...item, 'displayName'], value: 'Warder', filler: true },
          plain([...item, 'baseUrl'], baseUrl),
          token([...item, 'apiKey'], to),
          plain([...item, 'provider'], provider),
          plain(['sessionDefaultSettings', 'model'], droidId),
        ],
        own: [item],
      },
    ];
  },
  beaten: [],
  limits: [
    'A model of Factory’s or another custom one (by /model, -m, a project’s settings, spec mode, a mission or a droid of its own) goes past it.',
    'An organisation may forbid custom models, or addresses other than its own.',
    'Droid still needs an account at Factory, and tells it whole messages.',
  ],
  oneModel: true,
};

/** A model is one name, or a first one with others behind it. */
function openClawModel(file: string): readonly string[] {
  const at = ['agents', 'defaults', 'model'];
  try {
    const agents = recordOf(recordOf(jsoncValue(fs.readFileSync(file, 'utf8')))?.agents);
    return typeof recordOf(agents?.defaults)?.model === 'string' ? at : [...at, 'primary'];
  } catch {
    // There is none, or what writes it says what is wrong with it.
    return [...at, 'primary'];
  }
}

const openClaw: RouteAgent = {
  id: 'openclaw',
  title: 'OpenClaw',
  program: 'openclaw',
  npm: 'openclaw',
  providers: ['openai', 'anthropic', 'gemini'],
  files(env, _home, to) {
    const file = openClawSettings(surroundingsOf(env));
    const provider = (id: string, base: string, api: string): Entry[] => {
      const at = ['models', 'providers', id];
      return [
        plain([...at, 'baseUrl'], base),
        token([...at, 'apiKey'], to),
        plain([...at, 'api'], api),
        plain([...at, 'headers', header], 'openclaw'),
      ];
    };
    return [
      {
        file,
        kind: 'json',
        entries: [
          ...named(openClawModel(file), to.model),
          ...provider('openai', openai(to), 'openai-responses'),
          ...provider('anthropic', `${to.url}/anthropic`, 'anthropic-messages'),
          ...provider('google', `${to.url}/gemini/v1beta`, 'google-generative-ai'),
        ],
        own: ['openai', 'anthropic', 'google'].map((id) => ['models', 'providers', id]),
      },
    ];
  },
  beaten: ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  limits: [
    'Only its providers openai, anthropic and google are sent through Warder; others (openrouter, ollama …), fallbacks at them and agents it runs as other programs (Codex, Copilot) go past it.',
    'A sign-in that OpenClaw keeps (openclaw models auth) goes before the token, and Warder refuses it.',
    'A Gateway of OpenClaw’s that is running has to be started anew.',
  ],
};

/** `engine` in Goose's own words, and the address it takes. Source: its documentation and its repository of 2026. */
function gooseWay(model: string, to: Gateway): { readonly engine: string; readonly base: string } {
  const provider = providerOf(model);
  if (provider === 'anthropic') return { engine: 'anthropic', base: `${to.url}/anthropic` };
  const base = provider === 'openai' ? openai(to) : `${to.url}/gemini/v1beta/openai`;
  return { engine: 'openai', base: `${base}/chat/completions` };
}

const gooseId = 'custom_warder';
const gooseKey = 'CUSTOM_WARDER_API_KEY';

/** By its documentation alone. It keeps keys in the keyring of the system, so the token comes by the environment. */
const goose: RouteAgent = {
  id: 'goose',
  title: 'Goose',
  program: 'goose',
  providers: ['openai', 'anthropic', 'gemini'],
  files(env, home, to) {
    const model = to.model ?? 'gpt-5.5';
    const { engine, base } = gooseWay(model, to);
    return [
      {
        file: path.join(gooseFolder(surroundingsOf(env)), 'custom_providers', `${gooseId}.json`),
        kind: 'json',
        entries: [
          plain(['name'], gooseId),
          plain(['engine'], engine),
          plain(['display_name'], 'Warder'),
          plain(['api_key_env'], gooseKey),
          plain(['base_url'], base),
          plain(['models'], [{ name: model, context_limit: 200_000 }]),
          plain(['headers', header], 'goose'),
        ],
      },
      {
        file: path.join(home, 'agents', 'goose.sh'),
        kind: 'shell',
        entries: [plain(['GOOSE_PROVIDER'], gooseId), plain(['GOOSE_MODEL'], model), token([gooseKey], to)],
      },
    ];
  },
  beaten: ['GOOSE_PROVIDER', 'GOOSE_LEAD_PROVIDER', 'GOOSE_PLANNER_PROVIDER', 'GOOSE_SUBAGENT_PROVIDER'],
  limits: [
    'Made by Goose’s documentation alone: look whether Warder shows its calls.',
    'Goose Desktop reads no shell: choose the provider Warder and give it a token (warder tokens add) in its settings.',
    'Another provider (--provider, a recipe, the lead, planner or subagent provider of config.yaml) goes past it.',
  ],
  byShell: true,
  oneModel: true,
};

/** Agents whose model traffic is led by a provider or a model of one's own. */
export const ownModelAgents: readonly RouteAgent[] = [cline, droid, goose, openClaw];
