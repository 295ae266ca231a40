import { removeJson, setJson } from '../json-text.ts';
import { type Connection, gatewayUrl, isGatewayUrl, readSettings, type Settings } from './claude-code.settings.ts';

/** A changed text, and one sentence for each change. */
export interface Edit {
  readonly text: string;
  readonly changes: readonly string[];
}

type Env = Readonly<Record<string, unknown>>;

const ownHeader = 'x-warder-token';
const isWarderToken = (value: unknown): boolean => typeof value === 'string' && value.startsWith('wrd_');
const headerLines = (value: unknown): string[] => (typeof value === 'string' ? value.split('\n') : []);
const isOwnHeader = (line: string): boolean => line.toLowerCase().startsWith(`${ownHeader}:`);
const othersHeaders = (value: unknown): string =>
  headerLines(value)
    .filter((line) => !isOwnHeader(line))
    .join('\n');

/** How a file routes model traffic now: by the Warder token, by the person's own login, or not to a Warder. */
function routedBy(settings: Settings): Connection['gateway'] {
  const env: Env = settings.env ?? {};
  if (!isGatewayUrl(env.ANTHROPIC_BASE_URL)) return 'no';
  if (headerLines(env.ANTHROPIC_CUSTOM_HEADERS).some(isOwnHeader)) return 'own-login';
  return isWarderToken(env.ANTHROPIC_AUTH_TOKEN) ? 'token' : 'no';
}

/**
 * The environment that routes model traffic. The client sends ANTHROPIC_AUTH_TOKEN as its bearer, over any login; with
 * `own-login` its own credential stays, and the Warder token travels in a header of its own.
 */
export function routing(to: Connection, env: Env): Readonly<Record<string, string>> {
  const base = { ANTHROPIC_BASE_URL: gatewayUrl(to.url) };
  if (to.gateway !== 'own-login') return { ...base, ANTHROPIC_AUTH_TOKEN: to.token };
  const others = othersHeaders(env.ANTHROPIC_CUSTOM_HEADERS);
  const ours = `${ownHeader}: ${to.token}`;
  return { ...base, ANTHROPIC_CUSTOM_HEADERS: others === '' ? ours : `${others}\n${ours}` };
}

/** Routes model traffic through the gateway when asked to, or when it was so before. */
export function routeModel(text: string, settings: Settings, asked: Connection): Edit {
  const to = asked.gateway === 'no' ? { ...asked, gateway: routedBy(settings) } : asked;
  if (to.gateway === 'no') return { text, changes: [] };
  const env: Env = settings.env ?? {};
  const changes: string[] = [];
  let after = text;
  for (const [name, value] of Object.entries(routing(to, env))) {
    if (env[name] === value) continue;
    after = setJson(after, ['env', name], value);
    const shown = name === 'ANTHROPIC_BASE_URL' ? ` = ${value}` : ' carries the Warder token';
    changes.push(`env.${name}${shown}${env[name] === undefined ? '' : ' (was set to something else)'}`);
  }
  if (to.gateway === 'own-login' && isWarderToken(env.ANTHROPIC_AUTH_TOKEN)) {
    after = removeJson(after, ['env', 'ANTHROPIC_AUTH_TOKEN']);
    changes.push('env.ANTHROPIC_AUTH_TOKEN: removed, the own login is used');
  }
  return { text: after, changes };
}

/** Model traffic goes where it went before. Left alone when it no longer goes to a Warder gateway. */
export function unrouteModel(text: string, settings: Settings, before: Settings): Edit {
  const env: Env = settings.env ?? {};
  if (routedBy(settings) === 'no') return { text, changes: [] };
  const [old, changes]: [Env, string[]] = [before.env ?? {}, []];
  let after = text;
  const put = (name: string, value: unknown) => {
    after = value === undefined ? removeJson(after, ['env', name]) : setJson(after, ['env', name], value);
    changes.push(`env.${name}: ${value === undefined ? 'removed' : 'set back'}`);
  };
  put('ANTHROPIC_BASE_URL', old.ANTHROPIC_BASE_URL);
  if (isWarderToken(env.ANTHROPIC_AUTH_TOKEN)) put('ANTHROPIC_AUTH_TOKEN', old.ANTHROPIC_AUTH_TOKEN);
  if (headerLines(env.ANTHROPIC_CUSTOM_HEADERS).some(isOwnHeader)) {
    put('ANTHROPIC_CUSTOM_HEADERS', othersHeaders(env.ANTHROPIC_CUSTOM_HEADERS) || undefined);
  }
  const left = readSettings(after);
  const empty = left.ok && Object.keys(left.value.env ?? {}).length === 0;
  return { text: empty && before.env === undefined ? removeJson(after, ['env']) : after, changes };
}
