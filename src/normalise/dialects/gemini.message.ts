import type { AnswerListener, AskedCall } from '../../core/dialect.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { afterBlanks, elementsOf, parsedJson, recordOf } from '../strict-json.ts';
import { outsideAmbiguity, placedIn, type ReadPiece, readPiece, refusalPart, replaced, tell } from './gemini.parts.ts';
import { callPieces } from './gemini.pieces.ts';

/** Reads a copy of a whole answer. */
export function watchMessage(body: string, listener: AnswerListener): void {
  const read = piecesIn(body);
  if (!read) listener.unreadable('the answer is not readable JSON', body.slice(0, 65_536));
  const pieces = callPieces();
  for (const each of read ?? []) {
    tell(each, listener);
    const placed = placedIn(each, pieces);
    if (typeof placed === 'string') listener.unreadable(placed, body.slice(0, 65_536));
    else for (const { call } of placed) if (call) void listener.asked(call);
  }
  tellCut(pieces.cut(), listener);
}

/** A call whose end never came. */
export function tellCut(call: AskedCall | null, listener: AnswerListener): void {
  if (call) listener.cutOff({ ...call, problem: 'the answer ended inside it' });
}

/** The whole answer with refused calls replaced by text; every other byte stays. Fails when two readers could see different answers. */
export async function holdMessage(body: string, listener: AnswerListener): Promise<Result<string>> {
  const read = piecesIn(body);
  if (!read) return fail('unreadable-answer', 'it is not readable JSON');
  const parts = read.flatMap((piece) => piece.calls);
  const ambiguity = outsideAmbiguity(body, parts);
  if (ambiguity) return fail('unreadable-answer', `it ${ambiguity}`);
  const asked = callsOf(read);
  if (typeof asked === 'string') return fail('unreadable-answer', asked);
  for (const piece of read) tell(piece, listener);
  const answers = await Promise.all(asked.calls.map((call) => listener.asked(call)));
  let spoke = read.some(({ said }) => said !== '');
  const told = new Set<number>();
  const put = (index: number) => {
    const call = asked.callOf[index] ?? -1;
    const answer = answers[call];
    if (!answer || answer.release) return null;
    // The parts of a call behind its first one become empty texts, as the provider itself sends them.
    const part = told.has(call) ? refusalPart('', false) : refusalPart(answer.text, spoke);
    told.add(call);
    spoke = true;
    return part;
  };
  return ok(replaced(body, parts, put));
}

/** The calls, and for each part the number of its call; a text says why nobody can tell. */
function callsOf(
  read: readonly ReadPiece[],
): { readonly calls: readonly AskedCall[]; readonly callOf: readonly number[] } | string {
  const pieces = callPieces();
  const calls: AskedCall[] = [];
  const callOf: number[] = [];
  for (const each of read) {
    const placed = placedIn(each, pieces);
    if (typeof placed === 'string') return placed;
    for (const { call } of placed) {
      callOf.push(calls.length);
      if (call) calls.push(call);
    }
  }
  return pieces.isOpen() ? 'it ends inside a tool call' : { calls, callOf };
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
