import { describe, expect, it } from 'vitest';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { Verdict } from '../../core/verdict.ts';
import { goose } from './goose.ts';

const head = { at: '2026-11-22T10:00:00.000Z', identity: { person: 'ann', device: 'laptop', via: 'token' } } as const;
const verdict = (effective: Verdict['effective']): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: [],
  why: 'Denied: it touches.',
});
const body = {
  event: 'PreToolUse',
  session_id: 's',
  tool_name: 'developer__shell',
  tool_input: { command: 'x' },
  working_dir: '/p',
  tool_call_id: 'c1',
};

describe('calls of Goose', () => {
  it.each([
    ['developer__shell', { command: 'ls' }, { kind: 'shell', command: 'ls' }],
    ['developer__text_editor', { command: 'view', path: '/a' }, { kind: 'file-read', path: '/a' }],
    [
      'developer__text_editor',
      { command: 'str_replace', path: '/a', old_str: 'x', new_str: 'y' },
      { kind: 'file-edit', path: '/a', before: 'x', after: 'y' },
    ],
    [
      'computercontroller__web_scrape',
      { url: 'https://a.example' },
      { kind: 'web-fetch', url: 'https://a.example', method: 'GET' },
    ],
    ['computercontroller__automation_script', { language: 'shell', script: 'ls' }, { kind: 'shell', command: 'ls' }],
    [
      'computercontroller__automation_script',
      { language: 'Ruby', script: 'puts 1' },
      { kind: 'shell', command: "ruby <<'END-OF-SCRIPT'\nputs 1\nEND-OF-SCRIPT" },
    ],
    ['notes__echo__it', {}, { kind: 'mcp', server: 'notes', tool: 'echo__it' }],
    ['developer__something', {}, { kind: 'mcp', server: 'developer', tool: 'something' }],
    ['constructor', {}, { kind: 'unknown', why: expect.any(String) }],
  ])('%s %j', (tool, input, action) => {
    expect(goose.call(tool, input, '').action).toEqual(action);
  });
});

it('reads a call with its id, folder and session, and refuses it with text on stderr and status 2', () => {
  const parsed = goose.parseHook(body, head);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  expect(parsed.value).toMatchObject({
    kind: 'call-before',
    session: 's',
    cwd: '/p',
    call: { toolUseId: 'c1', tool: 'developer__shell' },
  });
  expect(goose.reply(parsed.value, verdict('deny'))).toMatchObject({
    exit: 2,
    body: expect.stringContaining('it touches'),
  });
  expect(goose.reply(parsed.value, verdict('ask')).exit).toBe(2);
  expect(goose.reply(parsed.value, verdict('allow'))).toEqual({ status: 200, body: '', exit: 0 });
  expect(goose.refuse('Stop', 'x').exit).toBe(0);
  expect(goose.refuse('PreToolUse', 'x').exit).toBe(2);
  for (const junk of [null, 7, [], {}, { event: 'PreToolUse' }]) expect(goose.parseHook(junk, head).ok).toBe(false);
});

it('is connected by a plugin whose hook fails closed, and tells when a person disabled it', () => {
  const at: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };
  const to: HookConnection = {
    client: '/home/ann/.warder/device/warder-hook',
    url: 'http://127.0.0.1:7717',
    token: 'wrd_x',
  };
  const files = goose.setup?.files(at, to, () => null) ?? [];
  expect(files.map(({ path }) => path)).toEqual([
    '/home/ann/.agents/plugins/warder/plugin.json',
    '/home/ann/.agents/plugins/warder/hooks/hooks.json',
  ]);
  const written = files[1]?.with(null);
  const { hooks } = JSON.parse((written?.ok && written.value.text) || '{}');
  expect(hooks.PreToolUse[0].hooks[0]).toMatchObject({
    on_failure: 'block',
    command: expect.stringContaining('goose PreToolUse block'),
  });
  expect(hooks.PreToolUse[0]).not.toHaveProperty('matcher');
  const settings = (text: string) => (path: string) => (path === '/home/ann/.config/goose/settings.json' ? text : null);
  expect(goose.setup?.weaknesses?.(at, settings('{"disabledPlugins":["warder"]}'))).toHaveLength(1);
  for (const text of ['{"disabledPlugins":["other"]}', '{', '{}'])
    expect(goose.setup?.weaknesses?.(at, settings(text))).toEqual([]);
});
