import type { Surroundings } from '../../core/agent.ts';
import type { TranscriptPlace, TranscriptReader } from '../../core/transcript.ts';
import { kiroConversation } from '../transcripts/kiro-conversation.ts';
import { kiroEvents } from '../transcripts/kiro-events.ts';
import { kiroMessages } from '../transcripts/kiro-messages.ts';
import { fileName, folderOf, inside, list, movedOr, parsedRecord, text } from '../transcripts/record.ts';

/** A row for each exchange of a conversation; of one that is no JSON a row that says so. */
const exchanges = (table: string, id: string, order: string): string => `SELECT c.key AS folder, ${id} AS conversation,
    json_valid(c.value) AS readable, h.value AS exchange
  FROM ${table} c LEFT JOIN json_each(iif(json_valid(c.value), c.value, 'null'), '$.history') h
  ORDER BY ${order}, h.key`;

const conversations = exchanges('conversations_v2', 'c.conversation_id', 'c.created_at, c.conversation_id');
const olderConversations = exchanges(
  'conversations',
  `iif(json_valid(c.value), json_extract(c.value, '$.conversation_id'), c.key)`,
  'c.key',
);

const isEvents = (path: string): boolean => fileName(path) === 'messages.jsonl';

/**
 * Conversations of Kiro, in each of its three stores: `~/.kiro/sessions/<workspace>/<session>/messages.jsonl` (CLI 3 and
 * IDE 1), `~/.kiro/sessions/cli/<session>.jsonl` (CLI 2) and the database `data.sqlite3` of the first CLI, that of Amazon
 * Q among them. By the source of the open Amazon Q CLI and, for what followed it, third parties' descriptions; not tried.
 */
export const kiroTranscript: TranscriptReader = {
  agent: 'kiro',
  places: (at) => [
    {
      directory: `${movedOr(at.env.KIRO_HOME, `${at.home}/.kiro`)}/sessions`,
      files: /^(?:cli\/[^/]+\.jsonl|(?!cli\/)[^/]+\/[^/]+\/messages\.jsonl)$/,
      folders: /^[^/]+(?:\/[^/]+)?$/,
      form: 'jsonl',
    },
    database(at, 'kiro-cli', conversations),
    database(at, 'amazon-q', olderConversations),
  ],
  open(path, about) {
    const cwd = about?.cwd ?? '';
    const read = isEvents(path)
      ? kiroEvents(fileName(folderOf(path)), cwd)
      : /\.sqlite3$/.test(path)
        ? kiroConversation
        : kiroMessages(fileName(path).replace(/\.jsonl$/, ''), cwd);
    return {
      record(line) {
        const record = parsedRecord(line);
        return record.ok ? read(record.value) : record;
      },
    };
  },
  about(path) {
    if (isEvents(path)) return { file: `${folderOf(path)}/session.json`, read: (found) => ({ cwd: folderIn(found) }) };
    if (!path.endsWith('.jsonl')) return null;
    return { file: path.replace(/l$/, ''), read: (found) => ({ cwd: folderIn(found) }) };
  },
};

function folderIn(found: string): string {
  const read = parsedRecord(found);
  const { cwd, workspacePaths } = inside(read.ok ? read.value : null);
  return text(cwd) || text(list(workspacePaths)[0]);
}

function database({ env, home, platform }: Surroundings, program: string, query: string): TranscriptPlace {
  const base =
    platform === 'darwin'
      ? `${home}/Library/Application Support`
      : platform === 'win32'
        ? (env.LOCALAPPDATA ?? `${home}/AppData/Local`)
        : movedOr(env.XDG_DATA_HOME, `${home}/.local/share`);
  return { directory: `${base}/${program}`, files: /^data\.sqlite3$/, form: 'sqlite', query };
}
