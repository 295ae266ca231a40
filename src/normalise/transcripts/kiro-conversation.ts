import { fail, ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine } from '../../core/transcript.ts';
import { endingOf, saidIn } from './kiro-result.ts';
import {
  anyTimeOf,
  inside,
  isRecord,
  type Json,
  otherLine,
  parsedRecord,
  promptItem,
  records,
  text,
  turnOf,
} from './record.ts';

/** An exchange of the first CLI: what was asked or came back, and what the model answered. */
export function kiroConversation(row: Json): Result<readonly TranscriptLine[]> {
  if (row.readable === 0) return fail('damaged', 'a conversation that is no JSON');
  if (row.exchange === null || row.exchange === undefined) return ok([otherLine('conversation', true)]);
  const read = isRecord(row.exchange) ? ok(row.exchange) : parsedRecord(text(row.exchange));
  if (!read.ok) return read;
  const { user, assistant, request_metadata } = read.value;
  const [asked, { request_start_timestamp_ms: sent, stream_end_timestamp_ms: answered }] = [
    inside(user),
    inside(request_metadata),
  ];
  const cwd = text(inside(inside(asked.env_context).env_state).current_working_directory) || text(row.folder);
  const about = { conversation: text(row.conversation), cwd };
  const turns = [
    ...turn(about, anyTimeOf(asked.timestamp) || anyTimeOf(sent), userItems(inside(asked.content))),
    ...turn(about, anyTimeOf(answered) || anyTimeOf(sent) || anyTimeOf(asked.timestamp), calls(inside(assistant))),
  ];
  return ok(turns.length === 0 ? [otherLine('exchange', true)] : turns);
}

/** An exchange has no name of its own, and its place changes when the conversation is summed up. */
function turn(
  { conversation, cwd }: { readonly conversation: string; readonly cwd: string },
  at: string,
  items: readonly TranscriptItem[],
): readonly TranscriptLine[] {
  if (items.length === 0) return [];
  const named = items.map((item) =>
    'toolUseId' in item ? `${item.kind}:${item.toolUseId}` : `${at}:${'text' in item ? item.text.length : 0}`,
  );
  return [turnOf({ uuid: [conversation, ...named].join('/'), session: conversation, at, cwd, items })];
}

function userItems(content: Json): readonly TranscriptItem[] {
  const cancelled = inside(content.CancelledToolUses);
  const results = [...records(inside(content.ToolUseResults).tool_use_results), ...records(cancelled.tool_use_results)];
  return [
    ...results.map(
      ({ tool_use_id, content: came, status }): TranscriptItem => ({
        kind: 'result',
        toolUseId: text(tool_use_id),
        text: saidIn(came),
        status: endingOf(came, /^error$/i.test(text(status))),
      }),
    ),
    ...promptItem(text(inside(content.Prompt).prompt) || text(cancelled.prompt)),
  ];
}

function calls(assistant: Json): readonly TranscriptItem[] {
  return records(inside(assistant.ToolUse).tool_uses).flatMap(({ id, name, args }): readonly TranscriptItem[] =>
    text(name) === '' ? [] : [{ kind: 'call', toolUseId: text(id), tool: text(name), input: args ?? {} }],
  );
}
