import { expect, it } from 'vitest';
import type { SseFrame } from '../core/dialect.ts';
import { eventOf as chatEvent } from './dialects/openai-chat.chunks.ts';
import { eventOf as responsesEvent } from './dialects/openai-responses.events.ts';
import { eventOf as messagesEvent } from './messages/events.ts';

const frame = (data: string, event = ''): SseFrame => ({ event, data, raw: Buffer.from(data) });
/** The same JSON in a shape that only the parser reads. */
const spread = (json: string): string => json.replace('{', '{ ');

const texts = ['', 'ls', '{"command":"', 'a\\b "c"\n\t/d\b\f\r', 'ü 漢 😀', '\u2028', '\\u0041', '\u0000', '{}]},"x":'];
const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-5.5' };
const piece = (text: string, more: object = {}, last: object = {}) =>
  JSON.stringify({
    ...chunk,
    ...more,
    choices: [
      { index: 1, delta: { tool_calls: [{ index: 12, function: { arguments: text } }] }, finish_reason: null, ...last },
    ],
  });
const opening = (name: string) =>
  piece('').replace('"function":{', `"id":"call_1","type":"function","function":{"name":${JSON.stringify(name)},`);
const delta = (text: string, more: object = {}) =>
  JSON.stringify({
    type: 'response.function_call_arguments.delta',
    sequence_number: 4,
    item_id: 'fc_1',
    output_index: 2,
    delta: text,
    ...more,
  });

const start = (name: string, more: object = {}) =>
  JSON.stringify({
    type: 'content_block_start',
    index: 3,
    content_block: { type: 'tool_use', id: 'toolu_01', name, input: {}, ...more },
  });
const inputDelta = (text: string) =>
  JSON.stringify({ type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: text } });
const typeOf = (json: string): string => String(JSON.parse(json).type);

it.each(texts)('reads what its shape says as the parser does: %j', (text) => {
  for (const json of [
    piece(text),
    opening(text),
    opening('Bash').replace('"tool_calls"', '"role":"assistant","content":null,"tool_calls"'),
    opening('Bash').replace('}}]}', '}}],"refusal":null}'),
    piece(text, { service_tier: 'default', system_fingerprint: null }),
    piece(text).replace(/\}$/, ',"usage":null,"obfuscation":"x7"}'),
    piece(text, { choices: null, more: 1 }),
    piece(text, {}, { finish_reason: 'tool_calls' }),
  ])
    expect(chatEvent(frame(json), true)).toEqual(chatEvent(frame(spread(json)), true));
  for (const json of [delta(text), delta(text, { obfuscation: 'x7' }), delta(text, { more: 1 })])
    expect(responsesEvent(frame(json), true)).toEqual(responsesEvent(frame(spread(json)), true));
  const caller = { caller: { type: 'direct' } };
  const stop = '{"type":"content_block_stop","index":3  }';
  for (const json of [start(text), start('Bash', caller), start('Bash', { more: 1 }), inputDelta(text), stop])
    expect(messagesEvent(frame(json, typeOf(json)), true)).toEqual(
      messagesEvent(frame(spread(json), typeOf(json)), true),
    );
});

it('takes no shape for plain that two readers could see differently', () => {
  const unreadable = expect.objectContaining({ kind: 'unreadable' });
  const twice = (json: string, member: string) => json.replace(/\}$/, `,${member}}`);
  for (const json of [
    twice(piece('ls'), '"choices":[]'),
    piece('ls').replace('"index":12', '"index":012'),
    piece('ls').replace('"index":12', '"index":12,"index":3'),
    piece('ls').replace('"arguments":"ls"', '"arguments":"ls","Name":"Bash"'),
    piece('ls').replace('"arguments":"ls"', '"arguments":"\\ud800"'),
    piece('ls').replace('"arguments":"ls"', '"\\u0061rguments":"ls"'),
    piece('ls').replace('"arguments":"ls"', '"arguments":"l\ns"'),
    opening('Bash').replace('"name":"Bash"', '"name":"Bash","name":"Read"'),
    opening('Bash').replace('"name":"Bash"', '"Name":"Read","name":"Bash"'),
    `${piece('ls')}x`,
  ])
    expect(chatEvent(frame(json), true), json).toEqual(unreadable);
  for (const json of [
    twice(delta('ls'), '"delta":"rm"'),
    twice(delta('ls'), '"sequence_number":5'),
    delta('ls').replace('"output_index":2', '"output_index":02'),
    delta('ls').replace('"delta":"ls"', '"delta":"\\ud800"'),
    `${delta('ls')}x`,
  ])
    expect(responsesEvent(frame(json), true), json).toEqual(unreadable);
  expect(responsesEvent(frame(delta('ls'), 'response.output_text.delta'), true)).toEqual(unreadable);
  for (const [type, json] of [
    ['content_block_start', start('Bash').replace('"index":3', '"index":03')],
    ['content_block_delta', inputDelta('ls').replace('"index":3', '"index":03')],
    ['content_block_delta', inputDelta('ls').replace('"index":3', '"index":3,"index":4')],
    ['content_block_stop', '{"type":"content_block_stop","index":03}'],
    ['content_block_stop', '{"type":"content_block_stop","index":3,"index":4}'],
    ['content_block_stop', '{"type":"content_block_delta","index":3}'],
  ] as const)
    expect(messagesEvent(frame(json, type), true), json).toEqual(unreadable);
  for (const [from, to] of [
    ['"index":3', '"index":3,"index":4'],
    ['"name":"Bash"', '"name":"Bash","name":"Read"'],
  ] as const)
    expect(messagesEvent(frame(start('Bash').replace(from, to), 'content_block_start'), true)).toMatchObject({
      block: { problem: expect.stringContaining('twice') },
    });
});
