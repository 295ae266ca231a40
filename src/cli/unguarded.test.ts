import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProcessLook } from './unguarded.ts';

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-look-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A program of the agent's name that runs until it is ended. */
async function agent(...words: string[]): Promise<ChildProcess> {
  const program = path.join(folder, 'opencode');
  fs.writeFileSync(program, 'console.log("runs"); setInterval(() => {}, 1000);');
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

describe.skipIf(!fs.existsSync('/proc/self/cmdline'))('a look at new processes', () => {
  const looks = () => {
    const found: string[] = [];
    let connected: readonly string[] = ['opencode'];
    const look = createProcessLook({
      env: process.env,
      agents: () => connected,
      // Other tests may run agents of this machine just now, none of them so.
      found: async (_, how) => void (how === '--pure' && found.push(how)),
    });
    const connect = (...agents: readonly string[]): void => {
      connected = agents;
    };
    return { look, found, connect };
  };

  it('finds one that was not there before and starts past its hooks, and tells of it once', async () => {
    const { look, found } = looks();
    await look.fresh();
    await look.fresh();
    const child = await agent('--pure');
    await look.fresh();
    expect(found).toEqual(['--pure']);
    await look.fresh();
    await look.all();
    await look.fresh();
    expect(found).toHaveLength(1);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    await look.all();
    await agent('--pure');
    await look.fresh();
    expect(found).toHaveLength(2);
  });

  it('leaves those that it met twice to the look at all, and says nothing of one with its hooks', async () => {
    const { look, found, connect } = looks();
    await agent('run');
    await look.fresh();
    await look.all();
    expect(found).toEqual([]);
    connect('droid');
    await agent('--pure');
    await look.fresh();
    await look.fresh();
    connect('opencode');
    // The process is no new one any more.
    await look.fresh();
    expect(found).toEqual([]);
    await look.all();
    expect(found).toEqual(['--pure']);
  });
});
