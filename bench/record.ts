import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Store } from '../src/core/store.ts';
import type { Receipt } from '../src/core/verdict.ts';
import { type Home, openHome } from '../src/record/home.ts';
import { firstBrokenReceipt } from '../src/record/receipts/verify.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { hooked } from '../test/harness/commits.ts';
import { type Bench, type BenchRow, percentile } from './bench.ts';

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const ms = (value: number) => `${value.toFixed(2)} ms`;
const rate = (value: number) => `${Math.round(value).toLocaleString('en-US')}/s`;
const both = ({ p50, p99 }: Measured) => `p50 ${ms(p50)}, p99 ${ms(p99)}`;

function measured(timesMs: number[], totalMs: number): Measured {
  const sorted = timesMs.sort((a, b) => a - b);
  return { perSecond: (1_000 * sorted.length) / totalMs, p50: percentile(sorted, 50), p99: percentile(sorted, 99) };
}

/** The least any durable answer can cost here: one write of so many bytes at the end of a file, and a sync. */
function bareAppends(dir: string, count: number, bytes: number): Measured {
  const fd = fs.openSync(path.join(dir, 'floor'), 'a');
  const block = Buffer.alloc(bytes, 'x');
  const times: number[] = [];
  const start = performance.now();
  for (let n = 0; n < count; n++) {
    const from = performance.now();
    fs.writeSync(fd, block);
    fs.fsyncSync(fd);
    times.push(performance.now() - from);
  }
  fs.closeSync(fd);
  return measured(times, performance.now() - start);
}

let run = 0;

async function commits(store: Store, inFlight: number, forMs: number): Promise<Measured> {
  const times: number[] = [];
  const prefix = `r${run++}`;
  const start = performance.now();
  const end = start + forMs;
  async function line(number: number): Promise<void> {
    for (let n = 0; performance.now() < end; n++) {
      const id = `${prefix}-${number}-${n}`;
      const at = new Date().toISOString();
      const commit = hooked({
        id,
        at,
        session: `session-${n % 20}`,
        input: { command: `git log -n ${n} -- src/app.ts` },
      });
      const from = performance.now();
      await store.commit(commit);
      times.push(performance.now() - from);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, number) => line(number)));
  return measured(times, performance.now() - start);
}

/** How often a second something of a few microseconds can be done on one thread. */
function perSecond(forMs: number, once: () => void): number {
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < forMs) {
    for (let n = 0; n < 50; n++) once();
    count += 50;
  }
  return (1_000 * count) / (performance.now() - start);
}

async function everyReceipt(store: Store): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (let from = 1; receipts.length < 20_000; from += 1_000) {
    const { items } = await store.receipts({ from, limit: 1_000 });
    receipts.push(...items);
    if (items.length < 1_000) break;
  }
  return receipts;
}

async function verifying(store: Store, home: Home, quick: boolean): Promise<BenchRow[]> {
  const receipts = (await everyReceipt(store)).slice(0, quick ? 2_000 : 20_000);
  const [first] = receipts;
  if (first === undefined) throw new Error('The log is empty: no commit came through.');
  const publicKey = createPublicKey(home.publicKeyPem);
  const privateKey = createPrivateKey(home.signingKeyPem);
  const body = Buffer.from(first.body);
  const sig = Buffer.from(first.sig, 'base64');
  const forMs = quick ? 200 : 1_000;
  const start = performance.now();
  const { broken, count } = await firstBrokenReceipt(receipts, { publicKeyPem: home.publicKeyPem });
  const whole = (1_000 * count) / (performance.now() - start);
  if (broken !== null) throw new Error(`The log does not verify: ${broken.detail}`);
  const signs = perSecond(forMs, () => sign(null, body, privateKey));
  const verifies = perSecond(forMs, () => verify(null, body, publicKey, sig));
  return [
    { what: 'floor: bare Ed25519 sign, one thread', value: rate(signs), met: null },
    { what: 'floor: bare Ed25519 verify, one thread', value: rate(verifies), met: null },
    {
      what: `log of ${count.toLocaleString('en-US')} receipts verified`,
      value: rate(whole),
      goal: '≥ 3,000/s',
      met: whole >= 3_000,
    },
  ];
}

export const bench: Bench = {
  id: 'record',
  title: 'Record: call, phase, session, sums and signed receipt durable in one commit',
  async run({ quick }) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-record-'));
    const home = openHome(path.join(dir, 'home'));
    const store = await openSqliteStore({ path: home.dbPath, signingKeyPem: home.signingKeyPem, keyid: home.keyid });
    const forMs = quick ? 500 : 3_000;
    try {
      await commits(store, 16, quick ? 300 : 1_000);
      const floor = bareAppends(dir, quick ? 300 : 1_500, 4_096);
      const alone = await commits(store, 1, forMs);
      const many = await commits(store, 16, forMs);
      return [
        { what: 'floor: 4 KiB appended and synced', value: `${both(floor)}, ${rate(floor.perSecond)}`, met: null },
        {
          what: 'commit, 1 in flight',
          value: both(alone),
          goal: 'p50 ≤ 2 ms, p99 ≤ 10 ms',
          met: alone.p50 <= 2 && alone.p99 <= 10,
        },
        { what: 'commits, 1 in flight', value: rate(alone.perSecond) },
        { what: 'commit, 16 in flight', value: both(many) },
        { what: 'commits, 16 in flight', value: rate(many.perSecond), goal: '≥ 2,000/s', met: many.perSecond >= 2_000 },
        ...(await verifying(store, home, quick)),
      ];
    } finally {
      await store.close();
      fs.rmSync(dir, { recursive: true, force: true });
    }
  },
};
