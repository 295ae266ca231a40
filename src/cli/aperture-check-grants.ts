import { z } from 'zod';
import { capability, needs } from './aperture-config.ts';
import {
  capabilitySchema,
  type Finding,
  type Grant,
  type Hook,
  listOf,
  pretty,
  right,
  wrong,
} from './aperture-finding.ts';

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

/** A grant of a hook, with the file it stands in. */
interface Sending {
  readonly grant: Grant;
  readonly models: unknown;
  readonly name: string;
  readonly events: readonly string[];
  readonly send: readonly string[];
  readonly inPolicy: boolean;
}

export function sendingIn({
  grant,
  inPolicy,
}: {
  readonly grant: Grant;
  readonly inPolicy: boolean;
}): readonly Sending[] {
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

export function granted(name: string, at: 'guardrail' | 'events', all: readonly Sending[]): readonly Finding[] {
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

export function grantForm({
  grant,
  inPolicy,
}: {
  readonly grant: Grant;
  readonly inPolicy: boolean;
}): readonly Finding[] {
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

export function sendingForm({ name, models, events: on, send }: Sending): readonly Finding[] {
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

export function unknownNames(hooks: Readonly<Record<string, Hook>>, sending: readonly Sending[]): readonly Finding[] {
  const lost = [...new Set(sending.map(({ name }) => name).filter((name) => !Object.hasOwn(hooks, name)))];
  return lost.map((name) =>
    wrong(
      `A grant sends to "${name}", but no hook has that name.`,
      `Hooks here: ${Object.keys(hooks).join(', ') || 'none'}.`,
    ),
  );
}
