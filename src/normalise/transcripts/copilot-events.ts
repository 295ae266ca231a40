import { ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine, TranscriptTurn } from '../../core/transcript.ts';
import {
  heldText,
  inputOf,
  inside,
  type Json,
  otherLine,
  promptItem,
  records,
  resultText,
  text,
  timeOf,
  turnOf,
} from './record.ts';

/** What is known of the session so far. */
interface Known {
  session: string;
  cwd: string;
  version: string;
  branch: string;
  /** Calls that were told already: the model's message and the start of the tool both name them. */
  readonly asked: Set<string>;
}

/**
 * Reads records `{type, data, id, timestamp, parentId}` as GitHub's agents write them: Copilot CLI and VS Code.
 * Source: recorded with Copilot CLI 1.0.102; VS Code's sessionTranscriptService.
 */
export function copilotRecords(session: string, cwd: string): (record: Json) => Result<readonly TranscriptLine[]> {
  const known: Known = { session, cwd, version: '', branch: '', asked: new Set() };
  return (record) => {
    const type = text(record.type);
    const data = inside(record.data);
    learn(known, type, data);
    const items = itemsOf(known, type, record, data);
    if (items === null) return ok([otherLine(type, isKnown(type))]);
    return ok([turnOf({ ...head(known, record), items })]);
  };
}

function learn(known: Known, type: string, data: Json): void {
  if (!type.startsWith('session.')) return;
  const context = inside(data.context);
  known.session = text(data.sessionId) || known.session;
  known.version = text(data.copilotVersion) || known.version;
  known.cwd = text(context.cwd) || (type === 'session.context_changed' ? text(data.cwd) : '') || known.cwd;
  known.branch = text(context.branch) || known.branch;
}

const families = /^(?:session|hook|assistant|system|subagent|tool|user|permission|skill|abort|elicitation|mcp)(?:\.|$)/;
const isKnown = (type: string): boolean => families.test(type);

function head({ session, cwd, version, branch }: Known, record: Json): Partial<TranscriptTurn> {
  return {
    uuid: text(record.id),
    session,
    subagent: text(record.agentId),
    at: timeOf(record.timestamp),
    cwd,
    version,
    gitBranch: branch,
  };
}

function itemsOf(known: Known, type: string, record: Json, data: Json): readonly TranscriptItem[] | null {
  switch (type) {
    case 'user.message':
      // What one agent asks of another is no word of the person.
      return text(record.agentId) !== '' || text(data.source).startsWith('agent-')
        ? []
        : promptItem(heldText(data.content));
    case 'assistant.message':
      return records(data.toolRequests).flatMap((asked) => call(known, asked.toolCallId, asked.name, asked.arguments));
    case 'tool.execution_start':
      return call(known, data.toolCallId, data.toolName, data.arguments);
    case 'tool.execution_complete':
      return [{ kind: 'result', toolUseId: text(data.toolCallId), text: resultOf(data), status: statusOf(data) }];
    default:
      return null;
  }
}

function call(known: Known, id: unknown, name: unknown, input: unknown): TranscriptItem[] {
  const [toolUseId, tool] = [text(id), text(name)];
  if (tool === '' || (toolUseId !== '' && known.asked.has(toolUseId))) return [];
  known.asked.add(toolUseId);
  return [{ kind: 'call', toolUseId, tool, input: inputOf(input) }];
}

const resultOf = (data: Json): string => resultText(inside(data.result).content ?? inside(data.error).message);

function statusOf(data: Json): 'ok' | 'error' | 'refused' | 'interrupted' {
  const code = text(inside(data.error).code);
  if (/denied|rejected|refused/.test(code)) return 'refused';
  if (/abort|cancel|interrupt/.test(code)) return 'interrupted';
  const exit = inside(data.shellExecution).exitCode;
  return data.success === false || (typeof exit === 'number' && exit !== 0) ? 'error' : 'ok';
}
