import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { fresh } from './fresh.ts';
import { changeShared, type SharedSettings } from './settings.ts';
import { hashOfToken, newToken } from './tokens.ts';

/** A key that Aperture's hooks carry, as it is kept: the key itself is nowhere. */
interface HookKeyRecord {
  /** First 8 hex digits of the key's SHA-256. */
  readonly id: string;
  /** SHA-256, hex. */
  readonly hash: string;
  readonly label: string;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
}

/** The keys that Aperture's hooks carry. Who holds one may say of every request whose it is. */
export interface HookKeys {
  /** Compares hashes in constant time. Rejects when the keys cannot be read. */
  knows(key: string): Promise<boolean>;
  /** The same after another look, for a key that was made a moment ago; may wait a quarter of a second. */
  knowsByNow(key: string): Promise<boolean>;
  /** The key is given once, here. */
  add(label: string): Promise<{ readonly key: string; readonly record: HookKeyRecord }>;
  list(): Promise<readonly HookKeyRecord[]>;
  /** False when no key has this id. */
  revoke(id: string): Promise<boolean>;
}

const settingName = 'aperture-keys';
const stored = z.array(
  z.strictObject({
    id: z.string(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    label: z.string(),
    createdAt: z.string(),
  }),
);

/** Keys kept in the store's settings. Another process's change is seen within a second. */
export function openHookKeys(deps: {
  readonly settings: SharedSettings;
  /** ISO 8601 UTC. */
  now(): string;
}): HookKeys {
  const { settings } = deps;
  const parsed = (text: string | null): readonly HookKeyRecord[] => stored.parse(JSON.parse(text ?? '[]'));
  const read = async () => parsed(await settings.setting(settingName));
  const known = fresh(read, 1000, () => performance.now());
  const among = (records: readonly HookKeyRecord[], key: string): boolean => {
    const hash = Buffer.from(hashOfToken(key), 'hex');
    // Every record is compared, so that the time tells nothing of which one it was.
    return records.filter((record) => timingSafeEqual(Buffer.from(record.hash, 'hex'), hash)).length > 0;
  };
  return {
    async knows(key) {
      return key !== '' && among(await known.get(), key);
    },
    async knowsByNow(key) {
      return key !== '' && among(await known.again(250), key);
    },
    async add(label) {
      const key = newToken();
      const hash = hashOfToken(key);
      const record = { id: hash.slice(0, 8), hash, label, createdAt: deps.now() };
      await changeShared(settings, settingName, (text) => ({
        text: JSON.stringify([...parsed(text), record]),
        value: null,
      }));
      return { key, record };
    },
    list: read,
    revoke: (id) =>
      changeShared(settings, settingName, (text) => {
        const records = parsed(text);
        const left = records.filter((record) => record.id !== id);
        return left.length === records.length ? { text, value: false } : { text: JSON.stringify(left), value: true };
      }),
  };
}
