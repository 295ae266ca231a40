import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { head, hookBodies, verdict } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { recordOf } from '../strict-json.ts';
import { copilotCli } from './copilot-cli.ts';

const { event, names, read } = hookBodies(copilotCli, 'copilot-cli/1.0.102');
const recorded = (name: string): Readonly<Record<string, unknown>> =>
  (name.startsWith('http-') ? recordOf(read(name).body) : read(name)) ?? {};
const hook = (name: string): AgentEvent => event(recorded(name));

const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  agentStop: 'notice',
  http: 'call-before',
  permissionRequest: 'permission-asked',
  postToolUse: 'call-after',
  postToolUseFailure: 'call-after',
  preToolUse: 'call-before',
  PreToolUse: 'call-before',
  sessionEnd: 'session-end',
  sessionStart: 'session-start',
  subagentStart: 'subagent-start',
  subagentStop: 'subagent-end',
  userPromptSubmitted: 'prompt',
};

describe('recorded hook bodies of Copilot CLI, in both dialects', () => {
  it.each(names)('%s is a known event, told by its name or by its shape', (file) => {
    const parsed = event(recorded(file));
    expect(parsed.kind).toBe(kinds[file.split(/[-.]/)[0] ?? '']);
    expect(parsed).toMatchObject({ source: 'hook', agent: 'copilot-cli', cwd: recorded(file).cwd, ...head });
    expect(parsed.session).toMatch(/^[0-9a-f-]{36}$/);
    if (!('call' in parsed)) return;
    expect(parsed.call.action.kind).not.toBe('unknown');
    // As the model and the gateway name it, whatever the dialect calls it.
    expect(parsed.call.tool).toMatch(/^(?:bash|view|create|edit|grep|glob|task|notes-echo_note)$/);
  });

  it('gives both dialects the same call', () => {
    for (const [pascal, camel] of [
      ['PreToolUse-pascal-Bash-exit', 'preToolUse-bash-exit'],
      ['PreToolUse-pascal-Write', 'preToolUse-create'],
      ['PreToolUse-pascal-Agent-subagent', 'preToolUse-task-subagent'],
      ['PreToolUse-pascal-notes-echo_note', 'preToolUse-notes-echo_note'],
    ] as const)
      expect(hook(pascal)).toEqual(hook(camel));
  });

  it('puts a sub-agent into the session it works for', () => {
    const [root, own] = ['82e1d3e3-05ee-4cb3-afb3-056f5ed8e567', 'ca2e528f-81ba-43b4-9a69-35c0f45db6cc'];
    for (const name of [
      'preToolUse-view-subagent',
      'PreToolUse-pascal-Read-subagent',
      'permissionRequest-bash-subagent',
    ])
      expect(hook(name)).toMatchObject({ session: root, subagent: own });
    expect(hook('subagentStart-general-purpose')).toMatchObject({ session: root, subagentType: 'general-purpose' });
    // Its transcript is the session's, though it names another agent as its own.
    expect(hook('subagentStop-general-purpose')).toMatchObject({ session: root });
    expect('subagent' in hook('preToolUse-view')).toBe(false);
  });

  it('takes a command that failed for a failure, whatever the client calls it', () => {
    expect(hook('postToolUse-bash-exit')).toMatchObject({ outcome: { status: 'error' } });
    expect(hook('postToolUse-bash-touch')).toMatchObject({
      outcome: { status: 'ok', text: expect.stringMatching(/^hi\n/) },
    });
    expect(hook('postToolUseFailure-edit-subagent')).toMatchObject({
      outcome: { status: 'error', text: 'No match found' },
    });
    // PascalCase, as 1.0.102 sends it.
    const tool_result = { result_type: 'success', text_result_for_llm: 'hi\n<shellId: 0 completed with exit code 0>' };
    const after = { ...recorded('PreToolUse-pascal-Bash-exit'), hook_event_name: 'PostToolUse', tool_result };
    expect(event(after)).toMatchObject({
      kind: 'call-after',
      outcome: { status: 'ok', text: tool_result.text_result_for_llm },
    });
  });

  it('does not take the task of a sub-agent for the person’s word', () => {
    const body = recorded('userPromptSubmitted-default');
    expect(event(body)).toMatchObject({ kind: 'prompt', text: 'go' });
    expect(event({ ...body, agentId: 'x', parentAgentId: 'y' })).toMatchObject({
      kind: 'notice',
      what: 'subagent-prompt',
    });
  });

  it('believes the device client about the hook, not the body', () => {
    const body = { ...recorded('preToolUse-bash-touch'), hook_event_name: 'Stop', error: 'x' };
    expect(event(body, 'PreToolUse').kind).toBe('call-before');
    expect(copilotCli.parseHook({ ...body, toolName: 7 }, { ...head, event: 'PreToolUse' }).ok).toBe(false);
  });

  it('names sessions of VS Code, which reads the same hook file, for what they are', () => {
    const body = {
      hookEventName: 'PreToolUse',
      sessionId: 's',
      tool_name: 'run_in_terminal',
      tool_input: { command: 'ls' },
      tool_use_id: 't1',
    };
    expect(event(body, 'PreToolUse')).toMatchObject({
      agent: 'vscode-copilot',
      session: 's',
      call: { toolUseId: 't1', tool: 'run_in_terminal', action: { kind: 'shell', command: 'ls' } },
    });
  });

  it('knows a command that runs on', () => {
    const flags = (more: object) => copilotCli.call('bash', { command: 'npm run dev', ...more }, '').flags;
    expect([flags({ detach: true }), flags({ mode: 'async' }), flags({ mode: 'sync' })]).toEqual([
      ['background'],
      ['background'],
      undefined,
    ]);
  });

  it('takes its own database for notes, until SQL reaches for a file', () => {
    const kind = (query: string) => copilotCli.call('sql', { query }, '').action.kind;
    expect(kind('SELECT * FROM todos')).toBe('harmless');
    expect(kind("ATTACH DATABASE '/home/ann/.ssh/x' AS x")).toBe('unknown');
  });

  it('gives a reason for junk', () => {
    for (const junk of [null, 7, 'x', [], {}, { toolName: '' }, { toolName: 3 }, { hook_event_name: 'PreToolUse' }])
      expect(copilotCli.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
    expect(copilotCli.hookName?.({ sessionId: 'x' })).toBeUndefined();
  });
});

describe('answers to Copilot CLI', () => {
  const before = hook('preToolUse-bash-touch');
  const decided = (permissionDecision: string, permissionDecisionReason: unknown) => {
    const said = { permissionDecision, permissionDecisionReason };
    return { ...said, hookSpecificOutput: { hookEventName: 'PreToolUse', ...said } };
  };

  it('says a decision in both dialects at once: in the wrong one alone the tool would run', () => {
    const body = (reply: { body: string }) => JSON.parse(reply.body);
    expect(body(copilotCli.reply(before, verdict('deny')))).toEqual(
      decided('deny', expect.stringMatching(/^Denied by Warder: it touches\./)),
    );
    expect(body(copilotCli.reply(before, verdict('ask')))).toEqual(
      decided('ask', expect.stringMatching(/^Warder asks first: /)),
    );
    for (const name of ['PreToolUse', 'preToolUse', '', 'SomethingNew'])
      expect(body(copilotCli.refuse(name, 'No server.'))).toEqual(
        decided('deny', expect.stringContaining('No server.')),
      );
    expect(body(copilotCli.refuse('permissionRequest', 'x'))).toMatchObject({ behavior: 'deny' });
  });

  it('has no opinion on what is allowed, and never skips its own question', () => {
    for (const given of [null, verdict('allow')])
      expect(copilotCli.reply(before, given)).toEqual({ status: 200, body: '{}' });
  });

  it('does not stop what only reports', () => {
    for (const name of ['Stop', 'agentStop', 'sessionEnd', 'UserPromptSubmit'])
      expect(JSON.parse(copilotCli.refuse(name, 'x').body)).toEqual({ systemMessage: expect.any(String) });
    expect(JSON.parse(copilotCli.letGo('policy gone.').body)).toEqual({ systemMessage: expect.any(String) });
  });
});

const linux: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };
const to: HookConnection = {
  client: '/home/ann/.warder/device/warder-hook',
  url: 'http://127.0.0.1:7717',
  token: 'none',
};
const files = (at = linux): readonly SetupFile[] => copilotCli.setup?.files(at, to, () => null) ?? [];
const written = (file: SetupFile | undefined, before: string | null = null): string => {
  const edited = file?.with(before);
  if (!edited?.ok || edited.value.text === null) throw new Error('nothing was written');
  return edited.value.text;
};

describe('Copilot CLI connected', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "warder copilot's-"));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('has one hook file, which twice is the same and goes as a whole', () => {
    const [file, ...more] = files();
    expect([file?.path, more.length]).toEqual(['/home/ann/.copilot/hooks/warder.json', 0]);
    const text = written(file);
    expect(file?.with(text)).toMatchObject({ value: { text, changes: [] } });
    expect(file?.with('{"version":1,"disableAllHooks":true}')).toMatchObject({
      value: { text, changes: [expect.any(String)] },
    });
    expect(file?.without(text)).toMatchObject({ value: { text: null } });
    expect(files({ ...linux, env: { COPILOT_HOME: '/elsewhere/' } })[0]?.path).toBe('/elsewhere/hooks/warder.json');
  });

  it('keeps that file while VS Code is served by it too', () => {
    const [file] = files();
    const both = written(file).replace('"copilot-cli"', '"copilot-cli", "vscode-copilot"');
    const left = file?.without(both);
    expect(left?.ok && left.value.text && JSON.parse(left.value.text).warder).toEqual(['vscode-copilot']);
  });

  it('has an administrator’s files on every platform, with hooks that a person cannot add to', () => {
    const managed = (platform: Surroundings['platform']) =>
      copilotCli.setup?.managedFiles?.({ ...linux, platform }, to).map(({ path: at }) => at);
    expect(managed('linux')).toEqual([
      '/etc/github-copilot/policy.d/50-warder.json',
      '/etc/github-copilot/managed-settings.json',
    ]);
    expect(managed('darwin')?.[1]).toBe('/Library/Application Support/GitHubCopilot/managed-settings.json');
    expect(managed('win32')?.[0]).toBe('C:\\ProgramData\\GitHub\\Copilot\\policy.d\\50-warder.json');
    const [hooks, settings] = copilotCli.setup?.managedFiles?.(linux, to) ?? [];
    expect(JSON.parse(written(hooks)).hooks.PreToolUse).toHaveLength(1);
    const mine = '{\n  // Ours.\n  "model": "x"\n}\n';
    const locked = written(settings, mine);
    expect(locked).toContain('"allowManagedHooksOnly": true');
    expect(settings?.without(locked)).toMatchObject({ value: { text: mine } });
  });

  it('turns every end of the device client but a good one into a refusal that Copilot can read', () => {
    const client = path.join(folder, 'warder-hook');
    const [file] = copilotCli.setup?.files(linux, { ...to, client }, () => null) ?? [];
    const { bash } = JSON.parse(written(file)).hooks.PreToolUse[0];
    const ended = (script: string | null) => {
      fs.rmSync(client, { force: true });
      if (script !== null) fs.writeFileSync(client, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const { status, stdout, stderr } = spawnSync('bash', ['-c', bash], { input: '{}', encoding: 'utf8' });
      return { status, stderr, said: stdout === '' ? null : JSON.parse(stdout) };
    };
    const denied = (reason: string) => ({ status: 0, said: decidedBy(reason) });
    expect(ended('echo "{}"; echo noise >&2')).toEqual({ status: 0, stderr: '', said: {} });
    expect(ended('echo "Blocked: no server. Start it: warder serve" >&2; exit 2')).toMatchObject(
      denied('Blocked: no server. Start it: warder serve'),
    );
    expect(ended("printf 'a\"b\\\\\\n{}' >&2; exit 2")).toMatchObject(
      denied('Blocked: the Warder client did not run. Run: warder doctor'),
    );
    expect(ended(null)).toMatchObject(denied('Blocked: the Warder client did not run. Run: warder doctor'));
    for (const gone of ['kill -9 $$', 'exit 1', 'echo half; exit 3']) {
      const { status, stderr } = ended(`${gone.replace('echo half', 'printf \'"half"\'')}`);
      expect([status, stderr], gone).toEqual([2, expect.stringContaining('the Warder client did not run')]);
    }
  });

  const decidedBy = (reason: string) => ({
    permissionDecision: 'deny',
    permissionDecisionReason: reason,
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: reason },
  });

  it('tells the narrowest rule of its own for a call', () => {
    const rule = (tool: string, input: unknown) => copilotCli.ownRule?.(copilotCli.call(tool, input, ''));
    expect(rule('bash', { command: 'git push' })).toBe('shell(git push)');
    expect(rule('bash', { command: 'echo $(date)' })).toBeNull();
    expect(rule('create', { path: 'a.txt', file_text: '' })).toBe('write(a.txt)');
    expect(rule('web_fetch', { url: 'https://example.org/a?b' })).toBe('url(https://example.org)');
    expect(rule('notes-echo_note', {})).toBe('notes(echo_note)');
    expect(rule('list_bash', {})).toBeNull();
  });
});
