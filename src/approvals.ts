import { randomUUID } from 'node:crypto';
import type { PendingApproval, Settled, WaitingRoom } from './core/approval.ts';
import type { AgentEvent } from './core/event.ts';
import type { Decided } from './core/ports.ts';
import type { CallRecord } from './core/verdict.ts';

type Asked = Extract<AgentEvent, { kind: 'call-asked' | 'call-before' }>;

export interface ApprovalDeps {
  /** 0: nobody waits. */
  readonly waitSeconds: number;
  /** What becomes of a call that nobody decided about in time. */
  readonly fallback: 'deny' | 'allow';
  /** Makes the end durable, with its receipt. Rejects when it cannot. */
  record(asked: Asked, call: string, settled: Settled): Promise<void>;
  /** What the person who decides is shown of a call; undefined when nothing is known. */
  shown(call: string): Promise<CallRecord | undefined>;
  /** The text without secrets. */
  mask(text: string): string;
  publish(pending: readonly PendingApproval[]): void;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}

/** Calls that wait for a person, in memory: who waits is connected to this process, so a restart ends the wait and nothing ran. */
export interface Approvals extends WaitingRoom {
  list(): readonly PendingApproval[];
  /** `gone`: nothing of that id waits. Rejects when the decision cannot be recorded; the call is denied then. */
  decide(id: string, decision: { approve: boolean; by: string; note: string }): Promise<PendingApproval | 'gone'>;
  health(): Readonly<Record<string, number>>;
  /** Everything that waits is denied. */
  close(): Promise<void>;
}

interface Waiting {
  readonly pending: PendingApproval;
  readonly asked: Asked;
  /** What was shown of it when it began to wait. */
  readonly look: Promise<string>;
  finish(settled: Settled): void;
}

/** More would be nobody's to read. */
const mostWaiting = 500;

const notAllowed = (how: Settled['how'], note: string): Settled => ({ how, by: '', note, allowed: false });

export function openApprovals(deps: ApprovalDeps): Approvals {
  const waiting = new Map<string, Waiting>();
  const counts = { approvalsAllowedByFallback: 0, approvalsExpired: 0 };

  /** Takes one out, so that nobody else can decide it; its client waits until the end is durable. */
  const end = async (id: string, settled: Settled): Promise<boolean> => {
    const one = waiting.get(id);
    if (!one) return false;
    waiting.delete(id);
    if (settled.how === 'expired') {
      counts.approvalsExpired += 1;
      if (settled.allowed) counts.approvalsAllowedByFallback += 1;
    }
    try {
      await deps.record(one.asked, one.pending.call, settled);
      one.finish(settled);
    } catch (cause) {
      one.finish({ ...settled, allowed: false, note: 'the decision could not be recorded' });
      deps.onTrouble(
        'approval-unrecorded',
        'the end of an approval could not be recorded, so its call was denied',
        cause,
      );
      throw cause;
    } finally {
      deps.publish(list());
    }
    return true;
  };
  const endQuietly = (id: string, settled: Settled): void => {
    // Told by `onTrouble` already, and the call is denied.
    end(id, settled).catch(() => {});
  };
  const list = (): readonly PendingApproval[] => [...waiting.values()].map(({ pending }) => pending);

  return {
    seconds: deps.waitSeconds,
    list,
    health: () => ({ approvalsWaiting: waiting.size, ...counts }),
    wait(asked, decided, left) {
      if (left.aborted) return Promise.resolve(notAllowed('cancelled', 'the client went away'));
      if (waiting.size >= mostWaiting)
        return Promise.resolve(notAllowed('denied', `${mostWaiting} calls wait already`));
      if ([...waiting.values()].some(({ pending: other }) => other.call === decided.call))
        return Promise.resolve(notAllowed('denied', 'a call with the same id waits already'));
      const pending = pendingOf(deps, asked, decided);
      const { id } = pending;
      return new Promise((resolve) => {
        const expire = () =>
          endQuietly(id, {
            how: 'expired',
            by: '',
            note: `nobody decided within ${deps.waitSeconds} s`,
            allowed: deps.fallback === 'allow',
          });
        const cancel = () => endQuietly(id, notAllowed('cancelled', 'the client went away'));
        const timer = setTimeout(expire, deps.waitSeconds * 1000);
        left.addEventListener('abort', cancel, { once: true });
        waiting.set(id, {
          pending,
          asked,
          look: lookOf(deps, decided.call),
          finish(settled) {
            clearTimeout(timer);
            left.removeEventListener('abort', cancel);
            resolve(settled);
          },
        });
        deps.publish(list());
      });
    },
    async decide(id, { approve, by, note }) {
      const one = waiting.get(id);
      if (!one) return 'gone';
      // Ids are the provider's: another call under the same one must not be let go in the place of what was read.
      const same = !approve || (await one.look) === (await lookOf(deps, one.pending.call));
      if (approve && !same) await end(id, notAllowed('denied', 'its id was used by another call while it waited'));
      else await end(id, { how: approve ? 'approved' : 'denied', by, note, allowed: approve });
      if (approve && !same) return 'gone';
      return one.pending;
    },
    async close() {
      const ends = [...waiting.keys()].map((id) => end(id, notAllowed('denied', 'Warder was stopped while it waited')));
      await Promise.allSettled(ends);
    },
  };
}

/** Two looks are the same only when both show something. */
async function lookOf({ shown, onTrouble }: ApprovalDeps, call: string): Promise<string> {
  const record = await shown(call).catch((cause: unknown) => {
    onTrouble('store-unavailable', 'a call that waits could not be read', cause);
    return undefined;
  });
  if (!record) return randomUUID();
  return JSON.stringify([record.tool, record.input]);
}

function pendingOf(
  { waitSeconds, fallback, mask, now }: ApprovalDeps,
  asked: Asked,
  decided: Decided,
): PendingApproval {
  const at = now();
  return {
    id: randomUUID(),
    call: decided.call,
    at,
    until: new Date(Date.parse(at) + waitSeconds * 1000).toISOString(),
    fallback,
    person: asked.identity.person,
    agent: asked.agent,
    session: mask(asked.session),
    tool: mask(asked.call.tool.slice(0, 256)).replace(/[^\x21-\x7e]/g, '?'),
    why: decided.verdict.why,
  };
}
