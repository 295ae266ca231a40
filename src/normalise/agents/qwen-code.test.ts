import { describe, expect, it } from 'vitest';
import { head, hookBodies, verdict } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { qwenSetup } from './qwen-code.setup.ts';
import { qwenCode } from './qwen-code.ts';

const { event, hook, names, read, text } = hookBodies(qwenCode, 'qwen-code/0.24.4');

const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  InstructionsLoaded: 'notice',
  Notification: 'notice',
  PostToolBatch: 'notice',
  PostToolUse: 'call-after',
  PostToolUseFailure: 'call-after',
  PreToolUse: 'call-before',
  SessionStart: 'session-start',
  Stop: 'answer',
  SubagentStart: 'subagent-start',
  SubagentStop: 'subagent-end',
  UserPromptSubmit: 'prompt',
};

describe('recorded hook bodies of Qwen Code', () => {
  it.each(names)('%s is a known event of its session', (file) => {
    const body = read(file);
    const parsed = event(body);
    expect(parsed.kind).toBe(kinds[file.split(/[-.]/)[0] ?? '']);
    expect(parsed).toMatchObject({
      session: body.session_id,
      cwd: body.cwd,
      source: 'hook',
      agent: 'qwen-code',
      ...head,
    });
    expect(parsed.subagent).toBe(body.agent_id);
    if (file.includes('-subagent')) expect(parsed.subagent).toBeTruthy();
    if (!('call' in parsed)) return;
    expect(parsed.call).toMatchObject({ tool: body.tool_name, toolUseId: body.tool_call_id });
    expect(parsed.call.action.kind).not.toBe('unknown');
  });

  it('keeps the id that the model gave the call, so that it joins what the gateway saw', () => {
    expect(hook('PreToolUse-run_shell_command-touch')).toMatchObject({ call: { toolUseId: 'call_fake003' } });
    const { tool_call_id: _, ...older } = read('PreToolUse-glob');
    expect(event(older)).toMatchObject({ call: { toolUseId: expect.stringMatching(/^toolu_/) } });
  });

  it('reads tools that the recordings have not', () => {
    const action = (tool: string, input: unknown) => qwenCode.call(tool, input, '').action;
    expect(action('cron_create', { cron: '* * * * *', prompt: 'p' })).toEqual({ kind: 'agent', prompt: 'p' });
    expect(action('read_mcp_resource', { server_name: 's', uri: 'u' })).toMatchObject({ kind: 'mcp', server: 's' });
    expect(action('lsp', { operation: 'hover', filePath: 'a.ts' })).toEqual({ kind: 'file-read', path: 'a.ts' });
    expect(action('save_memory', { fact: 'f' })).toMatchObject({ kind: 'file-edit', after: 'f' });
    expect(qwenCode.call('exec', { source: 'x' }, '')).toMatchObject({ action: { kind: 'text' }, flags: ['opaque'] });
    expect(action('tool_call', { name: 'run_shell_command', arguments: { command: 'ls' } })).toEqual({
      kind: 'shell',
      command: 'ls',
    });
    for (const tool of ['toString', 'workflow', 'exec']) expect(action(tool, {}).kind, tool).toBe('unknown');
  });

  it('keeps what was said, and what came back', () => {
    expect(hook('UserPromptSubmit-default')).toMatchObject({ text: 'go' });
    expect(hook('PostToolUse-read_file')).toMatchObject({ outcome: { status: 'ok', text: 'one\n', durationMs: 45 } });
    expect(hook('PostToolUse-mcp__notes__echo_note')).toMatchObject({ outcome: { text: 'note:{"text":"hello"}' } });
    expect(hook('PostToolUseFailure-run_shell_command-exit')).toMatchObject({ outcome: { status: 'error' } });
    expect(hook('PostToolBatch-default')).toMatchObject({ what: 'tool-batch', text: 'run_shell_command' });
  });

  it('gives a reason for junk', () => {
    for (const junk of [
      null,
      7,
      'x',
      [],
      {},
      { hook_event_name: 'PreToolUse' },
      { hook_event_name: 'UserPromptSubmit' },
    ])
      expect(qwenCode.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
  });
});

describe('answers to Qwen Code', () => {
  const before = hook('PreToolUse-run_shell_command-touch');

  it('refuses with text on stderr and status 2, and puts a question as its client understands one', () => {
    expect(qwenCode.reply(before, verdict('deny'))).toEqual({
      status: 200,
      exit: 2,
      body: expect.stringMatching(/^Denied by Warder: it touches\./),
    });
    const asked = qwenCode.reply(before, verdict('ask'));
    expect(asked.exit).toBeUndefined();
    expect(JSON.parse(asked.body)).toEqual({
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: 'ask',
        permissionDecisionReason: expect.stringMatching(/^Warder asks first: /),
      },
    });
  });

  it('answers each event in the form that its client reads there', () => {
    for (const name of ['PreToolUse', 'UserPromptSubmit']) expect(qwenCode.refuse(name, 'x').exit, name).toBe(2);
    expect(JSON.parse(qwenCode.refuse('PermissionRequest', 'x').body)).toMatchObject({
      hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'deny' } },
    });
    for (const name of ['Stop', 'PostToolUse']) expect(qwenCode.refuse(name, 'x').exit, name).toBeUndefined();
  });

  it('has no opinion on what is allowed', () => {
    for (const given of [null, verdict('allow')])
      expect(qwenCode.reply(before, given)).toEqual({ status: 200, body: '{}' });
  });
});

describe('the set-up of Qwen Code', () => {
  const at: Surroundings = { env: {}, home: '/home/dev', platform: 'linux' };
  const to: HookConnection = {
    client: '/home/dev/.warder/bin/warder-hook',
    url: 'http://127.0.0.1:7717',
    token: 'wrd',
  };
  const [file] = qwenSetup.files(at, to, () => null);

  it('keeps what a person has, changes nothing the second time, and takes only its own out', () => {
    for (const mine of [text('config/user.settings.hooks-otel.json'), text('config/user.settings.mcp.json'), '{}\n']) {
      const once = file?.with(mine);
      if (!once?.ok || once.value.text === null) throw new Error('no text');
      expect(file?.with(once.value.text)).toEqual({ ok: true, value: { text: once.value.text, changes: [] } });
      const out = file?.without(once.value.text);
      expect(out?.ok && out.value.text).toBe(mine === '{}\n' ? null : mine);
    }
    expect(qwenSetup.files({ ...at, env: { QWEN_HOME: '/q' } }, to, () => null)[0]?.path).toBe('/q/settings.json');
    expect(qwenSetup.managedFiles?.(at, to).map(({ path: where }) => where)).toEqual(['/etc/qwen-code/settings.json']);
  });

  it('tells what keeps the hooks from firing', () => {
    const weak = (held: string, env: Readonly<Record<string, string>> = {}) =>
      (qwenSetup.weaknesses?.({ ...at, env }, (one) => (one === file?.path ? held : null)) ?? []).map(
        ({ what }) => what,
      );
    expect(weak('{}')).toEqual([]);
    expect(weak('{"disableAllHooks":true}')).toEqual([expect.stringContaining('disableAllHooks')]);
    expect(weak('{', { QWEN_CODE_SIMPLE: '1' })).toEqual([expect.stringContaining('QWEN_CODE_SIMPLE')]);
  });

  it('speaks of a plain command and of an MCP tool in its own rule language', () => {
    const rule = (command: string) => qwenCode.ownRule?.(qwenCode.call('run_shell_command', { command }, ''));
    expect(rule('git push')).toBe('Bash(git push)');
    expect(rule('a; b')).toBeNull();
    expect(qwenCode.ownRule?.(qwenCode.call('mcp__a__b', {}, ''))).toBe('mcp__a__b');
  });
});
