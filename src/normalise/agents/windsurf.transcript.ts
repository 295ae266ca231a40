import { ok } from '../../core/result.ts';
import type { TranscriptItem, TranscriptReader } from '../../core/transcript.ts';
import {
  anyTimeOf,
  fileName,
  inside,
  type Json,
  otherLine,
  parsedRecord,
  promptItem,
  resultText,
  text,
  turnOf,
} from '../transcripts/record.ts';

/**
 * Transcripts of Windsurf (Devin Desktop), written while a `post_cascade_response_with_transcript` hook is set:
 * `~/.windsurf/transcripts/<trajectory>.jsonl`, the newest hundred. A step a line, `{type, status, <type>: {…}}`, without
 * ids or folder. Its own store is encrypted. By docs.windsurf.com and, for the steps it shows no example of, by third
 * parties' readers; not tried.
 */
export const windsurfTranscript: TranscriptReader = {
  agent: 'windsurf',
  places: ({ home }) => [{ directory: `${home}/.windsurf/transcripts`, files: /^[^/]+\.jsonl$/, form: 'jsonl' }],
  open(path) {
    const session = fileName(path).replace(/\.jsonl$/, '');
    let number = 0;
    return {
      record(line) {
        number += 1;
        const record = parsedRecord(line);
        if (!record.ok) return record;
        const { type, status, timestamp } = record.value;
        const items = itemsOf(text(type), text(status), inside(record.value[text(type)]), `step-${number}`);
        if (items === null) return ok([otherLine(text(type), quiet.has(text(type)))]);
        return ok([turnOf({ uuid: `${session}/${number}`, session, at: anyTimeOf(timestamp), items })]);
      },
    };
  },
};

const quiet = new Set('user_input planner_response checkpoint ephemeral_message memory summary'.split(' '));

/** What of a step is its result; the rest is what was asked. */
const outcomes = new Set(
  'output stdout stderr exit_code result mcp_result error diff content lines results'.split(' '),
);

/** Steps in which a tool ran. One that changes a file holds what it writes. */
const tools = new Set(
  'code_action command_action edit_file fetch_url find find_by_name grep_search list_dir list_directory read_file read_url_content run_command search_web view_file write_to_file'.split(
    ' ',
  ),
);

/** Null for a step that is no word of the person and no call. */
function itemsOf(type: string, status: string, step: Json, toolUseId: string): readonly TranscriptItem[] | null {
  if (type === 'user_input') {
    const items = promptItem(text(step.user_response));
    return items.length === 0 ? null : items;
  }
  const tool = type === 'mcp_tool' ? mcpTool(step) : tools.has(type) ? type : '';
  if (tool === '' || Object.keys(step).length === 0) return null;
  const ending = endings.get(status);
  const writes = type === 'write_to_file' || type === 'edit_file';
  const asked = Object.entries(step).filter(([name]) => !outcomes.has(name) || (writes && name === 'content'));
  const input = type === 'mcp_tool' ? argumentsOf(step) : Object.fromEntries(asked);
  const call: TranscriptItem = { kind: 'call', toolUseId, tool, input };
  if (ending === undefined) return [call];
  const came = resultText(step.output ?? step.stdout ?? step.mcp_result ?? step.result ?? step.error);
  const failed = typeof step.exit_code === 'number' && step.exit_code !== 0;
  return [call, { kind: 'result', toolUseId, text: came, status: failed && ending === 'ok' ? 'error' : ending }];
}

/** A step without one of these has not ended. */
const endings: ReadonlyMap<string, 'ok' | 'error' | 'refused' | 'interrupted'> = new Map([
  ['done', 'ok'],
  ['error', 'error'],
  ['failed', 'error'],
  ['rejected', 'refused'],
  ['canceled', 'interrupted'],
  ['cancelled', 'interrupted'],
]);

function mcpTool(step: Json): string {
  const tool = text(step.mcp_tool_name) || text(step.tool_name);
  const server = text(step.mcp_server_name) || text(step.server_name);
  return tool === '' ? '' : `mcp__${server === '' ? 'unnamed' : server}__${tool}`;
}

const argumentsOf = (step: Json): unknown => step.mcp_tool_arguments ?? step.arguments ?? {};
