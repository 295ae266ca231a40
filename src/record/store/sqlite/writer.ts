import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { PruneQuery } from '../../../core/store.ts';
import type { UsageRow } from '../../../core/usage.ts';
import { openSigner } from '../../receipts/log.ts';
import type { Triage } from './alerts.ts';
import type { CommitRows } from './encode.ts';
import { inventoryKnows, inventoryOf } from './inventory.ts';
import { isDelivered, type Ledger, openLedger, type Write, type Written } from './ledger.ts';
import { failureOf, type Reply, type Request, type WorkerStart } from './messages.ts';
import { readCall, readMemory, readSession, readSetting, readSettingNames } from './read-one.ts';
import { troubleOf } from './trouble.ts';

// The writer's thread: the one write connection, the receipt chain and the key that signs it. All waiting writes go
// into one transaction, so that load makes bigger transactions instead of more syncs of the disk.

/** More would make the first of them wait for the last. */
const largestBatch = 256;

const port = parentPort;
if (port === null) throw new Error('writer.ts runs as a worker thread.');
const start = workerData as WorkerStart;
const signer = openSigner(start.signingKeyPem, start.keyid);
let ledger: Ledger | null = null;
let { acknowledged } = start;

function opened(): Ledger {
  ledger ??= openLedger(start.path, signer, acknowledged);
  return ledger;
}

function closeLedger(): void {
  try {
    ledger?.close();
  } finally {
    ledger = null;
  }
}

function writeOf({ ask, about }: Request): Write | null {
  if (ask === 'commit') return { kind: 'commit', rows: about as CommitRows };
  if (ask === 'triage') return { kind: 'triage', change: about as Triage };
  if (ask === 'usage') return { kind: 'usage', rows: about as readonly UsageRow[] };
  if (ask === 'prune') return { kind: 'prune', query: about as PruneQuery };
  if (ask === 'set') return { kind: 'set', ...(about as { name: string; value: string | null }) };
  if (ask === 'change')
    return { kind: 'change', ...(about as { name: string; from: string | null; value: string | null }) };
  return null;
}

function answer({ ask, about }: Request): unknown {
  const { db, checkpoint } = opened();
  if (ask === 'call') return readCall(db, about as string);
  if (ask === 'session') return readSession(db, about as string);
  if (ask === 'memory') return readMemory(db, about as string);
  if (ask === 'setting') return readSetting(db, about as string);
  if (ask === 'settingNames') return readSettingNames(db);
  if (ask === 'delivered') return isDelivered(db, about as string);
  if (ask === 'inventoryOf') return inventoryOf(db, about as string);
  if (ask === 'inventoryKnows') return inventoryKnows(db, about as Parameters<typeof inventoryKnows>[1]);
  if (ask === 'checkpoint') return checkpoint(about as string);
  if (ask === 'open') return null;
  throw new Error(`The writer knows no '${ask}'.`);
}

function failed(error: unknown, what: 'Not recorded' | 'Could not read'): Omit<Extract<Reply, { ok: false }>, 'id'> {
  const trouble = troubleOf(error, start.path);
  if (trouble?.reopen) closeLedger();
  const own = error instanceof Error ? error.message : String(error);
  return { ok: false, failure: failureOf(error, `${what}: ${trouble?.what ?? own}`, trouble?.code) };
}

interface Waiting {
  readonly id: number;
  readonly write: Write;
}

/** One transaction for all. When one of them is at fault each gets its own, so that none fails for another. */
function writeAll(batch: readonly Waiting[]): Reply[] {
  let values: Written[];
  try {
    const to = opened();
    values = to.write(batch.map((one) => one.write));
    acknowledged = to.head();
  } catch (error) {
    const reply = failed(error, 'Not recorded');
    if (batch.length === 1 || ledger === null) return batch.map(({ id }) => ({ id, ...reply }));
    return batch.flatMap((one) => writeAll([one]));
  }
  return values.map((value, i) => ({ id: batch[i]?.id ?? -1, ok: true, value }));
}

function handle(requests: readonly Request[]): void {
  const reads: Request[] = [];
  let batch: Waiting[] = [];
  const send = () => {
    if (batch.length > 0) port?.postMessage(writeAll(batch));
    batch = [];
  };
  for (const request of requests) {
    const write = writeOf(request);
    if (write === null) reads.push(request);
    else if (batch.push({ id: request.id, write }) === largestBatch) send();
  }
  send();
  if (reads.length > 0) port?.postMessage(reads.map(answered));
}

function answered(request: Request): Reply {
  try {
    if (request.ask === 'close') closeLedger();
    return { id: request.id, ok: true, value: request.ask === 'close' ? null : answer(request) };
  } catch (error) {
    return { id: request.id, ...failed(error, 'Could not read') };
  }
}

port.on('message', (first: readonly Request[]) => {
  const requests = [...first];
  for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port)) {
    requests.push(...(more.message as readonly Request[]));
  }
  handle(requests);
});
