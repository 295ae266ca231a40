import { z } from 'zod';
import { knownServer } from './agent-files.ts';

const seen = z.looseObject({
  count: z.number(),
  lastAt: z.string().nullable(),
  tailnet: z.string(),
  sends: z.array(z.string()),
});
const statusSchema = z.looseObject({
  since: z.string(),
  guardrail: seen,
  events: seen,
  toolEvents: z.enum(['unknown', 'arriving', 'stopped']),
  trouble: z.string(),
  failedOpen: z.number(),
  failedClosed: z.number(),
  refusedKeys: z.number(),
  mode: z.enum(['observe', 'enforce']),
  fails: z.enum(['open', 'closed']),
});

export type SeenStatus = z.infer<typeof statusSchema>;

/** What the running server of this home has seen of Aperture; null when none runs. */
export async function statusOf(home: string): Promise<SeenStatus | null> {
  const server = knownServer(home);
  if (server === null) return null;
  const response = await fetch(`${server.url}/aperture/status`, {
    headers: { authorization: `Bearer ${server.apiToken}` },
  }).catch(() => null);
  if (!response?.ok) return null;
  const parsed = statusSchema.safeParse(await response.json());
  return parsed.success ? parsed.data : null;
}

/** The status as lines for a person. */
export function showStatus(status: SeenStatus | null): string {
  if (status === null)
    return 'No server is running here, so nothing can be said of what came. Start it: warder serve\n';
  const line = (name: string, { count, lastAt, tailnet, sends }: SeenStatus['guardrail']): string =>
    lastAt === null
      ? `${name} nothing came since ${status.since}`
      : `${name} ${count}, the last at ${lastAt}${tailnet === '' ? '' : ` from ${tailnet}`}, with ${sends.join(', ') || 'nothing but metadata'}`;
  const { failedOpen, failedClosed, refusedKeys } = status;
  return [
    line('Requests:', status.guardrail),
    line('Events:  ', status.events),
    `Mode:     ${status.mode}; what cannot be judged is ${status.fails === 'open' ? 'let go' : 'blocked'}`,
    `Unjudged: ${failedOpen} let go, ${failedClosed} blocked. Keys refused: ${refusedKeys}.`,
    ...(status.trouble === '' ? [] : [`■ ${status.trouble}`]),
    '',
  ].join('\n');
}
