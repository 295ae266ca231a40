import http from 'node:http';
import { ending, framed, messageStart, textBlock, toolBlock } from './anthropic-streams.ts';
import {
  chatCall,
  chatFrames,
  choice,
  chunk,
  customCall,
  functionCall,
  message,
  namedFrames,
  response,
  responsesEvents,
  usageChunk,
} from './openai-streams.ts';
import type { RecordedRequest, ScriptedCall, ScriptedStep } from './scripted-anthropic.ts';

export interface ScriptedModels {
  readonly url: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Addresses at which a client tried to change to another protocol. */
  readonly upgrades: readonly string[];
  close(): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;
type Scripts = Readonly<Record<string, readonly ScriptedStep[]>>;

/** A wire format as the scripted provider speaks it. */
interface Format {
  /** The conversation, one entry for each message or item. */
  entries(body: Json): readonly Json[];
  /** True for what the model gave. */
  isAnswer(entry: Json): boolean;
  answer(res: http.ServerResponse, step: Named, body: Json, path: string): void;
}

/** A step whose calls have ids that no other call of the run has. */
interface Named {
  readonly text: string | undefined;
  readonly calls: readonly (ScriptedCall & { readonly id: string })[];
}

/**
 * A stand-in for OpenAI (Responses and Chat Completions), Gemini and Anthropic on 127.0.0.1, in the forms that recordings
 * of each show. A person's last words name the script (`[script:NAME]`); the next step is the number of answers since then, so
 * a replaced call does not stall it. Requests without tools (titles, routing) get a short text.
 */
export async function startScriptedModels(scripts: Scripts): Promise<ScriptedModels> {
  const requests: RecordedRequest[] = [];
  const upgrades: string[] = [];
  let number = 0;
  const server = http.createServer((req, res) => {
    bodyOf(req)
      .then((body) => {
        const path = (req.url ?? '').replace(/\?.*$/, '');
        requests.push({ method: req.method ?? '', path, headers: req.headers, body });
        const format = req.method === 'POST' ? formatOf(path) : null;
        if (!format) return sendJson(res, path.endsWith('/models') ? models : {});
        number += 1;
        format.answer(res, stepFor(scripts, format, body, number), body, path);
      })
      .catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined));
  });
  server.on('upgrade', (req, socket) => {
    upgrades.push(req.url ?? '');
    socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    upgrades,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const models = { object: 'list', data: [{ id: 'scripted', object: 'model', created: 1, owned_by: 'tests' }] };

async function bodyOf(req: http.IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const piece of req) chunks.push(piece as Buffer);
  const value: unknown = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return asRecord(value);
}

const asRecord = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asRecord) : []);

function formatOf(path: string): Format | null {
  if (path.endsWith('/responses')) return responses;
  if (path.endsWith('/chat/completions')) return chat;
  if (path.endsWith('/messages')) return messages;
  return /:(?:streamG|g)enerateContent$/.test(path) ? gemini : null;
}

function stepFor(scripts: Scripts, format: Format, body: Json, number: number): Named {
  const entries = format.entries(body);
  const texts = entries.map((entry) => JSON.stringify(entry));
  const from = texts.findLastIndex((text, at) => text.includes('[script:') && !format.isAnswer(entries[at] ?? {}));
  const name = /\[script:([\w-]+)\]/.exec(texts[from] ?? '')?.[1] ?? '';
  const offered = [...asList(body.tools), ...entries.filter(({ type }) => type === 'additional_tools')];
  const script = offered.length === 0 ? undefined : scripts[name];
  if (script === undefined) return { text: 'ok', calls: [] };
  const since = entries.slice(from + 1).map(format.isAnswer);
  const at = since.filter((is, index) => is && !since[index - 1]).length;
  const { text, calls = [] } = script[at] ?? { text: 'The script is over.' };
  const id = `call_${name.replaceAll('-', '_')}_${number}`;
  return { text, calls: calls.map((call, index) => ({ ...call, id: `${id}_${index}` })) };
}

const responses: Format = {
  entries: (body) => asList(body.input),
  isAnswer: ({ role, type }) => role === 'assistant' || /^reasoning$|_call$/.test(String(type)),
  answer(res, { text, calls }, body) {
    const items = [
      ...(text === undefined ? [] : [message('msg_1', text)]),
      ...calls.map(({ id, name, input }) =>
        typeof input === 'string' ? customCall(id, name, input) : functionCall(id, name, input),
      ),
    ];
    if (body.stream === true) sendStream(res, namedFrames(responsesEvents(items)));
    else sendJson(res, response(items));
  },
};

const chat: Format = {
  entries: (body) => asList(body.messages),
  isAnswer: ({ role }) => role === 'assistant',
  answer(res, { text, calls }, body) {
    const finish = calls.length > 0 ? 'tool_calls' : 'stop';
    if (body.stream === true) {
      const chunks = [
        chunk([choice(0, { role: 'assistant', content: text ?? null })]),
        ...calls.flatMap(({ id, name, input }, at) => chatCall(at, id, name, input)),
        chunk([choice(0, {}, finish)]),
        usageChunk,
      ];
      return sendStream(res, chatFrames(chunks));
    }
    const tool_calls = calls.map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    }));
    const answered = { role: 'assistant', content: text ?? null, ...(calls.length > 0 ? { tool_calls } : {}) };
    const choices = [{ index: 0, message: answered, finish_reason: finish }];
    sendJson(res, { ...chunk(choices), object: 'chat.completion', usage: { prompt_tokens: 12, total_tokens: 19 } });
  },
};

/** Always streams: every agent that speaks this format here asks for a stream. */
const messages: Format = {
  entries: (body) => asList(body.messages),
  isAnswer: ({ role }) => role === 'assistant',
  answer(res, { text, calls }) {
    const said = text === undefined ? [] : textBlock(0, text);
    const first = text === undefined ? 0 : 1;
    const asked = calls.flatMap(({ id, name, input }, at) => toolBlock(first + at, id, name, input));
    const end = ending(calls.length > 0 ? 'tool_use' : 'end_turn');
    sendStream(res, framed([messageStart, ...said, ...asked, ...end]));
  },
};

/** Each part comes as a piece of its own, as Gemini sends them; its calls have no id. */
const gemini: Format = {
  entries: (body) => asList(body.contents),
  isAnswer: ({ role }) => role === 'model',
  answer(res, { text, calls }, body, path) {
    const wantsJson = JSON.stringify(body.generationConfig ?? {}).includes('application/json');
    const said = text === undefined ? [] : [{ text: wantsJson ? routed : text }];
    const parts = [...said, ...calls.map(({ name, input }) => ({ functionCall: { name, args: input } }))];
    const whole = (list: readonly object[], last: boolean) => ({
      candidates: [{ content: { role: 'model', parts: list }, index: 0, ...(last ? { finishReason: 'STOP' } : {}) }],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 7, totalTokenCount: 19 },
      modelVersion: 'scripted',
    });
    if (!path.includes('stream')) return sendJson(res, whole(parts, true));
    const frames = parts.map((part, at) => `data: ${JSON.stringify(whole([part], at === parts.length - 1))}\r\n\r\n`);
    sendStream(res, Buffer.from(frames.join('')));
  },
};

/** What Gemini CLI's choice of a model, asked for in JSON, understands. */
const routed = JSON.stringify({ reasoning: 'scripted', model_choice: 'flash', complexity_score: 10 });

function sendJson(res: http.ServerResponse, value: unknown): void {
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify(value));
}

function sendStream(res: http.ServerResponse, bytes: Buffer): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  res.end(bytes);
}
