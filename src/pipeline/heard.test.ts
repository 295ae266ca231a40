import { describe, expect, it } from 'vitest';
import type { AgentEvent, ToolCall } from '../core/event.ts';
import { maskText } from '../understand/secrets.ts';
import { heard, maskedName } from './heard.ts';

const marks = {
  mask: (text: string) => maskText(text).text,
  hmac: (text: string) => `hash${text.length}`.padEnd(64, '0'),
};
const key = (fill: string) => `${['gh', 'p'].join('')}_${`${fill}aB3dE6gH9kL2nP5qR8tU1wX4zA7cF0hJ2mN5`.slice(0, 36)}`;
const asked = (call: Partial<ToolCall>, session = 's'): Extract<AgentEvent, { kind: 'call-asked' }> => ({
  at: '2026-01-01T00:00:00.000Z',
  source: 'gateway',
  agent: 'claude-code',
  session,
  identity: { person: 'ann', device: 'laptop', via: 'token' },
  kind: 'call-asked',
  call: { toolUseId: 't', tool: 'Bash', input: {}, action: { kind: 'shell', command: 'ls' }, fields: {}, ...call },
});

describe('an event as the live path takes it', () => {
  it('keeps ordinary names as they are', () => {
    const event = asked({ toolUseId: 'toolu_01ABCdefGHIjklMNOpqrSTU' }, '3b6af46d-37e5-49c5-83c1-9ce32c3626c3');
    expect(heard(event, marks)).toEqual(event);
  });

  it('bounds a long name, mends half characters, and keeps two long names two', () => {
    const long = heard(asked({}, 's'.repeat(5000)), marks).session;
    expect(long.length).toBeLessThan(300);
    expect(long).not.toBe(heard(asked({}, 's'.repeat(5001)), marks).session);
    expect(heard(asked({ tool: 'Bash\ud800' }), marks).call.tool.isWellFormed()).toBe(true);
  });

  it('masks a secret in a name, also where it is joined to other words', () => {
    for (const name of [`s-${key('q')}`, `mcp__srv__${key('w')}`, `mcp__${key('e')}__read`, key('r')]) {
      expect(maskedName(name, marks.mask)).not.toContain('aB3dE6gH');
      expect(heard(asked({ toolUseId: name }, name), marks).session).not.toContain('aB3dE6gH');
    }
  });

  it('keeps what says what a tool does when the rest of its input is too much to read', () => {
    const pad = Object.fromEntries(Array.from({ length: 25_000 }, (_, index) => [`k${index}`, index]));
    const { call } = heard(asked({ input: { ...pad, command: 'rm -rf ~/' }, fields: { command: 'command' } }), marks);
    expect(call).toMatchObject({ action: { kind: 'shell' }, fields: { command: 'command' }, flags: ['opaque'] });
    expect(call.input).toEqual({ command: 'rm -rf ~/', '…': '(left out: its input holds more than 20000 values)' });
  });
});
