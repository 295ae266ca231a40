import { ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine, TranscriptReader, TranscriptTurn } from '../../core/transcript.ts';
import { answerOf, exitOf, saidIn } from '../transcripts/gemini-parts.ts';
import {
  fileName,
  inside,
  isRecord,
  type Json,
  otherLine,
  parsedRecord,
  promptItem,
  records,
  resultText,
  text,
  timeOf,
  turnOf,
} from '../transcripts/record.ts';

interface Known {
  session: string;
  readonly cwd: string;
  /** A message is written again when it changes: what of it was told already. */
  readonly told: Set<string>;
}

/**
 * Chats of Gemini CLI: `~/.gemini/tmp/<project>/chats/session-….jsonl`; before 0.40 one JSON document. A message is
 * written again, whole, when its calls have run. Source: recorded with Gemini CLI 0.61.0.
 */
export const geminiTranscript: TranscriptReader = {
  agent: 'gemini-cli',
  places({ home }) {
    const directory = `${home}/.gemini/tmp`;
    return [
      { directory, files: /^[^/]+\/chats\/(?:[^/]+\/)*[^/]+\.jsonl$/, form: 'jsonl' },
      { directory, files: /^[^/]+\/chats\/session-[^/]+\.json$/, form: 'json' },
    ];
  },
  open(path, about) {
    const known: Known = { session: fileName(path).replace(/\.jsonl?$/, ''), cwd: about?.cwd ?? '', told: new Set() };
    return {
      record(line) {
        const record = parsedRecord(line);
        return record.ok ? linesOf(known, record.value) : record;
      },
    };
  },
  /** `~/.gemini/projects.json` names the folder of each project. */
  about(path) {
    const [, base, project] = /^(.*)\/tmp\/([^/]+)\/chats\//.exec(path.replaceAll('\\', '/')) ?? [];
    if (base === undefined || project === undefined) return null;
    return { file: `${base}/projects.json`, read: (found) => ({ cwd: folderNamed(found, project) }) };
  },
};

function folderNamed(found: string, project: string): string {
  const read = parsedRecord(found);
  if (!read.ok) return '';
  const all = Object.entries(inside(read.value.projects ?? read.value));
  return all.find(([, name]) => name === project)?.[0] ?? '';
}

function linesOf(known: Known, record: Json): Result<readonly TranscriptLine[]> {
  known.session = text(record.sessionId) || known.session;
  const set = inside(record.$set);
  const messages = [...records(record.messages), ...records(set.messages)];
  if (messages.length > 0) return ok(messages.flatMap((message) => messageLines(known, message)));
  if (text(record.type) === '') return ok([otherLine(isRecord(record.$set) ? 'set' : 'session', true)]);
  const lines = messageLines(known, record);
  return ok(lines.length === 0 ? [otherLine(text(record.type), quiet.has(text(record.type)))] : lines);
}

const quiet = new Set(['user', 'gemini', 'info', 'error', 'warning', 'about', 'help', 'stats', 'compression']);

function messageLines(known: Known, message: Json): TranscriptLine[] {
  const id = text(message.id);
  const at = timeOf(message.timestamp);
  if (message.type === 'user') {
    const said = saidIn(message.content);
    return said === '' || !isNew(known, id) ? [] : [line(known, `${id}`, at, promptItem(said))];
  }
  if (message.type !== 'gemini') return [];
  return records(message.toolCalls).flatMap((call) => callLines(known, id, at, call));
}

/** A call and what came of it stand in one place; each has its own time. */
function callLines(known: Known, message: string, asked: string, call: Json): TranscriptLine[] {
  const [id, tool] = [text(call.id), text(call.name)];
  if (tool === '') return [];
  const lines: TranscriptLine[] = [];
  const key = `${message}/${id}`;
  if (isNew(known, key)) {
    lines.push(line(known, key, asked, [{ kind: 'call', toolUseId: id, tool, input: call.args ?? {} }]));
  }
  const status = endingOf(call);
  if (status !== null && isNew(known, `${key}/result`)) {
    const said = records(call.result).map((part) => answerOf(part.functionResponse));
    const answer = said.length > 0 ? said.join('\n') : resultText(call.result ?? call.resultDisplay);
    const at = timeOf(call.timestamp) || asked;
    lines.push(line(known, `${key}/result`, at, [{ kind: 'result', toolUseId: id, text: answer, status }]));
  }
  return lines;
}

/** Null while it has not ended. */
function endingOf(call: Json): 'ok' | 'error' | 'refused' | 'interrupted' | null {
  const said = records(call.result)
    .map((part) => answerOf(part.functionResponse))
    .join('\n');
  switch (call.status) {
    case 'success':
      return (exitOf(said) ?? 0) === 0 ? 'ok' : 'error';
    case 'error':
      return /^Tool execution (?:blocked|denied)|denied by policy|Tool .{0,80} (?:is )?denied/.test(said)
        ? 'refused'
        : 'error';
    case 'cancelled':
      return /declin|reject|denied/i.test(said) ? 'refused' : 'interrupted';
    default:
      return null;
  }
}

function isNew(known: Known, key: string): boolean {
  if (known.told.has(key)) return false;
  known.told.add(key);
  return true;
}

const line = (known: Known, id: string, at: string, items: readonly TranscriptItem[]): TranscriptTurn =>
  turnOf({ uuid: `${known.session}/${id}`, session: known.session, at, cwd: known.cwd, items });
