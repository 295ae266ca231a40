import { z } from 'zod';
import { capability, hookSetup, marginMs, needs } from './aperture-config.ts';

/** One thing looked at. `mend`: what to write where; absent when it is fine. */
export interface Finding {
  readonly ok: boolean;
  readonly what: string;
  readonly mend?: string;
}

/** How this Warder is set, as far as the hooks have to fit it. */
export interface WarderSide {
  /** What is answered when a request cannot be judged; `open` while observing. */
  readonly failMode: 'open' | 'closed';
  readonly answerWithinMs: number;
  readonly mode: 'observe' | 'enforce';
}

const some = z.unknown().optional();
const hookSchema = z.looseObject({
  url: z.string().catch(''),
  apikey: z.string().catch(''),
  authorization: some,
  timeout: some,
  disabled: some,
  fail_policy: some,
});
const sendSchema = z.looseObject({ name: z.string().catch(''), events: some, send: some });
const capabilitySchema = z.looseObject({ models: some, providers: some, send_hooks: z.array(sendSchema).catch([]) });
const grantSchema = z.looseObject({ src: some, dst: some, app: z.record(z.string(), z.unknown()).catch({}) });
const fileSchema = z.looseObject({
  hooks: z.record(z.string(), hookSchema).optional().catch({}),
  grants: z.array(grantSchema).catch([]),
  temp_grants: some,
  database: z
    .looseObject({ retention: z.looseObject({ duration: some, purge: some }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

type Hook = z.infer<typeof hookSchema>;
type Grant = z.infer<typeof grantSchema>;

/** A grant of a hook, with the file it stands in. */
interface Sending {
  readonly grant: Grant;
  readonly models: unknown;
  readonly name: string;
  readonly events: readonly string[];
  readonly send: readonly string[];
  readonly inPolicy: boolean;
}

const authorizations = ['bearer', 'x-api-key', 'x-goog-api-key', 'hec', 'cf-aig-authorization'];
const events = ['pre_request', 'entire_request', 'tool_call_entire_request'];
const sends = [
  'tools',
  'request_body',
  'response_body',
  'raw_responses',
  'user_message',
  'grants',
  'estimated_cost',
  'quotas',
];

/**
 * What is missing or wrong in Aperture's configuration and, where it is given, in the tailnet's policy file. Source:
 * Aperture's configuration reference, its recipes' validator.
 */
export function checkAperture(config: unknown, policy: unknown, warder: WarderSide): readonly Finding[] {
  const own = fileSchema.safeParse(config);
  const tailnet = policy === undefined ? null : fileSchema.safeParse(policy);
  if (!own.success)
    return [wrong('The file is no configuration of Aperture.', 'It is a JSON object with "hooks" and "grants".')];
  if (tailnet && !tailnet.success)
    return [wrong('The policy file is no JSON object.', 'Give the tailnet policy file.')];
  const hooks = own.data.hooks ?? {};
  const grants = [
    ...own.data.grants.map((grant) => ({ grant, inPolicy: false })),
    ...(tailnet?.data.grants ?? []).map((grant) => ({ grant, inPolicy: true })),
  ];
  const sending = grants.flatMap(sendingIn);
  const found = { guardrail: hookAt(hooks, 'guardrail'), events: hookAt(hooks, 'events') };
  return [
    ...hooksThere(found, warder),
    ...(found.guardrail ? guardrailHook(found.guardrail, warder) : []),
    ...[found.guardrail, found.events].flatMap((each) => (each ? eachHook(each) : [])),
    ...(found.guardrail ? granted(found.guardrail.name, 'guardrail', sending) : []),
    ...(found.events ? granted(found.events.name, 'events', sending) : []),
    ...grants.flatMap(grantForm),
    ...sending.filter(({ name }) => [found.guardrail?.name, found.events?.name].includes(name)).flatMap(sendingForm),
    ...unknownNames(hooks, sending),
    ...retention(own.data.database?.retention),
    ...(own.data.temp_grants === undefined
      ? []
      : [wrong('"temp_grants" is the form of an early version and is not read any more.', 'Write "grants" instead.')]),
  ];
}

const right = (what: string): Finding => ({ ok: true, what });
const wrong = (what: string, mend: string): Finding => ({ ok: false, what, mend });
const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
const pretty = (value: unknown): string => JSON.stringify(value);

// ————— hooks

interface Named {
  readonly name: string;
  readonly hook: Hook;
}

/** The hook that posts to one of Warder's addresses. */
function hookAt(hooks: Readonly<Record<string, Hook>>, at: 'guardrail' | 'events'): Named | null {
  const found = Object.entries(hooks).find(([, { url }]) => new RegExp(`/aperture/${at}/?(?:[?#].*)?$`).test(url));
  return found ? { name: found[0], hook: found[1] } : null;
}

function hooksThere(
  found: { readonly guardrail: Named | null; readonly events: Named | null },
  { failMode, answerWithinMs }: WarderSide,
): readonly Finding[] {
  const wanted = hookSetup({ url: 'https://WARDER', key: 'KEY', dst: null, src: ['*'], failMode, answerWithinMs });
  const { hooks } = z.looseObject({ hooks: z.record(z.string(), z.unknown()) }).parse(wanted.config);
  const one = (at: 'guardrail' | 'events', what: string): Finding => {
    const named = found[at];
    if (named) return right(`Hook "${named.name}" posts to /aperture/${at}.`);
    const [name, text] = Object.entries(hooks).find(([each]) => each.endsWith(at)) ?? [at, {}];
    return wrong(`No hook posts to /aperture/${at}: ${what}`, `Add to "hooks": "${name}": ${pretty(text)}`);
  };
  const twice = found.guardrail === null || found.events === null;
  return [
    one('guardrail', 'requests are not judged before they go on.'),
    one('events', 'what models answer is not seen.'),
    ...(twice
      ? [
          wrong(
            'Warder needs two hooks: nothing in a body says which event it is, only the address does.',
            'Keep both.',
          ),
        ]
      : []),
  ];
}

function guardrailHook(named: Named, warder: WarderSide): readonly Finding[] {
  return [failPolicy(named, warder), timeoutOf(named, warder)];
}

function failPolicy({ name, hook }: Named, { failMode, mode }: WarderSide): Finding {
  const policy = hook.fail_policy ?? 'fail_open';
  const wanted = failMode === 'closed' ? 'fail_closed' : 'fail_open';
  if (policy === wanted) return right(`"${name}" has fail_policy ${wanted}, as this Warder.`);
  const given = `"${name}" has fail_policy ${pretty(policy)}${hook.fail_policy === undefined ? ' (what it is when left out)' : ''}`;
  if (mode === 'observe')
    return wrong(
      `${given}, but this Warder only watches: nothing should be blocked when it is gone.`,
      'Write "fail_policy": "fail_open" until Warder enforces.',
    );
  const other = failMode === 'closed' ? 'open' : 'closed';
  return wrong(
    `${given}, but this Warder is set to fail ${failMode}.`,
    `Write "fail_policy": "${wanted}", or set "aperture": {"failMode": "${other}"} in Warder's config.json.`,
  );
}

function timeoutOf({ name, hook }: Named, { answerWithinMs }: WarderSide): Finding {
  const timeout = durationMs(hook.timeout ?? '5s');
  const mend = `Write "timeout": "${answerWithinMs + marginMs}ms".`;
  if (timeout === null) return wrong(`"${name}" has a timeout that is no duration: ${pretty(hook.timeout)}.`, mend);
  if (timeout === 0) return wrong(`"${name}" has no timeout: a Warder that hangs would hold up every request.`, mend);
  if (timeout < answerWithinMs + marginMs / 3)
    return wrong(
      `"${name}" waits ${timeout} ms, but Warder may take ${answerWithinMs} ms to answer: then fail_policy answers instead of Warder.`,
      `${mend} Or lower "answerWithinMs" in Warder's config.json.`,
    );
  if (timeout > longestWaitMs)
    return wrong(`"${name}" waits ${timeout} ms: so long would every request wait for a Warder that hangs.`, mend);
  return right(`"${name}" waits ${timeout} ms, Warder answers within ${answerWithinMs} ms.`);
}

/** Aperture's own default. */
const longestWaitMs = 5000;

function eachHook({ name, hook }: Named): readonly Finding[] {
  const problems: Finding[] = [];
  if (hook.disabled === true) problems.push(wrong(`Hook "${name}" is disabled.`, 'Take "disabled" out.'));
  if (hook.apikey === '' || /^(?:KEY|YOUR|CHANGE|<)/i.test(hook.apikey))
    problems.push(wrong(`Hook "${name}" has no key.`, 'Write "apikey": what `warder aperture keys add` prints.'));
  const form = hook.authorization ?? 'bearer';
  if (!authorizations.some((each) => each === form))
    problems.push(
      wrong(
        `Hook "${name}" has an unknown authorization ${pretty(form)}.`,
        `Write one of ${authorizations.join(', ')}.`,
      ),
    );
  if (/^https?:\/\/(?:localhost|127\.|\[::1\]|0\.0\.0\.0)/i.test(hook.url))
    problems.push(
      wrong(
        `Hook "${name}" points to ${new URL(hook.url).host}: that is the machine of Aperture itself.`,
        'Write the address of Warder in the tailnet (docs/aperture.md says how to serve it there).',
      ),
    );
  if (!/^https?:\/\//i.test(hook.url))
    problems.push(wrong(`Hook "${name}" has no http address.`, 'Write the whole address with https:// or http://.'));
  return problems;
}

/** A Go duration (`1500ms`, `1m30s`, `0`) in milliseconds; null when it is none. Source: Go, time.ParseDuration. */
export function durationMs(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  if (text === '0') return 0;
  const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000_001 };
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g))
    sum += Number(count) * (Object.entries(units).find(([each]) => each === unit)?.[1] ?? 0);
  return sum;
}

// ————— grants

function sendingIn({ grant, inPolicy }: { readonly grant: Grant; readonly inPolicy: boolean }): readonly Sending[] {
  const capabilities = z.array(capabilitySchema).safeParse(grant.app[capability]);
  return (capabilities.success ? capabilities.data : []).flatMap(({ models, send_hooks: hooks }) =>
    hooks.map(({ name, events: on, send }) => ({
      grant,
      models,
      name,
      events: listOf(on),
      send: listOf(send),
      inPolicy,
    })),
  );
}

function granted(name: string, at: 'guardrail' | 'events', all: readonly Sending[]): readonly Finding[] {
  const mine = all.filter((each) => each.name === name);
  const on = new Set(mine.flatMap((each) => each.events));
  const send = new Set(mine.flatMap((each) => each.send));
  const event = at === 'guardrail' ? 'pre_request' : 'entire_request';
  if (mine.length === 0)
    return [
      wrong(
        `No grant sends "${name}" anything: without one nothing is posted.`,
        `Add a grant of ${capability} with "send_hooks": [{"name": "${name}", "events": ["${event}"], "send": ${pretty(needs[at])}}].`,
      ),
    ];
  const missing = needs[at].filter((each) => !send.has(each));
  const findings: Finding[] = [];
  if (on.has(event)) findings.push(right(`"${name}" is sent ${event}.`));
  else if (on.has('tool_call_entire_request') && at === 'events')
    findings.push(
      wrong(
        `"${name}" is sent tool_call_entire_request only: it stops when retention leaves out tool data, and answers without calls are never seen.`,
        'Write "events": ["entire_request"].',
      ),
    );
  else findings.push(wrong(`"${name}" is not sent ${event}.`, `Write "events": ["${event}"].`));
  const other = at === 'guardrail' ? events.slice(1) : events.slice(0, 1);
  const strayed = other.filter((each) => on.has(each));
  if (strayed.length > 0)
    findings.push(
      wrong(
        `"${name}" is also sent ${strayed.join(' and ')}, which belongs to the other address.`,
        `Give each hook its own: pre_request to /aperture/guardrail, entire_request to /aperture/events.`,
      ),
    );
  if (missing.length > 0)
    findings.push(
      wrong(
        `"${name}" is not sent ${missing.join(', ')}: ${whyNeeded(at)}`,
        `Add ${missing.map(pretty).join(', ')} to its "send".`,
      ),
    );
  else findings.push(right(`"${name}" is sent ${needs[at].join(' and ')}.`));
  return findings;
}

const whyNeeded = (at: 'guardrail' | 'events'): string =>
  at === 'guardrail'
    ? 'nothing can be judged or changed without it.'
    : 'calls have their ids in the answer, and only the request says what tools there are.';

function grantForm({ grant, inPolicy }: { readonly grant: Grant; readonly inPolicy: boolean }): readonly Finding[] {
  if (grant.app[capability] === undefined) return [];
  const findings: Finding[] = [];
  if (inPolicy && (!Array.isArray(grant.dst) || grant.dst.length === 0))
    findings.push(
      wrong(
        'A grant of Aperture in the policy file has no "dst": it is accepted and then ignored without a word.',
        'Write "dst": ["tag:aperture"], or whatever names your Aperture.',
      ),
    );
  if (!inPolicy && grant.dst !== undefined)
    findings.push(
      wrong(
        'A grant in Aperture’s own configuration has a "dst", which belongs to the policy file only.',
        'Take "dst" out here.',
      ),
    );
  if (!Array.isArray(grant.src) || grant.src.length === 0)
    findings.push(
      wrong('A grant of Aperture has no "src", so it holds for nobody.', 'Write "src": ["*"], or who it is for.'),
    );
  return findings;
}

function sendingForm({ name, models, events: on, send }: Sending): readonly Finding[] {
  const findings: Finding[] = [];
  if (Array.isArray(models))
    findings.push(
      wrong(
        `The grant of "${name}" has a list in "models": it is one pattern, and a list is dropped.`,
        'Write one pattern ("models": "**"), or leave "models" out: then it holds for all of them.',
      ),
    );
  else if (typeof models === 'string' && /[,\s]/.test(models))
    findings.push(
      wrong(
        `The grant of "${name}" has several patterns in "models": ${pretty(models)}.`,
        'Write one pattern, and one capability for each.',
      ),
    );
  const idle = ['tools', 'response_body', 'raw_responses'].filter((each) => send.includes(each));
  if (on.length === 1 && on[0] === 'pre_request' && idle.length > 0)
    findings.push(
      wrong(
        `"${name}" asks for ${idle.join(', ')} on pre_request, where there is none yet.`,
        'Ask for it on entire_request.',
      ),
    );
  const strange = [...on.filter((each) => !events.includes(each)), ...send.filter((each) => !sends.includes(each))];
  if (strange.length > 0)
    findings.push(
      wrong(
        `"${name}" names what Aperture does not know: ${strange.map(pretty).join(', ')}.`,
        `Events: ${events.join(', ')}. Sends: ${sends.join(', ')}.`,
      ),
    );
  return findings;
}

function unknownNames(hooks: Readonly<Record<string, Hook>>, sending: readonly Sending[]): readonly Finding[] {
  const lost = [...new Set(sending.map(({ name }) => name).filter((name) => !Object.hasOwn(hooks, name)))];
  return lost.map((name) =>
    wrong(
      `A grant sends to "${name}", but no hook has that name.`,
      `Hooks here: ${Object.keys(hooks).join(', ') || 'none'}.`,
    ),
  );
}

function retention(given: { readonly purge?: unknown } | undefined): readonly Finding[] {
  return listOf(given?.purge).includes('tools')
    ? [
        wrong(
          'database.retention.purge names "tools": events of tool calls are then not sent any more.',
          'Write "purge": ["captures"].',
        ),
      ]
    : [];
}
