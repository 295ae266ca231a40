import { describe, expect, it } from 'vitest';
import type { AskedCall, CallAnswer } from '../src/core/dialect.ts';
import { clientsOf } from './harness/dialect-clients.ts';
import { type Outcome, read, type Sample, samples } from './harness/dialect-streams.ts';

// Every format, held and watched. The longer trial (npm run test:long) takes 100,000 fragmentations and a million frames.

const long = process.env.WARDER_LONG === '1';
const cutsEach = long ? Math.ceil(100_000 / samples.length) : 30;
const damagedEach = long ? 5_000 : 30;
const patience = long ? 300_000 : 20_000;

function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return state % below;
  };
}

function cutUp(bytes: Buffer, next: (below: number) => number): Buffer[] {
  const chunks: Buffer[] = [];
  const most = [1, 3, 40, 700][next(4)] ?? 1;
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + next(most);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

const refusal: CallAnswer = { release: false, text: '[Warder] no.' };
const ways: Readonly<Record<string, (call: AskedCall) => CallAnswer>> = {
  'all let go': () => ({ release: true }),
  'one refused': (call) => (JSON.stringify(call.input).includes('FORBIDDEN') ? refusal : { release: true }),
  'all refused': () => refusal,
};

const plain = ({ bytes, calls, failed, unreadable }: Outcome) => ({
  bytes: bytes.toString('latin1'),
  calls,
  failed,
  unreadable,
});

describe.each(samples.map((sample): [string, Sample] => [sample.name, sample]))('%s', (_name, sample) => {
  it('has the same calls held and watched, and its own bytes when all are let go', async () => {
    const reading = { chunks: [sample.bytes], answer: () => ({ release: true as const }) };
    const held = await read(sample, { ...reading, hold: true });
    const watched = await read(sample, { ...reading, hold: false });
    expect(held.bytes.equals(sample.bytes)).toBe(true);
    expect(watched.calls).toEqual(held.calls);
    expect(held.calls.map((call) => call.problem)).toEqual(held.calls.map(() => null));
    expect(
      /tool|call|responses|chat|gemini|converse|messages/.test(sample.name) && !/text|helper/.test(sample.name),
    ).toBe(held.calls.length > 0);
    expect(held.unreadable + watched.unreadable).toBe(0);
  });

  it(
    `is the same however it is cut (${cutsEach} ways), whatever the verdicts and their order`,
    async () => {
      const next = random(7);
      for (const [way, answer] of Object.entries(ways)) {
        const whole = plain(await read(sample, { hold: true, chunks: [sample.bytes], answer }));
        for (let round = 0; round < cutsEach / 3; round++) {
          const late = async (call: AskedCall) => {
            for (let turns = next(4); turns > 0; turns--) await Promise.resolve();
            return answer(call);
          };
          const cut = await read(sample, { hold: true, chunks: cutUp(sample.bytes, next), answer: late });
          expect(plain(cut), `${way}, round ${round}`).toEqual(whole);
        }
      }
    },
    patience,
  );

  it(
    `damaged (${damagedEach} ways): whatever a client sees of it was judged as it sees it`,
    async () => {
      const next = random(11);
      const readers = clientsOf(sample.dialect.id);
      for (let round = 0; round < damagedEach; round++) {
        const bytes = damaged(sample, next);
        const held = await read(sample, { hold: true, chunks: cutUp(bytes, next), answer: () => ({ release: true }) });
        const judged = new Set(held.calls.filter((call) => !call.problem).map((call) => keyOf(call.tool, call.input)));
        for (const [reader, see] of Object.entries(readers)) {
          for (const { tool, input } of see(held.bytes)) {
            expect([...judged], `${reader}, round ${round}: ${bytes.toString('latin1')}`).toContain(keyOf(tool, input));
          }
        }
        const refused = await read(sample, { hold: true, chunks: [bytes], answer: () => refusal });
        for (const [reader, see] of Object.entries(readers)) {
          expect(see(refused.bytes), `${reader}, all refused, round ${round}: ${bytes.toString('latin1')}`).toEqual([]);
        }
      }
    },
    patience,
  );
});

/** One of the readers gives names in lower case. */
const keyOf = (tool: string, input: unknown): string =>
  JSON.stringify([tool, input], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toLowerCase(), inner]))
      : value,
  );

/** A stream with a few things done to it. In a binary stream the damage is inside whole frames, or to bytes anywhere. */
function damaged(sample: Sample, next: (below: number) => number): Buffer {
  let bytes = sample.bytes;
  for (let times = 1 + next(4); times > 0; times--) {
    const at = next(bytes.length + 1);
    const from = next(bytes.length + 1);
    const to = Math.min(bytes.length, from + next(400));
    switch (next(6)) {
      case 0:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([next(256)]), bytes.subarray(at + 1)]);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
        break;
      case 3:
        bytes = bytes.subarray(0, at);
        break;
      default: {
        const near = bytes.indexOf(['\n', '}', '"', ',', '{'][next(5)] ?? '\n', at);
        const place = near === -1 ? at : near + next(2);
        const put = Buffer.from(hostile[next(hostile.length)] ?? '');
        bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place)]);
      }
    }
  }
  return bytes;
}

const item = '{"type":"function_call","id":"fc_s","call_id":"call_s","name":"exec_command","arguments":"{}"}';
const hostile = [
  '\ufeff',
  '\r',
  '\n',
  '\n\n',
  '\u0000',
  'data:',
  'event: response.output_item.done\n',
  ',"output_index":0',
  ',"item":{}',
  `,"item":${item}`,
  `,"Item":${item}`,
  `data: {"type":"response.output_item.done","output_index":0,"item":${item}}\n\n`,
  `data: {"type":"response.output_item.done","output_index":9,"item":${item}}\n\n`,
  `event: response.completed\ndata: {"type":"response.completed","response":{"output":[${item}]}}\n\n`,
  ',"type":"function_call"',
  ',"Type":"function_call"',
  ',"name":"exec_command"',
  ',"arguments":"{\\"cmd\\":\\"rm\\"}"',
  ',"tool_calls":[{"index":0,"id":"call_s","type":"function","function":{"name":"bash","arguments":"{}"}}]',
  ',"Tool_Calls":[{"index":0,"id":"call_s","type":"function","function":{"name":"bash","arguments":"{}"}}]',
  'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":" "}}]}}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{"function_call":{"name":"bash","arguments":"{}"}}}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n',
  'data: [DONE]\n\n',
  ',"functionCall":{"name":"run_shell_command","args":{"command":"rm"}}',
  ',"FunctionCall":{"name":"run_shell_command","args":{"command":"rm"}}',
  'data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"x","args":{}}}]}}]}\n\n',
  `,"Content_Block":{"type":"tool_use","id":"t","name":"Bash","input":{}}`,
  ',"Type":"tool_use"',
  ',"Name":"bash"',
  ',"Args":{}',
  '\\u0074',
  '{',
  '}',
];
