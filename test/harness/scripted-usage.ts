import type http from 'node:http';
import { framed, messageStart, textBlock, toolBlock } from './anthropic-streams.ts';
import { listening } from './gateway-rig.ts';

/** Tokens that the stand-in's answers tell of, in Anthropic's words. */
export const told = {
  input_tokens: 100,
  cache_read_input_tokens: 1000,
  cache_creation_input_tokens: 30,
  cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
  output_tokens: 50,
};

/** A model's provider for the formats whose usage is counted; a prompt that says `Bash: …` gets that call. */
export async function startScriptedUsage(): Promise<{
  readonly url: string;
  readonly requests: { readonly path: string; readonly body: string }[];
  /** Answers wait until this resolves. */
  hold: Promise<void>;
  close(): Promise<void>;
}> {
  const state = { requests: [] as { path: string; body: string }[], hold: Promise.resolve() };
  const server = await listening((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', async () => {
      const body = Buffer.concat(chunks).toString();
      const path = req.url ?? '';
      state.requests.push({ path, body });
      await state.hold;
      answer(res, path, body);
    });
  });
  return Object.assign(state, { url: server.url, close: server.close });
}

function answer(res: http.ServerResponse, path: string, body: string): void {
  if (path.startsWith('/v1/messages')) anthropic(res, body);
  else if (path.includes('/chat/completions')) chat(res, body);
  else if (path.includes('/responses')) responses(res, body);
  else if (/GenerateContent/i.test(path)) gemini(res, body);
  else json(res, { data: [] });
}

const json = (res: http.ServerResponse, value: unknown): void => {
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify(value));
};

function sse(res: http.ServerResponse, bytes: Buffer | string): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.end(bytes);
}

const asksFor = (body: string): string | undefined => /Bash: ([^"\\]+)/.exec(body)?.[1];

function anthropic(res: http.ServerResponse, body: string): void {
  const command = asksFor(body);
  if (!/"stream": ?true/.test(body)) {
    const call = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command } };
    const content = [{ type: 'text', text: 'Yes.' }, ...(command ? [call] : [])];
    const stop_reason = command ? 'tool_use' : 'end_turn';
    json(res, {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content,
      stop_reason,
      usage: told,
    });
    return;
  }
  const { output_tokens, ...before } = told;
  const first = {
    ...messageStart,
    message: { ...(messageStart.message as object), usage: { ...before, output_tokens: 1 } },
  };
  sse(
    res,
    framed([
      first,
      ...textBlock(0, 'Yes.'),
      ...(command ? toolBlock(1, 'toolu_1', 'Bash', { command }) : []),
      {
        type: 'message_delta',
        delta: { stop_reason: command ? 'tool_use' : 'end_turn', stop_sequence: null },
        // Without the details of the cache, as Anthropic sends it.
        usage: { output_tokens, input_tokens: 100, cache_read_input_tokens: 1000, cache_creation_input_tokens: 30 },
      },
      { type: 'message_stop' },
    ]),
  );
}

const chatUsage = {
  prompt_tokens: 1100,
  completion_tokens: 50,
  total_tokens: 1150,
  prompt_tokens_details: { cached_tokens: 1000 },
  completion_tokens_details: { reasoning_tokens: 20 },
};

function chat(res: http.ServerResponse, body: string): void {
  const head = { id: 'c1', created: 1, model: 'm' };
  if (!/"stream": ?true/.test(body)) {
    const message = { role: 'assistant', content: 'Yes.' };
    json(res, {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: chatUsage,
    });
    return;
  }
  const chunk = (delta: object, finish_reason: string | null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason }],
    usage: null,
  });
  const command = asksFor(body);
  const call = {
    index: 0,
    id: 'call_1',
    type: 'function',
    function: { name: 'Bash', arguments: JSON.stringify({ command }) },
  };
  const all = [
    chunk({ role: 'assistant', content: 'Yes.' }, null),
    ...(command ? [chunk({ tool_calls: [call] }, null), chunk({}, 'tool_calls')] : [chunk({}, 'stop')]),
    ...(body.includes('include_usage')
      ? [{ ...head, object: 'chat.completion.chunk', choices: [], usage: chatUsage }]
      : []),
  ];
  sse(res, `${all.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')}data: [DONE]\n\n`);
}

function responses(res: http.ServerResponse, body: string): void {
  const whole = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Yes.', annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 1100,
      input_tokens_details: { cached_tokens: 1000 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 1150,
    },
  };
  if (!/"stream": ?true/.test(body)) {
    json(res, whole);
    return;
  }
  const [item] = whole.output;
  const events = [
    { type: 'response.created', response: { ...whole, status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
  sse(res, events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
}

function gemini(res: http.ServerResponse, body: string): void {
  const command = asksFor(body);
  const piece = (text: string, thoughtsTokenCount: number, candidatesTokenCount: number) => ({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }],
    usageMetadata: {
      promptTokenCount: 1100,
      cachedContentTokenCount: 1000,
      candidatesTokenCount,
      thoughtsTokenCount,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 1040 },
        { modality: 'IMAGE', tokenCount: 60 },
      ],
    },
  });
  const callPiece = (asked: string) => ({
    ...piece('', 20, 30),
    candidates: [
      { index: 0, content: { role: 'model', parts: [{ functionCall: { name: 'Bash', args: { command: asked } } }] } },
    ],
  });
  const pieces: object[] = [piece('Ye', 20, 2), piece('s.', 20, 30)];
  if (command) pieces.push(callPiece(command));
  sse(res, pieces.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(''));
}
