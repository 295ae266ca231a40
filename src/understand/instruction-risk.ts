import type { RiskFlag } from '../core/inventory.ts';
import { commentsToAgents, hiddenText } from './hidden-text.ts';

/** What is odd about a file of instructions: what a person who reads it does not see, and an agent does. */
export function instructionRisk(text: string, file: string): RiskFlag[] {
  const flags: RiskFlag[] = [];
  const [hidden] = hiddenText(text);
  const line = (start: number) => `${file}:${text.slice(0, start).split('\n').length}`;
  if (hidden !== undefined)
    flags.push({
      risk: 'hidden-unicode',
      weight: 75,
      what: `Instructions hold text that nobody sees (${hidden.what}).`,
      mend: 'Take it out and find out who wrote it; look at what the agent did since.',
      where: line(hidden.start),
    });
  const [comment] = commentsToAgents(text);
  if (comment !== undefined)
    flags.push({
      risk: 'injection-markers',
      weight: 65,
      what: 'Instructions hold a comment that gives the agent orders.',
      mend: 'Read the comment; take it out where it is not yours.',
      where: line(comment.start),
    });
  return flags;
}
