import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalJson } from '../../core/canonical.ts';
import type { Result } from '../../core/result.ts';
import type { Checkpoint } from '../../core/store.ts';
import type { Receipt } from '../../core/verdict.ts';
import { keyidOf } from './keyid.ts';
import { emptyHead, type Head, leafOf } from './log.ts';

/** What can be wrong with a log; `breakMeanings` says each for a person. */
type BreakKind = keyof typeof breakMeanings;

export const breakMeanings = {
  unreadable: 'this is not a receipt: a member is missing or of the wrong kind',
  'not-canonical': 'its text is not in the one canonical form, so it was not written by Warder or was changed',
  'wrong-number': 'the number inside the signed text is not the number it is filed under',
  deleted: 'it is missing from the log',
  reordered: 'it does not stand where it belongs',
  duplicate: 'in its place stands a copy of an earlier one',
  'wrong-key': 'it names another signing key than the given public key',
  'bad-leaf': 'its stored leaf hash does not fit its text: one of the two was changed',
  'bad-signature': 'its signature does not fit its text: one of the two was changed, or another key signed it',
  'wrong-prev': 'it does not continue the receipt before it: the log was spliced or replaced from here on',
  'bad-checkpoint': 'the checkpoint itself is not signed by this key, so it proves nothing',
  truncated: 'the log ends before it, though the checkpoint counted it',
  forked: 'the log differs from the one the checkpoint was taken of: it was rewritten',
} as const;

/** The first thing wrong. `seq` is the number the receipt should have. */
export interface Break {
  readonly seq: number;
  readonly kind: BreakKind;
  /** One sentence: what was expected and what was found. */
  readonly detail: string;
}

/** `count`, `head`, `first` and `last` (times) are of the receipts that hold; `broken` is null when all do. */
export interface Verified {
  readonly count: number;
  readonly head: string;
  readonly first: string | null;
  readonly last: string | null;
  readonly broken: Break | null;
}

export interface VerifyOptions {
  readonly publicKeyPem: string;
  /** A head saved earlier: without one, a log cut at its end cannot be told from a shorter log. */
  readonly checkpoint?: Checkpoint;
  /** Called now and then with the number of receipts that hold so far. */
  readonly progress?: (count: number) => void;
}

/** Signatures checked at the same time, on node's own threads. */
const openSignatures = 256;

/**
 * Reads a log from its first receipt and finds the first broken one. Streams: memory does not grow with the log.
 * Items may be anything; what is no receipt is `unreadable`. Throws only when the public key is none, or the source throws.
 */
export async function firstBrokenReceipt(
  receipts: Iterable<unknown> | AsyncIterable<unknown>,
  options: VerifyOptions,
): Promise<Verified> {
  const { checkpoint, publicKeyPem } = options;
  const keyid = keyidOf(publicKeyPem);
  const line = openLine(createPublicKey(publicKeyPem), options.progress);
  const untrusted = checkpoint === undefined ? null : checkpointBreak(checkpoint, publicKeyPem);
  if (untrusted !== null) return line.end(untrusted);
  let head = emptyHead;
  const source = oneByOne(receipts);
  for await (const item of source) {
    const seen = examine(item, head, keyid);
    if (!seen.ok) {
      // An earlier signature that does not fit comes first. Whether the missing receipt stands later tells what happened.
      const earlier = await line.settle(0);
      return line.end(earlier ?? (seen.error.kind === 'deleted' ? await lostOrMoved(seen.error, source) : seen.error));
    }
    head = seen.value.head;
    line.push(seen.value);
    const broken =
      (await line.settle(checkpoint?.size === head.seq ? 0 : openSignatures)) ?? forkBreak(checkpoint, head);
    if (broken !== null) return line.end(broken);
  }
  return line.end((await line.settle(0)) ?? truncationBreak(checkpoint, head));
}

async function* oneByOne(receipts: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<unknown> {
  yield* receipts;
}

interface Seen {
  readonly head: Head;
  readonly receipt: Receipt;
}

/** Receipts whose signature is being checked, in order. A receipt holds when it and all before it do. */
function openLine(key: KeyObject, progress: VerifyOptions['progress']) {
  const open: { readonly head: Head; readonly fits: Promise<boolean> }[] = [];
  let sound = emptyHead;
  let first: string | null = null;
  return {
    push: ({ head, receipt }: Seen) => void open.push({ head, fits: signatureFits(receipt.body, receipt.sig, key) }),
    /** Waits until at most `keep` are open; the first that does not fit, or null. */
    async settle(keep: number): Promise<Break | null> {
      for (let oldest = open[0]; open.length > keep && oldest !== undefined; oldest = open[0]) {
        if (!(await oldest.fits)) return broken(oldest.head.seq, 'bad-signature', 'Its text is not what was signed.');
        open.shift();
        sound = oldest.head;
        first ??= sound.ts;
        if (sound.seq % 1_000 === 0) progress?.(sound.seq);
      }
      return null;
    },
    end(found: Break | null): Verified {
      return { count: sound.seq, head: sound.leaf, first, last: sound.seq === 0 ? null : sound.ts, broken: found };
    },
  };
}

const broken = (seq: number, kind: BreakKind, detail: string): Break => ({ seq, kind, detail });

/** Everything but the signature: form, hash, key, number and link to the receipt before. Integrity first, then order. */
function examine(item: unknown, before: Head, keyid: string): Result<Seen, Break> {
  const due = before.seq + 1;
  const no = (kind: BreakKind, detail: string) => ({ ok: false as const, error: broken(due, kind, detail) });
  const receipt = receiptIn(item);
  if (receipt === null) return no('unreadable', 'It needs a number `seq` and the texts `body`, `leaf` and `sig`.');
  const body = bodyIn(receipt.body);
  if (body === null) return no('unreadable', 'Its body is not the JSON of a receipt.');
  if (!isCanonical(receipt.body)) return no('not-canonical', 'Written canonically (RFC 8785) it would read otherwise.');
  const leaf = leafOf(receipt.body);
  if (receipt.leaf !== leaf)
    return no('bad-leaf', `The body hashes to ${short(leaf)}, the receipt says ${short(receipt.leaf)}.`);
  if (body.keyid !== keyid)
    return no('wrong-key', `It is signed by key ${body.keyid}; the public key given is ${keyid}.`);
  if (receipt.seq !== body.seq) return no('wrong-number', `It is filed as ${receipt.seq} and says it is ${body.seq}.`);
  if (body.seq < due) return no('duplicate', `Receipt ${body.seq} comes a second time where ${due} is due.`);
  if (body.seq > due) return no('deleted', `Receipt ${due} is missing; the next one is ${body.seq}.`);
  if (body.prev !== before.leaf)
    return no('wrong-prev', `It follows ${short(body.prev)}; before it stands ${short(before.leaf)}.`);
  return { ok: true, value: { head: { seq: due, leaf, ts: body.ts }, receipt } };
}

const short = (hash: string) => `${hash.slice(0, 12)}…`;

function receiptIn(item: unknown): Receipt | null {
  if (typeof item !== 'object' || item === null) return null;
  if (!('seq' in item && 'body' in item && 'leaf' in item && 'sig' in item)) return null;
  const { seq, body, leaf, sig } = item;
  if (typeof seq !== 'number' || typeof body !== 'string' || typeof leaf !== 'string' || typeof sig !== 'string')
    return null;
  return { seq, body, leaf, sig };
}

function bodyIn(text: string): { seq: number; ts: string; prev: string; keyid: string } | null {
  const value = jsonIn(text);
  if (typeof value !== 'object' || value === null) return null;
  if (!('v' in value && 'seq' in value && 'ts' in value && 'prev' in value && 'keyid' in value)) return null;
  const { v, seq, ts, prev, keyid } = value;
  if (v !== 1 || typeof seq !== 'number' || !Number.isSafeInteger(seq)) return null;
  return typeof ts === 'string' && typeof prev === 'string' && typeof keyid === 'string'
    ? { seq, ts, prev, keyid }
    : null;
}

/** Undefined when the text is no JSON, which no JSON text means. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isCanonical(text: string): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === text;
  } catch (error) {
    // TypeError: a lone surrogate. RangeError: nested deeper than the stack. Warder writes neither.
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

/** On node's own threads, so that signatures use every core. Base64 has several spellings of the same bytes; one counts. */
function signatureFits(text: string, sig: string, key: KeyObject): Promise<boolean> {
  const bytes = Buffer.from(sig, 'base64');
  if (bytes.length !== 64 || bytes.toString('base64') !== sig) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    verify(null, Buffer.from(text, 'utf8'), key, bytes, (error, fits) => (error ? reject(error) : resolve(fits)));
  });
}

/** A receipt is not where it belongs. It was moved when it comes later, else it is gone. */
async function lostOrMoved(gap: Break, rest: AsyncIterable<unknown>): Promise<Break> {
  for await (const item of rest) {
    if (receiptIn(item)?.seq === gap.seq)
      return { ...gap, kind: 'reordered', detail: `Receipt ${gap.seq} comes later than it should.` };
  }
  return gap;
}

/** Null when the checkpoint is signed by the key. */
export function checkpointBreak(checkpoint: Checkpoint, publicKeyPem: string): Break | null {
  const { sig, ...said } = checkpoint;
  const keyid = keyidOf(publicKeyPem);
  if (said.keyid !== keyid)
    return broken(said.size, 'bad-checkpoint', `It is signed by key ${said.keyid}, not by ${keyid}.`);
  const fits = verify(null, Buffer.from(canonicalJson(said), 'utf8'), publicKeyPem, Buffer.from(sig, 'base64'));
  return fits ? null : broken(said.size, 'bad-checkpoint', 'Its signature does not fit what it says.');
}

function forkBreak(checkpoint: Checkpoint | undefined, head: Head): Break | null {
  if (checkpoint === undefined || checkpoint.size !== head.seq || checkpoint.head === head.leaf) return null;
  return broken(
    head.seq,
    'forked',
    `On ${checkpoint.ts} receipt ${head.seq} was ${short(checkpoint.head)}, now it is ${short(head.leaf)}.`,
  );
}

function truncationBreak(checkpoint: Checkpoint | undefined, head: Head): Break | null {
  if (checkpoint === undefined || checkpoint.size <= head.seq) return null;
  return broken(
    head.seq + 1,
    'truncated',
    `On ${checkpoint.ts} the log held ${checkpoint.size} receipts, now it ends after ${head.seq}.`,
  );
}
