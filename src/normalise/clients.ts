import type { AgentId } from '../core/event.ts';

/** Headers of a request, names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The first value of a header; `''` when there is none. */
export function headerOf(headers: Headers, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** The agent that sent a request, by its own word. */
export interface Client {
  readonly agent?: AgentId;
  readonly agentVersion: string;
}

/** How clients name themselves in `user-agent`. Source: recordings of each (version in the fixtures' folder). */
const names: readonly (readonly [AgentId, RegExp])[] = [
  ['claude-code', /^claude-cli\/([^\s(]+)/],
  ['codex', /^codex_[a-z_]+\/([^\s(]+)/],
  ['gemini-cli', /^GeminiCLI[^/]*\/([^/\s]+)/],
  ['qwen-code', /^QwenCode\/([^\s(]+)/],
  ['opencode', /^opencode\/(\S+)/],
  ['droid', /^factory-cli\/(\S+)/],
  ['pi', /^pi \(()/],
];

/** Where `warder install` lets clients name themselves that do not do it on their own. */
const ownWord = /^[a-z][a-z-]{1,30}$/;

/** Reads who sent a request from its headers. */
export function clientOf(headers: Headers): Client {
  const own = ownWord.exec(headerOf(headers, 'x-warder-agent'))?.[0];
  if (own !== undefined) return { agent: own, agentVersion: '' };
  const userAgent = headerOf(headers, 'user-agent');
  for (const [agent, pattern] of names) {
    const found = pattern.exec(userAgent);
    if (found) return { agent, agentVersion: found[1] ?? '' };
  }
  // Copilot's command line uses OpenAI's library, which names itself; only its own headers tell them apart.
  // Only a turn that a person began names its kind.
  const copilot = headerOf(headers, 'x-interaction-type') !== '' || headerOf(headers, 'x-initiator') !== '';
  if (copilot) return { agent: 'copilot-cli', agentVersion: '' };
  return { agentVersion: '' };
}

/** The session a request names in its headers; `''` when it names none. */
export function sessionOf(headers: Headers): string {
  for (const name of ['session-id', 'x-session-id', 'x-session-affinity', 'session_id', 'conversation_id']) {
    const value = headerOf(headers, name);
    if (value !== '') return value;
  }
  return '';
}

/** How agents tell their model where they work, in words of their own before any content. Source: recordings of each. */
const folders: Readonly<Record<AgentId, RegExp>> = {
  codex: /^<environment_context>\s*<cwd>([^<\n]+)<\/cwd>/,
  'gemini-cli': /^<session_context>[\s\S]{0,2000}?\*\*Workspace Directories:\*\*\n {2}- ([^\n]+)/,
  'copilot-cli': /^\* Current working directory: ([^\n]+)$/m,
  opencode: /<env>\n {2}Working directory: ([^\n]+)/,
  'qwen-code': /^<system-reminder>[\s\S]{0,2000}?I'm currently working in the directory: ([^\n]+)/,
  pi: /<cwd>\n([^\n]+)\n<\/cwd>\s*$/,
  cline: /<env>\n1\. Platform: [^\n]*\n[\s\S]{0,200}?^\d\. Working Directory: ([^\n]+)$/m,
  droid: /^<system-reminder>[\s\S]{0,2000}?^% pwd\n([^\n]+)$/m,
  openclaw: /^## Workspace\nWorking directory: ([^\n]+)$/m,
};

/** The absolute folder that an agent says it works in; `''` when it does not say. The last word counts: it may move. */
export function folderOf({ agent }: Client, texts: readonly string[]): string {
  const pattern = agent === undefined ? undefined : folders[agent];
  if (pattern === undefined) return '';
  const said = texts.findLast((text) => pattern.test(text));
  const folder = said === undefined ? '' : (pattern.exec(said)?.[1] ?? '').trim();
  return folder.length <= 1024 && /^(?:\/|[A-Za-z]:[\\/])/.test(folder) ? folder : '';
}

/** Agents that ask for titles and choices of a model beside the conversation, and then offer no tools. Source: recordings. */
const asides = new Set(['opencode', 'gemini-cli']);

/** True for a request beside the conversation. `working`: how many tools it offers and results it carries. */
export const isAside = ({ agent }: Client, working: number): boolean => working === 0 && asides.has(agent ?? '');

/** Words agents put in place of a result when the call did not run. Source: the recordings' refused calls. */
const refusedWords =
  /^(?:Command blocked by PreToolUse hook|Denied by preToolUse hook|Tool execution (?:blocked|denied)|Tool call (?:was )?(?:rejected|denied)|User (?:rejected|denied|cancelled)|The user (?:rejected|denied|declined)|exec_command failed .{0,40}rejected|Script failed\s[\s\S]{0,200}?Command blocked by |\[?Operation Cancelled|.{0,40}policy deny)/iu;

/** True for the text of a result that says the call did not run. */
export const saysRefused = (text: string): boolean => refusedWords.test(text.slice(0, 400));

/** Where agents write the exit status of a command, in their own frame around its output. Source: runs of each. */
const exitStatuses: readonly RegExp[] = [
  /^(?:Chunk ID: \S+\n)?Wall time: [^\n]*\nProcess exited with code (\d+)\n/, // Codex
  /\nExit Code: (\d+)\n(?:Signal: [^\n]*\n)?Process Group PGID: [^\n]*(?:\n<\/untrusted_context>)?\s*$/, // Gemini CLI, Qwen Code
  /<shellId: \d+ completed with exit code (\d+)>\s*$/, // Copilot CLI
  /\n\n\(?Command exited with code (\d+)\)?\s*$/, // pi, OpenClaw
  /\n\n\[Process exited with code (\d+)\]\s*$/, // Droid
  /","error":"Command exited with code (\d+)","success":false\}\]\s*$/, // Cline
];

/** True for the text of a result that says its command failed. */
export function saysFailed(text: string): boolean {
  const ends = `${text.slice(0, 400)}\n${text.slice(-400)}`;
  return exitStatuses.some((pattern) => Number((pattern.exec(text.length > 800 ? ends : text) ?? [])[1] ?? 0) !== 0);
}
