import { createPublicKey, sign, verify } from 'node:crypto';
import { type PolicyBundle, type SignedBundle, signedBundleText } from '../core/device.ts';
import { fail, ok, type Result } from '../core/result.ts';

/** Signs a bundle with the key of receipts (Ed25519, PKCS8 PEM). */
export function signBundle(bundle: PolicyBundle, signingKeyPem: string): SignedBundle {
  const text = JSON.stringify(bundle);
  return { bundle: text, sig: sign(null, Buffer.from(signedBundleText(text)), signingKeyPem).toString('base64') };
}

/**
 * The bundle, if the pinned key signed it and it has not expired at `now` (milliseconds since 1970).
 * Errors: `bundle-damaged`, `bundle-signature`, `bundle-expired`.
 */
export function openBundle(signed: unknown, publicKeyPem: string, now: number): Result<PolicyBundle> {
  if (!isSigned(signed)) return fail('bundle-damaged', 'The stored policy is damaged.');
  if (!signedBy(signed, publicKeyPem))
    return fail('bundle-signature', 'The stored policy is not signed by the server this device is enrolled with.');
  // Signed by our own server, so it has the form that the server gives it.
  const bundle = JSON.parse(signed.bundle) as PolicyBundle;
  if (bundle.v !== 1) return fail('bundle-damaged', 'The stored policy is of a later version than this device.');
  if (!(now < Date.parse(bundle.expiresAt)))
    return fail('bundle-expired', `The stored policy was good until ${bundle.expiresAt}.`);
  return ok(bundle);
}

function signedBy({ bundle, sig }: SignedBundle, publicKeyPem: string): boolean {
  const key = createPublicKey(publicKeyPem);
  return verify(null, Buffer.from(signedBundleText(bundle)), key, Buffer.from(sig, 'base64'));
}

const isSigned = (value: unknown): value is SignedBundle =>
  typeof value === 'object' &&
  value !== null &&
  'bundle' in value &&
  typeof value.bundle === 'string' &&
  'sig' in value &&
  typeof value.sig === 'string';
