import type { WaitingRoom } from '../core/approval.ts';
import type { AgentId, EventHead, Identity, ToolCall } from '../core/event.ts';
import type { McpAsked, McpClientInfo, McpJudge, McpNote, McpVerdict } from '../core/mcp.ts';
import type { Pipeline } from '../core/ports.ts';
import type { Mode } from '../core/verdict.ts';

/** What is done with tools that are forbidden by name, and with calls that need a person. */
interface McpRules {
  /** How long a person may be asked through the client, milliseconds; 0: a call that needs one is refused. */
  readonly askMs: number;
  /** Tools that are forbidden whatever their input are left out of a server's list, while enforcing. */
  readonly hideForbidden: boolean;
}

export interface McpJudgeDeps {
  readonly pipeline: Pipeline;
  /** True when a rule denies this person this tool whatever is asked of it. */
  forbidsTool(tool: Pick<ToolCall, 'tool' | 'action'> & { readonly person: string; readonly agent: AgentId }): boolean;
  readonly rules: McpRules;
  mode(): Mode;
  now(): string;
  /** A verdict later than this is a refusal, or a pass while observing; milliseconds. */
  readonly judgeMs: number;
  /** Where a call waits for a person at the console; absent, or 0 seconds: the client is asked, if it can ask. */
  readonly waitingRoom?: WaitingRoom;
}

/** One connection, as its events name it. */
export interface McpParty {
  /** The agent's name for the server. */
  readonly server: string;
  readonly session: string;
  readonly client: McpClientInfo;
  readonly identity: Identity;
  readonly cwd?: string;
}

/** Judges and records one connection through the pipeline. `left`: nobody waits for a verdict any more. */
export function mcpJudge(deps: McpJudgeDeps, party: () => McpParty, left?: AbortSignal): McpJudge {
  return {
    mode: deps.mode,
    decide: (asked) => decide(deps, party(), asked, left ?? new AbortController().signal),
    note: (note) => void deps.pipeline.note({ ...headOf(party()), at: deps.now(), ...eventOf(note) }),
    async hidden(tools) {
      if (!deps.rules.hideForbidden || deps.mode() !== 'enforce') return [];
      const who = party();
      const head = { person: who.identity.person, agent: headOf(who).agent };
      return tools.filter((name) => {
        const { tool, action } = callOf(who.server, { tool: name.normalize('NFKC'), toolUseId: '', input: {} });
        return deps.forbidsTool({ ...head, tool, action });
      });
    },
  };
}

async function decide(deps: McpJudgeDeps, party: McpParty, asked: McpAsked, left: AbortSignal): Promise<McpVerdict> {
  const call = { ...callOf(party.server, asked), ...extras(asked) };
  const head = headOf(party);
  if (asked.problem !== null) {
    const text = `${asked.tool || 'a call'}: ${asked.problem}`;
    void deps.pipeline.note({ ...head, at: deps.now(), kind: 'notice', what: 'unreadable tool call', text });
  }
  const event = { ...head, at: deps.now(), kind: 'call-before', call } as const;
  const decided = await within(deps.judgeMs, deps.pipeline.decide(event));
  if (decided === null) {
    const effective = deps.mode() === 'enforce' ? 'deny' : 'allow';
    return { effective, why: `Warder had no verdict within ${deps.judgeMs} ms`, rules: [], askMs: 0 };
  }
  const { effective, why, rules, degraded } = decided.verdict;
  if (effective !== 'ask') return { effective, why, rules, askMs: 0 };
  // The agent's own hook has put this very call to a person, who let it run.
  if (decided.personAsked === true) return { effective: 'allow', why, rules, askMs: 0 };
  const { waitingRoom } = deps;
  if (!waitingRoom || waitingRoom.seconds <= 0 || degraded) return { effective, why, rules, askMs: deps.rules.askMs };
  const { allowed, how, by, note: said } = await waitingRoom.wait(event, decided, left);
  if (allowed) return { effective: 'allow', why, rules, askMs: 0 };
  const who =
    how === 'denied' ? `${by || 'Warder'} said no${said === '' ? '' : `: ${said}`}` : 'nobody answered in time';
  return { effective, why: `${why} (${who})`, rules, askMs: 0 };
}

function extras({ problem, agentCallId, about }: McpAsked): Partial<ToolCall> {
  return {
    ...(problem === null ? {} : { flags: ['hidden'] as const }),
    ...(agentCallId === '' ? {} : { agentCallId }),
    ...(about === undefined ? {} : { about }),
  };
}

function callOf(server: string, { tool, toolUseId, input }: Pick<McpAsked, 'tool' | 'toolUseId' | 'input'>): ToolCall {
  return { toolUseId, tool: `mcp__${server}__${tool}`, input, action: { kind: 'mcp', server, tool }, fields: {} };
}

function headOf({ session, client, identity, cwd }: McpParty): Omit<EventHead, 'at'> {
  return {
    source: 'mcp',
    agent: identity.agent ?? agentOf(client.name),
    ...(client.version === '' ? {} : { agentVersion: client.version }),
    session,
    identity,
    ...(cwd === undefined || cwd === '' ? {} : { cwd }),
  };
}

function eventOf(note: McpNote) {
  switch (note.kind) {
    case 'result':
      return { kind: 'call-result', toolUseId: note.toolUseId, outcome: note.outcome } as const;
    case 'tools':
      return { kind: 'tools-declared', tools: note.tools, digest: note.digest, left: note.left } as const;
    case 'notice':
    case 'unparsed':
      return note;
    default:
      return note satisfies never;
  }
}

/** Names that MCP clients of known agents give themselves. */
const clients: readonly (readonly [RegExp, AgentId])[] = [
  [/^claude-code/, 'claude-code'],
  [/^codex/, 'codex'],
  [/^gemini-cli/, 'gemini-cli'],
  [/^qwen/, 'qwen-code'],
  [/^opencode/, 'opencode'],
  [/copilot/, 'copilot-cli'],
  [/^cursor/, 'cursor'],
  [/^cline/, 'cline'],
];

function agentOf(name: string): AgentId {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .slice(0, 60);
  return clients.find(([pattern]) => pattern.test(plain))?.[1] ?? (plain || 'mcp-client');
}

function within<T>(ms: number, value: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    value.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
