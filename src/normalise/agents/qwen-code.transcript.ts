import { ok, type Result } from '../../core/result.ts';
import type { PermissionDecision, TranscriptItem, TranscriptLine, TranscriptReader } from '../../core/transcript.ts';
import { answerOf, calledIn, exitOf, saidIn } from '../transcripts/gemini-parts.ts';
import {
  fileName,
  inside,
  type Json,
  movedOr,
  otherLine,
  parsedRecord,
  promptItem,
  records,
  text,
  timeOf,
  turnOf,
} from '../transcripts/record.ts';

/** Who answered for a call, told before its result. */
type Answers = Map<string, PermissionDecision>;

/**
 * Chats of Qwen Code: `~/.qwen/projects/<folder>/chats/<session>.jsonl`, a message of Gemini's parts in each line.
 * Source: recorded with Qwen Code 0.24.4.
 */
export const qwenTranscript: TranscriptReader = {
  agent: 'qwen-code',
  places: ({ env, home }) => [
    {
      directory: `${movedOr(env.QWEN_HOME, `${home}/.qwen`)}/projects`,
      files: /^[^/]+\/chats\/(?:[^/]+\/)*[^/]+\.jsonl$/,
      form: 'jsonl',
    },
  ],
  open(path) {
    const answers: Answers = new Map();
    const session = fileName(path).replace(/\.jsonl$/, '');
    return {
      record(line) {
        const record = parsedRecord(line);
        return record.ok ? lineOf(record.value, answers, session) : record;
      },
    };
  },
};

function lineOf(record: Json, answers: Answers, session: string): Result<readonly TranscriptLine[]> {
  const items = itemsOf(record, answers);
  if (items === null) return ok([otherLine(text(record.type), record.type === 'system')]);
  return ok([
    turnOf({
      uuid: text(record.uuid),
      session: text(record.sessionId) || session,
      subagent: text(record.agentId),
      at: timeOf(record.timestamp),
      cwd: text(record.cwd),
      version: text(record.version),
      gitBranch: text(record.gitBranch),
      items,
    }),
  ]);
}

function itemsOf(record: Json, answers: Answers): readonly TranscriptItem[] | null {
  const parts = inside(record.message).parts;
  switch (record.type) {
    case 'user': {
      const person = record.provenance === undefined || record.provenance === 'real_user';
      return person && text(record.agentId) === '' ? promptItem(saidIn(parts)) : [];
    }
    case 'assistant':
      return records(parts).flatMap(calledIn);
    case 'tool_result':
      return records(parts).flatMap((part) => result(part, inside(record.toolCallResult), answers));
    case 'system':
      learn(inside(inside(record.systemPayload).uiEvent), answers);
      return null;
    default:
      return null;
  }
}

/** The client's own note of a call says who let it go: its mode, or the person. */
function learn(event: Json, answers: Answers): void {
  if (event['event.name'] !== 'qwen-code.tool_call') return;
  const decision = text(event.decision);
  if (decision === '') return;
  const refused = decision === 'reject' || event.error_type === 'execution_denied';
  answers.set(text(event.call_id), {
    decision: refused ? 'reject' : 'accept',
    source: decision === 'auto_accept' ? 'config' : 'user',
    reason: '',
  });
}

function result(part: Json, came: Json, answers: Answers): TranscriptItem[] {
  const response = inside(part.functionResponse);
  const toolUseId = text(response.id) || text(came.callId);
  if (toolUseId === '' && Object.keys(response).length === 0) return [];
  const said = answerOf(response);
  const permission = answers.get(toolUseId);
  answers.delete(toolUseId);
  const status = statusOf(came, said);
  return [{ kind: 'result', toolUseId, text: said, status, ...(permission === undefined ? {} : { permission }) }];
}

function statusOf(came: Json, said: string): 'ok' | 'error' | 'refused' | 'interrupted' {
  if (came.errorType === 'execution_denied' || /was denied by permission rules/.test(said.slice(0, 300)))
    return 'refused';
  if (came.status === 'cancelled') return came.executionStatus === 'not_started' ? 'refused' : 'interrupted';
  if (came.status === 'error') return 'error';
  const exit = inside(came.resultDisplay).exitCode ?? exitOf(said);
  return typeof exit === 'number' && exit !== 0 ? 'error' : 'ok';
}
