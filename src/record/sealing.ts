import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../core/result.ts';

/** A key that encrypts what rests in the store, without the key. */
interface SealingKey {
  /** First 8 hex digits of a hash of the key; `home` for the one that follows from the home's master key. */
  readonly id: string;
  /** Where it is kept, in words for a person. */
  readonly source: string;
}

/** Encrypts small texts for rest (AES-256-GCM). The first key found seals, every key found opens. */
export interface Sealing {
  /** `v1.` or `v2.<key id>.`, then base64url of iv ‖ tag ‖ ciphertext. Throws when a key file cannot be used. */
  seal(plaintext: string): string;
  /** Errors: `not-sealed` (another format), `unseal-failed` (changed, or its key is not here). */
  unseal(sealed: string): Result<string>;
  /** The key that seals now. */
  sealingKey(): SealingKey;
  /**
   * Puts a new key in front of those in its file; the one before stays, to open what others seal meanwhile. Null when
   * the key comes from the environment or from systemd: whoever keeps it there renews it there.
   */
  renewSealingKey(): SealingKey | null;
}

export interface SealingWorld {
  readonly homeDir: string;
  /** 32 bytes that follow from the master key; they opened and sealed everything before there were other keys. */
  readonly homeKey: Buffer;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a secret file whole or not at all, mode 0600. */
  write(path: string, content: string): void;
}

interface Key extends SealingKey {
  readonly bytes: Buffer;
}

const sealingKeyFile = 'sealing.key';
const credentialName = 'warder-key';

/** Keys by precedence: systemd's credential, WARDER_KEY, WARDER_KEY_FILE, `<home>/sealing.key`, the home itself. Files are read again when they change. */
export function openSealing(world: SealingWorld): Sealing {
  const { homeDir, env } = world;
  const own = join(homeDir, sealingKeyFile);
  const credential = env.CREDENTIALS_DIRECTORY ? join(env.CREDENTIALS_DIRECTORY, credentialName) : '';
  const named = env.WARDER_KEY_FILE ?? '';
  if (named !== '' && !existsSync(named)) throw new Error(`WARDER_KEY_FILE names ${named}, which is not there.`);
  const fixed = env.WARDER_KEY ? keysIn(env.WARDER_KEY, 'the environment (WARDER_KEY)') : [];
  // Read as it is at each call: another process may have renewed it.
  const files = [credential, named, own].map((path) => watchedKeys(path, path === credential ? 0o037 : 0o077));
  const all = (): readonly Key[] => {
    const [fromSystemd = [], fromNamed = [], fromHome = []] = files.map((read) => read());
    return [...fromSystemd, ...fixed, ...fromNamed, ...fromHome];
  };
  all();
  const home: Key = { id: 'home', source: `the home (${join(homeDir, 'master.key')})`, bytes: world.homeKey };
  const first = (): Key => all()[0] ?? home;
  return {
    seal(plaintext) {
      const key = first();
      const body = encrypt(key.bytes, plaintext).toString('base64url');
      return key === home ? `v1.${body}` : `v2.${key.id}.${body}`;
    },
    unseal(sealed) {
      const parts = /^(?:v1|v2\.([0-9a-f]{8}))\.([A-Za-z0-9_-]*)$/.exec(sealed);
      const bytes = Buffer.from(parts?.[2] ?? '', 'base64url');
      if (!parts || bytes.length < 28) return fail('not-sealed', 'This is not a sealed value.');
      const id = parts[1];
      const key = id === undefined ? home : all().find((each) => each.id === id);
      if (key) return decrypt(key.bytes, bytes);
      return fail(
        'unseal-failed',
        `It is sealed under the key ${id}, which is not here (WARDER_KEY, WARDER_KEY_FILE).`,
      );
    },
    sealingKey: () => plain(first()),
    renewSealingKey() {
      const now = first();
      const path = now === home ? own : [named, own].find((file) => file !== '' && now.source === file);
      if (path === undefined) return null;
      const made = randomBytes(32);
      const before = now === home ? [] : [now.bytes];
      world.write(path, [made, ...before].map((bytes) => `${bytes.toString('base64url')}\n`).join(''));
      return plain(first());
    },
  };
}

const plain = ({ id, source }: Key): SealingKey => ({ id, source });

function encrypt(key: Buffer, plaintext: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, bytes: Buffer): Result<string> {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  try {
    return ok(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8'));
  } catch {
    // The only failure GCM knows: the tag does not fit. The cause would say no more.
    return fail('unseal-failed', 'The sealed value was changed, or sealed under the key of another home.');
  }
}

/** Keys of a file, read again when it is another file than before; none for `''` and for a file that is not there. */
function watchedKeys(path: string, forbidden: number): () => readonly Key[] {
  let seen = '';
  let keys: readonly Key[] = [];
  return () => {
    if (path === '' || !existsSync(path)) return [];
    const { mode, ino, size, mtimeMs } = statSync(path);
    const version = `${ino}.${size}.${mtimeMs}.${mode}`;
    if (version === seen) return keys;
    if (process.platform !== 'win32' && (mode & forbidden) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      throw new Error(`${path} is a secret and other users may read it (mode ${octal}). Run: chmod 600 ${path}`);
    }
    keys = keysIn(readFileSync(path, 'utf8'), path);
    seen = version;
    return keys;
  };
}

/** Keys by line or comma, each 32 bytes in base64, base64url or hex. The text is never repeated in an error. */
function keysIn(text: string, source: string): readonly Key[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const form = (word: string) => (/^[0-9a-f]{64}$/i.test(word) ? 'hex' : 'base64');
  // Node skips what is no base64.
  const keys = words.map((word) => Buffer.from(/^[\w+/-]+=?$/.test(word) ? word : '', form(word)));
  if (keys.length > 0 && keys.every((bytes) => bytes.length === 32)) {
    return keys.map((bytes) => ({ id: idOf(bytes), source, bytes }));
  }
  throw new Error(
    `${source} must hold keys of 32 bytes in base64 or hex, one a line. Make one: openssl rand -base64 32`,
  );
}

const idOf = (key: Buffer): string =>
  createHash('sha256').update('warder/sealing-key/v1\0').update(key).digest('hex').slice(0, 8);
