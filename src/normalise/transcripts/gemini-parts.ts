import type { TranscriptItem } from '../../core/transcript.ts';
import { exitIn, heldUnits, inside, type Json, records, resultText, text } from './record.ts';

/** The text a person wrote in a message of parts; answers of tools and what the client put in are none of it. */
export function saidIn(parts: unknown): string {
  if (typeof parts === 'string') return ofPerson(parts);
  return records(parts)
    .map((part) => ofPerson(text(part.text)))
    .filter((said) => said !== '')
    .join('\n')
    .slice(0, heldUnits);
}

const ofPerson = (said: string): string => (/^\s*<(?:session_context|system-reminder)>/.test(said) ? '' : said);

/** What a tool gave back, out of `functionResponse` or the list that holds one. */
export function answerOf(response: unknown): string {
  const answer = inside(inside(response).response);
  return resultText(answer.output ?? answer.error ?? (Object.keys(answer).length === 0 ? '' : answer));
}

/** Exit status that Gemini CLI and its descendants write below a command's output. */
export const exitOf = (said: string): number | null => exitIn(said, /^Exit Code: (-?\d+)$/m);

/** A call in a part, in Gemini's form. */
export function calledIn(part: Json): TranscriptItem[] {
  const call = inside(part.functionCall);
  const tool = text(call.name);
  return tool === '' ? [] : [{ kind: 'call', toolUseId: text(call.id), tool, input: call.args ?? {} }];
}
