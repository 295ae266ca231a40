import type { Checkpoint } from '../src/core/store.ts';
import type { Receipt } from '../src/core/verdict.ts';

/** The first thing in the log that does not hold, in words. */
interface Broken {
  readonly seq: number;
  readonly why: string;
}

export interface Progress {
  readonly checked: number;
  readonly total: number;
}

export interface Verified {
  readonly checked: number;
  readonly broken: Broken | null;
  /** Leaf of the last receipt that held. */
  readonly head: string;
  /** False when this browser has no Ed25519: then only hashes and order were checked. */
  readonly signatures: boolean;
  /** What the checkpoint added; null without one. */
  readonly checkpoint: string | null;
  readonly tookMs: number;
}

const zeros = '0'.repeat(64);
const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const utf8 = new TextEncoder();

/** RFC 6962 leaf: SHA-256(0x00 ‖ body), hex. */
async function leafOf(body: string): Promise<string> {
  const text = utf8.encode(body);
  const bytes = new Uint8Array(text.length + 1);
  bytes.set(text, 1);
  return hex(await crypto.subtle.digest('SHA-256', bytes));
}

/** PEM (SPKI) → Ed25519 key; null when this browser cannot. Throws on a key that is none. */
export async function readKey(pem: string): Promise<CryptoKey | null> {
  const bytes = fromBase64(pem.replace(/-----[^-]+-----|\s+/g, ''));
  try {
    return await crypto.subtle.importKey('spki', bytes, { name: 'Ed25519' }, true, ['verify']);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotSupportedError') return null;
    throw new Error('The public key of this server cannot be read.', { cause });
  }
}

const signed = async (key: CryptoKey, text: string, signature: string): Promise<boolean> => {
  try {
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, fromBase64(signature), utf8.encode(text));
  } catch {
    // Not base64 is as wrong as a wrong signature.
    return false;
  }
};

/** What is wrong with one receipt that follows a receipt with leaf `prev` (null: its predecessor is not known); null = it holds. */
export async function wrongWith(
  receipt: Receipt,
  seq: number,
  prev: string | null,
  key: CryptoKey | null,
): Promise<string | null> {
  if (receipt.seq !== seq) return `receipt ${seq} is missing: ${receipt.seq} stands in its place`;
  let body: { seq?: unknown; prev?: unknown };
  try {
    body = JSON.parse(receipt.body);
  } catch {
    return 'its body is not JSON';
  }
  if (body.seq !== seq) return `its signed body says it is number ${String(body.seq)}`;
  if ((await leafOf(receipt.body)) !== receipt.leaf) return 'its body does not give its hash: it was changed';
  if (prev !== null && body.prev !== prev)
    return 'it does not follow the receipt before it: one was changed, removed or moved';
  if (key && !(await signed(key, receipt.body, receipt.sig))) return 'its signature is not by this key';
  return null;
}

export interface Log {
  /** Receipts from number `from` on, in order. */
  read(from: number): Promise<readonly Receipt[]>;
  readonly checkpoint: Checkpoint;
}

/** RFC 8785 of the checkpoint without its signature: flat, so sorting the names is enough. */
const checkpointText = ({ sig: _sig, ...rest }: Checkpoint): string =>
  JSON.stringify(Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))));

/** The whole log, from the first receipt to its checkpoint, and against one that was saved earlier. Stops at the first break. */
export async function verifyLog(
  log: Log,
  pem: string,
  saved: Checkpoint | null,
  onProgress: (progress: Progress) => void,
  stopped: () => boolean,
): Promise<Verified> {
  const started = performance.now();
  const key = await readKey(pem);
  const total = log.checkpoint.size;
  const leaves: { saved: string | null } = { saved: saved && saved.size === 0 ? zeros : null };
  let head = zeros;
  let checked = 0;
  const result = (broken: Broken | null, checkpoint: string | null = null): Verified => ({
    checked,
    broken,
    head,
    signatures: key !== null,
    checkpoint,
    tookMs: performance.now() - started,
  });
  const savedProblem = saved && (await checkpointProblem(saved, key));
  if (savedProblem) return result({ seq: 0, why: `the saved checkpoint does not hold: ${savedProblem}` });

  while (checked < total && !stopped()) {
    const receipts = await log.read(checked + 1);
    if (receipts.length === 0)
      return result({
        seq: checked + 1,
        why: `it is missing: the log ends at ${checked}, its checkpoint says ${total}`,
      });
    const start = checked;
    const wrongs = await Promise.all(
      receipts
        .slice(0, total - start)
        .map((receipt, index) =>
          wrongWith(receipt, start + index + 1, index === 0 ? head : (receipts[index - 1]?.leaf ?? ''), key),
        ),
    );
    const first = wrongs.findIndex((wrong) => wrong !== null);
    const held = first === -1 ? wrongs.length : first;
    if (saved && saved.size > checked && saved.size <= checked + held)
      leaves.saved = receipts[saved.size - checked - 1]?.leaf ?? null;
    checked += held;
    if (held > 0) head = receipts[held - 1]?.leaf ?? head;
    onProgress({ checked, total });
    if (first !== -1) return result({ seq: start + first + 1, why: wrongs[first] ?? '' });
  }
  const ownProblem =
    (await checkpointProblem(log.checkpoint, key)) ??
    (checked === total && head !== log.checkpoint.head ? 'its head is not the hash of the last receipt' : null);
  if (ownProblem) return result({ seq: total, why: `the checkpoint of the log does not hold: ${ownProblem}` });
  if (!saved) return result(null);
  if (saved.size > total)
    return result({
      seq: total + 1,
      why: `it is missing: the saved checkpoint counts ${saved.size} receipts, the log has ${total}. Its end was cut off`,
    });
  if (leaves.saved !== saved.head)
    return result({
      seq: saved.size,
      why: 'it is not the receipt the saved checkpoint ends with: the log was rewritten',
    });
  return result(null, `It contains everything up to the saved checkpoint of ${saved.ts} (${saved.size} receipts).`);
}

async function checkpointProblem(checkpoint: Checkpoint, key: CryptoKey | null): Promise<string | null> {
  if (!key) return null;
  return (await signed(key, checkpointText(checkpoint), checkpoint.sig)) ? null : 'its signature is not by this key';
}

/** Pasted text → a checkpoint, or null. */
export function readCheckpointText(text: string): Checkpoint | null {
  try {
    const value: Partial<Checkpoint> = JSON.parse(text);
    const whole =
      value.v === 1 &&
      Number.isSafeInteger(value.size) &&
      typeof value.head === 'string' &&
      typeof value.sig === 'string' &&
      typeof value.ts === 'string' &&
      typeof value.keyid === 'string';
    return whole ? (value as Checkpoint) : null;
  } catch {
    return null;
  }
}
