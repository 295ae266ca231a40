import { ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine } from '../../core/transcript.ts';
import { endingOf, saidIn } from './kiro-result.ts';
import { anyTimeOf, inside, type Json, otherLine, promptItem, records, text, turnOf } from './record.ts';

const quiet = new Set([
  'Prompt',
  'AssistantMessage',
  'ToolResults',
  'Compaction',
  'Clear',
  'ResetTo',
  'CancelledPrompt',
]);

/** Messages of CLI 2, `{version, kind, data: {message_id, content}}`. Prompts alone have a time; what follows gets it too. */
export function kiroMessages(session: string, cwd: string): (record: Json) => Result<readonly TranscriptLine[]> {
  let at = '';
  return ({ kind, data }) => {
    const { message_id, content, meta } = inside(data);
    if (kind === 'Prompt') at = anyTimeOf(inside(meta).timestamp) || at;
    const items = records(content).flatMap((part) => itemsOf(text(kind), part));
    if (items.length === 0) return ok([otherLine(text(kind), quiet.has(text(kind)))]);
    const id = text(message_id);
    return ok([turnOf({ uuid: id === '' ? '' : `${session}/${id}`, session, at, cwd, items })]);
  };
}

function itemsOf(kind: string, part: Json): readonly TranscriptItem[] {
  if (part.kind === 'text') return kind === 'Prompt' ? promptItem(text(part.data)) : [];
  const { toolUseId, name, input, content, status } = inside(part.data);
  const id = text(toolUseId);
  if (part.kind === 'toolUse' && text(name) !== '')
    return [{ kind: 'call', toolUseId: id, tool: text(name), input: input ?? {} }];
  if (part.kind !== 'toolResult') return [];
  const failed = text(status) !== '' && !/^success$/i.test(text(status));
  return [{ kind: 'result', toolUseId: id, text: saidIn(content), status: endingOf(content, failed) }];
}
