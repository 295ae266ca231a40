import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { CoverageReport } from '../src/core/coverage.ts';
import type { Commit } from '../src/core/store.ts';
import { openHome } from '../src/record/home.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { hooked } from './harness/commits.ts';
import { listening } from './harness/gateway-rig.ts';
import { warder } from './harness/warder.ts';

const home = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'warder-coverage-')), 'home');

const calls: readonly Commit[] = [
  ...Array.from({ length: 6 }, (_, n) => hooked({ id: `h${n}`, at: new Date().toISOString() })),
  ...Array.from({ length: 2 }, (_, n) => {
    const { call, session } = hooked({
      id: `t${n}`,
      at: new Date().toISOString(),
      device: 'tower',
      person: 'bob',
      agent: 'codex',
    });
    const phase = { phase: 'after', at: call?.at ?? '', source: 'transcript' } as const;
    return { phase, ...(call ? { call } : {}), ...(session ? { session } : {}) };
  }),
];

beforeAll(async () => {
  const { dbPath, signingKeyPem, keyid } = openHome(home);
  const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid });
  for (const commit of calls) await store.commit(commit);
  await store.close();
  fs.writeFileSync(
    path.join(home, 'access.json'),
    JSON.stringify({ mode: 'observe', teams: { data: { people: ['b*'] } } }),
  );
});
afterAll(() => fs.rmSync(path.dirname(home), { recursive: true, force: true }));

const shares = ({ items }: CoverageReport) => items.map(({ key, controllable, calls }) => [key, controllable, calls]);

describe('warder coverage', () => {
  test('reads the store of a home without a server: a line for each, and what to do about the rest', async () => {
    const { stdout, exit } = await warder(['coverage', '--home', home], { HOME: home });
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^75\.0 % of 8 tool calls known since /);
    expect(stdout).toMatch(/tower +0\.0 % +0 of 2 .*transcript-only 2/);
    expect(stdout).toMatch(/laptop +100 % +6 of 6/);
    expect(stdout).toContain('warder install AGENT');
  });

  test('a share below the one asked for is found by the exit status; mistakes are told', async () => {
    const below = await warder(['coverage', '--home', home, '--at-least', '80', '--json'], { HOME: home });
    expect([below.exit, below.stderr]).toEqual([1, 'warder coverage: 75.0 % is below 80 %.\n']);
    expect((await warder(['coverage', '--home', home, '--at-least', '75'], { HOME: home })).exit).toBe(0);
    const wrong = [['--by', 'moon'], ['--since', 'yesterday'], ['--at-least', '101'], ['--device']];
    const tried = await Promise.all(wrong.map((each) => warder(['coverage', '--home', home, ...each], { HOME: home })));
    expect(tried.map(({ exit }) => exit)).toEqual([2, 2, 2, 2]);
    const none = await warder(['coverage', '--home', path.join(home, 'none')], { HOME: home });
    expect([none.exit, none.stderr]).toEqual([3, expect.stringContaining('warder serve')]);
  });
});

describe('coverage of a running server', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ ...readConfig(home, { port: '0' }), env: {}, log: () => {} });
  });
  afterAll(() => server.close());
  const get = async (query: string) => {
    const answer = await fetch(`${server.url}/api/v1/coverage${query}`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    return { status: answer.status, body: (await answer.json()) as CoverageReport };
  };

  test('is told apart by device, agent, person and team, and narrowed', async () => {
    expect(shares((await get('?by=device')).body)).toEqual([
      ['tower', 0, 2],
      ['laptop', 6, 6],
    ]);
    expect(shares((await get('?by=agent&device=tower')).body)).toEqual([['codex', 0, 2]]);
    expect(shares((await get('?by=team')).body)).toEqual([
      ['data', 0, 2],
      ['', 6, 6],
    ]);
    expect(shares((await get('?by=person&team=data&since=7d')).body)).toEqual([['bob', 0, 2]]);
    const { total } = (await get('')).body;
    expect(total).toMatchObject({ calls: 8, controllable: 6, byHook: 6, gaps: { 'transcript-only': 2 } });
    expect((await get('?by=moon')).status).toBe(400);
    expect((await get('?since=2026-13-45')).status).toBe(400);
    expect((await get('?colour=red')).status).toBe(400);
  });

  test('is what the command line shows while it runs', async () => {
    const { stdout } = await warder(['coverage', '--home', home, '--by', 'team', '--json'], { HOME: home });
    expect(JSON.parse(stdout)).toEqual((await get('?by=team')).body);
  });
});

describe('people of one name whom an identity provider tells apart', () => {
  test('are counted in their own teams; whoever is in none is shown as such', async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-teams-'));
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
    const idp = await listening((_req, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] })),
    );
    const oidc = { issuer: idp.url, audience: 'warder', jwks: `${idp.url}/keys` };
    fs.writeFileSync(path.join(place, 'config.json'), JSON.stringify({ identity: { oidc } }));
    const teams = { web: { groups: ['g-web'] }, data: { groups: ['g-data'] } };
    fs.writeFileSync(path.join(place, 'access.json'), JSON.stringify({ mode: 'observe', teams }));
    const server = await startServer({ ...readConfig(place, { port: '0' }), env: {}, log: () => {} });
    const jwtOf = (groups: readonly string[]) =>
      new SignJWT({ preferred_username: 'ann', groups })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuer(idp.url)
        .setAudience('warder')
        .setExpirationTime('5m')
        .sign(privateKey);
    const bring = async (groups: readonly string[], ...ids: readonly string[]) => {
      const now = new Date().toISOString();
      const none = { subagent: '', cwd: '/', version: '1', gitBranch: '', permissionMode: '' };
      const turns = ids.map((id, record) => ({
        ...{ file: 0, record, at: now },
        turn: {
          ...{ kind: 'turn', uuid: id, session: `s-${groups.join()}`, at: now, ...none },
          items: [{ kind: 'call', toolUseId: id, tool: 'Bash', input: { command: 'ls' } }],
        },
      }));
      const answer = await fetch(`${server.url}/import`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await jwtOf(groups)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ v: 1, agent: 'claude-code', files: [{ path: '/t', mark: null }], turns }),
      });
      expect(await answer.json()).toMatchObject({ calls: ids.length });
    };
    await bring(['g-web', 'all'], 'w1', 'w2', 'w3');
    await bring(['g-data'], 'd1', 'd2');
    await bring([], 'n1');
    const ask = (query: string) =>
      fetch(`${server.url}/api/v1/coverage?${query}`, { headers: { authorization: `Bearer ${server.token}` } });
    const counted = async (query: string) => {
      const { items } = (await (await ask(query)).json()) as CoverageReport;
      return items.map(({ key, calls }) => [key, calls]);
    };
    expect(await counted('by=team')).toEqual([
      ['web', 3],
      ['data', 2],
      ['', 1],
    ]);
    expect(await counted('by=person&team=data')).toEqual([['ann', 2]]);
    const shown = await warder(['coverage', '--home', place, '--by', 'team'], { HOME: place });
    expect(shown.stdout).toMatch(/\(no team\) +0\.0 % +0 of 1/);
    await server.close();
    await idp.close();
    fs.rmSync(place, { recursive: true, force: true });
  });
});
