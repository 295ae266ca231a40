// How each agent takes an answer, written down here apart from the adapters: tried with real clients where
// test/fixtures/<agent>/<version>/replies or test/real-hooks-<agent>.test.ts say so, else by documentation.

/** What the hook intake sent. */
export interface Sent {
  readonly status: number;
  /** Header `x-warder-exit`. */
  readonly exit: string | undefined;
  readonly body: string;
}

/** What a command hook ended with. */
interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Member = Readonly<Record<string, unknown>>;

function object(text: string): Member | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : null;
  } catch {
    return null;
  }
}

/** The device client, called with `block`: src/device/warder-hook.sh. */
function throughClient({ status, exit, body }: Sent, cline: boolean): Ended {
  const blocked: Ended = cline
    ? { exit: 0, stdout: '{"cancel":true,"errorMessage":"x"}', stderr: '' }
    : { exit: 2, stdout: '', stderr: 'Blocked: Warder could not judge this.' };
  if (status !== 200) return blocked;
  if (exit === undefined) return /^\{[\s\S]*\}$/.test(body) ? { exit: 0, stdout: body, stderr: '' } : blocked;
  if (!/^\d{1,2}$/.test(exit)) return blocked;
  if (exit === '0') return { exit: 0, stdout: body, stderr: '' };
  return { exit: Number(exit), stdout: '', stderr: body === '' ? 'Blocked by Warder.' : body };
}

/** Status 2 with a word on stderr. */
const refusedByStatus = ({ exit, stderr }: Ended): boolean => exit === 2 && stderr.trim() !== '';

/** `hookSpecificOutput.permissionDecision`; `asks`: the agent asks, or denies what asks. */
const claudeStyle =
  (asks: boolean) =>
  (ended: Ended): boolean => {
    if (refusedByStatus(ended)) return false;
    const special = object(JSON.stringify(object(ended.stdout)?.hookSpecificOutput ?? null));
    const decision = special?.permissionDecision;
    return !(decision === 'deny' || (asks && decision === 'ask'));
  };

const known = new Set(['continue', 'stopReason', 'systemMessage', 'decision', 'reason', 'hookSpecificOutput']);

/** One member that it does not know, or no reason, and the tool runs. */
function codexRuns(ended: Ended): boolean {
  if (refusedByStatus(ended)) return false;
  const said = object(ended.stdout);
  if (said === null || Object.keys(said).some((name) => !known.has(name))) return true;
  const special = object(JSON.stringify(said.hookSpecificOutput ?? null));
  const reason = special?.permissionDecisionReason;
  return !(special?.permissionDecision === 'deny' && typeof reason === 'string' && reason !== '');
}

/** Whether a tool call runs unasked after this answer. */
const commandRuns: Readonly<Record<string, (ended: Ended, hook: string) => boolean>> = {
  antigravity: ({ exit, stdout }) => exit === 0 && object(stdout)?.decision === 'allow',
  cline: ({ stdout }) => object(stdout)?.cancel !== true,
  codex: codexRuns,
  'copilot-cli': claudeStyle(true),
  // A question is put before a shell command only.
  cursor: (ended, hook) => {
    if (refusedByStatus(ended) || ended.exit !== 0) return false;
    const said = object(ended.stdout);
    const asks = hook === 'beforeShellExecution' && said?.permission === 'ask';
    return said !== null && said.permission !== 'deny' && !asks;
  },
  droid: claudeStyle(false),
  'gemini-cli': (ended) => {
    if (refusedByStatus(ended)) return false;
    const decision = object(ended.stdout)?.decision;
    return decision !== 'deny' && decision !== 'block';
  },
  generic: ({ exit, stdout }) => exit === 0 && object(stdout)?.decision === 'allow',
  goose: (ended) => ended.exit === 0 && object(ended.stdout)?.decision !== 'block',
  kiro: (ended) => !refusedByStatus(ended),
  'qwen-code': claudeStyle(true),
  'vscode-copilot': claudeStyle(true),
  windsurf: (ended) => !refusedByStatus(ended),
};

/** Plugins of Warder's own: whatever is no yes is a no. */
const pluginRuns = (sent: Sent): boolean => sent.status === 200 && object(sent.body)?.decision === 'allow';

/** HTTP hooks with `onFailure: block`. */
const claudeRuns = (sent: Sent): boolean =>
  sent.status === 200 && object(sent.body) !== null && claudeStyle(true)({ exit: 0, stdout: sent.body, stderr: '' });

/** Whether this agent runs a tool call after this answer of that hook, without asking anybody. Null: nobody wrote down how it takes answers. */
export function runsAfter(agent: string, sent: Sent, hook = ''): boolean | null {
  if (agent === 'claude-code') return claudeRuns(sent);
  if (agent === 'opencode' || agent === 'pi' || agent === 'openclaw') return pluginRuns(sent);
  const runs = commandRuns[agent];
  return runs === undefined ? null : runs(throughClient(sent, agent === 'cline'), hook);
}
