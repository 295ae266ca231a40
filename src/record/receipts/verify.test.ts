import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/canonical.ts';
import type { ReceiptDraft } from '../../core/store.ts';
import type { Receipt } from '../../core/verdict.ts';
import { keyidOf } from './keyid.ts';
import { emptyHead, leafOf, openSigner, type Signer } from './log.ts';
import { firstBrokenReceipt, type VerifyOptions } from './verify.ts';

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const signingKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { publicKeyPem, signingKeyPem, signer: openSigner(signingKeyPem, keyidOf(publicKeyPem)) };
}

const draft = (call: string): ReceiptDraft => ({
  kind: 'decision',
  call,
  principal: { person: 'änn', device: 'laptop', via: 'token' },
  agent: { kind: 'claude-code', session: 's' },
  action: { tool: 'Bash', verbs: ['read'], zones: ['home'] },
  point: 'hook',
  phase: 'before',
  input_hash: '00'.repeat(32),
  risk: { score: 12, severity: 'low', detectors: [] },
  policy: { digest: '11'.repeat(32), engine: 'cedar' },
});

function write(
  signer: Signer,
  count: number,
  prefix = 'c',
): { log: Receipt[]; checkpoint: ReturnType<Signer['checkpoint']> } {
  const log: Receipt[] = [];
  let head = emptyHead;
  for (let n = 0; n < count; n++) {
    const next = signer.complete(draft(`${prefix}${n}`), head, new Date(n * 1_000).toISOString());
    log.push(next.receipt);
    head = next.head;
  }
  return { log, checkpoint: signer.checkpoint(head, '2026-10-01T10:00:00.000Z') };
}

const key = newKey();
const { log, checkpoint } = write(key.signer, 40);
const find = (receipts: Iterable<unknown> | AsyncIterable<unknown>, more: Partial<VerifyOptions> = {}) =>
  firstBrokenReceipt(receipts, { publicKeyPem: key.publicKeyPem, ...more });
const with_ = (index: number, receipt: unknown) => log.map((one, i) => (i === index ? receipt : one));

/** A receipt signed with the right key whose body says something else. */
function resigned(receipt: Receipt, change: object): Receipt {
  const body = canonicalJson({ ...JSON.parse(receipt.body), ...change });
  const sig = sign(null, Buffer.from(body), createPrivateKey(key.signingKeyPem)).toString('base64');
  return { seq: receipt.seq, body, leaf: leafOf(body), sig };
}

/** The text whose UTF-8 bytes differ in one bit. */
function flipped(text: string, bit: number): string {
  const bytes = Buffer.from(text, 'utf8');
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes.toString('utf8');
}

test('a whole log holds, and says from when to when and where it ends', async () => {
  expect(await find(log, { checkpoint })).toEqual({
    count: 40,
    head: log[39]?.leaf,
    first: '1970-01-01T00:00:00.000Z',
    last: '1970-01-01T00:00:39.000Z',
    broken: null,
  });
});

test('an empty log holds', async () => {
  expect(await find([])).toEqual({ count: 0, head: '0'.repeat(64), first: null, last: null, broken: null });
});

test('a log is read from any source, one receipt at a time', async () => {
  let open = 0;
  async function* source() {
    for (const receipt of log) {
      open++;
      yield receipt;
    }
  }
  expect((await find(source())).count).toBe(40);
  expect(open).toBe(40);
});

test('every single flipped bit of body, leaf and signature is found at its receipt', async () => {
  const short = log.slice(0, 3);
  const victim = short[1];
  if (victim === undefined) throw new Error('no receipt');
  let flips = 0;
  for (const member of ['body', 'leaf', 'sig'] as const) {
    const bits = Buffer.byteLength(victim[member]) * 8;
    for (let bit = 0; bit < bits; bit++) {
      const { count, broken } = await find([short[0], { ...victim, [member]: flipped(victim[member], bit) }, short[2]]);
      if (broken?.seq !== 2 || count !== 1)
        throw new Error(`bit ${bit} of ${member} was not found: ${JSON.stringify(broken)}`);
      flips++;
    }
  }
  expect(flips).toBeGreaterThan(5_000);
});

test('a flipped bit in any other receipt is found there', async () => {
  for (let index = 0; index < log.length; index++) {
    const victim = log[index];
    if (victim === undefined) continue;
    const bit = (index * 97) % (victim.body.length * 7);
    expect((await find(with_(index, { ...victim, body: flipped(victim.body, bit) }))).broken?.seq).toBe(index + 1);
  }
});

describe('each way to break a log is named', () => {
  const at = (index: number): Receipt => log[index] ?? ({} as Receipt);
  const without = (index: number) => log.filter((_, i) => i !== index);
  const swapped = log.map((receipt, i) => (i === 10 ? at(11) : i === 11 ? at(10) : receipt));
  const other = newKey();
  const foreign = write(other.signer, 40).log;
  const sibling = write(key.signer, 40, 'x').log;

  test.each<[string, readonly unknown[], number, string]>([
    ['a deleted receipt', without(10), 11, 'deleted'],
    ['the first receipt deleted', without(0), 1, 'deleted'],
    ['two that changed places', swapped, 11, 'reordered'],
    ['one moved to the end', [...without(10), at(10)], 11, 'reordered'],
    ['one twice in a row', [...log.slice(0, 11), at(10), ...log.slice(11)], 12, 'duplicate'],
    ['an old one again at the end', [...log, at(3)], 41, 'duplicate'],
    ['a part of another log of the same key', [...log.slice(0, 10), ...sibling.slice(10)], 11, 'wrong-prev'],
    ['one receipt of another log of the same key', with_(10, sibling[10]), 11, 'wrong-prev'],
    ["a part of another key's log", [...log.slice(0, 10), ...foreign.slice(10)], 11, 'wrong-key'],
    [
      'another body with its own leaf and the old signature',
      with_(5, { ...resigned(at(5), { call: 'z' }), sig: at(5).sig }),
      6,
      'bad-signature',
    ],
    [
      'a body written anew with spaces',
      with_(5, { ...at(5), body: at(5).body.replace(',', ', ') }),
      6,
      'not-canonical',
    ],
    ['a body with a member twice', with_(5, { ...at(5), body: at(5).body.replace('{', '{"a":1,') }), 6, 'bad-leaf'],
    ['a number that fits the place but not the text', with_(5, { ...at(4), seq: 6 }), 6, 'wrong-number'],
    ['a signature spelled otherwise', with_(5, { ...at(5), sig: `${at(5).sig}\n` }), 6, 'bad-signature'],
    ['a signature that is empty', with_(5, { ...at(5), sig: '' }), 6, 'bad-signature'],
    ['a leaf in capitals', with_(5, { ...at(5), leaf: at(5).leaf.toUpperCase() }), 6, 'bad-leaf'],
    ['a text', with_(5, 'hello'), 6, 'unreadable'],
    ['null', with_(5, null), 6, 'unreadable'],
    ['a missing member', with_(5, { seq: 6, body: at(5).body, leaf: at(5).leaf }), 6, 'unreadable'],
    ['a body that is no JSON', with_(5, { ...at(5), body: 'hello' }), 6, 'unreadable'],
    ['a body that is no receipt', with_(5, { ...at(5), body: '{}' }), 6, 'unreadable'],
    ['a body of another version', with_(5, resigned(at(5), { v: 2 })), 6, 'unreadable'],
    ['a number that is no whole number', with_(5, resigned(at(5), { seq: 6.5 })), 6, 'unreadable'],
    ['a body nested without end', with_(5, { ...at(5), body: '['.repeat(100_000) }), 6, 'unreadable'],
    ['the right key on a rewritten receipt', with_(5, resigned(at(5), { call: 'z' })), 7, 'wrong-prev'],
  ])('%s', async (_, receipts, seq, kind) => {
    const { count, broken } = await find(receipts);
    expect(broken).toMatchObject({ seq, kind, detail: expect.stringMatching(/\.$/) });
    expect(count).toBe(seq - 1);
  });

  test('of two broken ones the first is told', async () => {
    const both = with_(5, { ...at(5), sig: at(6).sig }).filter((_, i) => i !== 20);
    expect((await find(both)).broken).toMatchObject({ seq: 6, kind: 'bad-signature' });
  });

  test('a whole log under the wrong public key', async () => {
    expect((await find(log, { publicKeyPem: other.publicKeyPem })).broken).toMatchObject({ seq: 1, kind: 'wrong-key' });
  });

  test('a log that claims the right key id but is signed by another', async () => {
    const liar = openSigner(other.signingKeyPem, keyidOf(key.publicKeyPem));
    expect((await find(write(liar, 5).log)).broken).toMatchObject({ seq: 1, kind: 'bad-signature' });
  });
});

describe('against a checkpoint', () => {
  test('a tail cut anywhere is found', async () => {
    for (const end of [0, 1, 20, 39]) {
      const found = await find(log.slice(0, end), { checkpoint });
      expect(found).toMatchObject({ count: end, broken: { seq: end + 1, kind: 'truncated' } });
    }
  });

  test('a log that goes on after it holds', async () => {
    const longer = write(key.signer, 60).log;
    expect(await find(longer, { checkpoint })).toMatchObject({ count: 60, broken: null });
  });

  test('a rewritten log is a fork, though each receipt in it holds', async () => {
    const rewritten = write(key.signer, 60, 'x').log;
    expect((await find(rewritten)).broken).toBeNull();
    expect((await find(rewritten, { checkpoint })).broken).toMatchObject({ seq: 40, kind: 'forked' });
  });

  test('one that was changed or signed by another key proves nothing', async () => {
    for (const change of [{ size: 10 }, { head: '0'.repeat(64) }, { ts: '2020' }, { sig: 'AAAA' }]) {
      expect((await find(log, { checkpoint: { ...checkpoint, ...change } })).broken?.kind).toBe('bad-checkpoint');
    }
    const foreign = write(newKey().signer, 40).checkpoint;
    expect((await find(log, { checkpoint: foreign })).broken?.kind).toBe('bad-checkpoint');
  });
});

test('a failing source is an error, not a broken log', async () => {
  async function* failing() {
    yield log[0];
    throw new Error('disk');
  }
  await expect(find(failing())).rejects.toThrow('disk');
});
