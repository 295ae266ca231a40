import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type HomeLock, lockHome } from './home-lock.ts';
import { keyidOf } from './receipts/keyid.ts';
import { openSealing, type Sealing } from './sealing.ts';

/** Names of the files in a Warder home. */
export const homeFiles = {
  masterKey: 'master.key',
  signingKey: 'receipt-signing.pem',
  publicKey: 'receipt-signing.pub.pem',
  database: 'warder.db',
  lock: 'server.lock',
} as const;

/** A Warder home: where the log, its keys and settings live. Secrets stay inside; only what they compute comes out. */
export interface Home extends Sealing {
  readonly dir: string;
  readonly dbPath: string;
  /** Keyed hash of a text (HMAC-SHA-256 under a key of this home), hex: the receipts' `input_hash`. */
  hmac(text: string): string;
  readonly signingKeyPem: string;
  readonly publicKeyPem: string;
  /** First 16 hex digits of SHA-256 of the public key (SPKI DER). */
  readonly keyid: string;
  /** Makes this process the only one that writes to the home. Throws an Error that names the process that does already. */
  lock(): HomeLock;
}

/**
 * Opens a Warder home, and creates it when it is not there: directory 0700, secrets 0600. Throws an Error that says
 * what, where and what to do when a secret is readable by others, damaged or gone. Safe to be killed at any point and
 * to be run by several processes at once. `env` may hold the key that seals (sealing.ts).
 */
export function openHome(dir: string, env: Readonly<Record<string, string | undefined>> = process.env): Home {
  const at = resolve(dir);
  makeDirectory(at);
  const file = (name: string) => join(at, name);
  requireWholeSet(at);

  ensureSecret(file(homeFiles.masterKey), () => randomBytes(32));
  const master = readSecret(file(homeFiles.masterKey));
  if (master.length !== 32) {
    throw damaged(file(homeFiles.masterKey), `it must hold exactly 32 bytes and holds ${master.length}`);
  }
  ensureSecret(file(homeFiles.signingKey), newSigningKey);
  const signingKeyPem = readSecret(file(homeFiles.signingKey)).toString('utf8');
  const signingKey = readSigningKey(file(homeFiles.signingKey), signingKeyPem);
  const publicKeyPem = ensurePublicKey(file(homeFiles.publicKey), signingKey);

  const { hmac, sealKey } = keyedBy(master);
  const write = (path: string, content: string) => replaceFile(path, content, 0o600);
  return {
    dir: at,
    dbPath: file(homeFiles.database),
    hmac,
    ...openSealing({ homeDir: at, homeKey: sealKey, env, write }),
    signingKeyPem,
    publicKeyPem,
    keyid: keyidOf(publicKeyPem),
    lock: () => lockHome(file(homeFiles.lock)),
  };
}

function keyedBy(master: Buffer): Pick<Home, 'hmac'> & { readonly sealKey: Buffer } {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', master, '', `warder/${use}/v1`, 32));
  // As a key object, made once: a Buffer costs a conversion of 8 µs at every hash.
  const hmacKey = createSecretKey(derive('input-hash'));
  return {
    hmac: (text) => createHmac('sha256', hmacKey).update(text, 'utf8').digest('hex'),
    sealKey: derive('seal'),
  };
}

function makeDirectory(dir: string): void {
  makeFolders(dir);
  if (process.platform === 'win32') return;
  const { mode } = statSync(dir);
  const ours = existsSync(join(dir, homeFiles.masterKey)) || readdirSync(dir).length === 0;
  if (ours && (mode & 0o077) !== 0) chmodSync(dir, 0o700);
  else if ((mode & 0o022) !== 0) {
    throw new Error(
      `The folder ${dir} can be changed by other users (mode ${octal(mode)}), so it cannot hold Warder's keys. ` +
        `Run: chmod 700 ${dir}, or choose another home with --home.`,
    );
  }
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** One folder after the other: Node's own `recursive` never returns where the system answers ENOENT for a name it cannot make, as in /proc. */
function makeFolders(dir: string): void {
  if (isFolder(dir)) return;
  const parent = dirname(dir);
  if (parent !== dir) makeFolders(parent);
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (cause) {
    // Another process may have been faster.
    if (isFolder(dir)) return;
    throw new Error(`The folder ${dir} cannot be made. Choose another home with --home.`, { cause });
  }
}

/** A home that lost one of its keys must not quietly get a new one: old receipts and sealed values would stop to verify. */
function requireWholeSet(dir: string): void {
  const has = (name: string) => existsSync(join(dir, name));
  const gone = has(homeFiles.database)
    ? [homeFiles.masterKey, homeFiles.signingKey].find((name) => !has(name))
    : has(homeFiles.signingKey) && !has(homeFiles.masterKey)
      ? homeFiles.masterKey
      : undefined;
  if (gone === undefined) return;
  throw new Error(
    `${join(dir, gone)} is gone, but other files of this Warder home are there. Restore it from a backup, ` +
      `or move ${dir} away to begin a new log.`,
  );
}

/** Creates a secret unless it is there. Whole or not at all: written aside, synced, then linked to its name. */
function ensureSecret(path: string, make: () => Buffer | string, mode = 0o600): void {
  if (existsSync(path)) return;
  const aside = writeAside(path, make(), mode);
  try {
    linkSync(aside, path);
  } catch (cause) {
    // Another process was faster; its secret is the one that counts.
    if (!existsSync(path)) throw new Error(`Could not create ${path}.`, { cause });
  } finally {
    rmSync(aside, { force: true });
  }
  syncDirectoryOf(path);
}

function writeAside(path: string, content: Buffer | string, mode: number): string {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  const fd = openSync(aside, 'wx', mode);
  try {
    // A disk that is nearly full may take a part of it: this goes on until all is written, or fails.
    writeFileSync(fd, content);
    fsyncSync(fd);
  } catch (cause) {
    rmSync(aside, { force: true });
    throw cause;
  } finally {
    closeSync(fd);
  }
  return aside;
}

function syncDirectoryOf(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(join(path, '..'), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readSecret(path: string): Buffer {
  const { mode } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Error(
      `${path} is a secret and other users may read it (mode ${octal(mode)}). Run: chmod 600 ${path}. ` +
        'If others could log in to this machine, begin a new home: whoever read it can sign receipts.',
    );
  }
  return readFileSync(path);
}

function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function readSigningKey(path: string, pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw damaged(path, 'it is not a private key in PEM form', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw damaged(path, `it must be an Ed25519 key, not ${key.asymmetricKeyType}`);
  return key;
}

/** The public key follows from the signing key: written when missing, refused when it belongs to another. */
function ensurePublicKey(path: string, signingKey: KeyObject): string {
  const pem = createPublicKey(signingKey).export({ type: 'spki', format: 'pem' }).toString();
  ensureSecret(path, () => pem, 0o644);
  if (readFileSync(path, 'utf8').trim() !== pem.trim()) {
    throw damaged(path, `it does not belong to ${homeFiles.signingKey}; remove it and it is written anew`);
  }
  return pem;
}

const damaged = (path: string, why: string, cause?: unknown) =>
  new Error(`${path} is damaged: ${why}. Restore it from a backup, or move the home away to begin a new log.`, {
    cause,
  });

const octal = (mode: number) => (mode & 0o777).toString(8).padStart(4, '0');

/** Replaces a file whole or not at all (aside, sync, rename). */
export function replaceFile(path: string, content: string, mode = 0o644): void {
  const aside = writeAside(path, content, mode);
  try {
    renameSync(aside, path);
  } catch (cause) {
    rmSync(aside, { force: true });
    throw cause;
  }
  syncDirectoryOf(path);
}
