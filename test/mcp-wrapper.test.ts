import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import type http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openRemoteJudge } from '../src/cli/mcp-remote.ts';
import type { Mode } from '../src/core/verdict.ts';
import { listening } from './harness/gateway-rig.ts';

// `warder mcp` as a process, before a bare server and a Warder that says what the test wants.

const program = ['--disable-warning=ExperimentalWarning', path.resolve(import.meta.dirname, '../src/cli.ts'), 'mcp'];
const echo = path.resolve(import.meta.dirname, 'harness/mcp-echo.mjs');
const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-wrapper-'));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => fs.rmSync(place, { recursive: true, force: true }));

interface Said {
  readonly ask?: { readonly tool: string; readonly input: unknown };
  readonly notes?: readonly { readonly kind: string; readonly [name: string]: unknown }[];
}

let count = 0;
const newHome = (): string => {
  const home = path.join(place, `home-${count++}`);
  fs.mkdirSync(home);
  return home;
};

/** A Warder that denies what holds FORBIDDEN; `hang` answers nothing. */
async function fakeWarder(home: string, mode: Mode, hang = false) {
  const said: Said[] = [];
  const answer: http.RequestListener = (req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += chunk));
    req.on('end', () => {
      const message = JSON.parse(body) as Said;
      said.push(message);
      if (hang) return;
      const deny = JSON.stringify(message.ask?.input ?? '').includes('FORBIDDEN');
      const verdict = { effective: deny && mode === 'enforce' ? 'deny' : 'allow', why: 'so', rules: [], askMs: 0 };
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ mode, personMs: 0, ...(message.ask ? { verdict } : {}) }));
    });
  };
  const server = await listening(answer);
  fs.writeFileSync(path.join(home, 'server.json'), JSON.stringify({ url: server.url, clientToken: 'made-up' }));
  fs.writeFileSync(path.join(home, 'mode'), `${mode}\n`);
  closers.push(() => server.close());
  return { said, notes: () => said.flatMap(({ notes = [] }) => notes), close: server.close };
}

interface Wrapped {
  readonly child: ChildProcessWithoutNullStreams;
  out(): Buffer;
  err(): string;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

function wrapped(home: string, flags: readonly string[], command: readonly string[]): Wrapped {
  const child = spawn(process.execPath, [...program, '--home', home, '--name', 'bare', ...flags, '--', ...command], {
    env: { PATH: process.env.PATH ?? '', HOME: home },
  });
  const out: Buffer[] = [];
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  closers.push(() => child.kill('SIGKILL'));
  return { child, out: () => Buffer.concat(out), err: () => err, ended };
}

const bare = (...words: string[]) => [process.execPath, echo, ...words];

async function until(what: () => boolean): Promise<void> {
  for (let attempt = 0; !what(); attempt += 1) {
    if (attempt > 300) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const call = (id: number, text = 'x') =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'add', arguments: { text } } })}\n`;
const answers = ({ out }: Wrapped) =>
  out()
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { id: unknown; result?: { isError?: boolean; content: { text: string }[] } });

describe('warder mcp --', () => {
  it('passes every byte in both directions', async () => {
    const home = newHome();
    await fakeWarder(home, 'enforce');
    const [kept, told] = [path.join(place, 'kept'), path.join(place, 'told')];
    const odd = '\r\n  {"jsonrpc":"2.0" , "id":1,"method":"ping", "params":{"é":"ü\\n \u2028"}}\r\n\n';
    const last = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    const one = wrapped(home, [], bare('keep', kept));
    one.child.stdin.end(odd + call(2) + last);
    expect(await one.ended).toEqual({ code: 0, signal: null });
    expect(fs.readFileSync(kept, 'utf8')).toBe(odd + call(2) + last);
    const bytes =
      ' {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"\\u00e9 é"}}\r\n\n{"id":1,"jsonrpc":"2.0","result":{}}';
    fs.writeFileSync(told, bytes);
    const two = wrapped(home, [], bare('say', told));
    two.child.stdin.end();
    await two.ended;
    expect(two.out().toString('utf8')).toBe(bytes);
  });

  it("ends as the server ends, and passes the server's error stream", async () => {
    const home = newHome();
    await fakeWarder(home, 'enforce');
    expect(await wrapped(home, [], bare('exit', '42')).ended).toEqual({ code: 42, signal: null });
    const killed = wrapped(home, [], bare());
    await until(() => killed.err().includes('pid '));
    process.kill(Number(/pid (\d+)/.exec(killed.err())?.[1]), 'SIGKILL');
    expect(await killed.ended).toEqual({ code: null, signal: 'SIGKILL' });
    const gone = wrapped(home, [], [path.join(place, 'no-such-program')]);
    expect((await gone.ended).code).toBe(127);
    expect(gone.err()).toContain('cannot be started (ENOENT)');
  });

  it('passes signals on and leaves no process behind', async () => {
    const home = newHome();
    await fakeWarder(home, 'enforce');
    const stubborn = wrapped(home, [], bare('stubborn'));
    await until(() => stubborn.err().includes('pid '));
    stubborn.child.kill('SIGTERM');
    expect((await stubborn.ended).code).toBe(7);
    const killed = wrapped(home, [], bare());
    await until(() => killed.err().includes('pid '));
    const pid = Number(/pid (\d+)/.exec(killed.err())?.[1]);
    // Nothing can be done on SIGKILL: the server's input ends, and so does the server.
    killed.child.kill('SIGKILL');
    await killed.ended;
    await until(() => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    });
  });

  it('leaves what stands after -- to the server', async () => {
    const home = newHome();
    await fakeWarder(home, 'observe');
    const one = wrapped(home, ['--when-gone', 'pass'], bare('argv', '--help', '--', '-h'));
    one.child.stdin.end();
    await one.ended;
    expect(JSON.parse(one.out().toString())).toEqual(['argv', '--help', '--', '-h']);
  });

  it('refuses what is denied, in the order it came, and goes on', async () => {
    const home = newHome();
    const { said } = await fakeWarder(home, 'enforce');
    const one = wrapped(home, [], bare());
    one.child.stdin.write(call(1) + call(2, 'FORBIDDEN') + call(3));
    await until(() => answers(one).length === 3);
    expect(answers(one).find(({ id }) => id === 2)?.result?.content[0]?.text).toContain('bare/add was refused');
    expect(
      answers(one)
        .filter(({ id }) => id !== 2)
        .map(({ id, result }) => [id, result?.content[0]?.text]),
    ).toEqual([
      [1, 'ran add'],
      [3, 'ran add'],
    ]);
    one.child.stdin.end();
    await one.ended;
    // What came back was told before the end.
    expect(said.flatMap(({ notes = [] }) => notes).filter(({ kind }) => kind === 'result')).toHaveLength(2);
  });

  it('refuses calls with the reason while Warder is gone in enforce mode, and nothing else', async () => {
    const home = newHome();
    fs.writeFileSync(path.join(home, 'mode'), 'enforce\n');
    const one = wrapped(home, [], bare());
    one.child.stdin.write(`${call(1)}{"jsonrpc":"2.0","id":2,"method":"ping"}\n`);
    await until(() => answers(one).length === 2);
    expect(answers(one)[0]).toMatchObject({ id: 1, result: { isError: true } });
    expect(JSON.stringify(answers(one)[0])).toContain('Warder could not be asked (no Warder runs in');
    expect(answers(one)[1]).toMatchObject({ id: 2, result: {} });
    // A Warder that starts later is found.
    await fakeWarder(home, 'enforce');
    one.child.stdin.write(call(3));
    await until(() => answers(one).length === 3);
    expect(answers(one)[2]).toMatchObject({ id: 3, result: { content: [{ text: 'ran add' }] } });
  });

  it('refuses where no mode is known, and does as it is told with --when-gone', async () => {
    const unknown = wrapped(newHome(), [], bare());
    unknown.child.stdin.write(call(1));
    await until(() => answers(unknown).length === 1);
    expect(answers(unknown)[0]?.result?.isError).toBe(true);
    const told = wrapped(newHome(), ['--when-gone', 'pass'], bare());
    told.child.stdin.write(call(1));
    await until(() => answers(told).length === 1);
    expect(answers(told)[0]?.result).toMatchObject({ content: [{ text: 'ran add' }] });
  });

  it('passes calls while Warder is gone in observe mode, says so once, and tells Warder afterwards', async () => {
    const home = newHome();
    const first = await fakeWarder(home, 'observe');
    const one = wrapped(home, [], bare());
    one.child.stdin.write(call(1));
    await until(() => answers(one).length === 1);
    await first.close();
    one.child.stdin.write(call(2) + call(3));
    await until(() => answers(one).length === 3);
    expect(one.err().match(/calls pass without a verdict/g)).toHaveLength(1);
    const second = await fakeWarder(home, 'observe');
    one.child.stdin.write(call(4));
    await until(() => second.notes().some(({ kind }) => kind === 'notice'));
    expect(second.notes()).toContainEqual({
      kind: 'notice',
      what: 'MCP calls passed without a verdict while Warder was gone',
      text: '2 calls: add, add',
    });
    one.child.stdin.end();
    await one.ended;
  });

  it('counts what it could not deliver', async () => {
    const home = newHome();
    fs.writeFileSync(path.join(home, 'mode'), 'observe\n');
    const one = wrapped(home, [], bare());
    one.child.stdin.write(call(1) + call(2));
    await until(() => answers(one).length === 2);
    one.child.stdin.end();
    expect((await one.ended).code).toBe(0);
    expect(one.err()).toContain('2 events were not delivered to Warder');
  });

  it('passes what is no message while observing, and drops it while enforcing', async () => {
    const lines = 'Server started\n{"jsonrpc":"2.0","id":1,"result":{},"result":{}}\n';
    const file = path.join(place, 'noise');
    fs.writeFileSync(file, Buffer.concat([Buffer.from(lines), Buffer.from([0x22, 0xff, 0xfe, 0x0a])]));
    for (const mode of ['observe', 'enforce'] as const) {
      const home = newHome();
      const { notes } = await fakeWarder(home, mode);
      const one = wrapped(home, [], bare('say', file));
      one.child.stdin.end();
      await one.ended;
      expect(notes().filter(({ kind }) => kind === 'unparsed')).toHaveLength(3);
      if (mode === 'observe') expect(one.out().equals(fs.readFileSync(file))).toBe(true);
      else expect(one.out().toString()).toMatch(/^\{"jsonrpc":"2\.0","id":1,"error":.*\n$/);
    }
  });

  it('carries messages of 10 MB in both directions', async () => {
    const home = newHome();
    await fakeWarder(home, 'enforce');
    const one = wrapped(home, [], bare('big'));
    one.child.stdin.write(call(1, 'y'.repeat(10_000_000)));
    await until(() => one.out().length > 10_000_000);
    expect(answers(one)[0]?.result?.content[0]?.text.length).toBe(10_000_000);
  });

  it('gives up on a Warder that hangs: a refusal while enforcing, a pass while observing', async () => {
    for (const mode of ['enforce', 'observe'] as const) {
      const home = newHome();
      await fakeWarder(home, mode, true);
      const lines: string[] = [];
      const judge = openRemoteJudge({
        home,
        server: 'bare',
        session: 'mcp_x',
        cwd: '/',
        whenGone: null,
        verdictMs: { observe: 100, enforce: 200 },
        client: () => ({ name: '', version: '' }),
        say: (line) => lines.push(line),
      });
      const asked = { method: 'tools/call', toolUseId: 'a', tool: 'add', input: {}, problem: null, agentCallId: '' };
      const from = performance.now();
      const verdict = await judge.decide(asked);
      expect(verdict).toMatchObject({ effective: mode === 'enforce' ? 'deny' : 'allow' });
      expect(performance.now() - from).toBeLessThan(1500);
      // While observing it is left alone for a while.
      if (mode === 'observe') {
        const again = performance.now();
        await judge.decide(asked);
        expect(performance.now() - again).toBeLessThan(50);
        expect(lines).toHaveLength(1);
      } else expect(verdict.why).toContain('did not answer within 200 ms');
      await judge.close(10);
    }
  });

  it('loads nothing but Node and a few files of its own, since an agent waits for it to start', () => {
    const [files, packages] = [new Set<string>(), new Set<string>()];
    const follow = (file: string): void => {
      if (files.has(file)) return;
      files.add(file);
      const text = fs.readFileSync(file, 'utf8');
      for (const [, what = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm)) {
        if (what.startsWith('.')) follow(path.resolve(path.dirname(file), what));
        else packages.add(what);
      }
    };
    for (const name of ['mcp', 'mcp-wrap', 'mcp-between'])
      follow(path.resolve(import.meta.dirname, `../src/cli/${name}.ts`));
    expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual([]);
    expect(packages).not.toContain('node:http');
    expect(files.size).toBeLessThan(25);
  });
});
