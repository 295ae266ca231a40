import type { Detector, DetectorInput } from '../core/ports.ts';
import { type Finding, type Score, severityOf } from '../core/verdict.ts';
import { authorized } from './authorization.ts';

/**
 * Detectors → one judge of risk; docs/scoring.md is the rule for people. Findings combine as a noisy-or, 100·(1 − Π(1 − wᵢ)), where i runs over detectors and
 * wᵢ is the heaviest finding of one: findings of the same detector tell of the same risk and are not independent. So
 * more evidence never lowers a score, and ten harmless deletions stay as harmless as one. A detector that throws
 * becomes the finding `detector-failed`: what could not be judged is no reason for calm.
 */
export function createScore(detectors: readonly Detector[]): (input: DetectorInput) => Score {
  return (input) => {
    const findings = authorized(
      detectors.flatMap((detector) => detected(detector, input)),
      input,
    );
    findings.sort((a, b) => b.weight - a.weight || (a.detector < b.detector ? -1 : a.detector > b.detector ? 1 : 0));
    return scoreOf(findings);
  };
}

/** Findings, heaviest first → the score they make together; kept as they are. What is suppressed stays visible and counts nothing. */
export function scoreOf(findings: readonly Finding[]): Score {
  const heaviest = new Map<string, number>();
  for (const { detector, weight, suppressed } of findings)
    if (suppressed === undefined) heaviest.set(detector, Math.max(heaviest.get(detector) ?? 0, weight));
  let calm = 1;
  for (const weight of heaviest.values()) calm *= 1 - Math.min(100, Math.max(0, weight)) / 100;
  const score = Math.round(100 * (1 - calm));
  return { score, severity: severityOf(score), findings };
}

/** What a broken detector weighs: enough for the review queue, not for an alert. */
const failedWeight = 40;

function detected(detector: Detector, input: DetectorInput): readonly Finding[] {
  try {
    const { confidence } = detector;
    const found = detector.detect(input);
    return confidence === undefined ? found : found.map((each) => ({ ...each, confidence }));
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'an unknown error';
    // The message may quote the input, so only the kind of error is told.
    const why = `The detector ${detector.id} broke on this call (${name}), so its risk was not judged.`;
    return [{ detector: 'detector-failed', weight: failedWeight, severity: severityOf(failedWeight), why }];
  }
}
