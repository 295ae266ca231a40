import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import { kiro } from './kiro.ts';

const head = { at: '2026-11-22T10:00:00.000Z', identity: { person: 'ann', device: 'laptop', via: 'token' } } as const;
const call = (tool: string, input: unknown) => kiro.call(tool, input, '').action;
const verdict = (effective: Verdict['effective']): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: ['no-touch'],
  why: 'Denied: it touches.',
});

function event(body: unknown): AgentEvent {
  const parsed = kiro.parseHook(body, head);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value;
}
const before = event({
  hook_event_name: 'preToolUse',
  cwd: '/p',
  tool_name: 'shell',
  tool_input: { command: 'touch x' },
});

describe('calls of Kiro', () => {
  it.each([
    ['execute_bash', { command: 'ls' }, { kind: 'shell', command: 'ls' }],
    ['fs_read', { operations: [{ mode: 'Line', path: '/a' }] }, { kind: 'file-read', path: '/a' }],
    [
      'fs_read',
      { operations: [{ path: '/a' }, { path: '/.ssh/b c' }] },
      { kind: 'shell', command: "cat /a '/.ssh/b c'" },
    ],
    [
      'read',
      { operations: [{ mode: 'Search', path: '/a', pattern: 'x' }] },
      { kind: 'file-search', path: '/a', pattern: 'x' },
    ],
    ['fs_write', { command: 'create', path: '/a', file_text: 'x' }, { kind: 'file-write', path: '/a', content: 'x' }],
    [
      'fs_write',
      { command: 'append', path: '/a', new_str: 'x' },
      { kind: 'file-edit', path: '/a', before: '', after: 'x' },
    ],
    ['notes___echo', {}, { kind: 'mcp', server: 'notes', tool: 'echo' }],
    ['delete_file', { targetFile: '/a b' }, { kind: 'shell', command: "rm -- '/a b'" }],
    ['todo_list', { command: 'complete' }, { kind: 'harmless', what: 'writes its task list' }],
    ['@notes/echo/it', {}, { kind: 'mcp', server: 'notes', tool: 'echo/it' }],
    [
      'use_aws',
      {
        service_name: 's3api',
        operation_name: 'delete-bucket',
        parameters: { bucketName: 'a b', force: true },
        region: 'x',
      },
      { kind: 'shell', command: "aws s3api delete-bucket --bucket-name 'a b' --force true --region x" },
    ],
    ['thinking', { thought: 'x' }, { kind: 'harmless', what: 'thinks' }],
    ['thinking', { command: 'rm -rf /' }, { kind: 'unknown', why: expect.any(String) }],
    ['constructor', {}, { kind: 'unknown', why: expect.any(String) }],
    ['fs_read', { operations: [] }, { kind: 'unknown', why: expect.any(String) }],
  ])('%s %j', (tool, input, action) => {
    expect(call(tool, input)).toEqual(action);
  });
});

describe('answers to Kiro', () => {
  it('refuses with text on stderr and status 2, and denies what it cannot ask', () => {
    expect(kiro.reply(before, verdict('deny'))).toMatchObject({
      status: 200,
      exit: 2,
      body: expect.stringContaining('it touches'),
    });
    expect(kiro.reply(before, verdict('ask'))).toMatchObject({ exit: 2, body: expect.stringContaining('cannot ask') });
    for (const name of ['PreToolUse', 'preToolUse', 'PreTaskExec', ''])
      expect(kiro.refuse(name, 'No server.').exit).toBe(2);
  });

  it('puts no word on stdout, which would become part of the conversation', () => {
    const quiet = { status: 200, body: '', exit: 0 };
    expect(kiro.reply(before, verdict('allow'))).toEqual(quiet);
    expect(kiro.reply(before, null)).toEqual(quiet);
    expect(kiro.letGo('x')).toEqual(quiet);
    for (const name of ['postToolUse', 'Stop', 'agentSpawn', 'userPromptSubmit'])
      expect(kiro.refuse(name, 'x')).toEqual(quiet);
  });

  it('has rules of its own for commands, files and MCP tools', () => {
    const rule = (tool: string, input: unknown) => kiro.ownRule?.(kiro.call(tool, input, ''));
    expect(rule('shell', { command: 'git push origin' })).toBe(
      '{ capability: shell, effect: deny, match: ["git push origin"] }',
    );
    expect(rule('shell', { command: 'a; b' })).toBeNull();
    expect(rule('@notes/echo', {})).toBe('{ capability: mcp, effect: deny, match: ["notes/echo"] }');
  });
});

it('reads the old and the new spelling of an event, and a body that names none by how it was called', () => {
  expect(before).toMatchObject({ kind: 'call-before', cwd: '/p', session: '' });
  expect(event({ hook_event_name: 'userPromptSubmit', prompt: 'hi' })).toMatchObject({ kind: 'prompt', text: 'hi' });
  const named = kiro.parseHook({ tool_name: 'shell', tool_input: { command: 'x' } }, { ...head, event: 'PreToolUse' });
  expect(named).toMatchObject({ ok: true, value: { kind: 'call-before' } });
  for (const junk of [null, 7, [], {}, { hook_event_name: 'preToolUse' }])
    expect(kiro.parseHook(junk, head).ok).toBe(false);
});
