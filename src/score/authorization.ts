import type { DetectorInput } from '../core/ports.ts';
import { type Finding, severityOf } from '../core/verdict.ts';
import { personNamed } from './provenance.ts';
import { taintOf } from './taint.ts';

/** What the person's own words take from a weight: six tenths. */
const share = 0.4;

/** Risks a person can ask for. Tampering, hidden code, miners and what a text from outside told are asked for by nobody. */
const askable: ReadonlySet<string> = new Set([
  'credential-access',
  'destructive-command',
  'exfiltration',
  'new-mcp-server',
  'persistence',
  'privilege-escalation',
  'remote-code-execution',
  'supply-chain',
]);

/** Where the lessening stops: asking for it does not bring back what is gone. */
const floor = (weight: number): number => (weight >= 90 ? 70 : weight >= 70 ? 40 : 0);

/**
 * Factor 10: the person's words name what the finding is about, so it weighs four tenths, never less than 40 for what is
 * grave (≥ 70) and 70 for what is critical (≥ 90). Nothing is lessened in a call that takes arguments from untrusted text.
 */
export function authorized(findings: readonly Finding[], input: DetectorInput): Finding[] {
  if (input.session.texts === undefined || input.session.texts.person === '' || findings.length === 0)
    return [...findings];
  let tainted: boolean | undefined;
  return findings.map((found) => {
    const name = askable.has(found.detector) ? aboutOf(found, input) : '';
    if (name === '' || !personNamed(input.session, name)) return found;
    tainted ??= taintOf(input) !== null;
    if (tainted) return found;
    const weight = Math.min(found.weight, Math.max(Math.round(found.weight * share), floor(found.weight)));
    return {
      ...found,
      weight,
      severity: severityOf(weight),
      why: `${found.why.replace(/\.$/, '')}; the person named it.`,
      factor: [...(found.factor ?? ['impact']), 'authorization'],
    };
  });
}

/** Name of the resource the finding points at. */
function aboutOf({ evidence }: Finding, { meaning }: DetectorInput): string {
  if (evidence === undefined) return '';
  return (
    meaning.effects.find(
      ({ span, resource }) =>
        resource.name !== '' &&
        span !== undefined &&
        span.field === evidence.field &&
        span.start === evidence.start &&
        span.end === evidence.end,
    )?.resource.name ?? ''
  );
}
