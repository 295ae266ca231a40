import { z } from 'zod';
import type { AgentAdapter, HookReply } from '../core/agent.ts';
import type { Identity } from '../core/event.ts';
import { upTo } from '../core/sized.ts';

/** Sent by `warder doctor`, and by no agent: nothing is judged or recorded, the answer shows that the way works. */
const probeSchema = z.strictObject({
  warder: z.literal('probe'),
  refuse: z
    .string()
    .refine(...upTo(64))
    .optional(),
});

/** What the adapter says to nothing of note, or the refusal that is asked for; null: the body is no probe. */
export function probeAnswer(
  adapter: AgentAdapter,
  body: unknown,
  who: { at: string; identity: Identity },
): HookReply | null {
  const probe = probeSchema.safeParse(body);
  if (!probe.success) return null;
  const { refuse } = probe.data;
  if (refuse !== undefined) return adapter.refuse(refuse, 'It was only asked whether a refusal arrives.');
  const head = { ...who, source: 'hook', agent: adapter.id, session: '' } as const;
  return adapter.reply({ ...head, kind: 'notice', what: 'probe', text: '' }, null);
}
