import { ok, type Result } from '../../core/result.ts';
import type { PermissionDecision, TranscriptItem, TranscriptLine } from '../../core/transcript.ts';
import { endingOf, saidIn } from './kiro-result.ts';
import { anyTimeOf, inside, type Json, otherLine, promptItem, text, turnOf } from './record.ts';

const quiet = new Set(
  'assistant interaction_resolved pending_interaction session_event session_metadata session_start sub_agent_complete sub_agent_start tombstone tool_call tool_result turn_end turn_start usage_summary user'.split(
    ' ',
  ),
);

/** Events of CLI 3 and IDE 1, `{id, timestamp, payload: {type, …}}`. */
export function kiroEvents(session: string, cwd: string): (record: Json) => Result<readonly TranscriptLine[]> {
  const decided = new Map<string, PermissionDecision>();
  return ({ id, timestamp, payload }) => {
    const event = inside(payload);
    if (event.type === 'interaction_resolved') noteDecision(decided, event);
    const items = itemsOf(event, decided);
    if (items.length === 0) return ok([otherLine(text(event.type), quiet.has(text(event.type)))]);
    const uuid = text(id) === '' ? '' : `${session}/${text(id)}`;
    return ok([turnOf({ uuid, session, at: anyTimeOf(timestamp), cwd, items })]);
  };
}

function noteDecision(decided: Map<string, PermissionDecision>, { toolCallId, outcome, selectedOption }: Json): void {
  const chosen = text(selectedOption);
  if (!/accept|allow|reject|deny/i.test(chosen) && outcome !== 'cancelled') return;
  const decision = /accept|allow/i.test(chosen) ? 'accept' : 'reject';
  decided.set(text(toolCallId), { decision, source: 'user', reason: '' });
}

function itemsOf(event: Json, decided: ReadonlyMap<string, PermissionDecision>): readonly TranscriptItem[] {
  const toolUseId = text(event.toolCallId);
  switch (event.type) {
    case 'user':
      return promptItem(saidIn(event.content));
    case 'tool_call': {
      const tool = text(event.toolName);
      return tool === '' ? [] : [{ kind: 'call', toolUseId, tool, input: event.args ?? {} }];
    }
    case 'tool_result': {
      const ending = endingOf(event.content, event.success === false);
      const permission = decided.get(toolUseId);
      const refused = permission?.decision === 'reject' && ending !== 'ok';
      const came = { kind: 'result', toolUseId, text: saidIn(event.content) } as const;
      return [{ ...came, status: refused ? 'refused' : ending, ...(permission === undefined ? {} : { permission }) }];
    }
    default:
      return [];
  }
}
