import { ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine, TranscriptReader } from '../../core/transcript.ts';
import {
  inside,
  isRecord,
  type Json,
  movedOr,
  otherLine,
  parsedRecord,
  promptItem,
  resultText,
  text,
  timeOf,
  turnOf,
} from '../transcripts/record.ts';

/**
 * Parts of the conversations that OpenCode keeps in `~/.local/share/opencode/opencode.db`, in the order in which they
 * began. A session with a parent is a sub-agent's. Source: recorded with OpenCode 1.18.33.
 */
const query = `SELECT p.id, p.session_id, p.time_created, p.data AS part, s.parent_id, s.directory, s.version,
    json_extract(m.data, '$.role') AS role, json_extract(m.data, '$.path.cwd') AS cwd
  FROM part p JOIN message m ON m.id = p.message_id LEFT JOIN session s ON s.id = p.session_id
  ORDER BY p.time_created, p.id`;

export const opencodeTranscript: TranscriptReader = {
  agent: 'opencode',
  places: ({ env, home }) => [
    {
      directory: `${movedOr(env.XDG_DATA_HOME, `${home}/.local/share`)}/opencode`,
      files: /^opencode(?:-[\w.-]+)?\.db$/,
      form: 'sqlite',
      query,
    },
  ],
  open: () => ({
    record(line) {
      const row = parsedRecord(line);
      return row.ok ? linesOf(row.value) : row;
    },
  }),
};

const quiet = new Set('step-start step-finish patch snapshot reasoning file agent compaction retry subtask'.split(' '));

function linesOf(row: Json): Result<readonly TranscriptLine[]> {
  const part = isRecord(row.part) ? ok(row.part) : parsedRecord(text(row.part));
  if (!part.ok) return part;
  const type = text(part.value.type);
  const lines = type === 'tool' ? callLines(row, part.value) : type === 'text' ? promptLines(row, part.value) : [];
  return ok(lines.length === 0 ? [otherLine(type, quiet.has(type) || type === 'text' || type === 'tool')] : lines);
}

function promptLines(row: Json, part: Json): TranscriptLine[] {
  // What one agent asks of another, and what the client adds, is no word of the person.
  if (row.role !== 'user' || part.synthetic === true || text(row.parent_id) !== '') return [];
  return [line(row, text(row.id), row.time_created, promptItem(text(part.text)))];
}

/** A call and what came of it stand in one row; each has its own time. */
function callLines(row: Json, part: Json): TranscriptLine[] {
  const [tool, toolUseId] = [text(part.tool), text(part.callID)];
  const state = inside(part.state);
  if (tool === '') return [];
  const time = inside(state.time);
  const asked = line(row, text(row.id), time.start ?? row.time_created, [
    { kind: 'call', toolUseId, tool, input: state.input ?? {} },
  ]);
  const status = statusOf(state);
  if (status === null) return [asked];
  const came = resultText(state.output ?? state.error);
  const items: readonly TranscriptItem[] = [{ kind: 'result', toolUseId, text: came, status }];
  return [asked, line(row, `${text(row.id)}/result`, time.end ?? time.start ?? row.time_created, items)];
}

/** Null while it has not ended. */
function statusOf(state: Json): 'ok' | 'error' | 'refused' | 'interrupted' | null {
  if (state.status === 'completed') {
    const { exit } = inside(state.metadata);
    return typeof exit === 'number' && exit !== 0 ? 'error' : 'ok';
  }
  if (state.status !== 'error') return null;
  const why = text(state.error);
  if (/specified a rule which prevents|rejected permission|user (?:has )?(?:rejected|denied)/i.test(why))
    return 'refused';
  return /aborted|interrupted/i.test(why.slice(0, 100)) ? 'interrupted' : 'error';
}

/** A sub-agent has a session of its own, by which its hooks and its requests name it too. */
function line(row: Json, uuid: string, at: unknown, items: readonly TranscriptItem[]): TranscriptLine {
  const session = text(row.session_id);
  return turnOf({
    uuid,
    session,
    subagent: text(row.parent_id) === '' ? '' : session,
    at: timeOf(at),
    cwd: text(row.cwd) || text(row.directory),
    version: text(row.version),
    items,
  });
}
