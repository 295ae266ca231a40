import { describe, expect, it } from 'vitest';
import type { AgentEvent, Source } from '../core/event.ts';
import { createPairs } from './pairs.ts';

const identity = { person: 'ada', device: 'd', via: 'token' } as const;
let second = 0;

function head(source: Source, session: string, person = 'ada') {
  second += 1;
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return { at, source, agent: 'gemini-cli', session, identity: { ...identity, person } };
}

const callOf = (toolUseId: string, tool: string, input: unknown) => ({
  toolUseId,
  tool,
  input,
  action: { kind: 'harmless', what: tool } as const,
  fields: {},
});

const asked = (session: string, id: string, tool: string, input: unknown): AgentEvent => ({
  ...head('gateway', session),
  kind: 'call-asked',
  call: callOf(id, tool, input),
});
const hookBefore = (session: string, id: string, tool: string, input: unknown, person?: string): AgentEvent => ({
  ...head('hook', session, person),
  kind: 'call-before',
  call: callOf(id, tool, input),
});
const hookAfter = (session: string, id: string, tool: string, input: unknown): AgentEvent => ({
  ...head('hook', session),
  kind: 'call-after',
  call: callOf(id, tool, input),
  outcome: { status: 'ok', text: '' },
});
const result = (session: string, toolUseId: string): AgentEvent => ({
  ...head('gateway', session),
  kind: 'call-result',
  toolUseId,
  outcome: { status: 'ok', text: '' },
});
const prompt = (source: Source, session: string, text: string): AgentEvent => ({
  ...head(source, session),
  kind: 'prompt',
  text,
});

/** Session and id under which an event is recorded. */
function nameOf(event: AgentEvent): readonly [string, string] {
  const id = 'call' in event ? event.call.toolUseId : 'toolUseId' in event ? event.toolUseId : '';
  return [event.session, id];
}

describe('pairs: sessions that the gateway made up', () => {
  it('get the name that the hook of the same prompt gives', () => {
    const pairs = createPairs();
    pairs.named(prompt('hook', 's1', 'mend the build'));
    expect(nameOf(pairs.named(prompt('gateway', 'conv_1', '<context>x</context>mend the build')))[0]).toBe('s1');
    expect(nameOf(pairs.named(asked('conv_1', 'g1', 'shell', { c: 1 })))).toEqual(['s1', 'g1']);
    expect(nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 1 })))).toEqual(['s1', 'g1']);
    expect(nameOf(pairs.named(result('conv_1', 'g1')))).toEqual(['s1', 'g1']);
    expect(pairs.sessionOf('conv_1')).toBe('s1');
  });

  it('get it from the first call where no prompt tells, and that call keeps the name it was recorded by', () => {
    const pairs = createPairs();
    expect(nameOf(pairs.named(asked('conv_1', 'g1', 'shell', { c: 1 })))).toEqual(['conv_1', 'g1']);
    expect(nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 1 })))).toEqual(['conv_1', 'g1']);
    expect(nameOf(pairs.named(hookAfter('s1', '', 'shell', { c: 1 })))).toEqual(['conv_1', 'g1']);
    expect(nameOf(pairs.named(result('conv_1', 'g1')))).toEqual(['conv_1', 'g1']);
    expect(nameOf(pairs.named(asked('conv_1', 'g2', 'shell', { c: 2 })))).toEqual(['s1', 'g2']);
    expect(nameOf(pairs.named(result('conv_1', 'g2')))).toEqual(['s1', 'g2']);
  });

  it('are joined by the id of a call where hooks give one', () => {
    const pairs = createPairs();
    pairs.named(asked('conv_1', 'call_7', 'shell', { c: 1 }));
    expect(nameOf(pairs.named(hookBefore('s1', 'call_7', 'Shell', { c: 'other' })))).toEqual(['conv_1', 'call_7']);
    expect(pairs.sessionOf('conv_1')).toBe('s1');
  });

  it('stay apart for another person, another session that claimed them, and a short prompt that only ends alike', () => {
    const pairs = createPairs();
    pairs.named(prompt('hook', 's1', 'go'));
    expect(nameOf(pairs.named(prompt('gateway', 'conv_1', 'let it go')))[0]).toBe('conv_1');
    pairs.named(asked('conv_1', 'g1', 'shell', { c: 1 }));
    expect(nameOf(pairs.named(hookBefore('s9', '', 'shell', { c: 1 }, 'bob')))[0]).toBe('s9');
    pairs.named(hookBefore('s1', '', 'shell', { c: 1 }));
    pairs.named(asked('conv_1', 'g2', 'shell', { c: 2 }));
    const other = nameOf(pairs.named(hookBefore('s2', '', 'shell', { c: 2 })));
    expect(other[0]).toBe('s2');
    expect(other[1]).toMatch(/^hook_/);
  });
});

describe('pairs: hooks that give a call no id', () => {
  it('give before and after of one call the same id, and equal calls ids of their own in order', () => {
    const pairs = createPairs();
    const first = nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 1 })));
    const again = nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 1 })));
    expect(first[1]).toMatch(/^hook_[0-9a-f]{24}$/);
    expect(again).not.toEqual(first);
    expect(nameOf(pairs.named(hookAfter('s1', '', 'shell', { c: 1 })))).toEqual(first);
    expect(nameOf(pairs.named(hookAfter('s1', '', 'shell', { c: 1 })))).toEqual(again);
  });

  it('take parallel calls with equal input in the order they were asked', () => {
    const pairs = createPairs();
    pairs.named(asked('conv_1', 'g1', 'shell', { c: 1 }));
    pairs.named(asked('conv_1', 'g2', 'shell', { c: 1 }));
    expect(nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 1 })))[1]).toBe('g1');
    expect(nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 1 })))[1]).toBe('g2');
  });

  it('find the one open call of a tool whose input was changed on the way', () => {
    const pairs = createPairs();
    pairs.named(asked('conv_1', 'g1', 'shell', { c: 1 }));
    expect(nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 'changed' })))).toEqual(['conv_1', 'g1']);
  });

  it('do not guess between two', () => {
    const pairs = createPairs();
    pairs.named(asked('conv_1', 'g1', 'shell', { c: 1 }));
    pairs.named(asked('conv_1', 'g2', 'shell', { c: 2 }));
    expect(nameOf(pairs.named(hookBefore('s1', '', 'shell', { c: 3 })))[1]).toMatch(/^hook_/);
  });

  it('leave calls with an id, and events of others, as they are', () => {
    const pairs = createPairs();
    const own = hookBefore('s1', 'toolu_1', 'Bash', { c: 1 });
    expect(pairs.named(own)).toBe(own);
    const elsewhere: AgentEvent = { ...head('mcp', 'conv_1'), kind: 'notice', what: 'x', text: '' };
    expect(pairs.named(elsewhere)).toBe(elsewhere);
  });
});
