import { z } from 'zod';
import { fail, ok, type Result } from '../core/result.ts';

/** Systems that can be asked by their own interface. */
export const pullSources = ['crowdstrike', 'sentinelone', 'jamf', 'intune'] as const;
export type PullSource = (typeof pullSources)[number];

type Row = Readonly<Record<string, unknown>>;

export interface PullDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of applications that are worth asking for, where a system can be asked by name. */
  readonly names: readonly string[];
  /** Whether an application of this name is worth asking which devices have it. */
  wanted(name: string): boolean;
  /** So many rows came so far. */
  progress?(rows: number): void;
}

/** What a source needs, by its variable; `?` in front: has a default. */
const needs: Readonly<Record<PullSource, readonly string[]>> = {
  crowdstrike: ['FALCON_CLIENT_ID', 'FALCON_CLIENT_SECRET', '?FALCON_BASE_URL'],
  sentinelone: ['SENTINELONE_URL', 'SENTINELONE_TOKEN'],
  jamf: ['JAMF_URL', 'JAMF_CLIENT_ID', 'JAMF_CLIENT_SECRET'],
  intune: ['INTUNE_TENANT_ID', 'INTUNE_CLIENT_ID', 'INTUNE_CLIENT_SECRET', '?INTUNE_LOGIN_URL', '?INTUNE_GRAPH_URL'],
};

const mostPages = 10_000;
const patienceMs = 60_000;
/** How often a request is sent again when the system is busy or away. */
const mostTries = 4;

/** Asks a vendor for devices and applications. Errors: `not-configured`, `refused`, `unreachable`, `unexpected`; none holds a credential. */
export async function pullRows(source: PullSource, deps: PullDeps): Promise<Result<readonly Row[]>> {
  const missing = needs[source].filter((name) => !name.startsWith('?') && !deps.env[name]);
  if (missing.length > 0)
    return fail('not-configured', `Set ${missing.join(', ')} (docs/inventory.md says what each is).`);
  try {
    return ok(await pulls[source](deps));
  } catch (error) {
    if (error instanceof PullProblem) return fail(error.code, error.message);
    throw error;
  }
}

class PullProblem extends Error {
  override readonly name = 'PullProblem';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const page = z.looseObject({});

async function ask(url: URL, init: RequestInit): Promise<Row> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(patienceMs) }).catch(
      (error: unknown) => {
        const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no connection';
        throw new PullProblem('unreachable', `${url.host} does not answer (${why}).`);
      },
    );
    const busy = answer.status === 429 || answer.status >= 500;
    if (busy && tries < mostTries) {
      await answer.body?.cancel();
      const wait = Number(answer.headers.get('retry-after'));
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(30_000, (Number.isFinite(wait) ? wait * 1000 : 0) || 250 * 2 ** tries)),
      );
      continue;
    }
    if (!answer.ok) {
      await answer.body?.cancel();
      const what =
        answer.status === 401 || answer.status === 403
          ? 'refuses these credentials, or they may not read this'
          : 'answers with an error';
      throw new PullProblem('refused', `${url.host}${url.pathname} ${what} (status ${answer.status}).`);
    }
    const read = page.safeParse(await answer.json().catch(() => null));
    if (read.success) return read.data;
    throw new PullProblem('unexpected', `${url.host}${url.pathname} did not answer with JSON.`);
  }
}

const baseOf = (text: string | undefined, otherwise = ''): URL => {
  const url = URL.parse(text || otherwise);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new PullProblem(
      'not-configured',
      `${JSON.stringify(text ?? '')} is no address such as https://tenant.example.`,
    );
  if (url.protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname))
    throw new PullProblem('not-configured', `${url.host} is to be asked without encryption; use https.`);
  return url;
};

const at = (base: URL, path: string, query: Readonly<Record<string, string | readonly string[]>> = {}): URL => {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) url.searchParams.append(name, one);
  return url;
};

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}`, accept: 'application/json' } });
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
const rowsOf = (answer: Row, name: string): Row[] => {
  const list = answer[name];
  return Array.isArray(list) ? list.filter(isRow) : [];
};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const inner = (value: unknown, name: string): unknown => (isRow(value) ? value[name] : undefined);

/** Client credentials → an access token. */
async function token(url: URL, form: Readonly<Record<string, string>>): Promise<string> {
  const answer = await ask(url, { method: 'POST', body: new URLSearchParams(form) });
  const access = textOf(answer.access_token);
  if (access === '') throw new PullProblem('unexpected', `${url.host} gave no access token.`);
  return access;
}

/** Pages until `next` gives none. */
async function pages(
  deps: PullDeps,
  first: URL,
  init: RequestInit,
  rows: (answer: Row) => Row[],
  next: (answer: Row, url: URL, got: number) => URL | null,
): Promise<Row[]> {
  const all: Row[] = [];
  let url: URL | null = first;
  for (let count = 0; url !== null && count < mostPages; count += 1) {
    const answer: Row = await ask(url, init);
    const some = rows(answer);
    all.push(...some);
    deps.progress?.(all.length);
    url = next(answer, url, some.length);
  }
  return all;
}

const withQuery = (url: URL, name: string, value: string): URL => {
  const to = new URL(url);
  to.searchParams.set(name, value);
  return to;
};

/** Falcon Discover's applications by name (at most 100 a page), and every device. Needs Assets: Read and Hosts: Read. */
async function crowdstrike(deps: PullDeps): Promise<Row[]> {
  const base = baseOf(deps.env.FALCON_BASE_URL, 'https://api.crowdstrike.com');
  const access = await token(at(base, '/oauth2/token'), {
    client_id: deps.env.FALCON_CLIENT_ID ?? '',
    client_secret: deps.env.FALCON_CLIENT_SECRET ?? '',
  });
  const rows: Row[] = [];
  for (let from = 0; from < deps.names.length; from += 20) {
    const names = deps.names.slice(from, from + 20).map((name) => `'${name.replaceAll("'", '')}'`);
    const first = at(base, '/discover/combined/applications/v1', {
      filter: `name:[${names.join(',')}]`,
      limit: '100',
      facet: ['host_info', 'install_usage'],
    });
    const after = (answer: Row) => textOf(inner(inner(answer.meta, 'pagination'), 'after'));
    rows.push(
      ...(await pages(
        deps,
        first,
        bearer(access),
        (answer) => rowsOf(answer, 'resources'),
        (answer, url, got) => (got === 0 || after(answer) === '' ? null : withQuery(url, 'after', after(answer))),
      )),
    );
  }
  const devices = at(base, '/devices/combined/devices/v1', { limit: '1000' });
  const next = (answer: Row) => textOf(inner(inner(answer.meta, 'pagination'), 'next'));
  rows.push(
    ...(await pages(
      deps,
      devices,
      bearer(access),
      (answer) =>
        rowsOf(answer, 'resources').map(({ hostname, platform_name, last_seen, last_login_user }) => ({
          hostname,
          platform_name,
          last_seen,
          user: last_login_user,
        })),
      (answer, url, got) => (got === 0 || next(answer) === '' ? null : withQuery(url, 'offset', next(answer))),
    )),
  );
  return rows;
}

/** Installed applications and agents of the console. Needs a token that may view endpoints and applications. */
async function sentinelone(deps: PullDeps): Promise<Row[]> {
  const base = baseOf(deps.env.SENTINELONE_URL);
  const init = {
    headers: { authorization: `ApiToken ${deps.env.SENTINELONE_TOKEN ?? ''}`, accept: 'application/json' },
  };
  const cursor = (answer: Row) => textOf(inner(answer.pagination, 'nextCursor'));
  const all = (path: string) =>
    pages(
      deps,
      at(base, path, { limit: '1000' }),
      init,
      (answer) => rowsOf(answer, 'data'),
      (answer, url) => (cursor(answer) === '' ? null : withQuery(url, 'cursor', cursor(answer))),
    );
  const agents = (await all('/web/api/v2.1/agents')).map(
    ({ computerName, osType, lastLoggedInUserName, lastActiveDate }) => ({
      computerName,
      osType,
      lastLoggedInUserName,
      lastActiveDate,
    }),
  );
  const apps = (await all('/web/api/v2.1/installed-applications')).filter(({ name }) => deps.wanted(textOf(name)));
  return [...agents, ...apps];
}

/** Every computer with its applications. Needs an API role with Read Computers. */
async function jamf(deps: PullDeps): Promise<Row[]> {
  const base = baseOf(deps.env.JAMF_URL);
  const access = await token(at(base, '/api/oauth/token'), {
    client_id: deps.env.JAMF_CLIENT_ID ?? '',
    client_secret: deps.env.JAMF_CLIENT_SECRET ?? '',
    grant_type: 'client_credentials',
  });
  const size = 100;
  const sections = ['GENERAL', 'APPLICATIONS', 'USER_AND_LOCATION', 'OPERATING_SYSTEM'];
  const first = at(base, '/api/v1/computers-inventory', {
    section: sections,
    page: '0',
    'page-size': String(size),
    sort: 'id:asc',
  });
  return pages(
    deps,
    first,
    bearer(access),
    (answer) => rowsOf(answer, 'results'),
    (answer, url, got) => {
      const number = Number(url.searchParams.get('page')) + 1;
      return got < size || number * size >= Number(answer.totalCount) ? null : withQuery(url, 'page', String(number));
    },
  );
}

/** Detected apps with the devices of those that are wanted, and every managed device. Needs DeviceManagementManagedDevices.Read.All. */
async function intune(deps: PullDeps): Promise<Row[]> {
  const { env } = deps;
  const login = baseOf(env.INTUNE_LOGIN_URL, 'https://login.microsoftonline.com');
  const graph = baseOf(env.INTUNE_GRAPH_URL, 'https://graph.microsoft.com');
  const access = await token(at(login, `/${encodeURIComponent(env.INTUNE_TENANT_ID ?? '')}/oauth2/v2.0/token`), {
    client_id: env.INTUNE_CLIENT_ID ?? '',
    client_secret: env.INTUNE_CLIENT_SECRET ?? '',
    scope: `${graph.origin}/.default`,
    grant_type: 'client_credentials',
  });
  // A next page elsewhere would be given the token.
  const next = (answer: Row): URL | null => {
    const link = URL.parse(textOf(answer['@odata.nextLink']));
    return link !== null && link.origin === graph.origin ? link : null;
  };
  const all = (path: string, query: Readonly<Record<string, string>>) =>
    pages(deps, at(graph, path, query), bearer(access), (answer) => rowsOf(answer, 'value'), next);
  const select = 'id,deviceName,operatingSystem,userPrincipalName,lastSyncDateTime';
  const devices = await all('/v1.0/deviceManagement/managedDevices', { $select: select });
  const known = new Map(devices.map((device) => [textOf(device.id), device]));
  const apps = (await all('/v1.0/deviceManagement/detectedApps', { $top: '100' })).filter((app) =>
    deps.wanted(textOf(app.displayName)),
  );
  const rows: Row[] = [...devices];
  for (const app of apps) {
    const on = await all(`/v1.0/deviceManagement/detectedApps/${encodeURIComponent(textOf(app.id))}/managedDevices`, {
      $select: 'id,deviceName',
    });
    rows.push({ ...app, managedDevices: on.map((device) => known.get(textOf(device.id)) ?? device) });
  }
  return rows;
}

const pulls: Readonly<Record<PullSource, (deps: PullDeps) => Promise<Row[]>>> = {
  crowdstrike,
  sentinelone,
  jamf,
  intune,
};
