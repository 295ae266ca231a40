import { describe, expect, it } from 'vitest';
import { type Finding, severityOf } from '../core/verdict.ts';
import { scoreOf } from './score.ts';
import { applySuppressions, matches, readSuppressions, type Suppression } from './suppress.ts';

const span = { field: 'command', start: 0, end: 4 };
const found = (detector: string, weight: number): Finding => ({
  detector,
  weight,
  severity: severityOf(weight),
  why: 'So.',
  evidence: span,
  alert: true,
});
const call = {
  action: { kind: 'shell', command: 'rm -rf /srv/cache/a' },
  meaning: {
    effects: [
      {
        verb: 'delete',
        resource: { kind: 'directory', name: '/srv/cache/a' },
        zone: 'system',
        flags: [],
        by: 'rm',
        span,
      },
    ],
    unparsed: false,
    opaque: [],
    programs: ['rm'],
    secrets: [],
    masked: {},
  },
  person: 'ada',
  agent: 'claude-code',
} as const;
const rule: Suppression = {
  id: 'cache',
  detector: 'destructive-command',
  reason: 'The cache is filled again.',
  until: '2030-06-01',
  resource: '/srv/cache/*',
};
const now = '2030-01-01T00:00:00.000Z';
const score = scoreOf([found('destructive-command', 88), found('opaque', 20)]);

describe('a suppression', () => {
  it('takes a finding out of the score and leaves it in sight, with reason and end', () => {
    const { score: left, expired } = applySuppressions(score, [rule], call, now);
    expect(left.score).toBe(20);
    expect(left.findings).toHaveLength(2);
    expect(left.findings[0]).toMatchObject({
      alert: false,
      suppressed: { id: 'cache', reason: rule.reason, until: '2030-06-01' },
    });
    expect(expired).toEqual([]);
  });

  it('counts nothing once it has run out, and is reported', () => {
    expect(applySuppressions(score, [rule], call, '2030-06-02T00:00:00.000Z')).toEqual({ score, expired: ['cache'] });
  });

  it.each([
    ['another detector', { detector: 'opaque', resource: '/x' }],
    ['another resource', { resource: '/srv/*/b' }],
    ['another person', { person: 'bob' }],
    ['another agent', { agent: 'codex' }],
    ['another command', { command: 'rm -rf /srv/cache/b' }],
  ])('does not fit %s', (_, change) => {
    expect(applySuppressions(score, [{ ...rule, ...change }], call, now).score.score).toBe(score.score);
  });

  it('of a finding about an MCP tool as a whole names the tool', () => {
    const { evidence: _, ...whole } = found('tool-description', 65);
    const onTool = { ...call, action: { kind: 'mcp', server: 'wiki', tool: 'search' } as const };
    const said = { ...rule, detector: 'tool-description' };
    const left = (resource: string) =>
      applySuppressions(scoreOf([whole]), [{ ...said, resource }], onTool, now).score.score;
    expect([left('wiki/search'), left('wiki/*'), left('wiki/other')]).toEqual([0, 0, 65]);
  });

  it('does not fit a finding that is about something else beside it', () => {
    const both = {
      ...call,
      meaning: {
        ...call.meaning,
        effects: [
          ...call.meaning.effects,
          { ...call.meaning.effects[0], resource: { kind: 'directory', name: '/home/dev' } as const },
        ],
      },
    };
    expect(applySuppressions(score, [rule], both, now).score.score).toBe(score.score);
  });
});

describe('patterns', () => {
  it('match the whole text, with stars for anything', () => {
    expect(matches('/a/*', '/a/b/c')).toBe(true);
    expect(matches('*x*z', 'axbyz')).toBe(true);
    expect(matches('a*a', 'a')).toBe(false);
    expect(matches('/a', '/a/b')).toBe(false);
  });
});

describe('reading suppressions', () => {
  it('takes a right one', () => {
    expect(readSuppressions([rule], ['destructive-command'])).toEqual({ ok: true, value: [rule] });
  });

  it('names every mistake with its place', () => {
    const read = readSuppressions(
      [
        { id: 'a', detector: 'nope', until: 'soon', colour: 'red' },
        { ...rule, resource: '**' },
      ],
      ['destructive-command'],
    );
    expect(read.ok).toBe(false);
    if (read.ok) return;
    for (const part of [
      '[0].colour',
      '[0].detector: "nope"',
      '[0].reason: is missing',
      '[0].until: "soon"',
      '[0]: resource or command',
      '[1].resource: would fit everything',
    ])
      expect(read.error.detail).toContain(part);
  });
});
