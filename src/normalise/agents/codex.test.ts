import { describe, expect, it } from 'vitest';
import { head, hookBodies, verdict } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { tomlValues } from '../toml-text.ts';
import { codexSetup } from './codex.setup.ts';
import { codex } from './codex.ts';

const { event, hook, names, read, text } = hookBodies(codex, 'codex/0.169.0');

const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  PostModelRequest: 'notice',
  PostToolUse: 'call-after',
  PreModelRequest: 'notice',
  PreToolUse: 'call-before',
  SessionEnd: 'session-end',
  SessionStart: 'session-start',
  Stop: 'answer',
  UserPromptSubmit: 'prompt',
};

describe('recorded hook bodies of Codex', () => {
  it.each(names)('%s is a known event of its session', (file) => {
    const body = read(file);
    const parsed = event(body);
    expect(parsed.kind).toBe(kinds[file.split(/[-.]/)[0] ?? '']);
    expect(parsed).toMatchObject({ session: body.session_id, cwd: body.cwd, source: 'hook', agent: 'codex', ...head });
    if (!('call' in parsed)) return;
    expect(parsed.call).toMatchObject({ tool: body.tool_name, toolUseId: body.tool_use_id });
    expect(parsed.call.action.kind).not.toBe('unknown');
  });

  it('reads the shell, patches, MCP and files as what they are', () => {
    expect(hook('PreToolUse-Bash-touch')).toMatchObject({
      call: {
        action: { kind: 'shell', command: expect.stringContaining('touch /home/dev') },
        fields: { command: 'command' },
      },
    });
    expect(hook('PreToolUse-apply_patch')).toMatchObject({
      call: { action: { kind: 'file-edit', path: 'a.txt' }, fields: { patch: 'command', after: 'command' } },
    });
    expect(hook('PreToolUse-mcp__notes__echo_note')).toMatchObject({
      call: { action: { kind: 'mcp', server: 'notes', tool: 'echo_note' } },
    });
    expect(hook('PreToolUse-view_image')).toMatchObject({ call: { action: { kind: 'file-read', path: 'a.png' } } });
    expect(codex.call('read_mcp_resource', { server: 'notes', uri: 'n://1' }, '').action).toEqual({
      kind: 'mcp',
      server: 'notes',
      tool: 'resources/read',
    });
    expect(codex.call('list_mcp_resources', {}, '').action.kind).toBe('harmless');
    expect(codex.call('constructor', {}, '').action.kind).toBe('unknown');
  });

  it('keeps what was said, and what came back', () => {
    expect(hook('UserPromptSubmit-default')).toMatchObject({ text: 'go' });
    expect(hook('Stop-default')).toMatchObject({ text: 'FAKE-FINAL' });
    expect(hook('PostToolUse-Bash-echo')).toMatchObject({ outcome: { status: 'ok', text: 'one\n' } });
    expect(hook('PostToolUse-mcp__notes__echo_note')).toMatchObject({ outcome: { text: 'note:{"text":"hello"}' } });
    expect(hook('PostModelRequest-default')).toMatchObject({
      what: 'PostModelRequest',
      text: expect.stringContaining('"total_tokens":19'),
    });
  });

  it('gives a reason for junk', () => {
    for (const junk of [null, 7, 'x', [], {}, { hook_event_name: '' }, { hook_event_name: 'PreToolUse' }])
      expect(codex.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
  });
});

describe('answers to Codex', () => {
  const before = hook('PreToolUse-Bash-touch');

  it('refuses in the one form that no strict reading lets through: text on stderr, status 2', () => {
    const denied = codex.reply(before, verdict('deny'));
    expect(denied).toEqual({ status: 200, exit: 2, body: expect.stringMatching(/^Denied by Warder: it touches\./) });
    const asked = codex.reply(before, verdict('ask'));
    expect(asked).toMatchObject({ exit: 2, body: expect.stringContaining('cannot ask a person here') });
    for (const name of ['PreToolUse', 'PermissionRequest', 'UserPromptSubmit'])
      expect(codex.refuse(name, 'No server.')).toMatchObject({ exit: 2, body: expect.stringContaining('No server.') });
  });

  it('has no opinion on what is allowed, and never skips its own question', () => {
    for (const given of [null, verdict('allow')])
      expect(codex.reply(before, given)).toEqual({ status: 200, body: '{}' });
  });

  it('does not send it on after its last words, where status 2 would', () => {
    expect(codex.refuse('Stop', 'x').exit).toBeUndefined();
    expect(codex.reply(hook('Stop-default'), verdict('deny')).exit).toBeUndefined();
  });

  it('names only members that every answer may have', () => {
    expect(JSON.parse(codex.letGo('policy gone.').body)).toEqual({ systemMessage: expect.any(String) });
  });
});

describe('the set-up of Codex', () => {
  const at: Surroundings = { env: {}, home: '/home/dev', platform: 'linux' };
  const to: HookConnection = {
    client: '/home/dev/.warder/bin/warder-hook',
    url: 'http://127.0.0.1:7717',
    token: 'wrd',
  };

  /** Files after an install, and the same again. */
  function installed(before: Readonly<Record<string, string>>): Record<string, string> {
    const files: Record<string, string> = { ...before };
    const read = (file: string) => files[file] ?? null;
    for (const file of codexSetup.files(at, to, read)) {
      const edited = file.with(read(file.path));
      if (!edited.ok) throw new Error(edited.error.detail);
      if (edited.value.text !== null) files[file.path] = edited.value.text;
    }
    return files;
  }
  const [hooksJson, configToml] = ['/home/dev/.codex/hooks.json', '/home/dev/.codex/config.toml'];

  it('computes the trust that the real client records', () => {
    const [recorded] = Object.keys(
      (tomlValues(text('config/user.config.trusted-hash.toml')).hooks as { state: object }).state,
    );
    expect(recorded).toBe('/home/dev/.codex/hooks.json:pre_tool_use:0:0');
    const state = (tomlValues(installed({})[configToml] ?? '').hooks as { state: Record<string, object> }).state;
    expect(Object.keys(state)).toContain(recorded);
    expect(state[recorded ?? '']).toEqual({ trusted_hash: expect.stringMatching(/^sha256:[\da-f]{64}$/) });
  });

  it('keeps what a person has, changes nothing the second time, and takes only its own out', () => {
    const mine = {
      [hooksJson]: text('config/user.hooks.json'),
      [configToml]: text('config/user.config.gateway.toml'),
    };
    const once = installed(mine);
    expect(installed(once)).toEqual(once);
    expect(once[configToml]?.startsWith(mine[configToml]?.trimEnd() ?? 'x')).toBe(true);
    // Theirs come first, so ours is the second group of the event.
    expect(once[configToml]).toContain('hooks.json:pre_tool_use:1:0"]');
    const read = (file: string) => once[file] ?? null;
    for (const file of codexSetup.files(at, to, read)) {
      const out = file.without(once[file.path] ?? '');
      expect(out.ok && out.value.text?.trim()).toBe(mine[file.path as keyof typeof mine]?.trim());
    }
  });

  it('leaves a file that it cannot read as it is', () => {
    const [hooks] = codexSetup.files(at, to, () => null);
    for (const broken of ['{', '[]', '{"hooks":[]}', '{"hooks":{"PreToolUse":{}}}'])
      expect(hooks?.with(broken), broken).toMatchObject({
        ok: false,
        error: { detail: expect.stringContaining('left as it is') },
      });
  });

  it('gives an administrator a file in which the hooks are pinned, beside what is there', () => {
    const [file] = codexSetup.managedFiles?.(at, to) ?? [];
    const before = text('config/requirements.provider.toml');
    for (const given of [null, before, 'allow_managed_hooks_only = false\n[features]\nhooks = false # mine\n']) {
      const edited = file?.with(given);
      if (!edited?.ok || edited.value.text === null) throw new Error('no text');
      const values = tomlValues(edited.value.text);
      expect(values).toMatchObject({ allow_managed_hooks_only: true, features: { hooks: true, unified_exec: false } });
      const { PreToolUse } = values.hooks as { PreToolUse: [{ hooks: [{ command: string }] }] };
      expect(PreToolUse[0].hooks[0].command).toContain('warder-hook codex PreToolUse block');
      expect(file?.with(edited.value.text)).toEqual({ ok: true, value: { text: edited.value.text, changes: [] } });
      const out = file?.without(edited.value.text);
      if (given === before || given === null)
        expect(out?.ok && (out.value.text?.trim() ?? null)).toBe(given?.trim() ?? null);
    }
    expect(file?.path).toBe('/etc/codex/requirements.toml');
  });

  it('tells what keeps the hooks from firing', () => {
    const good = installed({});
    const weak = (files: Readonly<Record<string, string>>) =>
      (codexSetup.weaknesses?.(at, (file) => files[file] ?? null) ?? []).map(({ what }) => what);
    expect(weak(good)).toEqual([]);
    expect(weak({ ...good, [configToml]: '' })).toEqual([expect.stringContaining('does not trust')]);
    expect(weak({ ...good, [configToml]: `${good[configToml]}\n[features]\nhooks = false\n` })).toEqual([
      expect.stringContaining('features.hooks'),
    ]);
    const off = (good[configToml] ?? '').replace('trusted_hash', 'enabled = false\ntrusted_hash');
    expect(weak({ ...good, [configToml]: off })).toEqual([expect.stringContaining('switched off')]);
    const only = { '/etc/codex/requirements.toml': 'allow_managed_hooks_only = true\n' };
    expect(weak({ ...good, ...only })).toEqual([expect.stringContaining('only its own hooks')]);
  });

  it('is spelt for Windows there', () => {
    const windows: Surroundings = { env: { ProgramData: 'D:\\Data' }, home: 'C:\\Users\\ann', platform: 'win32' };
    const [hooks, config] = codexSetup.files(windows, { ...to, client: 'C:\\w\\warder-hook.cmd' }, () => null);
    expect(hooks?.path).toBe('C:\\Users\\ann\\.codex\\hooks.json');
    const trust = config?.with('');
    const state = (tomlValues((trust?.ok && trust.value.text) || '').hooks as { state: object }).state;
    expect(Object.keys(state)).toContain('C:\\Users\\ann\\.codex\\hooks.json:pre_tool_use:0:0');
    expect(config?.with((trust?.ok && trust.value.text) || '')).toMatchObject({ value: { changes: [] } });
    const [managed] = codexSetup.managedFiles?.(windows, to) ?? [];
    expect(managed?.path).toBe('D:\\Data\\OpenAI\\Codex\\requirements.toml');
  });

  it('speaks of a plain command in its own rule language, and of nothing else', () => {
    const rule = (command: string) => codex.ownRule?.(codex.call('Bash', { command }, ''));
    expect(rule('git push origin main')).toBe('pattern=["git","push","origin","main"]');
    for (const more of ['a && b', 'echo $x', "rm 'a b'", 'X=1 make', 'cat *', '']) expect(rule(more), more).toBeNull();
    expect(codex.ownRule?.(codex.call('view_image', { path: 'a' }, ''))).toBeNull();
  });
});
