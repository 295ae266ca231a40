import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../src/cli/import.ts';
import type { ImportReport } from '../src/cli/import-text.ts';
import { readConfig } from '../src/config.ts';
import type { CallRecord } from '../src/core/verdict.ts';
import { transcripts } from '../src/plugs.ts';
import { startServer } from '../src/server.ts';
import { bash, prompt, result, throwAwayHome, writeTranscript } from './scan-made.ts';
import { writeGoose, writeKiro } from './transcripts-described.ts';
import { forkIds, homeOfAllAgents, homeOfForks } from './transcripts-made.ts';

/** A server of its own, and `warder import` as the command line runs it in `home`. */
async function world(home: string, mode = 'observe') {
  const warder = throwAwayHome();
  const server = await startServer({ ...readConfig(warder, { port: '0', mode }), env: {}, log: () => {} });
  onTestFinished(() => server.close());
  const headers = { authorization: `Bearer ${server.token}` };
  const api = async <T>(route: string): Promise<T> =>
    (await (await fetch(`${server.url}/api/v1/${route}`, { headers })).json()) as T;
  return {
    ...{ server, api, warder },
    run: (...args: string[]) => runImport(home, '--home', warder, ...args),
    calls: async () => (await api<{ items: CallRecord[] }>('calls?limit=500')).items,
    tell: (agent: string, body: object) =>
      fetch(`${server.url}/hooks/${agent}`, { method: 'POST', headers, body: JSON.stringify(body) }),
  };
}

async function runImport(home: string, ...args: string[]): Promise<ImportReport & { status: number; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err]: string[][] = [[], []];
  stdout.on('data', (chunk) => out?.push(String(chunk)));
  stderr.on('data', (chunk) => err?.push(String(chunk)));
  const io = { stdin: new PassThrough(), stdout, stderr, env: { HOME: home } };
  const status = await command.run(['--json', ...args], io);
  return { ...JSON.parse(out?.join('') ?? ''), status, err: err?.join('') ?? '' };
}

describe('warder import', () => {
  it('puts every agent’s calls, prompts and results into the record once, under their own times', async () => {
    const { run, calls, api } = await world(homeOfAllAgents());
    const dry = await run('--dry-run');
    expect(dry).toMatchObject({ dryRun: true, recorded: { calls: 0 }, status: 0 });
    const first = await run();
    expect(first).toMatchObject({ status: 0, failed: null, repeated: 0, recorded: first.found });
    expect(first.found).toEqual(dry.found);
    const stored = await calls();
    expect(stored).toHaveLength(first.recorded.calls);
    expect(stored.every(({ at }) => at.startsWith('2026-11-22T1') || at > '2026-11-22T18')).toBe(true);
    expect(stored.every(({ enforced, effective }) => !enforced && effective === 'allow')).toBe(true);
    expect(stored.flatMap(({ action }) => (action.kind === 'unknown' ? [action] : []))).toEqual([]);
    expect(new Set(stored.map(({ agent }) => agent)).size).toBe(transcripts.length);
    const one = await api<CallRecord>(`calls/${stored.find(({ agent }) => agent === 'codex')?.id}`);
    expect(one.phases.map(({ phase, source }) => `${phase} ${source}`)).toEqual([
      'asked transcript',
      'result transcript',
    ]);
    const again = await run();
    expect(again).toMatchObject({ found: { calls: 0, prompts: 0, results: 0 }, recorded: { calls: 0 }, repeated: 0 });
    expect(await calls()).toHaveLength(stored.length);
  });

  it('adds what is new of a transcript that grew, and records nothing twice when one was written anew', async () => {
    const home = throwAwayHome();
    const lines = [prompt('s1', 'go'), bash('s1', 't1', 'ls'), result('s1', 't1', 'a')];
    writeTranscript(home, 'p/s1', lines);
    const { run, calls } = await world(home);
    expect(await run()).toMatchObject({ recorded: { calls: 1, prompts: 1, results: 1 } });
    lines.push(bash('s1', 't2', 'pwd'), result('s1', 't2', '/'));
    writeTranscript(home, 'p/s1', lines);
    expect(await run()).toMatchObject({
      found: { calls: 1, results: 1 },
      recorded: { calls: 1, results: 1 },
      repeated: 0,
    });
    writeTranscript(home, 'p/s1', [bash('s1', 't0', 'date'), ...lines]);
    expect(await run()).toMatchObject({ changed: 1, recorded: { calls: 1 }, repeated: 5 });
    // The same session copied to another place, as agents do when one is resumed.
    writeTranscript(home, 'p/copy', lines);
    expect(await run()).toMatchObject({ recorded: { calls: 0, prompts: 0, results: 0 }, repeated: 5 });
    expect(await calls()).toHaveLength(3);
  });

  it('of databases takes what is new when a conversation is summed up and written anew', async () => {
    const home = throwAwayHome();
    const [goose, kiro] = [new DatabaseSync(writeGoose(home)), new DatabaseSync(writeKiro(home))];
    onTestFinished(() => {
      goose.close();
      kiro.close();
    });
    const { run, calls } = await world(home);
    expect(await run()).toMatchObject({ recorded: { calls: 10, prompts: 5 }, repeated: 0 });
    // Goose gives every message another row; Kiro keeps the end of the conversation alone.
    const columns = 'session_id, role, content_json, created_timestamp, metadata_json';
    const rows = goose.prepare(`SELECT ${columns} FROM messages ORDER BY id`).all();
    goose.exec('DELETE FROM messages');
    const add = goose.prepare(`INSERT INTO messages (${columns}) VALUES (?, ?, ?, ?, ?)`);
    for (const row of rows) add.run(...Object.values(row));
    goose.exec(`INSERT INTO messages (${columns}) SELECT session_id, role, replace(content_json, 'call_g4', 'call_g5'),
      created_timestamp + 60, metadata_json FROM messages WHERE content_json LIKE '%call_g4%'`);
    kiro.exec(`UPDATE conversations_v2 SET value = json_remove(value, '$.history[0]')`);
    const again = await run();
    expect(again).toMatchObject({ recorded: { calls: 1, prompts: 0, results: 0 }, failed: null });
    expect(again.repeated).toBeGreaterThan(0);
    expect(await calls()).toHaveLength(11);
  });

  it('records what a fork of Codex copied once, under the session that made it, whichever comes first', async () => {
    const home = homeOfForks(['fork-of-fork']);
    const { run, calls } = await world(home);
    expect(await run()).toMatchObject({ recorded: { calls: 4 }, repeated: 0 });
    homeOfForks(['parent', 'fork'], home);
    expect(await run()).toMatchObject({ recorded: { calls: 1 } });
    const made = { parent: 3, fork: 1, 'fork-of-fork': 1 };
    const stored = (await calls()).map(({ session }) => session).sort();
    expect(stored).toEqual(
      Object.entries(made)
        .flatMap(([name, count]) => Array(count).fill(forkIds[name]))
        .sort(),
    );
  });

  it('joins what the hooks told of a call: one record, whose verdict stays', async () => {
    const home = throwAwayHome();
    const { run, tell, calls, api } = await world(home, 'enforce');
    const body = { session_id: 's1', cwd: '/home/dev/src/app', tool_name: 'Bash', tool_use_id: 't1' };
    await tell('claude-code', { ...body, hook_event_name: 'UserPromptSubmit', prompt: 'clean up' });
    await tell('claude-code', { ...body, hook_event_name: 'PreToolUse', tool_input: { command: 'rm -rf ~/*' } });
    writeTranscript(home, 'p/s1', [
      prompt('s1', 'clean up'),
      bash('s1', 't1', 'rm -rf ~/*'),
      result('s1', 't1', 'refused', { permissionDecision: { decision: 'reject', source: 'hook' } }),
      bash('s1', 't2', 'rm -rf ~/*'),
    ]);
    await run();
    const stored = await calls();
    expect(stored).toHaveLength(2);
    const live = await api<CallRecord>(`calls/${stored.find(({ toolUseId }) => toolUseId === 't1')?.id}`);
    expect(live).toMatchObject({ enforced: true, effective: 'deny' });
    expect(live.phases.map(({ phase, source }) => `${phase} ${source}`)).toEqual([
      'before hook',
      'asked transcript',
      'result transcript',
    ]);
    const told = stored.find(({ toolUseId }) => toolUseId === 't2');
    expect(told).toMatchObject({ decision: 'deny', enforced: false, effective: 'allow' });
    const { items } = await api<{ items: { event?: { kind: string } }[] }>('sessions/s1/timeline');
    expect(JSON.stringify(items).match(/"kind":"prompt"/g)).toHaveLength(1);
  });

  it('goes on where it was interrupted, and never loses or doubles a call', async () => {
    const home = throwAwayHome();
    const lines = Array.from({ length: 700 }, (_, n) => bash('s1', `t${n}`, `echo ${n}`));
    writeTranscript(home, 'p/s1', lines);
    const { run, api, server } = await world(home);
    const real = globalThis.fetch;
    let sent = 0;
    // The connection ends after the first part was recorded, before it was answered.
    globalThis.fetch = async (...args) => {
      const answer = await real(...args);
      if (String(args[0]).endsWith('/import')) sent += 1;
      if (sent === 1) throw new TypeError('cut');
      return answer;
    };
    try {
      const cut = await run('--url', server.url, '--token', server.token);
      expect(cut).toMatchObject({ failed: null, recorded: { calls: 200 }, repeated: 500 });
    } finally {
      globalThis.fetch = real;
    }
    const { calls } = await api<{ calls: number }>('overview?since=2026-01-01T00:00:00.000Z');
    expect(calls).toBe(700);
    expect(await run()).toMatchObject({ found: { calls: 0 } });
  });

  it('that is killed at any moment leaves whole records, and the next one adds the rest', async () => {
    const home = throwAwayHome();
    const total = 24 * 12;
    for (let s = 0; s < 24; s += 1) {
      const lines = Array.from({ length: 12 }, (_, n) => [
        bash(`s${s}`, `t${n}`, `echo ${s} ${n}`),
        result(`s${s}`, `t${n}`, 'x'),
      ]);
      writeTranscript(home, `p/s${s}`, lines.flat());
    }
    const { run, server, warder, calls, api } = await world(home);
    const cli = path.join(import.meta.dirname, '../src/cli.ts');
    const child = spawn(process.execPath, [cli, 'import', '--home', warder], { env: { HOME: home }, stdio: 'ignore' });
    const ended = once(child, 'exit');
    const recorded = async () => (await api<{ calls: number }>('overview?since=2026-01-01T00:00:00.000Z')).calls;
    while ((await recorded()) < 20 && child.exitCode === null) await sleep(20);
    child.kill('SIGKILL');
    await ended;
    expect(await recorded()).toBeLessThan(total);
    expect(await run('--url', server.url)).toMatchObject({ status: 0, failed: null });
    expect(await recorded()).toBe(total);
    const stored = await calls();
    expect(new Set(stored.map(({ id }) => id)).size).toBe(total);
  });

  it('keeps what was left out by --since for a later import', async () => {
    const home = throwAwayHome();
    writeTranscript(home, 'p/s1', [
      bash('s1', 't1', 'ls', { timestamp: '2026-11-01T00:00:00.000Z' }),
      bash('s1', 't2', 'pwd', { timestamp: '2026-11-12T00:00:00.000Z' }),
    ]);
    const { run, calls } = await world(home);
    expect(await run('--since', '2026-11-10')).toMatchObject({ recorded: { calls: 1 } });
    expect(await run('--since', '2026-11-11')).toMatchObject({ found: { calls: 0 } });
    expect(await run()).toMatchObject({ found: { calls: 2 }, recorded: { calls: 1 }, repeated: 1 });
    expect(await run('--since', '2026-11-10')).toMatchObject({ found: { calls: 0 } });
    expect(await calls()).toHaveLength(2);
  });

  it('names damaged lines, masks secrets, and starts a server of its own when none runs', async () => {
    const home = throwAwayHome();
    const secret = ['ghp', '_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');
    const file = writeTranscript(home, 'p/s1', [
      bash('s1', 't1', `curl -H "Authorization: token ${secret}" x`),
      '{"type":"user","bro',
    ]);
    const warder = path.join(throwAwayHome(), 'w');
    const report = await runImport(home, '--home', warder);
    expect(report).toMatchObject({ status: 0, recorded: { calls: 1 }, unread: { damagedLines: 1 } });
    expect(report.unread.damaged).toMatchObject([{ file, line: 2 }]);
    const rests = fs
      .readdirSync(warder, { recursive: true, encoding: 'utf8' })
      .filter((name) => fs.statSync(path.join(warder, name)).isFile())
      .map((name) => fs.readFileSync(path.join(warder, name), 'latin1'))
      .join('');
    expect(rests).not.toContain(secret);
    expect(rests).not.toContain(file);
    expect(fs.existsSync(path.join(warder, 'server.json'))).toBe(false);
    expect(await runImport(home, '--home', warder)).toMatchObject({ found: { calls: 0 } });
  });

  it('says what is wrong: no such server, no such token, what no import sends', async () => {
    const home = homeOfAllAgents();
    const { server } = await world(home);
    const wrong = await runImport(home, '--url', server.url, '--token', `wrd_${'x'.repeat(43)}`, '--agent', 'pi');
    expect(wrong).toMatchObject({ status: 3, recorded: { calls: 0 } });
    expect(wrong.failed).toContain('not known here');
    await expect(runImport(home, '--url', 'nowhere')).rejects.toThrow('--url takes an address');
    const post = (body: string) =>
      fetch(`${server.url}/import`, { method: 'POST', headers: { authorization: `Bearer ${server.token}` }, body });
    for (const body of ['', '{', '{"v":1}', '{"v":2,"agent":"x","files":[],"turns":[]}']) {
      expect((await post(body)).status).toBe(400);
    }
    expect((await fetch(`${server.url}/import`, { method: 'POST', body: '{}' })).status).toBe(401);
  });
});
