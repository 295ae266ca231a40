import { closeSync, createReadStream, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import type { Checkpoint } from '../core/store.ts';
import { homeFiles, replaceFile } from '../record/home.ts';
import { keyidOf } from '../record/receipts/keyid.ts';
import { openSigner } from '../record/receipts/log.ts';
import { breakMeanings, checkpointBreak, firstBrokenReceipt, type Verified } from '../record/receipts/verify.ts';
import { openReceiptLog } from '../record/store/sqlite.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';

const usage = `warder verify [--home DIR | --file receipts.jsonl] [--public-key FILE] [--checkpoint FILE]
              [--save-checkpoint FILE] [--export FILE] [--json]

Reads every receipt in order and finds the first broken one: changed, deleted, moved, doubled, cut off at the end.
Works while the server runs, and on an exported file without a server or network.

  --home DIR              the Warder home to check (default: $WARDER_HOME, else ~/.warder)
  --file FILE             an exported log instead, one receipt as JSON on each line
  --public-key FILE       the key that must have signed (default: the home's own; better a copy you kept elsewhere)
  --checkpoint FILE       a checkpoint saved earlier; without one a log cut at its end cannot be noticed
  --save-checkpoint FILE  when all holds, write a signed checkpoint; keep it on another machine
  --export FILE           write the receipts as JSON Lines while checking them
  --json                  print the finding as one JSON object

Exit status: 0 all receipts hold, 1 something is broken, 2 used wrongly, 3 could not check.`;

/** Finds the first broken receipt of a home or an exported log. */
export const command: Command = {
  name: 'verify',
  summary: 'check the signed log: find the first receipt that was changed, deleted, moved or cut off',
  usage,
  async run(args, io) {
    const asked = readOptions(args, io);
    try {
      return await verifyLog(asked, io);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      return couldNot(error, asked.json, io);
    }
  },
};

interface Asked {
  readonly home: string;
  readonly file: string | undefined;
  readonly publicKey: string;
  readonly checkpoint: string | undefined;
  readonly saveCheckpoint: string | undefined;
  readonly exportTo: string | undefined;
  readonly json: boolean;
}

function readOptions(args: readonly string[], io: Io): Asked {
  const values = parsed(args);
  if (values.home !== undefined && values.file !== undefined) throw new UsageError('Give --home or --file, not both.');
  const home = homeDir(values.home, io.env);
  for (const name of ['public-key', 'checkpoint', 'file'] as const) {
    const file = values[name];
    if (file !== undefined && !existsSync(file)) throw new UsageError(`--${name}: there is no file ${file}.`);
    if (file !== undefined && statSync(file).isDirectory())
      throw new UsageError(`--${name}: ${file} is a folder; name a file.`);
    if (file !== undefined && values.export !== undefined && resolve(file) === resolve(values.export))
      throw new UsageError(`--export would overwrite ${file}, which is to be read. Choose another name.`);
  }
  for (const name of ['save-checkpoint', 'export'] as const) {
    const folder = dirname(resolve(values[name] ?? 'none'));
    if (!existsSync(folder)) throw new UsageError(`--${name}: there is no folder ${folder}. Make it first.`);
  }
  if (values.home !== undefined && !existsSync(home)) throw new UsageError(`--home: there is no folder ${home}.`);
  const publicKey = values['public-key'] ?? join(home, homeFiles.publicKey);
  if (values.file !== undefined && !existsSync(publicKey)) {
    throw new UsageError(
      'To check an exported file, give the public key of its home: --public-key receipt-signing.pub.pem',
    );
  }
  return {
    home,
    file: values.file,
    publicKey,
    checkpoint: values.checkpoint,
    saveCheckpoint: values['save-checkpoint'],
    exportTo: values.export,
    json: values.json ?? false,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  return parseArgs({
    args: [...args],
    strict: true,
    options: {
      home: text,
      file: text,
      'public-key': text,
      checkpoint: text,
      'save-checkpoint': text,
      export: text,
      json: { type: 'boolean' },
    },
  }).values;
}

async function verifyLog(asked: Asked, io: Io): Promise<ExitStatus> {
  const log = openLog(asked);
  const progress = progressLine(log.count, io);
  const sink = asked.exportTo === undefined ? null : exportTo(asked.exportTo);
  try {
    const checkpoint = asked.checkpoint === undefined ? undefined : readCheckpoint(asked.checkpoint);
    const found = await firstBrokenReceipt(sink === null ? log.receipts() : sink.copy(log.receipts()), {
      publicKeyPem: readKey(asked.publicKey),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      progress: progress.show,
    });
    progress.clear();
    const saved = asked.saveCheckpoint !== undefined && found.broken === null ? saveCheckpoint(asked, found) : null;
    io.stdout.write(
      asked.json ? `${JSON.stringify({ ...found, checkpoint: saved })}\n` : inWords(found, asked, checkpoint),
    );
    return found.broken === null ? 0 : 1;
  } finally {
    sink?.close();
    log.close();
  }
}

interface OpenLog {
  /** 0 when not known. */
  readonly count: number;
  receipts(): Iterable<unknown> | AsyncIterable<unknown>;
  close(): void;
}

function openLog({ file, home }: Asked): OpenLog {
  if (file !== undefined) return { count: 0, receipts: () => linesOf(file), close: () => undefined };
  const database = join(home, homeFiles.database);
  if (!existsSync(home))
    throw new Error(`There is no Warder home at ${home}. Start one with: warder serve, or name yours with --home.`);
  if (!existsSync(database))
    throw new Error(
      `There is no log yet in ${home} (no ${homeFiles.database}). Start Warder with: warder serve --home ${home}`,
    );
  return openReceiptLog(database);
}

/** One JSON value a line; a line that is none is handed on as its text, so that it is found broken in its place. */
async function* linesOf(file: string): AsyncGenerator<unknown> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield jsonIn(line);
  }
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}

function readKey(file: string): string {
  if (!existsSync(file)) throw new Error(`There is no public key at ${file}. Give one with --public-key.`);
  const pem = readFileSync(file, 'utf8');
  if (!pem.includes('PUBLIC KEY')) throw new UsageError(`--public-key: ${file} is not a public key in PEM form.`);
  return pem;
}

function readCheckpoint(file: string): Checkpoint {
  const value = jsonIn(readFileSync(file, 'utf8'));
  const known = typeof value === 'object' && value !== null ? value : {};
  if ('v' in known && 'size' in known && 'head' in known && 'ts' in known && 'keyid' in known && 'sig' in known) {
    const { v, size, head, ts, keyid, sig } = known;
    const texts =
      typeof head === 'string' && typeof ts === 'string' && typeof keyid === 'string' && typeof sig === 'string';
    if (v === 1 && typeof size === 'number' && texts) return { v, size, head, ts, keyid, sig };
  }
  throw new UsageError(`--checkpoint: ${file} is not a checkpoint written by warder verify --save-checkpoint.`);
}

function saveCheckpoint(asked: Asked, found: Verified): Checkpoint {
  const keyFile = join(asked.home, homeFiles.signingKey);
  if (!existsSync(keyFile)) throw new Error(`A checkpoint is signed with the home's key, and ${keyFile} is not there.`);
  const head = { seq: found.count, leaf: found.head, ts: found.last ?? '' };
  const keyid = keyidOf(readKey(asked.publicKey));
  const checkpoint = openSigner(readFileSync(keyFile, 'utf8'), keyid).checkpoint(head, new Date().toISOString());
  const wrong = checkpointBreak(checkpoint, readKey(asked.publicKey));
  if (wrong !== null)
    throw new Error(
      `No checkpoint was written: the signing key of ${asked.home} does not belong to ${asked.publicKey}.`,
    );
  replaceFile(asked.saveCheckpoint ?? '', `${JSON.stringify(checkpoint)}\n`);
  return checkpoint;
}

/** Writes what passes through, line by line. */
function exportTo(file: string) {
  const fd = openSync(file, 'w', 0o600);
  let waiting = '';
  const write = () => {
    writeFileSync(fd, waiting);
    waiting = '';
  };
  return {
    async *copy(receipts: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<unknown> {
      for await (const receipt of receipts) {
        waiting += `${JSON.stringify(receipt)}\n`;
        if (waiting.length > 65_536) write();
        yield receipt;
      }
    },
    close() {
      write();
      closeSync(fd);
    },
  };
}

function progressLine(total: number, io: Io) {
  let shown = false;
  return {
    show(count: number) {
      // A pipe gets no carriage returns.
      if (io.stderr.isTTY !== true) return;
      shown = true;
      io.stderr.write(`\r${number(count)}${total > 0 ? ` of ${number(total)}` : ''} receipts checked`);
    },
    clear() {
      if (shown) io.stderr.write('\r\u001b[K');
    },
  };
}

const number = (value: number) => value.toLocaleString('en-US');
const receipts = (count: number) => (count === 1 ? '1 receipt' : `${number(count)} receipts`);

function inWords(found: Verified, asked: Asked, checkpoint: Checkpoint | undefined): string {
  const { broken, count, first, last, head } = found;
  const where = asked.file ?? join(asked.home, homeFiles.database);
  if (broken?.kind === 'bad-checkpoint')
    return `The checkpoint cannot be used: ${breakMeanings[broken.kind]}.\n${broken.detail} The receipts were not looked at; run this without --checkpoint, or with the right one.\nLog: ${where}\n`;
  if (broken !== null) {
    const sound =
      count === 0 ? 'None before it holds.' : `The ${receipts(count)} before it hold${count === 1 ? 's' : ''}.`;
    return `Receipt ${number(broken.seq)} is broken (${broken.kind}): ${breakMeanings[broken.kind]}.\n${broken.detail} ${sound}\nLog: ${where}\n`;
  }
  const lines = [
    count === 0
      ? `The log is empty: no receipts yet in ${where}.`
      : `${receipts(count)} verified, from ${first} to ${last}; head ${head.slice(0, 16)}…`,
  ];
  if (checkpoint !== undefined)
    lines.push(`It continues the checkpoint of ${checkpoint.ts} (${receipts(checkpoint.size)}).`);
  else if (count > 0) lines.push('Without --checkpoint, receipts cut off at the end cannot be noticed.');
  if (asked.saveCheckpoint !== undefined)
    lines.push(`Checkpoint saved in ${asked.saveCheckpoint}. Keep it where this machine cannot change it.`);
  return `${lines.join('\n')}\n`;
}

function couldNot(error: unknown, json: boolean, io: Io): ExitStatus {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const message = `${error instanceof Error ? error.message : String(error)}${cause}`;
  if (json) io.stdout.write(`${JSON.stringify({ error: message })}\n`);
  else io.stderr.write(`warder verify: ${message}\n`);
  return 3;
}
