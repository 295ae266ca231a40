import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { McpAsked, McpNote, McpPassage, McpVerdict } from '../../core/mcp.ts';
import type { Decision, Mode } from '../../core/verdict.ts';
import { openTalk } from './talk.ts';

function rig(mode: Mode = 'enforce', verdict: (asked: McpAsked) => Decision | Promise<Decision> = plain, askMs = 50) {
  const asked: McpAsked[] = [];
  const notes: McpNote[] = [];
  const state = { mode };
  let id = 0;
  const talk = openTalk({
    server: 'notes',
    judge: {
      mode: () => state.mode,
      async decide(call): Promise<McpVerdict> {
        asked.push(call);
        const effective = await verdict(call);
        return { effective, why: 'it is so', rules: ['a-rule'], askMs };
      },
      note: (note) => notes.push(note),
      hidden: async (tools) => tools.filter((tool) => tool.startsWith('hidden')),
    },
    freshId: () => String(++id),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    nowMs: () => 0,
    after: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return { talk, asked, notes, state };
}

const plain = ({ input }: McpAsked): Decision => (JSON.stringify(input).includes('FORBIDDEN') ? 'deny' : 'allow');
const request = (id: number | string, method: string, params: unknown = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });
const call = (id: number | string, text = 'x', name = 'add') =>
  request(id, 'tools/call', { name, arguments: { text } });
const answer = (id: number | string, result: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result });
const hello = request(0, 'initialize', {
  protocolVersion: '2025-06-18',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'codex-mcp-client', version: '0.9' },
});
const unparsed = (notes: readonly McpNote[]) => notes.flatMap((note) => (note.kind === 'unparsed' ? [note.why] : []));
const backOf = ({ back }: McpPassage) => back.map((message) => JSON.parse(message) as Record<string, unknown>);

describe('a connection between a client and an MCP server', () => {
  it('passes what needs no verdict as it came', async () => {
    const { talk } = rig();
    const odd = ' {"id" : 7, "method":"ping","jsonrpc":"2.0" }\r';
    expect(await talk.fromClient(odd)).toEqual({ forward: odd, back: [] });
    const told = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":0.5}}';
    expect(await talk.fromServer(told)).toEqual({ forward: told, back: [] });
  });

  it('answers a refused call as a tool result that is an error, and goes on', async () => {
    const { talk } = rig();
    const refused = await talk.fromClient(call('a', 'FORBIDDEN'));
    expect(refused.forward).toBeNull();
    expect(backOf(refused)).toEqual([
      {
        jsonrpc: '2.0',
        id: 'a',
        result: { isError: true, content: [{ type: 'text', text: expect.stringContaining('notes/add was refused') }] },
      },
    ]);
    expect((await talk.fromClient(call('a', 'fine'))).forward).toBe(call('a', 'fine'));
  });

  it('keeps an id as it was written, however large', async () => {
    const { talk } = rig();
    const text = '{"jsonrpc":"2.0","id":900719925474099,"method":"resources/read","params":{"uri":"FORBIDDEN"}}';
    expect((await talk.fromClient(text)).back[0]).toContain('"id":900719925474099,"error"');
  });

  it.each([
    ['a name twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"a"}}', 'twice'],
    [
      'arguments twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1},"arguments":{}}}',
      'twice',
    ],
    [
      'another case',
      '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"a"}}',
      'in its own way',
    ],
    [
      'params in another case',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"b","name":"a"}}',
      'in its own way',
    ],
    [
      'a look-alike method',
      '{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"a"}}',
      'looks like another',
    ],
    [
      'a method in wide letters',
      '{"jsonrpc":"2.0","id":1,"method":"ｔools/call","params":{"name":"a"}}',
      'looks like another',
    ],
    ['both at once', '{"jsonrpc":"2.0","id":1,"method":"tools/call","result":{},"params":{"name":"a"}}', 'at once'],
    ['a list of params', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["a"]}', 'params that are no object'],
    [
      'an id that is no id',
      '{"jsonrpc":"2.0","id":{"a":1},"method":"tools/call","params":{"name":"a"}}',
      'neither text nor',
    ],
    ['a fraction of an id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 'neither text nor'],
    ['no version', '{"id":1,"method":"ping"}', 'JSON-RPC 2.0'],
    ['a prototype', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"__proto__":{}}}', '__proto__'],
    ['half a character', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"\\ud800"}}', 'surrogate'],
    [
      'deep nesting',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":${'['.repeat(5000)}${']'.repeat(5000)}}}`,
      'deep',
    ],
  ])('refuses %s while enforcing, and lets it pass while observing', async (_what, text, why) => {
    const { talk, notes, state } = rig();
    const refused = await talk.fromClient(text);
    expect(refused.forward).toBeNull();
    expect(JSON.stringify(backOf(refused))).toContain('"error"');
    expect(unparsed(notes)[0]).toContain(why);
    state.mode = 'observe';
    expect((await talk.fromClient(text)).forward).toBe(text);
  });

  it('refuses a call shaped as a notification, which leaves no way to answer', async () => {
    const { talk, asked } = rig();
    const text = '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"add","arguments":{}}}';
    expect((await talk.fromClient(text)).forward).toBeNull();
    expect(asked[0]).toMatchObject({ tool: 'add', problem: expect.stringContaining('no way to answer') });
  });

  it('refuses names that a reader could take for another', async () => {
    const { talk } = rig();
    for (const name of ['аdd', 'ad\u200bd', 'add ', '', 'ａdd']) {
      const text = request(1, 'tools/call', { name, arguments: {} });
      expect((await talk.fromClient(text)).forward, JSON.stringify(name)).toBeNull();
    }
  });

  it('refuses an id that is still open, also as text instead of a number', async () => {
    const { talk } = rig();
    expect((await talk.fromClient(call(5))).forward).not.toBeNull();
    for (const again of [call(5), call('5')]) {
      const refused = await talk.fromClient(again);
      expect(refused.forward).toBeNull();
      // Under its own id the client would take it for the answer to the first.
      expect(backOf(refused)[0]).toMatchObject({
        id: null,
        error: { message: expect.stringContaining('repeats the id') },
      });
    }
    await talk.fromServer(answer(5, { content: [] }));
    expect((await talk.fromClient(call(5))).forward).not.toBeNull();
  });

  it('judges every call of a batch, and sends on what may go in its own bytes', async () => {
    const { talk, asked } = rig();
    talk.assume('2025-03-26');
    const ping = '{"jsonrpc" : "2.0","id":1,"method":"ping"}';
    const whole = `[ ${ping}, ${call(2)} ]`;
    expect((await talk.fromClient(whole)).forward).toBe(whole);
    const part = await talk.fromClient(`[${call(3, 'FORBIDDEN')},${ping.replace('1', '4')}]`);
    expect(part.forward).toBe(`[${ping.replace('1', '4')}]`);
    expect(backOf(part)[0]).toMatchObject({ id: 3, result: { isError: true } });
    expect(asked).toHaveLength(2);
    expect((await talk.fromClient(`[[${call(5)}]]`)).forward).toBeNull();
  });

  it('takes no batch in a version that knows none', async () => {
    const { talk, asked } = rig();
    await talk.fromClient(hello);
    await talk.fromServer(answer(0, { protocolVersion: '2025-06-18' }));
    const refused = await talk.fromClient(`[${call(1)}]`);
    expect(refused.forward).toBeNull();
    expect(asked).toEqual([]);
    expect(backOf(refused)[0]).toMatchObject({ id: null, error: { message: expect.stringContaining('no batches') } });
  });

  it('drops what it cannot read of the server while enforcing, and tells who waits for it', async () => {
    const { talk, state, notes } = rig();
    await talk.fromClient(call(1));
    expect(await talk.fromServer('Server started')).toEqual({ forward: null, back: [] });
    const broken = await talk.fromServer('{"jsonrpc":"2.0","id":1,"result":{"content":[');
    expect(JSON.parse(broken.forward ?? '')).toMatchObject({
      id: 1,
      error: { message: expect.stringContaining('not readable') },
    });
    await talk.fromClient(call(2));
    const twice = await talk.fromServer('{"jsonrpc":"2.0","id":2,"result":{"content":[]},"result":{}}');
    expect(JSON.parse(twice.forward ?? '')).toMatchObject({
      id: 2,
      error: { message: expect.stringContaining('twice') },
    });
    expect(unparsed(notes)).toHaveLength(3);
    state.mode = 'observe';
    expect((await talk.fromServer('Server started')).forward).toBe('Server started');
  });

  it('takes hidden tools out of the list and leaves every other byte', async () => {
    const { talk, notes } = rig();
    await talk.fromClient(request(1, 'tools/list'));
    const list =
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[ {"name":"a" ,"inputSchema":{}},\n{"name":"hidden_b"}, {"name":"c"}],"nextCursor":"n"}}';
    expect((await talk.fromServer(list)).forward).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a" ,"inputSchema":{}},{"name":"c"}],"nextCursor":"n"}}',
    );
    expect(notes[0]).toMatchObject({ kind: 'tools', tools: [{ name: 'mcp__notes__a' }, {}, {}] });
    const plainList = '{"jsonrpc":"2.0","id":1,"result":{"tools":[ {"name":"a"} ]}}';
    expect((await talk.fromServer(plainList)).forward).toBe(plainList);
  });

  it("refuses a server's own request in the form its method has for a no", async () => {
    const { talk, asked } = rig('enforce', () => 'deny');
    const form = await talk.fromServer(request(1, 'elicitation/create', { message: 'Password?', requestedSchema: {} }));
    expect(form.forward).toBeNull();
    expect(backOf(form)).toEqual([{ jsonrpc: '2.0', id: 1, result: { action: 'decline' } }]);
    const sample = await talk.fromServer(
      request(2, 'sampling/createMessage', { messages: [{ role: 'user', content: { type: 'text', text: 'Hi' } }] }),
    );
    expect(backOf(sample)[0]).toMatchObject({ id: 2, error: { code: -1 } });
    expect(asked.map(({ about }) => about)).toEqual([{ description: 'Password?', schema: {} }, { description: 'Hi' }]);
  });

  it('asks the person through the client, whose other messages do not wait', async () => {
    const { talk } = rig('enforce', () => 'ask', 5000);
    await talk.fromClient(hello);
    const asking = await talk.fromClient(call(1));
    const question = backOf(asking)[0];
    expect(question).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'Warder: may notes/add run? it is so.' },
    });
    expect((await talk.fromClient(request(2, 'ping'))).forward).not.toBeNull();
    expect(await talk.fromClient(answer(String(question?.id), { action: 'accept', content: { allow: true } }))).toEqual(
      { forward: null, back: [] },
    );
    expect((await asking.later)?.forward).toBe(call(1));
  });

  it('takes silence, a no and a yes without the tick for a no', async () => {
    const { talk } = rig('enforce', () => 'ask');
    await talk.fromClient(hello);
    const silent = await talk.fromClient(call(1));
    expect(backOf((await silent.later) ?? { forward: null, back: [] })[0]).toMatchObject({
      id: 1,
      result: { isError: true },
    });
    for (const said of [
      { action: 'accept', content: {} },
      { action: 'decline' },
      { action: 'accept', content: { allow: 'true' } },
    ]) {
      const asking = await talk.fromClient(call(2));
      await talk.fromClient(answer(String(backOf(asking)[0]?.id), said));
      expect((await asking.later)?.forward, JSON.stringify(said)).toBeNull();
    }
  });

  it('does not send on a call that was taken back while it was judged', async () => {
    const { promise, resolve } = Promise.withResolvers<Decision>();
    const { talk } = rig('enforce', () => promise);
    const judging = talk.fromClient(call(1));
    const cancel = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}';
    expect(await talk.fromClient(cancel)).toEqual({ forward: null, back: [] });
    resolve('allow');
    expect(await judging).toEqual({ forward: null, back: [] });
    expect((await talk.fromClient(cancel)).forward).toBe(cancel);
  });

  it('reads messages of 10 MB', async () => {
    const { talk, notes } = rig();
    const text = call(1, 'word '.repeat(2_000_000));
    expect((await talk.fromClient(text)).forward).toBe(text);
    const back = answer(1, { content: [{ type: 'text', text: 'line\n'.repeat(2_000_000) }] });
    expect((await talk.fromServer(back)).forward).toBe(back);
    expect(notes[0]?.kind === 'result' && notes[0].outcome.text.length).toBe(65_536);
  });
});
