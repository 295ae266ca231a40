import type { AnswerListener, AskedCall } from '../../core/dialect.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { notRepeated } from '../asked.ts';
import {
  afterBlanks,
  ambiguityOf,
  elementsOf,
  type JsonSpan,
  membersOf,
  parsedJson,
  recordOf,
  type Splice,
  spliced,
  textOf,
} from '../strict-json.ts';
import { askedCall, misspelt, piecesOf } from './openai-chat.chunks.ts';
import { choiceWithRefusals, fateOf } from './openai-chat.refusal.ts';

/** One choice of a whole answer with its calls. */
interface Found {
  readonly choice: Readonly<Record<string, unknown>>;
  readonly span: JsonSpan;
  readonly calls: readonly { readonly index: number; readonly call: AskedCall }[];
}

/** Reads a copy of a whole answer. */
export function watchMessage(body: string, listener: AnswerListener): void {
  const parsed = parsedJson(body);
  if (!parsed) listener.unreadable('the answer is not readable JSON', body.slice(0, 65_536));
  else
    for (const { calls } of choicesIn(body, parsed.value, listener))
      for (const { call } of calls) void listener.asked(call);
}

/** The whole answer with refused calls replaced by text; choices without one keep their bytes. Fails when two readers could see different answers. */
export async function holdMessage(body: string, listener: AnswerListener): Promise<Result<string>> {
  const parsed = parsedJson(body);
  if (!parsed) return fail('unreadable-answer', 'it is not readable JSON');
  const ambiguity = ambiguityOf(body, true, misspelt.ofName);
  if (ambiguity) return fail('unreadable-answer', `it ${ambiguity}`);
  const edits: Splice[] = [];
  for (const { choice, span, calls } of choicesIn(body, parsed.value, listener)) {
    const refused = new Map<number, string>();
    await Promise.all(
      calls.map(async ({ index, call }) => {
        const answer = await listener.asked(call);
        if (!answer.release) refused.set(index, answer.text);
      }),
    );
    if (refused.size === 0) continue;
    const fate = fateOf(
      refused,
      calls.map(({ index }) => index),
    );
    edits.push({ ...span, to: JSON.stringify(choiceWithRefusals(choice, fate)) });
  }
  return ok(spliced(body, edits));
}

function choicesIn(body: string, value: unknown, listener: AnswerListener): readonly Found[] {
  const list = recordOf(value)?.choices;
  const place = membersOf(body, afterBlanks(body, 0)).get('choices');
  if (!Array.isArray(list) || !place) return [];
  const spans = elementsOf(body, place.start);
  const ids = new Set<string>();
  return list.flatMap((each: unknown, at): Found[] => {
    const choice = recordOf(each);
    const message = recordOf(choice?.message);
    const span = spans[at];
    if (!choice || !message || !span) return [];
    if (textOf(message.content) !== '') listener.said(textOf(message.content));
    const calls = piecesOf(message).map((piece) => ({
      index: piece.index,
      call: notRepeated(askedCall(piece), ids),
    }));
    return [{ choice, span, calls }];
  });
}
