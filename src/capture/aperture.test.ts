import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { AccessAsk, AccessGuard } from '../core/access.ts';
import type { Settled, WaitingRoom } from '../core/approval.ts';
import type { AgentEvent } from '../core/event.ts';
import type { Decided } from '../core/ports.ts';
import { ok } from '../core/result.ts';
import type { AnswerUsage } from '../core/usage.ts';
import type { CallRecord, Mode, Verdict } from '../core/verdict.ts';
import { apertureReading } from '../normalise/aperture/reading.ts';
import { shapedCall } from '../normalise/tool-shapes.ts';
import { createAperture } from './aperture.ts';
import type { ApertureSettings, GuardrailDeps } from './aperture-deps.ts';

const settings: ApertureSettings = {
  failMode: 'closed',
  answerWithinMs: 400,
  forbiddenTools: 'strip',
  maskPrompts: true,
  unapproved: 'block',
  unseen: 'block',
};
const verdict = (decision: Verdict['decision'], more: Partial<Verdict> = {}): Verdict => ({
  decision,
  enforced: false,
  effective: 'allow',
  rules: [],
  why: 'Because.',
  ...more,
});
const decided = (its: Verdict): Decided => ({
  verdict: its,
  score: { score: 0, severity: 'low', findings: [] },
  call: 'c_1',
  receipt: null,
});

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface World {
  readonly mode?: Mode;
  readonly settings?: Partial<ApertureSettings>;
  readonly decide?: () => Promise<Decided>;
  readonly recorded?: () => Promise<CallRecord | undefined>;
  readonly system?: () => Promise<void>;
  readonly holderOf?: () => Promise<never>;
  readonly mask?: GuardrailDeps['mask'];
  readonly guard?: AccessGuard;
  readonly waitingRoom?: WaitingRoom;
}

/** A real server with a pipeline that does as it is told. */
async function guard(world: World = {}) {
  const noted: AgentEvent[] = [];
  const trouble: string[] = [];
  const aperture = createAperture({
    reading: apertureReading,
    pipeline: {
      decide: world.decide ?? (async () => decided(verdict('allow'))),
      async note(event) {
        noted.push(event);
      },
      recorded: world.recorded ?? (async () => undefined),
      hooksSeen: () => false,
      system: world.system ?? (async () => {}),
    },
    settings: { ...settings, ...world.settings },
    toolCall: (_agent, tool, input, id) => shapedCall(tool, input, id),
    forbidsTool: () => null,
    mask: world.mask ?? ((text) => ({ text, hits: [] })),
    masked: { isEmpty: () => true, has: () => false, add: () => {} },
    ...(world.guard ? { guard: world.guard } : {}),
    ...(world.waitingRoom ? { waitingRoom: world.waitingRoom } : {}),
    holderOf: world.holderOf ?? (async () => ok(null)),
    mode: () => world.mode ?? 'enforce',
    now: () => '2026-01-02T03:04:05.678Z',
    onNews: () => {},
    onBlocked: () => {},
    onTrouble: (code, detail) => trouble.push(`${code}: ${detail}`),
  });
  const server = http.createServer(aperture.listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = async (body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/aperture/guardrail`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
      body: JSON.stringify(body),
    });
    return { status: response.status, reply: (await response.json()) as { action?: string; status_code?: number } };
  };
  return { ask, noted, trouble, status: aperture.status };
}

let requests = 0;
const withResult = () => {
  requests += 1;
  return {
    metadata: { url: '/v1/messages', request_id: `r${requests}`, session_id: 'oacc_1' },
    request_body: {
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'ok' }] },
      ],
    },
  };
};

const broken: readonly (readonly [string, World])[] = [
  ['the store cannot be read', { recorded: () => Promise.reject(new Error('gone')) }],
  [
    'the verdict cannot be recorded',
    { decide: async () => decided(verdict('deny', { degraded: 'store-unavailable' })) },
  ],
  ['the pipeline breaks', { decide: () => Promise.reject(new Error('bug')) }],
  ['the verdict does not come', { decide: () => new Promise(() => {}) }],
  [
    'the receipt of a block cannot be written',
    { decide: async () => decided(verdict('deny')), system: () => Promise.reject(new Error('full')) },
  ],
];

describe('the fail mode answers when', () => {
  for (const [what, world] of broken) {
    it(`${what}: closed blocks, open lets go, watching lets go`, async () => {
      const closed = await guard(world);
      expect((await closed.ask(withResult())).reply).toMatchObject({ action: 'block', status_code: 503 });
      expect(closed.status()).toMatchObject({ failedClosed: 1, failedOpen: 0 });
      const open = await guard({ ...world, settings: { failMode: 'open' } });
      expect((await open.ask(withResult())).reply).toEqual({ action: 'allow' });
      expect(open.status()).toMatchObject({ failedClosed: 0, failedOpen: 1 });
      expect(open.trouble.join('\n')).toContain('let go unjudged');
      expect(open.noted.some((event) => event.kind === 'notice' && event.text.includes('let go unjudged'))).toBe(true);
      const watching = await guard({ ...world, mode: 'observe' });
      expect((await watching.ask(withResult())).reply).toEqual({ action: 'allow' });
    });
  }

  it('is no answer of its own kept for a repeat: the next try is judged anew', async () => {
    let tries = 0;
    const flaky = await guard({
      async decide() {
        tries += 1;
        return decided(tries === 1 ? verdict('deny', { degraded: 'store-unavailable' }) : verdict('allow'));
      },
    });
    const asked = withResult();
    expect((await flaky.ask(asked)).reply.action).toBe('block');
    expect((await flaky.ask(asked)).reply.action).toBe('allow');
  });

  it('keys that cannot be read are no reason to say that a key is wrong', async () => {
    const locked = await guard({ holderOf: () => Promise.reject(new Error('gone')) });
    expect((await locked.ask(withResult())).status).toBe(503);
  });
});

describe('a result of a call that needs a person', () => {
  const asks = { decide: async () => decided(verdict('ask', { rules: ['ask-first'] })) };

  it('is blocked until one approved the call, and passes from then on', async () => {
    const settle = Promise.withResolvers<Settled>();
    let waits = 0;
    const waitingRoom: WaitingRoom = {
      seconds: 60,
      wait() {
        waits += 1;
        return settle.promise;
      },
    };
    const world = await guard({ ...asks, waitingRoom });
    for (let tries = 0; tries < 2; tries += 1) {
      const { reply } = await world.ask(withResult());
      expect(reply).toMatchObject({ action: 'block', status_code: 403 });
      expect(JSON.stringify(reply)).toMatch(/waits for a person's approval: Bash.*ask-first.*console within 60 s/);
    }
    expect(waits).toBe(1);
    settle.resolve({ how: 'approved', by: 'ada', note: '', allowed: true });
    await settle.promise;
    expect((await world.ask(withResult())).reply).toEqual({ action: 'allow' });
  });

  it('stays blocked when it was denied, and waits anew with the next try', async () => {
    let waits = 0;
    const waitingRoom: WaitingRoom = {
      seconds: 60,
      async wait() {
        waits += 1;
        return { how: 'denied', by: 'ada', note: '', allowed: false };
      },
    };
    const world = await guard({ ...asks, waitingRoom });
    for (let tries = 0; tries < 2; tries += 1)
      expect((await world.ask(withResult())).reply).toMatchObject({ action: 'block' });
    expect(waits).toBe(2);
  });

  it('waits nowhere while only watching', async () => {
    const waitingRoom: WaitingRoom = { seconds: 60, wait: () => Promise.reject(new Error('nobody may wait')) };
    const world = await guard({ ...asks, waitingRoom, mode: 'observe' });
    expect((await world.ask(withResult())).reply).toEqual({ action: 'allow' });
  });
});

describe('access rules and usage', () => {
  const openGuard = (refusal: { status: 403 | 429; message: string } | null) => {
    const asked: AccessAsk[] = [];
    const used: AnswerUsage[] = [];
    const its: AccessGuard = {
      active: () => true,
      admit(ask) {
        asked.push(ask);
        return refusal ? { ok: false, ...refusal } : { ok: true, settle: () => {} };
      },
      used: (usage) => void used.push(usage),
    };
    return { asked, used, guard: its };
  };
  const named = (more: object) => ({
    metadata: { url: '/v1/messages', model: 'claude-x', login_name: 'ada', session_id: 'oacc_1', ...more },
  });

  it('refuse what a person may not use, in the status they name', async () => {
    const rules = openGuard({ status: 429, message: 'the budget is used up.' });
    const world = await guard(rules);
    const { reply } = await world.ask({ ...named({}), request_body: { messages: [{ role: 'user', content: 'hi' }] } });
    expect(reply).toEqual({ action: 'block', status_code: 429, message: '[Warder] the budget is used up.' });
    expect(rules.asked).toMatchObject([{ identity: { person: 'ada' }, provider: 'anthropic', model: 'claude-x' }]);
  });

  it('count what an answer took once: as its provider told, else as Aperture did', async () => {
    const rules = openGuard(null);
    const world = await guard(rules);
    const estimated_cost = {
      dollars: 1,
      cost_basis: 'bedrock-eu/claude-x',
      usage: { input_tokens: 7, cached_tokens: 2 },
    };
    const response_body = { type: 'message', content: [], usage: { input_tokens: 5, output_tokens: 3 } };
    await world.ask({ ...named({ request_id: 'a', estimated_cost }), response_body });
    await world.ask({ ...named({ request_id: 'a', estimated_cost }), response_body });
    await world.ask({ ...named({ request_id: 'b', estimated_cost }), tool_calls: [] });
    expect(rules.used).toMatchObject([
      { provider: 'bedrock', model: 'claude-x', tokens: { input: 5, output: 3 }, estimated: false },
      { provider: 'bedrock', tokens: { input: 7, cacheRead: 2, output: 0 }, estimated: true },
    ]);
  });
});

describe('two tellers of one call', () => {
  it('have it judged once', async () => {
    let judged = 0;
    const both = await guard({
      async decide() {
        judged += 1;
        await new Promise((resolve) => setTimeout(resolve, 30));
        return decided(verdict('allow'));
      },
    });
    const asked = withResult();
    const answer = {
      metadata: { url: '/v1/messages', session_id: 'oacc_1' },
      response_body: { content: asked.request_body.messages[0]?.content },
    };
    await Promise.all([both.ask(asked), both.ask(answer), both.ask(withResult())]);
    expect(judged).toBe(1);
  });
});

describe('random bodies', () => {
  it('never get anything but an answer in form', async () => {
    const steady = await guard({
      settings: { failMode: 'closed' },
      mask: (text) => ({ text: text.replace('q', '*'), hits: text.includes('q') ? [1] : [] }),
    });
    const watching = await guard({ mode: 'observe', mask: () => ({ text: '*', hits: [1] }) });
    let seed = 11;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 16) % below;
    };
    const names =
      'messages role content type text tool_use tool_result tool_use_id id name input tools function parameters contents parts functionCall functionResponse args input output toolConfig toolUse system assistant user model call_id arguments tool_choice'.split(
        ' ',
      );
    const made = (depth: number): unknown => {
      const pick = random(8);
      if (depth === 0 || pick < 2)
        return [null, 'q', '', 5, true, 'assistant', 'user', 'model', 'tool_use', 'tool_result'][random(10)];
      const inner = Array.from({ length: random(5) }, () => made(depth - 1));
      return pick < 4 ? inner : Object.fromEntries(inner.map((value) => [names[random(names.length)], value]));
    };
    const urls = [
      '/v1/messages',
      '/v1/chat/completions',
      '/v1/responses',
      '/v1beta/models/g:generateContent',
      '/model/x/converse',
      '/x',
    ];
    for (let round = 0; round < 400; round += 1) {
      const messages = Array.from({ length: random(4) }, () => ({
        role: ['user', 'assistant', 'model', 'tool'][random(4)],
        content: made(3),
        parts: made(3),
      }));
      const request_body =
        random(5) === 0
          ? made(4)
          : { messages, contents: messages, input: messages, tools: made(3), toolConfig: made(3) };
      const body = {
        metadata: { url: urls[random(urls.length)] },
        request_body,
        ...(random(3) === 0 ? { response_body: made(4), raw_responses: made(3) } : {}),
      };
      // Whatever comes, nothing is blocked or changed while watching.
      expect((await watching.ask(body)).reply).toEqual({ action: 'allow' });
      const { status, reply } = await steady.ask(body);
      expect([200, reply.action]).toEqual([status, expect.stringMatching(/^(?:allow|block|modify)$/)]);
    }
    expect(watching.trouble.filter((line) => line.includes('internal error'))).toEqual([]);
    expect(steady.trouble.filter((line) => line.includes('internal error'))).toEqual([]);
  });
});
