import { describe, expect, it } from 'vitest';
import { head, hookBodies, verdict } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { tomlValues } from '../toml-text.ts';
import { geminiSetup } from './gemini-cli.setup.ts';
import { geminiCli } from './gemini-cli.ts';

const { event, hook, names, read, text } = hookBodies(geminiCli, 'gemini-cli/0.61.0');

const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  AfterAgent: 'answer',
  AfterModel: 'notice',
  AfterTool: 'call-after',
  BeforeAgent: 'prompt',
  BeforeModel: 'notice',
  BeforeTool: 'call-before',
  BeforeToolSelection: 'notice',
  PreCompress: 'notice',
  SessionEnd: 'session-end',
  SessionStart: 'session-start',
};

describe('recorded hook bodies of Gemini CLI', () => {
  it.each(names)('%s is a known event of its session', (file) => {
    const body = read(file);
    const parsed = event(body);
    expect(parsed.kind).toBe(kinds[file.split(/[-.]/)[0] ?? '']);
    expect(parsed).toMatchObject({
      session: body.session_id,
      cwd: body.cwd,
      source: 'hook',
      agent: 'gemini-cli',
      ...head,
    });
    if (!('call' in parsed)) return;
    expect(parsed.call).toMatchObject({ tool: body.tool_name, toolUseId: '' });
    expect(parsed.call.action.kind).not.toBe('unknown');
  });

  it('reads each tool as what it does', () => {
    const action = (name: string) => {
      const parsed = hook(`BeforeTool-${name}`);
      return 'call' in parsed ? parsed.call.action : null;
    };
    expect(action('run_shell_command-exit')).toEqual({ kind: 'shell', command: 'exit 3' });
    expect(action('replace')).toEqual({ kind: 'file-edit', path: 'a.txt', before: 'one', after: 'two' });
    expect(action('write_file')).toEqual({ kind: 'file-write', path: 'a.txt', content: 'one\n' });
    expect(action('web_fetch')).toEqual({ kind: 'web-fetch', url: 'http://127.0.0.1:18020/x', method: 'GET' });
    expect(action('mcp_notes_echo_note')).toEqual({ kind: 'mcp', server: 'notes', tool: 'echo_note' });
    expect(geminiCli.call('read_many_files', { include: ['.env'] }, '').action).toEqual({
      kind: 'file-read',
      path: '.env',
    });
    expect(geminiCli.call('save_memory', { fact: 'f' }, '').action).toMatchObject({ kind: 'file-edit', after: 'f' });
    expect(geminiCli.call('tracker_get_task', {}, '').action.kind).toBe('harmless');
    expect(geminiCli.call('toString', {}, '').action.kind).toBe('unknown');
  });

  it('takes the name of an MCP server from the hook, where the tool’s name is ambiguous', () => {
    const body = { ...read('BeforeTool-mcp_notes_echo_note'), tool_name: 'mcp_a_b_c' };
    const named = { ...body, mcp_context: { server_name: 'a_b', tool_name: 'c' } };
    expect(event(named)).toMatchObject({
      call: { tool: 'mcp_a_b_c', action: { kind: 'mcp', server: 'a_b', tool: 'c' } },
    });
  });

  it('tells a failed command and a failed tool from one that went well, without the client’s wrapping', () => {
    expect(hook('AfterTool-run_shell_command-touch')).toMatchObject({
      outcome: { status: 'ok', text: 'Output: hi\nProcess Group PGID: 7107' },
    });
    expect(hook('AfterTool-run_shell_command-exit')).toMatchObject({ outcome: { status: 'error' } });
    expect(hook('AfterTool-web_fetch')).toMatchObject({ outcome: { status: 'error' } });
    expect(hook('AfterTool-mcp_notes_echo_note')).toMatchObject({ outcome: { text: 'note:{"text":"hello"}' } });
    expect(hook('AfterAgent-default')).toMatchObject({ text: 'FAKE-FINAL' });
  });

  it('gives a reason for junk', () => {
    for (const junk of [null, 7, 'x', [], {}, { hook_event_name: 'BeforeTool' }, { hook_event_name: 'BeforeAgent' }])
      expect(geminiCli.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
  });
});

describe('answers to Gemini CLI', () => {
  const before = hook('BeforeTool-run_shell_command-touch');

  it('refuses with text on stderr and status 2; a question, which would hang, as well', () => {
    expect(geminiCli.reply(before, verdict('deny'))).toEqual({
      status: 200,
      exit: 2,
      body: expect.stringMatching(/^Denied by Warder: it touches\./),
    });
    const asked = geminiCli.reply(before, verdict('ask'));
    expect(asked).toMatchObject({ exit: 2, body: expect.stringContaining('cannot ask a person here') });
    for (const name of ['BeforeTool', 'BeforeAgent']) expect(geminiCli.refuse(name, 'No server.').exit).toBe(2);
  });

  it('never hides a result or sends the agent on, which status 2 would do elsewhere', () => {
    for (const name of ['AfterTool', 'AfterAgent', 'AfterModel', 'SessionStart'])
      expect(geminiCli.refuse(name, 'x').exit, name).toBeUndefined();
    expect(geminiCli.reply(hook('AfterTool-glob'), verdict('deny'))).toEqual({ status: 200, body: '{}' });
  });

  it('has no opinion on what is allowed', () => {
    for (const given of [null, verdict('allow')])
      expect(geminiCli.reply(before, given)).toEqual({ status: 200, body: '{}' });
    expect(JSON.parse(geminiCli.letGo('policy gone.').body)).toEqual({ systemMessage: expect.any(String) });
  });
});

describe('the set-up of Gemini CLI', () => {
  const at: Surroundings = { env: {}, home: '/home/dev', platform: 'linux' };
  const to: HookConnection = {
    client: '/home/dev/.warder/bin/warder-hook',
    url: 'http://127.0.0.1:7717',
    token: 'wrd',
  };
  const [file] = geminiSetup.files(at, to, () => null);

  it('keeps what a person has, comments too, changes nothing the second time, and takes only its own out', () => {
    const commented =
      '{\n  // mine\n  "hooks": {\n    "BeforeTool": [{ "hooks": [] }] // none yet\n  },\n  "theme": "x", /* y */\n}\n';
    for (const mine of [
      text('config/user.settings.hooks.json'),
      text('config/user.settings.mcp-otel.json'),
      commented,
    ]) {
      const once = file?.with(mine);
      if (!once?.ok || once.value.text === null) throw new Error('no text');
      expect(once.value.changes.length).toBeGreaterThan(3);
      expect(file?.with(once.value.text)).toEqual({ ok: true, value: { text: once.value.text, changes: [] } });
      const out = file?.without(once.value.text);
      expect(out?.ok && out.value.text).toBe(mine);
    }
    expect(file?.path).toBe('/home/dev/.gemini/settings.json');
    const moved = geminiSetup.files({ ...at, env: { GEMINI_CLI_HOME: '/else' } }, to, () => null);
    expect(moved[0]?.path).toBe('/else/.gemini/settings.json');
  });

  it('renews hooks of another device client in their place, and leaves a broken file alone', () => {
    const old = { ...to, client: '/old/warder-hook' };
    const before = geminiSetup.files(at, old, () => null)[0]?.with('{"a":1}');
    const renewed = before?.ok ? file?.with(before.value.text) : null;
    expect(renewed?.ok && renewed.value.text).not.toContain('/old/');
    expect(renewed?.ok && renewed.value.changes.every((change) => change.endsWith('renewed'))).toBe(true);
    for (const broken of ['{', '[]', '{"hooks":7}']) expect(file?.with(broken), broken).toMatchObject({ ok: false });
  });

  it('pins the hooks of the system, and gives its policy engine rules that it can read', () => {
    const files = geminiSetup.managedFiles?.(at, to) ?? [];
    expect(files.map(({ path: where }) => where)).toEqual([
      '/etc/gemini-cli/settings.json',
      '/etc/gemini-cli/policies/warder.toml',
    ]);
    const [system, policies] = files.map((one) => one.with(null));
    expect(system?.ok && JSON.parse(system.value.text ?? '')).toMatchObject({ hooksConfig: { enabled: true } });
    const { rule } = tomlValues((policies?.ok && policies.value.text) || '') as { rule: Record<string, string>[] };
    const denies = (args: object) =>
      rule.some(({ argsPattern = '$^' }) => new RegExp(argsPattern).test(JSON.stringify(args)));
    for (const bad of [
      { file_path: '/home/dev/.gemini/settings.json', content: '' },
      { file_path: '/etc/gemini-cli/policies/warder.toml', content: '' },
      { command: 'rm -rf ~/.warder' },
      { command: 'echo {} > ~/.gemini/settings.json' },
      { command: "sed -i 's/a/b/' /etc/gemini-cli/settings.json" },
      { command: 'GEMINI_CLI_SYSTEM_SETTINGS_PATH=/tmp/x gemini -p go' },
    ])
      expect(denies(bad), JSON.stringify(bad)).toBe(true);
    for (const good of [
      { command: 'cat ~/.gemini/settings.json' },
      { command: 'rm -rf build' },
      { file_path: 'src/a.ts', content: 'x' },
    ])
      expect(denies(good), JSON.stringify(good)).toBe(false);
  });

  it('tells what keeps the hooks from firing', () => {
    const good = file?.with(null);
    const settings = (good?.ok && good.value.text) || '';
    const weak = (held: string, env: Readonly<Record<string, string>> = {}) =>
      (geminiSetup.weaknesses?.({ ...at, env }, (one) => (one === file?.path ? held : null)) ?? []).map(
        ({ what }) => what,
      );
    expect(weak(settings)).toEqual([]);
    expect(weak('{"hooksConfig":{"enabled":false}}')).toEqual([expect.stringContaining('hooksConfig.enabled')]);
    const { hooks } = JSON.parse(settings) as { hooks: { BeforeTool: [{ hooks: [{ command: string }] }] } };
    const disabled = JSON.stringify({ hooks, hooksConfig: { disabled: [hooks.BeforeTool[0].hooks[0].command] } });
    expect(weak(disabled)).toEqual([expect.stringContaining('lists hooks of Warder')]);
    expect(weak(settings, { GEMINI_CLI_SYSTEM_SETTINGS_PATH: '/tmp/x' })).toEqual([expect.stringContaining('is set')]);
  });

  it('speaks of a plain command and of an MCP tool in its own rule language', () => {
    const rule = geminiCli.ownRule?.(geminiCli.call('run_shell_command', { command: 'git push' }, ''));
    expect(tomlValues(rule ?? '')).toEqual({ toolName: 'run_shell_command', commandPrefix: 'git push' });
    expect(geminiCli.ownRule?.(geminiCli.call('run_shell_command', { command: 'a | b' }, ''))).toBeNull();
    const mcp = hook('BeforeTool-mcp_notes_echo_note');
    expect('call' in mcp && geminiCli.ownRule?.(mcp.call)).toBe('mcpName = "notes"\ntoolName = "echo_note"');
  });
});
