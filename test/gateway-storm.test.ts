import http from 'node:http';
import zlib from 'node:zlib';
import { expect, it } from 'vitest';
import { clientsOf } from './harness/dialect-clients.ts';
import { type Sample, samples } from './harness/dialect-streams.ts';
import { type Answering, type Got, type Rig, rigToken, send, startRig } from './harness/gateway-rig.ts';

// Faults between client, gateway, judge and provider, in every format, while enforcing. The longer trial
// (npm run test:long) sends 10,000 requests. Whatever happens, what was forbidden does not reach a client, what was cut
// does not look complete, and the gateway serves the next request.

const requests = process.env.WARDER_LONG === '1' ? 10_000 : 240;
const atOnce = 40;

function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return state % below;
  };
}

/** Where each format is asked for a stream, and what a client takes for the end of one. */
const places: Readonly<Record<string, { provider: string; path: string; end: string }>> = {
  anthropic: { provider: 'anthropic', path: '/anthropic/v1/messages', end: 'event: message_stop' },
  'openai-chat': { provider: 'openai', path: '/openai/v1/chat/completions', end: 'data: [DONE]' },
  'openai-responses': { provider: 'openai', path: '/openai/v1/responses', end: 'event: response.completed' },
  gemini: { provider: 'gemini', path: '/gemini/v1beta/models/m:streamGenerateContent?alt=sse', end: '"finishReason"' },
  'bedrock-converse': { provider: 'bedrock', path: '/bedrock/model/m/converse-stream', end: 'messageStop' },
  'bedrock-messages': {
    provider: 'bedrock',
    path: '/bedrock/model/anthropic.m/invoke-with-response-stream',
    end: Buffer.from('{"type":"message_stop"').toString('base64').slice(0, 24),
  },
};

const made = samples.filter(({ name }) => name.startsWith('made '));
const typeOf = ({ framing }: Sample) =>
  framing === 'sse' ? 'text/event-stream' : 'application/vnd.amazon.eventstream';

/** What a provider, or the net before it, does to an answer. `cut`: less than the whole answer is sent. */
interface Fault {
  readonly name: string;
  readonly cut: boolean;
  readonly answer: (sample: Sample, next: (below: number) => number) => Answering;
}

const head = (sample: Sample, res: http.ServerResponse, more: http.OutgoingHttpHeaders = {}) =>
  res.writeHead(200, { 'content-type': typeOf(sample), ...more });
const before = (sample: Sample, next: (below: number) => number) => {
  const end = sample.bytes.indexOf(places[sample.dialect.id]?.end ?? '');
  return sample.bytes.subarray(0, 1 + next(Math.max(1, end - 1)));
};

const faults: readonly Fault[] = [
  { name: 'none', cut: false, answer: (sample) => (_req, res) => void head(sample, res).end(sample.bytes) },
  {
    name: 'in small pieces',
    cut: false,
    answer: (sample, next) => (_req, res) => {
      head(sample, res);
      for (let at = 0; at < sample.bytes.length; ) {
        const size = 1 + next(300);
        res.write(sample.bytes.subarray(at, at + size));
        at += size;
      }
      res.end();
    },
  },
  {
    name: 'compressed',
    cut: false,
    answer: (sample) => (_req, res) =>
      void head(sample, res, { 'content-encoding': 'gzip' }).end(zlib.gzipSync(sample.bytes)),
  },
  {
    name: 'reset in the middle',
    cut: true,
    answer: (sample, next) => (_req, res) => {
      head(sample, res).write(before(sample, next));
      setTimeout(() => res.socket?.resetAndDestroy(), next(8));
    },
  },
  {
    name: 'ends early, as if it were whole',
    cut: true,
    answer: (sample, next) => (_req, res) => void head(sample, res).end(before(sample, next)),
  },
  {
    name: 'compressed and cut',
    cut: true,
    answer: (sample, next) => (_req, res) => {
      const packed = zlib.gzipSync(before(sample, next));
      head(sample, res, { 'content-encoding': 'gzip' }).end(packed.subarray(0, 1 + next(packed.length)));
    },
  },
  {
    name: 'garbage inside',
    cut: false,
    answer: (sample, next) => (_req, res) => {
      const at = next(sample.bytes.length);
      const noise = Buffer.from(Array.from({ length: 1 + next(60) }, () => next(256)));
      head(sample, res).end(Buffer.concat([sample.bytes.subarray(0, at), noise, sample.bytes.subarray(at)]));
    },
  },
  { name: 'refused', cut: true, answer: () => (req) => void req.socket.resetAndDestroy() },
  { name: 'no answer in time', cut: true, answer: () => () => {} },
  {
    name: 'one byte at a time, then silence',
    cut: true,
    answer: (sample, next) => (_req, res) => {
      const bytes = before(sample, next);
      head(sample, res);
      for (let at = 0; at < Math.min(40, bytes.length); at++) res.write(bytes.subarray(at, at + 1));
    },
  },
  {
    name: 'an error',
    cut: true,
    answer: (_sample, next) => (_req, res) =>
      void res.writeHead([429, 500, 503][next(3)] ?? 500, { 'content-type': 'application/json' }).end('{"error":{}}'),
  },
  {
    name: 'another type',
    cut: true,
    answer: (sample) => (_req, res) => void res.writeHead(200, { 'content-type': 'text/plain' }).end(sample.bytes),
  },
];

/** What the judge does: nearly always its work. */
const judges = ['judges', 'judges', 'judges', 'judges', 'is late', 'fails'] as const;

it(`${requests} requests through faults: nothing forbidden passes, nothing cut looks complete`, async () => {
  const next = random(19);
  const rigs = new Map<string, Rig>();
  const byId = new Map<string, Answering>();
  for (const provider of new Set(Object.values(places).map((place) => place.provider))) {
    rigs.set(
      provider,
      await startRig({
        provider,
        mode: 'enforce',
        timeouts: { connectMs: 300, headersMs: 150, bodyIdleMs: 150 },
        limits: { judgeMs: 120 },
        answer: (req, res, body) => {
          const id = String(req.headers['x-case']);
          byId.get(id)?.(req, res, body);
        },
        decide: async (event) => {
          const forbidden = JSON.stringify(event.call.input).includes('FORBIDDEN');
          const how = forbidden ? judges[next(judges.length)] : 'judges';
          if (how === 'fails') throw new Error('the judge is broken');
          if (how === 'is late') await new Promise((resolve) => setTimeout(resolve, 5_000).unref());
          return forbidden && how === 'judges' ? 'deny' : 'allow';
        },
      }),
    );
  }
  const wrong: string[] = [];
  let served = 0;
  const seen = new Map<string, number>();
  const one = async (number: number) => {
    const sample = made[next(made.length)];
    const fault = faults[next(faults.length)];
    const place = places[sample?.dialect.id ?? ''];
    if (!sample || !fault || !place) throw new Error('no such case');
    byId.set(String(number), fault.answer(sample, next));
    const rig = rigs.get(place.provider);
    if (!rig) throw new Error('no such provider');
    const leaves = next(12) === 0;
    const got = await sent(rig, place.path, number, leaves ? 1 + next(20) : null);
    byId.delete(String(number));
    seen.set(fault.name, (seen.get(fault.name) ?? 0) + 1);
    const about = `#${number} ${sample.name}, ${fault.name}${leaves ? ', the client leaves' : ''}`;
    if (got === null || got.status !== 200) return;
    for (const [reader, see] of Object.entries(clientsOf(sample.dialect.id))) {
      const passed = see(got.body).filter(({ input }) => JSON.stringify(input).includes('FORBIDDEN'));
      if (passed.length > 0) wrong.push(`${about}: ${reader} sees what was forbidden`);
    }
    if (fault.cut && got.body.includes(place.end)) wrong.push(`${about}: it looks complete`);
    if (fault.name === 'none' && !(got.complete && got.body.includes(place.end)))
      wrong.push(`${about}: it is not whole`);
    served += 1;
  };
  for (let from = 0; from < requests; from += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, requests - from) }, (_, at) => one(from + at)));
  }
  expect(wrong).toEqual([]);
  expect(seen.size).toBe(faults.length);
  expect(served).toBeGreaterThan(requests / 3);
  for (const rig of rigs.values()) await rig.close();
}, 900_000);

/** The answer, or null when the client left or nothing came. */
async function sent(rig: Rig, path: string, number: number, leaveAfterMs: number | null): Promise<Got | null> {
  const headers = { 'x-case': String(number), authorization: `Bearer ${rigToken}` };
  if (leaveAfterMs === null) return send(rig.url, { path, headers, body: '{"stream":true}' }).catch(() => null);
  return new Promise((resolve) => {
    const req = http.request(
      rig.url + path,
      { method: 'POST', agent: false, headers: { ...headers, 'content-type': 'application/json' } },
      (res) => res.on('error', () => {}).resume(),
    );
    req.on('error', () => {}).on('close', () => resolve(null));
    req.end('{"stream":true}');
    setTimeout(() => req.destroy(), leaveAfterMs);
  });
}
