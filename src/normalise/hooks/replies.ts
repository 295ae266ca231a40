import type { HookReply } from '../../core/agent.ts';
import type { Verdict } from '../../core/verdict.ts';
import { passedFor } from './reason.ts';

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

/** Said beside what passed without a full check. `why`: one sentence. */
export const letGo = (why: string): HookReply => told(passedFor(why));

/** What may go on goes on without a word, except where it was not fully judged. */
export const goesOn = (verdict: Verdict | null): HookReply =>
  verdict?.degraded === undefined ? noOpinion : letGo(`${verdict.degraded}.`);
