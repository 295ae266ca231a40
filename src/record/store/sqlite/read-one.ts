import type { SessionRecord } from '../../../core/store.ts';
import {
  type CallRecord,
  type Decision,
  type PhaseRecord,
  type SessionMemory,
  type Severity,
  severityOf,
} from '../../../core/verdict.ts';
import type { Database, Row } from './database.ts';
import type { CallDetail } from './encode.ts';
import { integer, integerOrNull, json, text, textOrNull } from './row.ts';

// Reads by key: bounded and small, so the writer's thread answers them itself and a live verdict never waits behind a
// long page query of the console.

export function readCall(db: Database, id: string): CallRecord | null {
  const row = db.get('SELECT * FROM calls WHERE id = ?', id);
  return row === undefined ? null : callOf(db, row);
}

export function readSession(db: Database, id: string): SessionRecord | null {
  const row = db.get('SELECT * FROM sessions WHERE id = ?', id);
  return row === undefined ? null : sessionOf(row);
}

export function readMemory(db: Database, id: string): SessionMemory | null {
  const memory = db.get('SELECT memory FROM sessions WHERE id = ?', id)?.memory;
  return typeof memory === 'string' ? json<SessionMemory>(memory) : null;
}

export function readSetting(db: Database, name: string): string | null {
  const value = db.get('SELECT value FROM settings WHERE name = ?', name)?.value;
  return typeof value === 'string' ? value : null;
}

export const readSettingNames = (db: Database): string[] =>
  db.all('SELECT name FROM settings ORDER BY name').map((row) => text(row.name));

/** A row of `calls` with its phases. */
export function callOf(db: Database, row: Row): CallRecord {
  const subagent = textOrNull(row.subagent);
  const cwd = textOrNull(row.cwd);
  const id = text(row.id);
  return {
    id,
    at: text(row.at),
    session: text(row.session),
    ...(subagent === null ? {} : { subagent }),
    toolUseId: text(row.tool_use_id),
    person: text(row.person),
    device: text(row.device),
    agent: text(row.agent),
    tool: text(row.tool),
    ...(cwd === null ? {} : { cwd }),
    input: json(row.input),
    ...json<CallDetail>(row.detail),
    unparsed: row.unparsed === 1,
    score: integer(row.score),
    severity: text<Severity>(row.severity),
    decision: text<Decision>(row.decision),
    enforced: row.enforced === 1,
    effective: text<Decision>(row.effective),
    phases: db.all('SELECT phase, receipt FROM phases WHERE call = ? ORDER BY n', id).map(phaseOf),
    receipt: integerOrNull(row.receipt),
  };
}

function phaseOf(row: Row): PhaseRecord {
  const phase = json<PhaseRecord>(row.phase);
  const receipt = integerOrNull(row.receipt);
  return receipt === null ? phase : { ...phase, receipt };
}

export function sessionOf(row: Row): SessionRecord {
  const maxScore = integer(row.max_score);
  return {
    id: text(row.id),
    agent: text(row.agent),
    agentVersion: text(row.agent_version),
    person: text(row.person),
    device: text(row.device),
    cwd: text(row.cwd),
    startedAt: text(row.started_at),
    lastAt: text(row.last_at),
    endedAt: textOrNull(row.ended_at),
    calls: integer(row.calls),
    denied: integer(row.denied),
    maxScore,
    severity: severityOf(maxScore),
    title: text(row.title),
  };
}
