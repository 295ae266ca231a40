import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-plugins-'));
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const allow = JSON.stringify({ decision: 'allow' });
const deny = JSON.stringify({ decision: 'deny', reason: 'Denied by Warder: no.' });
const token = ['wrd', 'of', 'a', 'device'].join('_');

interface Asked {
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** A server that keeps what it was asked. At an address, or at a socket. */
async function serve(answer: (res: http.ServerResponse, asked: Asked) => void, at?: string) {
  const asked: Asked[] = [];
  const server = http.createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => (text += chunk));
    req.on('end', () => {
      const one = { url: req.url ?? '', headers: req.headers, body: JSON.parse(text) as Record<string, unknown> };
      asked.push(one);
      answer(res, one);
    });
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => (at ? server.listen(at, resolve) : server.listen(0, '127.0.0.1', resolve)));
  const address = server.address();
  return { asked, url: typeof address === 'string' ? '' : `http://127.0.0.1:${(address as AddressInfo).port}` };
}

const says = (text: string) => (res: http.ServerResponse) => {
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
};

/** Bytes as they are, to whoever connects. */
async function raw(bytes: (socket: net.Socket) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => bytes(socket));
  });
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let installed = 0;
/** The plugins as `warder install` leaves them, for a server at `url`. */
function install(url: string | null): string {
  installed += 1;
  const device = path.join(folder, String(installed));
  fs.cpSync(path.join(import.meta.dirname, 'plugins'), path.join(device, 'plugins'), { recursive: true });
  if (url !== null)
    fs.writeFileSync(
      path.join(device, 'warder-hook.conf'),
      `url = "${url}"\nheader = "Authorization: Bearer ${token}"\n`,
      { mode: 0o600 },
    );
  return device;
}

interface Verdict {
  readonly decision: string;
  readonly reason?: string;
  readonly note?: string;
}
interface Warder {
  verdictOn(hook: string, body: unknown): Promise<Verdict>;
  tell(hook: string, body: unknown): Promise<void>;
}
const load = async (device: string, name: string): Promise<Record<string, unknown>> =>
  await import(pathToFileURL(path.join(device, 'plugins', name)).href);

async function warderAt(url: string | null, device = install(url)): Promise<Warder> {
  const { warderFor } = await load(device, 'ask.mjs');
  return (warderFor as (agent: string) => Warder)('pi');
}
const refusal = async (url: string | null): Promise<string> => {
  const warder = await warderAt(url);
  return warder.verdictOn('tool_call', {}).then(
    (verdict) => `went on: ${JSON.stringify(verdict)}`,
    (error: Error) => error.message,
  );
};

describe('a plugin asking for a verdict', () => {
  it('sends the event with its name and the token of its settings, and takes the verdict', async () => {
    const { asked, url } = await serve(says(deny));
    const warder = await warderAt(`${url}/`);
    expect(await warder.verdictOn('tool_call', { a: 'é' })).toEqual({
      decision: 'deny',
      reason: 'Denied by Warder: no.',
    });
    expect(asked).toMatchObject([{ url: '/hooks/pi', body: { a: 'é' } }]);
    expect(asked[0]?.headers).toMatchObject({ authorization: `Bearer ${token}`, 'x-warder-event': 'tool_call' });
  });

  it('reads an answer however it is cut: by its length, in chunks, to the end of the connection', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
    const length = `${head}Content-Length: ${allow.length}\r\n\r\n${allow}more`;
    const chunks = `HTTP/1.1 100 Continue\r\n\r\n${head}Transfer-Encoding: chunked\r\n\r\n5;x=1\r\n${allow.slice(0, 5)}\r\n${(allow.length - 5).toString(16)}\r\n${allow.slice(5)}\r\n0\r\n\r\n`;
    for (const text of [length, chunks, `${head}\r\n${allow}`]) {
      const whole = await raw((socket) => socket.end(text));
      const bytes = await raw((socket) => {
        socket.setNoDelay(true);
        let at = 0;
        const next = () => (at < text.length ? socket.write(text[at++] ?? '', () => setImmediate(next)) : socket.end());
        next();
      });
      for (const url of [whole, bytes])
        expect(await (await warderAt(url)).verdictOn('tool_call', {})).toEqual({ decision: 'allow' });
    }
  });

  it.each<[string, string | ((res: http.ServerResponse) => void), RegExp]>([
    ['no decision', '{}', /no verdict/],
    ['a word that is no decision', '{"decision":"Allow"}', /no verdict/],
    ['a denial without a reason', '{"decision":"deny"}', /no verdict/],
    ['a list', '[]', /not JSON/],
    ['no JSON', 'allow', /not JSON/],
    ['nothing', '', /not JSON/],
    ['a page', (res) => res.writeHead(200, { 'content-type': 'text/html' }).end(allow), /answered 200/],
    ['a wrong token', (res) => res.writeHead(401).end(allow), /does not accept this device's token.*warder install pi/],
    ['a broken server', (res) => res.writeHead(500, { 'content-type': 'application/json' }).end(allow), /answered 500/],
    ['another place', (res) => res.writeHead(302, { location: '/x' }).end(allow), /answered 302/],
    [
      'an end in the middle',
      (res) =>
        void res
          .writeHead(200, { 'content-type': 'application/json', 'content-length': 99 })
          .write(allow, () => res.destroy()),
      /broke off/,
    ],
  ])('is refused with %s', async (_name, answer, why) => {
    const { url } = await serve(typeof answer === 'string' ? says(answer) : answer);
    const said = await refusal(url);
    expect(said).toMatch(/^Blocked: Warder could not judge this\. /);
    expect(said).toMatch(why);
  });

  it.each<[string, string, RegExp]>([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n', /does not speak HTTP/],
    ['chunks without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', /broken chunks/],
    ['an unknown coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n', /coding of its own/],
    ['too much', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1 << 20)}`, /too much/],
  ])('is refused with %s', async (_name, bytes, why) => {
    expect(await refusal(await raw((socket) => socket.write(bytes)))).toMatch(why);
  });

  it('is refused without settings, with damaged ones, and with nobody there', async () => {
    expect(await refusal(null)).toMatch(/settings cannot be read\. Run: warder install pi/);
    for (const conf of [
      '',
      'url = "http://x"\n',
      'url = "ftp://x"\nheader = "a: b"\n',
      'url = "http://x"\nheader = "a\r\nb: c"\n',
    ]) {
      const device = install(null);
      fs.writeFileSync(path.join(device, 'warder-hook.conf'), conf);
      await expect((await warderAt(null, device)).verdictOn('tool_call', {})).rejects.toThrow(/settings are damaged/);
    }
    expect(await refusal('http://127.0.0.1:1')).toMatch(/is not running\. Start it: warder serve/);
  });

  it('is refused within 5 s by a server that hangs or drips, and an event is let go within 1.5 s', async () => {
    const hanging = await raw(() => {});
    const dripping = await raw((socket) => {
      const timer = setInterval(() => socket.write('x'), 100);
      socket.on('close', () => clearInterval(timer));
    });
    const started = performance.now();
    const told = warderAt(hanging)
      .then((warder) => warder.tell('input', {}))
      .then(() => performance.now() - started);
    const said = await Promise.all([refusal(hanging), refusal(dripping)]);
    for (const one of said) expect(one).toMatch(/did not answer in time/);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(await told).toBeLessThan(1500);
  });

  it('asks the machine’s own process first, without a token, and the server where nobody listens there', async () => {
    const server = await serve(says(allow));
    const device = install(server.url);
    const own = await serve(says(deny), path.join(device, 'device.sock'));
    const warder = await warderAt(null, device);
    expect(await warder.verdictOn('tool_call', {})).toMatchObject({ decision: 'deny' });
    expect(own.asked[0]?.headers.authorization).toBeUndefined();
    expect(server.asked).toEqual([]);
    const left = install(server.url);
    fs.writeFileSync(path.join(left, 'device.sock'), '');
    expect(await (await warderAt(null, left)).verdictOn('tool_call', {})).toEqual({ decision: 'allow' });
  });

  it('does not ask the server when the machine’s own process took the call and gave no answer', async () => {
    const server = await serve(says(allow));
    const device = install(server.url);
    await serve((res) => res.destroy(), path.join(device, 'device.sock'));
    await expect((await warderAt(null, device)).verdictOn('tool_call', {})).rejects.toThrow(/broke off/);
    expect(server.asked).toEqual([]);
  });

  it('is refused for what JSON cannot say, which is told of without a throw', async () => {
    const { asked, url } = await serve(says(allow));
    const warder = await warderAt(url);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    await expect(warder.verdictOn('tool_call', circle)).rejects.toThrow(/^Blocked: /);
    await expect(warder.verdictOn('tool_call', { big: 1n })).rejects.toThrow(/^Blocked: /);
    await warder.tell('input', circle);
    expect(asked).toEqual([]);
    await warder.tell('input', { text: 'x'.repeat(200_000) });
    expect(String(asked[0]?.body.text)).toHaveLength(131_072);
  });

  it('reads its settings anew for each call', async () => {
    const [first, second] = [await serve(says(allow)), await serve(says(deny))];
    const device = install(first.url);
    const warder = await warderAt(null, device);
    expect(await warder.verdictOn('tool_call', {})).toEqual({ decision: 'allow' });
    fs.writeFileSync(
      path.join(device, 'warder-hook.conf'),
      `url = "${second.url}"\nheader = "Authorization: Bearer x"\n`,
    );
    expect(await warder.verdictOn('tool_call', {})).toMatchObject({ decision: 'deny' });
  });

  it('follows no proxy and no certificate setting of the environment', async () => {
    const { asked, url } = await serve(says(deny));
    const proxy = await serve(says(allow));
    const device = install(url);
    const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
    const env = {
      ...Object.fromEntries(names.map((name) => [name, proxy.url])),
      PATH: process.env.PATH,
      NODE_USE_ENV_PROXY: '1',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      WARDER_URL: proxy.url,
      HOME: folder,
    };
    const script = `import(${JSON.stringify(pathToFileURL(path.join(device, 'plugins/ask.mjs')).href)}).then(async ({ warderFor }) => {
      console.log(JSON.stringify(await warderFor('pi').verdictOn('tool_call', {})));
    });`;
    const said = await new Promise<string>((resolve) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env });
      let text = '';
      child.stdout.on('data', (chunk) => (text += chunk));
      child.on('close', () => resolve(text));
    });
    expect(JSON.parse(said)).toMatchObject({ decision: 'deny' });
    expect(asked).toHaveLength(1);
    expect(proxy.asked).toEqual([]);
  });
});

type Handler = (event: unknown, ctx?: unknown) => Promise<unknown>;
/** The handlers that a plugin registers with `on`. */
function registry(): { readonly on: (name: string, handler: Handler) => void; readonly at: Map<string, Handler> } {
  const at = new Map<string, Handler>();
  return { at, on: (name, handler) => void at.set(name, handler) };
}
const at = <K, V>(map: ReadonlyMap<K, V>, key: K): V => {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${String(key)} is not there`);
  return value;
};

describe('OpenCode’s plugin', () => {
  interface Hooks {
    config(config: unknown): Promise<void>;
    event(input: unknown): Promise<void>;
    'tool.execute.before'(input: unknown, output: { args: unknown }): Promise<void>;
    'tool.execute.after'(input: unknown, output: unknown): Promise<void>;
  }
  const hooksAt = async (url: string): Promise<Hooks> => {
    const module = await load(install(url), 'opencode.mjs');
    expect(Object.keys(module)).toEqual(['Warder']);
    return (module.Warder as (context: unknown) => Promise<Hooks>)({ directory: '/project' });
  };
  const input = { tool: 'notes_echo', sessionID: 'ses_2', callID: 'call_1' };

  it('throws to refuse, and tells what only it knows', async () => {
    const { asked, url } = await serve(says(deny));
    const hooks = await hooksAt(url);
    await hooks.config({ mcp: { notes: {}, notes_echo: {} } });
    const info = { id: 'ses_2', parentID: 'ses_1', version: '1.18.33' };
    await hooks.event({ event: { type: 'session.created', properties: { sessionID: 'ses_2', info } } });
    await hooks.event({ event: { type: 'session.status', properties: {} } });
    await expect(hooks['tool.execute.before'](input, { args: { a: 1 } })).rejects.toThrow('Denied by Warder: no.');
    expect(asked.map(({ headers }) => headers['x-warder-event'])).toEqual([
      'event.session.created',
      'tool.execute.before',
    ]);
    expect(asked[1]?.body).toEqual({
      input,
      output: { args: { a: 1 } },
      warder: {
        hook: 'tool.execute.before',
        cwd: '/project',
        version: '1.18.33',
        parent: 'ses_1',
        servers: ['notes', 'notes_echo'],
      },
    });
  });

  it('lets what is allowed go on, but not what changed meanwhile', async () => {
    const output = { args: { command: 'ls' } };
    const { url } = await serve((res) => setTimeout(() => says(allow)(res), 20));
    const hooks = await hooksAt(url);
    await hooks['tool.execute.before'](input, output);
    const asked = hooks['tool.execute.before'](input, output);
    output.args.command = 'rm -rf /';
    await expect(asked).rejects.toThrow('changed while Warder judged it');
  });

  it('blocks no other event, whatever is gone', async () => {
    const hooks = await hooksAt('http://127.0.0.1:1');
    await hooks['tool.execute.after'](undefined, undefined);
    await hooks.event(undefined);
    await hooks.config(undefined);
    await expect(hooks['tool.execute.before'](input, { args: {} })).rejects.toThrow('is not running');
  });
});

describe('pi’s extension', () => {
  const handlersAt = async (url: string) => {
    const { on, at: handlers } = registry();
    const { default: extension } = await load(install(url), 'pi.mjs');
    (extension as (pi: unknown) => void)({ on });
    return handlers;
  };
  const event = { type: 'tool_call', toolName: 'bash', toolCallId: 'call_1', input: { command: 'ls' } };
  const ctx = { cwd: '/project', hasUI: false, sessionManager: { getSessionId: () => 'session-1' } };

  it('blocks what is denied, with the reason', async () => {
    const { asked, url } = await serve(says(deny));
    const handlers = await handlersAt(url);
    expect(await at(handlers, 'tool_call')(event, ctx)).toEqual({ block: true, reason: 'Denied by Warder: no.' });
    expect(asked[0]?.body).toEqual({ ...event, warder: { hook: 'tool_call', cwd: '/project', session: 'session-1' } });
  });

  it('asks a person where one sits in front of it, and denies where none does', async () => {
    const { url } = await serve(says(JSON.stringify({ decision: 'ask', reason: 'Warder asks first: really?' })));
    const call = at(await handlersAt(url), 'tool_call');
    const blocked = { block: true, reason: 'Warder asks first: really?' };
    expect(await call(event, ctx)).toEqual(blocked);
    for (const [answer, outcome] of [
      [true, undefined],
      [false, blocked],
      [undefined, blocked],
    ] as const) {
      const asked: unknown[] = [];
      const ui = {
        async confirm(...words: unknown[]) {
          asked.push(words);
          return answer;
        },
      };
      expect(await call(event, { ...ctx, hasUI: true, ui })).toEqual(outcome);
      expect(asked).toEqual([['Warder: run bash?', 'Warder asks first: really?', { timeout: 120_000 }]]);
    }
  });

  it('throws without a verdict, which pi takes for a refusal, and blocks no other event', async () => {
    const handlers = await handlersAt('http://127.0.0.1:1');
    await expect(at(handlers, 'tool_call')(event, ctx)).rejects.toThrow('is not running');
    for (const [name, handler] of handlers)
      if (name !== 'tool_call') expect(await handler({ type: name }, undefined), name).toBeUndefined();
  });
});

describe('OpenClaw’s plugin', () => {
  const handlersAt = async (url: string) => {
    const { on, at: handlers } = registry();
    const device = install(url);
    // OpenClaw runs a copy elsewhere.
    const copy = install(null);
    const { default: plugin } = await load(copy, 'openclaw.mjs');
    const api = { on, pluginConfig: { device }, runtime: { version: '2026.9.6' }, config: {} };
    (plugin as { register(api: unknown): void }).register(api);
    return handlers;
  };
  const event = { toolName: 'exec', params: { command: 'ls' }, toolCallId: 'call_1' };
  const ctx = { sessionId: 's', workspaceDir: '/project', abortSignal: new AbortController().signal };

  it('blocks what is denied, and puts what asks to its owner', async () => {
    const denying = at(await handlersAt((await serve(says(deny))).url), 'before_tool_call');
    expect(await denying(event, ctx)).toEqual({ block: true, blockReason: 'Denied by Warder: no.' });
    const question = JSON.stringify({ decision: 'ask', reason: 'Warder asks first: really?' });
    const asking = at(await handlersAt((await serve(says(question))).url), 'before_tool_call');
    expect(await asking(event, ctx)).toEqual({
      requireApproval: {
        title: 'Warder: run exec?',
        description: 'Warder asks first: really?',
        severity: 'critical',
        allowedDecisions: ['allow-once', 'deny'],
        timeoutBehavior: 'deny',
      },
    });
  });

  it('says nothing of what is allowed, and sends no more than is needed', async () => {
    const { asked, url } = await serve(says(allow));
    const handlers = await handlersAt(url);
    expect(await at(handlers, 'before_tool_call')(event, ctx)).toBeUndefined();
    await at(handlers, 'llm_input')({ prompt: 'go', historyMessages: ['old'] }, ctx);
    expect(asked.map(({ body }) => body)).toEqual([
      { event, ctx: { sessionId: 's' }, warder: { hook: 'before_tool_call', cwd: '/project', version: '2026.9.6' } },
      {
        event: { prompt: 'go' },
        ctx: { sessionId: 's' },
        warder: { hook: 'llm_input', cwd: '/project', version: '2026.9.6' },
      },
    ]);
  });

  it('blocks with the reason without a verdict, and blocks no other event', async () => {
    const handlers = await handlersAt('http://127.0.0.1:1');
    const refused = await at(handlers, 'before_tool_call')(event, ctx);
    expect(refused).toMatchObject({ block: true, blockReason: expect.stringContaining('is not running') });
    for (const [name, handler] of handlers)
      if (name !== 'before_tool_call') expect(await handler(undefined, undefined), name).toBeUndefined();
  });
});
