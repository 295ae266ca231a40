import { z } from 'zod';
import { granted, grantForm, sendingForm, sendingIn, unknownNames } from './aperture-check-grants.ts';
import { eachHook, guardrailHook, hookAt, hooksThere } from './aperture-check-hooks.ts';
import { type Finding, grantSchema, hookSchema, listOf, type WarderSide, wrong } from './aperture-finding.ts';

const some = z.unknown().optional();
const fileSchema = z.looseObject({
  hooks: z.record(z.string(), hookSchema).optional().catch({}),
  grants: z.array(grantSchema).catch([]),
  temp_grants: some,
  database: z
    .looseObject({ retention: z.looseObject({ duration: some, purge: some }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

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
