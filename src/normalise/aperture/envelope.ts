import { z } from 'zod';
import type { HookCall, HookMetadata } from '../../core/aperture.ts';
import { deepestNesting, nestedDeeperThan } from '../../core/nesting.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { afterBlanks, membersOf, parsedJson, spliced } from '../strict-json.ts';

const text = z.string().catch('');
const count = z.number().catch(0);

const quota = z.looseObject({ current: count, capacity: count, rate: text });
const cost = z.looseObject({
  dollars: count,
  cost_basis: text,
  usage: z
    .record(z.string(), z.unknown())
    .catch({})
    .transform((usage) =>
      Object.fromEntries(
        Object.entries(usage).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
      ),
    ),
});
const metadata = z.looseObject({
  login_name: text,
  user_agent: text,
  url: text,
  model: text,
  provider: text,
  tailnet_name: text,
  stable_node_id: text,
  request_id: text,
  session_id: text,
  grants: z.record(z.string(), z.unknown()).nullish().catch(null),
  estimated_cost: cost.nullish().catch(null),
  quotas: z.record(z.string(), quota).nullish().catch(null),
});
const envelope = z.looseObject({
  metadata,
  user_message: text,
  tool_calls: z
    .array(z.looseObject({ name: text, params: z.unknown().optional() }))
    .nullish()
    .catch(null),
});

/** Members whose text is kept as it came. */
const whole = ['request_body', 'response_body', 'raw_responses'] as const;

/** Reads what Aperture posts. The bodies stay text: nothing of them is written anew. Errors: `not-json`, `not-a-hook`. */
export function readHookCall(body: string): Result<HookCall> {
  const start = afterBlanks(body, 0);
  const spans = membersOf(body, start);
  const places = whole.flatMap((name) => spans.get(name) ?? []).sort((a, b) => a.start - b.start);
  const parsed = parsedJson(
    spliced(
      body,
      places.map((place) => ({ ...place, to: 'null' })),
    ),
  );
  if (!parsed) return fail('not-json', 'the body is not readable JSON');
  if (nestedDeeperThan(parsed.value, deepestNesting))
    return fail('not-json', `the body is nested deeper than ${deepestNesting} levels`);
  const read = envelope.safeParse(parsed.value);
  if (!read.success) return fail('not-a-hook', 'the body is not what Aperture sends: it has no metadata');
  const textAt = (name: (typeof whole)[number]): string => {
    const span = spans.get(name);
    const found = span === undefined ? '' : body.slice(span.start, span.end);
    return found === 'null' ? '' : found;
  };
  return ok({
    metadata: metadataOf(read.data.metadata),
    userMessage: read.data.user_message,
    request: textAt('request_body'),
    response: textAt('response_body'),
    rawResponses: textAt('raw_responses'),
    toolCalls: read.data.tool_calls?.map(({ name, params }) => ({ name, params: params ?? {} })) ?? null,
  });
}

function metadataOf(given: z.infer<typeof metadata>): HookMetadata {
  const { estimated_cost: estimated } = given;
  return {
    loginName: given.login_name,
    userAgent: given.user_agent,
    url: given.url,
    model: given.model,
    provider: given.provider,
    tailnet: given.tailnet_name,
    node: given.stable_node_id,
    requestId: given.request_id,
    sessionId: given.session_id,
    grants: given.grants ?? null,
    cost: estimated ? { dollars: estimated.dollars, basis: estimated.cost_basis, usage: estimated.usage } : null,
    quotas: given.quotas ?? null,
  };
}
