import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { AgentEvent, Identity } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import { openCodeCall } from './opencode.call.ts';
import { openCode } from './opencode.ts';

const hooks = path.resolve(import.meta.dirname, '../../../test/fixtures/opencode/1.18.33/hooks');
const identity: Identity = { person: 'ann', device: 'laptop', via: 'token' };
const head = { at: '2026-11-22T10:00:00.000Z', identity };
const read = (file: string): Record<string, unknown> => JSON.parse(fs.readFileSync(path.join(hooks, file), 'utf8'));

function event(body: unknown, name?: string): AgentEvent {
  const parsed = openCode.parseHook(body, name === undefined ? head : { ...head, event: name });
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value;
}

const actions: Readonly<Record<string, unknown>> = {
  bash: { kind: 'shell', command: 'touch /home/dev/src/oc_allow/MARKER; echo hi' },
  edit: { kind: 'file-edit', path: '/home/dev/src/oc_tools/a.txt', before: 'one', after: 'two' },
  glob: { kind: 'file-search', path: '.', pattern: '*.txt' },
  grep: { kind: 'file-search', path: '.', pattern: 'two' },
  notes_echo_note: { kind: 'mcp', server: 'notes', tool: 'echo_note' },
  read: { kind: 'file-read', path: '/home/dev/src/oc_tools/a.txt' },
  task: { kind: 'agent', prompt: 'say hi' },
  webfetch: { kind: 'web-fetch', url: 'http://127.0.0.1:18040/x', method: 'GET' },
  write: { kind: 'file-write', path: '/home/dev/src/oc_tools/a.txt', content: 'one\n' },
};

describe('what OpenCode’s plugin told when it was recorded', () => {
  it.each(Object.keys(actions))('is the call of %s, before and after', (tool) => {
    for (const [kind, when] of [
      ['call-before', 'before'],
      ['call-after', 'after'],
    ] as const) {
      const told = event(read(`tool.execute.${when}-${tool}.json`));
      expect(told).toMatchObject({ kind, call: { tool, action: actions[tool] } });
      expect(told.session).toMatch(/^ses_/);
      if ('call' in told) expect(told.call.toolUseId).toMatch(/^call_fake/);
    }
  });

  it('is what was said, and what came back', () => {
    expect(event(read('chat.message-default.json'))).toMatchObject({ kind: 'prompt', text: 'go' });
    expect(event(read('event.session.created-default.json'))).toMatchObject({ kind: 'session-start' });
    expect(event(read('event.session.idle-default.json'))).toMatchObject({
      kind: 'notice',
      what: 'event.session.idle',
    });
    const outcome = (file: string) => event(read(`tool.execute.after-${file}.json`));
    expect(outcome('bash')).toMatchObject({ outcome: { status: 'ok', text: 'hi\n' } });
    expect(outcome('notes_echo_note')).toMatchObject({ outcome: { status: 'ok', text: 'note:{"text":"hello"}' } });
  });
});

describe('what only its plugin knows', () => {
  const before = read('tool.execute.before-notes_echo_note.json');
  const from = (warder: unknown) => event({ ...before, warder });

  it('is the folder, the version, and the session that a sub-agent works for', () => {
    const told = from({ hook: 'tool.execute.before', cwd: '/p', version: '1.18.33', parent: 'ses_1', servers: [] });
    expect(told).toMatchObject({ kind: 'call-before', cwd: '/p', agentVersion: '1.18.33', subagent: told.session });
  });

  it('is which part of a name is the server’s', () => {
    const server = (...servers: string[]) => from({ hook: 'tool.execute.before', servers });
    expect(server('notes', 'notes_echo')).toMatchObject({
      call: { action: { kind: 'mcp', server: 'notes_echo', tool: 'note' } },
    });
    expect(server('other')).toMatchObject({ call: { action: { server: 'notes', tool: 'echo_note' } } });
    expect(openCodeCall('my_srv_x_do', {}, '', ['my.srv x'])).toMatchObject({
      action: { kind: 'mcp', server: 'my.srv x', tool: 'do' },
    });
  });

  it('does not let a server stand for a tool of OpenCode’s own', () => {
    const patch = { patchText: '*** Begin Patch\n*** Update File: a.txt\n' };
    expect(openCodeCall('apply_patch', patch, '', ['apply']).action).toMatchObject({
      kind: 'file-edit',
      path: 'a.txt',
    });
  });

  it('may be junk, which hides no call', () => {
    for (const warder of [null, 1, 'x', [], { hook: 1, servers: 'x' }, { servers: [1] }])
      expect(from(warder)).toMatchObject({ kind: 'call-before', call: { tool: 'notes_echo_note' } });
  });
});

describe('calls of tools that were not recorded', () => {
  it('are known', () => {
    const kind = (tool: string, input: unknown) => openCodeCall(tool, input, '').action.kind;
    expect(kind('todowrite', { todos: [] })).toBe('harmless');
    expect(kind('question', {})).toBe('harmless');
    expect(kind('invalid', { tool: 'x', error: 'y' })).toBe('harmless');
    expect(kind('skill', { name: 'x' })).toBe('harmless');
    expect(openCodeCall('read_mcp_resource', { server: 'notes', uri: 'x' }, '').action).toEqual({
      kind: 'mcp',
      server: 'notes',
      tool: 'resources/read',
    });
  });

  it('tell a question of its own by what it is about', () => {
    const properties = {
      sessionID: 'ses_1',
      permission: 'bash',
      patterns: ['rm x'],
      metadata: { command: 'rm x' },
      tool: { callID: 'call_1' },
    };
    expect(event({ type: 'permission.asked', properties })).toMatchObject({
      kind: 'permission-asked',
      session: 'ses_1',
      call: { toolUseId: 'call_1', action: { kind: 'shell', command: 'rm x' } },
    });
  });
});

const verdict = (effective: Verdict['effective'], more: Partial<Verdict> = {}): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: ['no'],
  why: 'Denied: it is bad.',
  ...more,
});
const said = (reply: { body: string }): unknown => JSON.parse(reply.body);

describe('what its plugin is answered', () => {
  const call = event(read('tool.execute.before-bash.json'));

  it('is yes or no, and why', () => {
    expect(said(openCode.reply(call, verdict('allow')))).toEqual({ decision: 'allow' });
    expect(said(openCode.reply(call, verdict('deny')))).toEqual({
      decision: 'deny',
      reason: expect.stringMatching(/^Denied by Warder: it is bad\. Rule no\. Allowed instead: /),
    });
    expect(said(openCode.reply(call, verdict('ask')))).toMatchObject({ decision: 'deny' });
    expect(said(openCode.refuse('tool.execute.before', 'It is late.'))).toEqual({
      decision: 'deny',
      reason: 'Blocked: Warder could not judge this. It is late.',
    });
    const degraded = verdict('allow', { degraded: 'store-unavailable' });
    for (const reply of [openCode.letGo('store-unavailable.'), openCode.reply(call, degraded)])
      expect(said(reply)).toEqual({
        decision: 'allow',
        note: 'Warder let this pass without a full check: store-unavailable.',
      });
  });

  it('is no yes for anything but a call', () => {
    const prompt = event(read('chat.message-default.json'));
    expect(said(openCode.reply(prompt, null))).toEqual({});
    expect(said(openCode.reply(call, null))).toEqual({});
  });
});

describe('OpenCode’s files', () => {
  const to: HookConnection = { client: '/home/ann o/.warder/device/warder-hook', url: 'http://x', token: 'wrd_x' };
  const at = (env: Record<string, string> = {}): Surroundings => ({ env, home: '/home/ann', platform: 'linux' });
  const files = (env?: Record<string, string>) => openCode.setup?.files(at(env), to, () => null) ?? [];

  it('are one of Warder’s own, which names the plugin and holds no token', () => {
    const [file] = files();
    expect(file?.path).toBe('/home/ann/.config/opencode/plugin/warder.js');
    const text = file?.with(null);
    expect(text).toMatchObject({
      ok: true,
      value: { text: expect.stringContaining('"file:///home/ann%20o/.warder/device/plugins/opencode.mjs"') },
    });
    expect(JSON.stringify(text)).not.toContain('wrd_x');
    expect(files({ XDG_CONFIG_HOME: '/x' })[0]?.path).toBe('/x/opencode/plugin/warder.js');
  });

  it('of an administrator keep what stands in them', () => {
    const [, settings] = openCode.setup?.managedFiles?.(at(), to) ?? [];
    const before = '{\n  // Ours.\n  "plugin": ["theirs"],\n  "share": "disabled",\n}\n';
    const connected = settings?.with(before);
    if (!connected?.ok || connected.value.text === null) throw new Error('not connected');
    expect(connected.value.text).toContain('// Ours.');
    expect(connected.value.text).toContain('"file:///etc/opencode/warder.js"');
    expect(settings?.with(connected.value.text)).toEqual({
      ok: true,
      value: { text: connected.value.text, changes: [] },
    });
    const left = settings?.without(connected.value.text);
    expect(left?.ok && left.value.text?.replaceAll(/\s/g, '')).toBe(before.replaceAll(/\s/g, ''));
    const fresh = settings?.with(null);
    expect(fresh?.ok && fresh.value.text && settings?.without(fresh.value.text)).toMatchObject({
      value: { text: null },
    });
    expect(settings?.with('{')).toMatchObject({ ok: false, error: { code: 'not-json' } });
    expect(settings?.with('{"plugin":1}')).toMatchObject({ ok: false, error: { code: 'unexpected-settings' } });
  });

  it('do not count where a variable says so', () => {
    const weak = (env: Record<string, string>) =>
      openCode.setup?.weaknesses?.(at(env), () => null).map(({ mend }) => mend);
    expect(weak({})).toEqual([]);
    expect(weak({ OPENCODE_PURE: '1', OPENCODE_PERMISSION: '{"bash":"allow"}' })).toEqual([
      'unset OPENCODE_PURE',
      'unset OPENCODE_PERMISSION',
    ]);
    expect(weak({ OPENCODE_PURE: '0' })).toEqual([]);
  });
});

it('has a rule of its own for what a pattern can say exactly', () => {
  const rule = (tool: string, input: unknown) => openCode.ownRule?.(openCodeCall(tool, input, ''));
  expect(rule('bash', { command: 'rm -rf x' })).toBe('{"permission":{"bash":{"rm -rf x":"deny"}}}');
  expect(rule('bash', { command: 'rm *' })).toBeNull();
  expect(rule('read', { filePath: '/a/.env' })).toBe('{"permission":{"read":{"/a/.env":"deny"}}}');
  expect(rule('notes_echo', { text: 'x' })).toBe('{"permission":{"notes_echo":{"*":"deny"}}}');
  expect(rule('todowrite', {})).toBeNull();
});
