import { describe, expect, it } from 'vitest';
import type { Detector, Example, ToolStanding } from '../core/ports.ts';
import { emptyMemory, type Finding } from '../core/verdict.ts';
import { claudeCode } from '../normalise/agents/claude-code.ts';
import { detectors, families } from '../plugs.ts';
import { createUnderstand } from '../understand/understand.ts';

const understand = createUnderstand(families);

/** The findings of one detector on an example, through the real understanding. */
function findingsOn(detector: Detector, example: Example): readonly Finding[] {
  const { tool, input, ...given } =
    typeof example === 'string' ? { tool: 'Bash', input: { command: example } } : example;
  const extra: { cwd?: string; session?: object; standing?: ToolStanding } = given;
  const call = claudeCode.call(tool, input, 'toolu_1');
  const place = { cwd: extra.cwd ?? '/home/dev/project', home: '/home/dev' };
  const meaning = understand(call, place);
  const session = { ...emptyMemory, ...extra.session };
  const standing = extra.standing && { standing: extra.standing };
  const known = { knownMcpServers: null, ...standing };
  return detector.detect({ action: call.action, tool, meaning, place, session, callId: 'c1', ...known });
}

/** Raised = at least one finding for the review queue; for a weak detector, a finding at all, and none that reaches it. */
const raises = (findings: readonly Finding[], { weak = false }: Detector): boolean =>
  weak ? findings.length > 0 : findings.some(({ severity }) => severity !== 'low');

const shown = (example: Example): string =>
  typeof example === 'string' ? example : `${example.tool} ${JSON.stringify(example.input)}`;

describe.each(detectors)('the detector $id', (detector) => {
  it('has a title, a runbook and at least three hits and three near-misses', () => {
    expect(detector.title).toMatch(/^[A-Z]/);
    expect(detector.runbook.length).toBeGreaterThan(60);
    expect(detector.hits.length).toBeGreaterThanOrEqual(3);
    expect(detector.misses.length).toBeGreaterThanOrEqual(3);
  });

  it.each(detector.hits.map((hit) => [shown(hit), hit] as const))('raises %s', (_, hit) => {
    const findings = findingsOn(detector, hit);
    expect(raises(findings, detector), JSON.stringify(findings)).toBe(true);
    if (detector.weak === true) expect(findings.every(({ severity }) => severity === 'low')).toBe(true);
    for (const found of findings) {
      expect(found.detector).toBe(detector.id);
      expect(found.why).toMatch(/^[A-Z].*\.$/);
    }
  });

  it.each(detector.misses.map((miss) => [shown(miss), miss] as const))('stays calm on %s', (_, miss) => {
    const findings = findingsOn(detector, miss);
    expect(raises(findings, detector), JSON.stringify(findings)).toBe(false);
  });
});
