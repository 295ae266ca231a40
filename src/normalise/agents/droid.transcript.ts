import { ok, type Result } from '../../core/result.ts';
import type { TranscriptAbout, TranscriptItem, TranscriptLine, TranscriptReader } from '../../core/transcript.ts';
import {
  exitIn,
  fileName,
  heldText,
  inputOf,
  inside,
  type Json,
  list,
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
  cwd: string;
  readonly permissionMode: string;
  /** Calls that a hook refused, told before their results. */
  readonly refused: Set<string>;
}

/**
 * Sessions of Droid: `~/.factory/sessions/<folder>/<session>.jsonl`, with `<session>.settings.json` beside it.
 * Source: recorded with Droid 0.215.0.
 */
export const droidTranscript: TranscriptReader = {
  agent: 'droid',
  places: ({ home }) => [
    { directory: `${home}/.factory/sessions`, files: /^(?:[^/]+\/)?[^/]+\.jsonl$/, form: 'jsonl' },
  ],
  open(path, about) {
    const known: Known = {
      session: fileName(path).replace(/\.jsonl$/, ''),
      cwd: '',
      permissionMode: about?.permissionMode ?? '',
      refused: new Set(),
    };
    return {
      record(line) {
        const record = parsedRecord(line);
        return record.ok ? lineOf(known, record.value) : record;
      },
    };
  },
  about: (path) => ({ file: path.replace(/\.jsonl$/, '.settings.json'), read: settings }),
};

function settings(found: string): TranscriptAbout {
  const read = parsedRecord(found);
  return read.ok ? { permissionMode: text(read.value.autonomyMode) } : {};
}

const quiet = new Set(['agent_turn_outcome', 'session_end', 'todo_state', 'compaction', 'session_title']);

function lineOf(known: Known, record: Json): Result<readonly TranscriptLine[]> {
  const type = text(record.type);
  if (type === 'session_start') {
    known.session = text(record.id) || known.session;
    known.cwd = text(record.cwd) || known.cwd;
    return ok([otherLine(type, true)]);
  }
  if (type !== 'message') return ok([otherLine(type, quiet.has(type))]);
  const message = inside(record.message);
  if (typeof message.hookEventName === 'string') {
    learn(known, message);
    return ok([otherLine('hook', true)]);
  }
  const { session, cwd, permissionMode } = known;
  const head = { uuid: text(record.id), session, at: timeOf(record.timestamp), cwd, permissionMode };
  return ok([turnOf({ ...head, items: itemsOf(known, message) })]);
}

/** A hook refuses with exit status 2, or with its answer. */
function learn({ refused }: Known, message: Json): void {
  const denied = records(message.hookResults).some(
    ({ exitCode, stdout }) =>
      exitCode === 2 || /"permissionDecision"\s*:\s*"deny"|"continue"\s*:\s*false/.test(text(stdout)),
  );
  if (denied) refused.add(text(message.hookToolCallId));
}

function itemsOf(known: Known, message: Json): readonly TranscriptItem[] {
  const { role, content, visibility } = message;
  if (typeof content === 'string') return role === 'user' ? said(content, visibility) : [];
  return list(content).flatMap((each): readonly TranscriptItem[] => {
    const part = inside(each);
    if (part.type === 'text') return role === 'user' ? said(text(part.text), visibility) : [];
    if (part.type === 'tool_use' && text(part.name) !== '')
      return [{ kind: 'call', toolUseId: text(part.id), tool: text(part.name), input: inputOf(part.input) }];
    return part.type === 'tool_result' ? [result(known, part)] : [];
  });
}

/** What the client put in for the model alone is no word of the person. */
const said = (words: string, visibility: unknown): readonly TranscriptItem[] =>
  visibility === 'llm_only' || /^\s*<system-reminder>/.test(words) ? [] : promptItem(words);

function result(known: Known, part: Json): TranscriptItem {
  const toolUseId = text(part.tool_use_id);
  const came = resultText(typeof part.content === 'string' ? part.content : heldText(part.content) || part.content);
  const refused = known.refused.delete(toolUseId);
  return {
    kind: 'result',
    toolUseId,
    text: came,
    status: refused ? 'refused' : statusOf(part, came),
    ...(refused ? { permission: { decision: 'reject', source: 'hook', reason: '' } } : {}),
  };
}

function statusOf(part: Json, came: string): 'ok' | 'error' | 'refused' | 'interrupted' {
  const exit = exitIn(came.slice(-200), /\[Process exited with code (-?\d+)\]\s*$/);
  if (part.is_error !== true) return exit === null || exit === 0 ? 'ok' : 'error';
  const start = came.slice(0, 200);
  if (
    /(?:user|permission)[^.\n]{0,40}(?:reject|declin|denied)|(?:rejected|declined|denied) by (?:the )?user/i.test(start)
  )
    return 'refused';
  return /^(?:Error: )?(?:Tool execution )?(?:cancelled|aborted|interrupted)/i.test(start) ? 'interrupted' : 'error';
}
