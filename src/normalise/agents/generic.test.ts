import { expect, it } from 'vitest';
import type { Verdict } from '../../core/verdict.ts';
import { generic } from './generic.ts';

const head = { at: '2026-11-22T10:00:00.000Z', identity: { person: 'ann', device: 'laptop', via: 'token' } } as const;
const verdict = (effective: Verdict['effective'], degraded?: string): Verdict => ({
  decision: effective,
  enforced: true,
  effective,
  rules: [],
  why: 'Denied: it touches.',
  ...(degraded === undefined ? {} : { degraded }),
});
const body = {
  v: 1,
  event: 'call-before',
  session: 's',
  agent: 'bot',
  agent_version: '2',
  call: {
    id: '1',
    tool: 'deploy',
    input: { script: 'kubectl apply', dry: true },
    action: { kind: 'shell', command: 'kubectl apply' },
  },
};
const parse = (given: unknown) => generic.parseHook(given, head);

it('takes the action that the client tells, and points evidence to where it stands in the input', () => {
  expect(parse(body)).toMatchObject({
    ok: true,
    value: {
      kind: 'call-before',
      agent: 'generic',
      agentVersion: 'bot 2',
      session: 's',
      call: { toolUseId: '1', action: { kind: 'shell', command: 'kubectl apply' }, fields: { command: 'script' } },
    },
  });
  const bare = parse({ v: 1, event: 'call-before', call: { tool: 'bash', input: { command: 'ls' } } });
  expect(bare).toMatchObject({ value: { session: '', call: { action: { kind: 'shell', command: 'ls' } } } });
});

it('says which member is wrong, and never quotes what it holds', () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ ...body, v: 2 }, 'v is not'],
    [{ ...body, event: 'before-call' }, 'event is not'],
    [{ ...body, call: { input: {} } }, 'call.tool is not'],
    [{ ...body, call: { tool: 'x', action: { kind: 'harmless', what: 'x' } } }, 'call.action.kind is not'],
    [{ v: 1, event: 'prompt' }, 'text is not'],
    ['x', 'the body is not'],
  ];
  for (const [given, says] of wrong) {
    const read = parse(given);
    expect(read.ok ? '' : read.error.detail).toContain(says);
  }
});

it('answers so that whoever looks at the status alone, or at the decision alone, stops', () => {
  const before = parse(body);
  if (!before.ok) throw new Error(before.error.detail);
  const said = (reply: { body: string; exit?: number }) => [reply.exit ?? 0, JSON.parse(reply.body).decision];
  expect(said(generic.reply(before.value, verdict('allow')))).toEqual([0, 'allow']);
  expect(said(generic.reply(before.value, verdict('allow', 'gone')))).toEqual([0, 'allow']);
  expect(said(generic.reply(before.value, verdict('deny')))).toEqual([2, 'deny']);
  expect(said(generic.reply(before.value, verdict('ask')))).toEqual([2, 'ask']);
  for (const event of ['call-before', 'permission-asked', '', 'anything'])
    expect(said(generic.refuse(event, 'x')), event).toEqual([2, 'deny']);
  for (const event of ['call-after', 'prompt', 'notice'])
    expect(said(generic.refuse(event, 'x')), event).toEqual([0, 'allow']);
  const note = parse({ v: 1, event: 'notice', what: 'x' });
  if (note.ok) expect(said(generic.reply(note.value, null))).toEqual([0, 'allow']);
});
