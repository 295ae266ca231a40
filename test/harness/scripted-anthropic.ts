import http from 'node:http';

/** A tool call the scripted model asks for. */
export interface ScriptedCall {
  readonly name: string;
  readonly input: unknown;
}

/** One answer of the scripted model: text first, then its calls, in parallel when there are several. */
export interface ScriptedStep {
  readonly text?: string;
  readonly calls?: readonly ScriptedCall[];
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: unknown;
}

export interface ScriptedAnthropic {
  readonly url: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

interface Message {
  readonly role?: unknown;
  readonly content?: unknown;
}
interface MessagesBody {
  readonly model?: unknown;
  readonly stream?: unknown;
  readonly messages?: readonly Message[];
  readonly tools?: readonly unknown[];
}

type Block = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: unknown };

const usage = { input_tokens: 12, output_tokens: 7, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

/**
 * A stand-in for the Anthropic Messages API on 127.0.0.1. A conversation names its script in the prompt
 * (`[script:NAME]`); its next step is the number of answers it already holds, so a replaced call does not stall it.
 * Requests without tools (titles, summaries) get a short text.
 */
export async function startScriptedAnthropic(
  scripts: Readonly<Record<string, readonly ScriptedStep[]>>,
): Promise<ScriptedAnthropic> {
  const requests: RecordedRequest[] = [];
  let answers = 0;
  const server = http.createServer((req, res) => {
    readBody(req)
      .then((text) => {
        const path = (req.url ?? '').replace(/\?.*$/, '');
        const body = parse(text);
        requests.push({ method: req.method ?? '', path, headers: req.headers, body });
        if (req.method !== 'POST' || path !== '/v1/messages')
          return sendJson(res, path.endsWith('/count_tokens') ? { input_tokens: 12 } : {});
        answers += 1;
        answer(res, body, blocksFor(scripts, body, answers), answers);
      })
      .catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(req: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): MessagesBody {
  const value: unknown = text === '' ? {} : JSON.parse(text);
  return typeof value === 'object' && value !== null ? value : {};
}

function blocksFor(
  scripts: Readonly<Record<string, readonly ScriptedStep[]>>,
  body: MessagesBody,
  answer: number,
): Block[] {
  const name = /\[script:([\w-]+)\]/.exec(JSON.stringify(body.messages ?? []))?.[1] ?? '';
  const script = (body.tools ?? []).length === 0 ? undefined : scripts[name];
  if (script === undefined) return [{ type: 'text', text: 'ok' }];
  const at = (body.messages ?? []).filter((message) => message.role === 'assistant').length;
  const step = script[at] ?? { text: 'The script is over.' };
  const blocks: Block[] = step.text === undefined ? [] : [{ type: 'text', text: step.text }];
  (step.calls ?? []).forEach((call, index) => {
    blocks.push({
      type: 'tool_use',
      id: `toolu_${name.replaceAll('-', '_')}_${answer}_${index}`,
      name: call.name,
      input: call.input,
    });
  });
  return blocks;
}

function sendJson(res: http.ServerResponse, value: unknown): void {
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify(value));
}

function answer(res: http.ServerResponse, body: MessagesBody, blocks: readonly Block[], number: number): void {
  const stop_reason = blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn';
  const message = { id: `msg_${number}`, type: 'message', role: 'assistant', model: body.model ?? 'scripted' };
  if (body.stream !== true) {
    sendJson(res, { ...message, content: blocks, stop_reason, stop_sequence: null, usage });
    return;
  }
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const send = (event: { readonly type: string }) =>
    res.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null, usage };
  send({ type: 'message_start', message: start } as { type: string });
  blocks.forEach((block, index) => {
    for (const event of blockEvents(block, index)) send(event);
  });
  send({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } } as {
    type: string;
  });
  send({ type: 'message_stop' });
  res.end();
}

/** Input arrives in two pieces, as a real model's does. */
function blockEvents(block: Block, index: number): { readonly type: string }[] {
  const stop = { type: 'content_block_stop', index };
  if (block.type === 'text') {
    return [
      { type: 'content_block_start', index, content_block: { type: 'text', text: '' } } as { type: string },
      { type: 'content_block_delta', index, delta: { type: 'text_delta', text: block.text } } as { type: string },
      stop,
    ];
  }
  const json = JSON.stringify(block.input);
  const middle = Math.ceil(json.length / 2);
  const delta = (partial_json: string) =>
    ({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } }) as { type: string };
  return [
    { type: 'content_block_start', index, content_block: { ...block, input: {} } } as { type: string },
    delta(json.slice(0, middle)),
    delta(json.slice(middle)),
    stop,
  ];
}
