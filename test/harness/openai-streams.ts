/** Made answers of OpenAI's formats, for what was never recorded: parallel calls, two choices, text before a call. */

type Item = Readonly<Record<string, unknown>>;

interface ResponsesEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

export const functionCall = (id: string, name: string, input: unknown): Item => ({
  type: 'function_call',
  id: `fc_${id}`,
  call_id: id,
  name,
  arguments: JSON.stringify(input),
  status: 'completed',
});
export const customCall = (id: string, name: string, input: string): Item => ({
  type: 'custom_tool_call',
  id: `ctc_${id}`,
  call_id: id,
  name,
  input,
  status: 'completed',
});
export const message = (id: string, text: string): Item => ({
  type: 'message',
  id,
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});
export const reasoning = (id: string): Item => ({ type: 'reasoning', id, summary: [], encrypted_content: 'gAAAA' });

export const response = (output: readonly Item[], status = 'completed') => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_795_345_025,
  model: 'gpt-5.5',
  status,
  output,
  parallel_tool_calls: true,
  usage: {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 19,
  },
});

/** The items as OpenAI streams them: each opened, its parts, closed, and the whole list at the end. */
export function responsesEvents(items: readonly Item[]): readonly ResponsesEvent[] {
  const opening = { ...response([], 'in_progress'), usage: null };
  const events: ResponsesEvent[] = [
    { type: 'response.created', response: opening },
    { type: 'response.in_progress', response: opening },
    ...items.flatMap(itemEvents),
    { type: 'response.completed', response: response(items) },
  ];
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

function itemEvents(item: Item, output_index: number): readonly ResponsesEvent[] {
  const place = { item_id: item.id, output_index };
  const done = { type: 'response.output_item.done', output_index, item };
  const added = (opening: Item) => ({ type: 'response.output_item.added', output_index, item: opening });
  if (item.type === 'function_call') {
    return [
      added({ ...item, arguments: '', status: 'in_progress' }),
      ...pieces(item.arguments).map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
      { type: 'response.function_call_arguments.done', ...place, arguments: item.arguments },
      done,
    ];
  }
  if (item.type === 'custom_tool_call') {
    return [
      added({ ...item, input: '', status: 'in_progress' }),
      ...pieces(item.input).map((delta) => ({ type: 'response.custom_tool_call_input.delta', ...place, delta })),
      { type: 'response.custom_tool_call_input.done', ...place, input: item.input },
      done,
    ];
  }
  if (item.type !== 'message') return [added(item), done];
  const [part] = Array.isArray(item.content) ? item.content : [];
  const text = String(part?.text ?? '');
  const inPart = { ...place, content_index: 0 };
  return [
    added({ ...item, content: [], status: 'in_progress' }),
    { type: 'response.content_part.added', ...inPart, part: { ...part, text: '' } },
    ...pieces(text).map((delta) => ({ type: 'response.output_text.delta', ...inPart, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...inPart, text, logprobs: [] },
    { type: 'response.content_part.done', ...inPart, part },
    done,
  ];
}

const pieces = (text: unknown): readonly string[] => String(text).match(/.{1,5}/gsu) ?? [];

/** Events as OpenAI frames them. */
export const namedFrames = (events: readonly ResponsesEvent[]): Buffer =>
  Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));

/** Chunks of Chat Completions, ended as OpenAI ends them. */
export const chatFrames = (chunks: readonly object[]): Buffer =>
  Buffer.from([...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`).join(''));

export const chunk = (choices: readonly object[], rest: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_795_346_058,
  model: 'm',
  choices,
  ...rest,
});
export const choice = (index: number, delta: object, finish_reason: string | null = null) => ({
  index,
  delta,
  finish_reason,
});

/** A call in pieces: its head, then its arguments in bits. */
export function chatCall(at: number, id: string, name: string, input: unknown, choiceIndex = 0): readonly object[] {
  const head = { index: at, id, type: 'function', function: { name, arguments: '' } };
  const rest = pieces(JSON.stringify(input)).map((text) => ({ index: at, function: { arguments: text } }));
  return [head, ...rest].map((call) => chunk([choice(choiceIndex, { tool_calls: [call] })]));
}

export const usageChunk = chunk([], { usage: { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 } });
