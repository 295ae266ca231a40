import type { BriefCall } from '../core/console.ts';
import type { Action } from '../core/event.ts';
import type { CallRecord } from '../core/verdict.ts';

const longestText = 400;
const longestExcerpt = 160;

const cut = (text: string, longest: number): string => {
  if (text.length <= longest) return text;
  // A surrogate pair cut in two would not be valid JSON text for every reader.
  const end = text.charCodeAt(longest - 1) >= 0xd800 && text.charCodeAt(longest - 1) <= 0xdbff ? longest - 1 : longest;
  return `${text.slice(0, end)}…`;
};

/** A call as lists show it: without its input, strings of the action cut at 400 UTF-16 units, excerpts at 160. */
export function brief(call: CallRecord): BriefCall {
  const { input: _input, ...rest } = call;
  return {
    ...rest,
    action: briefAction(call.action),
    phases: call.phases.map((phase) =>
      phase.outcome
        ? { ...phase, outcome: { ...phase.outcome, excerpt: cut(phase.outcome.excerpt, longestExcerpt) } }
        : phase,
    ),
  };
}

function briefAction(action: Action): Action {
  const short: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(action))
    short[name] = typeof value === 'string' ? cut(value, longestText) : value;
  // Same members, strings only shorter: still the action it was.
  return short as Action;
}
