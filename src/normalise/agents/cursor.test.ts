import { describe, expect, it } from 'vitest';
import { head, hookBodies, verdict } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { cursor } from './cursor.ts';

const { event, hook, names, read } = hookBodies(cursor, 'cursor/documented');

const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  afterAgentResponse: 'answer',
  afterMCPExecution: 'call-after',
  afterShellExecution: 'call-after',
  beforeMCPExecution: 'call-before',
  beforeReadFile: 'call-before',
  beforeShellExecution: 'call-before',
  beforeSubmitPrompt: 'prompt',
  beforeTabFileRead: 'call-before',
  postToolUse: 'call-after',
  postToolUseFailure: 'call-after',
  preToolUse: 'call-before',
  sessionEnd: 'session-end',
  sessionStart: 'session-start',
  subagentStart: 'subagent-start',
  subagentStop: 'subagent-end',
};

describe('documented hook bodies of Cursor', () => {
  it.each(names)('%s is a known event of its conversation', (file) => {
    const parsed = hook(file);
    expect(parsed.kind).toBe(kinds[file.split(/[-.]/)[0] ?? ''] ?? 'notice');
    expect(parsed).toMatchObject({ agent: 'cursor', agentVersion: '3.4.1', cwd: '/home/dev/src/app', ...head });
    expect(parsed.session).toBe('4b1f0f5e-2d5b-4d0e-9f4a-0c6a4b0f8a11');
    if ('call' in parsed) expect(parsed.call.action.kind).not.toBe('unknown');
  });

  it('tells before and after of a call without an id in the same words', () => {
    for (const [before, after] of [
      ['beforeShellExecution-npm', 'afterShellExecution-npm'],
      ['beforeMCPExecution-echo_note', 'afterMCPExecution-echo_note'],
    ] as const) {
      const [one, two] = [hook(before), hook(after)];
      expect('call' in one && one.call).toEqual('call' in two && two.call);
    }
    expect(hook('beforeMCPExecution-echo_note')).toMatchObject({
      call: { tool: 'mcp__notes__echo_note', input: { text: 'hello' }, action: { kind: 'mcp', server: 'notes' } },
    });
  });

  it('reads a deletion as one, and says of typed keys that they are not shown', () => {
    const action = (tool: string, input: unknown) => cursor.call(tool, input, '').action;
    expect(action('Delete', { file_path: "it's.txt" })).toEqual({ kind: 'shell', command: "rm -- 'it'\\''s.txt'" });
    expect(action('WriteShellStdin', { shell_id: 1, chars_length: 9 })).toEqual({
      kind: 'shell',
      command: '(9 characters typed into a shell, not shown',
    });
    expect(action('constructor', {}).kind).toBe('unknown');
  });

  it('tells what came of a call', () => {
    expect(hook('afterShellExecution-npm')).toMatchObject({
      outcome: { status: 'ok', text: 'ok\n', durationMs: 812.5 },
    });
    expect(hook('postToolUseFailure-Read')).toMatchObject({ outcome: { status: 'error', text: 'File not found' } });
    const refused = { ...read('postToolUseFailure-Read'), failure_type: 'permission_denied' };
    expect(event(refused)).toMatchObject({ outcome: { status: 'refused' } });
  });

  it('believes the device client about the hook, not the body', () => {
    const body = { ...read('beforeShellExecution-npm'), hook_event_name: 'stop' };
    expect(event(body, 'beforeShellExecution').kind).toBe('call-before');
    expect(cursor.parseHook(read('stop-default'), { ...head, event: 'beforeShellExecution' }).ok).toBe(false);
    for (const junk of [
      null,
      7,
      'x',
      [],
      {},
      { hook_event_name: 'preToolUse' },
      { hook_event_name: 'beforeMCPExecution' },
    ])
      expect(cursor.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
  });
});

describe('answers to Cursor', () => {
  const body = (reply: { body: string }) => JSON.parse(reply.body);
  const shell = hook('beforeShellExecution-npm');
  const tool = hook('preToolUse-Write');

  it('says allow in words: a hook that fails closed takes silence for a failure', () => {
    for (const given of [null, verdict('allow')])
      expect(body(cursor.reply(shell, given))).toEqual({ permission: 'allow', continue: true });
    expect(body(cursor.letGo('policy gone.'))).toMatchObject({ permission: 'allow', continue: true });
  });

  it('asks where Cursor asks, and denies where it would ignore the question', () => {
    expect(body(cursor.reply(shell, verdict('ask')))).toMatchObject({ permission: 'ask' });
    for (const before of [tool, hook('preToolUse-Shell'), hook('beforeMCPExecution-echo_note')])
      expect(body(cursor.reply(before, verdict('ask')))).toMatchObject({
        permission: 'deny',
        user_message: expect.stringContaining('cannot ask a person here'),
      });
    for (const before of [shell, tool])
      expect(body(cursor.reply(before, verdict('deny')))).toMatchObject({
        permission: 'deny',
        user_message: expect.stringMatching(/^Denied by Warder: it touches\./),
      });
    expect(body(cursor.reply(hook('beforeSubmitPrompt-default'), verdict('deny')))).toMatchObject({ continue: false });
  });

  it('blocks in the form of each hook when it cannot decide', () => {
    for (const name of ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', '', 'somethingNew'])
      expect(body(cursor.refuse(name, 'No server.'))).toMatchObject({ permission: 'deny' });
    expect(body(cursor.refuse('beforeSubmitPrompt', 'x'))).toMatchObject({ continue: false });
    expect(body(cursor.refuse('stop', 'x'))).toEqual({});
  });
});

const linux: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };
const to: HookConnection = {
  client: '/home/ann/.warder/device/warder-hook',
  url: 'http://127.0.0.1:7717',
  token: 'none',
};
const [file] = cursor.setup?.files(linux, to, () => null) ?? [];
const written = (from: SetupFile | undefined, before: string | null): string => {
  const edited = from?.with(before);
  if (!edited?.ok || edited.value.text === null) throw new Error('nothing was written');
  return edited.value.text;
};

describe('Cursor connected', () => {
  it('fails closed before every call, judges each call once, and comes off again', () => {
    const text = written(file, null);
    const { hooks } = JSON.parse(text);
    for (const name of ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution']) {
      expect(hooks[name]).toEqual([expect.objectContaining({ failClosed: true, timeout: 10 })]);
    }
    const elsewhere = new RegExp(hooks.preToolUse[0].matcher);
    expect(
      ['Shell', 'MCP:echo', 'Write', 'WriteShellStdin', 'Shellfish'].filter((name) => elsewhere.test(name)),
    ).toEqual(['Write', 'WriteShellStdin', 'Shellfish']);
    expect(file?.with(text)).toMatchObject({ value: { text, changes: [] } });
    expect(file?.without(text)).toMatchObject({ value: { text: null } });
  });

  it('keeps a person’s hooks and remarks to the byte', () => {
    const mine =
      '{\n  // Mine.\n  "version": 1,\n  "hooks": {\n    "stop": [\n      { "command": "say done" }\n    ]\n  }\n}\n';
    const text = written(file, mine);
    expect(text).toContain('// Mine.');
    expect(file?.without(text)).toMatchObject({ value: { text: mine } });
  });

  it('writes nothing into a file that Cursor drops, and doctor says why', () => {
    const entry = (hook: unknown) => JSON.stringify({ version: 1, hooks: { stop: [hook] } });
    for (const bad of [
      '{"hooks":{}}',
      '{"version":1,"hooks":{"onStop":[]}}',
      '{"version":1,"hooks":{},}',
      entry({}),
      entry({ command: 'x', timeout: 0 }),
      entry({ command: 'x', matcher: '(' }),
      entry({ command: 'curl https://example.org' }),
      entry({ type: 'prompt', prompt: ' ' }),
    ]) {
      expect(file?.with(bad), bad).toMatchObject({ ok: false, error: { code: 'unexpected-settings' } });
      expect(cursor.setup?.weaknesses?.(linux, () => bad)).toHaveLength(1);
    }
    expect(cursor.setup?.weaknesses?.(linux, () => null)).toEqual([]);
  });

  it('is connected by an administrator where Cursor looks', () => {
    const managed = (platform: Surroundings['platform']) =>
      cursor.setup?.managedFiles?.({ ...linux, platform }, to)[0]?.path;
    expect(managed('linux')).toBe('/etc/cursor/hooks.json');
    expect(managed('darwin')).toBe('/Library/Application Support/Cursor/hooks.json');
    expect(managed('win32')).toBe('C:\\ProgramData\\Cursor\\hooks.json');
  });

  it('tells the narrowest rule of its own for a call', () => {
    const rule = (tool: string, input: unknown) => cursor.ownRule?.(cursor.call(tool, input, ''));
    expect(rule('Shell', { command: 'git push origin' })).toBe('Shell(git)');
    expect(rule('Read', { file_path: 'src/a.ts' })).toBe('Read(src/a.ts)');
    expect(rule('WebFetch', { url: 'https://example.org:8443/a' })).toBe('WebFetch(example.org)');
    expect(rule('mcp__notes__echo_note', {})).toBe('Mcp(notes:echo_note)');
    expect(rule('MCP:echo_note', {})).toBeNull();
  });
});
