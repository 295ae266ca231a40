import type { AnswerListener, AskedCall, SseFrame } from '../../core/dialect.ts';
import { askedWith, spellings } from '../asked.ts';
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
import type { CallPiece, CallPieces } from './gemini.pieces.ts';

type Json = Readonly<Record<string, unknown>>;

/** A part of a call in an answer. `span` is the part's place in the JSON text. */
export interface FoundCall {
  /** The call, where the part holds it whole. */
  readonly call: AskedCall;
  /** What the part is where its call comes in several. */
  readonly piece: CallPiece;
  readonly span: JsonSpan;
}

/** What one response object, or one piece of a streamed answer, holds. Source: Gemini API reference, GenerateContentResponse. */
export interface ReadPiece {
  readonly calls: readonly FoundCall[];
  readonly said: string;
  readonly ran: readonly { readonly tool: string; readonly input: string }[];
  /** A candidate says that it is over. */
  readonly finished: boolean;
}

export type GeminiEvent =
  | { readonly kind: 'silent' } // comments
  | { readonly kind: 'plain' } // nothing in it could be a call; an error too, which leaves behind what waits
  | { readonly kind: 'piece'; readonly piece: ReadPiece }
  | { readonly kind: 'unreadable'; readonly why: string };

/** No call comes without one of these words, whatever the case of its names; an escape could spell them differently. */
const mayMatter = /function_?call|executable_?code|tool_?call|finish_?reason|"error"|\\u/i;
const mayTell = /"text"/;

/** Reads one frame. With `strict`, whatever two readers could see differently is `unreadable`. */
export function eventOf(frame: SseFrame, strict: boolean): GeminiEvent {
  if (frame.odd && strict) return { kind: 'unreadable', why: `an event ${frame.odd}` };
  const { data } = frame;
  if (data === null || data === '') return { kind: 'silent' };
  if (!mayMatter.test(data) && !mayTell.test(data)) return { kind: 'plain' };
  const parsed = parsedJson(data);
  if (!parsed) return { kind: 'unreadable', why: 'an event is not readable JSON' };
  const start = afterBlanks(data, 0);
  const event = recordOf(parsed.value);
  if (!event) return { kind: 'unreadable', why: 'an event is not a JSON object' };
  if (event.error !== undefined) return { kind: 'plain' };
  const piece = readPiece(data, event, start);
  const why = strict ? outsideAmbiguity(data, piece.calls) : null;
  return why ? { kind: 'unreadable', why: `an event ${why}` } : { kind: 'piece', piece };
}

/** Finds a name of the format that is spelt in another case. Google reads names in camel case and with underscores. */
const misspelt = spellings(
  'candidates content parts functionCall function_call executableCode executable_code error'.split(' '),
);

/** What is ambiguous outside the calls; a call that is ambiguous is refused by itself. */
export function outsideAmbiguity(text: string, calls: readonly FoundCall[]): string | null {
  const outside = calls.length === 0 ? text : replaced(text, calls, () => '{}');
  return ambiguityOf(outside, true, misspelt.ofName);
}

/** The JSON text with the parts of calls replaced where `by` gives a text; null leaves one as it is. */
export function replaced(text: string, calls: readonly FoundCall[], by: (index: number) => string | null): string {
  if (calls.length === 0) return text;
  const edits = calls.flatMap(({ span }, index) => {
    const to = by(index);
    return to === null ? [] : [{ ...span, to }];
  });
  return spliced(text, edits);
}

/** A refused call as a part of text; behind other text it begins a paragraph of its own, since clients join them. */
export const refusalPart = (text: string, behindText: boolean): string =>
  JSON.stringify({ text: behindText ? `\n\n${text}` : text });

const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.map((each: unknown) => recordOf(each) ?? {}) : [];

/** The calls, the words and the provider's own runs in the response object that opens at `start`. */
export function readPiece(text: string, event: Json, start: number): ReadPiece {
  const calls: FoundCall[] = [];
  const said: string[] = [];
  const ran: { tool: string; input: string }[] = [];
  const candidates = membersOf(text, start).get('candidates');
  const spans = candidates ? elementsOf(text, candidates.start) : [];
  const list = listOf(event.candidates);
  for (const [index, candidate] of list.entries()) {
    const alone = list.length === 1 && (candidate.index ?? 0) === 0;
    const partSpans = partsIn(text, spans[index]);
    for (const [at, part] of listOf(recordOf(candidate.content)?.parts).entries()) {
      const span = partSpans[at];
      const asked = recordOf(part.functionCall) ?? recordOf(part.function_call);
      const code = recordOf(part.executableCode) ?? recordOf(part.executable_code);
      if (asked && span) calls.push({ span, ...readCall(part, asked, text.slice(span.start, span.end), alone) });
      else if (code) ran.push({ tool: 'code_execution', input: JSON.stringify(code) });
      else if (part.thought !== true && textOf(part.text) !== '') said.push(textOf(part.text));
    }
  }
  return { calls, said: said.join(''), ran, finished: list.some((each) => (each.finishReason ?? '') !== '') };
}

function partsIn(text: string, candidate: JsonSpan | undefined): readonly JsonSpan[] {
  const content = candidate && membersOf(text, candidate.start).get('content');
  const parts = content && membersOf(text, content.start).get('parts');
  return parts ? elementsOf(text, parts.start) : [];
}

const ownNames = new Set('functionCall function_call name args id partialArgs willContinue'.split(' '));
const pieceNames = new Set('jsonPath stringValue numberValue boolValue nullValue willContinue'.split(' '));
const folded = (name: string): string => name.replaceAll('_', '').toLowerCase();
const foldedNames = new Set([...ownNames, ...pieceNames].map(folded));

/** A name of a call that some readers take for one of the format's. */
function oddName(object: Json, own: ReadonlySet<string>): string | null {
  const odd = Object.keys(object).find((name) => !own.has(name) && foldedNames.has(folded(name)));
  return odd === undefined ? null : `it spells ${JSON.stringify(odd)} in its own way`;
}

function readCall(part: Json, asked: Json, json: string, alone: boolean): Pick<FoundCall, 'call' | 'piece'> {
  const { partialArgs: pieces, willContinue } = asked;
  const ambiguity = ambiguityOf(json, true);
  const problem =
    oddName(part, ownNames) ??
    oddName(asked, ownNames) ??
    ('functionCall' in part && 'function_call' in part ? 'it is given twice' : null) ??
    (ambiguity && `it ${ambiguity}`) ??
    (typeof (willContinue ?? false) === 'boolean' ? null : 'it does not say whether it goes on');
  const input = asked.args ?? {};
  const inPieces =
    listOf(pieces)
      .map((each) => oddName(each, pieceNames))
      .find((why) => why !== null) ??
    (Object.keys(recordOf(input) ?? { input }).length === 0 ? null : 'its input is given twice');
  // An id is optional here, and clients make up their own: none is used, so that call and result meet in every case.
  const head = { id: '', idless: true, name: textOf(asked.name), problem };
  return {
    call: askedWith(head, input, recordOf(input) ? null : 'its input is not an object'),
    piece: { name: textOf(asked.name), pieces, goesOn: willContinue === true, alone, problem: problem ?? inPieces },
  };
}

/** A call's part, once it is known which call that is. */
export interface Placed {
  readonly found: FoundCall;
  /** The call that ends with this part; null while it goes on. */
  readonly call: AskedCall | null;
}

/** Puts the parts of a response object into their calls; a text says why nobody can. */
export function placedIn({ calls, finished }: ReadPiece, pieces: CallPieces): readonly Placed[] | string {
  const placed: Placed[] = [];
  for (const found of calls) {
    const joined = pieces.take(found.piece);
    if (joined.kind === 'broken') return joined.why;
    if (joined.kind === 'part') placed.push({ found, call: null });
    else placed.push({ found, call: joined.kind === 'last' ? joined.call : found.call });
  }
  return finished && pieces.isOpen() ? 'it ends inside a tool call' : placed;
}

/** Tells the listener everything but the calls. */
export function tell({ said, ran }: ReadPiece, listener: AnswerListener): void {
  if (said !== '') listener.said(said);
  for (const { tool, input } of ran) listener.ranAtProvider(tool, '', input);
}
