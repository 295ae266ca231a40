import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listening } from './harness/gateway-rig.ts';
import { mcpClient, textIn } from './harness/mcp-client.ts';
import { eventually, type McpHome, startMcpHome } from './harness/mcp-home.ts';
import { type HttpNotes, startHttpNotes } from './harness/mcp-http.ts';
import { warder } from './harness/warder.ts';

// The official client and server over streamable HTTP, with Warder's proxy between them.

let events: HttpNotes;
let whole: HttpNotes;
let stateless: HttpNotes;
let home: McpHome;
const secret = ['Bearer', 'made', 'for', 'this', 'test'].join('-');

beforeAll(async () => {
  [events, whole, stateless] = await Promise.all([
    startHttpNotes(),
    startHttpNotes({ json: true }),
    startHttpNotes({ stateless: true, json: true }),
  ]);
  home = await startMcpHome('enforce', {
    mcp: {
      notes: { url: events.url, headers: { 'x-team': 'blue' } },
      whole: { url: whole.url },
      stateless: { url: stateless.url },
    },
    mcpRules: { hideForbidden: true },
  });
});
afterAll(async () => {
  await home.remove();
  await Promise.all([events.close(), whole.close(), stateless.close()]);
});

async function connect(name: string, elicit: 'accept' | 'decline' | null = null, token = home.token) {
  const transport = new StreamableHTTPClientTransport(new URL(`${home.url}/mcp/${name}`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const client = mcpClient(elicit);
  // The SDK's own types disagree under exactOptionalPropertyTypes.
  await client.connect(transport as never);
  return { client, transport };
}

describe('a streamable-HTTP server behind /mcp/<name>', () => {
  it.each(['notes', 'whole', 'stateless'])('runs what is allowed and goes on after a deny (%s)', async (name) => {
    const { client } = await connect(name);
    const { ran } = { notes: events, whole, stateless }[name] ?? events;
    const before = ran.length;
    expect(textIn(await client.callTool({ name: 'add_note', arguments: { text: 'milk' } }))).toContain('kept: milk');
    const denied = await client.callTool({ name: 'run_command', arguments: { command: 'rm -rf ~/' } });
    expect(denied.isError).toBe(true);
    expect(textIn(denied)).toContain(`[Warder] ${name}/run_command was refused and did not run.`);
    expect(textIn(await client.callTool({ name: 'add_note', arguments: { text: 'bread' } }))).toContain('kept: bread');
    expect(ran.slice(before)).toEqual(['add_note', 'add_note']);
    const record = await eventually(async () =>
      (await home.calls()).find(
        ({ tool, input, phases }) =>
          tool === `mcp__${name}__add_note` && JSON.stringify(input).includes('bread') && phases.length === 2,
      ),
    );
    expect(record.phases[1]).toMatchObject({ phase: 'result', source: 'mcp', outcome: { excerpt: 'kept: bread' } });
    await client.close();
  });

  it('gives the server its own headers, and never the Warder token', async () => {
    const { client, transport } = await connect('notes');
    await client.listTools();
    const last = events.seen.at(-1);
    expect(last?.headers).toMatchObject({ 'x-team': 'blue', 'mcp-protocol-version': transport.protocolVersion });
    expect(JSON.stringify(events.seen)).not.toContain('wrd_');
    await transport.terminateSession();
    expect(events.seen.at(-1)?.method).toBe('DELETE');
    await client.close();
  });

  it('leaves forbidden tools out of the list', async () => {
    const { client } = await connect('notes');
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('forbidden_tool');
    expect((await client.callTool({ name: 'forbidden_tool', arguments: {} })).isError).toBe(true);
    await client.close();
  });

  it('asks the person in the middle of a request, and takes the answer for what it is', async () => {
    const yes = await connect('notes', 'accept');
    expect(textIn(await yes.client.callTool({ name: 'asked_tool', arguments: {} }))).toContain('done');
    const no = await connect('notes', 'decline');
    expect(textIn(await no.client.callTool({ name: 'asked_tool', arguments: {} }))).toContain('the person said no');
    const nobody = await connect('notes');
    expect(textIn(await nobody.client.callTool({ name: 'asked_tool', arguments: {} }))).toContain('did not run');
    expect(events.ran.filter((tool) => tool === 'asked_tool')).toHaveLength(1);
    await Promise.all([yes, no, nobody].map(({ client }) => client.close()));
  });

  it("passes the server's own requests to model and person, judged", async () => {
    const { client } = await connect('notes', 'decline');
    expect(textIn(await client.callTool({ name: 'wants_model', arguments: { prompt: 'Hello' } }))).toContain(
      'the model says hi',
    );
    expect(textIn(await client.callTool({ name: 'wants_form', arguments: { what: 'colour' } }))).toContain('decline');
    const asked = await eventually(async () => {
      const found = (await home.calls()).filter(({ tool }) => /sampling|elicitation/.test(tool));
      return found.length === 2 ? found : undefined;
    });
    expect(asked.map(({ effective }) => effective)).toEqual(['allow', 'allow']);
    await client.close();
  });

  it('keeps one person out of the session of another', async () => {
    const { client, transport } = await connect('notes');
    const other = await warder(
      ['tokens', 'add', '--person', 'mallory', '--device', 'x', '--json', '--home', home.dir],
      {},
    );
    const { token } = JSON.parse(other.stdout) as { token: string };
    const answer = await fetch(`${home.url}/mcp/notes`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token}`,
        'mcp-session-id': transport.sessionId ?? '',
      },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    });
    expect(answer.status).toBe(404);
    await client.close();
  });

  it('turns away who has no token, and names of no server', async () => {
    const post = (path: string, headers: Record<string, string>) =>
      fetch(home.url + path, { method: 'POST', headers, body: '{}' });
    expect((await post('/mcp/notes', {})).status).toBe(401);
    const none = await post('/mcp/none', { authorization: `Bearer ${home.token}` });
    expect([none.status, await none.text()]).toEqual([404, expect.stringContaining('warder mcp add none URL')]);
  });

  it('says when the server is gone, and follows nobody elsewhere', async () => {
    const elsewhere = await listening((_req, res) => res.writeHead(307, { location: 'http://127.0.0.1:1/' }).end());
    const add = (name: string, url: string, ...more: string[]) =>
      warder(['mcp', 'add', name, url, '--home', home.dir, ...more], { SECRET_HEADER: secret });
    expect((await add('gone', 'http://127.0.0.1:1/mcp')).exit).toBe(0);
    expect((await add('elsewhere', elsewhere.url)).exit).toBe(0);
    await eventually(async () => ((await ask('gone')).status === 502 ? true : undefined));
    expect(await (await ask('gone')).text()).toContain('did not answer (ECONNREFUSED)');
    expect((await ask('elsewhere')).status).toBe(502);
    await elsewhere.close();
  });

  it('keeps secret headers sealed, lists their names alone, and sends their values', async () => {
    const seen: string[] = [];
    const upstream = await listening((req, res) => {
      seen.push(String(req.headers.authorization));
      res.writeHead(202).end();
    });
    const flags = ['--secret-header', 'authorization=SECRET_HEADER', '--home', home.dir];
    expect((await warder(['mcp', 'add', 'sealed', upstream.url, ...flags], { SECRET_HEADER: secret })).exit).toBe(0);
    const { stdout } = await warder(['mcp', 'list', '--home', home.dir, '--json'], {});
    expect(JSON.parse(stdout).items).toContainEqual(
      expect.objectContaining({ name: 'sealed', headers: ['authorization'] }),
    );
    expect(stdout).not.toContain(secret);
    await eventually(async () => ((await ask('sealed')).status === 202 ? true : undefined));
    expect(seen.at(-1)).toBe(secret);
    expect((await warder(['mcp', 'remove', 'sealed', '--home', home.dir], {})).exit).toBe(0);
    expect((await warder(['mcp', 'remove', 'sealed', '--home', home.dir], {})).exit).toBe(3);
    await upstream.close();
  });
});

const ask = (name: string, body = '{"jsonrpc":"2.0","method":"notifications/initialized"}') =>
  fetch(`${home.url}/mcp/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'x-warder-token': home.token },
    body,
  });
