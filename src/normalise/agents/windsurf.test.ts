import { describe, expect, it } from 'vitest';
import { head, hookBodies, verdict } from '../../../test/harness/hook-bodies.ts';
import type { HookConnection, Surroundings } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import { windsurf } from './windsurf.ts';

const { event, hook, names, read } = hookBodies(windsurf, 'windsurf/documented');

const kindOf = (file: string): AgentEvent['kind'] => {
  if (file.startsWith('pre_user_prompt')) return 'prompt';
  if (file.startsWith('post_cascade_response-')) return 'answer';
  if (/worktree|transcript/.test(file)) return 'notice';
  return file.startsWith('pre_') ? 'call-before' : 'call-after';
};

describe('documented hook bodies of Windsurf', () => {
  it.each(names)('%s is a known event of its trajectory', (file) => {
    const parsed = hook(file);
    expect(parsed.kind).toBe(kindOf(file));
    expect(parsed).toMatchObject({ agent: 'windsurf', session: 'traj-5d0f', ...head });
    if ('call' in parsed) expect(parsed.call.action.kind).not.toBe('unknown');
  });

  it('tells before and after of a call in the same words', () => {
    for (const what of ['run_command-npm', 'read_code-default', 'write_code-default', 'mcp_tool_use-notes']) {
      const [one, two] = [hook(`pre_${what}`), hook(`post_${what}`)];
      expect('call' in one && one.call).toEqual('call' in two && two.call);
    }
    expect(hook('pre_run_command-npm')).toMatchObject({
      cwd: '/home/dev/src/app',
      call: { action: { kind: 'shell', command: 'npm test' }, fields: { command: 'command_line' } },
    });
    expect(hook('pre_write_code-default')).toMatchObject({ call: { action: { before: 'one', after: 'two' } } });
    expect(hook('post_mcp_tool_use-notes')).toMatchObject({
      call: { action: { kind: 'mcp', server: 'notes', tool: 'echo_note' } },
      outcome: { text: 'note' },
    });
  });

  it('believes the device client about the hook, and gives a reason for junk', () => {
    const body = { ...read('pre_run_command-npm'), agent_action_name: 'post_setup_worktree' };
    expect(event(body, 'pre_run_command').kind).toBe('call-before');
    for (const junk of [
      null,
      7,
      'x',
      [],
      {},
      { agent_action_name: 'pre_run_command' },
      { agent_action_name: 'pre_user_prompt', tool_info: {} },
    ])
      expect(windsurf.parseHook(junk, head).ok, JSON.stringify(junk)).toBe(false);
    expect(windsurf.call('run_command', { command_line: 7 }, '').action.kind).toBe('unknown');
  });
});

describe('answers to Windsurf', () => {
  it('refuses by status 2, which is all that it obeys', () => {
    const before = hook('pre_run_command-npm');
    expect(windsurf.reply(before, verdict('deny'))).toMatchObject({
      exit: 2,
      body: expect.stringMatching(/^Denied by Warder/),
    });
    expect(windsurf.reply(before, verdict('ask'))).toMatchObject({
      exit: 2,
      body: expect.stringContaining('cannot ask'),
    });
    expect(windsurf.reply(before, verdict('allow'))).toEqual({ status: 200, body: '{}' });
    expect(windsurf.reply(hook('pre_user_prompt-default'), verdict('deny')).exit).toBe(2);
    expect(windsurf.reply(hook('post_run_command-npm'), verdict('deny')).exit).toBeUndefined();
    for (const name of ['pre_run_command', 'pre_read_code', '', 'something_new'])
      expect(windsurf.refuse(name, 'x').exit).toBe(2);
    expect(windsurf.refuse('post_run_command', 'x').exit).toBeUndefined();
  });
});

const linux: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };
const to: HookConnection = {
  client: '/home/ann/.warder/device/warder-hook',
  url: 'http://127.0.0.1:7717',
  token: 'none',
};

describe('Windsurf connected', () => {
  it('has a hook before each of its actions, and comes off again', () => {
    const [file] = windsurf.setup?.files(linux, to, () => null) ?? [];
    expect(file?.path).toBe('/home/ann/.codeium/windsurf/hooks.json');
    const edited = file?.with(null);
    if (!edited?.ok || edited.value.text === null) throw new Error('nothing was written');
    const { hooks } = JSON.parse(edited.value.text);
    for (const name of ['pre_read_code', 'pre_write_code', 'pre_run_command', 'pre_mcp_tool_use']) {
      expect(hooks[name]).toHaveLength(1);
      expect(hooks[name][0].command).toMatch(new RegExp(`exit 2; \\}' \\S+ windsurf ${name} block$`));
      expect(hooks[name][0].powershell).toMatch(new RegExp(` windsurf ${name} block; exit \\$LASTEXITCODE$`));
    }
    expect(file?.with(edited.value.text)).toMatchObject({ value: { changes: [] } });
    expect(file?.without(edited.value.text)).toMatchObject({ value: { text: null } });
    const mine = '{"hooks":{"pre_run_command":[{"command":"python3 mine.py","show_output":true}]}}\n';
    const both = file?.with(mine);
    expect(file?.without((both?.ok && both.value.text) || '')).toMatchObject({ value: { text: mine } });
  });

  it('is connected by an administrator where Windsurf looks', () => {
    const managed = (platform: Surroundings['platform']) =>
      windsurf.setup?.managedFiles?.({ ...linux, platform }, to)[0]?.path;
    expect(managed('linux')).toBe('/etc/windsurf/hooks.json');
    expect(managed('darwin')).toBe('/Library/Application Support/Windsurf/hooks.json');
    expect(managed('win32')).toBe('C:\\ProgramData\\Windsurf\\hooks.json');
  });
});
