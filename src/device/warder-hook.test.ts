import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const script = path.join(import.meta.dirname, 'warder-hook.sh');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-device-'));
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const perl = '/usr/bin/perl';
const ways = ['curl', ...(fs.existsSync(perl) ? ['perl'] : [])];

/** A client installed for a server at `url`, on a machine with perl or without. */
function installWith(way: string, name: string, url: string | null): string {
  const client = path.join(folder, way, name, 'warder-hook');
  const text = fs.readFileSync(script, 'utf8');
  expect(text).toContain(`perl=${perl}\n`);
  fs.mkdirSync(path.dirname(client), { recursive: true });
  fs.writeFileSync(client, way === 'perl' ? text : text.replace(`perl=${perl}\n`, `perl=${folder}/no-perl\n`));
  fs.chmodSync(client, 0o755);
  if (url !== null)
    fs.writeFileSync(`${client}.conf`, `url = "${url}"\nheader = "Authorization: Bearer wrd_test"\n`, { mode: 0o600 });
  return client;
}

/** The client as a machine runs it whose /bin/sh is `shell`. */
function startWith(shell: string, client: string): void {
  if (shell === '/bin/sh') return;
  const sh = path.join(path.dirname(client), 'sh');
  fs.symlinkSync(shell, sh);
  fs.writeFileSync(client, fs.readFileSync(client, 'utf8').replace('#!/bin/sh', `#!${sh}`));
}

async function serve(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/claude-code`;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  client: string,
  args: readonly string[],
  input = '{"a":1}',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(client, args, { env, cwd: folder });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const json = (res: http.ServerResponse, status: number, body: string, type = 'application/json'): void => {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  res.end(body);
};

const before = ['claude-code', 'PreToolUse', 'block'];
const after = ['claude-code', 'PostToolUse', 'pass'];

/** Every way the server can fail the client, and what the person is told. */
const failures: Readonly<Record<string, readonly [url: () => Promise<string | null>, says: string]>> = {
  'is not running': [async () => 'http://127.0.0.1:9/hooks/claude-code', 'not running. Start it: warder serve'],
  'does not know the token': [() => serve((_, res) => json(res, 401, '{"error":{}}')), 'does not accept this device'],
  'has an accident': [() => serve((_, res) => json(res, 500, '{"error":{}}')), 'answered 500'],
  'answers with text': [() => serve((_, res) => json(res, 200, 'hello', 'text/plain')), 'answered 200'],
  'answers with broken JSON': [() => serve((_, res) => json(res, 200, '{not json')), 'not JSON'],
  'answers with nothing': [() => serve((_, res) => json(res, 200, '')), 'not JSON'],
  'sends to elsewhere': [
    () => serve((_, res) => res.writeHead(302, { location: 'http://127.0.0.1:9/', 'content-length': 0 }).end()),
    'answered 302',
  ],
  'stops in the middle': [
    () =>
      serve((_, res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '99' });
        res.write('{');
        setTimeout(() => res.destroy(), 20);
      }),
    'could not be asked (error',
  ],
  'speaks no http': [
    async () => {
      const server = net.createServer((socket) => socket.end('bye')).listen(0, '127.0.0.1');
      closing.push(() => server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    },
    'could not be asked (error',
  ],
  'was never installed': [async () => null, 'cannot be read. Run: warder install claude-code'],
};

describe.each(ways)('the device client, asking with %s', (way) => {
  const install = (name: string, url: string | null) => installWith(way, name, url);
  const bin = path.join(folder, `bin-${way}`);

  it('gives the body to the server and the server’s answer to the agent, byte for byte', async () => {
    const seen: unknown[] = [];
    const deny = '{"hookSpecificOutput":{"permissionDecisionReason":"a \\"b\\" %s \\\\ 100% ü"}}';
    const url = await serve((req, res) => {
      let body = '';
      req.on('data', (chunk) => (body += chunk));
      req.on('end', () => {
        seen.push(req.method, req.headers.authorization, req.headers['content-type'], body);
        json(res, 200, deny);
      });
    });
    const input = JSON.stringify({ command: 'printf "%s\\n" $HOME `id`; @file', long: 'x'.repeat(1_500_000) });
    expect(await run(install('works', url), before, input)).toEqual({ code: 0, stdout: `${deny}\n`, stderr: '' });
    expect(seen).toEqual(['POST', 'Bearer wrd_test', 'application/json', input]);
  });

  it.each(Object.entries(failures))('blocks and says why when the server %s', async (name, [url, says]) => {
    const client = install(name.replaceAll(' ', '-'), await url());
    const blocked = await run(client, before);
    expect(blocked).toMatchObject({ code: 2, stdout: '' });
    expect(blocked.stderr).toContain('Blocked: Warder could not judge this.');
    expect(blocked.stderr).toContain(says);
    expect(await run(client, after)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('hears a refusal that comes before its whole body is taken', async () => {
    const client = install('early', await serve((_, res) => json(res, 401, '{"error":{}}')));
    const refused = await run(client, before, 'x'.repeat(20_000_000));
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('does not accept this device');
  });

  it('blocks within its own deadline when the server hangs', async () => {
    const client = install('hangs', await serve(() => {}));
    const start = performance.now();
    const blocked = await run(client, before);
    expect(blocked).toMatchObject({ code: 2, stdout: '' });
    expect(blocked.stderr).toContain('did not answer in 5 seconds');
    expect(performance.now() - start).toBeLessThan(7000);
  });

  it('blocks when it is called without saying for what', async () => {
    const client = install('no-words', await serve((_, res) => json(res, 200, '{}')));
    expect((await run(client, [])).code).toBe(2);
    expect((await run(client, ['claude-code', 'PreToolUse'])).code).toBe(0);
  });

  it('refuses in the form of Cline where it stands for one', async () => {
    const client = install('cline', 'http://127.0.0.1:9/');
    const refused = await run(client, ['cline', 'PreToolUse', 'cline']);
    expect(refused).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(refused.stdout)).toEqual({
      cancel: true,
      errorMessage: expect.stringMatching(/^Blocked: Warder could not judge this\..*warder serve$/),
    });
  });

  it('asks for the agent it was called for, whatever path its settings name', async () => {
    const seen: unknown[] = [];
    const url = await serve((req, res) => {
      seen.push(req.url, req.headers['x-warder-event']);
      json(res, 200, '{}');
    });
    const client = install('paths', url);
    await run(client, ['codex', 'PreToolUse']);
    await run(client, ['gemini-cli', 'BeforeTool', 'pass']);
    expect(seen).toEqual(['/hooks/codex', 'PreToolUse', '/hooks/gemini-cli', 'BeforeTool']);
    for (const wrong of ['../x', 'a b', 'a/b', 'ü', 'a\nb']) {
      expect((await run(client, [wrong, 'PreToolUse'])).code, wrong).toBe(2);
      expect((await run(client, ['codex', wrong])).code, wrong).toBe(2);
    }
    expect(seen).toHaveLength(4);
  });

  it.each([
    ['0 and no body', '0', '', { code: 0, stdout: '', stderr: '' }],
    ['0 and text', '0', 'fine', { code: 0, stdout: 'fine\n', stderr: '' }],
    [
      '2 and a reason',
      '2',
      'No: it\n"deletes" 100% $HOME',
      { code: 2, stdout: '', stderr: 'No: it\n"deletes" 100% $HOME\n' },
    ],
    ['2 and no reason', '2', '', { code: 2, stdout: '', stderr: 'Blocked by Warder.\n' }],
    ['3 and JSON', '3', '{"a":1}', { code: 3, stdout: '', stderr: '{"a":1}\n' }],
    ['a word', 'none', '{}', { code: 2, stdout: '' }],
    ['a large number', '256', '{}', { code: 2, stdout: '' }],
  ])('gives the exit status that the answer names: %s', async (name, exit, body, expected) => {
    const url = await serve((_, res) => {
      const length = Buffer.byteLength(body);
      res.writeHead(200, { 'content-type': 'application/json', 'Content-Length': length, 'X-Warder-Exit': exit });
      res.end(body);
    });
    expect(await run(install(`exit-${name.replaceAll(' ', '-')}`, url), before)).toMatchObject(expected);
  });

  it('takes no exit status from the body', async () => {
    const body = '{"a":"\\r\\n\\r\\nx-warder-exit: 0"}';
    const client = install('forged', await serve((_, res) => json(res, 200, body)));
    expect(await run(client, before)).toEqual({ code: 0, stdout: `${body}\n`, stderr: '' });
    const raw = await serve((_, res) => json(res, 200, 'x\r\n\r\nx-warder-exit: 0\r\n\r\n'));
    expect((await run(install('forged-raw', raw), before)).code).toBe(2);
  });

  it('goes through the socket beside it, and past a socket that nobody serves any more', async () => {
    const client = install('socket', await serve((_, res) => json(res, 200, '{"from":"server"}')));
    const socket = path.join(path.dirname(client), 'device.sock');
    const heard: string[] = [];
    const device = http.createServer((req, res) => {
      req.on('data', (chunk) => heard.push(String(chunk)));
      req.on('end', () => json(res, 200, '{"from":"device"}'));
      expect(req.headers.authorization).toBeUndefined();
    });
    await new Promise<void>((resolve) => device.listen(socket, resolve));
    expect((await run(client, before, '{"b":2}')).stdout).toBe('{"from":"device"}\n');
    expect(heard.join('')).toBe('{"b":2}');
    // What a device process that was killed leaves behind.
    fs.renameSync(socket, `${socket}.kept`);
    await new Promise((resolve) => device.close(resolve));
    fs.renameSync(`${socket}.kept`, socket);
    expect(await run(client, before)).toEqual({ code: 0, stdout: '{"from":"server"}\n', stderr: '' });
  });

  it('refuses when it is ended while it waits', async () => {
    const client = install('ended', await serve(() => {}));
    const child = spawn(client, before, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdin.end('{}');
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
    expect(stderr).toContain('Blocked: Warder could not judge this.');
  });

  describe('is not led astray by its environment', () => {
    const trap = path.join(bin, 'trap.sh');
    fs.mkdirSync(bin);
    for (const name of ['curl', 'perl', 'env', 'printf', 'sh', '[', 'test'])
      fs.writeFileSync(path.join(bin, name), '#!/bin/sh\necho "{}"\n', { mode: 0o755 });
    fs.writeFileSync(trap, 'echo "{}"\nexit 0\n', { mode: 0o755 });
    const curlrc = 'url = "http://127.0.0.1:9/"\nproxy = "http://127.0.0.1:9"\nmax-time = "0.001"\n';
    for (const name of ['.curlrc', 'curlrc', '_curlrc']) fs.writeFileSync(path.join(folder, name), curlrc);
    const gone = path.join(folder, 'nothing-there');
    const badOpenssl = path.join(folder, 'openssl.cnf');
    fs.writeFileSync(
      badOpenssl,
      `openssl_conf = a\n[a]\nengines = b\n[b]\nc = d\n[d]\ndynamic_path = ${gone}.so\ninit = 1\n`,
    );
    const dead = 'http://127.0.0.1:9';
    const hostile: Readonly<Record<string, NodeJS.ProcessEnv>> = {
      'nothing at all': {},
      PATH: { PATH: bin },
      'an empty PATH': { PATH: '' },
      perl: {
        PERL5OPT: '-Mnothing::there',
        PERL5LIB: bin,
        PERLLIB: bin,
        PERL5DB: 'BEGIN { exit 0 }',
        PERL_UNICODE: 'SDA',
        PERLIO: ':utf16',
        VERSIONER_PERL_VERSION: '1',
      },
      HOME: { HOME: folder, CURL_HOME: folder, XDG_CONFIG_HOME: folder },
      proxies: {
        http_proxy: dead,
        https_proxy: dead,
        HTTPS_PROXY: dead,
        HTTP_PROXY: dead,
        ALL_PROXY: dead,
        all_proxy: dead,
        NO_PROXY: '',
        no_proxy: '',
      },
      'start-up files': { ENV: trap, BASH_ENV: trap, ZDOTDIR: bin },
      'field separators': { IFS: '/ae.w:{"-' },
      'shell options': {
        SHELLOPTS: 'noexec:xtrace:errexit',
        BASHOPTS: 'extdebug',
        PS4: '$(echo {})',
        POSIXLY_CORRECT: '1',
      },
      functions: Object.fromEntries(
        ['curl', 'env', 'printf', '[', 'ask', 'stop', 'set', 'unset', 'exit', 'trap', 'case'].map((name) => [
          `BASH_FUNC_${name}%%`,
          '() { echo "{}"; builtin exit 0; }',
        ]),
      ),
      'the loader': {
        LD_LIBRARY_PATH: bin,
        LD_AUDIT: gone,
        LD_DEBUG: 'all',
        LD_DEBUG_OUTPUT: gone,
        LD_BIND_NOW: '1',
        LD_PRELOAD: gone,
        GLIBC_TUNABLES: 'glibc.malloc.check=3',
        DYLD_INSERT_LIBRARIES: gone,
      },
      libraries: {
        OPENSSL_CONF: badOpenssl,
        OPENSSL_MODULES: bin,
        OPENSSL_ENGINES: bin,
        SSL_CERT_FILE: gone,
        SSL_CERT_DIR: gone,
        CURL_CA_BUNDLE: gone,
        SSLKEYLOGFILE: path.join(folder, 'keys.log'),
        GCONV_PATH: bin,
        LOCPATH: bin,
        HOSTALIASES: gone,
        RES_OPTIONS: 'attempts:0',
        KRB5_CONFIG: gone,
        MALLOC_CHECK_: '3',
      },
      Node: { NODE_OPTIONS: `--require ${gone}`, NODE_EXTRA_CA_CERTS: gone, NODE_PATH: bin },
      locale: { LANG: 'tr_TR.UTF-8', LC_ALL: 'ja_JP.SJIS', LANGUAGE: 'xx', TZ: gone },
      'its own names': {
        agent: 'x',
        event: 'x',
        on_failure: 'pass',
        here: bin,
        failed: '0',
        answer: '{}',
        status: '200 application/json',
        body: '{}',
        code: '0',
        head: 'x-warder-exit: 0',
        cr: 'x',
        newline: 'x',
        perl: '/bin/true',
        server: 'x',
        settings: '/dev/null',
        WARDER_URL: dead,
        WARDER_HOME: bin,
      },
    };
    const shells = ['/bin/sh', '/bin/bash', '/bin/busybox'].filter((shell) => fs.existsSync(shell));

    it.each(shells.flatMap((shell) => Object.keys(hostile).map((name) => [shell, name] as const)))(
      '%s: %s',
      async (shell, name) => {
        const where = `${path.basename(shell)}-${name.replaceAll(' ', '-')}`;
        const client = install(`hostile-${where}`, await serve((_, res) => json(res, 200, '{"asked":1}')));
        const unserved = install(`hostile-dead-${where}`, 'http://127.0.0.1:9/');
        for (const each of [client, unserved]) startWith(shell, each);
        const env = hostile[name] ?? {};
        expect((await run(client, before, '{}', env)).stdout).toBe('{"asked":1}\n');
        const refused = await run(unserved, before, '{}', env);
        expect([refused.code, refused.stdout]).toEqual([2, '']);
        expect(refused.stderr).toContain('Blocked: Warder could not judge this.');
        expect(fs.existsSync(path.join(folder, 'keys.log'))).toBe(false);
      },
    );
  });

  it('puts no token on any command line', () => {
    expect(fs.readFileSync(script, 'utf8')).not.toMatch(/bearer/i);
  });
});
