import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolicies } from '../decide/cedar.ts';
import { createDecide } from '../decide/decide.ts';
import { readPolicies, shippedPolicies } from '../policy-files.ts';
import { createLineJudge } from './judge-line.ts';

const files = readPolicies();

function parsed() {
  const policies = parsePolicies(files.policies);
  if (!policies.ok) throw new Error(policies.error.detail);
  return policies.value;
}

const base = path.join(shippedPolicies, 'base');
const examples = readFileSync(path.join(base, 'examples.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line): { id: string; expect: { decision: string; rules: string[] } } => JSON.parse(line));

function answers() {
  const decider = createDecide(files);
  if (!decider.ok) throw new Error(decider.error.detail);
  const judge = createLineJudge({
    agent: 'claude-code',
    mode: 'observe',
    decider: decider.value,
    knownMcp: null,
    explain: true,
  });
  return examples.map((example, i) => judge(JSON.stringify(example), i + 1));
}

describe('the base policy', () => {
  it('is valid, and every rule says why and what to do', () => {
    expect(createDecide(files)).toMatchObject({ ok: true });
    for (const { id, forbids, annotations } of parsed()) {
      expect(id).toMatch(/^[a-z-]+$/);
      expect(annotations.why, id).toMatch(/^[a-z]/);
      if (forbids) expect(annotations.runbook, id).toBeTruthy();
      expect(id.startsWith('never-'), id).toBe(forbids && annotations.effect !== 'ask');
    }
  });

  it('has an example that each rule decides', () => {
    const decided = new Set(examples.flatMap((example) => example.expect.rules));
    expect(
      parsed()
        .map(({ id }) => id)
        .filter((id) => !decided.has(id)),
    ).toEqual([]);
  });

  it.each(answers().map((answer, i) => [examples[i]?.id ?? '', examples[i]?.expect, answer] as const))(
    'decides the example %s as written beside it',
    (_, expected, answer) => {
      expect(answer, JSON.stringify(answer)).toMatchObject(expected ?? {});
    },
  );

  it('changes its digest with any letter of it', () => {
    expect(files.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(readPolicies(['base']).digest).toBe(files.digest);
    expect(readPolicies(['base', 'base']).digest).not.toBe(files.digest);
    expect(readdirSync(base).filter((file) => file.endsWith('.cedar'))).toHaveLength(files.policies.length);
  });
});
