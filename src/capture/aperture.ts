import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '../core/event.ts';
import type { Result } from '../core/result.ts';
import type { Mode } from '../core/verdict.ts';
import { guardrailMemory } from './aperture-deps.ts';
import { requestSessions } from './aperture-exchange.ts';
import { type ApertureDeps, type Asked, failsClosed, type Running, takeEvent, takeRequest } from './aperture-hooks.ts';
import { ApertureWatch, type SeenOfAperture } from './aperture-watch.ts';
import { keysIn, problem, Slots, send } from './aperture-wire.ts';
import { Lately } from './lately.ts';

/** What came, and how this server answers. */
interface ApertureStatus extends SeenOfAperture {
  readonly mode: Mode;
  /** What it answers when it cannot judge: always `open` while observing. */
  readonly fails: 'open' | 'closed';
}

export interface Aperture {
  readonly listener: (req: IncomingMessage, res: ServerResponse) => void;
  status(): ApertureStatus;
}

/** Bodies that are read at the same time; others wait, unread. */
const mostAtOnce = 32;
const route = /^\/aperture\/(guardrail|events|status)\/?(?:\?.*)?$/;

/**
 * Tailscale Aperture's hooks: `POST /aperture/guardrail` before a request goes to its provider, `POST /aperture/events`
 * after its answer, `GET /aperture/status`. Nothing in a body names its event, so the address does; an answer in it
 * makes it an event anyway. Never throws.
 */
export function createAperture(deps: ApertureDeps): Aperture {
  const running: Running = {
    ...deps,
    memory: guardrailMemory(),
    sessions: requestSessions(),
    given: new Lately(5000),
    recorded: new Lately(20_000),
    watch: new ApertureWatch(deps.now(), deps.onNews),
    slots: new Slots(mostAtOnce),
  };
  return {
    status: () => statusOf(running),
    listener(req, res) {
      take(running, req, res).catch((cause: unknown) => {
        deps.onTrouble('aperture-failed', 'a hook of Aperture could not be answered', cause);
        problem(req, res, 500, 'aperture-failed', 'Warder could not answer this hook (an internal error).');
      });
    },
  };
}

const statusOf = (running: Running): ApertureStatus => ({
  ...running.watch.status(),
  mode: running.mode(),
  fails: failsClosed(running) ? 'closed' : 'open',
});

async function take(running: Running, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const arrived = performance.now();
  const at = route.exec(req.url ?? '')?.[1];
  if (at === undefined)
    return problem(req, res, 404, 'not-found', 'Aperture posts to /aperture/guardrail and /aperture/events.');
  const holder = await holderOf(running, req);
  if (holder === null)
    return problem(req, res, 503, 'keys-unavailable', 'Warder cannot read its keys: its store is not available.');
  if (!holder.ok) {
    running.watch.count('refusedKeys');
    return problem(req, res, 401, holder.error.code, holder.error.detail);
  }
  if (at === 'status') return send(req, res, 200, JSON.stringify(statusOf(running)));
  if (req.method !== 'POST') {
    res.setHeader('allow', 'POST');
    return problem(req, res, 405, 'post-only', 'Aperture sends its hooks with POST.');
  }
  const asked: Asked = { req, res, client: holder.value };
  if (at === 'events') return takeEvent(running, asked);
  await takeRequest(running, asked, running.settings.answerWithinMs - (performance.now() - arrived));
}

/** Whose key a request carries, in any of Aperture's forms; null when nobody can tell. */
async function holderOf(running: Running, req: IncomingMessage): Promise<Result<Identity | null> | null> {
  const offered = keysIn(req);
  try {
    for (const key of offered.slice(0, -1)) {
      const found = await running.holderOf(key);
      if (found.ok) return found;
    }
    return await running.holderOf(offered.at(-1) ?? '');
  } catch (cause) {
    running.onTrouble('aperture-keys', 'the keys cannot be read', cause);
    return null;
  }
}
