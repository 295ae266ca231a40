import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EditedText, HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import type { AgentEvent, Identity } from '../../core/event.ts';
import type { Result } from '../../core/result.ts';
import { openClaw } from './openclaw.ts';

const hooks = path.resolve(import.meta.dirname, '../../../test/fixtures/openclaw/2026.9.6/hooks');
const identity: Identity = { person: 'ann', device: 'laptop', via: 'token' };
const head = { at: '2026-11-22T10:00:00.000Z', identity };
const read = (file: string): { event: Record<string, unknown>; ctx: unknown } =>
  JSON.parse(fs.readFileSync(path.join(hooks, file), 'utf8'));

function event(body: unknown, name?: string): AgentEvent {
  const parsed = openClaw.parseHook(body, name === undefined ? head : { ...head, event: name });
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value;
}

const call = {
  tool: 'exec',
  toolUseId: 'call_fake001',
  action: { kind: 'shell', command: 'touch /home/dev/src/ocl_rec/MARKER && echo hi' },
};

describe('what OpenClaw’s plugin tells', () => {
  it('is the call as it was recorded, before and after', () => {
    const before = event(read('before_tool_call-exec.json'));
    expect(before).toMatchObject({ kind: 'call-before', session: '30a673af-d868-4572-b287-154cbf69408f', call });
    const outcome = { status: 'ok', text: 'hi', durationMs: 1261 };
    expect(event(read('after_tool_call-exec.json'))).toMatchObject({ kind: 'call-after', call, outcome });
  });

  it('tells a call that failed and one that was refused from one that ran', () => {
    const { event: told, ctx } = read('after_tool_call-exec.json');
    const with_ = (details: unknown, more = {}) =>
      event({ event: { ...told, ...more, result: { content: [{ type: 'text', text: 'no' }], details } }, ctx });
    expect(with_({ exitCode: 3 })).toMatchObject({ outcome: { status: 'error', text: 'no' } });
    expect(with_({ status: 'blocked' }, { error: 'no' })).toMatchObject({ outcome: { status: 'refused' } });
    expect(with_(null, { error: 'broken' })).toMatchObject({ outcome: { status: 'error' } });
  });

  it('is what was said, and by whom', () => {
    const ctx = { sessionId: 's' };
    const said = (name: string, told: unknown) => event({ event: told, ctx }, name);
    expect(said('llm_input', { prompt: 'go' })).toMatchObject({ kind: 'prompt', text: 'go', session: 's' });
    expect(event(read('llm_output-default.json'), 'llm_output')).toMatchObject({ kind: 'answer', text: 'FAKE-FINAL' });
    expect(said('session_start', {})).toMatchObject({ kind: 'session-start', how: 'new' });
    expect(said('session_end', { reason: 'idle' })).toMatchObject({ kind: 'session-end', how: 'idle' });
    expect(said('subagent_spawned', { childSessionKey: 'k' })).toMatchObject({
      kind: 'subagent-start',
      subagentType: 'k',
    });
    expect(said('subagent_ended', { targetSessionKey: 'k' })).toMatchObject({
      kind: 'subagent-end',
      subagentType: 'k',
    });
    expect(event(read('model_call_started-default.json'), 'model_call_started')).toMatchObject({ kind: 'notice' });
  });

  it('is a program of its code mode, which is not read as a command', () => {
    const { event: told, ctx } = read('before_tool_call-exec.json');
    expect(event({ event: { ...told, toolKind: 'code_mode_exec', params: { code: 'x' } }, ctx })).toMatchObject({
      call: { action: { kind: 'unknown' } },
    });
  });

  it('is each of its tools', () => {
    const of = (tool: string, input: unknown) => openClaw.call(tool, input, '');
    expect(of('exec', { command: 'ls', workdir: '/x', background: true, elevated: true })).toMatchObject({
      action: { kind: 'shell', command: 'ls', cwd: '/x' },
      flags: ['background', 'privileged'],
    });
    expect(of('process', { action: 'poll', sessionId: 'x' }).action.kind).toBe('harmless');
    expect(of('process', { action: 'write', data: 'rm -rf /\n' })).toMatchObject({
      action: { kind: 'shell', command: 'rm -rf /\n' },
      fields: { command: 'data' },
      flags: ['opaque'],
    });
    expect(of('process', { action: 'write' }).action.kind).toBe('unknown');
    expect(of('tool_call', { name: 'exec', args: { command: 'ls' } })).toMatchObject({
      action: { kind: 'shell', command: 'ls' },
      fields: { command: 'args/command' },
    });
    expect(of('tool_call', { name: 'tool_call', args: {} }).action.kind).toBe('unknown');
    expect(of('browser', { action: 'open', targetUrl: 'http://x' }).action).toMatchObject({
      kind: 'web-fetch',
      url: 'http://x',
    });
    expect(of('sessions_spawn', { task: 'go' }).action).toEqual({ kind: 'agent', prompt: 'go' });
    expect(of('edit', { path: 'a', edits: [{ oldText: 'a', newText: 'b' }] }).action.kind).toBe('file-edit');
    expect(of('ls', { path: '.' }).action.kind).toBe('file-search');
    expect(of('plugins', { action: 'disable', id: 'warder' }).action.kind).toBe('unknown');
  });
});

describe('OpenClaw’s files', () => {
  const to: HookConnection = { client: '/home/ann/.warder/device/warder-hook', url: 'http://x', token: 'wrd_x' };
  const at = (env: Record<string, string> = {}): Surroundings => ({ env, home: '/home/ann', platform: 'linux' });
  const files = (env?: Record<string, string>): readonly SetupFile[] =>
    openClaw.setup?.files(at(env), to, () => null) ?? [];
  const settings = (): SetupFile => {
    const file = files().at(-1);
    if (!file) throw new Error('no settings');
    return file;
  };
  const text = (edited: Result<EditedText>): string => {
    if (!edited.ok || edited.value.text === null) throw new Error(JSON.stringify(edited));
    return edited.value.text;
  };

  it('are a folder of Warder’s own, and an entry in the settings', () => {
    const paths = (env?: Record<string, string>) => files(env).map((file) => file.path);
    const own = ['package.json', 'openclaw.plugin.json', 'index.mjs'].map(
      (name) => `/home/ann/.openclaw/warder/${name}`,
    );
    expect(paths()).toEqual([...own, '/home/ann/.openclaw/openclaw.json']);
    expect(paths({ OPENCLAW_STATE_DIR: '/s' }).at(-1)).toBe('/s/openclaw.json');
    expect(paths({ OPENCLAW_HOME: '/h', OPENCLAW_CONFIG_PATH: '/c.json' })).toEqual([
      ...own.map((file) => file.replace('/home/ann', '/h')),
      '/c.json',
    ]);
    const index = files()[2]?.with(null);
    expect(index?.ok && index.value.text).toContain(
      'export { default } from "file:///home/ann/.warder/device/plugins/openclaw.mjs";',
    );
  });

  it('keep what a person wrote, and give it back', () => {
    const before = `{
  // Mine.
  "plugins": {
    "allow": ["mine"], // only this
    "load": { "paths": ["/mine"] },
    "entries": { "mine": { "enabled": true } },
  },
}
`;
    const connected = text(settings().with(before));
    expect(connected).toContain('// only this');
    for (const part of ['"/home/ann/.openclaw/warder"', '"warder"', '"device": "/home/ann/.warder/device"'])
      expect(connected).toContain(part);
    expect(settings().with(connected)).toEqual({ ok: true, value: { text: connected, changes: [] } });
    expect(text(settings().without(connected)).replaceAll(/\s/g, '')).toBe(before.replaceAll(/\s/g, ''));
  });

  it('shut no other plugin out, and leave nothing behind', () => {
    const connected = text(settings().with(null));
    expect(JSON.parse(connected).plugins.allow).toBeUndefined();
    expect(settings().without(connected)).toMatchObject({ value: { text: null } });
    const other = '{\n  "model": "x"\n}\n';
    const left = settings().without(text(settings().with(other)));
    expect(JSON.parse(text(left))).toEqual({ model: 'x' });
    expect(settings().without(other)).toEqual({ ok: true, value: { text: other, changes: [] } });
  });

  it('are left alone where they cannot be understood', () => {
    expect(settings().with("{plugins: {allow: ['x']}}")).toMatchObject({ ok: false, error: { code: 'not-json' } });
    expect(settings().with('{"plugins": []}')).toMatchObject({ ok: false, error: { code: 'unexpected-settings' } });
  });

  it('do not count where the settings say so', () => {
    const weak = (held: string | null) => openClaw.setup?.weaknesses?.(at(), () => held).map(({ mend }) => mend);
    expect(weak(null)).toEqual([]);
    expect(weak('{"plugins":{"enabled":false,"deny":["warder"]}}')).toEqual([
      'set plugins.enabled to true',
      'take warder out of plugins.deny',
    ]);
  });
});

it('has a rule of its own for a tool by its name', () => {
  expect(openClaw.ownRule?.(openClaw.call('exec', { command: 'ls' }, ''))).toBe('{"tools":{"deny":["exec"]}}');
  expect(openClaw.ownRule?.(openClaw.call('plugins', {}, ''))).toBeNull();
});
