import type { AnswerListener } from '../../core/dialect.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { afterBlanks, elementsOf, parsedJson, recordOf } from '../strict-json.ts';
import { outsideAmbiguity, type ReadPiece, readPiece, refusalPart, replaced, tell } from './gemini.parts.ts';

/** Reads a copy of a whole answer. */
export function watchMessage(body: string, listener: AnswerListener): void {
  const pieces = piecesIn(body);
  if (!pieces) listener.unreadable('the answer is not readable JSON', body.slice(0, 65_536));
  for (const piece of pieces ?? []) {
    tell(piece, listener);
    for (const { call } of piece.calls) void listener.asked(call);
  }
}

/** The whole answer with refused calls replaced by text; every other byte stays. Fails when two readers could see different answers. */
export async function holdMessage(body: string, listener: AnswerListener): Promise<Result<string>> {
  const pieces = piecesIn(body);
  if (!pieces) return fail('unreadable-answer', 'it is not readable JSON');
  const calls = pieces.flatMap((piece) => piece.calls);
  const ambiguity = outsideAmbiguity(body, calls);
  if (ambiguity) return fail('unreadable-answer', `it ${ambiguity}`);
  for (const piece of pieces) tell(piece, listener);
  const answers = await Promise.all(calls.map(({ call }) => listener.asked(call)));
  let spoke = pieces.some(({ said }) => said !== '');
  const put = (index: number) => {
    const answer = answers[index];
    if (!answer || answer.release) return null;
    const part = refusalPart(answer.text, spoke);
    spoke = true;
    return part;
  };
  return ok(replaced(body, calls, put));
}

/** One response object, or the list of them that a stream without `alt=sse` gives; null for anything else. */
function piecesIn(body: string): readonly ReadPiece[] | null {
  const parsed = parsedJson(body);
  if (!parsed) return null;
  const start = afterBlanks(body, 0);
  const whole = recordOf(parsed.value);
  if (whole) return [readPiece(body, whole, start)];
  if (!Array.isArray(parsed.value)) return null;
  const spans = elementsOf(body, start);
  return parsed.value.flatMap((each: unknown, index): ReadPiece[] => {
    const event = recordOf(each);
    const span = spans[index];
    return event && span ? [readPiece(body, event, span.start)] : [];
  });
}
