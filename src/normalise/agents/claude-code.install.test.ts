import { describe, expect, it } from 'vitest';
import { managedSettings, type Plan, planInstall, planUninstall } from './claude-code.install.ts';
import { type Connection, failsClosed } from './claude-code.settings.ts';

const token = `wrd_${'a'.repeat(24)}`;
const to: Connection = {
  url: 'http://127.0.0.1:7717',
  token,
  via: 'http',
  deviceClient: '/home/ann/.warder/device/warder-hook',
  gateway: 'no',
  knowsOnFailure: true,
};

const existing = `{
    "model": "opus",
    "permissions": { "allow": ["Bash(npm run test:*)"], "deny": [] },
    "hooks": {
        "PreToolUse": [
            { "matcher": "Bash", "hooks": [{ "type": "command", "command": "./mine.sh" }] }
        ],
        "Stop": []
    },
    "someNumber": 1.50
}
`;

function plan(text: string | null, connection: Connection = to): Plan {
  const planned = planInstall(text, connection);
  if (!planned.ok) throw new Error(planned.error.detail);
  return planned.value;
}
function undo(text: string, original: string | null): Plan {
  const planned = planUninstall(text, original);
  if (!planned.ok) throw new Error(planned.error.detail);
  return planned.value;
}
// biome-ignore lint/suspicious/noExplicitAny: settings are looked into freely here
const parse = (text: string): any => JSON.parse(text.replace(/^\uFEFF/, ''));

describe('installing into Claude Code’s settings', () => {
  it('adds its hooks and leaves everything else byte for byte', () => {
    const { text, changes } = plan(existing);
    const settings = parse(text);
    expect(settings.hooks.PreToolUse).toEqual([
      { matcher: 'Bash', hooks: [{ type: 'command', command: './mine.sh' }] },
      {
        matcher: '*',
        hooks: [
          {
            type: 'http',
            url: 'http://127.0.0.1:7717/hooks/claude-code#if-this-blocks-you-run:warder-doctor',
            headers: { Authorization: `Bearer ${token}` },
            timeout: 10,
            onFailure: 'block',
          },
        ],
      },
    ]);
    expect(
      text.startsWith(
        '{\n    "model": "opus",\n    "permissions": { "allow": ["Bash(npm run test:*)"], "deny": [] },\n',
      ),
    ).toBe(true);
    expect(text.endsWith('    },\n    "someNumber": 1.50\n}\n')).toBe(true);
    expect(changes).toContain('hooks.PreToolUse: added');
    expect(changes.join()).not.toContain(token);
  });

  it('changes nothing the second time', () => {
    for (const connection of [to, { ...to, gateway: 'token' as const }, { ...to, via: 'command' as const }]) {
      const once = plan(existing, connection).text;
      expect(plan(once, connection)).toMatchObject({ text: once, changes: [] });
    }
  });

  it('renews its own entries when the address or the token changes, and never doubles them', () => {
    const moved = { ...to, url: 'http://127.0.0.1:9999', token: `wrd_${'b'.repeat(24)}` };
    const { text, changes } = plan(plan(existing).text, moved);
    expect(text).not.toContain('7717');
    expect(text).not.toContain(token);
    expect(text).toBe(plan(existing, moved).text);
    expect(changes).toContain('hooks.Stop: renewed');
  });

  it('fails closed before a tool call and nowhere else', () => {
    const settings = parse(plan(null).text);
    const blocking = Object.entries<{ hooks: { onFailure?: string }[] }[]>(settings.hooks)
      .filter(([, groups]) => groups.some((group) => group.hooks.some((hook) => hook.onFailure === 'block')))
      .map(([event]) => event);
    expect(blocking).toEqual(['PreToolUse']);
  });

  it('starts a session through the device client, because the client takes no http hook there', () => {
    const [start] = parse(plan(null).text).hooks.SessionStart;
    expect(start.hooks[0]).toEqual({
      type: 'command',
      command: '/home/ann/.warder/device/warder-hook claude-code SessionStart pass',
      timeout: 10,
    });
    expect(parse(plan(null, { ...to, deviceClient: null }).text).hooks.SessionStart).toBeUndefined();
  });

  it('can send everything through the device client, quoted for the shell, without keys an old client does not know', () => {
    const old = { ...to, via: 'command' as const, deviceClient: "/home/o'neil x/warder-hook", knowsOnFailure: false };
    const { text } = plan(existing, old);
    expect(text).not.toContain('"http"');
    expect(text).not.toContain('onFailure');
    expect(text).not.toContain(token);
    expect(parse(text).hooks.PreToolUse[1].hooks[0].command).toBe(
      "'/home/o'\\''neil x/warder-hook' claude-code PreToolUse block",
    );
    expect(parse(undo(text, existing).text)).toEqual({
      ...parse(existing),
      hooks: { PreToolUse: parse(existing).hooks.PreToolUse },
    });
  });

  it('routes model traffic when asked, keeps doing so, and tells where it went before', () => {
    const before = '{"env": {"ANTHROPIC_BASE_URL": "https://llm.example", "X": "1"}}';
    const routed = plan(before, { ...to, gateway: 'token' as const });
    expect(parse(routed.text).env).toEqual({
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:7717/anthropic',
      ANTHROPIC_AUTH_TOKEN: token,
      X: '1',
    });
    expect(routed.warnings).toEqual([
      'Model traffic went to https://llm.example. To keep that behind Warder: warder serve --upstream anthropic=https://llm.example',
    ]);
    expect(parse(plan(routed.text).text).env.ANTHROPIC_AUTH_TOKEN).toBe(token);
    expect(parse(undo(`${routed.text}\n`, before).text)).toEqual(parse(before));
  });

  it('keeps the person’s own login when asked to, with the token in a header of its own', () => {
    const before = '{"env": {"ANTHROPIC_CUSTOM_HEADERS": "x-team: a"}}';
    const own = plan(before, { ...to, gateway: 'own-login' });
    expect(parse(own.text).env).toEqual({
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:7717/anthropic',
      ANTHROPIC_CUSTOM_HEADERS: `x-team: a\nx-warder-token: ${token}`,
    });
    expect(plan(own.text)).toMatchObject({ text: own.text, changes: [] });
    expect(parse(undo(`${own.text} `, before).text)).toEqual(parse(before));
    const switched = plan(plan(before, { ...to, gateway: 'token' }).text, { ...to, gateway: 'own-login' });
    expect(parse(switched.text).env).toEqual(parse(own.text).env);
  });

  it('makes room for itself in a list of allowed hook addresses, and leaves it again', () => {
    const before = '{"allowedHttpHookUrls": ["https://hooks.example/*"]}';
    const { text } = plan(before);
    expect(parse(text).allowedHttpHookUrls).toEqual(['https://hooks.example/*', 'http://127.0.0.1:7717/*']);
    expect(parse(undo(text, before).text)).toEqual(parse(before));
  });

  it('tells when the file switches all hooks off', () => {
    expect(plan('{"disableAllHooks": true}').warnings[0]).toContain('disableAllHooks');
  });

  it.each([
    ['not JSON', '{"a": 1,}'],
    ['a comment', '{"a": 1} // x'],
    ['a list', '[]'],
    ['hooks of another shape', '{"hooks": []}'],
    ['an event of another shape', '{"hooks": {"PreToolUse": {}}}'],
    ['an env of another shape', '{"env": "x"}'],
  ])('touches no file that is %s', (_, text) => {
    expect(planInstall(text, to).ok).toBe(false);
    expect(planUninstall(text, null).ok).toBe(false);
  });

  it('starts a file where there is none, or an empty one', () => {
    for (const none of [null, '', ' \n']) expect(Object.keys(parse(plan(none).text))).toEqual(['hooks']);
  });
});

describe('taking Warder out of a file that was edited since', () => {
  it('removes its own entries only', () => {
    const edited = plan(existing)
      .text.replace('"opus"', '"sonnet"')
      .replace('"Stop": [', '"Stop": [\n            {"hooks": []},');
    const { text, changes } = undo(edited, existing);
    expect(parse(text)).toEqual({
      ...parse(existing),
      model: 'sonnet',
      hooks: { PreToolUse: parse(existing).hooks.PreToolUse, Stop: [{ hooks: [] }] },
    });
    expect(changes).toHaveLength(14);
    expect(undo(text, existing)).toMatchObject({ text, changes: [] });
  });

  it('takes its hook out of a group that somebody put another hook into', () => {
    const settings = parse(plan(null).text);
    settings.hooks.Stop[0].hooks.push({ type: 'command', command: 'say done' });
    const { text } = undo(JSON.stringify(settings), null);
    expect(parse(text)).toEqual({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'say done' }] }] } });
  });

  it('leaves an empty object where there was no file', () => {
    expect(parse(undo(plan(null, { ...to, gateway: 'token' as const }).text, null).text)).toEqual({});
  });

  it('leaves hooks and routes of others alone', () => {
    const others =
      '{"hooks":{"Stop":[{"hooks":[{"type":"http","url":"http://127.0.0.1:7717/hooks/claude-code"}]}]},"env":{"ANTHROPIC_BASE_URL":"https://llm.example"}}';
    expect(undo(others, null)).toMatchObject({ text: others, changes: [] });
  });
});

describe('managed settings', () => {
  it('let only managed hooks run, on clients that fail closed, by http alone', () => {
    const settings = parse(managedSettings({ ...to, gateway: 'token' as const }));
    expect(settings).toMatchObject({
      requiredMinimumVersion: '2.1.295',
      allowManagedHooksOnly: true,
      allowedHttpHookUrls: ['http://127.0.0.1:7717/*'],
      allowedProviders: ['customEndpoint'],
      env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:7717/anthropic' },
    });
    expect(JSON.stringify(settings)).not.toContain('"command"');
    expect(parse(managedSettings(to)).env).toBeUndefined();
  });

  it('knows which clients fail closed', () => {
    expect(
      ['2.1.330 (Claude Code)', '2.1.295', '2.2.0', '3.0.0', '2.1.294', '2.0.999', '1.9.400', 'unknown'].map(
        failsClosed,
      ),
    ).toEqual([true, true, true, true, false, false, false, null]);
  });
});
