import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClaudeRun, newPerson, runClaude } from './harness/claude-run.ts';
import { ensureClaude } from './harness/fetch-agent.ts';
import { eventually, type McpHome, startMcpHome } from './harness/mcp-home.ts';
import { type ScriptedAnthropic, startScriptedAnthropic } from './harness/scripted-anthropic.ts';

// The real Claude Code with an MCP server behind `warder mcp`.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-mcp-real-'));
const ran = path.join(folder, 'ran');
const note = (text: string) => ({ name: 'mcp__notes__add_note', input: { text } });
let claude: Awaited<ReturnType<typeof ensureClaude>>;
let upstream: ScriptedAnthropic;
let home: McpHome;
let routed: ClaudeRun;
let straight: ClaudeRun;

async function run(name: string, script: string, env: Readonly<Record<string, string>>): Promise<ClaudeRun> {
  if ('missing' in claude) throw new Error(claude.missing);
  const config = path.join(folder, `${name}.json`);
  const words = [
    '--disable-warning=ExperimentalWarning',
    path.resolve(import.meta.dirname, '../src/cli.ts'),
    ...['mcp', '--name', 'notes', '--home', home.dir, '--'],
    process.execPath,
    path.resolve(import.meta.dirname, 'harness/mcp-server.ts'),
  ];
  const servers = { notes: { command: process.execPath, args: words, env: { MCP_RAN: ran } } };
  fs.writeFileSync(config, JSON.stringify({ mcpServers: servers }));
  const args = ['--mcp-config', config, '--strict-mcp-config', '--allowedTools', 'mcp__notes'];
  return runClaude(claude.path, newPerson(folder, name), `go [script:${script}]`, { args, env });
}

beforeAll(async () => {
  claude = await ensureClaude();
  if ('missing' in claude) return;
  upstream = await startScriptedAnthropic({
    join: [{ text: 'One.', calls: [note('milk')] }, { text: 'Joined.' }],
    deny: [
      { text: 'Bad.', calls: [{ name: 'mcp__notes__run_command', input: { command: 'rm -rf ~/' } }] },
      { text: 'Good.', calls: [note('bread')] },
      { text: 'The end.' },
    ],
  });
  home = await startMcpHome('observe', { upstream: { anthropic: upstream.url }, passThroughClientAuth: true });
  const auth = { ANTHROPIC_API_KEY: 'dummy' };
  routed = await run('routed', 'join', {
    ...auth,
    ANTHROPIC_BASE_URL: `${home.url}/anthropic`,
    ANTHROPIC_CUSTOM_HEADERS: `x-warder-token: ${home.token}`,
  });
  await eventually(async () => (await home.calls()).find(({ phases }) => phases.length >= 3));
  await home.stop();
  await home.start('enforce');
  straight = await run('straight', 'deny', { ...auth, ANTHROPIC_BASE_URL: upstream.url });
}, 180_000);
afterAll(async () => {
  await home?.remove();
  await upstream?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('the real Claude Code with a server behind warder mcp', () => {
  it('makes one record of its call, at the gateway and at the server', async ({ skip }) => {
    if ('missing' in claude) return skip(claude.missing);
    expect(routed.result).toBe('Joined.');
    const record = await eventually(async () =>
      (await home.calls()).find(({ tool, phases }) => tool === 'mcp__notes__add_note' && phases.length >= 4),
    );
    expect(record.phases.map(({ phase, source }) => `${phase} ${source}`).sort()).toEqual([
      'asked gateway',
      'before mcp',
      'result gateway',
      'result mcp',
    ]);
    expect(record.toolUseId).toMatch(/^toolu_/);
  });

  it('stops what is denied where the wrapper is the only guard, and the conversation goes on', async ({ skip }) => {
    if ('missing' in claude) return skip(claude.missing);
    expect(straight.result).toBe('The end.');
    expect(straight.text).toContain('[Warder] notes/run_command was refused and did not run.');
    expect(straight.text).toContain('kept: bread');
    const tools = fs.readFileSync(ran, 'utf8').split('\n').filter(Boolean);
    expect(tools.map((line) => String(JSON.parse(line).input.text ?? line))).toEqual(['milk', 'bread']);
    // The client tells the model's id of the call.
    expect(JSON.parse(tools[0] ?? '').meta).toMatchObject({ 'claudecode/toolUseId': expect.stringMatching(/^toolu_/) });
  });
});
