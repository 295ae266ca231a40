import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { callIdOf } from '../src/pipeline/judge.ts';

const root = path.resolve(import.meta.dirname, '..');
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-kill-'));
afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

const kills = 20;
const inFlight = 16;

interface Running {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  ended(): Promise<void>;
}

function warder(args: readonly string[]) {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(root, 'src/cli.ts'), ...args], {
    cwd: root,
  });
}

function start(): Promise<Running> {
  const child = warder(['serve', '--home', home, '--port', '0', '--mode', 'enforce', '--json']);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (out.includes('\n'))
        resolve({
          ...(JSON.parse(out.slice(0, out.indexOf('\n'))) as { url: string; token: string; pid: number }),
          ended: () => ended,
        });
    });
    child.once('close', (status) => reject(new Error(`serve ended with ${status}: ${err}`)));
  });
}

async function output(args: readonly string[]): Promise<{ status: number | null; text: string }> {
  const child = warder(args);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, text };
}

/** Keeps 16 hook calls in flight until the server is gone; remembers each call whose verdict arrived whole. */
async function load(server: Running, round: number, answered: Map<string, string>): Promise<void> {
  let next = 0;
  const one = async () => {
    for (;;) {
      const toolUseId = `toolu_${round}_${next++}`;
      const denied = next % 3 === 0;
      const body = {
        session_id: `s${round}`,
        cwd: '/home/dev/src/app',
        hook_event_name: 'PreToolUse',
        tool_name: 'Bash',
        tool_input: { command: denied ? `rm -rf ~/ # ${next}` : `ls ${next}` },
        tool_use_id: toolUseId,
      };
      try {
        const response = await fetch(`${server.url}/hooks/claude-code`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        expect(response.status).toBe(200);
        const verdict = /"permissionDecision":\s*"deny"/.test(text) ? 'deny' : 'allow';
        expect(verdict).toBe(denied ? 'deny' : 'allow');
        answered.set(callIdOf({ agent: 'claude-code', session: `s${round}` }, toolUseId), verdict);
      } catch (error) {
        if (error instanceof TypeError) return; // the connection went away: the server was killed
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}

it(`finds every verdict a client received in the verified log after ${kills} kills under load`, {
  timeout: 120_000,
}, async () => {
  const answered = new Map<string, string>();
  for (let round = 0; round < kills; round += 1) {
    const server = await start();
    const loading = load(server, round, answered);
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
    process.kill(server.pid, 'SIGKILL');
    await server.ended();
    await loading;
  }
  const file = path.join(home, 'receipts.jsonl');
  const verified = await output(['verify', '--home', home, '--export', file, '--json']);
  expect(verified.status, verified.text).toBe(0);
  const recorded = new Map<string, string>();
  for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const body = JSON.parse((JSON.parse(line) as { body: string }).body) as {
      kind: string;
      call: string;
      decision?: { effective: string };
    };
    if (body.kind === 'decision') recorded.set(body.call, body.decision?.effective ?? '');
  }
  expect(answered.size).toBeGreaterThan(kills * 5);
  const lost = [...answered].filter(([call, verdict]) => recorded.get(call) !== verdict);
  expect(lost).toEqual([]);
  console.log(`${kills} kills, ${answered.size} verdicts received, ${recorded.size} in the log, ${lost.length} lost`);
});
