import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-newcomer-'));
afterAll(() => fs.rmSync(place, { recursive: true, force: true }));

/** The machine's own environment: no pinned Node in PATH, nothing npm set for this run. */
const env = Object.fromEntries(
  Object.entries(process.env)
    .filter(([name]) => !/^(npm_|NODE_|VITEST|WARDER|INIT_CWD)/i.test(name))
    .map(([name, value]) => [
      name,
      name === 'PATH'
        ? value
            ?.split(':')
            .filter((dir) => !dir.includes('node_modules'))
            .join(':')
        : value,
    ]),
);

interface Ready {
  readonly url: string;
  readonly loginUrl: string;
  readonly token: string;
  readonly pid: number;
}

/** Starts a command that prints one line of JSON when ready. */
function untilReady(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<Ready & { readonly seconds: number }> {
  const started = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const line = out.split('\n').find((text) => text.startsWith('{"url"'));
      if (line !== undefined)
        resolve({ ...(JSON.parse(line) as Ready), seconds: (performance.now() - started) / 1000 });
    });
    child.once('close', (status) =>
      reject(new Error(`${command} ${args.join(' ')} ended with ${status}\n${out}\n${err}`)),
    );
  });
}

async function answers(ready: Ready): Promise<void> {
  const health = await fetch(`${ready.url}/healthz`);
  expect(health.status).toBe(200);
  const page = await fetch(ready.loginUrl, { redirect: 'manual' });
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const console_ = await fetch(`${ready.url}/`, { headers: { cookie } });
  expect(await console_.text()).toContain('<div id="root">');
  process.kill(ready.pid, 'SIGTERM');
}

describe('a newcomer', () => {
  it('clones into an empty folder and has the console within two minutes of npm start', {
    timeout: 240_000,
  }, async () => {
    const clone = path.join(place, 'clone');
    execFileSync('git', ['clone', '-q', root, clone]);
    const ready = await untilReady(
      'npm',
      ['start', '--silent', '--', '--json', '--port', '0', '--home', path.join(place, 'home')],
      clone,
    );
    console.log(`npm start in a fresh clone: console after ${ready.seconds.toFixed(1)} s`);
    expect(ready.seconds).toBeLessThan(120);
    await answers(ready);
  });

  it('installs the package and runs warder from it', { timeout: 240_000 }, async () => {
    const packed =
      execFileSync('npm', ['pack', '--silent', '--pack-destination', place], { cwd: root, env, encoding: 'utf8' })
        .trim()
        .split('\n')
        .at(-1) ?? '';
    const project = path.join(place, 'project');
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', path.join(place, packed)], {
      cwd: project,
      env,
    });
    const version = execFileSync('npx', ['warder', '--version'], { cwd: project, env, encoding: 'utf8' }).trim();
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    const judged = spawnSync('npx', ['warder', 'judge'], {
      cwd: project,
      env,
      encoding: 'utf8',
      input: '{"id":1,"tool":"Bash","input":{"command":"rm -rf ~"}}\n',
    });
    expect(JSON.parse(judged.stdout)).toMatchObject({ id: 1, severity: 'critical' });
    await answers(
      await untilReady(
        'npx',
        ['warder', 'serve', '--json', '--port', '0', '--home', path.join(place, 'home2')],
        project,
      ),
    );
  });
});
