import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { z } from 'zod';
import type { Enrolment } from '../core/device.ts';
import { keyidOf } from '../record/receipts/keyid.ts';
import { version } from '../version.ts';
import { readInstalls } from './agent-files.ts';
import { installDeviceClient } from './claude-client.ts';
import { type Io, UsageError } from './command.ts';
import {
  type DeviceIdentity,
  defaultDevicePort,
  devicePaths,
  hasWaiting,
  readIdentity,
  writeIdentity,
} from './device-home.ts';

const enrolment = z.looseObject({
  id: z.string(),
  name: z.string(),
  person: z.string(),
  token: z.string().min(8),
  mode: z.enum(['observe', 'enforce']),
  keyid: z.string(),
  publicKeyPem: z.string(),
  sealFor: z.string(),
});
const refusal = z.looseObject({ error: z.looseObject({ detail: z.string() }) });

const withinMs = 20_000;

/** Uses up the code, and keeps who this machine is from now on. Throws an Error that says what to do. */
export async function enrol(
  home: string,
  flags: {
    readonly code?: string | undefined;
    readonly url?: string | undefined;
    readonly name?: string | undefined;
    readonly port?: string | undefined;
  },
): Promise<DeviceIdentity> {
  const { code, url, port } = checked(flags);
  const known = readIdentity(home);
  if (known.ok)
    throw new Error(
      `This machine is enrolled at ${known.value.url} as ${known.value.name}. First: warder device unenrol`,
    );
  const name = flags.name ?? os.hostname();
  const told = await post(url, '/device/enrol', { code, name, version, platform: process.platform });
  const given: Enrolment = enrolment.parse(told);
  const expected = code.slice(code.lastIndexOf('.') + 1);
  if (keyidOf(given.publicKeyPem) !== expected || given.keyid !== expected)
    throw new Error(
      `What answers at ${url} is not the server that gave this code (its key is another). Nothing was written.`,
    );
  const identity: DeviceIdentity = {
    v: 1,
    url,
    id: given.id,
    name: given.name,
    person: given.person,
    token: given.token,
    mode: given.mode,
    keyid: given.keyid,
    publicKeyPem: given.publicKeyPem,
    sealFor: given.sealFor,
    hookToken: `wrd_${randomBytes(32).toString('base64url')}`,
    port,
    enrolledAt: new Date().toISOString(),
  };
  writeIdentity(home, identity);
  if (process.platform !== 'win32') installDeviceClient(home, url, identity.token);
  return identity;
}

function checked({ code, url, port }: Parameters<typeof enrol>[1]): { code: string; url: string; port: number } {
  if (code === undefined || url === undefined)
    throw new UsageError('enrol takes --code CODE and --url URL. On the server: warder device invite');
  if (!/^[\w-]{20,60}\.[0-9a-f]{16}$/.test(code)) throw new UsageError('--code is no code of: warder device invite');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(
      `--url takes the address of the server, such as https://warder.example, not ${JSON.stringify(url)}.`,
    );
  const number = port === undefined ? defaultDevicePort : Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw new UsageError(`--port takes a whole number from 1 to 65535, not ${JSON.stringify(port)}.`);
  return { code, url: new URL(url).origin, port: number };
}

async function post(url: string, path: string, body: unknown, token?: string): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(new URL(path, url), {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(withinMs),
    });
  } catch (cause) {
    throw new Error(`No Warder answers at ${url}.`, { cause });
  }
  const value: unknown = await answer.json().catch(() => null);
  if (answer.ok) return value;
  const told = refusal.safeParse(value);
  throw new Error(told.success ? told.data.error.detail : `${url} answered with status ${answer.status}.`);
}

/** Takes this machine's enrolment back, here and on the server. Throws an Error when something would be lost, unless `force`. */
export async function unenrol(home: string, force: boolean, io: Io): Promise<DeviceIdentity> {
  const read = readIdentity(home);
  if (!read.ok) throw new Error(read.error.detail);
  const paths = devicePaths(home);
  if (!force && hasWaiting(home))
    throw new Error(
      'Some of what happened here has not reached the server yet, and would be lost. Start warder device run, or use --force.',
    );
  const connected = [...new Set(readInstalls(home).map(({ agent }) => agent))];
  if (!force && connected.length > 0)
    throw new Error(
      `${connected.join(', ')} would be blocked without the device. First: warder uninstall all (or use --force)`,
    );
  try {
    await post(read.value.url, '/device/unenrol', {}, read.value.token);
  } catch (error) {
    if (!force) throw error;
    io.stderr.write(
      `warder: the server was not told (${String(error)}). There: warder device revoke ${read.value.id}\n`,
    );
  }
  for (const path of [paths.identity, paths.policy, paths.spool]) fs.rmSync(path, { recursive: true, force: true });
  return read.value;
}
