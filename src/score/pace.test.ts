import { describe, expect, it } from 'vitest';
import type { Effect, Meaning } from '../core/effect.ts';
import { emptyMemory, type SessionMemory } from '../core/verdict.ts';
import { changesInMinute, rememberCall, repeats } from './pace.ts';

const deletion: Effect = {
  verb: 'delete',
  resource: { kind: 'file', name: '/p/a' },
  zone: 'repository',
  flags: [],
  by: 'rm',
};
const meaning = (command: string, ...effects: Effect[]): Meaning => ({
  effects,
  unparsed: false,
  opaque: [],
  programs: [],
  secrets: [],
  masked: { command },
});
const at = (second: number): string => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();
const having = (count: number, command: string): SessionMemory =>
  Array.from({ length: count }, (_, i) => i).reduce(
    (memory, i) =>
      rememberCall(memory, { callId: `c${i}`, tool: 'Bash', meaning: meaning(command, deletion), at: at(i) }),
    emptyMemory,
  );
const now = (session: SessionMemory, command: string, second: number) => ({
  action: { kind: 'shell', command } as const,
  tool: 'Bash',
  meaning: meaning(command, deletion),
  place: { cwd: '', home: '' },
  session,
  callId: 'now',
  knownMcpServers: null,
  at: at(second),
});

describe('the pace of a session', () => {
  it('counts the same call, and only the same', () => {
    expect(repeats(now(having(6, 'rm a'), 'rm a', 9))).toBe(6);
    expect(repeats(now(having(6, 'rm a'), 'rm b', 9))).toBe(0);
  });

  it('counts changes of the last minute only', () => {
    const session = having(40, 'rm a');
    expect(changesInMinute(now(session, 'rm b', 40))).toBe(40);
    expect(changesInMinute(now(session, 'rm b', 80))).toBe(19);
    expect(changesInMinute({ ...now(session, 'rm b', 40), at: 'no time' })).toBe(0);
  });

  it('knows a call it was told of twice, and stays bounded', () => {
    const once = having(1, 'rm a');
    expect(rememberCall(once, { callId: 'c0', tool: 'Bash', meaning: meaning('rm a') })).toBe(once);
    const long = having(500, 'rm a');
    expect(long.pace?.calls).toHaveLength(24);
    expect(JSON.stringify(long).length).toBeLessThan(3_000);
  });
});
