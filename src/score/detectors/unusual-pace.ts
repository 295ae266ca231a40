import type { Detector, DetectorInput } from '../../core/ports.ts';
import type { Finding, PaceMemory } from '../../core/verdict.ts';
import { finding, heaviest } from '../findings.ts';
import { callMark, changesInMinute, changesSomething, habit, repeats } from '../pace.ts';

const id = 'unusual-pace';

/** Calls before anything can count as new for a session. */
const settled = 12;
/** The same call this often among the last two dozen is a loop. */
const loop = 5;
/** Changes in one minute that no person follows. */
const burst = 20;

function judge(input: DetectorInput): Finding[] {
  const { meaning, session, tool } = input;
  const { pace } = session;
  if (pace === undefined) return [];
  const change = meaning.effects.find(changesSomething);
  const found: Finding[] = [];
  const again = repeats(input);
  if (again >= loop)
    found.push(
      finding(
        id,
        {
          weight: change === undefined ? 12 : 30,
          why: `Does the very same thing for the ${again + 1}th time in a short while: it may be stuck in a loop.`,
          factor: 'novelty',
        },
        change?.span,
      ),
    );
  if (change === undefined) return found;
  const lately = changesInMinute(input);
  if (lately >= burst)
    found.push(
      finding(
        id,
        {
          weight: 25,
          why: `Deletes, sends or grants faster than a person can follow: ${lately} times within a minute.`,
          factor: 'novelty',
        },
        change.span,
      ),
    );
  if (
    pace.calls.length >= settled &&
    !pace.used.includes(habit(change)) &&
    change.zone !== 'repository' &&
    change.zone !== 'temp'
  )
    found.push(
      finding(
        id,
        {
          weight: 10,
          why: `The first time in this session that something is done like this (${change.verb}, ${change.zone}, ${tool.slice(0, 60)}).`,
          factor: 'novelty',
        },
        change.span,
      ),
    );
  return found;
}

const pace = (command: string, times: number): PaceMemory => ({
  calls: Array.from({ length: times }, (_, i) => `${callMark('Bash', { masked: { command } })} c${i + 10}`),
  used: ['Bash', 'read repository', 'execute repository'],
  changes: [],
});

/** Loops, bursts, and ways of acting that a session did not show before. Never more than a nudge. */
export const unusualPace: Detector = {
  id,
  title: 'Unusual pace',
  confidence: 'experimental',
  runbook:
    'An agent that repeats itself is stuck, not evil: stop it and look at the last error it saw. A burst of changes, or a new way of acting late in a session, is a reason to read what came before it.',
  detect: (input) => heaviest(judge(input)),
  weak: true,
  hits: [
    { tool: 'Bash', input: { command: 'npm test' }, session: { pace: pace('npm test', 6) } },
    { tool: 'Bash', input: { command: 'rm -rf dist' }, session: { pace: pace('rm -rf dist', 9) } },
    { tool: 'Bash', input: { command: 'scp a.txt dev@x.example:' }, session: { pace: pace('ls', 14) } },
  ],
  misses: [
    'npm test',
    { tool: 'Bash', input: { command: 'npm test' }, session: { pace: pace('npm run lint', 20) } },
    { tool: 'Bash', input: { command: 'rm -rf dist' }, session: { pace: pace('npm test', 14) } },
  ],
};
