import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import type { Heartbeat, HeartbeatAnswer, PolicyBundle, SignedBundle } from '../core/device.ts';
import type { Identity } from '../core/event.ts';
import { fail, type Result } from '../core/result.ts';
import { createDoors, listenOnPort, listenOnSocket } from '../device/doors.ts';
import { type Link, openLink } from '../device/link.ts';
import { createRelay } from '../device/relay.ts';
import { publicKeyOf, sealFor } from '../device/sealed-box.ts';
import { openBundle } from '../device/signed-bundle.ts';
import { openSpool } from '../device/spool.ts';
import { createDeviceJudge, type DeviceJudge } from '../device-judge.ts';
import { agents } from '../plugs.ts';
import { lockHome } from '../record/home-lock.ts';
import { version } from '../version.ts';
import type { Io } from './command.ts';
import { watchConnections } from './connection-watch.ts';
import { type DeviceIdentity, devicePaths, readIdentity, readStoredBundle, storeBundle } from './device-home.ts';
import { reportInventory } from './device-inventory.ts';
import type { Alteration } from './hook-check.ts';

const mostSpoolBytes = 64 * 1024 * 1024;

export interface DeviceOptions {
  readonly home: string;
  readonly env: Io['env'];
  /** One line for the operator; never content. */
  log(line: string): void;
  /** Every minute by default. */
  readonly beatMs?: number;
  /** Every 30 seconds by default. */
  readonly checkMs?: number;
}

/** What `GET /status` on the socket tells. */
export interface DeviceStatus {
  readonly id: string;
  readonly name: string;
  readonly person: string;
  readonly url: string;
  /** When the server last answered a heartbeat; null: not since the start. */
  readonly lastContact: string | null;
  readonly online: boolean;
  readonly mode: string;
  /** Digest; `''`: none that is good. */
  readonly policy: string;
  readonly waiting: number;
  readonly lost: number;
  readonly agents: Heartbeat['agents'];
  readonly alterations: readonly (Alteration & { readonly agent: string })[];
}

export interface RunningDevice {
  readonly url: string;
  status(): DeviceStatus;
  /** Finishes what is under way; what waits stays on the disk. */
  close(): Promise<void>;
}

/** Runs the device process of this machine. Rejects with an Error that says what to do when it is not enrolled or its port is taken. */
export async function startDevice(options: DeviceOptions): Promise<RunningDevice> {
  const { home, log } = options;
  const read = readIdentity(home);
  if (!read.ok) throw new Error(read.error.detail);
  const identity = read.value;
  const paths = devicePaths(home);
  const lock = lockHome(paths.running);
  const closers: (() => Promise<void> | void)[] = [() => lock.release()];
  const close = async () => {
    for (const each of closers.splice(0).toReversed()) await each();
  };
  try {
    const trouble = troubleLog(log);
    const link = openLink(identity);
    closers.push(() => link.close());
    const who: Identity = { person: identity.person, device: identity.name, via: 'token', label: identity.id };
    const judge = createDeviceJudge({ home, identity: who, mode: identity.mode, nowMs: Date.now, onTrouble: trouble });
    judge.use(storedBundle(home, identity));
    const spool = await openSpool(paths.spool, mostSpoolBytes);
    closers.push(() => spool.close());
    const key = publicKeyOf(identity.sealFor);
    const relay = createRelay({ link, spool, offline: judge, seal: (text) => sealFor(key, text), onTrouble: trouble });
    closers.push(() => relay.close());
    const { env, checkMs } = options;
    const everyMs = checkMs === undefined ? {} : { everyMs: checkMs };
    const check = watchConnections({ home, env, ...everyMs, report: relay.report, onTrouble: trouble });
    closers.push(() => check.close());
    const inventory = reportInventory({ home, name: identity.name, env: options.env, link, onTrouble: trouble });
    closers.push(() => inventory.close());
    const beat = startBeats({
      options,
      identity,
      link,
      judge,
      trouble,
      tell: () => ({
        version,
        platform: process.platform,
        agents: check.agents(),
        policy: judge.digest(),
        waiting: spool.waiting(),
        lost: relay.lost(),
      }),
    });
    closers.push(() => beat.close());
    const status = (): DeviceStatus => ({
      id: identity.id,
      name: identity.name,
      person: identity.person,
      url: identity.url,
      lastContact: beat.lastContact(),
      online: beat.lastContact() !== null && !link.down(),
      mode: judge.mode(),
      policy: judge.digest(),
      waiting: spool.waiting(),
      lost: relay.lost(),
      agents: check.agents(),
      alterations: check.alterations(),
    });
    const known = new Set(agents.map(({ id }) => id));
    const doors = {
      hook: relay.hook,
      knows: (agent: string) => known.has(agent),
      token: identity.hookToken,
      status,
      now: () => new Date().toISOString(),
    };
    closers.push(await openDoors(doors, identity, paths.socket));
    return { url: `http://127.0.0.1:${identity.port}`, status, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const socketLookMs = 2000;

/** The socket, and the port for agents with http hooks. Gives what closes them. */
async function openDoors(
  doors: Parameters<typeof createDoors>[0],
  { port }: DeviceIdentity,
  socket: string,
): Promise<() => Promise<void>> {
  const onPort = createDoors(doors, true);
  await listenOnPort(onPort, port);
  // Windows has no such sockets here; its agents use the port.
  if (process.platform === 'win32') return () => ended(onPort);
  const onSocket = createDoors(doors, false);
  await listenOnSocket(onSocket, socket);
  // Whoever takes the device client away and puts it back takes the socket's name away with its folder.
  const look = setInterval(() => {
    if (fs.existsSync(socket) || !fs.existsSync(path.dirname(socket)) || !onSocket.listening) return;
    ended(onSocket)
      .then(() => listenOnSocket(onSocket, socket))
      .catch(() => undefined);
  }, socketLookMs);
  return async () => {
    clearInterval(look);
    await Promise.all([ended(onPort), ended(onSocket)]);
  };
}

function ended(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), 3000);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** The policy on the disk, if it is still good. */
function storedBundle(home: string, { publicKeyPem }: DeviceIdentity): Result<PolicyBundle> {
  const stored = readStoredBundle(home);
  if (stored === undefined) return fail('missing', 'This device never got a policy from its server.');
  return openBundle(stored, publicKeyPem, Date.now());
}

interface Beats {
  lastContact(): string | null;
  close(): void;
}

const beatWithinMs = 10_000;

/** Tells the server that this device lives, and fetches the policy when it is another, or grows old. */
function startBeats(from: {
  readonly options: DeviceOptions;
  readonly identity: DeviceIdentity;
  readonly link: Link;
  readonly judge: DeviceJudge;
  trouble(code: string, detail: string): void;
  tell(): Heartbeat;
}): Beats {
  const { options, identity, link, judge, trouble, tell } = from;
  let last: string | null = null;
  let renewAt = 0;

  async function fetchPolicy(): Promise<void> {
    const { status, body } = await link.send({ method: 'GET', path: '/device/policy', withinMs: beatWithinMs });
    if (status !== 200) return trouble('no-policy', `the server gave no policy (status ${status})`);
    const signed: unknown = JSON.parse(body);
    const opened = openBundle(signed, identity.publicKeyPem, Date.now());
    if (!opened.ok) return trouble(opened.error.code, opened.error.detail.replace('stored', 'fetched'));
    judge.use(opened);
    try {
      storeBundle(options.home, signed as SignedBundle);
    } catch (error) {
      // It is judged by all the same, until this process ends.
      return trouble(
        'policy-not-kept',
        `the policy cannot be written: ${error instanceof Error ? error.message : error}`,
      );
    }
    const { issuedAt, expiresAt } = opened.value;
    renewAt = Date.now() + (Date.parse(expiresAt) - Date.parse(issuedAt)) / 2;
  }

  async function beat(again = false): Promise<void> {
    try {
      const asked = {
        method: 'POST',
        path: '/device/heartbeat',
        body: JSON.stringify(tell()),
        withinMs: beatWithinMs,
      } as const;
      const { status, body } = await link.send(asked);
      if (status === 401)
        return trouble('not-accepted', `the server at ${identity.url} does not accept this device any more`);
      if (status !== 200) return trouble('heartbeat-refused', `the server answered a heartbeat with status ${status}`);
      last = new Date().toISOString();
      const inForce = JSON.parse(body) as HeartbeatAnswer;
      const before = judge.digest();
      if (inForce.policy !== before || Date.now() >= renewAt) await fetchPolicy();
      // What was told is not so any more.
      if (!again && judge.digest() !== before) await beat(true);
    } catch {
      // Out of reach: what can be done without the server is done by it alone, and the next beat comes.
    }
  }
  const timer = setInterval(() => void beat(), options.beatMs ?? 60_000);
  void beat();
  return { lastContact: () => last, close: () => clearInterval(timer) };
}

/** The same trouble at most once in ten seconds. */
function troubleLog(log: (line: string) => void): (code: string, detail: string) => void {
  const last = new Map<string, number>();
  return (code, detail) => {
    const at = performance.now();
    if (at - (last.get(code) ?? Number.NEGATIVE_INFINITY) < 10_000) return;
    last.set(code, at);
    log(`${code}: ${detail}`);
  };
}
