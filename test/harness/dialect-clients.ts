import { AwsEventReader } from '../../src/capture/aws-event-stream.ts';
import { otherJson } from './other-json.ts';

/** A call as a client would run it. */
export interface SeenCall {
  readonly tool: string;
  readonly input: unknown;
}

type Client = (bytes: Buffer) => readonly SeenCall[];
type Json = Readonly<Record<string, unknown>>;

// Clients of each format as they are written in other languages and libraries: one reads JSON like JSON.parse, one takes
// the first of two equal names and folds their case. Each reads the answer's calls in every way one could.

/** Readers of a format, by what sets them apart. */
export function clientsOf(dialect: string): Readonly<Record<string, Client>> {
  const see = sights[dialect];
  if (!see) throw new Error(`nobody reads ${dialect} here`);
  return {
    'the last name wins': (bytes) => see(bytes, lastWins),
    'the first name wins': (bytes) => see(bytes, otherJson),
  };
}

/** JSON.parse with names in lower case only where they are so already. */
function lastWins(text: string): unknown {
  try {
    return lowered(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Names that are in lower case or camel case stay readable under one spelling. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([name]) => exact.has(name) || name === name.toLowerCase());
  return Object.fromEntries(
    known.map(([name, inner]) => [name.toLowerCase(), name === 'args' ? inner : lowered(inner)]),
  );
}

const exact = new Set(
  'functionCall toolUse toolUseId contentBlockIndex finishReason partialArgs willContinue jsonPath stringValue numberValue boolValue nullValue'.split(
    ' ',
  ),
);

/** Data of server-sent events, read line by line as most clients do. */
function dataIn(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split(/(?:\r\n|\n|\r){2}/)
    .flatMap((frame) => {
      const lines = frame.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
      return lines.length === 0 ? [] : [lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')];
    });
}

const objectOf = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.flatMap((each: unknown): Json[] => [objectOf(each) ?? {}]) : [];
const str = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Arguments as a client parses them; what does not parse is not run. */
function parsed(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text === '' ? '{}' : text)];
  } catch {
    return [];
  }
}

type Sight = (bytes: Buffer, json: (text: string) => unknown) => readonly SeenCall[];

const sights: Readonly<Record<string, Sight>> = {
  'openai-responses': (bytes, json) => {
    const seen: SeenCall[] = [];
    const take = (item: Json) => {
      if (item.type === 'function_call')
        for (const input of parsed(str(item.arguments))) seen.push({ tool: nameOf(item), input });
      if (item.type === 'custom_tool_call') seen.push({ tool: nameOf(item), input: { input: str(item.input) } });
    };
    const open = new Map<unknown, { item: Json; text: string }>();
    for (const data of dataIn(bytes)) {
      const event = objectOf(json(data));
      if (!event) continue;
      const item = objectOf(event.item);
      if (event.type === 'response.output_item.added' && item) open.set(event.output_index, { item, text: '' });
      if (event.type === 'response.output_item.done' && item) {
        take(item);
        const begun = open.get(event.output_index);
        if (begun && begun.text !== '') take({ ...begun.item, arguments: begun.text, input: begun.text });
      }
      const at = open.get(event.output_index);
      if (at && /arguments\.delta$|input\.delta$/.test(str(event.type))) at.text += str(event.delta);
      if (event.type === 'response.completed') for (const each of listOf(objectOf(event.response)?.output)) take(each);
    }
    return seen;
  },
  'openai-chat': (bytes, json) => {
    const choices = new Map<unknown, { calls: Map<unknown, { tool: string; text: string }>; over: boolean }>();
    const seen: SeenCall[] = [];
    for (const data of dataIn(bytes)) {
      for (const choice of listOf(objectOf(json(data))?.choices)) {
        const state = choices.get(choice.index) ?? { calls: new Map(), over: false };
        choices.set(choice.index, state);
        const delta = objectOf(choice.delta);
        const old = objectOf(delta?.function_call);
        const pieces = [...listOf(delta?.tool_calls), ...(old ? [{ index: 'old', function: old }] : [])];
        for (const piece of pieces) {
          const call = state.calls.get(piece.index) ?? { tool: '', text: '' };
          const named = objectOf(piece.function);
          call.tool = str(named?.name) || call.tool;
          call.text += str(named?.arguments);
          state.calls.set(piece.index, call);
        }
        if (str(choice.finish_reason) === '' || state.over) continue;
        state.over = true;
        for (const { tool, text } of state.calls.values()) {
          for (const input of parsed(text)) if (tool !== '') seen.push({ tool, input });
        }
      }
    }
    return seen;
  },
  gemini: (bytes, json) => {
    const seen: SeenCall[] = [];
    // A call in pieces ends where it says no more that it goes on, or with the answer.
    let open: { tool: string; input: Record<string, unknown> } | null = null;
    const close = () => {
      if (open) seen.push(open);
      open = null;
    };
    for (const data of dataIn(bytes)) {
      for (const candidate of listOf(objectOf(json(data))?.candidates)) {
        for (const part of listOf(objectOf(candidate.content)?.parts)) {
          const call = objectOf(part.functioncall);
          if (!call) continue;
          const goesOn = call.willcontinue === true;
          if (str(call.name) !== '' && goesOn) open = { tool: str(call.name), input: {} };
          else if (str(call.name) !== '' || !open) seen.push({ tool: str(call.name), input: call.args ?? {} });
          for (const piece of open ? listOf(call.partialargs) : []) placePiece(open?.input ?? {}, piece);
          if (!goesOn && str(call.name) === '') close();
        }
        if (str(candidate.finishreason) !== '') close();
      }
    }
    return seen;
  },
  anthropic: (bytes, json) => blocks(dataIn(bytes).map((data) => objectOf(json(data)) ?? {})),
  'bedrock-messages': (bytes, json) =>
    blocks(
      awsFrames(bytes).map(({ data }) => {
        const inner = str(objectOf(json(data))?.bytes);
        return objectOf(json(Buffer.from(inner, 'base64').toString('utf8'))) ?? {};
      }),
    ),
  'bedrock-converse': (bytes, json) =>
    blocks(
      awsFrames(bytes).map(({ event, data }): Json => {
        const body = objectOf(json(data)) ?? {};
        const use = objectOf(objectOf(body.start)?.tooluse);
        const index = body.contentblockindex;
        if (event === 'contentBlockStart' && use)
          return { type: 'content_block_start', index, content_block: { type: 'tool_use', name: use.name } };
        const delta = objectOf(objectOf(body.delta)?.tooluse);
        if (event === 'contentBlockDelta' && delta)
          return { type: 'content_block_delta', index, delta: { partial_json: delta.input } };
        return event === 'contentBlockStop' ? { type: 'content_block_stop', index } : {};
      }),
    ),
};

/** Puts a piece of a call's input where its path says, as the AI SDK does. */
function placePiece(input: Record<string, unknown>, piece: Json): void {
  const steps = str(piece.jsonpath)
    .replace(/^\$\./, '')
    .split(/[.[\]]+/)
    .filter((step) => step !== '');
  const last = steps.pop() ?? '';
  let at = input;
  for (const [depth, step] of steps.entries()) {
    at[step] ??= /^\d+$/.test(steps[depth + 1] ?? last) ? [] : {};
    at = (objectOf(at[step]) ?? at[step]) as Record<string, unknown>;
    if (typeof at !== 'object' || at === null) return;
  }
  const text = piece.stringvalue;
  if (typeof text === 'string') at[last] = typeof at[last] === 'string' ? `${at[last]}${text}` : text;
  else at[last] = piece.numbervalue ?? piece.boolvalue ?? null;
}

/** A tool of an MCP server is called under its namespace. */
const nameOf = (item: Json): string => [str(item.namespace), str(item.name)].filter((part) => part !== '').join('__');

function awsFrames(bytes: Buffer): readonly { readonly event: string; readonly data: string }[] {
  return new AwsEventReader().push(bytes).map(({ event, data }) => ({ event, data: data ?? '' }));
}

function blocks(events: readonly Json[]): readonly SeenCall[] {
  const open = new Map<unknown, { tool: string; text: string }>();
  const seen: SeenCall[] = [];
  for (const event of events) {
    const block = objectOf(event.content_block);
    if (event.type === 'content_block_start' && block?.type === 'tool_use')
      open.set(event.index, { tool: str(block.name), text: '' });
    const call = open.get(event.index);
    if (event.type === 'content_block_delta' && call) call.text += str(objectOf(event.delta)?.partial_json);
    if (event.type === 'content_block_stop' && call) {
      open.delete(event.index);
      for (const input of parsed(call.text)) seen.push({ tool: call.tool, input });
    }
  }
  return seen;
}
