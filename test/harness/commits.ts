import type { Commit, ReceiptDraft } from '../../src/core/store.ts';
import { type CallRecord, severityOf, type Verdict } from '../../src/core/verdict.ts';

/** Commits as the pipeline makes them; each override says what a test is about. Synthetic. */
export interface CallOverrides extends Partial<CallRecord> {
  readonly id: string;
}

export const allowed: Verdict = {
  decision: 'allow',
  enforced: true,
  effective: 'allow',
  rules: ['permit-the-rest'],
  why: 'Nothing speaks against it.',
};
export const denied: Verdict = { ...allowed, decision: 'deny', effective: 'deny', rules: ['never-delete-home'] };

/** 10:00 UTC of one day plus so many minutes, ISO 8601. */
export const at = (minute: number): string => new Date(Date.UTC(2026, 9, 1, 10) + minute * 60_000).toISOString();

export function callRecord(overrides: CallOverrides): CallRecord {
  const score = overrides.score ?? 10;
  return {
    at: at(0),
    session: 'session-1',
    toolUseId: `toolu_${overrides.id}`,
    person: 'ann',
    device: 'laptop',
    agent: 'claude-code',
    tool: 'Bash',
    cwd: '/home/ann/app',
    action: { kind: 'shell', command: 'git status' },
    input: { command: 'git status' },
    effects: [
      {
        verb: 'read',
        resource: { kind: 'repository', name: '/home/ann/app' },
        zone: 'repository',
        flags: [],
        by: 'git',
      },
    ],
    unparsed: false,
    opaque: [],
    score,
    severity: severityOf(score),
    findings: [],
    ...allowed,
    phases: [],
    receipt: null,
    ...overrides,
  };
}

export function draft(call: string, overrides: Partial<ReceiptDraft> = {}): ReceiptDraft {
  return {
    kind: 'decision',
    call,
    principal: { person: 'ann', device: 'laptop', via: 'token' },
    agent: { kind: 'claude-code', session: 'session-1', version: '2.1.0' },
    action: { tool: 'Bash', verbs: ['read'], zones: ['repository'] },
    point: 'hook',
    phase: 'before',
    input_hash: 'ab'.repeat(32),
    risk: { score: 10, severity: 'low', detectors: [] },
    decision: allowed,
    policy: { digest: 'cd'.repeat(32), engine: 'cedar 4.13.0' },
    ...overrides,
  };
}

/** What a hook before a tool call leaves: the call, its phase, the session's touch and a decision receipt. */
export function hooked(overrides: CallOverrides, verdict: Verdict = allowed): Commit {
  const { decision, enforced, effective, rules, why } = verdict;
  const call = callRecord({ decision, enforced, effective, rules, why, ...overrides });
  return {
    call,
    phase: { phase: 'before', at: call.at, source: 'hook', verdict },
    session: {
      id: call.session,
      agent: call.agent,
      agentVersion: '2.1.0',
      person: call.person,
      device: call.device,
      at: call.at,
      cwd: '/home/ann/app',
    },
    receipt: draft(call.id, { decision: verdict }),
  };
}
