import type { Checkpoint, Committed, Page, Pruned, Store } from '../../core/store.ts';
import { encodeCommit } from './sqlite/encode.ts';
import { startThread, type Thread } from './sqlite/thread.ts';

export { openReceiptLog } from './sqlite/receipt-log.ts';

export interface SqliteOptions {
  /** The database file; created when missing, its folder is not. */
  readonly path: string;
  /** Ed25519, PKCS8 PEM. */
  readonly signingKeyPem: string;
  readonly keyid: string;
  /** Clock of receipts and checkpoints, milliseconds since 1970; for tests and replays. */
  readonly now?: () => number;
}

/** The log is moved into the database after this many commits, and when nothing was committed for `quietMs`. */
const commitsPerMove = 400;
const quietMs = 200;

/**
 * The embedded store: node:sqlite on two worker threads, one that writes and signs, one that answers page queries.
 * Rejects with an Error that says what to do when the database cannot be used at all; `commit` rejects while the disk is
 * full or broken and works again when it does.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, signingKeyPem, keyid } = options;
  let acknowledged = { seq: 0, leaf: '' };
  const start = () => ({ path, signingKeyPem, keyid, acknowledged });
  const writer = startThread('writer', workerFile('writer'), start);
  const reader = startThread('reader', workerFile('reader'), start);
  const now = options.now ?? Date.now;
  const timestamp = () => new Date(now()).toISOString();
  try {
    await writer.ask('open');
  } catch (error) {
    await writer.close();
    throw error;
  }
  const mover = moveNowAndThen(reader);
  const list = <T>(what: string, query: unknown) => reader.ask(what, query) as Promise<Page<T>>;
  const one = <T>(what: string, key: string) => writer.ask(what, key) as Promise<T | null>;
  return {
    async commit(commit) {
      const committed = (await writer.ask('commit', encodeCommit(commit, timestamp()))) as Committed;
      const { receipt } = committed;
      if (receipt !== null && receipt.seq > acknowledged.seq) acknowledged = { seq: receipt.seq, leaf: receipt.leaf };
      mover.committed();
      return committed;
    },
    delivered: (id) => writer.ask('delivered', id) as Promise<boolean>,
    call: (id) => one('call', id),
    session: (id) => one('session', id),
    sessionMemory: (id) => one('memory', id),
    setting: (name) => one('setting', name),
    calls: (query) => list('calls', query),
    sessions: (query) => list('sessions', query),
    events: (query) => list('events', query),
    alerts: (query) => list('alerts', query),
    receipts: (query) => list('receipts', query),
    mcpServers: () => list('mcpServers', null),
    mcpTool: (server, tool) => reader.ask('mcpTool', [server, tool]) as ReturnType<Store['mcpTool']>,
    agents: () => list('agents', null),
    inventoryOf: (device) => writer.ask('inventoryOf', device) as ReturnType<Store['inventoryOf']>,
    inventoryKnows: (what, name, runs) => writer.ask('inventoryKnows', [what, name, runs ?? '']) as Promise<boolean>,
    inventoryAgents: () => reader.ask('inventoryAgents', null) as ReturnType<Store['inventoryAgents']>,
    inventoryServers: () => reader.ask('inventoryServers', null) as ReturnType<Store['inventoryServers']>,
    inventoryDevices: () => reader.ask('inventoryDevices', null) as ReturnType<Store['inventoryDevices']>,
    inventoryServer: (name, runs) =>
      reader.ask('inventoryServer', [name, runs]) as ReturnType<Store['inventoryServer']>,
    sightings: () => reader.ask('sightings', null) as ReturnType<Store['sightings']>,
    overview: (since) => reader.ask('overview', since) as ReturnType<Store['overview']>,
    async addUsage(rows) {
      if (rows.length > 0) await writer.ask('usage', rows);
    },
    usageRows: (day) => reader.ask('usageRows', day) as ReturnType<Store['usageRows']>,
    usageBy: (day, by) => reader.ask('usageBy', [day, by]) as ReturnType<Store['usageBy']>,
    coverage: (day) => reader.ask('coverage', day) as ReturnType<Store['coverage']>,
    triage: (id, change) => writer.ask('triage', { ...change, id }) as ReturnType<Store['triage']>,
    async setSetting(name, value) {
      await writer.ask('set', { name, value });
    },
    settingNames: () => writer.ask('settingNames') as Promise<readonly string[]>,
    changeSetting: (name, from, value) => writer.ask('change', { name, from, value }) as Promise<boolean>,
    prune: (query) => writer.ask('prune', query) as Promise<Pruned>,
    checkpoint: () => writer.ask('checkpoint', timestamp()) as Promise<Checkpoint>,
    async close() {
      mover.stop();
      // The writer last: whoever closes last leaves one whole database file and no log beside it.
      await reader.close();
      await writer.close();
    },
  };
}

/** Beside this file in a checkout; beside the bundle, under their own names, in the published package. */
function workerFile(name: 'writer' | 'reader'): URL {
  const bundled = !import.meta.url.endsWith('.ts');
  return new URL(bundled ? `./sqlite-${name}.js` : `./sqlite/${name}.ts`, import.meta.url);
}

/** Asks the reader's thread to move the write-ahead log, so that no commit has to. */
function moveNowAndThen(reader: Thread): { committed(): void; stop(): void } {
  let commits = 0;
  let moving = false;
  let quiet: NodeJS.Timeout | undefined;
  let stopped = false;
  async function move(): Promise<void> {
    if (moving || stopped || commits === 0) return;
    moving = true;
    commits = 0;
    try {
      await reader.ask('move');
    } catch {
      // Not moved now: the log only grows until the next try, and the writer moves it itself when it gets long. A store
      // in trouble says so where it matters, in the answer to a commit.
    } finally {
      moving = false;
    }
  }
  return {
    committed() {
      commits++;
      if (commits >= commitsPerMove) void move();
      quiet ??= setInterval(() => {
        if (commits > 0) return void move();
        clearInterval(quiet);
        quiet = undefined;
      }, quietMs).unref();
    },
    stop() {
      stopped = true;
      clearInterval(quiet);
    },
  };
}
