import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { deviceWorld, kill, type Process, say, until } from './harness/devices.ts';

// The device's home on a disk of its own, a tmpfs of 2 MB in a private mount namespace, that really is full.

/** Needs root, and a system that lets it: containers often do not. */
const mayMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' }).status === 0 &&
  spawnSync('nsenter', ['--version'], { stdio: 'ignore' }).status === 0;

const root = path.resolve(import.meta.dirname, '..');
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A server, and an enrolled device whose home is on the small disk. */
async function small(mode: 'enforce' | 'observe') {
  const world = await deviceWorld(mode);
  closers.push(world.close);
  const home = world.homes.device;
  const kept = `${home}-kept`;
  fs.cpSync(home, kept, { recursive: true });
  const script = `mount --make-rprivate / && mount -t tmpfs -o size=2m,mode=700 tmpfs ${home} && cp -a ${kept}/. ${home} && echo mounted && exec sleep 600`;
  const holder = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  closers.push(() => void holder.kill('SIGKILL'));
  await new Promise((resolve, reject) => {
    holder.stdout.once('data', resolve);
    holder.once('exit', () => reject(new Error('the small disk could not be mounted')));
  });
  const inside = ['-t', String(holder.pid), '-m'];
  /** The disk as it is in there. */
  const disk = `/proc/${holder.pid}/root${home}`;
  const socketPath = path.join(disk, 'device/device.sock');

  function run(): Process {
    const words = [process.execPath, '--disable-warning=ExperimentalWarning', path.join(root, 'src/cli.ts')];
    const child = spawn('nsenter', [...inside, ...words, 'device', 'run', '--home', home], {
      env: { PATH: process.env.PATH ?? '', HOME: home },
    });
    let err = '';
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));

    const device = { child, ended, said: () => err };
    closers.push(() => (child.exitCode === null && child.signalCode === null ? kill(device) : undefined));
    return device;
  }
  async function startDevice(): Promise<Process> {
    const device = run();
    await until(
      () =>
        say({ socketPath }, { method: 'GET', path: '/healthz' }).then(
          ({ status }) => status === 200,
          () => false,
        ),
      30_000,
      'the device',
    );
    return device;
  }
  return {
    world,
    run,
    startDevice,
    hook: async (id: string, command = 'git status') => {
      const { status, exit, body } = await say(
        { socketPath },
        { path: '/hooks/claude-code', body: call(id, command), headers: { 'content-type': 'application/json' } },
      );
      return { status, exit, denied: body.includes('"deny"'), body };
    },
    /** The device client as an agent starts it, on the same disk. */
    client: (id: string): Promise<{ code: number | null; out: string }> =>
      new Promise((resolve) => {
        const words = [path.join(home, 'device/warder-hook'), 'claude-code', 'PreToolUse', 'block'];
        const child = spawn('nsenter', [...inside, ...words], { env: {} });
        let out = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (out += String(chunk)));
        child.on('close', (code) => resolve({ code, out }));
        child.stdin.on('error', () => undefined);
        child.stdin.end(call(id));
      }),
    status: async () =>
      JSON.parse((await say({ socketPath }, { method: 'GET', path: '/status' })).body) as {
        waiting: number;
        lost: number;
        policy: string;
        mode: string;
      },
    fill() {
      const file = fs.openSync(path.join(disk, 'ballast'), 'w');
      try {
        for (;;) fs.writeSync(file, Buffer.alloc(4096));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
      } finally {
        fs.closeSync(file);
      }
    },
    makeRoom: () => fs.rmSync(path.join(disk, 'ballast')),
    left: () => fs.readdirSync(disk, { recursive: true }).map(String).sort(),
  };
}

const call = (id: string, command = 'git status'): string =>
  JSON.stringify({
    ...{ session_id: 's1', cwd: '/home/dev/app', hook_event_name: 'PreToolUse', tool_name: 'Bash' },
    // Longer than what may be left of a page: no line finds room by chance.
    ...{ tool_input: { command, description: 'x'.repeat(6000) }, tool_use_id: id },
  });

async function recorded({ world }: Awaited<ReturnType<typeof small>>): Promise<string[]> {
  const { token } = JSON.parse(fs.readFileSync(path.join(world.homes.server, 'server.json'), 'utf8')) as {
    token: string;
  };
  const answer = await fetch(`http://127.0.0.1:${world.serverPort}/api/v1/calls?limit=100`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { items } = (await answer.json()) as { items: { toolUseId: string }[] };
  return items.map(({ toolUseId }) => toolUseId).sort();
}

describe.skipIf(!mayMount)('a device whose disk is full (needs root and mount namespaces)', () => {
  it('refuses what it cannot keep while the server is gone, counts it, and goes on when there is room', async () => {
    const machine = await small('enforce');
    const { world, hook, client, status } = machine;
    const device = await machine.startDevice();
    await until(async () => (await status()).policy !== '', 30_000, 'the policy');
    await kill(world.server);

    expect(await hook('kept-1')).toMatchObject({ status: 200, denied: false });
    expect(await status()).toMatchObject({ waiting: 1, lost: 0 });
    machine.fill();
    const refused = await hook('lost-1');
    expect(refused).toMatchObject({ denied: true });
    expect(refused.body).toContain('the disk cannot keep this call');
    const many = await Promise.all(['lost-2', 'lost-3', 'lost-4'].map((id) => hook(id)));
    expect(many.map(({ denied }) => denied)).toEqual([true, true, true]);
    const asked = await client('lost-5');
    expect(asked.code === 2 || asked.out.includes('"deny"'), asked.out).toBe(true);
    expect(await status()).toMatchObject({ waiting: 1, lost: 5 });
    expect(device.said()).toContain('spool-failed');

    // Killed, it does not start again on the full disk: agents are refused, and nothing is left behind by the tries.
    await kill(device);
    const files = machine.left();
    const failed = machine.run();
    await failed.ended;
    expect([failed.child.exitCode, failed.said()]).toEqual([3, expect.stringContaining('Free some space')]);
    expect(machine.left()).toEqual(files);
    expect((await client('lost-6')).code).toBe(2);

    // What waited is there when it starts again.
    machine.makeRoom();
    const again = await machine.startDevice();
    expect(await status()).toMatchObject({ waiting: 1 });
    expect(await hook('kept-2')).toMatchObject({ denied: false });
    machine.fill();

    await world.startServer();
    await until(async () => (await status()).waiting === 0, 30_000, 'what waited');
    expect(await recorded(machine)).toEqual(['kept-1', 'kept-2']);
    // The server is there again: nothing has to be kept, so a full disk is no reason to refuse.
    expect(await hook('asked')).toMatchObject({ denied: false });
    expect(await recorded(machine)).toEqual(['asked', 'kept-1', 'kept-2']);
    expect(again.child.exitCode).toBeNull();
  }, 120_000);

  it('lets go while observing, and says how much is missing', async () => {
    const machine = await small('observe');
    const { world, hook, status } = machine;
    await machine.startDevice();
    await until(async () => (await status()).policy !== '', 30_000, 'the policy');
    await kill(world.server);
    machine.fill();
    expect(await hook('lost-1', 'rm -rf ~/')).toMatchObject({ denied: false });
    expect(await status()).toMatchObject({ waiting: 0, lost: 1 });
    await world.startServer();
    expect(await recorded(machine)).toEqual([]);
  }, 120_000);
});
