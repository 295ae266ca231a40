import { ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine, TranscriptReader } from '../../core/transcript.ts';
import {
  anyTimeOf,
  fileName,
  heldText,
  inside,
  type Json,
  movedOr,
  otherLine,
  parsedList,
  parsedRecord,
  promptItem,
  records,
  resultText,
  text,
  turnOf,
} from '../transcripts/record.ts';

/** Messages with what their session says of itself, in the order in which they were written. */
const query = `SELECT m.session_id, m.role, m.content_json, m.created_timestamp AS created, m.metadata_json,
    s.working_dir, s.session_type
  FROM messages m LEFT JOIN sessions s ON s.id = m.session_id
  ORDER BY m.created_timestamp, m.id`;

/**
 * Conversations of Goose: the database `~/.local/share/goose/sessions/sessions.db`, which took over what older versions
 * wrote as `<session>.jsonl` beside it. A message has the same name in both, and keeps it when the conversation is
 * written anew. By its source (block/goose, session_manager.rs and message.rs); not tried with the client.
 */
export const gooseTranscript: TranscriptReader = {
  agent: 'goose',
  places({ env, home, platform }) {
    const root = env.GOOSE_PATH_ROOT;
    const usual =
      platform === 'win32'
        ? `${env.APPDATA ?? `${home}/AppData/Roaming`}/Block/goose/data`
        : `${movedOr(env.XDG_DATA_HOME, `${home}/.local/share`)}/goose`;
    const directory = `${root === undefined || root === '' ? usual : `${root}/data`}/sessions`;
    return [
      { directory, files: /^sessions\.db$/, form: 'sqlite', query },
      { directory, files: /^[^/]+\.jsonl$/, form: 'jsonl' },
    ];
  },
  open(path) {
    const older = { session: fileName(path).replace(/\.jsonl$/, ''), working_dir: '' };
    return {
      record(line) {
        const read = parsedRecord(line);
        if (!read.ok) return read;
        const row = read.value;
        if (typeof row.content_json === 'string') return ofRow(row, row.content_json);
        // The first line of an older file says where the session worked.
        if (row.role === undefined) older.working_dir = text(row.working_dir) || older.working_dir;
        if (row.role === undefined) return ok([otherLine('session', true)]);
        const { session, working_dir } = older;
        return ok(linesOf({ ...row, session_id: session, working_dir }, records(row.content), inside(row.metadata)));
      },
    };
  },
};

function ofRow(row: Json, content: string): Result<readonly TranscriptLine[]> {
  const parts = parsedList(content);
  if (!parts.ok) return parts;
  const about = typeof row.metadata_json === 'string' ? parsedRecord(row.metadata_json) : ok({});
  return ok(linesOf(row, records(parts.value), about.ok ? about.value : {}));
}

function linesOf(row: Json, parts: readonly Json[], about: Json): readonly TranscriptLine[] {
  const session = text(row.session_id);
  const ofSubagent = row.session_type === 'sub_agent';
  // What is told to the model alone, and what one agent asks of another, is no word of the person.
  const ofPerson = row.role === 'user' && !ofSubagent && about.userVisible !== false;
  const items = parts.flatMap((part) => itemsOf(part, ofPerson));
  const others = parts.filter(({ type }) => !known.has(text(type))).map(({ type }) => otherLine(text(type), false));
  if (items.length === 0) return others.length > 0 ? others : [otherLine('message', true)];
  const turn = turnOf({
    uuid: [session, row.created, text(row.role), ...items.map(nameOf)].join('/'),
    session,
    subagent: ofSubagent ? session : '',
    at: anyTimeOf(row.created),
    cwd: text(row.working_dir),
    items,
  });
  return [turn, ...others];
}

/** What tells an item from others of the same second. */
const nameOf = (item: TranscriptItem): string =>
  'toolUseId' in item ? `${item.kind}:${item.toolUseId}` : `${item.kind}:${'text' in item ? item.text.length : 0}`;

const known = new Set(
  'text image toolRequest toolResponse frontendToolRequest toolConfirmationRequest actionRequired thinking redactedThinking contextLengthExceeded summarizationRequested systemNotification conversationCompacted'.split(
    ' ',
  ),
);

function itemsOf(part: Json, ofPerson: boolean): readonly TranscriptItem[] {
  switch (part.type) {
    case 'text':
      return ofPerson ? promptItem(text(part.text)) : [];
    case 'toolRequest':
    case 'frontendToolRequest':
      return callOf(part);
    case 'toolResponse':
      return [resultOf(part)];
    default:
      return [];
  }
}

/** A request that the client could not read is an error in place of a call. */
function callOf(part: Json): readonly TranscriptItem[] {
  const call = inside(part.toolCall);
  const value = inside(call.value ?? call);
  const tool = text(value.name);
  if (tool === '') return [];
  // Newer versions name the extension beside the tool, older ones in its name.
  const extension = text(inside(part._meta).goose_extension);
  const full = extension === '' || tool.includes('__') ? tool : `${extension}__${tool}`;
  return [{ kind: 'call', toolUseId: text(part.id), tool: full, input: value.arguments ?? {} }];
}

function resultOf(part: Json): TranscriptItem {
  const result = inside(part.toolResult);
  const value = inside(result.value);
  const failed = result.status === 'error' || value.isError === true;
  const said = heldText(value.content ?? result.value) || resultText(result.error ?? result.value);
  return { kind: 'result', toolUseId: text(part.id), text: said, status: statusOf(said, failed, value) };
}

const refusals =
  /^(?:error: )?(?:the user has declined to run this tool|let the user know the tool call was skipped|(?:tool (?:call|execution|use) )?(?:was )?(?:blocked|denied) by)/i;

function statusOf(said: string, failed: boolean, value: Json): 'ok' | 'error' | 'refused' | 'interrupted' {
  if (refusals.test(said)) return 'refused';
  const { exit_code } = inside(value.structuredContent);
  if (!failed) return typeof exit_code === 'number' && exit_code !== 0 ? 'error' : 'ok';
  return /interrupted|cancell?ed/i.test(said.slice(0, 100)) ? 'interrupted' : 'error';
}
