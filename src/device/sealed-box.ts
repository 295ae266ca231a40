import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { fail, ok, type Result } from '../core/result.ts';

// What waits on a device's disk may hold secrets, and only the server has to read it: X25519, HKDF-SHA-256,
// AES-256-GCM, with a new key pair for each text.

const keyBytes = 32;
const tagBytes = 16;
/** Each key seals one text, so the nonce never repeats under it. */
const nonce = Buffer.alloc(12);

const rawOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' }).subarray(-keyBytes);

/** The DER head of every X25519 public key. Source: RFC 8410. */
const spkiHead = Buffer.from('302a300506032b656e032100', 'hex');

export const publicKeyOf = (spkiBase64: string): KeyObject =>
  createPublicKey({ key: Buffer.from(spkiBase64, 'base64'), type: 'spki', format: 'der' });

/** Text → base64 that only the holder of the private key can open. */
export function sealFor(publicKey: KeyObject, text: string): string {
  const once = generateKeyPairSync('x25519');
  const from = rawOf(once.publicKey);
  const key = keyFor(diffieHellman({ privateKey: once.privateKey, publicKey }), from, rawOf(publicKey));
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([from, cipher.getAuthTag(), body]).toString('base64');
}

/** Error: `not-for-us`: it was changed, or sealed for another key. */
export function openSealed(privateKey: KeyObject, box: string): Result<string> {
  const bytes = Buffer.from(box, 'base64');
  const [from, tag] = [bytes.subarray(0, keyBytes), bytes.subarray(keyBytes, keyBytes + tagBytes)];
  try {
    const sender = createPublicKey({ key: Buffer.concat([spkiHead, from]), type: 'spki', format: 'der' });
    const ours = rawOf(createPublicKey(privateKey));
    const decipher = createDecipheriv(
      'aes-256-gcm',
      keyFor(diffieHellman({ privateKey, publicKey: sender }), from, ours),
      nonce,
    );
    decipher.setAuthTag(tag);
    const body = Buffer.concat([decipher.update(bytes.subarray(keyBytes + tagBytes)), decipher.final()]);
    return ok(body.toString('utf8'));
  } catch {
    // Whatever the library says of bytes that are not ours, it is this.
    return fail('not-for-us', 'This delivery was changed, or sealed for another server.');
  }
}

const keyFor = (shared: Buffer, from: Buffer, to: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', shared, Buffer.concat([from, to]), 'warder/device-box/v1', keyBytes));
