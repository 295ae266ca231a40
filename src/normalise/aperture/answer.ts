import type { AnswerListener, Dialect, SseFrame } from '../../core/dialect.ts';
import { anthropic } from '../dialects/anthropic.ts';
import { afterBlanks, elementsOf, parsedJson, recordOf, textOf } from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads an answer as Aperture gives it: `whole` is the JSON of the body, `pieces` the JSON of the streamed events, or of
 * one whole answer. `''`: it was not sent. False when neither was.
 */
export async function readAnswer(
  dialect: Dialect,
  { whole, pieces }: { readonly whole: string; readonly pieces: string },
  listener: AnswerListener,
): Promise<boolean> {
  if (whole !== '' && whole !== 'null') {
    dialect.watchMessage(whole, listener);
    return true;
  }
  if (pieces === '' || pieces === 'null') return false;
  const start = afterBlanks(pieces, 0);
  if (pieces[start] !== '[') {
    dialect.watchMessage(pieces, listener);
    return true;
  }
  const texts = elementsOf(pieces, start).map((span) => pieces.slice(span.start, span.end));
  const [only, ...more] = texts;
  if (only === undefined) return false;
  if (more.length === 0 && isWhole(only)) dialect.watchMessage(only, listener);
  else await readStream(dialect, texts, listener);
  return true;
}

/** True for an answer that did not stream. */
function isWhole(text: string): boolean {
  const answer = recordOf(parsedJson(text)?.value);
  return (
    answer !== null &&
    (answer.type === 'message' ||
      answer.object === 'response' ||
      answer.object === 'chat.completion' ||
      recordOf(answer.output)?.message !== undefined)
  );
}

async function readStream(dialect: Dialect, texts: readonly string[], listener: AnswerListener): Promise<void> {
  const frames = texts.map((text) => frameOf(dialect, text));
  // Bedrock wraps Anthropic's events; once parsed they come with or without the wrapping.
  const bare = dialect.id === 'bedrock-messages' && frames.every(({ event }) => event !== 'chunk');
  const reader = (bare ? anthropic : dialect).watch(listener);
  for (const frame of frames) reader.frame(frame);
  await reader.end();
}

/** An event that was parsed already, as it stood on the wire; a text is what was not parsed, such as `[DONE]`. */
function frameOf(dialect: Dialect, text: string): SseFrame {
  const value = parsedJson(text)?.value;
  const data = typeof value === 'string' ? value : text;
  const event = recordOf(value) ?? {};
  if (dialect.id === 'bedrock-converse') return converseFrame(event, data);
  if (dialect.id === 'bedrock-messages' && typeof event.bytes === 'string') return framed('chunk', data);
  const inner = recordOf(event.chunk);
  if (dialect.id === 'bedrock-messages' && inner) return framed('chunk', JSON.stringify(inner));
  return framed(textOf(event.type), data);
}

const framed = (event: string, data: string): SseFrame => ({ raw: new TextEncoder().encode(data), event, data });

const converseEvents = [
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
];

/** AWS's own libraries name an event by its only member; its payload alone tells by what it holds. */
function converseFrame(event: Json, data: string): SseFrame {
  const named = converseEvents.find((name) => recordOf(event[name]));
  if (named) return framed(named, JSON.stringify(event[named]));
  if ('start' in event) return framed('contentBlockStart', data);
  if ('delta' in event) return framed('contentBlockDelta', data);
  if ('contentBlockIndex' in event) return framed('contentBlockStop', data);
  if ('stopReason' in event) return framed('messageStop', data);
  return framed('role' in event ? 'messageStart' : 'metadata', data);
}
