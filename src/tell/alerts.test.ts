import { describe, expect, it } from 'vitest';
import type { Effect } from '../core/effect.ts';
import { type CallRecord, type Finding, severityOf } from '../core/verdict.ts';
import { alertsFor } from './alerts.ts';

const found = (detector: string, weight: number, more: Partial<Finding> = {}): Finding => ({
  detector,
  weight,
  severity: severityOf(weight),
  why: `Does ${detector}.`,
  ...more,
});

const call = (more: Partial<CallRecord> = {}): CallRecord => ({
  id: 'c1',
  at: '2026-01-01T00:00:00.000Z',
  session: 's1',
  toolUseId: 't1',
  person: 'ada',
  device: 'd',
  agent: 'claude-code',
  tool: 'Bash',
  action: { kind: 'shell', command: 'x' },
  input: {},
  effects: [],
  unparsed: false,
  opaque: [],
  score: 0,
  severity: 'low',
  findings: [],
  decision: 'allow',
  enforced: false,
  effective: 'allow',
  rules: [],
  why: '',
  phases: [],
  receipt: null,
  ...more,
});

const span = { field: 'command', start: 0, end: 4 };
const effectOn = (name: string): Effect => ({
  verb: 'read',
  resource: { kind: 'file', name },
  zone: 'credential-store',
  flags: [],
  by: 'cat',
  span,
});
const keysOf = (record: CallRecord): string[] => alertsFor(record).map(({ key }) => key);

describe('alerts', () => {
  it('are silent for a calm call', () => {
    expect(alertsFor(call({ score: 69, findings: [found('a', 60)] }))).toEqual([]);
  });

  it('are not raised by what was suppressed, nor by a hint alone, but by a hint in a grave call', () => {
    const suppressed = { id: 'x', reason: 'Wanted.', until: '2030-01-01' };
    expect(alertsFor(call({ score: 0, findings: [found('exfiltration', 90, { suppressed, alert: false })] }))).toEqual(
      [],
    );
    const hint = found('prompt-injection', 72, { confidence: 'experimental' });
    expect(alertsFor(call({ score: 72, findings: [hint] }))).toHaveLength(1);
    expect(
      alertsFor(call({ score: 96, findings: [found('exfiltration', 88), hint] })).map(({ detector }) => detector),
    ).toEqual(['exfiltration']);
  });

  it('are raised by a finding of 70 or more, with the sentence as title and the score of the call', () => {
    const [alert, ...others] = alertsFor(
      call({ score: 88, findings: [found('exfiltration', 85), found('opaque', 20)] }),
    );
    expect(alert).toEqual({
      key: 'claude-code|ada|exfiltration|session s1',
      severity: 'alert',
      score: 88,
      detector: 'exfiltration',
      title: 'Does exfiltration.',
      session: 's1',
      agent: 'claude-code',
      person: 'ada',
      call: 'c1',
    });
    expect(others).toEqual([]);
  });

  it('are raised by a finding that asks for it, whatever it weighs', () => {
    const [alert] = alertsFor(
      call({
        score: 45,
        findings: [found('new-mcp-server', 45, { alert: true })],
        action: { kind: 'mcp', server: 'notes', tool: 'x' },
      }),
    );
    expect(alert).toMatchObject({ key: 'claude-code|ada|new-mcp-server|notes', severity: 'review' });
  });

  it('are raised by a score that several findings make together, under the heaviest', () => {
    const drafts = alertsFor(call({ score: 76, findings: [found('a', 60), found('b', 40)] }));
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ detector: 'a', score: 76, title: 'Bash scores 76: Does a.' });
  });

  it('are raised by a binding deny, of the severity of the call, and not by one that only watched', () => {
    const denied = call({ score: 30, decision: 'deny', effective: 'deny', rules: ['no-pushing'] });
    expect(alertsFor(denied)).toMatchObject([
      { detector: 'denied', severity: 'low', key: 'claude-code|ada|denied|no-pushing' },
    ]);
    expect(alertsFor({ ...denied, effective: 'allow' })).toEqual([]);
  });

  it('do not tell a deny twice', () => {
    const drafts = alertsFor(
      call({
        score: 97,
        findings: [found('destructive-command', 97)],
        effective: 'deny',
        decision: 'deny',
        rules: ['never-destroy'],
      }),
    );
    expect(drafts.map(({ detector }) => detector)).toEqual(['destructive-command']);
  });

  it('have the same key for the same thing again, also in another session, and another for another thing', () => {
    const record = (name: string, session: string) =>
      call({
        session,
        score: 80,
        effects: [effectOn(name)],
        findings: [found('credential-access', 80, { evidence: span })],
      });
    expect(keysOf(record('/home/ada/.netrc', 's1'))).toEqual(keysOf(record('/home/ada/.netrc', 's2')));
    expect(keysOf(record('/home/ada/.netrc', 's1'))).not.toEqual(keysOf(record('/home/ada/.pgpass', 's1')));
    expect(keysOf(record('/tmp/run-18231/key', 's1'))).toEqual(keysOf(record('/tmp/run-99120/key', 's1')));
  });

  it('come once per detector and subject, the heaviest', () => {
    const drafts = alertsFor(
      call({ score: 95, findings: [found('a', 90, { why: 'First.' }), found('a', 75, { why: 'Second.' })] }),
    );
    expect(drafts.map(({ title }) => title)).toEqual(['First.']);
  });
});
