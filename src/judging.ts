import type { Meaning, SecretHit } from './core/effect.ts';
import type { Place, ToolCall } from './core/event.ts';
import type { DetectorInput } from './core/ports.ts';
import type { Score } from './core/verdict.ts';
import type { HomeRules } from './home-rules.ts';
import { type Remembering, remembering } from './pipeline/memory.ts';
import { families, detectors as shipped } from './plugs.ts';
import { createScore } from './score/score.ts';
import { applySuppressions, type SuppressedCall } from './score/suppress.ts';
import type { ToolKnowledge } from './understand/mcp.ts';
import { type SecretScanner, shippedSecrets } from './understand/secrets.ts';
import { createUnderstand } from './understand/understand.ts';

/** Understanding, scoring and remembering put together: the server, `scan`, `judge` and `explain` all judge through this. */
export interface Judging extends Remembering {
  understand(call: ToolCall, place: Place): Meaning;
  score(input: DetectorInput): Score;
  /** Takes out what the configuration suppresses; it stays in sight. */
  settle(score: Score, call: SuppressedCall, at: string): Score;
  mask(text: string): { readonly text: string; readonly hits: readonly SecretHit[] };
  readonly findSecrets: SecretScanner['findSecrets'];
}

/** What a home adds to or takes from the shipped rules. */
export type OwnRules = Partial<Omit<HomeRules, 'digest'>>;

/** `rules`: of a home; what is absent: the shipped ones, and nothing suppressed. `describe`: what servers say of their tools. */
export function openJudging(rules: OwnRules = {}, describe?: ToolKnowledge['describe']): Judging {
  const secrets = rules.secrets ?? shippedSecrets;
  const knowledge = { overrides: rules.tools ?? [], ...(describe === undefined ? {} : { describe }) };
  return {
    ...remembering,
    understand: createUnderstand(families, knowledge, secrets.maskDeep),
    score: createScore(rules.detectors ?? shipped),
    settle: (score, call, at) => applySuppressions(score, rules.suppressions ?? [], call, at).score,
    mask: secrets.maskText,
    findSecrets: secrets.findSecrets,
  };
}
