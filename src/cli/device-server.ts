import os from 'node:os';
import { openDevices } from '../capture/devices.ts';
import { openTokens } from '../capture/tokens.ts';
import type { DeviceRecord } from '../core/device.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';

export interface ServerFlags {
  readonly person?: string | undefined;
  readonly device?: string | undefined;
  readonly expires?: string | undefined;
  readonly json?: boolean | undefined;
}

type Devices = ReturnType<typeof openDevices>;

const unitMinutes = { m: 1, h: 60, d: 1440 };
const mostMinutes = 7 * 1440;

/** The server's side, run in its home: `invite`, `list`, `revoke ID`. */
export function onServer(
  what: string,
  id: string | undefined,
  flags: ServerFlags,
  home: string,
  io: Io,
): Promise<ExitStatus> {
  const work = workFor(what, id, flags, io);
  const now = () => new Date().toISOString();
  return withHomeStore(
    home,
    ({ keyid }, settings) => work(openDevices({ settings, tokens: openTokens({ settings, now }), keyid, now })),
    io.env,
  );
}

/** What to do, with every flag checked before anything is opened. */
function workFor(
  what: string,
  id: string | undefined,
  flags: ServerFlags,
  io: Io,
): (devices: Devices) => Promise<ExitStatus> {
  if (what === 'invite') {
    const person = visible('--person', flags.person ?? os.userInfo().username);
    const device = flags.device === undefined ? undefined : visible('--device', flags.device);
    const minutes = minutesOf(flags.expires ?? '1h');
    return (devices) => invite(devices, { person, minutes, ...(device === undefined ? {} : { device }) }, flags, io);
  }
  if (what === 'list') return (devices) => list(devices, flags, io);
  if (id === undefined) throw new UsageError('revoke takes the id of a device. See: warder device list');
  return (devices) => revoke(devices, id, flags, io);
}

function visible(flag: string, value: string): string {
  if (/^[^\p{C}]{1,100}$/u.test(value) && value.trim() !== '') return value.trim();
  throw new UsageError(`${flag} takes 1 to 100 visible characters.`);
}

function minutesOf(text: string): number {
  const found = /^([1-9]\d{0,4})([mhd])$/.exec(text);
  const unit = found?.[2];
  const minutes = unit === 'm' || unit === 'h' || unit === 'd' ? Number(found?.[1]) * unitMinutes[unit] : 0;
  if (minutes >= 1 && minutes <= mostMinutes) return minutes;
  throw new UsageError(`--expires takes a number and m, h or d, at most 7d, such as 1h, not ${JSON.stringify(text)}.`);
}

async function invite(
  devices: Devices,
  who: Parameters<Devices['invite']>[0],
  { json }: ServerFlags,
  io: Io,
): Promise<ExitStatus> {
  const { code, expiresAt } = await devices.invite(who);
  if (json) io.stdout.write(`${JSON.stringify({ code, expiresAt, person: who.person, device: who.device ?? null })}\n`);
  else {
    io.stdout.write(`${code}\n`);
    io.stderr.write(
      `One device of ${who.person} may enrol with it until ${expiresAt}. There: warder device enrol --code CODE --url URL\n`,
    );
  }
  return 0;
}

async function list(devices: Devices, { json }: ServerFlags, io: Io): Promise<ExitStatus> {
  const items = (await devices.list()).map(({ tokenId: _, ...rest }) => rest);
  if (json) io.stdout.write(`${JSON.stringify({ items, next: null })}\n`);
  else for (const device of items) io.stdout.write(`${lineOf(device)}\n`);
  if (!json && items.length === 0)
    io.stderr.write('No device is enrolled. Make a code for one: warder device invite\n');
  return 0;
}

function lineOf({
  id,
  name,
  person,
  platform,
  version,
  lastSeen,
  waiting,
  agents,
}: Omit<DeviceRecord, 'tokenId'>): string {
  const altered = agents.filter(({ ok }) => !ok).map(({ agent }) => agent);
  return [
    id,
    `${person} on ${name}`,
    `${platform} ${version}`.trim(),
    lastSeen === null ? 'never seen' : `seen ${lastSeen}`,
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(altered.length > 0 ? [`altered: ${altered.join(', ')}`] : []),
  ].join('  ');
}

async function revoke(devices: Devices, id: string, { json }: ServerFlags, io: Io): Promise<ExitStatus> {
  const revoked = await devices.revoke(id);
  if (json) io.stdout.write(`${JSON.stringify({ id, revoked })}\n`);
  else if (revoked) io.stdout.write(`Device ${id} is revoked: its token opens nothing any more.\n`);
  if (!revoked) io.stderr.write(`warder device: there is no device ${JSON.stringify(id)}. See: warder device list\n`);
  return revoked ? 0 : 3;
}
