import { statSync } from 'node:fs';
import type { Checkpoint, Committed, Pruned, PruneQuery } from '../../../core/store.ts';
import type { UsageRow } from '../../../core/usage.ts';
import type { Alert } from '../../../core/verdict.ts';
import { emptyHead, type Head, type Signer } from '../../receipts/log.ts';
import { raise, type Triage, triage } from './alerts.ts';
import type { CallFacts } from './call-facts.ts';
import { memberOf } from './coverage.ts';
import { type Database, openForWriting, type Row } from './database.ts';
import type { CallRow, CommitRows, PhaseRow } from './encode.ts';
import { forgetDevice, putInventory } from './inventory.ts';
import { prune } from './prune.ts';
import { readSetting } from './read-one.ts';
import { integer, integerOrNull, json, text } from './row.ts';
import { Tally } from './tally.ts';
import { putVersions } from './tool-versions.ts';
import { putUsage } from './usage.ts';

export type Write =
  | { readonly kind: 'commit'; readonly rows: CommitRows }
  | { readonly kind: 'triage'; readonly change: Triage }
  | { readonly kind: 'set'; readonly name: string; readonly value: string | null }
  /** Only if it still is `from`. */
  | { readonly kind: 'change'; readonly name: string; readonly from: string | null; readonly value: string | null }
  | { readonly kind: 'prune'; readonly query: PruneQuery }
  | { readonly kind: 'usage'; readonly rows: readonly UsageRow[] };

export type Written = Committed | Alert | Pruned | boolean | null;

/** One open write connection with the end of the receipt chain. Everything here is synchronous, on the writer's thread. */
export interface Ledger {
  readonly db: Database;
  head(): Head;
  /** All writes in one durable transaction, or a throw and none of them. */
  write(writes: readonly Write[]): Written[];
  checkpoint(ts: string): Checkpoint;
  close(): void;
}

/** Opens the ledger. `acknowledged` is the last receipt this process answered for; a log that does not hold it is refused. */
export function openLedger(path: string, signer: Signer, acknowledged: Pick<Head, 'seq' | 'leaf'>): Ledger {
  const db = openForWriting(path, acknowledged.seq === 0);
  try {
    let head = readHead(db);
    requireNoLoss(db, acknowledged, head);
    const tally = new Tally(db);
    const files = watch(path);
    return {
      db,
      head: () => head,
      write(writes) {
        const start = head;
        files.requireSame();
        db.exec('BEGIN IMMEDIATE');
        try {
          const written = writes.map((one) => {
            if (one.kind === 'triage') return triage(db, one.change);
            if (one.kind === 'usage') return putUsage(db, one.rows);
            if (one.kind === 'prune') return prune(db, one.query);
            if (one.kind === 'set') return setSetting(db, one.name, one.value);
            if (one.kind === 'change') return changeSetting(db, one);
            const next = applyCommit(db, tally, signer, head, one.rows);
            head = next.head;
            return next.committed;
          });
          tally.flush();
          db.exec('COMMIT');
          files.requireSame();
          return written;
        } catch (error) {
          head = start;
          tally.forget();
          if (db.inTransaction()) db.exec('ROLLBACK');
          throw error;
        }
      },
      checkpoint: (ts) => signer.checkpoint(head, ts),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

function readHead(db: Database): Head {
  const row = db.get('SELECT seq, leaf, body FROM receipts ORDER BY seq DESC LIMIT 1');
  if (row === undefined) return emptyHead;
  return { seq: integer(row.seq), leaf: text(row.leaf), ts: json<{ ts: string }>(row.body).ts };
}

function requireNoLoss(db: Database, acknowledged: Pick<Head, 'seq' | 'leaf'>, head: Head): void {
  if (acknowledged.seq === 0) return;
  const kept = db.get('SELECT leaf FROM receipts WHERE seq = ?', acknowledged.seq);
  if (kept?.leaf === acknowledged.leaf) return;
  throw Object.assign(
    new Error(
      `${db.path} is not the database this server wrote. It ends at receipt ${head.seq}; receipt ` +
        `${acknowledged.seq} was recorded. Bring the right file back, or restart Warder to accept this one.`,
    ),
    { code: 'database-replaced' },
  );
}

/**
 * SQLite goes on writing to a file that was deleted or replaced under it; such a commit would survive nothing. Looked at
 * before each transaction, so that nothing is written there, and before it is answered.
 */
function watch(path: string): { requireSame(): void } {
  const idOf = (name: string) => {
    const { dev, ino } = statSync(name, { bigint: true });
    return `${dev}:${ino}`;
  };
  const sides = [path, `${path}-wal`];
  const opened = sides.map(idOf);
  return {
    requireSame() {
      if (sides.every((side, i) => idOf(side) === opened[i])) return;
      throw Object.assign(new Error(`${path} was replaced while Warder wrote to it.`), { code: 'ENOENT' });
    },
  };
}

function applyCommit(db: Database, tally: Tally, signer: Signer, head: Head, rows: CommitRows) {
  const { call, phase, event, session, receipt: draft } = rows;
  if (rows.delivery !== null) keepDelivery(db, rows.delivery, rows.ts);
  // Before anything is written: a draft that cannot be signed must fail its own commit only.
  const done = draft === null ? null : signer.complete(draft, head, rows.ts);
  const receipt = done?.receipt ?? null;
  if (session !== null) tally.touch(session);
  const number = draft?.kind === 'decision' ? (receipt?.seq ?? null) : null;
  if (call !== null) putCall(db, tally, { call, phase, from: rows.from }, number);
  else if (phase !== null) seeCall(db, tally, { phase, from: rows.from }, number);
  if (phase !== null) putPhase(db, phase, receipt?.seq ?? null);
  if (event !== null) {
    const { at, session: id, agent, kind, source, subagent } = event;
    db.run(insertEvent, at, id, agent, kind, source, subagent ?? null, event.text);
  }
  if (receipt !== null && draft !== null) {
    db.run(
      'INSERT INTO receipts VALUES (?, ?, ?, ?, ?)',
      receipt.seq,
      draft.call,
      receipt.body,
      receipt.leaf,
      receipt.sig,
    );
  }
  const alerts = rows.alerts.map((one) => {
    const { alert, isNew } = raise(db, one, rows.at);
    if (isNew) tally.alertRaised(rows.at);
    return alert;
  });
  tally.commit(rows);
  if (rows.tools.length > 0) putVersions(db, rows);
  if (rows.inventory !== null) putInventory(db, rows.inventory);
  if (rows.forgetDevice !== null) forgetDevice(db, rows.forgetDevice);
  return { committed: { receipt, alerts } satisfies Committed, head: done?.head ?? head };
}

export const isDelivered = (db: Database, id: string): boolean =>
  db.get('SELECT 1 AS one FROM deliveries WHERE id = ?', id) !== undefined;

function keepDelivery(db: Database, id: string, ts: string): void {
  if (isDelivered(db, id))
    throw Object.assign(new Error('This delivery is recorded already.'), { code: 'repeated-delivery' });
  db.run('INSERT INTO deliveries VALUES (?, ?)', id, ts);
}

const insertEvent =
  'INSERT INTO events (at, session, agent, kind, source, subagent, text) VALUES (?, ?, ?, ?, ?, ?, ?)';

const viaOf = (phase: PhaseRow | null) => phase?.seen ?? 0;

/** Once told, a call's groups stay: not every side that tells of a call knows them. */
function groupsOf(db: Database, person: string, from: CommitRows['from'], before: CallFacts | null): number {
  if (before?.person === person && before.memberOf !== 0) return before.memberOf;
  return from.person === person ? memberOf(db, from.groups) : 0;
}

function putCall(
  db: Database,
  tally: Tally,
  { call, phase, from }: { call: CallRow; phase: PhaseRow | null; from: CommitRows['from'] },
  receipt: number | null,
): void {
  const found = db.get(selectFacts, call.id);
  const before = found === undefined ? null : factsOf(found);
  const at = before !== null && before.at < call.at ? before.at : call.at;
  const via = (before?.via ?? 0) | viaOf(phase);
  const { id, session, subagent, toolUseId, person, device, agent, tool, cwd, input, detail } = call;
  const { unparsed, score, severity, decision, enforced, effective } = call;
  const notable = Number(severity !== 'low' || score >= 40);
  const scalars = [at, session, subagent, toolUseId, person, device, agent, tool, cwd, input, detail] as const;
  const member = groupsOf(db, person, from, before);
  const judged = [unparsed, score, severity, decision, enforced, effective, notable, via, member] as const;
  if (found === undefined) db.run(insertCall, id, ...scalars, ...judged, receipt);
  else db.run(updateCall, ...scalars, ...judged, receipt, integer(found.n));
  const mcp = call.mcpServer !== null && call.mcpTool !== null ? { server: call.mcpServer, tool: call.mcpTool } : null;
  const facts = {
    at,
    session,
    agent,
    person,
    device,
    cwd: cwd ?? '',
    tool,
    score,
    severity,
    decision,
    effective,
    via,
    memberOf: member,
  };
  tally.call(before, facts, mcp);
}

/** A phase that came without its call's record still tells who saw the call. */
function seeCall(
  db: Database,
  tally: Tally,
  { phase, from }: { phase: PhaseRow; from: CommitRows['from'] },
  receipt: number | null,
): void {
  const found = db.get(selectFacts, phase.call);
  if (found === undefined) return;
  const before = factsOf(found);
  const via = before.via | viaOf(phase);
  const member = groupsOf(db, before.person, from, before);
  db.run(updateSeen, via, member, receipt, integer(found.n));
  tally.call(before, { ...before, via, memberOf: member }, null);
}

function factsOf(row: Row): CallFacts {
  return {
    at: text(row.at),
    session: text(row.session),
    agent: text(row.agent),
    person: text(row.person),
    device: text(row.device),
    cwd: '',
    tool: text(row.tool),
    score: integer(row.score),
    severity: text(row.severity),
    decision: text(row.decision),
    effective: text(row.effective),
    memberOf: integer(row.member_of),
    via: integer(row.via),
  };
}

const updateSeen = 'UPDATE calls SET via = ?, member_of = ?, receipt = coalesce(?, receipt) WHERE n = ?';
const selectFacts = `SELECT n, at, session, agent, person, device, member_of, tool, score, severity, decision, effective, via
  FROM calls WHERE id = ?`;
const insertCall = `INSERT INTO calls (id, at, session, subagent, tool_use_id, person, device, agent, tool, cwd, input, detail,
  unparsed, score, severity, decision, enforced, effective, notable, via, member_of, receipt)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const updateCall = `UPDATE calls SET at = ?, session = ?, subagent = ?, tool_use_id = ?, person = ?, device = ?, agent = ?, tool = ?,
  cwd = ?, input = ?, detail = ?, unparsed = ?, score = ?, severity = ?, decision = ?, enforced = ?, effective = ?, notable = ?,
  via = ?, member_of = ?, receipt = coalesce(?, receipt) WHERE n = ?`;

function putPhase(db: Database, phase: PhaseRow, receipt: number | null): void {
  const last = integerOrNull(db.get('SELECT max(n) AS n FROM phases WHERE call = ?', phase.call)?.n ?? null);
  db.run('INSERT INTO phases VALUES (?, ?, ?, ?)', phase.call, (last ?? 0) + 1, phase.phase, receipt);
}

function setSetting(db: Database, name: string, value: string | null): null {
  if (value === null) db.run('DELETE FROM settings WHERE name = ?', name);
  else db.run('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, value);
  return null;
}

/** Inside the write transaction, so that nobody changes it between the look and the change, in another process either. */
function changeSetting(db: Database, { name, from, value }: Extract<Write, { kind: 'change' }>): boolean {
  if (readSetting(db, name) !== from) return false;
  setSetting(db, name, value);
  return true;
}
