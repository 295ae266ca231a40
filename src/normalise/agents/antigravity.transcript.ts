import { ok } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine, TranscriptReader } from '../../core/transcript.ts';
import {
  anyTimeOf,
  exitIn,
  inside,
  type Json,
  otherLine,
  parsedRecord,
  promptItem,
  records,
  resultText,
  text,
  turnOf,
} from '../transcripts/record.ts';

interface Known {
  readonly session: string;
  readonly cwd: string;
  /** Calls whose step has not come yet, the oldest first. */
  open: string[];
}

/** The editor and the `agy` command line each have a folder of their own; so had an earlier version of the editor. */
const products = ['antigravity', 'antigravity-cli', 'antigravity-ide'];

/**
 * What Antigravity notes of a conversation in plain words, and names to its hooks as `transcriptPath`:
 * `~/.gemini/<product>/brain/<conversation>/.system_generated/logs/transcript.jsonl`. A step a line; calls have no ids, and
 * their results come in their order. The conversations themselves are protobuf and not read. By third parties'
 * descriptions (agy 1.0 to 2.4); not tried.
 */
export const antigravityTranscript: TranscriptReader = {
  agent: 'antigravity',
  places: ({ home }) =>
    products.map((product) => ({
      directory: `${home}/.gemini/${product}/brain`,
      files: /^[^/]+\/\.system_generated\/logs\/transcript\.jsonl$/,
      folders: /^[^/]+(?:\/\.system_generated(?:\/logs)?)?$/,
      form: 'jsonl',
    })),
  open(path, about) {
    const session = /([^/\\]+)[/\\]\.system_generated[/\\]/.exec(path)?.[1] ?? path;
    const known: Known = { session, cwd: about?.cwd ?? '', open: [] };
    return {
      record(line) {
        const step = parsedRecord(line);
        if (!step.ok) return step;
        const items = itemsOf(known, step.value);
        return ok([items.length === 0 ? otherStep(step.value) : turn(known, step.value, items)]);
      },
    };
  },
  /** The command line notes the folder of each conversation beside its prompts. */
  about(path) {
    const [, base, session] = /^(.*)[/\\]brain[/\\]([^/\\]+)[/\\]\.system_generated[/\\]/.exec(path) ?? [];
    if (base === undefined || session === undefined) return null;
    return { file: `${base}/history.jsonl`, read: (found) => ({ cwd: folderOf(found, session) }) };
  },
};

function folderOf(found: string, session: string): string {
  for (const line of found.split('\n').reverse()) {
    if (!line.includes(session)) continue;
    const entry = parsedRecord(line);
    if (entry.ok && entry.value.conversationId === session) return text(entry.value.workspace);
  }
  return '';
}

/** A step may be taken back and its number used again, hence the time. */
const turn = ({ session, cwd }: Known, step: Json, items: readonly TranscriptItem[]): TranscriptLine =>
  turnOf({
    uuid: `${session}/${numberOf(step)}/${text(step.created_at)}`,
    session,
    at: anyTimeOf(step.created_at),
    cwd,
    items,
  });

const numberOf = (step: Json): number => (typeof step.step_index === 'number' ? step.step_index : -1);

/** Steps are named in capitals; which there are, nobody lists. */
const otherStep = ({ type, source }: Json): TranscriptLine =>
  otherLine(text(type), /^[A-Z][A-Z_]+$/.test(text(type)) || text(source) === 'SYSTEM');

function itemsOf(known: Known, step: Json): readonly TranscriptItem[] {
  const [type, source] = [text(step.type), text(step.source)];
  if (type === 'USER_INPUT') {
    known.open = [];
    return source === 'SYSTEM' ? [] : promptItem(requestIn(text(step.content)));
  }
  if (type === 'PLANNER_RESPONSE') return callsOf(known, step);
  // The client's own notes stand between a call and its step.
  if (source === 'SYSTEM' && type !== 'ERROR_MESSAGE' && !ownSteps.has(type)) return [];
  const toolUseId = known.open.shift();
  const status = statusOf(step);
  if (toolUseId === undefined || status === null) return [];
  return [{ kind: 'result', toolUseId, text: resultText(saidIn(step)), status }];
}

const ownSteps = new Set(['RUN_COMMAND', 'VIEW_FILE', 'LIST_DIRECTORY', 'GREP_SEARCH', 'CODE_ACTION', 'MCP_TOOL']);

function callsOf(known: Known, step: Json): readonly TranscriptItem[] {
  const calls = records(step.tool_calls).filter(({ name }) => text(name) !== '');
  if (calls.length > 0) known.open = [];
  return calls.map((call, index): TranscriptItem => {
    const toolUseId = `step-${numberOf(step)}-${index}`;
    known.open.push(toolUseId);
    return { kind: 'call', toolUseId, tool: text(call.name), input: plain(inside(call.args ?? call.arguments)) };
  });
}

/** The editor writes each argument as JSON within the JSON, the command line as it is. */
function plain(args: Json): Json {
  const texts = Object.values(args).filter((value) => typeof value === 'string');
  if (!texts.some((value) => value.startsWith('"')) || texts.some((value) => inner(value) === undefined)) return args;
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, typeof value === 'string' ? inner(value) : value]),
  );
}

/** Undefined for what is no JSON. */
function inner(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined; // then none of this call's arguments is wrapped
  }
}

/** The person's words stand in a tag, beside what the client adds. */
function requestIn(said: string): string {
  const inTag = /<USER_REQUEST>([\s\S]*?)<\/USER_REQUEST>/.exec(said)?.[1];
  return (inTag ?? said.replace(/<(?:ADDITIONAL_METADATA|USER_SETTINGS_CHANGE)>[\s\S]*$/, '')).trim();
}

const saidIn = ({ content }: Json): unknown =>
  typeof content === 'string' ? content.replace(/^(?:(?:Created|Completed) At: [^\n]*\n)+\s*/, '') : content;

/** Null while it has not ended. */
function statusOf(step: Json): 'ok' | 'error' | 'refused' | 'interrupted' | null {
  const said = resultText(saidIn(step));
  const start = said.slice(0, 300);
  switch (text(step.status).toUpperCase()) {
    case 'RUNNING':
    case 'PENDING':
    case 'WAITING':
      return null;
    case 'CANCELED':
    case 'CANCELLED':
      return 'interrupted';
    default:
  }
  const failed = step.type === 'ERROR_MESSAGE' || text(step.status).toUpperCase() === 'ERROR';
  if (failed) return /denied|declined|rejected|blocked by/i.test(start) ? 'refused' : 'error';
  return (exitIn(start, /(?:failed with exit code:?|exited with code) (\d+)/i) ?? 0) === 0 ? 'ok' : 'error';
}
