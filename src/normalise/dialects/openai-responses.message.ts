import type { AnswerListener, AskedCall, OwedResult } from '../../core/dialect.ts';
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
  spliced,
  textOf,
} from '../strict-json.ts';
import { misspelt, withoutEchoes } from './openai-responses.events.ts';
import { askedCall, type Item, isClientCall, tellOf } from './openai-responses.items.ts';
import { withRefusals } from './openai-responses.refusal.ts';
import { owedFor, placeOf } from './openai-responses.results.ts';

/** A call with its place in `output`. */
interface Found {
  readonly index: number;
  readonly item: Item;
  readonly call: AskedCall;
  readonly span: JsonSpan;
}

/** Reads a copy of a whole answer. */
export function watchMessage(body: string, listener: AnswerListener): void {
  const parsed = parsedJson(body);
  if (!parsed) {
    listener.unreadable('the answer is not readable JSON', body.slice(0, 65_536));
    return;
  }
  for (const { call } of callsIn(body, parsed.value, listener).found) void listener.asked(call);
  listener.kept?.(placeOf(parsed.value), [], hasEnded(parsed.value));
}

/** The whole answer with refused calls replaced by messages; every other byte stays. Fails when two readers could see different answers. */
export async function holdMessage(body: string, listener: AnswerListener): Promise<Result<string>> {
  const parsed = parsedJson(body);
  if (!parsed) return fail('unreadable-answer', 'it is not readable JSON');
  const { found, output } = callsIn(body, parsed.value, listener);
  const start = afterBlanks(body, 0);
  const ambiguity =
    misspelt.inText(withoutEchoes(body, start)) ?? ambiguityOf(withoutEchoes(withoutCalls(body, found), start), true);
  if (ambiguity) return fail('unreadable-answer', `it ${ambiguity}`);
  const refused = new Map<number, string>();
  const owed: OwedResult[] = [];
  await Promise.all(
    found.map(async ({ index, call, item }) => {
      const answer = await listener.asked(call);
      if (answer.release) return;
      refused.set(index, answer.text);
      owed.push(...owedFor(item, answer.text));
    }),
  );
  listener.kept?.(placeOf(parsed.value), owed, hasEnded(parsed.value));
  return ok(output ? withRefusals(body, output, refused) : body);
}

const hasEnded = (value: unknown): boolean => /^(?:completed|incomplete)$/.test(textOf(recordOf(value)?.status));

/** A call that is ambiguous is refused by itself. */
const withoutCalls = (body: string, found: readonly Found[]): string =>
  spliced(
    body,
    found.map(({ span }) => ({ ...span, to: '{}' })),
  );

function callsIn(
  body: string,
  value: unknown,
  listener: AnswerListener,
): { readonly found: readonly Found[]; readonly output: JsonSpan | null } {
  const list = recordOf(value)?.output;
  const output = membersOf(body, afterBlanks(body, 0)).get('output') ?? null;
  if (!Array.isArray(list) || !output) return { found: [], output: null };
  const spans = elementsOf(body, output.start);
  const ids = new Set<string>();
  const found = list.flatMap((each: unknown, index): Found[] => {
    const item = recordOf(each);
    const span = spans[index];
    if (!item || !span) return [];
    if (isClientCall(item))
      return [{ index, item, span, call: notRepeated(askedCall(item, body.slice(span.start, span.end), null), ids) }];
    tellOf(item, listener);
    return [];
  });
  return { found, output };
}
