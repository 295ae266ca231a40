import { ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine, TranscriptReader, TranscriptTurn } from '../../core/transcript.ts';
import {
  exitIn,
  heldText,
  inputOf,
  inside,
  type Json,
  movedOr,
  otherLine,
  parsedRecord,
  promptItem,
  resultText,
  text,
  timeOf,
  turnOf,
} from '../transcripts/record.ts';

/** Whose lines they are: a conversation, or a sub-agent of one, which has a rollout of its own and names it. */
interface Thread {
  /** Id of the rollout, a UUID of version 7: it tells when the thread began. */
  readonly id: string;
  readonly session: string;
  readonly subagent: string;
}

interface Known {
  /**
   * The thread of this file and, where it was forked from another and begins with a copy of that one's records, those before
   * it, the oldest last.
   */
  readonly threads: Thread[];
  /** Whose lines these are now. */
  thread: Thread;
  /** How often each call, result and prompt of a thread was met. */
  readonly met: Map<string, number>;
  cwd: string;
  version: string;
  branch: string;
  permissionMode: string;
  /** Number of the record, for records that carry none. */
  count: number;
  lastPrompt: string;
  /** How the client says a call ended, before its output is written. */
  readonly endings: Map<string, 'error' | 'refused'>;
}

/**
 * Rollouts of Codex CLI: `~/.codex/sessions/YYYY/MM/DD/rollout-….jsonl`, records `{timestamp, ordinal, type, payload}`.
 * Source: recorded with Codex 0.169.0; older ones differ in how prompts are told.
 */
export const codexTranscript: TranscriptReader = {
  agent: 'codex',
  places({ env, home }) {
    const codex = movedOr(env.CODEX_HOME, `${home}/.codex`);
    const files = /(?:^|\/)rollout-[^/]+\.jsonl$/;
    return ['sessions', 'archived_sessions'].map((name) => ({ directory: `${codex}/${name}`, files, form: 'jsonl' }));
  },
  open(path) {
    const id = sessionInName(path);
    const known: Known = {
      threads: [],
      thread: { id, session: id, subagent: '' },
      met: new Map(),
      cwd: '',
      version: '',
      branch: '',
      permissionMode: '',
      count: 0,
      lastPrompt: '',
      endings: new Map(),
    };
    return { record: (line) => recordOf(line, known) };
  },
  session: (path) => sessionInName(path) || path,
  forkedFrom: (start) => /"forked_from_id":"([\da-f-]{36})"/.exec(start)?.[1] ?? null,
};

const sessionInName = (path: string): string =>
  /([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})\.jsonl$/.exec(path)?.[1] ?? '';

/** Records without a call, a result or a prompt; they make up most of a rollout and are told without being parsed. */
const quiet = new Set([
  'world_state',
  'token_usage_record',
  'compacted',
  'ghost_snapshot',
  'inter_agent_communication',
]);
const start =
  /^\{"timestamp":"[^"]{1,40}",(?:"ordinal":\d{1,12},)?"type":"([a-z_]{1,40})","payload":\{"type":"([a-z_]{1,40})"/;
const quietEvents = new Set([
  'token_count',
  'agent_reasoning',
  'agent_message',
  'reasoning',
  'task_started',
  'task_complete',
]);
const startOfQuiet = /^\{"timestamp":"[^"]{1,40}",(?:"ordinal":\d{1,12},)?"type":"([a-z_]{1,40})"/;

function recordOf(line: string, known: Known): Result<readonly TranscriptLine[]> {
  known.count += 1;
  const skipped = skippedType(line);
  if (skipped !== null) return ok([otherLine(skipped, true)]);
  const record = parsedRecord(line);
  if (!record.ok) return record;
  const { type, payload } = record.value;
  const told = inside(payload);
  switch (type) {
    case 'session_meta':
      learnSession(known, told);
      return ok([otherLine('session_meta', true)]);
    case 'turn_context':
      learnTurn(known, told);
      return ok([otherLine('turn_context', true)]);
    case 'response_item':
      return ok([lineOf(known, record.value, responseItems(known, told), text(told.type))]);
    case 'event_msg':
      return ok([lineOf(known, record.value, eventItems(known, told), text(told.type))]);
    default:
      return ok([otherLine(text(type), quiet.has(text(type)))]);
  }
}

/** A line that is cut off is parsed after all, so that it is told as damaged. */
function skippedType(line: string): string | null {
  const first = startOfQuiet.exec(line)?.[1] ?? '';
  const inner = start.exec(line);
  const skip = quiet.has(first) || (inner?.[1] === 'event_msg' && quietEvents.has(inner[2] ?? ''));
  return skip && line.trimEnd().endsWith('}}') ? first : null;
}

function learnSession(known: Known, meta: Json): void {
  const id = text(meta.id) || known.thread.id;
  const session = text(meta.session_id) || id;
  known.thread = { id, session, subagent: id === session ? '' : id };
  known.threads.push(known.thread);
  known.cwd = text(meta.cwd) || known.cwd;
  known.version = text(meta.cli_version) || known.version;
  known.branch = text(inside(meta.git).branch) || known.branch;
}

/** Nothing asks and nothing is walled in: what other agents call bypassing permissions. */
function learnTurn(known: Known, context: Json): void {
  learnThread(known, text(context.turn_id));
  const policy = text(context.approval_policy);
  known.cwd = text(context.cwd) || known.cwd;
  const free = policy === 'never' && inside(context.sandbox_policy).type === 'danger-full-access';
  known.permissionMode = free ? 'bypassPermissions' : policy;
}

/** A turn is of the youngest thread that had begun by then: what a fork copies is older than itself. */
function learnThread(known: Known, turn: string): void {
  const began = beganOf(turn);
  if (began === '') return;
  known.thread = known.threads.find(({ id }) => beganOf(id) <= began) ?? known.thread;
}

/** The milliseconds in a UUID of version 7, in hex; `''` for what is none. Source: RFC 9562 §5.7. */
const beganOf = (id: string): string => {
  const found = /^([\da-f]{8})-([\da-f]{4})-7/.exec(id);
  return found === null ? '' : `${found[1]}${found[2]}`;
};

function lineOf(
  known: Known,
  record: Json,
  items: readonly TranscriptItem[] | null,
  type: string,
): TranscriptTurn | TranscriptLine {
  if (items === null) return otherLine(type, true);
  const { cwd, version, branch, permissionMode } = known;
  const { id, session, subagent } = known.thread;
  const number = typeof record.ordinal === 'number' ? record.ordinal : known.count;
  const [item] = items;
  return turnOf({
    uuid: `${id}/${item === undefined ? number : nameOf(known, item)}`,
    ...{ session, subagent, at: timeOf(record.timestamp), cwd, version },
    ...{ gitBranch: branch, permissionMode, items },
  });
}

/** The same in a thread's own rollout and in every copy of it, whose lines have other numbers. */
function nameOf({ met, thread }: Known, item: TranscriptItem): string {
  const name = `${item.kind} ${'toolUseId' in item ? item.toolUseId : ''}`;
  const times = (met.get(`${thread.id} ${name}`) ?? 0) + 1;
  met.set(`${thread.id} ${name}`, times);
  return `${name} ${times}`;
}

function responseItems(known: Known, item: Json): readonly TranscriptItem[] | null {
  const id = text(item.call_id) || text(item.id);
  switch (item.type) {
    case 'function_call':
      return [{ kind: 'call', toolUseId: id, tool: toolOf(item), input: inputOf(item.arguments) }];
    case 'custom_tool_call':
      return [{ kind: 'call', toolUseId: id, tool: toolOf(item), input: { input: text(item.input) } }];
    case 'local_shell_call':
    case 'web_search_call':
    case 'tool_search_call':
      return [{ kind: 'call', toolUseId: id, tool: toolOf(item), input: actionOf(item) }];
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'tool_search_output':
      return [{ kind: 'result', toolUseId: id, ...resultOf(known, id, item.output) }];
    default:
      return null;
  }
}

/** A tool of an MCP server stands in its namespace, as in `mcp__notes` and `echo_note`. */
function toolOf(item: Json): string {
  const [name, namespace] = [text(item.name), text(item.namespace)];
  if (name === '') return text(item.type).replace(/_call$/, '');
  return namespace === '' ? name : `${namespace}__${name}`;
}

function actionOf({ id: _id, call_id: _call, type: _type, status: _status, action, arguments: given, ...rest }: Json) {
  return action ?? (given === undefined ? rest : inputOf(given));
}

function resultOf(known: Known, id: string, output: unknown) {
  const said = resultText(inside(output).content ?? output);
  const ending = known.endings.get(id);
  known.endings.delete(id);
  return { text: said, status: statusOf(said, ending) } as const;
}

const refusals =
  /^(?:Command blocked by |exec command rejected|patch rejected|user (?:rejected|denied)|rejected by user)|^exec_command failed: \w+ \{ message: "Rejected\(|\nCommand blocked by \w+ hook/i;

function statusOf(said: string, ending: 'error' | 'refused' | undefined): 'ok' | 'error' | 'refused' | 'interrupted' {
  const first = said.slice(0, 600);
  if (ending === 'refused' || refusals.test(first)) return 'refused';
  if (/^aborted(?: by user)?\b|^user interrupted/i.test(first)) return 'interrupted';
  const exit = exitIn(first, /^(?:Process exited with code|Exit code:) (-?\d+)/m);
  if (exit !== null) return exit === 0 ? 'ok' : 'error';
  if (ending === 'error' || /^(?:unsupported call|unable to |Script failed|\w+ failed:|err(?:or)?:)/i.test(first))
    return 'error';
  return 'ok';
}

function eventItems(known: Known, event: Json): readonly TranscriptItem[] | null {
  if (event.type === 'user_message') return prompt(known, text(event.message));
  if (event.type !== 'item_completed') return null;
  const item = inside(event.item);
  if (item.type === 'UserMessage') return prompt(known, heldText(item.content));
  const status = text(item.status);
  if (status === 'failed' || status === 'declined')
    known.endings.set(text(item.id), status === 'failed' ? 'error' : 'refused');
  return null;
}

/** Some versions tell a prompt in two ways, one after the other. */
function prompt(known: Known, said: string): readonly TranscriptItem[] | null {
  if (said === known.lastPrompt) return null;
  known.lastPrompt = said;
  return promptItem(said);
}
