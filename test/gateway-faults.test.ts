import http from 'node:http';
import net from 'node:net';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ending, framed, messageStart, recorded, start, textBlock, toolBlock } from './harness/anthropic-streams.ts';
import { type Answering, json, listening, type Rig, rigToken, send, sse, startRig } from './harness/gateway-rig.ts';

const stream = recorded['tool-call.sse'] ?? Buffer.alloc(0);
const forbidden = framed([
  messageStart,
  ...textBlock(0, 'x'),
  ...toolBlock(1, 'toolu_bad', 'Bash', { command: 'FORBIDDEN' }),
  ...ending('tool_use'),
]);
const modes = ['observe', 'enforce'] as const;

let rig: Rig;
afterEach(() => rig.close());

describe.each(modes)('what the provider does reaches the client as what it is (%s)', (mode) => {
  beforeEach(async () => {
    rig = await startRig({ mode, timeouts: { connectMs: 300, headersMs: 300, bodyIdleMs: 300 } });
  });

  it.each([429, 529, 500, 400])('an answer %i passes with its headers and body', async (status) => {
    const body = `{"type":"error","error":{"type":"x","message":"${status}"}}`;
    rig.answer = (_req, res) => {
      res.writeHead(status, {
        'content-type': 'application/json',
        'retry-after': '13',
        'anthropic-ratelimit-requests-remaining': '0',
        'request-id': 'req_1',
      });
      res.end(body);
    };
    const got = await send(rig.url);
    expect(got).toMatchObject({
      status,
      complete: true,
      headers: { 'retry-after': '13', 'anthropic-ratelimit-requests-remaining': '0', 'request-id': 'req_1' },
    });
    expect(got.body.toString()).toBe(body);
  });

  it('a reset in the middle of a stream breaks the client connection, and what was said before arrived', async () => {
    const half = stream.subarray(0, stream.indexOf('event: content_block_start', 400));
    rig.answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(half);
      setTimeout(() => res.socket?.resetAndDestroy(), 30);
    };
    const got = await send(rig.url);
    expect(got.complete).toBe(false);
    expect(half.subarray(0, got.body.length).equals(got.body)).toBe(true);
  });

  it('a stream cut without its last chunk never looks complete', async () => {
    rig.answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(stream.subarray(0, 600));
      setTimeout(() => res.socket?.end(), 30);
    };
    expect((await send(rig.url)).complete).toBe(false);
  });

  it('a whole answer cut short never looks complete', async () => {
    rig.answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      res.write('{"type":"message"');
      setTimeout(() => res.destroy(), 30);
    };
    const got = await send(rig.url);
    expect(got.complete && got.status === 200).toBe(false);
  });

  it('silence before the answer is a 504, and silence inside it breaks the connection', async () => {
    rig.answer = (req, res) => {
      if (req.headers['x-say'] !== 'something') return;
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(stream.subarray(0, 300));
    };
    const [late, stuck] = await Promise.all([send(rig.url), send(rig.url, { headers: { 'x-say': 'something' } })]);
    expect(late.status).toBe(504);
    expect(JSON.parse(late.body.toString())).toMatchObject({
      type: 'error',
      error: { type: 'timeout_error', message: expect.stringContaining('did not answer in time') },
    });
    expect(stuck.complete).toBe(false);
  });

  it('a slow provider is waited for', async () => {
    rig.answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      let at = 0;
      const step = setInterval(() => {
        res.write(stream.subarray(at, at + 200));
        at += 200;
        if (at >= stream.length) {
          clearInterval(step);
          res.end();
        }
      }, 20);
    };
    const got = await send(rig.url);
    expect(got.complete).toBe(true);
    expect(got.body.equals(stream)).toBe(true);
  });

  it('a client that goes away leaves the provider too', async () => {
    const left = new Promise<void>((resolve) => {
      rig.answer = (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write(stream.subarray(0, 500));
        res.once('close', resolve);
      };
    });
    await new Promise<void>((resolve) => {
      const req = http.request(
        `${rig.url}/anthropic/v1/messages`,
        { method: 'POST', headers: { 'x-api-key': rigToken } },
        (res) => {
          res.once('data', () => {
            req.destroy();
            resolve();
          });
          res.on('error', () => {});
        },
      );
      req.end('{}');
    });
    await left;
  });

  it('a client that goes away before the answer leaves the provider too', async () => {
    let arrived = () => {};
    const seen = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const left = new Promise<void>((resolve) => {
      rig.answer = (_req, res) => {
        arrived();
        res.once('close', resolve);
      };
    });
    const req = http.request(`${rig.url}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': rigToken },
    });
    req.on('error', () => {});
    req.end('{}');
    await seen;
    req.destroy();
    await left;
  });
});

it('a provider that cannot be reached is a 502 that says what to do', async () => {
  const gone = await listening(() => {});
  await gone.close();
  rig = await startRig({ origin: gone.url });
  const got = await send(rig.url);
  expect(got.status).toBe(502);
  expect(JSON.parse(got.body.toString())).toMatchObject({
    error: { type: 'api_error', message: expect.stringMatching(/could not be reached \(ECONNREFUSED\).*--upstream/) },
  });
  expect(rig.trouble[0]).toContain('upstream-unreachable');
});

it('a provider that speaks no HTTP is a 502', async () => {
  const odd = net.createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n'));
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  const address = odd.address();
  rig = await startRig({ origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` });
  expect((await send(rig.url)).status).toBe(502);
  odd.close();
});

describe('bytes pass', () => {
  it.each([
    ['POST', '/anthropic/v1/messages/count_tokens?beta=true', '/v1/messages/count_tokens?beta=true'],
    ['GET', '/anthropic/v1/models?limit=5', '/v1/models?limit=5'],
    ['DELETE', '/anthropic/v1/files/f_1', '/v1/files/f_1'],
  ])('%s %s unchanged in both directions', async (method, path, there) => {
    const reply = Buffer.from([0, 1, 2, 0xff, 0xfe, 13, 10]);
    rig = await startRig({
      answer: (_req, res) => {
        res.writeHead(201, 'Made', {
          'content-type': 'application/octet-stream',
          'x-thing': 'a',
          'content-encoding': 'odd',
        });
        res.end(reply);
      },
    });
    const body = method === 'POST' ? '{ "a" :1,  "a": 2}' : '';
    const got = await send(rig.url, { method, path, body, headers: { 'accept-encoding': 'gzip, br' } });
    expect(got).toMatchObject({ status: 201, headers: { 'x-thing': 'a', 'content-encoding': 'odd' } });
    expect(got.body.equals(reply)).toBe(true);
    expect(rig.seen[0]).toMatchObject({ method, url: there, headers: { 'accept-encoding': 'gzip, br' } });
    expect(rig.seen[0]?.body.toString()).toBe(body);
    expect(rig.noted).toEqual([]);
  });

  it('an address nobody can read passes while observing and is noted; it is closed while enforcing', async () => {
    rig = await startRig({ mode: 'observe', answer: (_req, res) => res.end('whatever') });
    const path = '/anthropic/v1/something/new';
    expect((await send(rig.url, { path, body: '{}' })).body.toString()).toBe('whatever');
    rig.mode = 'enforce';
    const closed = await send(rig.url, { path, body: '{}' });
    expect(closed.status).toBe(403);
    expect(closed.body.toString()).toContain('closed while enforcing');
    expect(rig.seen).toHaveLength(1);
    expect(rig.noted.map((event) => event.kind)).toEqual(['unparsed', 'unparsed']);
  });

  it('request bytes are never rewritten', async () => {
    rig = await startRig({ answer: json('{}') });
    const body = `{ "model" : "m",\n"messages":[{"role":"user","content":"caf\\u00e9 é 👋"}] , "n":1.0e0}\n`;
    await send(rig.url, { body });
    expect(rig.seen[0]?.body.toString()).toBe(body);
  });

  it.each([
    '/anthropic//v1/messages',
    '/anthropic/v1/messages/',
    '/anthropic/v1/./messages',
    '/anthropic/v1/%6dessages',
    '/anthropic/v1/x/../messages',
    '/anthropic/V1/Messages',
  ])('another spelling of the path (%s) is no way around', async (path) => {
    rig = await startRig({ answer: sse(forbidden) });
    // A raw socket, because a client would tidy the path.
    const url = new URL(rig.url);
    const text = await new Promise<string>((resolve) => {
      const socket = net.connect(Number(url.port), '127.0.0.1', () =>
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${rigToken}\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
        ),
      );
      let got = '';
      socket.on('data', (chunk) => {
        got += String(chunk);
      });
      socket.on('close', () => resolve(got));
    });
    expect(text).not.toContain('FORBIDDEN');
    expect(text).toContain('[Warder]');
  });

  it('a slow reader slows the provider down instead of filling memory', async () => {
    const piece = framed(textBlock(0, 'x'.repeat(4)))
      .toString()
      .padEnd(64 * 1024, ' ');
    let sent = 0;
    let closed = false;
    rig = await startRig({
      mode: 'observe',
      answer: (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.on('close', () => {
          closed = true;
        });
        const more = () => {
          while (!closed && res.write(`: ${piece}\n\n`)) sent += piece.length;
          sent += piece.length;
          if (!closed) res.once('drain', more);
        };
        more();
      },
    });
    const req = http.request(
      `${rig.url}/anthropic/v1/messages`,
      { method: 'POST', headers: { 'x-api-key': rigToken } },
      (res) => {
        res.pause();
        res.on('error', () => {});
      },
    );
    req.on('error', () => {});
    req.end('{}');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(48 * 1024 * 1024);
    req.destroy();
  });
});

describe('bounds', () => {
  it('a request that says it is too long is refused before it is read', async () => {
    rig = await startRig({ limits: { requestBytes: 2 * 1024 * 1024 } });
    const got = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const req = http.request(
        `${rig.url}/anthropic/v1/messages`,
        { method: 'POST', headers: { 'x-api-key': rigToken, 'content-length': 1024 ** 3 } },
        (res) => {
          let body = '';
          res.on('data', (chunk) => {
            body += String(chunk);
          });
          res.on('end', () => {
            resolve({ status: res.statusCode ?? 0, body });
            req.destroy();
          });
        },
      );
      req.on('error', reject);
      req.write('{');
    });
    expect(got.status).toBe(413);
    expect(JSON.parse(got.body)).toMatchObject({
      type: 'error',
      error: { type: 'request_too_large', message: expect.stringContaining('2 MiB') },
    });
    expect(rig.seen).toEqual([]);
  });

  it('a request that turns out too long is refused as soon as it is', async () => {
    rig = await startRig({ limits: { requestBytes: 1024 * 1024 } });
    const status = await new Promise<number>((resolve) => {
      const req = http.request(
        `${rig.url}/anthropic/v1/messages`,
        { method: 'POST', headers: { 'x-api-key': rigToken, 'transfer-encoding': 'chunked' } },
        (res) => {
          resolve(res.statusCode ?? 0);
          req.destroy();
        },
      );
      req.on('error', () => {});
      const more = () => {
        if (!req.destroyed && req.write(Buffer.alloc(256 * 1024, 32))) setImmediate(more);
        else req.once('drain', more);
      };
      more();
    });
    expect(status).toBe(413);
    expect(rig.seen).toEqual([]);
  });

  it('a request whose copy cannot be read goes through as it is, and is noted', async () => {
    rig = await startRig({ answer: json('{}') });
    const crowded = `{"a":[${'0,'.repeat(600_000)}0]}`;
    for (const body of ['{not json', '', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, crowded]) {
      rig.mode = 'observe';
      expect((await send(rig.url, { body })).status).toBe(200);
      expect(rig.seen.at(-1)?.body.toString()).toBe(body);
    }
    expect(rig.noted.map((event) => event.kind)).toEqual(['unparsed', 'unparsed', 'unparsed', 'unparsed']);
  });

  it('a request that two readers could see differently is refused while enforcing', async () => {
    rig = await startRig({ answer: json('{}') });
    for (const body of ['{"tools":[],"tools":[{"name":"x"}]}', `${'['.repeat(100_000)}${']'.repeat(100_000)}`]) {
      const got = await send(rig.url, { body });
      expect(got.status).toBe(400);
      expect(JSON.parse(got.body.toString())).toMatchObject({ error: { type: 'invalid_request_error' } });
    }
    expect(rig.seen).toEqual([]);
  });
});

const coded: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
};
const compressed =
  (type: string, encoding: string, bytes: Buffer): Answering =>
  (_req, res) => {
    res.writeHead(200, { 'content-type': type, 'content-encoding': encoding });
    for (let at = 0; at < bytes.length; at += 40) res.write(bytes.subarray(at, at + 40));
    res.end();
  };

describe('a provider that compresses although it was asked not to', () => {
  it.each(Object.entries(coded))(
    '%s: read and judged while enforcing, passed as it is while observing',
    async (encoding, code) => {
      rig = await startRig({ answer: compressed('text/event-stream', encoding, code(forbidden)) });
      const held = await send(rig.url);
      expect(held.headers['content-encoding']).toBeUndefined();
      expect(held.body.toString()).toContain('[Warder]');
      rig.mode = 'observe';
      const passed = await send(rig.url);
      expect(passed.headers['content-encoding']).toBe(encoding);
      expect(passed.body.equals(code(forbidden))).toBe(true);
      await vi.waitFor(() => expect(rig.decided).toHaveLength(2));
      expect(rig.seen[0]?.headers['accept-encoding']).toBe('identity');
    },
  );

  it('a whole compressed message is read too', async () => {
    const text = JSON.stringify({
      type: 'message',
      content: [{ type: 'tool_use', id: 'a', name: 'Bash', input: { command: 'FORBIDDEN' } }],
      stop_reason: 'tool_use',
    });
    rig = await startRig({ answer: compressed('application/json', 'gzip', zlib.gzipSync(text)) });
    const got = await send(rig.url);
    expect(JSON.parse(got.body.toString())).toMatchObject({ content: [{ type: 'text' }], stop_reason: 'end_turn' });
    expect(Number(got.headers['content-length'])).toBe(got.body.length);
  });

  it.each(Object.entries(coded))('a %s bomb ends at the bound', async (encoding, code) => {
    rig = await startRig({
      answer: compressed('application/json', encoding, code(Buffer.alloc(24 * 1024 * 1024, 32))),
    });
    const got = await send(rig.url);
    expect(got.status).toBe(502);
    expect(got.body.toString()).toMatch(/grows more than 100 times/);
  });

  it.each([
    ['a coding nobody knows', 'application/json', 'odd'],
    ['two codings', 'text/event-stream', 'gzip, br'],
    ['no known type', 'text/plain', ''],
  ])('%s: refused while enforcing, passed and noted while observing', async (_what, type, encoding) => {
    rig = await startRig({
      answer: (_req, res) => {
        res.writeHead(200, { 'content-type': type, ...(encoding ? { 'content-encoding': encoding } : {}) });
        res.end('whatever');
      },
    });
    expect((await send(rig.url)).status).toBe(502);
    rig.mode = 'observe';
    expect((await send(rig.url)).body.toString()).toBe('whatever');
    expect(rig.noted.filter((event) => event.kind === 'unparsed')).not.toEqual([]);
  });

  it('damaged compression breaks a held stream and leaves a watched one alone', async () => {
    const damaged = zlib.gzipSync(forbidden).subarray(0, 200);
    rig = await startRig({ answer: compressed('text/event-stream', 'gzip', damaged) });
    const held = await send(rig.url);
    expect(held.complete && held.status === 200).toBe(false);
    rig.mode = 'observe';
    expect((await send(rig.url)).body.equals(damaged)).toBe(true);
  });
});

it('a redirect of the provider is not followed around the gateway', async () => {
  rig = await startRig({
    answer: (_req, res) => {
      res.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' });
      res.end();
    },
  });
  const got = await send(rig.url);
  expect(got.status).toBe(502);
  expect(got.headers.location).toBeUndefined();
});

it('a stream with a huge tool input is held and let go byte for byte', async () => {
  const big = framed([
    messageStart,
    ...toolBlock(0, 'toolu_big', 'Write', { file_path: '/x', content: 'é'.repeat(60_000) }),
    ...ending('tool_use'),
  ]);
  rig = await startRig({ answer: sse(big, 16_000) });
  expect((await send(rig.url)).body.equals(big)).toBe(true);
});

it('a frame without end is given up at a bound', async () => {
  rig = await startRig({
    answer: (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(framed([messageStart, start(0, { type: 'text', text: '' })]));
      for (let at = 0; at < 34; at++) res.write(Buffer.alloc(1024 * 1024, 120));
      res.end();
    },
  });
  const got = await send(rig.url);
  expect(got.complete).toBe(false);
  expect(got.body.length).toBeLessThan(1024 * 1024);
});
