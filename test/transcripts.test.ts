import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { toolCall } from '../src/agent-calls.ts';
import { readAbout, readRecords } from '../src/capture/transcript-records.ts';
import { findTranscripts, type TranscriptFile } from '../src/capture/transcripts.ts';
import { placesOf, readersOf } from '../src/cli/scan-places.ts';
import type { TranscriptTurn } from '../src/core/transcript.ts';
import { transcripts } from '../src/plugs.ts';
import { runScan, scanJson, throwAwayHome } from './scan-made.ts';
import { forkIds, homeOfAllAgents, homeOfForks, writeOpenclaw, writeOpencode } from './transcripts-made.ts';

/** Everything an agent's reader makes of its files in a home. */
function readAll(home: string, agent: string) {
  const [reader] = readersOf([agent]);
  if (reader === undefined) throw new Error(agent);
  const { files } = findTranscripts(placesOf([reader], { env: {}, home, platform: 'linux' }, undefined), 0);
  const turns: TranscriptTurn[] = [];
  const [others, damaged]: string[][] = [[], []];
  for (const file of files) {
    const opened = reader.open(file.path, readAbout(reader, file.path));
    for (const record of readRecords(file, () => undefined)) {
      const read = 'damaged' in record ? null : opened.record(record.text);
      if (read === null || !read.ok) damaged?.push(read?.error.detail ?? 'too long');
      else
        for (const line of read.value) {
          if (line.kind === 'turn') turns.push(line);
          else if (!line.known) others?.push(line.type);
        }
    }
  }
  const items = turns.flatMap((turn) => turn.items.map((item) => ({ turn, item })));
  const calls = items.flatMap(({ turn, item }) => (item.kind === 'call' ? [{ turn, ...item }] : []));
  const results = items.flatMap(({ turn, item }) => (item.kind === 'result' ? [{ turn, ...item }] : []));
  const prompts = items.flatMap(({ item }) => (item.kind === 'prompt' ? [item.text] : []));
  return { files, turns, calls, results, prompts, unknown: others ?? [], damaged: damaged ?? [] };
}

const home = (() => {
  let made: string | undefined;
  return () => {
    made = made !== undefined && fs.existsSync(made) ? made : homeOfAllAgents();
    return made;
  };
})();

describe('transcripts', () => {
  it.each([
    ['antigravity', 3, 2, { refused: 1, error: 1 }],
    ['claude-code', 18, 2, { refused: 5, error: 2 }],
    ['cline', 1, 1, {}],
    ['codex', 12, 5, { refused: 2, error: 3 }],
    ['copilot-cli', 33, 2, { refused: 1, error: 10 }],
    ['cursor', 2, 1, {}],
    ['droid', 2, 2, { refused: 1 }],
    ['gemini-cli', 10, 2, { error: 2 }],
    ['goose', 4, 1, { refused: 1, error: 2 }],
    ['kiro', 6, 4, { refused: 2, error: 1, interrupted: 1 }],
    ['openclaw', 1, 1, {}],
    ['opencode', 17, 1, { error: 2 }],
    ['pi', 2, 2, { error: 1 }],
    ['qwen-code', 2, 2, { refused: 1 }],
    ['vscode-copilot', 1, 1, {}],
    ['windsurf', 4, 1, { error: 1, interrupted: 1 }],
  ])('of %s: %i calls, %i prompts, and how they ended', (agent, calls, prompts, endings) => {
    const read = readAll(home(), agent);
    expect(read.damaged).toEqual([]);
    expect(read.unknown).toEqual([]);
    const counted: Record<string, number> = {};
    for (const { status } of read.results) if (status !== 'ok') counted[status] = (counted[status] ?? 0) + 1;
    expect([read.calls.length, read.prompts.length, counted]).toEqual([calls, prompts, endings]);
  });

  it('give every call a known action, a session and a time, where the agent writes one', () => {
    for (const { agent } of transcripts) {
      for (const { turn, tool, input, toolUseId } of readAll(home(), agent).calls) {
        expect(`${agent} ${tool}: ${toolCall(agent, tool, input, toolUseId).action.kind}`).not.toContain('unknown');
        expect(turn.session).not.toBe('');
        if (agent === 'cursor' || agent === 'windsurf') continue;
        expect(`${agent} ${turn.at}`).toMatch(/ 2026-11-22T1\d:\d\d:\d\d\.\d{3}Z$/);
        // Antigravity's editor notes no folder, its command line does.
        if (turn.session !== 'conv-2') expect(`${agent} ${turn.cwd}`).toMatch(/ \/home\/dev\/src\//);
      }
    }
  });

  it('join each result to its call by the same id, in every agent that writes ids', () => {
    for (const { agent } of transcripts) {
      const { calls, results } = readAll(home(), agent);
      const asked = new Set(calls.map(({ turn, toolUseId }) => `${turn.session} ${toolUseId}`));
      for (const { turn, toolUseId } of results) expect(asked).toContain(`${turn.session} ${toolUseId}`);
    }
  });

  it('say which calls are sub-agents’', () => {
    const bySubagent = (agent: string) =>
      readAll(home(), agent).calls.filter(({ turn }) => turn.subagent !== '').length;
    const agents = ['claude-code', 'copilot-cli', 'cursor', 'opencode', 'goose', 'codex'];
    expect(agents.map(bySubagent)).toEqual([8, 24, 1, 8, 1, 0]);
  });

  it('give prompts as the person wrote them, without what the client puts around them', () => {
    expect(readAll(home(), 'cline').prompts).toEqual(['please go now']);
    expect(readAll(home(), 'cursor').prompts).toEqual(['list the files']);
    expect(readAll(home(), 'antigravity').prompts.sort()).toEqual(['run the tests', 'write it down']);
    expect(readAll(home(), 'goose').prompts).toEqual(['run the tests']);
    expect(readAll(home(), 'windsurf').prompts).toEqual(['create a hello world file']);
    for (const agent of ['codex', 'gemini-cli', 'droid', 'pi', 'qwen-code', 'copilot-cli'])
      expect(new Set(readAll(home(), agent).prompts)).toEqual(new Set(['go']));
  });

  it('name the version, the folder and the mode where some file says them', () => {
    const first = (agent: string) => readAll(home(), agent).calls[0]?.turn;
    expect(first('cline')).toMatchObject({ version: '3.0.65', cwd: '/home/dev/src/cl_allow' });
    expect(first('codex')).toMatchObject({ version: '0.169.0', permissionMode: 'bypassPermissions' });
    expect(first('copilot-cli')).toMatchObject({ version: '1.0.102', gitBranch: 'master' });
    expect(first('vscode-copilot')).toMatchObject({ version: '0.55.0', cwd: '/home/dev/src/vs app' });
    expect(readAll(home(), 'droid').calls.map(({ turn }) => turn.permissionMode)).toContain('auto-high');
    expect(readAll(home(), 'gemini-cli').calls.map(({ turn }) => turn.cwd)).toContain('/home/dev/src/gm_tools');
  });

  it('say who refused, where the agent notes it', () => {
    const refused = (agent: string) => readAll(home(), agent).results.find(({ status }) => status === 'refused');
    expect(refused('droid')?.permission).toEqual({ decision: 'reject', source: 'hook', reason: '' });
    expect(refused('qwen-code')?.permission).toMatchObject({ decision: 'reject' });
    expect(refused('kiro')?.permission).toEqual({ decision: 'reject', source: 'user', reason: '' });
    expect(refused('codex')?.text).toContain('Command blocked by PreToolUse hook');
  });

  it('are read from a database without a trace beside it, packed rows too', () => {
    const own = throwAwayHome();
    const [opencode, openclaw] = [writeOpencode(own), writeOpenclaw(own)];
    const beside = () => [opencode, openclaw].map((file) => fs.readdirSync(path.dirname(file)));
    const before = beside();
    expect(readAll(own, 'openclaw').calls).toMatchObject([{ toolUseId: 'call_fake001', tool: 'exec' }]);
    expect(readAll(own, 'opencode').calls).toHaveLength(17);
    expect(beside()).toEqual(before);
    // While the agent is at work its newest rows stand in the log beside the database.
    const busy = new DatabaseSync(opencode);
    busy.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
    busy.exec(`INSERT INTO part SELECT 'prt_new', message_id, session_id, time_created + 9,
      replace(data, 'exit 3', 'exit 4') FROM part WHERE data LIKE '%exit 3%' LIMIT 1`);
    expect(readAll(own, 'opencode').calls).toHaveLength(18);
    busy.close();
  });

  it('that are no database, or of another version, are named and end nothing', async () => {
    const own = homeOfAllAgents();
    fs.writeFileSync(path.join(own, '.local/share/opencode/opencode.db'), 'nothing of the kind');
    const claw = path.join(own, '.openclaw/agents/main/agent/openclaw-agent.sqlite');
    const db = new DatabaseSync(claw);
    db.exec('ALTER TABLE transcript_events RENAME TO other');
    db.close();
    const report = await scanJson(own);
    expect(report.unread.unreadable.map(({ path: file, why }) => [path.basename(file), why]).sort()).toEqual([
      ['openclaw-agent.sqlite', 'a database of another version of the agent'],
      ['opencode.db', 'not a database, or damaged'],
    ]);
    expect(report.totals.calls).toBeGreaterThan(70);
  });

  it.each([
    [
      'copy what was before them',
      { 'fork-of-fork': ['fourth'], parent: ['first', 'second', 'fifth'], fork: ['third'] },
      // What the copies hold is of the sessions that made it, also where those are not there any more.
      { files: ['fork-of-fork'], calls: 4, sessions: 3 },
    ],
    [
      'only name what was before them',
      { 'paginated-fork': ['sixth'], 'paginated-parent': ['first', 'second'] },
      { files: ['paginated-fork'], calls: 1, sessions: 1 },
    ],
  ] as const)(
    'of Codex’ forks that %s count each call once, in its own session',
    async (_, made, { files, ...alone }) => {
      const own = homeOfForks(Object.keys(made));
      const report = await scanJson(own, '--min-score', '0', '--top', '1000');
      const calls = Object.entries<readonly string[]>(made).flatMap(([file, said]) =>
        said.map((word) => `${forkIds[file]} echo ${word}`),
      );
      expect(report.riskiest.map(({ text, session }) => `${session} ${text}`).sort()).toEqual(calls.sort());
      expect(report.riskiest.every(({ times }) => times === 1)).toBe(true);
      const totals = { calls: calls.length, sessions: Object.keys(made).length, prompts: Object.keys(made).length };
      expect(report.totals).toMatchObject('parent' in made ? { ...totals, prompts: 4 } : totals);
      expect((await scanJson(own, '--jobs', '3')).totals).toMatchObject({ calls: calls.length });
      expect((await scanJson(homeOfForks(files))).totals).toMatchObject(alone);
    },
  );

  it('are all in one report, grouped by agent, or one agent’s alone', async () => {
    const report = await scanJson(home(), '--min-score', '0', '--top', '1000');
    expect(report.byAgent.map(({ agent }) => agent).sort()).toEqual(transcripts.map(({ agent }) => agent).sort());
    expect(report.byAgent.reduce((sum, { calls }) => sum + calls, 0)).toBe(report.totals.calls);
    expect(report.byAgent.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(report.totals.sessions);
    expect(report.unread).toMatchObject({ damagedLines: 0, unreadable: [], unknownLines: {} });
    expect(report.agents.find(({ agent }) => agent === 'codex')).toMatchObject({ version: '0.169.0', sessions: 5 });
    const { out } = await runScan(home());
    expect(out).toMatch(/^Agents\n[\s\S]*^ {2}copilot-cli +2 +33 /m);
    const codex = await scanJson(home(), '--agent', 'codex');
    expect(codex.byAgent).toMatchObject([{ agent: 'codex', files: 5, sessions: 5, calls: 12, damagedLines: 0 }]);
    expect(codex.looked.every(({ agent }) => agent === 'codex')).toBe(true);
    const elsewhere = path.join(import.meta.dirname, 'fixtures/copilot-cli/1.0.102/transcript');
    const given = await scanJson(throwAwayHome(), '--agent', 'copilot-cli', '--dir', elsewhere);
    expect(given.byAgent).toMatchObject([{ agent: 'copilot-cli', files: 3, calls: 34 }]);
    await expect(scanJson(home(), '--agent', 'nobody')).rejects.toThrow('Known: antigravity, claude-code, cline');
  });

  it('cut at any byte, or with parts of other kinds in them, never throw and never give other calls', () => {
    for (const file of transcripts.flatMap(({ agent }) => readAll(home(), agent).files)) {
      if (file.agent === 'claude-code') continue;
      const attempt = (record: string) => attemptIn(file, record);
      const records = [...readRecords(file, () => undefined)].map((each) => ('text' in each ? each.text : ''));
      for (const record of records.slice(0, 40)) {
        for (let part = 1; part <= 12; part += 1) attempt(record.slice(0, (record.length * part) / 13));
        for (const odd of ['null', '7', '"x"', '[]', '{}', '[null]'])
          attempt(record.replace(/:("(?:[^"\\]|\\.)*"|\{|\[)/, (found) => (found.endsWith('"') ? `:${odd}` : found)));
        attempt(record.replaceAll(/"(?:content|message|payload|data|items?|toolCalls|args|arguments)":\{/g, '"odd":{'));
      }
    }
  });
});

function attemptIn({ agent, path: file }: TranscriptFile, record: string): void {
  const [reader] = readersOf([agent]);
  const read = reader?.open(file).record(record);
  if (read?.ok === true && !isJson(record)) expect(read.value.every(({ kind }) => kind === 'other')).toBe(true);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
