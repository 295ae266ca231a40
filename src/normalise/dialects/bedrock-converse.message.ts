import type { AnswerListener, AskedCall } from '../../core/dialect.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { foldedTwice, notRepeated } from '../asked.ts';
import {
  afterBlanks,
  ambiguityOf,
  elementsOf,
  type JsonSpan,
  membersOf,
  parsedJson,
  recordOf,
  spliced,
  textOf,
} from '../strict-json.ts';
import { askedCall } from './bedrock-converse.stream.ts';

interface Found {
  readonly span: JsonSpan;
  readonly call: AskedCall;
}

/** Reads a copy of a whole answer. */
export function watchMessage(body: string, listener: AnswerListener): void {
  const parsed = parsedJson(body);
  if (!parsed) listener.unreadable('the answer is not readable JSON', body.slice(0, 65_536));
  else for (const { call } of callsIn(body, parsed.value, listener)) void listener.asked(call);
}

/** The whole answer with refused calls replaced by text; every other byte stays. Fails when two readers could see different answers. */
export async function holdMessage(body: string, listener: AnswerListener): Promise<Result<string>> {
  const parsed = parsedJson(body);
  if (!parsed) return fail('unreadable-answer', 'it is not readable JSON');
  const ambiguity = foldedTwice(recordOf(parsed.value)) ?? ambiguityOf(body, true);
  if (ambiguity) return fail('unreadable-answer', `it ${ambiguity}`);
  const found = callsIn(body, parsed.value, listener);
  const answers = await Promise.all(found.map(({ call }) => listener.asked(call)));
  const refused = found.flatMap(({ span }, index) => {
    const answer = answers[index];
    return answer && !answer.release ? [{ ...span, to: JSON.stringify({ text: answer.text }) }] : [];
  });
  const edited = spliced(body, refused);
  const noCallLeft = found.length > 0 && !answers.some((answer) => answer.release);
  return ok(noCallLeft ? endTurn(edited) : edited);
}

function endTurn(body: string): string {
  const reason = membersOf(body, afterBlanks(body, 0)).get('stopReason');
  if (!reason || body.slice(reason.start, reason.end) !== '"tool_use"') return body;
  return `${body.slice(0, reason.start)}"end_turn"${body.slice(reason.end)}`;
}

function callsIn(body: string, value: unknown, listener: AnswerListener): readonly Found[] {
  const content = recordOf(recordOf(recordOf(value)?.output)?.message)?.content;
  const span = memberAt(body, ['output', 'message', 'content']);
  if (!Array.isArray(content) || !span) return [];
  const spans = elementsOf(body, span.start);
  const ids = new Set<string>();
  return content.flatMap((item: unknown, index): Found[] => {
    const block = recordOf(item);
    const place = spans[index];
    const use = recordOf(block?.toolUse);
    if (typeof block?.text === 'string' && block.text !== '') listener.said(block.text);
    if (!block || !use || !place) return [];
    const head = { id: textOf(use.toolUseId), name: textOf(use.name), input: use.input, problem: foldedTwice(use) };
    return [{ span: place, call: notRepeated(askedCall(head, ''), ids) }];
  });
}

function memberAt(body: string, path: readonly string[]): JsonSpan | undefined {
  let span: JsonSpan | undefined = { start: afterBlanks(body, 0), end: body.length };
  for (const name of path) span = span && membersOf(body, span.start).get(name);
  return span;
}
