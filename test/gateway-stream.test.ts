import { describe, expect, it } from 'vitest';
import { SseReader } from '../src/capture/sse.ts';
import type { AnswerListener, AskedCall, CallAnswer } from '../src/core/dialect.ts';
import { anthropic } from '../src/normalise/dialects/anthropic.ts';
import {
  delta,
  type Event,
  ending,
  framed,
  inputDelta,
  messageStart,
  recorded,
  start,
  stop,
  synthetic,
  textBlock,
  toolBlock,
  toolStart,
  variants,
} from './harness/anthropic-streams.ts';

interface Read {
  readonly calls: AskedCall[];
  readonly cut: AskedCall[];
  readonly provider: string[];
  readonly said: string[];
  readonly unreadable: string[];
  readonly out: Buffer;
  readonly failed: string | null;
}

type Judge = (call: AskedCall) => CallAnswer | Promise<CallAnswer>;
const letGo: Judge = () => ({ release: true });
const refuse: Judge = () => ({ release: false, text: 'REFUSED' });

/** Reads a stream that comes in the given pieces, holding or watching. */
async function read(pieces: readonly Buffer[], mode: 'hold' | 'watch', judge: Judge = letGo): Promise<Read> {
  const found = {
    calls: [] as AskedCall[],
    cut: [] as AskedCall[],
    provider: [] as string[],
    said: [] as string[],
    unreadable: [] as string[],
  };
  const out: Buffer[] = [];
  let failed: string | null = null;
  const listener: AnswerListener = {
    async asked(call) {
      found.calls.push(call);
      return judge(call);
    },
    said: (text) => found.said.push(text),
    ranAtProvider: (tool, id, input) => found.provider.push(`${tool} ${id} ${input}`),
    cutOff: (call) => found.cut.push(call),
    unreadable: (why) => found.unreadable.push(why),
  };
  const sink = {
    write: (bytes: Uint8Array | string) => out.push(Buffer.from(bytes)),
    fail: (bytes: string) => {
      failed = bytes;
    },
  };
  const reader = mode === 'hold' ? anthropic.hold(listener, sink) : anthropic.watch(listener);
  const sse = new SseReader();
  for (const piece of pieces) for (const frame of sse.push(piece)) reader.frame(frame);
  await reader.end();
  return { ...found, out: Buffer.concat([...out, sse.rest()]), failed };
}

const cutAt = (stream: Buffer, at: number): Buffer[] => [stream.subarray(0, at), stream.subarray(at)];
const everyByte = (stream: Buffer): Buffer[] => Array.from(stream, (_, at) => stream.subarray(at, at + 1));
const shortOf = (calls: readonly AskedCall[]) =>
  calls.map(({ toolUseId, tool, input }) => ({ toolUseId, tool, input }));

const streams = {
  ...recorded,
  ...Object.fromEntries(Object.entries(synthetic).map(([name, bytes]) => [`synthetic ${name}`, bytes])),
};

describe.each(Object.entries(streams))('the stream %s', (name, stream) => {
  it('gives the same tool calls and the same bytes for a cut at every byte, held and watched', async () => {
    const whole = await read([stream], 'watch');
    for (let at = 0; at <= stream.length; at++) {
      const watched = await read(cutAt(stream, at), 'watch');
      const held = await read(cutAt(stream, at), 'hold');
      expect(watched.calls, `watched, cut at ${at}`).toEqual(whole.calls);
      expect(shortOf(held.calls), `held, cut at ${at}`).toEqual(shortOf(whole.calls));
      expect(held.failed).toBeNull();
      // What is open beside a held call overtakes it, so an interleaved stream keeps its bytes but not their order.
      if (name.includes('interleaved')) expect(held.out.length).toBe(stream.length);
      else expect(held.out.equals(stream), `bytes, cut at ${at}`).toBe(true);
    }
  });

  it.each(Object.entries(variants))(
    'gives the same tool calls with %s, whole and byte by byte',
    async (_variant, change) => {
      const whole = await read([stream], 'watch');
      const changed = change(stream);
      for (const pieces of [[changed], everyByte(changed)]) {
        for (const mode of ['watch', 'hold'] as const) {
          const got = await read(pieces, mode);
          expect(shortOf(got.calls)).toEqual(shortOf(whole.calls));
          expect(got.unreadable).toEqual([]);
          if (mode === 'hold') expect(got.out.length).toBe(changed.length);
        }
      }
    },
  );
});

it('passes streams without interleaving byte for byte when every call is let go', async () => {
  for (const [name, stream] of Object.entries(streams)) {
    if (name.includes('interleaved')) continue;
    for (const [variant, change] of Object.entries(variants)) {
      // Comments and pings do not wait for a held call.
      if (variant === 'comments') continue;
      const changed = change(stream);
      expect((await read(everyByte(changed), 'hold')).out.equals(changed), name).toBe(true);
    }
  }
});

it('finds in the recordings what the agent then ran', async () => {
  const bash = await read([recorded['tool-call.sse'] ?? Buffer.alloc(0)], 'hold');
  expect(bash.calls).toEqual([
    { toolUseId: 'toolu_fake001', tool: 'Bash', input: { command: 'echo hi', description: 'say hi' }, problem: null },
  ]);
  const mcp = await read([recorded['mcp-tool-call.sse'] ?? Buffer.alloc(0)], 'hold');
  expect(mcp.calls.map((call) => call.tool)).toEqual(['mcp__notes__echo_note']);
  expect((await read([recorded['text.sse'] ?? Buffer.alloc(0)], 'hold')).said).toEqual(['FAKE-FINAL done.']);
});

it('notes tools that ran at the provider, and does not judge them', async () => {
  const got = await read([synthetic.provider ?? Buffer.alloc(0)], 'hold', refuse);
  expect(got.calls).toEqual([]);
  expect(got.provider).toEqual(['web_search srvtoolu_1 {"query":"weather"}', 'echo mcptoolu_1 {"text":"x"}']);
  expect(got.out.equals(synthetic.provider ?? Buffer.alloc(0))).toBe(true);
});

/** Events of an output, read as a client would. */
const eventsIn = (bytes: Buffer): Event[] =>
  new SseReader().push(bytes).flatMap((frame) => (frame.data === null ? [] : [JSON.parse(frame.data) as Event]));

describe('while a call waits for its verdict', () => {
  /** A holding reader fed event by event, with verdicts given by hand. */
  function byHand() {
    const out: Event[] = [];
    const given = new Map<string, (answer: CallAnswer) => void>();
    let failed: string | null = null;
    const listener: AnswerListener = {
      asked: (call) => new Promise((resolve) => given.set(call.toolUseId, resolve)),
      said: () => {},
      ranAtProvider: () => {},
      cutOff: () => {},
      unreadable: () => {},
    };
    const reader = anthropic.hold(listener, {
      write: (bytes) => out.push(...eventsIn(Buffer.from(bytes))),
      fail: (bytes) => {
        failed = String(bytes);
      },
    });
    const sse = new SseReader();
    const feed = (...events: Event[]) => {
      for (const frame of sse.push(framed(events))) reader.frame(frame);
    };
    const answer = async (id: string, given_: CallAnswer) => {
      given.get(id)?.(given_);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { out, feed, answer, end: () => reader.end(), failed: () => failed };
  }

  it('nothing of the call leaves, pings do, and the end of the message waits', async () => {
    const { out, feed, answer } = byHand();
    feed(messageStart, ...toolBlock(0, 'toolu_a', 'Bash', { command: 'ls' }), { type: 'ping' }, ...ending('tool_use'));
    expect(out.map((event) => event.type)).toEqual(['message_start', 'ping']);
    await answer('toolu_a', { release: true });
    expect(out.at(-1)?.type).toBe('message_stop');
    expect(out.filter((event) => event.type === 'content_block_start')).toHaveLength(1);
  });

  it('text that was open before flows on; text that starts behind it waits', async () => {
    const { out, feed, answer } = byHand();
    feed(messageStart, start(0, { type: 'text', text: '' }), toolStart(1, 'toolu_a', 'Bash'));
    feed(delta(0, { type: 'text_delta', text: 'still here' }), stop(0), inputDelta(1, '{}'), stop(1));
    feed(...textBlock(2, 'later'));
    expect(out.filter((event) => event.type === 'content_block_delta')).toEqual([
      delta(0, { type: 'text_delta', text: 'still here' }),
    ]);
    await answer('toolu_a', { release: false, text: 'no' });
    expect(out.filter((event) => event.type === 'content_block_start').map((event) => event.index)).toEqual([0, 1, 2]);
  });

  it('a second call whose verdict comes first does not overtake the first', async () => {
    const { out, feed, answer } = byHand();
    feed(
      messageStart,
      ...toolBlock(0, 'toolu_a', 'Bash', { command: 'a' }),
      ...toolBlock(1, 'toolu_b', 'Bash', { command: 'b' }),
      ...ending('tool_use'),
    );
    await answer('toolu_b', { release: true });
    expect(out.map((event) => event.type)).toEqual(['message_start']);
    await answer('toolu_a', { release: false, text: 'no' });
    const blocks = out.filter((event) => event.type === 'content_block_start').map((event) => event.content_block);
    expect(blocks).toMatchObject([{ type: 'text' }, { type: 'tool_use', id: 'toolu_b' }]);
    expect(out.find((event) => event.type === 'message_delta')).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  it('an error event leaves at once, and nothing that waited follows', async () => {
    const { out, feed, answer, end } = byHand();
    feed(messageStart, ...toolBlock(0, 'toolu_a', 'Bash', { command: 'a' }));
    feed({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    await answer('toolu_a', { release: true });
    await end();
    expect(out.map((event) => event.type)).toEqual(['message_start', 'error']);
  });
});

describe('a refused call', () => {
  const two = [
    messageStart,
    ...toolBlock(0, 'toolu_a', 'Bash', { command: 'a' }),
    ...toolBlock(1, 'toolu_b', 'Bash', { command: 'b' }),
    ...ending('tool_use'),
  ];

  it('becomes a text block at its place, and the stop reason changes only when no call is left', async () => {
    const all = eventsIn((await read([framed(two)], 'hold', refuse)).out);
    expect(all.filter((event) => event.type === 'content_block_start').map((event) => event.content_block)).toEqual([
      { type: 'text', text: '' },
      { type: 'text', text: '' },
    ]);
    expect(all.find((event) => event.type === 'message_delta')).toMatchObject({ delta: { stop_reason: 'end_turn' } });
    const one = eventsIn(
      (await read([framed(two)], 'hold', (call) => (call.toolUseId === 'toolu_a' ? refuse(call) : letGo(call)))).out,
    );
    expect(one.find((event) => event.type === 'message_delta')).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  it('leaves every other byte of the end as it was, in every framing', async () => {
    const end = ending('tool_use');
    const stream = framed([messageStart, ...toolBlock(0, 'toolu_a', 'Bash', {}), ...end]);
    for (const [name, change] of Object.entries({ plain: (same: Buffer) => same, ...variants })) {
      const { out } = await read([change(stream)], 'hold', refuse);
      expect(out.toString(), name).toContain('end_turn');
      expect(out.toString(), name).not.toContain('toolu_a');
      expect(eventsIn(out).at(-1), name).toEqual({ type: 'message_stop' });
    }
    const plain = (await read([stream], 'hold', refuse)).out.toString();
    expect(plain.endsWith(framed(end).toString().replace('"tool_use"', '"end_turn"'))).toBe(true);
  });

  it('keeps another stop reason: cut off by the token limit stays so', async () => {
    const stream = framed([
      messageStart,
      toolStart(0, 'toolu_a', 'Write'),
      inputDelta(0, '{"content":"half a f'),
      stop(0),
      ...ending('max_tokens'),
    ]);
    const got = await read([stream], 'hold', (call) => (call.problem ? refuse(call) : letGo(call)));
    expect(got.calls).toMatchObject([{ input: '{"content":"half a f', problem: 'its input is not readable JSON' }]);
    expect(eventsIn(got.out).find((event) => event.type === 'message_delta')).toMatchObject({
      delta: { stop_reason: 'max_tokens' },
    });
  });
});

describe('a call cut off', () => {
  const half = [messageStart, ...textBlock(0, 'a'), toolStart(1, 'toolu_a', 'Bash'), inputDelta(1, '{"command":"rm')];

  it('is never let through when the stream ends, and is reported', async () => {
    const got = await read([framed(half)], 'hold');
    expect(got.calls).toEqual([]);
    expect(got.cut).toMatchObject([{ toolUseId: 'toolu_a', input: '{"command":"rm' }]);
    expect(got.out.toString()).not.toContain('toolu_a');
    expect(got.out.toString()).not.toContain('message_stop');
  });

  it('never looks complete when the stream pretends to end', async () => {
    const got = await read([framed([...half, ...ending('tool_use')])], 'hold');
    expect(got.failed).toContain('event: error');
    expect(got.out.toString()).not.toContain('message_stop');
    expect(got.out.toString()).not.toContain('toolu_a');
  });
});

it('what waits for a verdict is bounded: beyond the bound the stream ends in an error', async () => {
  const piece = inputDelta(0, 'x'.repeat(1024 * 1024));
  const got = await read(
    [framed([messageStart, toolStart(0, 'toolu_a', 'Write'), ...Array.from({ length: 33 }, () => piece)])],
    'hold',
  );
  expect(got.failed).toContain('wait for a verdict');
  expect(got.cut).toHaveLength(1);
});

describe('smuggling: what two readers could see differently', () => {
  const call = (json: string): Buffer =>
    framed([messageStart, toolStart(0, 'toolu_a', 'Bash'), inputDelta(0, json), stop(0), ...ending('tool_use')]);
  const raw = (...frames: string[]): Buffer =>
    Buffer.concat([framed([messageStart]), ...frames.map((frame) => Buffer.from(frame)), framed(ending('tool_use'))]);
  const named = (name: string): Buffer =>
    framed([messageStart, toolStart(0, 'toolu_a', name), inputDelta(0, '{}'), stop(0), ...ending('tool_use')]);
  const frame = (type: string, data: string): string => `event: ${type}\ndata: ${data}\n\n`;
  const toolFrame = (block: string): string =>
    frame('content_block_start', `{"type":"content_block_start","index":0,"content_block":${block}}`) +
    framed([stop(0)]).toString();

  it.each([
    ['a repeated member', call('{"command":"ls","command":"rm -rf /"}')],
    ['a repeated member in another spelling', call('{"command":"ls","c\\u006fmmand":"rm -rf /"}')],
    ['a repeated member deep inside', call('{"a":[{"b":{"c":1,"c":2}}]}')],
    ['__proto__', call('{"__proto__":{"command":"rm"}}')],
    ['a number beyond every float', call('{"n":1e999}')],
    ['half a surrogate pair', call('{"command":"\\ud800"}')],
    ['a trailing comma', call('{"command":"ls",}')],
    ['a second value', call('{"command":"ls"}{"command":"rm"}')],
    ['an input that is no object', call('["ls"]')],
    ['nesting beyond many readers', call(`{"a":${'['.repeat(300)}${']'.repeat(300)}}`)],
    ['a look-alike name', named('B\uff41sh')],
    ['a name with an invisible character', named('Bash\u200b')],
    ['a Cyrillic letter', named('B\u0430sh')],
    ['a name with a blank', named('Bash ')],
    ['no name', named('')],
    ['a repeated name', raw(toolFrame('{"type":"tool_use","id":"x","name":"Read","name":"Bash","input":{}}'))],
    [
      'an input given twice',
      framed([
        messageStart,
        start(0, { type: 'tool_use', id: 'x', name: 'Bash', input: { command: 'rm' } }),
        inputDelta(0, '{"command":"ls"}'),
        stop(0),
        ...ending('tool_use'),
      ]),
    ],
    ['no id', framed([messageStart, ...toolBlock(0, '', 'Bash', {}), ...ending('tool_use')])],
    [
      'no input',
      framed([messageStart, start(0, { type: 'tool_use', id: 'x', name: 'Bash' }), stop(0), ...ending('tool_use')]),
    ],
    [
      'a part of another kind',
      framed([
        messageStart,
        toolStart(0, 'x', 'Bash'),
        inputDelta(0, '{"command":"ls'),
        delta(0, { type: 'other_delta', partial_json: ' -la' }),
        inputDelta(0, '"}'),
        stop(0),
        ...ending('tool_use'),
      ]),
    ],
    [
      'a part that is no text',
      framed([
        messageStart,
        toolStart(0, 'x', 'Bash'),
        delta(0, { type: 'input_json_delta', partial_json: null }),
        inputDelta(0, '{}'),
        stop(0),
        ...ending('tool_use'),
      ]),
    ],
    [
      'a repeated id',
      framed([
        messageStart,
        ...toolBlock(0, 'same', 'Bash', {}),
        ...toolBlock(1, 'same', 'Bash', {}),
        ...ending('tool_use'),
      ]),
    ],
  ])('%s makes the call a problem', async (_what, stream) => {
    const { calls, failed } = await read([stream], 'hold', (asked) => (asked.problem ? refuse(asked) : letGo(asked)));
    expect(failed).toBeNull();
    expect(calls.at(-1)?.problem).not.toBeNull();
  });

  it('a look-alike name is judged as what it looks like', async () => {
    expect((await read([named('\uff22\uff41\uff53\uff48')], 'watch')).calls[0]?.tool).toBe('Bash');
  });

  const tool = '{"type":"tool_use","id":"x","name":"Bash","input":{}}';
  it.each([
    [
      'an event named otherwise than it says',
      raw(frame('ping', `{"type":"content_block_start","index":0,"content_block":${tool}}`)),
    ],
    [
      'a member repeated in other case',
      raw(
        frame(
          'content_block_start',
          `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""},"Content_Block":${tool}}`,
        ),
      ),
    ],
    [
      'a repeated content block',
      raw(
        frame(
          'content_block_start',
          `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""},"content_block":{"type":"text","text":"x"}}`,
        ),
      ),
    ],
    ['an event without a name', raw(`data: {"type":"content_block_start","index":0,"content_block":${tool}}\n\n`)],
    [
      'content already in the first event',
      framed([{ ...messageStart, message: { content: [{ type: 'tool_use', id: 'x', name: 'Bash', input: {} }] } }]),
    ],
    [
      'a part after its block was closed',
      framed([messageStart, ...toolBlock(0, 'a', 'Bash', { command: 'ls' }), inputDelta(0, '{"command":"rm"}')]),
    ],
    ['a place used twice', framed([messageStart, ...textBlock(0, 'x'), ...toolBlock(0, 'a', 'Bash', {})])],
    ['a negative place', framed([messageStart, ...toolBlock(-1, 'a', 'Bash', {})])],
    ['a second message', framed([messageStart, messageStart])],
    ['something after the end', framed([messageStart, ...ending('end_turn'), ...toolBlock(0, 'a', 'Bash', {})])],
    ['a block before the message', framed([...toolBlock(0, 'a', 'Bash', {})])],
    [
      'a byte order mark before a later line',
      raw(
        `\ufeffevent: content_block_start\n\ufeffdata: {"type":"content_block_start","index":0,"content_block":${tool}}\n\n`,
      ),
    ],
    ['data that is not JSON', raw(frame('content_block_start', '{"type":"content_block_start"'))],
  ])('%s ends the stream in an error, without the call', async (_what, stream) => {
    const { out, failed, unreadable } = await read([stream], 'hold');
    expect(failed).toContain('event: error');
    expect(unreadable).toHaveLength(1);
    expect(out.toString()).not.toContain('"name":"Bash"');
  });

  it('an unknown kind of tool use is held like any other', async () => {
    const stream = framed([
      messageStart,
      start(0, { type: 'computer_tool_use', id: 'x', name: 'screen', input: {} }),
      stop(0),
      ...ending('tool_use'),
    ]);
    expect((await read([stream], 'hold', refuse)).out.toString()).not.toContain('computer_tool_use');
  });

  it('unknown events and blocks pass as they are', async () => {
    const stream = framed([
      messageStart,
      { type: 'new_event', x: 1 },
      start(0, { type: 'new_block', y: 2 }),
      delta(0, { type: 'new_delta', z: 3 }),
      stop(0),
      ...ending('end_turn'),
    ]);
    const got = await read([stream], 'hold', refuse);
    expect(got.out.equals(stream)).toBe(true);
    expect(got.failed).toBeNull();
  });
});
