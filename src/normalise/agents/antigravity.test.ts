import { describe, expect, it } from 'vitest';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { Verdict } from '../../core/verdict.ts';
import { antigravity } from './antigravity.ts';

const head = { at: '2026-11-22T10:00:00.000Z', identity: { person: 'ann', device: 'laptop', via: 'token' } } as const;
const verdict = (effective: Verdict['effective'], degraded?: string): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: [],
  why: 'Denied: it touches.',
  ...(degraded === undefined ? {} : { degraded }),
});
const body = {
  toolCall: { name: 'run_command', args: { CommandLine: 'touch x', Cwd: '/p' } },
  stepIdx: 1,
  conversationId: 'c',
  workspacePaths: ['/p'],
};
const parsed = antigravity.parseHook(body, head);
if (!parsed.ok) throw new Error(parsed.error.detail);
const before = parsed.value;
const said = (reply: { body: string }) => JSON.parse(reply.body);

describe('calls of Antigravity', () => {
  it.each([
    ['run_command', { CommandLine: 'ls', Cwd: '/p' }, { kind: 'shell', command: 'ls', cwd: '/p' }],
    ['view_file', { AbsolutePath: '/a' }, { kind: 'file-read', path: '/a' }],
    ['write_to_file', { TargetFile: '/a', CodeContent: 'x' }, { kind: 'file-write', path: '/a', content: 'x' }],
    [
      'replace_file_content',
      { TargetFile: '/a', TargetContent: 'x', ReplacementContent: 'y' },
      { kind: 'file-edit', path: '/a', before: 'x', after: 'y' },
    ],
    [
      'multi_replace_file_content',
      {
        TargetFile: '/a',
        ReplacementChunks: [{ TargetContent: 'x', ReplacementContent: 'y' }, { ReplacementContent: 'z' }],
      },
      { kind: 'file-edit', path: '/a', before: 'x\n', after: 'y\nz' },
    ],
    ['send_command_input', { CommandId: '1', Input: 'rm -rf x\n' }, { kind: 'shell', command: 'rm -rf x\n' }],
    ['read_url_content', { Url: 'https://a.example' }, { kind: 'web-fetch', url: 'https://a.example', method: 'GET' }],
    ['mcp_notes_echo', {}, { kind: 'mcp', server: 'notes', tool: 'echo' }],
    ['run_command', { CommandLine: 7 }, { kind: 'unknown', why: expect.any(String) }],
    ['constructor', {}, { kind: 'unknown', why: expect.any(String) }],
  ])('%s %j', (tool, input, action) => {
    expect(antigravity.call(tool, input, '').action).toEqual(action);
  });
});

describe('answers to Antigravity', () => {
  it('are always a decision before a call: a missing one would stop it too', () => {
    expect(said(antigravity.reply(before, verdict('allow')))).toEqual({ decision: 'allow' });
    expect(said(antigravity.reply(before, verdict('allow', 'policy gone')))).toMatchObject({
      decision: 'allow',
      reason: expect.stringContaining('policy gone'),
    });
    expect(said(antigravity.reply(before, verdict('deny')))).toEqual({
      decision: 'deny',
      reason: expect.stringContaining('it touches'),
    });
    expect(said(antigravity.reply(before, verdict('ask')))).toMatchObject({ decision: 'force_ask' });
    expect(said(antigravity.letGo('x')).decision).toBe('allow');
    for (const name of ['PreToolUse', 'pretooluse', '', 'Unknown'])
      expect(said(antigravity.refuse(name, 'x')).decision, name).toBe('deny');
    for (const name of ['PostToolUse', 'stop', 'SessionStart'])
      expect(said(antigravity.refuse(name, 'x')), name).toEqual({});
  });
});

it('tells events by how the hook was called, else by what only they hold', () => {
  const kind = (given: unknown, event?: string) => {
    const read = antigravity.parseHook(given, event === undefined ? head : { ...head, event });
    return read.ok ? read.value.kind : read.error.code;
  };
  expect(before).toMatchObject({ kind: 'call-before', session: 'c', cwd: '/p' });
  expect(kind(body, 'PostToolUse')).toBe('call-after');
  expect(kind({ stepIdx: 1 })).toBe('notice');
  expect(kind({ stepIdx: 1 }, 'PreToolUse')).toBe('bad-tool-call');
  expect(kind({}, 'sessionstart')).toBe('session-start');
  for (const junk of [null, 7, [], {}, { toolCall: 7 }])
    expect(['not-a-hook', 'bad-tool-call'], JSON.stringify(junk)).toContain(kind(junk));
});

it('puts one named hook beside those of others, and leaves a file alone that the client drops as a whole', () => {
  const at: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };
  const to: HookConnection = {
    client: '/home/ann/.warder/device/warder-hook',
    url: 'http://127.0.0.1:7717',
    token: 'wrd_x',
  };
  const [file] = antigravity.setup?.files(at, to, () => null) ?? [];
  const others = '{\n  "lint": { "Stop": [{ "command": "make lint" }] }\n}\n';
  const edited = file?.with(others);
  if (!file || !edited?.ok) throw new Error('not edited');
  expect(file.path).toBe('/home/ann/.gemini/config/hooks.json');
  const { warder, lint } = JSON.parse(edited.value.text ?? '');
  expect(lint).toEqual({ Stop: [{ command: 'make lint' }] });
  expect(warder.PreToolUse[0]).toMatchObject({ matcher: '*', hooks: [{ type: 'command', timeout: 10 }] });
  expect(file.with(edited.value.text)).toMatchObject({ value: { changes: [] } });
  expect(file.without(edited.value.text ?? '')).toMatchObject({ value: { text: others } });
  expect(file.without(others)).toMatchObject({ value: { changes: [] } });
  for (const bad of ['{ // no\n}', '[]', '{"a": 1}', '{"a": {},}']) expect(file.with(bad).ok, bad).toBe(false);
});
