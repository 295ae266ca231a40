import { ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine } from '../../core/transcript.ts';
import {
  heldText,
  inputOf,
  isRecord,
  type Json,
  otherLine,
  promptItem,
  records,
  resultText,
  text,
  timeOf,
  turnOf,
} from './record.ts';

/** Types of records that hold no call, result or prompt. */
const quiet = new Set(
  'session_info model_change thinking_level_change compaction branch_summary custom custom_message label'.split(' '),
);

/** What is known of the session so far. */
export interface PiSession {
  session: string;
  cwd: string;
}

/**
 * One record of a session as pi and OpenClaw keep it. `known` is filled from the session's own record.
 * Source: recorded with pi 0.87.1 and OpenClaw 2026.9.6.
 */
export function piRecord(record: Json, known: PiSession): Result<readonly TranscriptLine[]> {
  const type = text(record.type);
  if (type === 'session') {
    known.session = text(record.id) || known.session;
    known.cwd = text(record.cwd) || known.cwd;
    return ok([otherLine(type, true)]);
  }
  if (type !== 'message' || !isRecord(record.message)) return ok([otherLine(type, quiet.has(type))]);
  const items = itemsOf(record.message);
  if (items === null) return ok([otherLine(`message/${text(record.message.role)}`, true)]);
  const at = timeOf(record.timestamp) || timeOf(record.message.timestamp);
  const id = text(record.id);
  // Ids are short, and a fork copies records with their times into another session.
  return ok([turnOf({ uuid: id === '' ? '' : `${id}@${at}`, session: known.session, at, cwd: known.cwd, items })]);
}

function itemsOf(message: Json): readonly TranscriptItem[] | null {
  switch (message.role) {
    case 'user':
      return promptItem(heldText(message.content));
    case 'assistant':
      return records(message.content).flatMap((part): TranscriptItem[] =>
        part.type === 'toolCall' && text(part.name) !== ''
          ? [{ kind: 'call', toolUseId: text(part.id), tool: text(part.name), input: inputOf(part.arguments) }]
          : [],
      );
    case 'toolResult':
      return [
        {
          kind: 'result',
          toolUseId: text(message.toolCallId),
          text: resultText(message.content),
          status: statusOf(message),
        },
      ];
    default:
      return null;
  }
}

/** A refusal is told to the model in the extension's own words, which say nothing for certain but where the agent adds its own. */
function statusOf(message: Json): 'ok' | 'error' | 'refused' | 'interrupted' {
  const details = isRecord(message.details) ? message.details : {};
  if (message.isError !== true) return typeof details.exitCode === 'number' && details.exitCode !== 0 ? 'error' : 'ok';
  const said = heldText(message.content).slice(0, 400);
  if (/^(?:Tool (?:call|execution) (?:was )?blocked|Blocked by)|before_tool_call hook/i.test(said)) return 'refused';
  return /^(?:Operation|Tool execution|Command) (?:was )?aborted/i.test(said) ? 'interrupted' : 'error';
}
