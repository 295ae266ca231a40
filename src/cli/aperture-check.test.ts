import { describe, expect, it } from 'vitest';
import { checkAperture } from './aperture-check.ts';
import { durationMs } from './aperture-check-hooks.ts';
import { hookSetup } from './aperture-config.ts';
import { plainJson } from './hujson.ts';

const warder = { failMode: 'closed', answerWithinMs: 1200, mode: 'enforce' } as const;
const base = { url: 'https://warder.example.ts.net', key: 'k'.repeat(47), src: ['*'], ...warder };

type Json = Record<string, unknown>;
interface Config {
  hooks: Record<string, Json>;
  grants: { src?: unknown; dst?: unknown; app: Record<string, { models?: unknown; send_hooks: Json[] }[]> }[];
  database?: unknown;
  temp_grants?: unknown;
}
const good = (): Config => JSON.parse(JSON.stringify(hookSetup({ ...base, dst: null }).config)) as Config;
const wrongIn = (config: unknown, policy?: unknown) =>
  checkAperture(config, policy, warder)
    .filter(({ ok }) => !ok)
    .map(({ what, mend }) => `${what} ${mend}`)
    .join('\n');
const sendOf = (config: Config, at: number): Json =>
  config.grants[0]?.app['tailscale.com/cap/aperture']?.[0]?.send_hooks[at] ?? {};

describe('a configuration of Aperture', () => {
  it('is fine as it is printed, in both forms', () => {
    expect(wrongIn(good())).toBe('');
    const { config, policy } = hookSetup({ ...base, dst: 'tag:aperture' });
    expect(wrongIn(config, policy)).toBe('');
  });

  const mistakes: readonly (readonly [string, (config: Config) => void, RegExp])[] = [
    [
      'without the guardrail',
      (c) => delete c.hooks['warder-guardrail'],
      /No hook posts to \/aperture\/guardrail.*two hooks/s,
    ],
    [
      'without the events',
      (c) => delete c.hooks['warder-events'],
      /No hook posts to \/aperture\/events.*"warder-events": \{"url"/s,
    ],
    [
      'without a key',
      (c) => Object.assign(c.hooks['warder-events'] ?? {}, { apikey: '' }),
      /"warder-events" has no key/,
    ],
    [
      'with the placeholder for a key',
      (c) => Object.assign(c.hooks['warder-events'] ?? {}, { apikey: 'KEY' }),
      /has no key/,
    ],
    [
      'with an unknown authorization',
      (c) => Object.assign(c.hooks['warder-events'] ?? {}, { authorization: 'digest' }),
      /"digest".*bearer/,
    ],
    [
      'with a disabled hook',
      (c) => Object.assign(c.hooks['warder-guardrail'] ?? {}, { disabled: true }),
      /is disabled/,
    ],
    [
      'with another fail policy',
      (c) => Object.assign(c.hooks['warder-guardrail'] ?? {}, { fail_policy: 'fail_open' }),
      /fail_open.*fail closed/,
    ],
    ['without a fail policy', (c) => delete c.hooks['warder-guardrail']?.fail_policy, /left out/],
    [
      'with too short a timeout',
      (c) => Object.assign(c.hooks['warder-guardrail'] ?? {}, { timeout: '500ms' }),
      /waits 500 ms, but Warder may take 1200/,
    ],
    [
      'with too long a timeout',
      (c) => Object.assign(c.hooks['warder-guardrail'] ?? {}, { timeout: '1m' }),
      /waits 60000 ms/,
    ],
    ['without any timeout', (c) => Object.assign(c.hooks['warder-guardrail'] ?? {}, { timeout: '0' }), /no timeout/],
    [
      'with a timeout that is none',
      (c) => Object.assign(c.hooks['warder-guardrail'] ?? {}, { timeout: 5 }),
      /no duration/,
    ],
    [
      'with an address of its own machine',
      (c) => Object.assign(c.hooks['warder-events'] ?? {}, { url: 'http://127.0.0.1:7717/aperture/events' }),
      /machine of Aperture itself/,
    ],
    ['without a grant', (c) => c.grants.splice(0), /No grant sends "warder-guardrail"/],
    ['with a grant for nobody', (c) => delete c.grants[0]?.src, /no "src"/],
    [
      'with a dst in its own grants',
      (c) => Object.assign(c.grants[0] ?? {}, { dst: ['tag:x'] }),
      /"dst", which belongs to the policy file/,
    ],
    [
      'with models as a list',
      (c) => Object.assign(c.grants[0]?.app['tailscale.com/cap/aperture']?.[0] ?? {}, { models: ['anthropic/*'] }),
      /one pattern/,
    ],
    [
      'with several models in one text',
      (c) => Object.assign(c.grants[0]?.app['tailscale.com/cap/aperture']?.[0] ?? {}, { models: 'a/*, b/*' }),
      /several patterns/,
    ],
    [
      'with answers asked for before there are any',
      (c) => Object.assign(sendOf(c, 0), { send: ['request_body', 'tools'] }),
      /tools on pre_request/,
    ],
    ['without the request', (c) => Object.assign(sendOf(c, 0), { send: ['user_message'] }), /not sent request_body/],
    [
      'without the answer',
      (c) => Object.assign(sendOf(c, 1), { send: ['tools', 'request_body'] }),
      /not sent response_body/,
    ],
    ['without events', (c) => Object.assign(sendOf(c, 1), { events: [] }), /not sent entire_request/],
    [
      'with events of tool calls only',
      (c) => Object.assign(sendOf(c, 1), { events: ['tool_call_entire_request'] }),
      /retention/,
    ],
    [
      'with both events at one address',
      (c) => Object.assign(sendOf(c, 0), { events: ['pre_request', 'entire_request'] }),
      /belongs to the other address/,
    ],
    [
      'with unknown words',
      (c) =>
        Object.assign(sendOf(c, 1), {
          events: ['entire_request', 'post'],
          send: ['request_body', 'response_body', 'cost'],
        }),
      /"post", "cost"/,
    ],
    [
      'with a grant for a hook that is not there',
      (c) => Object.assign(sendOf(c, 1), { name: 'warder-post' }),
      /"warder-post", but no hook/,
    ],
    [
      'with retention that leaves out tools',
      (c) => Object.assign(c, { database: { retention: { duration: '', purge: ['captures', 'tools'] } } }),
      /purge names "tools"/,
    ],
    ['in the old form', (c) => Object.assign(c, { temp_grants: [] }), /early version/],
  ];
  for (const [what, make, told] of mistakes) {
    it(`${what} is told, with what to write`, () => {
      const config = good();
      make(config);
      expect(wrongIn(config)).toMatch(told);
    });
  }

  it('that would block while Warder only watches is told', () => {
    const watching = { ...warder, failMode: 'open', mode: 'observe' } as const;
    const told = checkAperture(good(), undefined, watching).filter(({ ok }) => !ok);
    expect(told).toMatchObject([{ what: expect.stringContaining('only watches') }]);
  });

  it('is told of a grant in the policy file that lacks its dst', () => {
    const { config, policy } = hookSetup({ ...base, dst: 'tag:aperture' });
    const { grants } = JSON.parse(JSON.stringify(policy)) as { grants: { dst?: unknown }[] };
    delete grants[0]?.dst;
    expect(wrongIn(config, { grants })).toMatch(/no "dst": it is accepted and then ignored/);
  });

  it('that is none is told, whatever it is', () => {
    for (const config of [null, [], 'x', 5]) expect(wrongIn(config)).toMatch(/no configuration of Aperture/);
    for (const config of [
      {},
      { hooks: [] },
      { hooks: { a: 5 } },
      { grants: {} },
      { hooks: {}, grants: [{ app: 'x' }] },
    ])
      expect(wrongIn(config)).toMatch(/No hook posts to/);
  });
});

describe('what a file may be written in', () => {
  it('is JSON with comments and trailing commas', () => {
    const text = '// a "comment"\n{ "a": "// no /* comment,]", /* b\n */ "b": [1, 2, /* c */ ], // end\n}\n';
    expect(JSON.parse(plainJson(text))).toEqual({ a: '// no /* comment,]', b: [1, 2] });
    expect(plainJson(text).split('\n')).toHaveLength(text.split('\n').length);
    for (const odd of ['', '"', '{"a', '/*', '//', '{,}', '[,]']) expect(() => plainJson(odd)).not.toThrow();
  });
});

describe('a duration', () => {
  it('is read as Go reads it', () => {
    const read = ['1500ms', '2s', '1m30s', '1.5s', '0', '5', '', 's', '-1s', 'fast', 5].map(durationMs);
    expect(read).toEqual([1500, 2000, 90_000, 1500, 0, null, null, null, null, null, null]);
  });
});
