import type { HookReply } from '../../core/agent.ts';

/** What leaves the decision to the agent's own rules. */
export const noOpinion: HookReply = { status: 200, body: '{}' };

/**
 * The refusal that every agent with command hooks honours, Cline aside: `reason` on stderr, status 2, nothing on stdout.
 * Without a text some of them run the tool.
 */
export const refused = (reason: string): HookReply => ({
  status: 200,
  body: reason.trim() === '' ? 'Denied by Warder.' : reason,
  exit: 2,
});

/** Said beside what goes on, in the member that agents show to a person. */
export const told = (systemMessage: string): HookReply => ({ status: 200, body: JSON.stringify({ systemMessage }) });
