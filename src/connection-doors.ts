import { watchConnections } from './cli/connection-watch.ts';
import type { Identity } from './core/event.ts';
import type { Pipeline } from './core/ports.ts';

/** On a machine with its own server, the server looks that agents stay connected, as the device process does elsewhere. */
export function openConnectionWatch(world: {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly owner: Identity;
  readonly pipeline: Pick<Pipeline, 'note'>;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): { close(): void } {
  const { home, env, owner, pipeline, onTrouble } = world;
  return watchConnections({
    home,
    env,
    report: (agent, at, change) =>
      pipeline.note({ at, source: 'hook', agent, session: '', identity: owner, kind: 'config-change', ...change }),
    onTrouble: (code, detail) => onTrouble(code, detail, null),
  });
}
