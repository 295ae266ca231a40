import type { RequestListener } from 'node:http';
import { toolCall } from './agent-calls.ts';
import type { createIdentity } from './capture/identity.ts';
import { createImportIntake } from './capture/import-intake.ts';
import type { Store } from './core/ports.ts';
import type { LivePipeline } from './pipeline.ts';
import type { Home } from './record/home.ts';

/** Where is told what has happened already. */
export interface ToldDoors {
  /** `/import` and `/import/marks`: transcripts. */
  readonly transcripts: RequestListener;
}

export function openToldDoors(from: {
  readonly store: Store;
  readonly home: Pick<Home, 'hmac'>;
  readonly pipeline: Pick<LivePipeline, 'deliver'>;
  readonly identity: Pick<ReturnType<typeof createIdentity>, 'identify'>;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): ToldDoors {
  const { store, home, pipeline, identity, onTrouble } = from;
  return {
    transcripts: createImportIntake({
      identify: identity.identify,
      deliver: pipeline.deliver,
      call: toolCall,
      settings: store,
      hmac: home.hmac,
      onTrouble,
    }),
  };
}
