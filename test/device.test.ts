import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callIdOf } from '../src/pipeline/judge.ts';
import { deviceWorld, kill, type Said, say, until } from './harness/devices.ts';

type World = Awaited<ReturnType<typeof deviceWorld>>;
let world: World;
beforeAll(async () => {
  world = await deviceWorld('enforce');
}, 60_000);
afterAll(() => world?.close());

const agent = 'claude-code';
const queue = () => path.join(world.homes.device, 'device-spool/queue.jsonl');
const sessions = 8;

/** What an agent was answered, in the order it asked: a call's id and phase, or a prompt. */
interface Told {
  readonly what: string;
  readonly denied: boolean;
}

/** As the device client goes: the socket, and where nobody listens there the server. */
async function hook(body: object): Promise<Said | null> {
  const path = `/hooks/${agent}`;
  const text = JSON.stringify(body);
  const json = { 'content-type': 'application/json' };
  try {
    return await say({ socketPath: world.socket }, { path, body: text, headers: json });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    // Only what was never sent is sent elsewhere.
    if (code !== 'ECONNREFUSED' && code !== 'ENOENT') return null;
  }
  // What waits on the disk comes first.
  if ((fs.statSync(queue(), { throwIfNoEntry: false })?.size ?? 0) > 0) return null;
  const headers = { ...json, authorization: `Bearer ${world.identity.token}` };
  return say({ port: Number(new URL(world.url).port) }, { path, body: text, headers }).catch(() => null);
}

/** A session that goes on until it is told to stop: prompts, calls and their results, one after the other. */
async function replay(session: string, stopped: () => boolean): Promise<Told[]> {
  const told: Told[] = [];
  const head = { session_id: session, cwd: '/home/dev/src/app' };
  for (let step = 0; !stopped(); step += 1) {
    if (step % 5 === 0) {
      const prompt = `${session} goes on with ${step}`;
      const answer = await hook({ ...head, hook_event_name: 'UserPromptSubmit', prompt });
      if (answer?.status === 200) told.push({ what: `prompt ${prompt}`, denied: false });
    }
    const id = `toolu_${session}_${step}`;
    const command = step % 7 === 3 ? `rm -rf ~/ # ${step}` : `cat notes-${step}.txt`;
    const call = { ...head, tool_name: 'Bash', tool_input: { command }, tool_use_id: id };
    const before = await hook({ ...call, hook_event_name: 'PreToolUse' });
    const denied = before?.body.includes('"deny"') ?? false;
    if (before?.status === 200) told.push({ what: `${callIdOf({ agent, session }, id)} before`, denied });
    // What was refused, or had no answer, does not run.
    if (before?.status === 200 && !denied) {
      const after = await hook({
        ...call,
        hook_event_name: 'PostToolUse',
        tool_response: { stdout: 'ok', stderr: '' },
      });
      if (after?.status === 200) told.push({ what: `${callIdOf({ agent, session }, id)} after`, denied: false });
    }
    await wait(before === null ? 150 : 25);
  }
  return told;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('with 8 sessions and server, device and wire failing, every call is in the log once and in its session’s order', async () => {
  let { server } = world;
  let device = await world.startDevice();
  await until(async () => (await world.status()).policy !== '', 30_000, 'the policy');
  let over = false;
  const replays = Array.from({ length: sessions }, (_, n) => replay(`s${n}`, () => over));

  await wait(400);
  await kill(server);
  await wait(500);
  server = await world.startServer();
  await wait(500);
  world.wire.cut();
  await wait(3000);
  world.wire.heal();
  await wait(800);
  await kill(device);
  await wait(300);
  device = await world.startDevice();
  await wait(500);
  await kill(server);
  await wait(400);
  await kill(device);
  device = await world.startDevice();
  await wait(400);
  server = await world.startServer();
  await wait(600);
  over = true;
  const done = await Promise.all(replays);
  await until(async () => (await world.status()).waiting === 0, 30_000, 'what waited');
  expect((await world.status()).lost).toBe(0);
  await kill(device, 'SIGTERM');
  await kill(server, 'SIGTERM');
  expect(device.child.exitCode).toBe(0);

  const log = readLog(path.join(world.homes.server, 'warder.db'));
  for (const [n, told] of done.entries()) {
    const session = `s${n}`;
    const calls = told.filter(({ what }) => !what.startsWith('prompt'));
    expect(told.length).toBeGreaterThan(40);
    // Once: not a receipt, not a prompt more than that.
    const recorded = log.receipts.filter((each) => each.session === session).map(({ what }) => what);
    expect(recorded.length).toBe(new Set(recorded).size);
    const prompts = log.prompts.filter((each) => each.session === session).map(({ what }) => what);
    expect(prompts.length).toBe(new Set(prompts).size);
    // All of what was answered, in its order.
    const answered = new Set(told.map(({ what }) => what));
    expect(recorded.filter((what) => answered.has(what))).toEqual(calls.map(({ what }) => what));
    expect(prompts.filter((what) => answered.has(what))).toEqual(
      told.flatMap(({ what }) => (what.startsWith('prompt') ? [what] : [])),
    );
    // What the policy forbids was refused, whoever said so.
    for (const { what, denied } of calls)
      if (what.endsWith('before')) expect(denied, what).toBe(log.forbidden.has(what));
  }
  expect(log.degraded.get('server-unreachable')).toBeGreaterThan(20);
  expect([...log.degraded.keys()]).toEqual(['server-unreachable']);
}, 120_000);

/** What the database holds, read without the code that wrote it. */
function readLog(file: string) {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = (sql: string) => db.prepare(sql).all() as Record<string, string>[];
  const receipts = rows("SELECT seq, body FROM receipts WHERE call <> '' ORDER BY seq").map(({ body }) => {
    const { call, phase, agent: by } = JSON.parse(body ?? '{}');
    return { what: `${call} ${phase}`, session: String(by.session) };
  });
  const prompts = rows("SELECT session, text FROM events WHERE kind = 'prompt' ORDER BY rowid").map(
    ({ session = '', text }) => ({
      what: `prompt ${text}`,
      session,
    }),
  );
  const degraded = new Map<string, number>();
  for (const { phase } of rows('SELECT phase FROM phases')) {
    const why = JSON.parse(phase ?? '{}').verdict?.degraded;
    if (why !== undefined) degraded.set(why, (degraded.get(why) ?? 0) + 1);
  }
  const forbidden = new Set(rows("SELECT id FROM calls WHERE input LIKE '%rm -rf%'").map(({ id }) => `${id} before`));
  db.close();
  return { receipts, prompts, degraded, forbidden };
}
