import { fail, ok, type Result } from '../../core/result.ts';
import type { TranscriptAbout, TranscriptItem, TranscriptLine, TranscriptReader } from '../../core/transcript.ts';
import {
  fileName,
  heldText,
  inputOf,
  inside,
  type Json,
  list,
  parsedRecord,
  promptItem,
  records,
  resultText,
  text,
  timeOf,
  turnOf,
} from '../transcripts/record.ts';

/**
 * Sessions of Cline CLI: `~/.cline/data/sessions/<session>/<session>.messages.json`, one document, with
 * `<session>.json` beside it. Source: recorded with Cline 3.0.65.
 */
export const clineTranscript: TranscriptReader = {
  agent: 'cline',
  places: ({ home }) => [
    { directory: `${home}/.cline/data/sessions`, files: /^[^/]+\/[^/]+\.messages\.json$/, form: 'json' },
  ],
  open: (path, about) => ({
    record(line) {
      const document = parsedRecord(line);
      return document.ok
        ? linesOf(document.value, fileName(path).replace(/\.messages\.json$/, ''), about ?? {})
        : document;
    },
  }),
  about: (path) => ({ file: path.replace(/\.messages\.json$/, '.json'), read: manifest }),
  session: (path) => path.replace(/[/\\][^/\\]+$/, ''),
};

function manifest(found: string): TranscriptAbout {
  const read = parsedRecord(found);
  if (!read.ok) return {};
  const { cwd, workspace_root: root, metadata } = read.value;
  const { version } = inside(inside(metadata).sessionHistoryOrigin);
  return { cwd: text(cwd) || text(root), version: text(version) };
}

function linesOf(document: Json, named: string, about: TranscriptAbout): Result<readonly TranscriptLine[]> {
  if (!Array.isArray(document.messages)) return fail('damaged', 'a session without its messages');
  const origin = inside(document.origin);
  const session = text(document.sessionId) || text(origin.sessionId) || named;
  const agent = text(document.agent);
  const head = {
    session,
    subagent: agent === '' || agent === 'lead' ? '' : agent,
    cwd: about.cwd ?? '',
    version: text(origin.version) || (about.version ?? ''),
  };
  return ok(
    records(document.messages).map((message, index) => {
      const uuid = `${session}/${head.subagent}${text(message.id) || index}`;
      return turnOf({ ...head, uuid, at: timeOf(message.ts), items: itemsOf(message, head.subagent === '') });
    }),
  );
}

function itemsOf({ role, content }: Json, ofPerson: boolean): readonly TranscriptItem[] {
  if (typeof content === 'string') return role === 'user' && ofPerson ? promptItem(typed(content)) : [];
  return list(content).flatMap((each): readonly TranscriptItem[] => {
    const part = inside(each);
    if (part.type === 'text') return role === 'user' && ofPerson ? promptItem(typed(text(part.text))) : [];
    if (part.type === 'tool_use' && text(part.name) !== '')
      return [{ kind: 'call', toolUseId: text(part.id), tool: text(part.name), input: inputOf(part.input) }];
    return part.type === 'tool_result' ? [result(part)] : [];
  });
}

/** A prompt stands in a tag; other tags are the client's. */
function typed(said: string): string {
  const inner = /<user_input[^>]*>([\s\S]*?)<\/user_input>/.exec(said)?.[1];
  if (inner !== undefined) return inner;
  return /^\s*<[a-z_]+[ >]/.test(said) ? '' : said;
}

/** What came back is text, parts, or a list of what each command gave. */
function result(part: Json): TranscriptItem {
  const each = records(part.content).filter((item) => 'result' in item || 'success' in item);
  const came = each.length > 0 ? each.map((item) => resultText(item.result ?? item.error)).join('\n') : '';
  const said = came || heldText(part.content) || resultText(part.content);
  const failed = part.is_error === true || each.some(({ success }) => success === false);
  const refused =
    failed &&
    /(?:denied|rejected|cancelled) by (?:the )?(?:user|hook)|user (?:denied|rejected)/i.test(said.slice(0, 300));
  return {
    kind: 'result',
    toolUseId: text(part.tool_use_id),
    text: said,
    status: refused ? 'refused' : failed ? 'error' : 'ok',
  };
}
