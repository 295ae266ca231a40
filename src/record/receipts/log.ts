import { createHash, createPrivateKey, sign } from 'node:crypto';
import { canonicalJson } from '../../core/canonical.ts';
import type { Checkpoint, ReceiptDraft } from '../../core/store.ts';
import type { Receipt, ReceiptBody } from '../../core/verdict.ts';

/** `prev` of the first receipt and head of an empty log. */
const noLeaf = '0'.repeat(64);

/** Where a log stands: number, leaf and time of its last receipt. */
export interface Head {
  readonly seq: number;
  readonly leaf: string;
  /** ISO 8601; `''` for an empty log. */
  readonly ts: string;
}

export const emptyHead: Head = { seq: 0, leaf: noLeaf, ts: '' };

/** RFC 6962 leaf hash of a receipt's body: SHA-256(0x00 ‖ body), hex. */
export function leafOf(body: string): string {
  return createHash('sha256').update(leafPrefix).update(body, 'utf8').digest('hex');
}
const leafPrefix = Buffer.of(0);

/** Completes drafts to signed receipts and signs checkpoints. Pure but for the key it holds. */
export interface Signer {
  /** The receipt that follows `head`. `ts` never goes back behind the one before. Throws TypeError when the draft has no JSON form. */
  complete(draft: ReceiptDraft, head: Head, ts: string): { readonly receipt: Receipt; readonly head: Head };
  checkpoint(head: Head, ts: string): Checkpoint;
}

/** Throws when the PEM is not a private key. */
export function openSigner(signingKeyPem: string, keyid: string): Signer {
  const key = createPrivateKey(signingKeyPem);
  const signed = (text: string) => sign(null, Buffer.from(text, 'utf8'), key).toString('base64');
  return {
    complete(draft, head, now) {
      const ts = later(now, head.ts);
      const seq = head.seq + 1;
      const whole: ReceiptBody = { ...draft, v: 1, seq, ts, prev: head.leaf, keyid };
      const body = canonicalJson(whole);
      const leaf = leafOf(body);
      return { receipt: { seq, body, leaf, sig: signed(body) }, head: { seq, leaf, ts } };
    },
    checkpoint(head, ts) {
      const said = { v: 1 as const, size: head.seq, head: head.leaf, ts, keyid };
      return { ...said, sig: signed(canonicalJson(said)) };
    },
  };
}

/** ISO 8601 UTC times of one length order as text. */
function later(a: string, b: string): string {
  if (a > b) return a;
  return b;
}
