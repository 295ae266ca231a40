import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import type { AgentEvent, Identity } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import { cline } from './cline.ts';

const hooks = path.resolve(import.meta.dirname, '../../../test/fixtures/cline/3.0.65/hooks');
const identity: Identity = { person: 'ann', device: 'laptop', via: 'token' };
const head = { at: '2026-11-22T10:00:00.000Z', identity };
const read = (file: string): Record<string, unknown> => JSON.parse(fs.readFileSync(path.join(hooks, file), 'utf8'));

function event(body: unknown): AgentEvent {
  const parsed = cline.parseHook(body, head);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value;
}

const call = {
  tool: 'run_commands',
  toolUseId: 'call_fake001',
  action: { kind: 'shell', command: 'touch /home/dev/src/cl_allow/MARKER && echo hi' },
};

describe('what Cline’s hooks tell', () => {
  it('is the call as it was recorded, before and after, in its session', () => {
    const where = { session: '1795348190194_f3eks', cwd: '/home/dev/src/cl_allow' };
    const before = event(read('PreToolUse-run_commands.json'));
    expect(before).toMatchObject({ kind: 'call-before', call, ...where });
    expect(before).not.toHaveProperty('subagent');
    const outcome = { status: 'ok', text: 'hi\n', durationMs: 176 };
    expect(event(read('PostToolUse-run_commands.json'))).toMatchObject({ kind: 'call-after', call, outcome, ...where });
  });

  it('is which sub-agent asks', () => {
    const told = { ...read('PreToolUse-run_commands.json'), parent_agent_id: 'agent_1', agent_id: 'agent_2' };
    expect(event(told)).toMatchObject({ subagent: 'agent_2' });
  });

  it('is what was said, and when it began and ended', () => {
    expect(event(read('TaskStart-default.json'))).toMatchObject({ kind: 'session-start', how: 'new' });
    expect(event(read('TaskComplete-default.json'))).toMatchObject({ kind: 'answer', text: 'FAKE-FINAL' });
    const told = (hookName: string, more = {}) => event({ hookName, taskId: 't', ...more });
    expect(told('prompt_submit', { userPromptSubmit: { prompt: 'go' } })).toMatchObject({ kind: 'prompt', text: 'go' });
    expect(told('session_shutdown', { reason: 'x' })).toMatchObject({ kind: 'session-end', how: 'x', session: 't' });
    expect(told('agent_error', { error: { message: 'no' } })).toMatchObject({ kind: 'notice', what: 'task failed' });
    expect(told('tea')).toMatchObject({ kind: 'notice', what: 'tea' });
  });

  it('is a result that says how it ended', () => {
    const body = read('PostToolUse-run_commands.json');
    const parts = [{ result: '', error: 'exit 3', success: false }];
    const failed = event({ ...body, tool_result: { ...(body.tool_result as object), output: parts } });
    expect(failed).toMatchObject({ outcome: { status: 'error', text: 'exit 3' } });
  });

  it('is the same from the IDE extension, which knows other names', () => {
    const body = (toolName: string, parameters: unknown) => ({
      hookName: 'PreToolUse',
      taskId: 't',
      preToolUse: { toolName, parameters },
    });
    expect(event(body('execute_command', { command: 'ls' }))).toMatchObject({
      kind: 'call-before',
      session: 't',
      call: { toolUseId: '', action: { kind: 'shell', command: 'ls' } },
    });
    const mcp = { server_name: 'a__b', tool_name: 'c', arguments: '{}' };
    expect(event(body('use_mcp_tool', mcp))).toMatchObject({
      call: { action: { kind: 'mcp', server: 'a__b', tool: 'c' } },
    });
    expect(event(body('write_to_file', { path: 'a', content: 'x' }))).toMatchObject({
      call: { action: { kind: 'file-write' } },
    });
  });

  it('is a reason where it is junk', () => {
    for (const body of [
      null,
      1,
      [],
      {},
      { hookName: 1 },
      { hookName: 'tool_call' },
      { hookName: 'tool_call', tool_call: {} },
    ])
      expect(cline.parseHook(body, head)).toMatchObject({ ok: false });
  });
});

describe('Cline’s tools', () => {
  const action = (tool: string, input: unknown) => cline.call(tool, input, '').action;

  it('run what Cline runs, whatever stands beside it', () => {
    const shell = (input: unknown) => action('run_commands', input);
    expect(shell({ command: 'ls', commands: ['rm -rf x', 'id'] })).toEqual({ kind: 'shell', command: 'rm -rf x\nid' });
    expect(shell({ commands: 'id' })).toMatchObject({ command: 'id' });
    expect(shell({ commands: [{ command: 'rm', args: ['-rf', 'a b'] }] })).toMatchObject({ command: "rm -rf 'a b'" });
    expect(shell({ command: 'rm', args: ['x'] })).toMatchObject({ command: 'rm x' });
    expect(shell({ cmd: 'id' })).toMatchObject({ command: 'id' });
    expect(shell(['id', 'ls'])).toMatchObject({ command: 'id\nls' });
    expect(shell('id')).toMatchObject({ command: 'id' });
    for (const junk of [{}, [], { commands: [] }, { commands: [1] }, null]) expect(shell(junk).kind).toBe('unknown');
  });

  it('are known, one by one and several at once', () => {
    expect(action('read_files', { files: [{ path: '/a' }] })).toEqual({ kind: 'file-read', path: '/a' });
    expect(action('read_files', { paths: ['/a', '/b c'] })).toEqual({ kind: 'shell', command: "cat -- /a '/b c'" });
    const requests = ['http://a', 'http://b'].map((url) => ({ url, prompt: 'x' }));
    expect(action('fetch_web_content', { requests: requests.slice(0, 1) })).toMatchObject({
      kind: 'web-fetch',
      url: 'http://a',
    });
    expect(action('fetch_web_content', { requests })).toEqual({ kind: 'shell', command: 'curl http://a http://b' });
    expect(action('search_codebase', { queries: ['x'] })).toMatchObject({ kind: 'file-search', pattern: 'x' });
    expect(action('editor', { path: 'a', new_text: 'x' })).toEqual({
      kind: 'file-edit',
      path: 'a',
      before: '',
      after: 'x',
    });
    expect(action('spawn_agent', { systemPrompt: 'x', task: 'go' })).toEqual({ kind: 'agent', prompt: 'go' });
    expect(action('apply_patch', { input: '*** Begin Patch\n*** Add File: a\n' })).toMatchObject({
      kind: 'file-edit',
      path: 'a',
    });
    expect(action('notes__echo', {})).toEqual({ kind: 'mcp', server: 'notes', tool: 'echo' });
    expect(action('list_files', { path: 'a' })).toMatchObject({ kind: 'file-search', path: 'a' });
  });
});

const verdict = (effective: Verdict['effective']): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: [],
  why: 'Denied: it is bad.',
});
const said = ({ body }: { body: string }): unknown => JSON.parse(body);

describe('what Cline is answered', () => {
  const before = event(read('PreToolUse-run_commands.json'));

  it('is the one form that stops a tool, and for a tool only', () => {
    expect(said(cline.reply(before, verdict('allow')))).toEqual({ cancel: false });
    for (const effective of ['deny', 'ask'] as const)
      expect(said(cline.reply(before, verdict(effective)))).toEqual({
        cancel: true,
        errorMessage: expect.stringMatching(/^Denied by Warder/),
      });
    expect(said(cline.reply(event(read('TaskStart-default.json')), null))).toEqual({ cancel: false });
    for (const name of ['tool_call', 'PreToolUse', 'nobody knows'])
      expect(said(cline.refuse(name, 'Late.'))).toMatchObject({
        cancel: true,
        errorMessage: expect.stringContaining('Late.'),
      });
    for (const name of ['tool_result', 'PostToolUse', 'agent_start'])
      expect(said(cline.refuse(name, 'Late.'))).toEqual({ cancel: false });
    expect(said(cline.letGo('Late.'))).toMatchObject({ cancel: false });
  });
});

describe('Cline’s hook files', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-cline-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
  const client = path.join(folder, 'it is', 'warder-hook');
  const to: HookConnection = { client, url: 'http://x', token: 'wrd_x' };
  const at = (env: Record<string, string> = {}): Surroundings => ({ env, home: '/home/ann', platform: 'linux' });
  const files = (held: Record<string, string> = {}, env?: Record<string, string>): readonly SetupFile[] =>
    cline.setup?.files(at(env), to, (file) => held[file] ?? null) ?? [];

  /** What Cline reads of the file for PreToolUse, with a client that does `body`; null: it is not there. */
  function answered(body: string | null): { readonly status: number | null; readonly stdout: string } {
    fs.rmSync(path.dirname(client), { recursive: true, force: true });
    fs.mkdirSync(path.dirname(client));
    if (body !== null) fs.writeFileSync(client, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    const text = files()[0]?.with(null);
    const hook = path.join(folder, 'PreToolUse');
    fs.writeFileSync(hook, (text?.ok && text.value.text) || '', { mode: 0o755 });
    const { status, stdout } = spawnSync('sh', ['-p', hook], { input: '{}', encoding: 'utf8' });
    return { status, stdout };
  }

  it('give Cline the client’s own answer, called with the agent, the event and the form of a refusal', () => {
    expect(answered('printf \'{"cancel":false,"args":"%s"}\' "$*"')).toEqual({
      status: 0,
      stdout: '{"cancel":false,"args":"cline PreToolUse cline"}\n',
    });
    expect(answered('echo \'{"cancel":true,"errorMessage":"no"}\'').stdout).toBe(
      '{"cancel":true,"errorMessage":"no"}\n',
    );
  });

  it.each([
    ['is gone', null],
    ['fails', 'exit 1'],
    ['fails after an answer', 'echo \'{"cancel":false}\'; exit 2'],
    ['is killed', 'kill -9 $$'],
    ['says nothing', ':'],
    ['says what is no answer', 'echo hello'],
    ['says another JSON', 'echo "{}"'],
    ['says half of one', 'printf \'{"cancel":false\''],
    ['says more than one line', 'echo "debug"; echo \'{"cancel":false}\''],
  ])('stop the call when the client %s', (_name, body) => {
    const { status, stdout } = answered(body);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cancel: true, errorMessage: expect.stringMatching(/^Blocked: /) });
  });

  it('leave a hook of the person’s where it is', () => {
    const own = '/home/ann/.cline/hooks/PreToolUse';
    expect(files()[0]?.path).toBe(own);
    expect(files({ [own]: '#!/bin/sh\necho mine\n' })[0]?.path).toBe(`${own}.sh`);
    const written = files()[0]?.with(null);
    const text = (written?.ok && written.value.text) || '';
    expect(files({ [own]: 'mine', [`${own}.bash`]: text })[0]?.path).toBe(`${own}.bash`);
    expect(files({}, { CLINE_DIR: '/c' })[0]?.path).toBe('/c/hooks/PreToolUse');
    expect(files().every(({ mode, own: whole }) => mode === 0o755 && whole === true)).toBe(true);
  });
});
