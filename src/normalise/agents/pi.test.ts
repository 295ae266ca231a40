import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HookConnection } from '../../core/agent.ts';
import type { AgentEvent, Identity } from '../../core/event.ts';
import { pi } from './pi.ts';

const hooks = path.resolve(import.meta.dirname, '../../../test/fixtures/pi/0.87.1/hooks');
const identity: Identity = { person: 'ann', device: 'laptop', via: 'token' };
const head = { at: '2026-11-22T10:00:00.000Z', identity };
const read = (file: string): Record<string, unknown> => JSON.parse(fs.readFileSync(path.join(hooks, file), 'utf8'));

function event(body: unknown): AgentEvent {
  const parsed = pi.parseHook(body, head);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value;
}
const warder = { hook: 'tool_call', cwd: '/p', session: 's-1' };

describe('what pi’s extension tells', () => {
  it('is the call as it was recorded, before and after', () => {
    const action = { kind: 'shell', command: 'touch /home/dev/src/pi_allow/MARKER && echo hi' };
    const call = { tool: 'bash', toolUseId: 'call_fake001', action };
    const told = event({ ...read('tool_call-bash.json'), warder });
    expect(told).toMatchObject({ kind: 'call-before', session: 's-1', cwd: '/p', call });
    const outcome = { status: 'ok', text: 'hi\n' };
    expect(event(read('tool_result-bash.json'))).toMatchObject({ kind: 'call-after', call, outcome });
    const failed = { ...read('tool_result-bash.json'), isError: true };
    expect(event(failed)).toMatchObject({ outcome: { status: 'error' } });
  });

  it('is what was said, and when it began and ended', () => {
    expect(event(read('input-default.json'))).toMatchObject({ kind: 'prompt', text: 'go' });
    expect(event(read('session_start-default.json'))).toMatchObject({ kind: 'session-start', how: 'startup' });
    expect(event(read('session_shutdown-default.json'))).toMatchObject({ kind: 'session-end', how: 'quit' });
    const message = {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Done.' },
        { type: 'toolCall', id: 'x' },
      ],
    };
    expect(event({ type: 'message_end', message })).toMatchObject({ kind: 'answer', text: 'Done.' });
    const bash = { type: 'user_bash', command: 'ls' };
    expect(event(bash)).toMatchObject({ kind: 'notice', what: 'the person ran a command', text: 'ls' });
  });

  it('is a notice where it is anything else', () => {
    for (const file of ['agent_end', 'agent_start', 'before_agent_start', 'context', 'turn_end', 'turn_start'])
      expect(event(read(`${file}-default.json`))).toMatchObject({ kind: 'notice', what: file });
    expect(event(read('message_end-user.json'))).toMatchObject({
      kind: 'notice',
      what: 'message_end user',
      text: 'go',
    });
  });

  it('is a reason where it is junk', () => {
    for (const body of [null, 1, 'x', [], {}, { type: 1 }, { type: 'tool_call' }, { type: 'tool_call', toolName: '' }])
      expect(pi.parseHook(body, head)).toMatchObject({ ok: false });
  });

  it('is each of its tools', () => {
    const action = (tool: string, input: unknown) => pi.call(tool, input, '').action;
    expect(action('read', { path: 'a' })).toEqual({ kind: 'file-read', path: 'a' });
    expect(action('write', { path: 'a', content: 'x' })).toEqual({ kind: 'file-write', path: 'a', content: 'x' });
    const edits = [
      { oldText: 'a', newText: 'b' },
      { oldText: 'c', newText: 'd' },
    ];
    const two = pi.call('edit', { path: 'a', edits }, '');
    expect(two).toMatchObject({
      action: { kind: 'file-edit', before: 'a\nc', after: 'b\nd' },
      fields: { path: 'path' },
    });
    const one = pi.call('edit', { path: 'a', edits: edits.slice(0, 1) }, '');
    expect(one.fields).toEqual({ path: 'path', before: 'edits/0/oldText', after: 'edits/0/newText' });
    for (const tool of ['grep', 'find', 'ls'])
      expect(action(tool, { path: '.', pattern: 'x' }).kind).toBe('file-search');
    expect(pi.call('powershell', { command: 'ls' }, '').flags).toEqual(['opaque']);
  });
});

describe('pi is answered and connected', () => {
  const call = event(read('tool_call-bash.json'));
  it('with a question where the verdict asks: its extension puts it, or blocks', () => {
    const ask = { decision: 'ask', enforced: true, effective: 'ask', rules: [], why: 'It is grave.' } as const;
    expect(JSON.parse(pi.reply(call, ask).body)).toMatchObject({
      decision: 'ask',
      reason: expect.stringMatching(/^Warder asks first: /),
    });
  });

  it('by an extension of Warder’s own', () => {
    const to: HookConnection = { client: '/home/ann/.warder/device/warder-hook', url: 'http://x', token: 'wrd_x' };
    const files = (env: Record<string, string>) =>
      pi.setup?.files({ env, home: '/home/ann', platform: 'linux' }, to, () => null);
    const [file] = files({}) ?? [];
    expect(file?.path).toBe('/home/ann/.pi/agent/extensions/warder.js');
    const text = file?.with(null);
    expect(text?.ok && text.value.text).toContain(
      'export { default } from "file:///home/ann/.warder/device/plugins/pi.mjs";',
    );
    expect(files({ PI_CODING_AGENT_DIR: '/x' })?.[0]?.path).toBe('/x/extensions/warder.js');
    const weak = (env: Record<string, string>) =>
      pi.setup?.weaknesses?.({ env, home: '/home/ann', platform: 'linux' }, () => null);
    expect(weak({})).toEqual([]);
    expect(weak({ PI_CODING_AGENT_DIR: '/x' })).toHaveLength(1);
  });
});
