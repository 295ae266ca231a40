import type { RequestListener } from 'node:http';
import { toolCall } from './agent-calls.ts';
import type { createIdentity } from './capture/identity.ts';
import { createImportIntake } from './capture/import-intake.ts';
import { createOtlpIntake, type OtlpHealth } from './capture/otlp.ts';
import type { Store } from './core/store.ts';
import { readTelemetry } from './normalise/telemetry/telemetry.ts';
import type { LivePipeline } from './pipeline.ts';
import type { Home } from './record/home.ts';

/** Where is told what has happened already. */
export interface ToldDoors {
  /** `/import` and `/import/marks`: transcripts. */
  readonly transcripts: RequestListener;
  /** `/v1/logs`, `/v1/traces`, `/v1/metrics`: what agents export. */
  readonly telemetry: RequestListener;
  health(): OtlpHealth;
}

export function openToldDoors(from: {
  readonly store: Store;
  readonly home: Pick<Home, 'hmac'>;
  readonly pipeline: Pick<LivePipeline, 'deliver'>;
  readonly identity: Pick<ReturnType<typeof createIdentity>, 'identify'>;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): ToldDoors {
  const { store, home, pipeline, identity, now, onTrouble } = from;
  const shared = { identify: identity.identify, deliver: pipeline.deliver, call: toolCall, onTrouble };
  const otlp = createOtlpIntake({ ...shared, read: readTelemetry, now });
  return {
    transcripts: createImportIntake({ ...shared, settings: store, hmac: home.hmac, now }),
    telemetry: otlp.listener,
    health: otlp.health,
  };
}
