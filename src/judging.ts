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
import { maskText } from './understand/secrets.ts';
import { createUnderstand } from './understand/understand.ts';

/** Understanding, scoring and remembering put together: the server, `scan`, `judge` and `explain` all judge through this. */
export interface Judging extends Remembering {
  understand(call: ToolCall, place: Place): Meaning;
  score(input: DetectorInput): Score;
  /** Takes out what the configuration suppresses; it stays in sight. */
  settle(score: Score, call: SuppressedCall, at: string): Score;
  mask(text: string): { readonly text: string; readonly hits: readonly SecretHit[] };
}

/** What a home adds to or takes from the shipped rules. */
export type OwnRules = Pick<HomeRules, 'detectors' | 'suppressions'>;

/** Only what is shipped: the same everywhere. */
const shippedRules: OwnRules = { detectors: shipped, suppressions: [] };

/** `rules`: of a home; absent: the shipped ones, and nothing suppressed. `describe`: what servers say of their tools. */
export function openJudging(rules: OwnRules = shippedRules, describe?: ToolKnowledge['describe']): Judging {
  return {
    ...remembering,
    understand: createUnderstand(families, { ...(describe === undefined ? {} : { describe }) }),
    score: createScore(rules.detectors),
    settle: (score, call, at) => applySuppressions(score, rules.suppressions, call, at).score,
    mask: maskText,
  };
}
