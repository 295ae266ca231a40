import { fail, ok, type Result } from '../../core/result.ts';
import type {
  PermissionDecision,
  TranscriptItem,
  TranscriptLine,
  TranscriptReader,
  TranscriptTurn,
} from '../../core/transcript.ts';
import {
  fileName,
  folderOf,
  heldText,
  isRecord,
  movedOr,
  parsedRecord,
  promptItem,
  text,
  timeOf,
} from '../transcripts/record.ts';

/** Types of lines that carry no call, result or prompt of their own (some repeat them: the API request records). */
const recordTypes = new Set([
  'agent-name',
  'ai-title',
  'api-request',
  'api-request-blob',
  'api-request-shape',
  'assistant',
  'atis-latch',
  'attachment',
  'cost-state',
  'custom-title',
  'file-history-snapshot',
  'last-prompt',
  'permission-mode',
  'pr-link',
  'progress',
  'queue-operation',
  'summary',
  'system',
  'tag',
  'tools-used',
  'user',
]);

/** Where Claude Code keeps its files; `CLAUDE_CONFIG_DIR` moves the whole directory. */
export const claudeDirectory = (
  { CLAUDE_CONFIG_DIR }: Readonly<Record<string, string | undefined>>,
  home: string,
): string => movedOr(CLAUDE_CONFIG_DIR, `${home}/.claude`);

/** Sessions of Claude Code: `~/.claude/projects/<folder>/<session>.jsonl`, with the files of sub-agents. */
export const claudeCodeTranscript: TranscriptReader = {
  agent: 'claude-code',
  places: ({ env, home }) => [
    { directory: `${claudeDirectory(env, home)}/projects`, files: /\.jsonl$/, form: 'jsonl' },
  ],
  open(path) {
    const named = sessionNamed(path);
    return {
      record(line) {
        const read = parseTranscriptLine(line);
        if (!read.ok) return read;
        // A line without a session id belongs to the session of its file.
        const { value } = read;
        return ok([value.kind === 'turn' && value.session === '' ? { ...value, session: named } : value]);
      },
    };
  },
  session(path, start) {
    const own = path.replace(/\.jsonl$/, '');
    const folder = folderOf(path);
    if (!fileName(path).startsWith('agent-')) return own;
    if (fileName(folder) === 'subagents') return folderOf(folder);
    // Older versions put sub-agents' files beside the main one; only the first line says whose they are.
    const session = /"sessionId":"([\w-]{1,100})"/.exec(start())?.[1];
    return session === undefined ? own : `${folder}/${session}`;
  },
};

function sessionNamed(path: string): string {
  const folder = folderOf(path);
  return fileName(folder) === 'subagents' ? fileName(folderOf(folder)) : fileName(path).replace(/\.jsonl$/, '');
}

const firstType = /^\{"type":"([a-z-]{1,40})"/;
const isTurnType = (type: string): boolean => type === 'user' || type === 'assistant' || type === 'attachment';

/**
 * One line of `~/.claude/projects/**.jsonl` → what we use of it. A line that cannot hold a call, a result or a prompt is
 * told by a substring and not parsed. Error `damaged` says why in a few words and never quotes the line.
 * Source: recorded with Claude Code 2.1.330; older shapes (2.0 on) differ only in the order of members.
 */
export function parseTranscriptLine(line: string): Result<TranscriptLine> {
  const first = firstType.exec(line)?.[1];
  if (first !== undefined && !isTurnType(first)) return skipped(line, first);
  if (!mayMatter(line)) return skipped(line, first ?? typeBySubstring(line));
  const record = parsedRecord(line);
  return record.ok ? turn(record.value) : record;
}

/** True when the line can hold a call, a result, a prompt or a declared MCP tool. */
function mayMatter(line: string): boolean {
  return (
    // In the lines with much in them these stand at the beginning.
    line.includes('"role":"user"') ||
    line.includes('tool_result') ||
    line.includes('"tool_use"') ||
    line.includes('"role": "user"') ||
    (line.includes('mcp__') && line.includes('deferred_tools_delta'))
  );
}

function typeBySubstring(line: string): string {
  for (const type of ['assistant', 'attachment', 'system', 'user', 'progress', 'file-history-snapshot']) {
    if (line.includes(`"type":"${type}"`)) return type;
  }
  return '';
}

/** A line we do not parse still has to look whole: a crash cuts lines, and a cut line must not pass as a quiet one. */
function skipped(line: string, type: string): Result<TranscriptLine> {
  if (type !== '' && line.trimEnd().endsWith('}')) return ok({ kind: 'other', type, known: recordTypes.has(type) });
  const record = parsedRecord(line);
  if (!record.ok) return record;
  const name = text(record.value.type);
  return ok({ kind: 'other', type: /^[\w.-]{1,40}$/.test(name) ? name : 'unnamed', known: recordTypes.has(name) });
}

function turn(line: Readonly<Record<string, unknown>>): Result<TranscriptLine> {
  const type = text(line.type);
  if (type === 'attachment') return ok(declared(line));
  if (type !== 'user' && type !== 'assistant') {
    return ok({ kind: 'other', type: type === '' ? 'unnamed' : type, known: recordTypes.has(type) });
  }
  if (!isRecord(line.message)) return fail('damaged', `${aTurn(type)} line without a message`);
  const content = line.message.content;
  if (typeof content === 'string') {
    return ok({ ...head(line), items: type === 'user' ? prompts(line, content) : [] });
  }
  if (!Array.isArray(content))
    return fail('damaged', `${aTurn(type)} message whose content is neither text nor a list`);
  const items: TranscriptItem[] = [];
  for (const block of content) {
    const read = type === 'assistant' ? callItem(block) : userItem(line, block);
    if (!read.ok) return read;
    if (read.value !== null) items.push(read.value);
  }
  return ok({ ...head(line), items });
}

const aTurn = (type: string): string => (type === 'assistant' ? 'an assistant' : `a ${type}`);

function head(line: Readonly<Record<string, unknown>>): Omit<TranscriptTurn, 'items'> {
  return {
    kind: 'turn',
    uuid: text(line.uuid),
    session: text(line.sessionId),
    subagent: text(line.agentId),
    at: timeOf(line.timestamp),
    cwd: text(line.cwd),
    version: text(line.version),
    gitBranch: text(line.gitBranch),
    permissionMode: text(line.permissionMode),
  };
}

/** Only what a person typed: not what the client put in (`isMeta`, summaries), and not what one agent told another. */
function prompts(line: Readonly<Record<string, unknown>>, said: string): readonly TranscriptItem[] {
  if (line.isMeta === true || line.isCompactSummary === true || line.isSidechain === true) return [];
  return promptItem(said);
}

function callItem(block: unknown): Result<TranscriptItem | null> {
  if (!isRecord(block)) return fail('damaged', 'a content block that is not an object');
  if (block.type !== 'tool_use') return ok(null);
  if (typeof block.name !== 'string' || block.name === '') return fail('damaged', 'a tool call without a tool name');
  return ok({ kind: 'call', toolUseId: text(block.id), tool: block.name, input: block.input ?? {} });
}

function userItem(line: Readonly<Record<string, unknown>>, block: unknown): Result<TranscriptItem | null> {
  if (!isRecord(block)) return fail('damaged', 'a content block that is not an object');
  if (block.type === 'text') return ok(prompts(line, text(block.text))[0] ?? null);
  if (block.type !== 'tool_result') return ok(null);
  const permission = permissionDecision(line.permissionDecision);
  return ok({
    kind: 'result',
    toolUseId: text(block.tool_use_id),
    text: heldText(block.content),
    status: resultStatus(line, block, permission),
    ...(permission === undefined ? {} : { permission }),
  });
}

function resultStatus(
  line: Readonly<Record<string, unknown>>,
  block: Readonly<Record<string, unknown>>,
  permission: PermissionDecision | undefined,
): 'ok' | 'error' | 'refused' | 'interrupted' {
  if (permission?.decision === 'reject' || typeof line.toolDenialKind === 'string') return 'refused';
  if (isRecord(line.toolUseResult) && line.toolUseResult.interrupted === true) return 'interrupted';
  if (block.is_error !== true) return 'ok';
  // Before `permissionDecision` existed (2.0) the only trace of a refusal was the sentence given to the model.
  return /^The user doesn't want to (proceed|take this action)|^Claude requested permissions? to /.test(
    heldText(block.content).slice(0, 200),
  )
    ? 'refused'
    : 'error';
}

function permissionDecision(value: unknown): PermissionDecision | undefined {
  if (!isRecord(value) || (value.decision !== 'accept' && value.decision !== 'reject')) return undefined;
  return { decision: value.decision, source: text(value.source), reason: text(value.reasonType) };
}

/** The client notes which deferred tools a session may load; MCP tools are among them. */
function declared(line: Readonly<Record<string, unknown>>): TranscriptLine {
  const names = isRecord(line.attachment) ? line.attachment.addedNames : undefined;
  const tools = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  return { ...head(line), items: tools.length === 0 ? [] : [{ kind: 'tools-declared', tools }] };
}
