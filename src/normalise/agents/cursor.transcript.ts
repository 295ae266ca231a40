import { ok } from '../../core/result.ts';
import type { TranscriptItem, TranscriptReader } from '../../core/transcript.ts';
import {
  fileName,
  heldText,
  inputOf,
  inside,
  type Json,
  list,
  otherLine,
  parsedRecord,
  promptItem,
  resultText,
  text,
  timeOf,
  turnOf,
} from '../transcripts/record.ts';

/**
 * Transcripts of Cursor: `~/.cursor/projects/<folder>/agent-transcripts/<conversation>/<conversation>.jsonl`, those of
 * sub-agents in `subagents/` below. Lines `{role, message: {content}}` without times, ids or folder, mostly without
 * results: what a call touched is judged without knowing where. By third parties' descriptions; not tried.
 */
export const cursorTranscript: TranscriptReader = {
  agent: 'cursor',
  places: ({ home }) => [
    {
      directory: `${home}/.cursor/projects`,
      files: /^[^/]+\/agent-transcripts\/(?:[^/]+\/){0,3}[^/]+\.jsonl$/,
      form: 'jsonl',
    },
  ],
  open(path) {
    const own = fileName(path).replace(/\.jsonl$/, '');
    const parent = /([^/\\]+)[/\\]subagents[/\\][^/\\]+$/.exec(path)?.[1];
    const head = { session: parent ?? own, subagent: parent === undefined ? '' : own };
    let number = 0;
    return {
      record(line) {
        number += 1;
        const record = parsedRecord(line);
        if (!record.ok) return record;
        const { role, message, timestamp, type } = record.value;
        if (role !== 'user' && role !== 'assistant') return ok([otherLine(text(type) || text(role), true)]);
        const items = itemsOf(text(role), inside(message), head.subagent === '');
        return ok([turnOf({ ...head, uuid: `${own}/${number}`, at: timeOf(timestamp), items })]);
      },
    };
  },
  session(path) {
    const parent = /^(.*)[/\\]subagents[/\\][^/\\]+$/.exec(path)?.[1];
    return parent ?? path.replace(/[/\\][^/\\]+$/, '');
  },
};

function itemsOf(role: string, message: Json, ofPerson: boolean): readonly TranscriptItem[] {
  if (typeof message.content === 'string') return role === 'user' && ofPerson ? promptItem(query(message.content)) : [];
  return list(message.content).flatMap((each): readonly TranscriptItem[] => {
    const part = inside(each);
    if (part.type === 'text') return role === 'user' && ofPerson ? promptItem(query(text(part.text))) : [];
    if (part.type === 'tool_use' && text(part.name) !== '')
      return [{ kind: 'call', toolUseId: text(part.id), tool: text(part.name), input: inputOf(part.input) }];
    if (part.type !== 'tool_result') return [];
    const status = part.is_error === true ? 'error' : 'ok';
    const came = heldText(part.content) || resultText(part.content);
    return [{ kind: 'result', toolUseId: text(part.tool_use_id), text: came, status }];
  });
}

/** The person's words stand in a tag, beside what the editor adds. */
const query = (said: string): string => {
  const inner = [...said.matchAll(/<user_query>([\s\S]*?)<\/user_query>/g)].map(([, words = '']) => words.trim());
  if (inner.length > 0) return inner.join('\n');
  return /^\s*<[a-z_]+>/.test(said) ? '' : said;
};
