import { z } from 'zod';
import type { DeviceInventory } from '../core/inventory.ts';
import type { ImportedReports } from '../core/inventory-lists.ts';
import { agentCatalogue } from '../understand/agent-catalogue.ts';
import { knownServer } from './agent-files.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import { table } from './found-agents.ts';
import type { InventoryFlags } from './inventory-flags.ts';

/** Reports that go in one request. */
const atOnce = 200;
const patienceMs = 60_000;

const problemBody = z.looseObject({ error: z.looseObject({ detail: z.string() }) });

/** Asks the server of this home. Throws an Error that says what to do when it does not answer as it should. */
async function ask(home: string, path: string, body?: unknown): Promise<unknown> {
  const server = knownServer(home);
  if (server === null) throw new Error(`No server is running for ${home}. Start one: warder serve`);
  return send(new URL(`/api/v1/${path}`, server.url), server.apiToken, body);
}

async function send(url: URL, token: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  }).catch((cause: unknown) => {
    throw new Error(`The server at ${url.origin} does not answer. Start it: warder serve`, { cause });
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const said = problemBody.safeParse(answer);
  throw new Error(said.success ? said.data.error.detail : `The server answered with status ${response.status}.`);
}

/** Sends this machine's report: with a device token to the device's door, else as the owner of the server of this home. */
export async function sendInventory(
  report: DeviceInventory,
  flags: InventoryFlags,
  home: string,
  io: Io,
): Promise<void> {
  const { url, token } = flags;
  if ((url === undefined) !== (token === undefined)) throw new UsageError('--url and --token go together.');
  if (url !== undefined && token !== undefined) {
    if (!URL.canParse(url))
      throw new UsageError(`--url takes an address such as http://127.0.0.1:7717, not ${JSON.stringify(url)}.`);
    await send(new URL('/device/inventory', url), token, report);
    io.stderr.write(`Sent to ${new URL(url).origin}.\n`);
    return;
  }
  const { refused } = await bringReports([report], home);
  const [problem] = refused;
  if (problem !== undefined) throw new Error(problem.why);
  io.stderr.write('Sent to the server of this home.\n');
}

const brought = z.looseObject({
  stored: z.number(),
  refused: z.array(z.looseObject({ device: z.string(), why: z.string() })),
  uncovered: z.array(z.string()),
  disallowed: z.array(z.looseObject({ agent: z.string(), devices: z.number() })),
  unreviewed: z.array(z.looseObject({ agent: z.string(), devices: z.number() })),
  devices: z.number(),
});

/** Sends reports of many devices, some at a time; what each answer says is put together. */
export async function bringReports(reports: readonly DeviceInventory[], home: string): Promise<ImportedReports> {
  const answers: z.infer<typeof brought>[] = [];
  for (let from = 0; from < reports.length; from += atOnce)
    answers.push(brought.parse(await ask(home, 'inventory', { items: reports.slice(from, from + atOnce) })));
  const counted = (name: 'disallowed' | 'unreviewed') => {
    const sums = new Map<string, number>();
    for (const { agent, devices } of answers.flatMap((each) => each[name]))
      sums.set(agent, (sums.get(agent) ?? 0) + devices);
    return [...sums].map(([agent, devices]) => ({ agent, devices }));
  };
  return {
    stored: answers.reduce((sum, each) => sum + each.stored, 0),
    refused: answers.flatMap(({ refused }) => refused),
    devices: answers.reduce((sum, each) => sum + each.devices, 0),
    uncovered: answers.flatMap(({ uncovered }) => uncovered),
    disallowed: counted('disallowed'),
    unreviewed: counted('unreviewed'),
  };
}

const standingOf = { allow: 'allowed', disallow: 'disallowed', review: 'unreviewed' } as const;

/** `warder inventory allow|disallow|review ID`. */
export async function setStanding(
  what: keyof typeof standingOf,
  id: string,
  flags: InventoryFlags,
  home: string,
  io: Io,
): Promise<ExitStatus> {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id))
    throw new UsageError(`${JSON.stringify(id)} is no id of an agent, such as codex. See: warder inventory catalogue`);
  const standing = standingOf[what];
  await ask(home, `inventory/agents/${encodeURIComponent(id)}/standing`, { standing, note: flags.note ?? '' });
  if (flags.json) io.stdout.write(`${JSON.stringify({ agent: id, standing })}\n`);
  else io.stdout.write(`${id} is ${standing} now. The receipt log says who said so.\n`);
  return 0;
}

/** `warder inventory forget DEVICE`. */
export async function forgetDevice(device: string, flags: InventoryFlags, home: string, io: Io): Promise<ExitStatus> {
  await ask(home, `inventory/devices/${encodeURIComponent(device)}/forget`, {});
  if (flags.json) io.stdout.write(`${JSON.stringify({ device, forgotten: true })}\n`);
  else io.stdout.write(`${device} is forgotten until somebody tells of it again.\n`);
  return 0;
}

const listed = z.looseObject({ items: z.array(z.looseObject({})), next: z.string().nullable() });

/** `warder inventory agents|devices|servers|catalogue`: as tables, or as the API gives them. */
export async function showServer(
  what: 'agents' | 'devices' | 'servers' | 'catalogue',
  flags: InventoryFlags,
  home: string,
  io: Io,
): Promise<ExitStatus> {
  if (what === 'catalogue') return showCatalogue(flags, io);
  const items: Readonly<Record<string, unknown>>[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = listed.parse(
      await ask(home, `inventory/${what}?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`),
    );
    items.push(...page.items);
    cursor = page.next;
  }
  if (flags.json) io.stdout.write(`${JSON.stringify({ items, next: null })}\n`);
  else if (items.length === 0)
    io.stderr.write('Nothing is known yet. Send what is on this machine: warder inventory --send\n');
  else
    io.stdout.write(
      table(
        heads[what],
        items.map((item) => heads[what].map((head) => cell(item, head))),
      ),
    );
  const shown = items.some(
    (item) =>
      item.standing === 'disallowed' || item.cover === 'none' || (typeof item.risk === 'number' && item.risk >= 40),
  );
  return shown ? 1 : 0;
}

const heads = {
  agents: ['Agent', 'Standing', 'Devices', 'Hooked', 'Calls', 'Risk', 'Last'],
  devices: ['Device', 'Warder', 'People', 'Agents', 'Servers', 'Risk', 'Last'],
  servers: ['Server', 'Runs', 'Agents', 'Devices', 'Pinned', 'Risk', 'Last'],
} as const;

const seenSchema = z.looseObject({ calls: z.number() }).catch({ calls: 0 });
const agentsSchema = z.array(z.union([z.string(), z.looseObject({ title: z.string() })])).catch([]);

function cell(item: Readonly<Record<string, unknown>>, head: string): string {
  const text = (name: string): string => (item[name] === undefined ? '' : String(item[name]));
  const agents = agentsSchema.parse(item.agents).map((each) => (typeof each === 'string' ? each : each.title));
  switch (head) {
    case 'Agent':
      return text('agent');
    case 'Device':
    case 'Server':
      return text('name');
    case 'Warder':
      return text('cover');
    case 'People':
      return Array.isArray(item.people) ? item.people.join(', ') : '';
    case 'Agents':
      return agents.join(', ');
    case 'Hooked':
      return text('hooks');
    case 'Calls':
      return String(seenSchema.parse(item.seen).calls);
    case 'Pinned':
      return item.pinned === true ? 'yes' : 'no';
    case 'Risk':
      return item.risk === 0 ? '' : text('risk');
    case 'Last':
      return text('lastAt').slice(0, 16);
    default:
      return text(head.toLowerCase());
  }
}

function showCatalogue(flags: InventoryFlags, io: Io): ExitStatus {
  if (flags.json) io.stdout.write(`${JSON.stringify({ items: agentCatalogue, next: null })}\n`);
  else
    io.stdout.write(
      table(
        ['Id', 'Agent', 'Vendor', 'Where'],
        agentCatalogue.map(({ id, title, vendor, forms }) => [id, title, vendor, forms.join(', ')]),
      ),
    );
  return 0;
}
