import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdCompressSync } from 'node:zlib';
import { z } from 'zod';
import { throwAwayHome } from './scan-made.ts';
import { writeDescribed } from './transcripts-described.ts';

const fixtures = path.join(import.meta.dirname, 'fixtures');

/** Recorded file → where its agent keeps it below the home. */
const places: Readonly<Record<string, string>> = {
  'claude-code/2.1.330/transcript/tools.jsonl':
    '.claude/projects/-home-dev-src-ct/4b4b7c1c-5246-4223-9f6c-5f64ec363d47.jsonl',
  'claude-code/2.1.330/transcript/tools.subagent.jsonl':
    '.claude/projects/-home-dev-src-ct/4b4b7c1c-5246-4223-9f6c-5f64ec363d47/subagents/agent-aedb2d2079209bb5b.jsonl',
  'claude-code/2.1.330/transcript/deny_json.jsonl': '.claude/projects/-home-dev-src-cd/deny.jsonl',
  'cline/3.0.65/transcript/allow.messages.json':
    '.cline/data/sessions/1795348190194_f3eks/1795348190194_f3eks.messages.json',
  'cline/3.0.65/transcript/allow.json': '.cline/data/sessions/1795348190194_f3eks/1795348190194_f3eks.json',
  'codex/0.169.0/transcript/tools.jsonl': codexName('01a202e9-d827-7572-9614-4e6565bd82b0'),
  'codex/0.169.0/transcript/deny_json.jsonl': codexName('01a202e7-cd5c-72a2-81f4-47f9dd119ee2'),
  'codex/0.169.0/transcript/mcp.jsonl': codexName('01a202ea-60ba-7610-a3d8-43560810c31c'),
  'codex/0.169.0/transcript/write_stdin.jsonl': codexName('01a202ea-6cbd-72d0-b142-e6c99714626e'),
  'codex/0.169.0/transcript/code_mode.jsonl': codexName('01a20322-36f4-75a1-9dbc-fc8662450103'),
  'copilot-cli/1.0.102/transcript/tools.jsonl':
    '.copilot/session-state/82e1d3e3-05ee-4cb3-afb3-056f5ed8e567/events.jsonl',
  'copilot-cli/1.0.102/transcript/deny_json.jsonl':
    '.copilot/session-state/d5346eb4-0a0e-46dc-b1b9-fafcfb711321/events.jsonl',
  'droid/0.215.0/transcript/allow.jsonl': '.factory/sessions/-home-dev-src-dr_allow/c1aa1f37.jsonl',
  'droid/0.215.0/transcript/allow.settings.json': '.factory/sessions/-home-dev-src-dr_allow/c1aa1f37.settings.json',
  'droid/0.215.0/transcript/deny_json.jsonl': '.factory/sessions/-home-dev-src-dr_deny/ba84114e.jsonl',
  'gemini-cli/0.61.0/transcript/tools.jsonl': '.gemini/tmp/gm-tools/chats/session-2026-11-22T11-12-231a745c.jsonl',
  'gemini-cli/0.61.0/transcript/allow.jsonl': '.gemini/tmp/gm-allow/chats/session-2026-11-22T11-04-a270ba41.jsonl',
  'pi/0.87.1/transcript/allow.jsonl':
    '.pi/agent/sessions/--home-dev-src-pi_allow--/2026-11-22T11-45-51-856Z_01a20313-b0ee-7605-b89e-99be62851320.jsonl',
  'pi/0.87.1/transcript/deny.jsonl':
    '.pi/agent/sessions/--home-dev-src-pi_deny--/2026-11-22T11-45-53-864Z_01a20313-b8c6-71f3-a790-810c93a5497d.jsonl',
  'qwen-code/0.24.4/transcript/allow.jsonl':
    '.qwen/projects/-home-dev-src-qw-allow/chats/60535e8d-0940-4fcc-a014-534d8dd77848.jsonl',
  'qwen-code/0.24.4/transcript/deny_json.jsonl':
    '.qwen/projects/-home-dev-src-qw-deny-json/chats/7af0060b-c822-4b07-ba47-43d53caf83a2.jsonl',
};

function codexName(id: string): string {
  return `.codex/sessions/2026/11/22/rollout-2026-11-22T10-57-05-${id}.jsonl`;
}

const forks = path.join(fixtures, 'codex/0.169.0/forks');
/** The thread of each recorded rollout. */
export const forkIds: Readonly<Record<string, string>> = Object.fromEntries(
  fs.readdirSync(forks).flatMap((name) => {
    const id = /"id":"([\da-f-]{36})"/.exec(fs.readFileSync(path.join(forks, name), 'utf8'))?.[1];
    return name.endsWith('.jsonl') && id !== undefined ? [[name.slice(0, -'.jsonl'.length), id]] : [];
  }),
);

/** A home with some of the rollouts; what was forked was written before the fork. */
export function homeOfForks(names: readonly string[], own = throwAwayHome()): string {
  const sessions = path.join(own, '.codex/sessions/2026/11/22');
  fs.mkdirSync(sessions, { recursive: true });
  for (const name of names)
    fs.copyFileSync(
      path.join(forks, `${name}.jsonl`),
      path.join(sessions, `rollout-2026-11-22T22-41-00-${forkIds[name]}.jsonl`),
    );
  return own;
}

const rowsSchema = z.array(z.looseObject({}));
const opencodeSchema = z.looseObject({ message: rowsSchema, part: rowsSchema });
const openclawSchema = z.looseObject({ transcript_events: rowsSchema });

const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(fixtures, name), 'utf8'));
type Value = string | number | null | Buffer;

/** A home with the recorded transcripts of every agent, each where its agent keeps them. */
export function homeOfAllAgents(): string {
  const home = throwAwayHome();
  for (const [from, to] of Object.entries(places)) {
    fs.mkdirSync(path.dirname(path.join(home, to)), { recursive: true });
    fs.copyFileSync(path.join(fixtures, from), path.join(home, to));
  }
  fs.writeFileSync(
    path.join(home, '.gemini/projects.json'),
    JSON.stringify({ projects: { '/home/dev/src/gm_tools': 'gm-tools', '/home/dev/src/gm_allow': 'gm-allow' } }),
  );
  writeOpencode(home);
  writeOpenclaw(home);
  writeCursor(home);
  writeVscode(home);
  writeDescribed(home);
  return home;
}

/** The recorded tables as a database with the columns that the reader asks for; sub-agents' sessions name their parent. */
export function writeOpencode(home: string): string {
  const file = path.join(home, '.local/share/opencode/opencode.db');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  db.exec(`CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, version TEXT);
    CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);
    CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT);`);
  const { message, part } = opencodeSchema.parse(read('opencode/1.18.33/transcript/tools.json'));
  const sessions = [...new Set(part.map((row) => String(row.session_id)))];
  for (const [index, id] of sessions.entries()) {
    db.prepare('INSERT INTO session VALUES (?, ?, ?, ?)').run(
      id,
      index === 0 ? null : (sessions[0] ?? null),
      '/home/dev/src/oc_tools',
      '1.18.33',
    );
  }
  insert(db, 'message', message, ['id', 'session_id', 'time_created', 'data']);
  insert(db, 'part', part, ['id', 'message_id', 'session_id', 'time_created', 'data']);
  db.close();
  return file;
}

/** The recorded table as a database; the record of the call is packed, as old ones are. */
export function writeOpenclaw(home: string): string {
  const file = path.join(home, '.openclaw/agents/main/agent/openclaw-agent.sqlite');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  db.exec(`CREATE TABLE transcript_events (session_id TEXT, seq INTEGER, event_json TEXT, created_at INTEGER,
    event_zstd BLOB, event_utf8_bytes INTEGER, navigation_json TEXT)`);
  const { transcript_events: events } = openclawSchema.parse(read('openclaw/2026.9.6/transcript/allow.json'));
  const rows = events.map((row) => {
    const json = JSON.stringify(row.event_json);
    const packed = row.seq === 5;
    return { ...row, event_json: packed ? null : json, event_zstd: packed ? zstdCompressSync(json) : null };
  });
  insert(db, 'transcript_events', rows, ['session_id', 'seq', 'event_json', 'created_at', 'event_zstd']);
  db.close();
  return file;
}

function insert(db: DatabaseSync, table: string, rows: readonly object[], columns: readonly string[]): void {
  const marks = columns.map(() => '?').join(', ');
  const statement = db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
  for (const row of rows) {
    statement.run(
      ...columns.map((column): Value => {
        const value: unknown = Reflect.get(row, column);
        if (value === null || typeof value === 'string' || typeof value === 'number' || Buffer.isBuffer(value))
          return value;
        return JSON.stringify(value);
      }),
    );
  }
}

const jsonl = (lines: readonly object[]): string => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;

/** Synthetic: no recording of this agent is at hand. */
function writeCursor(home: string): void {
  const base = path.join(home, '.cursor/projects/home-dev-src-cu/agent-transcripts/c0ffee');
  fs.mkdirSync(path.join(base, 'subagents'), { recursive: true });
  const said = (role: string, content: object[]) => ({ role, message: { content } });
  fs.writeFileSync(
    path.join(base, 'c0ffee.jsonl'),
    jsonl([
      said('user', [{ type: 'text', text: '<user_query>\nlist the files\n</user_query>' }]),
      said('assistant', [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', name: 'Shell', input: { command: 'ls' } },
      ]),
      { type: 'turn_ended' },
    ]),
  );
  fs.writeFileSync(
    path.join(base, 'subagents/d00d.jsonl'),
    jsonl([
      said('user', [{ type: 'text', text: 'look for notes' }]),
      said('assistant', [{ type: 'tool_use', name: 'Read', input: { path: '/home/dev/src/cu/notes.md' } }]),
    ]),
  );
}

/** Synthetic, in the form of the extension's source. */
function writeVscode(home: string): void {
  const workspace = path.join(home, '.config/Code/User/workspaceStorage/0a1b2c');
  fs.mkdirSync(path.join(workspace, 'GitHub.copilot-chat/transcripts'), { recursive: true });
  fs.writeFileSync(path.join(workspace, 'workspace.json'), '{"folder":"file:///home/dev/src/vs%20app"}');
  const line = (type: string, data: object, n: number) => ({
    type,
    data,
    id: `v${n}`,
    timestamp: `2026-11-22T12:00:0${n}.000Z`,
    parentId: null,
  });
  fs.writeFileSync(
    path.join(workspace, 'GitHub.copilot-chat/transcripts/s-1.jsonl'),
    jsonl([
      line('session.start', { sessionId: 's-1', version: 1, producer: 'copilot-agent', copilotVersion: '0.55.0' }, 1),
      line('user.message', { content: 'run the tests', attachments: [] }, 2),
      line(
        'assistant.message',
        {
          content: '',
          toolRequests: [
            { toolCallId: 'call_v1', name: 'run_in_terminal', arguments: '{"command":"npm test"}', type: 'function' },
          ],
        },
        3,
      ),
      line('tool.execution_start', { toolCallId: 'call_v1', toolName: 'run_in_terminal', arguments: {} }, 4),
      line('tool.execution_complete', { toolCallId: 'call_v1', success: true, result: { content: 'ok' } }, 5),
    ]),
  );
}
