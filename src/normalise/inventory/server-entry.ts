import { z } from 'zod';
import type { ConfiguredServer, McpEntry } from '../../core/inventory.ts';

/** One server of a configuration, whichever agent's: every name that some agent has for the same thing. */
const schema = z.looseObject({
  command: z.unknown().optional(),
  args: z.unknown().optional(),
  cmd: z.unknown().optional(),
  url: z.unknown().optional(),
  httpUrl: z.unknown().optional(),
  serverUrl: z.unknown().optional(),
  uri: z.unknown().optional(),
  type: z.unknown().optional(),
  transport: z.unknown().optional(),
  env: z.unknown().optional(),
  environment: z.unknown().optional(),
  envs: z.unknown().optional(),
  env_keys: z.unknown().optional(),
  env_vars: z.unknown().optional(),
  headers: z.unknown().optional(),
  http_headers: z.unknown().optional(),
  env_http_headers: z.unknown().optional(),
  requestOptions: z.unknown().optional(),
  bearer_token_env_var: z.unknown().optional(),
  disabled: z.unknown().optional(),
  enabled: z.unknown().optional(),
  trust: z.unknown().optional(),
  autoApprove: z.unknown().optional(),
  alwaysAllow: z.unknown().optional(),
  default_tools_approval_mode: z.unknown().optional(),
});

type Where = Pick<McpEntry, 'agent' | 'scope' | 'project'>;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Texts of a list; numbers and booleans are arguments too. */
const textsOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.flatMap((each: unknown) =>
        typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? [String(each)] : [],
      )
    : [];

const record = (value: unknown): Readonly<Record<string, string>> =>
  isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textOf(one)])) : {};

/** Names only: their values are elsewhere. */
const named = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (Array.isArray(value) ? value : []).flatMap((each: unknown) => {
      const name = typeof each === 'string' ? each : isObject(each) ? textOf(each.name) : '';
      return name === '' ? [] : [[name, '']];
    }),
  );

/** The servers of a map from name to server; what is no server at all is left out. */
export function entriesOf(servers: unknown, where: Where): McpEntry[] {
  if (!isObject(servers)) return [];
  return Object.entries(servers).flatMap(([name, value]) => entryOf(name, value, where));
}

/** One server by name. Empty when it is neither run nor reached. */
export function entryOf(name: string, value: unknown, where: Where): McpEntry[] {
  const read = schema.safeParse(value);
  if (!read.success) return [];
  const raw = read.data;
  const argv = argvOf(raw);
  const url = [raw.url, raw.httpUrl, raw.serverUrl, raw.uri].map(textOf).find((each) => each !== '') ?? '';
  const type = (textOf(raw.type) || textOf(raw.transport)).toLowerCase();
  const builtIn = type === 'builtin' || type === 'platform' || type === 'frontend';
  if (argv.length === 0 && url === '' && !builtIn) return [];
  const options = isObject(raw.requestOptions) ? raw.requestOptions.headers : undefined;
  const token = textOf(raw.bearer_token_env_var);
  return [
    {
      ...where,
      name,
      transport: builtIn ? 'built-in' : transportOf(type, argv, url, raw.httpUrl !== undefined),
      argv,
      url: argv.length > 0 && url === '' ? '' : url,
      variables: {
        ...record(raw.env),
        ...record(raw.environment),
        ...record(raw.envs),
        ...named(raw.env_keys),
        ...named(raw.env_vars),
        ...named(token === '' ? [] : [token]),
      },
      headers: {
        ...record(raw.headers),
        ...record(raw.http_headers),
        ...record(raw.env_http_headers),
        ...record(options),
      },
      trust: trustOf(raw),
      enabled: raw.disabled !== true && raw.enabled !== false,
    },
  ];
}

function argvOf({ command, args, cmd }: z.infer<typeof schema>): string[] {
  if (Array.isArray(command)) return textsOf(command);
  if (isObject(command))
    return [textOf(command.path) || textOf(command.command), ...textsOf(command.args)].filter(Boolean);
  const program = textOf(command) || textOf(cmd);
  return program === '' ? [] : [program, ...textsOf(args)];
}

function transportOf(
  type: string,
  argv: readonly string[],
  url: string,
  byHttp: boolean,
): ConfiguredServer['transport'] {
  if (/^(?:stdio|local)$/.test(type)) return 'stdio';
  if (/sse/.test(type)) return 'sse';
  if (/http|remote/.test(type) || byHttp) return 'http';
  if (/^ws|websocket/.test(type)) return 'ws';
  if (argv.length > 0) return 'stdio';
  if (/^wss?:/.test(url)) return 'ws';
  return /\/sse\/?(?:\?|$)/.test(url) ? 'sse' : url === '' ? 'unknown' : 'http';
}

function trustOf(raw: z.infer<typeof schema>): string[] {
  const trust: string[] = [];
  if (raw.trust === true) trust.push('trust');
  for (const name of ['autoApprove', 'alwaysAllow'] as const) {
    const value = raw[name];
    const tools = textsOf(value);
    if (value === true || tools.includes('*')) trust.push(`${name}: every tool`);
    else if (tools.length > 0) trust.push(`${name}: ${tools.join(', ')}`);
  }
  if (raw.default_tools_approval_mode === 'approve') trust.push('default_tools_approval_mode = approve');
  return trust;
}
