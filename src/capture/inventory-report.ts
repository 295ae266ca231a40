import { z } from 'zod';
import { type DeviceInventory, deviceKey, inventorySources, riskIds } from '../core/inventory.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { sized, upTo } from '../core/sized.ts';

/** Longer texts are cut, not refused: the rest of the report is worth having. */
const text = (most: number) => z.string().transform((value) => value.slice(0, most).toWellFormed());
/** Longer lists are cut as well. */
const some = <T extends z.ZodType>(item: T, most: number) =>
  z.preprocess((value) => (Array.isArray(value) ? value.slice(0, most) : value), z.array(item));

const name = z
  .string()
  .refine(...sized(1, 200))
  .regex(/^[^\p{Cc}]*$/u);
const flag = z.looseObject({
  risk: z.enum(riskIds),
  weight: z.number().int().min(0).max(100),
  what: text(500),
  mend: text(500),
  where: text(1000),
});
const evidence = z.looseObject({
  by: z.enum([
    'program',
    'package',
    'application',
    'extension',
    'plugin',
    'browser-extension',
    'folder',
    'process',
    'host',
  ]),
  where: text(1000),
  version: text(100),
});
const agentId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const agent = z.looseObject({
  agent: agentId,
  versions: some(text(100), 20),
  evidence: some(evidence, 50),
  running: z.number().int().min(0).max(100_000),
  hooks: z.enum(['installed', 'altered', 'missing', 'unknown']),
  gateway: z.boolean(),
  flags: some(flag, 100),
});
const server = z.looseObject({
  agent: agentId,
  name: text(200),
  scope: z.enum(['user', 'project', 'local', 'managed', 'plugin']),
  file: text(1000),
  project: text(1000),
  transport: z.enum(['stdio', 'http', 'sse', 'ws', 'built-in', 'unknown']),
  command: text(1000),
  package: z.looseObject({ registry: text(20), name: text(300), version: text(100), pinned: z.boolean() }).nullable(),
  host: text(300),
  variables: some(text(200), 100),
  headers: some(text(200), 100),
  trust: some(text(500), 50),
  enabled: z.boolean(),
  flags: some(flag, 50),
});
const report = z.looseObject({
  v: z.literal(1),
  source: z.enum(inventorySources),
  device: z.string(),
  name,
  person: z.string().refine(...upTo(200)),
  platform: z.string().refine(...upTo(40)),
  at: z.iso.datetime(),
  agents: some(agent, 500),
  servers: some(server, 2000),
  unread: some(z.looseObject({ file: text(1000), why: text(300) }), 200),
});

/** What somebody sent → a report. Error `not-a-report` names the member that is not as it should be. */
export function readReport(body: unknown): Result<DeviceInventory> {
  const parsed = report.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fail(
      'not-a-report',
      `This is no inventory: ${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'unreadable'}.`,
    );
  }
  const { data } = parsed;
  const device = deviceKey(data.name);
  if (device === '') return fail('not-a-report', 'This is no inventory: name: it names no device.');
  return ok({ ...data, device });
}
