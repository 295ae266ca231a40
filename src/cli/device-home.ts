import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { SignedBundle } from '../core/device.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { replaceFile } from '../record/home.ts';

/** What a device keeps in its Warder home. */
const identitySchema = z.strictObject({
  v: z.literal(1),
  /** Origin of the server. */
  url: z.url({ protocol: /^https?$/ }),
  id: z.string(),
  name: z.string(),
  person: z.string(),
  token: z.string().min(8),
  mode: z.enum(['observe', 'enforce']),
  keyid: z.string(),
  publicKeyPem: z.string(),
  sealFor: z.string(),
  /** Opens this machine's own port, for agents with http hooks and for plugins. */
  hookToken: z.string().min(8),
  /** On loopback. */
  port: z.int().min(1).max(65_535),
  enrolledAt: z.string(),
});
export type DeviceIdentity = z.infer<typeof identitySchema>;

export const defaultDevicePort = 7718;

export const devicePaths = (home: string) => ({
  identity: path.join(home, 'device.json'),
  policy: path.join(home, 'device-policy.json'),
  spool: path.join(home, 'device-spool'),
  running: path.join(home, 'device.lock'),
  socket: path.join(home, 'device', 'device.sock'),
});

/** Errors: `not-enrolled`, `identity-open` (others may read it), `identity-damaged`. */
export function readIdentity(home: string): Result<DeviceIdentity> {
  const file = devicePaths(home).identity;
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined)
    return fail(
      'not-enrolled',
      `This machine is not enrolled (there is no ${file}). Run: warder device enrol --code CODE --url URL`,
    );
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)
    return fail(
      'identity-open',
      `${file} holds this device's token and other users may read it. Run: chmod 600 ${file}`,
    );
  const parsed = identitySchema.safeParse(jsonIn(fs.readFileSync(file, 'utf8')));
  return parsed.success ? ok(parsed.data) : fail('identity-damaged', `${file} is damaged. Enrol this machine again.`);
}

export function writeIdentity(home: string, identity: DeviceIdentity): void {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  replaceFile(devicePaths(home).identity, `${JSON.stringify(identity, null, 2)}\n`, 0o600);
}

/** Where agents of an enrolled machine send their hooks: its own device process; null: it is not enrolled. */
export function enrolledDevice(home: string): { readonly url: string; readonly token: string } | null {
  const identity = readIdentity(home);
  return identity.ok ? { url: `http://127.0.0.1:${identity.value.port}`, token: identity.value.hookToken } : null;
}

/** The server behind the device process at `url`; null: that is another address, or this machine is not enrolled. */
export function behindDevice(home: string, url: string): { readonly url: string; readonly token: string } | null {
  const identity = readIdentity(home);
  if (!identity.ok || new URL(url).origin !== `http://127.0.0.1:${identity.value.port}`) return null;
  return { url: identity.value.url, token: identity.value.token };
}

/** True while something waits on the disk for the server. */
export const hasWaiting = (home: string): boolean =>
  (fs.statSync(path.join(devicePaths(home).spool, 'queue.jsonl'), { throwIfNoEntry: false })?.size ?? 0) > 0;

/** As it lies on the disk, to be checked by `openBundle`; undefined: there is none. */
export function readStoredBundle(home: string): unknown {
  const file = devicePaths(home).policy;
  return fs.existsSync(file) ? jsonIn(fs.readFileSync(file, 'utf8')) : undefined;
}

export const storeBundle = (home: string, signed: SignedBundle): void =>
  replaceFile(devicePaths(home).policy, JSON.stringify(signed), 0o600);

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON fits no schema, and no signature.
    return null;
  }
}
