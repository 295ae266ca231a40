import { openApprovals } from './approvals.ts';
import type { Config } from './config.ts';
import type { Store } from './core/store.ts';
import { openMetering } from './metering.ts';
import type { LivePipeline } from './pipeline.ts';
import type { Live } from './tell/live.ts';

/** The same notice about one person and one thing at most this often, milliseconds. */
const noticeMs = 60_000;

/** Access rules, budgets and usage, and the room where calls wait for a person. Throws when a file of theirs is wrong. */
export async function openAccess(from: {
  readonly config: Pick<Config, 'home' | 'approvals'>;
  readonly store: Store;
  readonly pipeline: LivePipeline;
  readonly live: Live;
  /** The text without secrets. */
  mask(text: string): string;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}) {
  const { config, store, pipeline, live, mask, now, onTrouble } = from;
  const told = new Map<string, number>();
  const metering = await openMetering({
    home: config.home,
    store,
    now,
    onTrouble,
    changed(what) {
      pipeline
        .system(what)
        .catch((cause: unknown) =>
          onTrouble('store-unavailable', 'a change of the access rules was not recorded', cause),
        );
    },
    notice({ identity, agent }, what, text) {
      const key = `${identity.person}\0${agent}\0${text.replace(/\d[\d,.]*/g, '')}`;
      const at = performance.now();
      if (at - (told.get(key) ?? Number.NEGATIVE_INFINITY) < noticeMs) return;
      if (told.size > 1000) told.clear();
      told.set(key, at);
      const head = { at: now(), source: 'gateway', agent, session: '', identity } as const;
      void pipeline.note({ ...head, kind: 'notice', what, text: `${identity.person}: ${text}` });
    },
  });
  const { waitSeconds = 0, fallback = 'deny' } = config.approvals ?? {};
  const approvals = openApprovals({
    waitSeconds,
    fallback,
    record: pipeline.approval,
    shown: pipeline.recordOf,
    mask,
    publish: (pending) => live.publish({ type: 'approvals', pending }),
    now,
    onTrouble,
  });
  return { metering, approvals };
}
