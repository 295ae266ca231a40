import Anthropic from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { SseReader } from '../src/capture/sse.ts';
import type { AskedCall, CallAnswer } from '../src/core/dialect.ts';
import { anthropic } from '../src/normalise/dialects/anthropic.ts';
import { recorded, synthetic, variants } from './harness/anthropic-streams.ts';

// Differential: damaged and hostile streams go through the holding reader, and what Anthropic's own client then sees
// must be what was judged. Cases are made from a seed; a longer trial takes more of them.

const rounds = process.env.WARDER_LONG === '1' ? 40_000 : 700;

function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return state % below;
  };
}

const tool = '{"type":"tool_use","id":"toolu_s","name":"Bash","input":{}}';
const hostile = [
  '\ufeff',
  '\r',
  '\n',
  '\r\n\r\n',
  '\n\n',
  '\u0000',
  '\u2028',
  'data:',
  'event: ping\n',
  'event: content_block_start\n',
  '"',
  '\\',
  ',"index":0',
  ',"index":1',
  ',"type":"content_block_start"',
  ',"type":"tool_use"',
  ',"name":"Bash"',
  '"partial_json":"{}",',
  `,"content_block":${tool}`,
  `,"Content_Block":${tool}`,
  `event: content_block_start\ndata: {"type":"content_block_start","index":1,"content_block":${tool}}\n\n`,
  `event: content_block_start\n\ufeffdata: {"type":"content_block_start","index":0,"content_block":${tool}}\n\n`,
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"command\\":\\"rm\\"}"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":1}\n\n',
  'event: message_start\ndata: {"type":"message_start","message":{"id":"m","content":[],"usage":{}}}\n\n',
];

/** A stream with a few things done to it. */
function damaged(stream: Buffer, next: (below: number) => number): Buffer {
  let text = stream;
  for (let times = 1 + next(4); times > 0; times--) {
    const at = next(text.length + 1);
    const other = next(text.length + 1);
    const [from, to] = [Math.min(at, other), Math.min(Math.max(at, other), Math.min(at, other) + 400)];
    switch (next(6)) {
      case 0:
        text = Buffer.concat([text.subarray(0, at), Buffer.from([next(256)]), text.subarray(at + 1)]);
        break;
      case 1:
        text = Buffer.concat([text.subarray(0, from), text.subarray(to)]);
        break;
      case 2:
        text = Buffer.concat([text.subarray(0, to), text.subarray(from)]);
        break;
      case 3:
        text = text.subarray(0, at);
        break;
      default: {
        // Where it does most harm: at a line's start or before a closing brace.
        const near = text.indexOf(next(2) === 0 ? '\n' : '}', at);
        const place = near === -1 ? at : near + (next(2) === 0 ? 1 : 0);
        text = Buffer.concat([
          text.subarray(0, place),
          Buffer.from(hostile[next(hostile.length)] ?? ''),
          text.subarray(place),
        ]);
      }
    }
  }
  return text;
}

/** What leaves the holding reader, and the calls it asked about. */
async function held(stream: Buffer, next: (below: number) => number, answer: (call: AskedCall) => CallAnswer) {
  const asked: AskedCall[] = [];
  const out: Buffer[] = [];
  const listener = {
    async asked(call: AskedCall) {
      asked.push(call);
      return answer(call);
    },
    said: () => {},
    ranAtProvider: () => {},
    cutOff: () => {},
    unreadable: () => {},
  };
  const put = (bytes: Uint8Array | string) => void out.push(Buffer.from(bytes));
  const reader = anthropic.hold(listener, { write: put, fail: put });
  const sse = new SseReader();
  for (let at = 0; at < stream.length; ) {
    const end = at + 1 + next(120);
    for (const frame of sse.push(stream.subarray(at, end))) reader.frame(frame);
    at = end;
    if (next(3) === 0) await Promise.resolve();
  }
  await reader.end();
  return { asked, out: Buffer.concat(out) };
}

interface SeenCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** The tool calls that Anthropic's client ends up with, also when it gives up half-way. */
async function callsSeen(bytes: Buffer): Promise<SeenCall[]> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    logLevel: 'off',
    fetch: async () => new Response(new Uint8Array(bytes), { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = client.messages.stream({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] });
  const finished = new Map<number, SeenCall>();
  stream.on('streamEvent', (event, snapshot) => {
    if (event.type !== 'content_block_stop') return;
    const block = snapshot.content.at(event.index);
    if (block?.type === 'tool_use') finished.set(event.index, { id: block.id, name: block.name, input: block.input });
  });
  await stream.done().catch(() => {});
  return [...finished.values()];
}

const sources = [...Object.values(recorded), ...Object.values(synthetic)];

it(`what Anthropic's client sees of ${rounds} damaged streams was judged as it sees it`, async () => {
  let withCalls = 0;
  for (let seed = 1; seed <= rounds; seed++) {
    const next = random(seed * 7919);
    const source = sources[next(sources.length)] ?? Buffer.alloc(0);
    const change = Object.values(variants)[next(Object.keys(variants).length * 2)];
    const stream = damaged(change ? change(source) : source, next);
    const { asked, out } = await held(stream, next, (call) =>
      call.problem ? { release: false, text: 'no' } : { release: true },
    );
    const judged = asked
      .filter((call) => call.problem === null)
      .map(({ toolUseId, tool: name, input }) => ({ id: toolUseId, name, input }));
    const seen = await callsSeen(out);
    withCalls += seen.length > 0 ? 1 : 0;
    for (const call of seen) expect(judged, `seed ${seed}`).toContainEqual(call);
  }
  // Otherwise the trial would prove nothing.
  expect(withCalls).toBeGreaterThan(rounds / 20);
}, 600_000);

it(`nothing is left for Anthropic's client to run when every call of ${rounds} damaged streams is refused`, async () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const next = random(seed * 104_729);
    const stream = damaged(sources[next(sources.length)] ?? Buffer.alloc(0), next);
    const { out } = await held(stream, next, () => ({ release: false, text: 'no' }));
    expect(await callsSeen(out), `seed ${seed}`).toEqual([]);
  }
}, 600_000);
