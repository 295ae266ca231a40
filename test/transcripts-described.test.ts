import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { runScan, scanJson, throwAwayHome } from './scan-made.ts';
import { writeAntigravity, writeGoose, writeKiro, writeOlderGoose, writeWindsurf } from './transcripts-described.ts';

const all = ['--min-score', '0', '--top', '100'];
/** What the calls of one agent were, by tool. */
async function callsOf(home: string, agent: string) {
  const { riskiest } = await scanJson(home, '--agent', agent, ...all);
  return new Map(riskiest.map((call) => [call.tool, call]));
}

describe('transcripts in a described form', () => {
  it('of Goose: a session that an older version wrote counts once, in the file and in the database', async () => {
    const home = throwAwayHome();
    writeGoose(home);
    const [alone] = (await scanJson(home, '--agent', 'goose')).byAgent;
    expect(alone).toMatchObject({ sessions: 2, prompts: 1, calls: 4, subagentCalls: 1, refused: 1, failed: 2 });
    writeOlderGoose(home);
    const [both] = (await scanJson(home, '--agent', 'goose')).byAgent;
    expect(both).toMatchObject({ files: 2, sessions: 2, prompts: 1, calls: 4, refused: 1, failed: 2 });
    fs.rmSync(path.join(home, '.local/share/goose/sessions/sessions.db'));
    const [older] = (await scanJson(home, '--agent', 'goose')).byAgent;
    expect(older).toMatchObject({ files: 1, sessions: 1, prompts: 1, calls: 1, failed: 1 });
  });

  it('of Goose: a tool is its extension’s, whether its name says so or what stands beside it', async () => {
    const home = throwAwayHome();
    writeGoose(home);
    const calls = await callsOf(home, 'goose');
    expect([...calls.keys()].sort()).toEqual([
      'developer__edit',
      'developer__shell',
      'developer__text_editor',
      'github__create_issue',
    ]);
    expect(calls.get('developer__shell')).toMatchObject({
      text: 'npm test',
      ending: 'failed',
      cwd: '/home/dev/src/goose',
    });
    expect(calls.get('developer__edit')).toMatchObject({ ending: 'refused' });
    const { mcpServers } = await scanJson(home, '--agent', 'goose');
    expect(mcpServers.map(({ server }) => server)).toEqual(['github']);
  });

  it('of Kiro: each store gives its session, the folder and how its calls ended', async () => {
    const home = throwAwayHome();
    writeKiro(home);
    const calls = await callsOf(home, 'kiro');
    const told = [...calls.values()].map(({ session, tool, ending, cwd }) => [session, tool, ending, cwd.slice(-5)]);
    expect(told.sort()).toEqual([
      ['k-1', 'execute_bash', 'failed', 'kiro1'],
      ['k-1', 'fs_write', 'refused', 'kiro1'],
      ['k-1', 'github___create_issue', 'interrupted', 'kiro1'],
      ['k-2', 'read', 'ran', 'kiro2'],
      ['sess_k-3', 'shell', 'refused', 'kiro3'],
      ['sess_k-3', 'todo_list', 'unknown', 'kiro3'],
    ]);
    expect(calls.get('execute_bash')?.lastAt).toBe('2026-11-22T12:20:01.000Z');
  });

  it('of Amazon Q: the older table is read where there is no other', async () => {
    const home = throwAwayHome();
    const newer = new DatabaseSync(writeKiro(home));
    newer.exec('ALTER TABLE conversations_v2 RENAME TO conversations');
    newer.close();
    const [from, to] = ['kiro-cli', 'amazon-q'].map((name) => path.join(home, '.local/share', name));
    fs.renameSync(from ?? '', to ?? '');
    fs.rmSync(path.join(home, '.kiro'), { recursive: true });
    const { byAgent, unread } = await scanJson(home, '--agent', 'kiro');
    expect(byAgent).toMatchObject([{ agent: 'kiro', sessions: 1, prompts: 2, calls: 3, refused: 1, failed: 1 }]);
    expect(unread).toMatchObject({ unreadable: [], damagedLines: 0 });
  });

  it('of Windsurf: steps in which a tool ran are calls, without a time or a folder', async () => {
    const home = throwAwayHome();
    writeWindsurf(home);
    const calls = await callsOf(home, 'windsurf');
    expect(calls.get('run_command')).toMatchObject({ text: 'python hello.py', ending: 'failed', session: 'traj-1' });
    expect(calls.get('code_action')).toMatchObject({
      ending: 'ran',
      cwd: '',
      effects: [expect.stringMatching(/^write /)],
    });
    expect(calls.get('view_file')).toMatchObject({ ending: 'interrupted' });
    expect(calls.get('mcp__github__create_issue')).toMatchObject({ ending: 'ran' });
  });

  it('of Antigravity: arguments are read whether they are JSON within the JSON or not', async () => {
    const home = throwAwayHome();
    writeAntigravity(home);
    const calls = await callsOf(home, 'antigravity');
    expect(calls.get('run_command')).toMatchObject({ text: 'npm test', ending: 'failed', cwd: '/home/dev/src/agy' });
    expect(calls.get('view_file')).toMatchObject({ ending: 'ran', session: 'conv-1' });
    expect(calls.get('write_to_file')).toMatchObject({ ending: 'refused', session: 'conv-2' });
    expect(calls.get('write_to_file')?.text).toMatch(/^\/home\/dev\/src\/agy\/n\.md$/);
  });

  it('that are damaged are counted and named, and end nothing', async () => {
    const home = throwAwayHome();
    const [goose, kiro] = [writeGoose(home), writeKiro(home)].map((file) => new DatabaseSync(file));
    goose?.exec(`UPDATE messages SET content_json = substr(content_json, 1, 40) WHERE id = 2`);
    kiro?.exec(`INSERT INTO conversations_v2 SELECT key, 'k-9', substr(value, 1, 99), 0, 0 FROM conversations_v2`);
    goose?.close();
    kiro?.close();
    fs.appendFileSync(writeWindsurf(home), '{"type":"user_input","user_\n{"type":"new_step","new_step":{}}\n');
    fs.appendFileSync(writeAntigravity(home), 'no JSON\n');
    const report = await scanJson(home);
    const damaged = report.byAgent.map(({ agent, calls, damagedLines }) => [agent, calls, damagedLines]);
    expect(damaged.sort()).toEqual([
      ['antigravity', 3, 1],
      ['goose', 3, 1],
      ['kiro', 6, 1],
      ['windsurf', 4, 1],
    ]);
    expect(report.unread.unknownLines).toEqual({ new_step: 1 });
    expect(report.unread.unreadable).toEqual([]);
    expect(report.unread.damaged.map(({ why }) => why)).toContain('a conversation that is no JSON');
  });

  it('are named in the report that a person reads', async () => {
    const home = throwAwayHome();
    for (const made of [writeGoose, writeKiro, writeWindsurf, writeAntigravity]) made(home);
    const { out } = await runScan(home);
    for (const agent of ['antigravity', 'goose', 'kiro', 'windsurf'])
      expect(out).toMatch(new RegExp(`^ {2}${agent} +\\d+ +\\d+ `, 'm'));
  });
});
