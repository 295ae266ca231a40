import { createHash, createPublicKey } from 'node:crypto';

/** First 16 hex digits of SHA-256 of a public key's SPKI DER. Throws when the PEM is not a key. */
export function keyidOf(publicKeyPem: string): string {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}
