import type { AnswerListener, AskedCall } from '../../core/dialect.ts';
import { askedFromText, askedWith, type CallHead, foldedTwice } from '../asked.ts';
import { ambiguityOf, recordOf, textOf } from '../strict-json.ts';

/** One element of `output`. Source: OpenAI API reference, Responses; recordings of Codex 0.169. */
export type Item = Readonly<Record<string, unknown>>;

/** Calls that the provider runs by itself. */
const atProvider = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
]);

/** A call the client is asked to run. An unknown kind of call counts as one. */
export function isClientCall(item: Item): boolean {
  const type = textOf(item.type);
  if (!type.toLowerCase().endsWith('_call') || atProvider.has(type)) return false;
  // OpenAI runs these itself when it says so.
  if (type === 'tool_search_call') return item.execution !== 'server';
  if (type === 'shell_call') return !textOf(recordOf(item.environment)?.type).startsWith('container');
  return true;
}

const isProviderCall = (item: Item): boolean =>
  textOf(item.type).toLowerCase().endsWith('_call') && !isClientCall(item);

/** Tells of an item that is no call of the client's. */
export function tellOf(item: Item, listener: AnswerListener): void {
  const type = textOf(item.type);
  if (isProviderCall(item)) {
    const { id, type: _type, status: _status, output: _output, result: _result, ...asked } = item;
    listener.ranAtProvider(textOf(item.name) || type.slice(0, -'_call'.length), textOf(id), JSON.stringify(asked));
  } else if (type === 'message') {
    const text = messageText(item.content);
    if (text !== '') listener.said(text);
  }
}

function messageText(content: unknown): string {
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => textOf(recordOf(part)?.text) || textOf(recordOf(part)?.refusal))
    .filter((text) => text !== '')
    .join('\n');
}

/** Input that streamed in pieces; null when none did. */
export type Streamed = string | null;

/**
 * The call in an item. `json` is the item as it stood on the wire, `streamed` what its deltas made up: a client may act
 * on either, so they must agree.
 */
export function askedCall(item: Item, json: string, streamed: Streamed): AskedCall {
  const ambiguity = ambiguityOf(json, true);
  const head: CallHead = {
    id: textOf(item.call_id) || textOf(item.id),
    name: nameOf(item),
    problem: foldedTwice(item) ?? (ambiguity && `it ${ambiguity}`),
  };
  const text = inputText(item);
  if (streamed !== null && streamed !== (text ?? '')) {
    return askedWith(head, text ?? inputOf(item), 'its input is given twice and differs');
  }
  if (item.type === 'function_call') return askedFromText(head, text === '' ? '{}' : (text ?? '{}'));
  return askedWith(head, inputOf(item), null);
}

/** The text that an item's deltas make up; null for a kind without deltas of its input. */
function inputText(item: Item): string | null {
  if (item.type === 'function_call') return textOf(item.arguments);
  return item.type === 'custom_tool_call' ? textOf(item.input) : null;
}

/** A tool of an MCP server stands in its namespace, as in `mcp__notes` and `echo_note`. */
function nameOf(item: Item): string {
  const name = textOf(item.name);
  const namespace = textOf(item.namespace);
  if (name !== '') return namespace === '' ? name : `${namespace}__${name}`;
  return textOf(item.type).slice(0, -'_call'.length);
}

function inputOf(item: Item): Readonly<Record<string, unknown>> {
  if (item.type === 'custom_tool_call') return { input: textOf(item.input) };
  const { id: _id, call_id: _call, type: _type, status: _status, ...rest } = item;
  return recordOf(item.action) ?? recordOf(item.operation) ?? rest;
}

/** A refused call as a message in its place. */
export function refusalItem(index: number, text: string): Item {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return { id: refusalId(index), type: 'message', status: 'completed', role: 'assistant', content };
}

export const refusalId = (index: number): string => `msg_warder_${index}`;
