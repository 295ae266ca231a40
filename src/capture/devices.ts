import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DeviceRecord, Heartbeat } from '../core/device.ts';
import type { DeviceInvite } from '../core/enrolled.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { upTo } from '../core/sized.ts';
import { changeShared, type SharedSettings } from './settings.ts';
import { hashOfToken, type Tokens } from './tokens.ts';

/** Devices that enrolled here, and the codes that let further ones in. */
export interface Devices {
  /** A code for one device, given once, here; only its hash is kept. `minutes`: how long it is good. */
  invite(who: {
    person: string;
    device?: string;
    minutes: number;
  }): Promise<{ id: string; code: string; expiresAt: string }>;
  /** Codes that were given, not used and have not expired: whose they are, never the code. */
  invites(): Promise<readonly DeviceInvite[]>;
  /** The code lets nobody in any more. False when no such invite is open. */
  withdraw(id: string): Promise<boolean>;
  /** Uses up the code. Errors: `unknown-code` (used or never given), `expired-code`. */
  enrol(code: string, about: EnrolRequest): Promise<Result<{ token: string; record: DeviceRecord }>>;
  /** Null when it is not enrolled any more. `at`: ISO 8601 UTC. */
  seen(id: string, beat: Heartbeat, at: string): Promise<DeviceRecord | null>;
  list(): Promise<readonly DeviceRecord[]>;
  /** Takes its token away. False when no device, or more than one, begins with this id. */
  revoke(id: string): Promise<boolean>;
}

export const enrolRequest = z.looseObject({
  name: z.string().regex(/^[^\p{C}]{1,100}$/u),
  version: z
    .string()
    .refine(...upTo(100))
    .catch(''),
  platform: z
    .string()
    .refine(...upTo(20))
    .catch(''),
});
type EnrolRequest = z.infer<typeof enrolRequest>;

const invitesName = 'device-invites';
const recordName = (id: string): string => `device/${id}`;

const invites = z.array(
  z.strictObject({
    /** SHA-256 of the code, hex. */
    hash: z.string(),
    person: z.string(),
    /** Name the device gets whatever it calls itself; null: its own. */
    device: z.string().nullable(),
    expiresAt: z.string(),
  }),
);

const record = z.strictObject({
  id: z.string(),
  name: z.string(),
  person: z.string(),
  enrolledAt: z.string(),
  lastSeen: z.string().nullable(),
  version: z.string(),
  platform: z.string(),
  agents: z.array(z.strictObject({ agent: z.string(), ok: z.boolean() })),
  policy: z.string(),
  waiting: z.int(),
  lost: z.int(),
  tokenId: z.string(),
});

/** What a token of a device is labelled with; nothing else opens the doors for devices. */
export const deviceLabel = /^dev_[A-Za-z0-9_-]{12}$/;

/** A heartbeat that tells nothing new is written at most this often. */
const writeEveryMs = 5 * 60_000;

/** `keyid` of the home goes into each code, so that the device knows its server by more than its address. */
export function openDevices(deps: {
  readonly settings: SharedSettings & {
    settingNames(): Promise<readonly string[]>;
    setSetting(name: string, value: string | null): Promise<void>;
  };
  readonly tokens: Tokens;
  readonly keyid: string;
  now(): string;
  /** Told when something is not as it was: a list that somebody looks at is old. */
  changed?(): void;
}): Devices {
  const { settings, tokens, now, changed = () => undefined } = deps;
  const latest = new Map<string, DeviceRecord>();
  const written = new Map<string, number>();
  const readInvites = (text: string | null) => invites.parse(JSON.parse(text ?? '[]'));
  const read = async (id: string): Promise<DeviceRecord | null> => {
    const text = await settings.setting(recordName(id));
    return text === null ? null : record.parse(JSON.parse(text));
  };
  /** Only this process writes records; another may take them away, which their names tell. */
  const known = async (id: string): Promise<DeviceRecord | null> => {
    const device = latest.get(id) ?? (await read(id));
    if (device !== null && !latest.has(id)) latest.set(id, device);
    return latest.get(id) ?? device;
  };
  const write = (device: DeviceRecord) => settings.setSetting(recordName(device.id), JSON.stringify(device));
  /** False when it was revoked meanwhile: nothing brings it back. */
  const rewrite = (device: DeviceRecord) =>
    changeShared(settings, recordName(device.id), (text) => ({
      text: text === null ? null : JSON.stringify(device),
      value: text !== null,
    }));
  const list = async (): Promise<readonly DeviceRecord[]> => {
    const names = (await settings.settingNames()).filter((name) => name.startsWith('device/'));
    const all = await Promise.all(names.map((name) => known(name.slice('device/'.length))));
    return all.filter((device) => device !== null).sort(byName);
  };
  return {
    async invite({ person, device, minutes }) {
      // Hex: a code that begins with a dash would be taken for an option where it is typed.
      const code = `${randomBytes(20).toString('hex')}.${deps.keyid}`;
      const expiresAt = new Date(Date.parse(now()) + minutes * 60_000).toISOString();
      const invite = { hash: hashOfToken(code), person, device: device ?? null, expiresAt };
      await changeShared(settings, invitesName, (text) => {
        const open = readInvites(text).filter((each) => each.expiresAt > now());
        return { text: JSON.stringify([...open, invite]), value: null };
      });
      changed();
      return { id: inviteId(invite), code, expiresAt };
    },
    async invites() {
      const open = readInvites(await settings.setting(invitesName)).filter(({ expiresAt }) => expiresAt > now());
      return open.map((invite) => ({
        id: inviteId(invite),
        person: invite.person,
        device: invite.device,
        expiresAt: invite.expiresAt,
      }));
    },
    async withdraw(id) {
      const gone = await changeShared(settings, invitesName, (text) => {
        const open = readInvites(text);
        const left = open.filter((each) => inviteId(each) !== id);
        const value = open.some((each) => inviteId(each) === id && each.expiresAt > now());
        return { text: value ? JSON.stringify(left) : text, value };
      });
      if (gone) changed();
      return gone;
    },
    async enrol(code, about) {
      const hash = hashOfToken(code);
      const found = await changeShared(settings, invitesName, (text) => {
        const open = readInvites(text);
        const value = open.find((each) => each.hash === hash);
        return { text: value ? JSON.stringify(open.filter((each) => each !== value)) : text, value };
      });
      if (found === undefined)
        return fail('unknown-code', 'This code was never given, or is used up. Make another: warder device invite');
      if (found.expiresAt <= now())
        return fail('expired-code', `This code was good until ${found.expiresAt}. Make another: warder device invite`);
      const id = `dev_${randomBytes(9).toString('base64url')}`;
      const name = found.device ?? about.name;
      const made = await tokens.add({ person: found.person, device: name, label: id, routes: ['hooks', 'device'] });
      const device: DeviceRecord = {
        id,
        name,
        person: found.person,
        enrolledAt: now(),
        lastSeen: null,
        version: about.version,
        platform: about.platform,
        agents: [],
        policy: '',
        waiting: 0,
        lost: 0,
        tokenId: made.record.id,
      };
      await write(device);
      changed();
      return ok({ token: made.token, record: device });
    },
    async seen(id, beat, at) {
      const before = await known(id);
      if (before === null) return null;
      const device = { ...before, ...beat, lastSeen: at };
      latest.set(id, device);
      const due = Date.parse(at) - (written.get(id) ?? 0) > writeEveryMs;
      const other = wordsOf(before) !== wordsOf(device);
      if (due || other) {
        if (!(await rewrite(device))) {
          latest.delete(id);
          return null;
        }
        written.set(id, Date.parse(at));
      }
      const wasSilent = before.lastSeen === null || Date.parse(at) - Date.parse(before.lastSeen) > writeEveryMs;
      if (other || wasSilent) changed();
      return device;
    },
    list,
    async revoke(id) {
      const found = (await list()).filter((device) => device.id === id || device.id === `dev_${id}`);
      const [device] = found;
      if (device === undefined || found.length > 1) return false;
      await tokens.revoke(device.tokenId);
      latest.delete(device.id);
      await settings.setSetting(recordName(device.id), null);
      changed();
      return true;
    },
  };
}

/** Told in place of the hash of a code. */
const inviteId = ({ hash }: { readonly hash: string }): string =>
  `inv_${createHash('sha256').update(`invite ${hash}`).digest('base64url').slice(0, 12)}`;

const byName = (one: DeviceRecord, other: DeviceRecord): number =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : one.id < other.id ? -1 : 1;

const wordsOf = ({ lastSeen: _, ...rest }: DeviceRecord): string => JSON.stringify(rest);
