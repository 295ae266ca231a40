import type { AnswerListener, AskedCall, CallAnswer } from '../../core/dialect.ts';
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
import { askedCall, isClientCall, isProviderCall } from './events.ts';
import { endTurn, refusalBlock } from './refusal.ts';

interface FoundCall {
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
  const found = callsIn(body, parsed.value, listener);
  const ambiguity = foldedTwice(recordOf(parsed.value)) ?? outsideAmbiguity(body, found);
  if (ambiguity) return fail('unreadable-answer', `it ${ambiguity}`);
  const answers = await Promise.all(found.map(({ call }) => listener.asked(call)));
  if (answers.every((answer) => answer.release)) return ok(body);
  const noCallLeft = !answers.some((answer) => answer.release);
  const edited = withRefusals(body, found, answers);
  return ok(noCallLeft ? endTurn(edited, afterBlanks(edited, 0)) : edited);
}

/** What is ambiguous outside the calls; a call that is ambiguous is refused by itself. */
function outsideAmbiguity(body: string, found: readonly FoundCall[]): string | null {
  const whole = ambiguityOf(body, true);
  return whole === null
    ? null
    : ambiguityOf(
        spliced(
          body,
          found.map(({ span }) => ({ ...span, to: '{}' })),
        ),
        true,
      );
}

function withRefusals(body: string, found: readonly FoundCall[], answers: readonly CallAnswer[]): string {
  const refused = found.flatMap(({ span }, index) => {
    const answer = answers[index];
    return answer && !answer.release ? [{ ...span, to: refusalBlock(answer.text) }] : [];
  });
  return spliced(body, refused);
}

/** The client's calls of a message with their places; tells the listener of everything else worth a note. */
function callsIn(body: string, value: unknown, listener: AnswerListener): readonly FoundCall[] {
  const content = recordOf(value)?.content;
  if (!Array.isArray(content)) return [];
  const place = membersOf(body, afterBlanks(body, 0)).get('content');
  const spans = place ? elementsOf(body, place.start) : [];
  const ids = new Set<string>();
  return content.flatMap((item: unknown, index): FoundCall[] => {
    const block = recordOf(item);
    const span = spans[index];
    if (!block || !span) return [];
    const type = textOf(block.type);
    if (isClientCall(type)) return [{ span, call: notRepeated(callOf(body, block, span), ids) }];
    if (isProviderCall(type))
      listener.ranAtProvider(textOf(block.name), textOf(block.id), JSON.stringify(block.input ?? {}));
    if (type === 'text' && textOf(block.text) !== '') listener.said(textOf(block.text));
    return [];
  });
}

function callOf(body: string, block: Readonly<Record<string, unknown>>, span: JsonSpan): AskedCall {
  const ambiguity = ambiguityOf(body.slice(span.start, span.end), true);
  const problem = foldedTwice(block) ?? (ambiguity && `it ${ambiguity}`);
  return askedCall({ id: textOf(block.id), name: textOf(block.name), input: block.input, problem }, '');
}
