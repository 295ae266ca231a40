import { describe, expect, it } from 'vitest';
import { head, hookBodies } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { vscodeCopilot } from './vscode-copilot.ts';

const { hook, names, read } = hookBodies(vscodeCopilot, 'vscode-copilot/documented');
const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  PostToolUse: 'call-after',
  PreToolUse: 'call-before',
  SessionStart: 'session-start',
  SubagentStart: 'subagent-start',
  SubagentStop: 'subagent-end',
  UserPromptSubmit: 'prompt',
};

describe('documented hook bodies of VS Code', () => {
  it.each(names)('%s is a known event of its session', (name) => {
    const parsed = hook(name);
    expect(parsed.kind).toBe(kinds[name.split(/[-.]/)[0] ?? ''] ?? 'notice');
    expect(parsed).toMatchObject({
      agent: 'vscode-copilot',
      session: read(name).sessionId,
      cwd: read(name).cwd,
      ...head,
    });
    if (!('call' in parsed)) return;
    expect(parsed.call).toMatchObject({ tool: read(name).tool_name, toolUseId: 'tool-123' });
    expect(parsed.call.action.kind).not.toBe('unknown');
  });

  it('reads the editor’s tools as what they do', () => {
    const action = (name: string) => {
      const parsed = hook(`PreToolUse-${name}`);
      return 'call' in parsed ? parsed.call.action : null;
    };
    const file = '/home/dev/src/app/a.txt';
    expect(action('run_in_terminal')).toEqual({ kind: 'shell', command: 'npm test' });
    expect(action('create_file')).toEqual({ kind: 'file-write', path: file, content: 'one\n' });
    expect(action('replace_string_in_file')).toEqual({ kind: 'file-edit', path: file, before: 'one', after: 'two' });
    expect(action('multi_replace_string_in_file')).toEqual({
      kind: 'file-edit',
      path: file,
      before: 'one',
      after: 'two',
    });
    expect(action('deleteFile')).toEqual({ kind: 'shell', command: `rm -- '${file}'` });
    expect(action('fetch_webpage-two')).toEqual({
      kind: 'shell',
      command: "curl 'https://example.org/x' 'https://example.net/y'",
    });
    expect(action('mcp_notes_echo_note')).toEqual({ kind: 'mcp', server: 'notes', tool: 'echo_note' });
    const apart = vscodeCopilot.call('run_in_terminal', { command: 'npm run dev', isBackground: true }, '');
    expect(apart.flags).toEqual(['background']);
    for (const tool of ['constructor', 'NewThing'])
      expect(vscodeCopilot.call(tool, {}, '').action.kind).toBe('unknown');
  });

  it('gives a reason for junk', () => {
    for (const junk of [null, 7, 'x', [], {}, { hookEventName: 'PreToolUse' }])
      expect(vscodeCopilot.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
  });
});

const linux: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };
const to: HookConnection = {
  client: '/home/ann/.warder/device/warder-hook',
  url: 'http://127.0.0.1:7717',
  token: 'none',
};

describe('VS Code connected', () => {
  it('shares one hook file with Copilot CLI, each named in it until it goes', () => {
    const [file] = vscodeCopilot.setup?.files({ ...linux, env: { COPILOT_HOME: '/x' } }, to, () => null) ?? [];
    expect(file?.path).toBe('/home/ann/.copilot/hooks/warder.json');
    const before = file?.with('{"version":1,"warder":["copilot-cli"],"hooks":{}}');
    const text = (before?.ok && before.value.text) || '';
    expect(JSON.parse(text).warder).toEqual(['copilot-cli', 'vscode-copilot']);
    const left = file?.without(text);
    expect(left?.ok && left.value.text && JSON.parse(left.value.text).warder).toEqual(['copilot-cli']);
  });

  it('notices settings that keep its hooks from firing', () => {
    const weak = (settings: unknown) => vscodeCopilot.setup?.weaknesses?.(linux, () => JSON.stringify(settings)).length;
    expect(weak({ 'chat.hookFilesLocations': { '~/.copilot/hooks': false } })).toBe(1);
    expect(weak({ 'chat.tools.global.autoApprove': true })).toBe(1);
    expect(weak({ 'chat.hookFilesLocations': { '.github/hooks': false } })).toBe(0);
    expect(vscodeCopilot.setup?.weaknesses?.(linux, () => '{')).toEqual([]);
  });

  it('is pinned by an administrator’s policy on Linux', () => {
    const [, policy] = vscodeCopilot.setup?.managedFiles?.(linux, to) ?? [];
    expect(policy?.path).toBe('/etc/vscode/policy.json');
    const edited = policy?.with('{"UpdateMode":"none"}\n');
    const text = (edited?.ok && edited.value.text) || '';
    expect(JSON.parse(text)).toMatchObject({
      UpdateMode: 'none',
      ChatHooks: true,
      ChatEditorPreferCopilotHarness: true,
    });
    expect(policy?.without(text)).toMatchObject({ value: { text: '{"UpdateMode":"none"}\n' } });
    expect(vscodeCopilot.setup?.managedFiles?.({ ...linux, platform: 'darwin' }, to)).toHaveLength(1);
  });
});
