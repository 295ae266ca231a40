import { describe, expect, it } from 'vitest';
import { head, hookBodies } from '../../../test/harness/hook-bodies.ts';
import type { AgentEvent } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import { claudeCode } from './claude-code.ts';

const { event, hook, names, read, text } = hookBodies(claudeCode, 'claude-code/2.1.330');

const hooks = names.filter((name) => !name.startsWith('http-'));

/** What each recorded event is in our words. */
const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  InstructionsLoaded: 'notice',
  MessageDisplay: 'notice',
  PermissionRequest: 'permission-asked',
  PostToolBatch: 'notice',
  PostToolUse: 'call-after',
  PostToolUseFailure: 'call-after',
  PreToolUse: 'call-before',
  SessionEnd: 'session-end',
  SessionStart: 'session-start',
  Stop: 'answer',
  SubagentStart: 'subagent-start',
  SubagentStop: 'subagent-end',
  UserPromptSubmit: 'prompt',
};

describe('recorded hook bodies', () => {
  it.each(hooks)('%s is a known event of its session', (file) => {
    const body = read(file);
    const parsed = event(body);
    expect(parsed.kind).toBe(kinds[file.split('-')[0] ?? '']);
    expect(parsed).toMatchObject({
      session: body.session_id,
      cwd: body.cwd,
      source: 'hook',
      agent: 'claude-code',
      ...head,
    });
    expect(parsed.subagent).toBe(body.agent_id);
    if (file.includes('-subagent')) expect(parsed.subagent).toBeTruthy();
    if ('call' in parsed) {
      expect(parsed.call.tool).toBe(body.tool_name);
      expect(parsed.call.action.kind).not.toBe('unknown');
    }
  });

  it('reads the body of a recorded http hook the same way', () => {
    const { body } = read('http-PreToolUse-Bash');
    expect(event(body)).toMatchObject({ kind: 'call-before', call: { tool: 'Bash', toolUseId: 'toolu_fake001' } });
  });

  it('keeps what was said, and what came back', () => {
    expect(hook('UserPromptSubmit-default')).toMatchObject({ text: 'run echo hi' });
    expect(hook('Stop-default')).toMatchObject({ text: 'FAKE-FINAL done.' });
    expect(hook('PostToolUse-Bash-echo')).toMatchObject({ outcome: { status: 'ok', text: 'hi', durationMs: 34 } });
    expect(hook('PostToolUse-Read')).toMatchObject({ outcome: { status: 'ok', text: 'one\n' } });
    expect(hook('PostToolUse-Edit')).toMatchObject({ outcome: { text: 'edit /home/dev/src/ct_tools/a.txt' } });
    expect(hook('PostToolUse-mcp__notes__echo_note')).toMatchObject({ outcome: { text: 'note:{"text":"hello2"}' } });
    expect(hook('PostToolUseFailure-Bash-exit')).toMatchObject({ outcome: { status: 'error', text: 'Exit code 3' } });
    expect(hook('PostToolBatch-default')).toMatchObject({ what: 'tool-batch', text: 'Bash' });
  });

  it('keeps an event it does not know, with its name and members', () => {
    const unknown = { hook_event_name: 'TeaBreak', session_id: 's', cwd: '/r', leaves: 'green' };
    expect(event(unknown)).toMatchObject({
      kind: 'notice',
      what: 'TeaBreak',
      text: '{"leaves":"green"}',
      session: 's',
    });
  });

  it('takes a denied permission for a call that was refused', () => {
    const denied = {
      hook_event_name: 'PermissionDenied',
      session_id: 's',
      tool_name: 'Bash',
      tool_input: { command: 'ls' },
      tool_use_id: 't',
      reason: 'no',
    };
    expect(event(denied)).toMatchObject({ kind: 'call-after', outcome: { status: 'refused', text: 'no' } });
  });

  it.each([
    null,
    7,
    'x',
    [],
    {},
    { hook_event_name: 3 },
    { hook_event_name: 'PreToolUse' },
    { hook_event_name: 'PreToolUse', tool_name: 9 },
    { hook_event_name: 'UserPromptSubmit', prompt: {} },
  ])('gives a reason for junk: %j', (junk) => {
    const parsed = claudeCode.parseHook(junk, head);
    expect(parsed.ok ? '' : parsed.error.detail).toMatch(/\.$/);
  });

  it('does without optional members, whatever they hold', () => {
    const body = {
      hook_event_name: 'PostToolUse',
      session_id: 4,
      cwd: [],
      agent_id: {},
      tool_name: 'Bash',
      tool_input: { command: 'ls' },
      tool_use_id: null,
      duration_ms: 'long',
      tool_response: null,
    };
    expect(event(body)).toMatchObject({
      session: '',
      call: { toolUseId: '' },
      outcome: { status: 'ok', text: 'null' },
    });
  });
});

describe('tool calls', () => {
  const call = (tool: string, input: unknown) => claudeCode.call(tool, input, 'toolu_1');

  it.each([
    ['Bash', { command: 'ls' }, { kind: 'shell', command: 'ls' }],
    ['Monitor', { command: 'tail -f x', description: 'd', timeout_ms: 1 }, { kind: 'shell', command: 'tail -f x' }],
    ['Monitor', { ws: { url: 'wss://x.example/s' } }, { kind: 'web-fetch', url: 'wss://x.example/s', method: 'GET' }],
    ['Read', { file_path: '/a' }, { kind: 'file-read', path: '/a' }],
    ['Write', { file_path: '/a', content: 'c' }, { kind: 'file-write', path: '/a', content: 'c' }],
    [
      'Edit',
      { file_path: '/a', old_string: 'o', new_string: 'n' },
      { kind: 'file-edit', path: '/a', before: 'o', after: 'n' },
    ],
    [
      'MultiEdit',
      {
        file_path: '/a',
        edits: [
          { old_string: 'o', new_string: 'n' },
          { old_string: 'p', new_string: 'q' },
        ],
      },
      { kind: 'file-edit', path: '/a', before: 'o\np', after: 'n\nq' },
    ],
    [
      'NotebookEdit',
      { notebook_path: '/n', new_source: 's' },
      { kind: 'file-edit', path: '/n', before: '', after: 's' },
    ],
    ['Glob', { pattern: '**/*' }, { kind: 'file-search', path: '.', pattern: '**/*' }],
    ['Grep', { pattern: 'x', path: '/etc' }, { kind: 'file-search', path: '/etc', pattern: 'x' }],
    [
      'WebFetch',
      { url: 'https://x.example', prompt: 'p' },
      { kind: 'web-fetch', url: 'https://x.example', method: 'GET' },
    ],
    ['WebSearch', { query: 'q' }, { kind: 'web-search', query: 'q' }],
    ['Agent', { prompt: 'p', subagent_type: 'Explore' }, { kind: 'agent', prompt: 'p', subagentType: 'Explore' }],
    ['Task', { prompt: 'p' }, { kind: 'agent', prompt: 'p' }],
    ['mcp__my-server_1__do__it', { anything: 1 }, { kind: 'mcp', server: 'my-server_1', tool: 'do__it' }],
    ['ReadMcpResourceTool', { server: 's', uri: 'u' }, { kind: 'mcp', server: 's', tool: 'resources/read' }],
    ['TodoWrite', { todos: [] }, { kind: 'harmless', what: 'writes its task list' }],
    ['SendMessage', { to: 'a', message: 'm' }, { kind: 'agent', prompt: 'm' }],
    ['Skill', { skill: 's', args: 'a' }, { kind: 'text', text: 'a', role: 'prompt' }],
  ])('%s %j', (tool, input, action) => {
    expect(call(tool, input).action).toEqual(action);
  });

  it('names the input member of every string it took, so that evidence can be shown in place', () => {
    for (const file of hooks.filter((name) => name.startsWith('PreToolUse'))) {
      const parsed = hook(file);
      if (!('call' in parsed)) throw new Error(file);
      const { action, fields, input } = parsed.call;
      for (const [member, field] of Object.entries(fields)) {
        expect(Reflect.get(action, member)).toBe(Reflect.get(input as object, field));
      }
    }
    expect(call('Edit', { file_path: '/a', old_string: 'o', new_string: 'n' }).fields).toEqual({
      path: 'file_path',
      before: 'old_string',
      after: 'new_string',
    });
  });

  it.each([
    'Bash',
    'Read',
    'Write',
    'Edit',
    'Monitor',
    'WebFetch',
    'Agent',
    'NotebookEdit',
    'Grep',
    'Skill',
    'Workflow',
    'PowerShell',
  ])('says unknown when the parameters of %s are not its own', (tool) => {
    for (const input of [
      null,
      3,
      'ls',
      [],
      {},
      {
        command: ['rm', '-rf', '/'],
        file_path: 1,
        url: {},
        prompt: 2,
        pattern: 0,
        skill: 1,
        script: 4,
        notebook_path: [],
      },
    ]) {
      expect(call(tool, input).action).toEqual({ kind: 'unknown', why: 'the parameters are not what this tool takes' });
    }
  });

  it.each([
    'bash',
    'BASH',
    'Bash ',
    ' Bash',
    'todowrite',
    'TodoWrit\u0435',
    'constructor',
    '__proto__',
    'toString',
    '',
    'mcp__x',
    'mcp____y',
    'MCP__a__b',
  ])('does not take %j for a tool it knows', (tool) => {
    expect(call(tool, { command: 'rm -rf ~' }).action.kind).toBe('unknown');
  });

  it('marks what runs on, runs with more rights, or cannot be read', () => {
    expect(call('Bash', { command: 'x', run_in_background: true }).flags).toEqual(['background']);
    expect(call('Monitor', { command: 'x' }).flags).toEqual(['background']);
    expect(call('PowerShell', { command: 'x' }).flags).toEqual(['opaque']);
    expect(call('Agent', { prompt: 'p', mode: 'bypassPermissions' }).flags).toEqual(['privileged']);
    expect(call('Bash', { command: 'x' }).flags).toBeUndefined();
  });
});

describe('replies', () => {
  const denied: Verdict = {
    decision: 'deny',
    enforced: true,
    effective: 'deny',
    rules: ['never-delete-home'],
    why: 'Denied: deletes your home directory. Rule never-delete-home: homes stay. Allowed instead: paths inside the repository.',
  };
  const answer = (name: string, verdict: Verdict | null): unknown => {
    const { status, body } = claudeCode.reply(hook(name), verdict);
    expect(status).toBe(200);
    return JSON.parse(body);
  };
  /** The recorded answer of a case that the real client obeyed. */
  const stopped = (name: string): { shape: unknown; toolRan: boolean } => {
    const recorded = JSON.parse(text(`replies/${name}.json`)) as {
      stdout: string | null;
      http?: { body: unknown };
      toolRan: boolean;
    };
    return { shape: recorded.http?.body ?? JSON.parse(recorded.stdout ?? ''), toolRan: recorded.toolRan };
  };
  /** A JSON value with every reason replaced, so that forms can be compared. */
  const form = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, member: unknown) => (/reason/i.test(key) ? '…' : member)));

  it('denies in the very form that stopped the tool in the recordings, by command and by http', () => {
    for (const name of ['matrix-deny_json', 'managed-httphook_deny', 'matrix-perm_allow_rule_vs_hook']) {
      const recorded = stopped(name);
      expect(recorded.toolRan).toBe(false);
      expect(form(answer('PreToolUse-Bash-echo', denied))).toEqual(form(recorded.shape));
    }
  });

  it('asks in the form that stopped the tool where nobody could answer', () => {
    const recorded = stopped('matrix-ask_json_headless');
    expect(recorded.toolRan).toBe(false);
    expect(form(answer('PreToolUse-Bash-echo', { ...denied, decision: 'ask', effective: 'ask' }))).toEqual(
      form(recorded.shape),
    );
  });

  it('has no opinion on an allowed call, so that the agent’s own rules still hold', () => {
    const allowed: Verdict = { decision: 'allow', enforced: true, effective: 'allow', rules: [], why: '' };
    for (const name of ['PreToolUse-Bash-echo', 'PermissionRequest-Bash-curl', 'UserPromptSubmit-default']) {
      expect(answer(name, allowed)).toEqual({});
      expect(answer(name, null)).toEqual({});
    }
    expect(answer('PreToolUse-Bash-echo', { ...denied, enforced: false, effective: 'allow' })).toEqual({});
  });

  it('says what, by which rule, and what is allowed instead', () => {
    expect(answer('PreToolUse-Bash-echo', denied)).toEqual({
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: 'deny',
        permissionDecisionReason:
          'Denied by Warder: deletes your home directory. Rule never-delete-home: homes stay. Allowed instead: paths inside the repository.',
      },
    });
  });

  it('adds the rule and the way on where the verdict leaves them out', () => {
    expect(JSON.stringify(answer('PreToolUse-Bash-echo', { ...denied, why: 'deletes it' }))).toMatch(
      /Denied by Warder: deletes it\. Rule never-delete-home\. Allowed instead: the same goal/,
    );
  });

  it('denies a permission and a prompt in their own forms', () => {
    expect(answer('PermissionRequest-Bash-curl', denied)).toMatchObject({
      hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'deny' } },
    });
    expect(answer('UserPromptSubmit-default', denied)).toMatchObject({ decision: 'block' });
    expect(answer('Stop-default', denied)).toEqual({});
  });

  it('tells the person when a call passed without a full check', () => {
    const degraded: Verdict = {
      decision: 'allow',
      enforced: true,
      effective: 'allow',
      rules: [],
      why: '',
      degraded: 'store-unavailable',
    };
    expect(answer('PreToolUse-Bash-echo', degraded)).toEqual({
      systemMessage: 'Warder let this pass without a full check: store-unavailable.',
    });
  });

  it('refuses in a form that blocks where an event can block, and only tells elsewhere', () => {
    const refused = (name: string): unknown => JSON.parse(claudeCode.refuse(name, 'Why.').body);
    expect(form(refused('PreToolUse'))).toEqual(form(stopped('matrix-deny_json').shape));
    expect(refused('PermissionRequest')).toMatchObject({ hookSpecificOutput: { decision: { behavior: 'deny' } } });
    expect(refused('UserPromptSubmit')).toMatchObject({ decision: 'block' });
    expect(refused('Stop')).toEqual({ systemMessage: 'Warder: Why.' });
  });
});
