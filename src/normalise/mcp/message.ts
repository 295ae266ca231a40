import { deepestNesting, holdsMoreThan, mostValues, nestedDeeperThan } from '../../core/nesting.ts';
import { foldedTwice } from '../asked.ts';
import {
  afterBlanks,
  ambiguityOf,
  elementsOf,
  type JsonSpan,
  membersOf,
  parsedJson,
  recordOf,
} from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** One JSON-RPC message. Source: JSON-RPC 2.0 §4, MCP 2025-06-18 "Base protocol". */
export interface McpMessage {
  readonly kind: 'request' | 'notification' | 'response' | 'none';
  /** Its id as it stood in the text; `''` for none. */
  readonly idText: string;
  /** Ids that some readers take for one have the same key; `''` for none. */
  readonly idKey: string;
  readonly method: string;
  readonly params: Json;
  readonly result: Json | null;
  /** The error of a response; null for none. */
  readonly error: Json | null;
  /** Why readers could see different messages here; null for a plain one. */
  readonly problem: string | null;
  /** Where the message stands in the text. */
  readonly span: JsonSpan;
}

export type McpReading =
  | { readonly kind: 'unreadable'; readonly why: string; readonly idText: string }
  | { readonly kind: 'one'; readonly message: McpMessage }
  | { readonly kind: 'batch'; readonly messages: readonly McpMessage[] };

/** Requests that need a verdict, by who sends them. */
export const judgedOfClient: ReadonlySet<string> = new Set(['tools/call', 'resources/read', 'prompts/get']);
export const judgedOfServer: ReadonlySet<string> = new Set(['sampling/createMessage', 'elicitation/create']);

/** Reads a message as it stood on the wire. `plainNames`: no member's name may be written with escapes. */
export function readMessage(text: string, plainNames: boolean): McpReading {
  const parsed = parsedJson(text);
  if (!parsed) return { kind: 'unreadable', why: 'is not readable JSON', idText: idIn(text) };
  const ambiguity = ambiguityOf(text, plainNames);
  const start = afterBlanks(text, 0);
  if (!Array.isArray(parsed.value)) {
    if (!recordOf(parsed.value)) return { kind: 'unreadable', why: 'is no JSON-RPC message', idText: '' };
    const span = { start, end: text.length };
    return { kind: 'one', message: messageOf(text, span, parsed.value, ambiguity) };
  }
  const spans = elementsOf(text, start);
  const values: readonly unknown[] = parsed.value;
  if (spans.length === 0 || spans.length !== values.length)
    return { kind: 'unreadable', why: 'is an empty batch', idText: '' };
  return { kind: 'batch', messages: spans.map((span, at) => messageOf(text, span, values[at], ambiguity)) };
}

/** The id of a message that cannot be parsed, so that whoever waits for it can be told; `''` when it is not plain to see. */
function idIn(text: string): string {
  return /^\s*\{[^{}]{0,200}?"id"\s*:\s*("[^"\\]{1,200}"|-?\d{1,15})\s*[,}]/.exec(text.slice(0, 1000))?.[1] ?? '';
}

const envelope = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'];
const inParams = ['name', 'arguments', 'uri', '_meta', 'task', 'messages', 'message', 'requestedSchema', 'requestId'];

function messageOf(text: string, span: JsonSpan, value: unknown, ambiguity: string | null): McpMessage {
  const record = recordOf(value);
  const idSpan = record && 'id' in record ? membersOf(text, span.start).get('id') : undefined;
  const idText = idSpan ? text.slice(idSpan.start, idSpan.end) : '';
  const { id, method, params, result, error } = record ?? {};
  const withMethod = record !== null && 'method' in record;
  const answers = record !== null && ('result' in record || 'error' in record);
  const message = {
    kind: withMethod
      ? idText === ''
        ? ('notification' as const)
        : ('request' as const)
      : answers
        ? ('response' as const)
        : ('none' as const),
    idText,
    idKey: idKey(id),
    method: typeof method === 'string' ? method : '',
    params: recordOf(params) ?? {},
    result: recordOf(result),
    error: recordOf(error),
    span,
  };
  return { ...message, problem: ambiguity ?? problemOf(record, message, withMethod && answers) };
}

function idKey(id: unknown): string {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
}

function problemOf(record: Json | null, message: Omit<McpMessage, 'problem'>, both: boolean): string | null {
  if (record === null) return 'is no JSON-RPC message';
  const { id, params } = record;
  if (both) return 'is a request and an answer at once';
  if (message.kind === 'none') return 'is neither a request nor an answer';
  const spelling = inOtherCase(record, envelope) ?? inOtherCase(message.params, inParams);
  if (spelling !== null) return spelling;
  const folded = foldedTwice(record) ?? foldedTwice(message.params);
  if (folded !== null) return folded;
  if (record.jsonrpc !== '2.0') return 'is not of JSON-RPC 2.0';
  if ('method' in record && typeof record.method !== 'string') return 'has a method that is no text';
  if ('id' in record && typeof id !== 'string' && !Number.isSafeInteger(id)) {
    // An error about a message that could not be read has no id to name.
    if (!(id === null && message.error !== null)) return 'has an id that is neither text nor a whole number';
  }
  if (params !== undefined && recordOf(params) === null) return 'has params that are no object';
  return methodProblem(message);
}

/** Readers that fold the case of names would see a member here that others do not. */
function inOtherCase(object: Json, names: readonly string[]): string | null {
  const other = Object.keys(object).find((name) => {
    const plain = name.normalize('NFKC').trim().toLowerCase();
    return names.some((known) => known.toLowerCase() === plain && known !== name);
  });
  return other === undefined ? null : `spells ${JSON.stringify(other.slice(0, 40))} in its own way`;
}

/** A method that a lenient reader takes for one that needs a verdict. */
function methodProblem({ kind, method }: Omit<McpMessage, 'problem'>): string | null {
  const judged = [...judgedOfClient, ...judgedOfServer];
  if (judged.includes(method))
    return kind === 'notification' ? 'asks for something and leaves no way to answer (it has no id)' : null;
  const plain = lettersOf(method);
  return judged.some((known) => lettersOf(known) === plain) ? 'has a method that looks like another' : null;
}

const lettersOf = (method: string): string =>
  method
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z]/g, '');

/** An input that every reader can take: of one that is too deep or holds too much, what says what the call does. */
export function readableInput(input: unknown): { readonly input: unknown; readonly problem: string | null } {
  const problem = nestedDeeperThan(input, deepestNesting)
    ? `its input is nested deeper than ${deepestNesting} levels`
    : holdsMoreThan(input, mostValues)
      ? `its input holds more than ${mostValues} values`
      : null;
  if (problem === null) return { input, problem };
  const texts = Object.entries(recordOf(input) ?? {}).filter(([, value]) => typeof value === 'string');
  return { input: { ...Object.fromEntries(texts.slice(0, 1000)), '…': `(left out: ${problem})` }, problem };
}
