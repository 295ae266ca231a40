import type { Alert, AlertDraft, AlertState, Severity } from '../../../core/verdict.ts';
import type { Database, Row } from './database.ts';
import { integer, text } from './row.ts';

/** An alert that nobody closed counts up instead of being raised again, within this time of its last sighting. */
const windowMs = 24 * 3_600_000;
const ranks: readonly string[] = ['low', 'review', 'alert', 'critical'];

/** Raises an alert or counts up the open one with the same key. */
export function raise(db: Database, draft: AlertDraft, at: string): { readonly alert: Alert; readonly isNew: boolean } {
  const since = new Date(Date.parse(at) - windowMs).toISOString();
  const found = db.get(selectSame, draft.key, since);
  const { key, severity, score, detector, title, session, agent, person, call } = draft;
  if (found === undefined) {
    const row = db.get(insertAlert, key, at, at, severity, score, detector, title, session, agent, person, call);
    return { alert: alertOf(row ?? {}), isNew: true };
  }
  const before = alertOf(found);
  const worse = score >= before.score;
  const row = db.get(
    countUp,
    at,
    ranks.indexOf(severity) > ranks.indexOf(before.severity) ? severity : before.severity,
    Math.max(score, before.score),
    worse ? title : before.title,
    call === '' ? before.call : call,
    before.id,
  );
  return { alert: alertOf(row ?? {}), isNew: false };
}

export interface Triage {
  readonly id: number;
  readonly state: AlertState;
  readonly note: string;
  readonly by: string;
  readonly at: string;
}

/** Null when there is no such alert. Each change stays in `alert_changes`. */
export function triage(db: Database, { id, state, note, by, at }: Triage): Alert | null {
  const row = db.get(changeState, state, note, id);
  if (row === undefined) return null;
  db.run('INSERT INTO alert_changes (alert, at, by, state, note) VALUES (?, ?, ?, ?, ?)', id, at, by, state, note);
  return alertOf(row);
}

export function alertOf(row: Row): Alert {
  return {
    id: integer(row.id),
    key: text(row.key),
    firstAt: text(row.first_at),
    lastAt: text(row.last_at),
    count: integer(row.count),
    severity: text<Severity>(row.severity),
    score: integer(row.score),
    detector: text(row.detector),
    title: text(row.title),
    session: text(row.session),
    agent: text(row.agent),
    person: text(row.person),
    call: text(row.call),
    state: text<AlertState>(row.state),
    note: text(row.note),
  };
}

const selectSame = `SELECT * FROM alerts WHERE key = ? AND last_at >= ? AND state IN ('open', 'acknowledged')
  ORDER BY last_at DESC LIMIT 1`;
const insertAlert = `INSERT INTO alerts
  (key, first_at, last_at, count, severity, score, detector, title, session, agent, person, call, state, note)
  VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, 'open', '') RETURNING *`;
const countUp = `UPDATE alerts SET count = count + 1, last_at = max(last_at, ?), severity = ?, score = ?, title = ?, call = ?
  WHERE id = ? RETURNING *`;
const changeState = 'UPDATE alerts SET state = ?, note = ? WHERE id = ? RETURNING *';
