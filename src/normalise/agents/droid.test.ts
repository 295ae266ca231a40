import { describe, expect, it } from 'vitest';
import { head, hookBodies, verdict } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { droid } from './droid.ts';

const { event, hook, names, read } = hookBodies(droid, 'droid/0.215.0');

const kinds: Readonly<Record<string, AgentEvent['kind']>> = {
  PostToolUse: 'call-after',
  PreToolUse: 'call-before',
  SessionEnd: 'session-end',
  SessionStart: 'session-start',
  Stop: 'notice',
};

describe('recorded hook bodies of Droid', () => {
  it.each(names)('%s is a known event of its session', (name) => {
    const parsed = hook(name);
    expect(parsed.kind).toBe(kinds[name.split(/[-.]/)[0] ?? '']);
    expect(parsed).toMatchObject({ agent: 'droid', session: read(name).session_id, cwd: read(name).cwd, ...head });
    if (!('call' in parsed)) return;
    expect(parsed.call).toMatchObject({ tool: read(name).tool_name, toolUseId: '' });
    expect(parsed.call.action.kind).not.toBe('unknown');
  });

  it('reads its tools as what they do', () => {
    const action = (name: string) => {
      const parsed = hook(name);
      return 'call' in parsed ? parsed.call.action : null;
    };
    expect(action('PreToolUse-Execute-exit')).toEqual({ kind: 'shell', command: 'exit 3' });
    expect(action('PreToolUse-LS')).toEqual({ kind: 'file-search', path: '/home/dev/src/dr_tools', pattern: '*' });
    expect(action('PreToolUse-Glob')).toEqual({
      kind: 'file-search',
      path: '/home/dev/src/dr_tools',
      pattern: '*.txt',
    });
    expect(action('PreToolUse-FetchUrl')).toMatchObject({ kind: 'web-fetch' });
    expect(action('PreToolUse-notes___echo_note')).toEqual({ kind: 'mcp', server: 'notes', tool: 'echo_note' });
    const apart = droid.call('Execute', { command: 'npm run dev', fireAndForget: true }, '');
    expect(apart).toMatchObject({ action: { kind: 'shell' }, flags: ['background'] });
    for (const tool of ['TaskStop', 'ToolSearch', 'Skill'])
      expect(droid.call(tool, {}, '').action.kind).toBe('harmless');
    for (const tool of ['constructor', 'NewThing']) expect(droid.call(tool, {}, '').action.kind).toBe('unknown');
  });

  it('tells before and after of a call in the same words', () => {
    for (const what of ['Create', 'Edit', 'Execute-touch', 'Glob', 'Grep', 'LS', 'Read']) {
      const [one, two] = [hook(`PreToolUse-${what}`), hook(`PostToolUse-${what}`)];
      expect('call' in one && one.call).toEqual('call' in two && two.call);
    }
    expect(hook('PostToolUse-Execute-touch')).toMatchObject({ outcome: { status: 'ok' } });
    const failed = { ...read('PostToolUse-Execute-touch'), tool_response: 'no\n\n[Process exited with code 1]' };
    expect(event(failed)).toMatchObject({ outcome: { status: 'error' } });
  });

  it('gives a reason for junk', () => {
    for (const junk of [null, 7, 'x', [], {}, { hook_event_name: '' }, { hook_event_name: 'PreToolUse' }])
      expect(droid.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
  });
});

describe('answers to Droid', () => {
  const before = hook('PreToolUse-Execute-touch');

  it('refuses by status 2 with a reason, a question too: Droid runs a tool whose hook asks', () => {
    expect(droid.reply(before, verdict('deny'))).toEqual({
      status: 200,
      exit: 2,
      body: expect.stringMatching(/^Denied by Warder: it touches\./),
    });
    expect(droid.reply(before, verdict('ask'))).toMatchObject({ exit: 2, body: expect.stringContaining('cannot ask') });
    for (const name of ['PreToolUse', '', 'SomethingNew'])
      expect(droid.refuse(name, 'No server.')).toMatchObject({ exit: 2, body: expect.stringContaining('No server.') });
  });

  it('has no opinion on what is allowed, and stops nothing that is over', () => {
    for (const given of [null, verdict('allow')])
      expect(droid.reply(before, given)).toEqual({ status: 200, body: '{}' });
    expect(droid.reply(hook('PostToolUse-Read'), verdict('deny')).exit).toBeUndefined();
    for (const name of ['Stop', 'PostToolUse', 'SessionEnd']) expect(droid.refuse(name, 'x').exit).toBeUndefined();
  });
});

const linux: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };
const to: HookConnection = {
  client: '/home/ann/.warder/device/warder-hook',
  url: 'http://127.0.0.1:7717',
  token: 'none',
};

describe('Droid connected', () => {
  const [file] = droid.setup?.files(linux, to, () => null) ?? [];
  const mine =
    '{\n  // Mine.\n  "model": "custom:x",\n  "hooks": {\n    "Stop": [{ "hooks": [{ "type": "command", "command": "say done" }] }]\n  }\n}\n';

  it('adds its hooks to a person’s settings and takes them out to the byte', () => {
    const edited = file?.with(mine);
    if (!edited?.ok || edited.value.text === null) throw new Error('nothing was written');
    const { text } = edited.value;
    expect(text).toContain('say done');
    expect(text).toContain('// Mine.');
    expect(file?.with(text)).toMatchObject({ value: { text, changes: [] } });
    expect(file?.without(text)).toMatchObject({ value: { text: mine } });
    expect(file?.with('{')).toMatchObject({ ok: false, error: { code: 'not-json' } });
  });

  it('has a command that ends with status 2 whatever becomes of the device client', () => {
    const edited = file?.with(null);
    const hooks = JSON.parse((edited?.ok && edited.value.text) || '').hooks;
    expect(hooks.PreToolUse).toEqual([
      {
        matcher: '*',
        hooks: [
          { type: 'command', command: expect.stringMatching(/exit 2; \}' \S+ droid PreToolUse block$/), timeout: 10 },
        ],
      },
    ]);
    expect(hooks.Stop[0].hooks[0].command).toMatch(/ droid Stop pass$/);
  });

  it('is locked down by an administrator on every platform', () => {
    for (const [platform, at] of [
      ['linux', '/etc/factory/settings.json'],
      ['darwin', '/Library/Application Support/Factory/settings.json'],
      ['win32', 'C:\\Program Files\\Factory\\settings.json'],
    ] as const) {
      const [managed] = droid.setup?.managedFiles?.({ ...linux, platform }, to) ?? [];
      expect(managed?.path).toBe(at);
      const edited = managed?.with(null);
      expect(JSON.parse((edited?.ok && edited.value.text) || '').allowManagedHooksOnly).toBe(true);
    }
  });

  it('notices an administrator’s file without Warder, and hooks switched off', () => {
    const found = (texts: Readonly<Record<string, string>>) =>
      droid.setup?.weaknesses?.(linux, (at) => texts[at] ?? null).map(({ what }) => what);
    expect(found({})).toEqual([]);
    expect(found({ '/etc/factory/settings.json': '{"allowManagedHooksOnly":true}' })).toHaveLength(1);
    expect(found({ '/home/ann/.factory/settings.json': '{"hooksDisabled":true}' })).toHaveLength(1);
  });

  it('tells a command as its own lists hold it', () => {
    expect(droid.ownRule?.(droid.call('Execute', { command: 'git push' }, ''))).toBe('git push');
    expect(droid.ownRule?.(droid.call('Read', { file_path: 'a' }, ''))).toBeNull();
  });
});
