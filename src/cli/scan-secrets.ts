import type { SecretHit } from '../core/effect.ts';
import { entryOf, later, order } from './scan-counts.ts';
import type { SecretSeen } from './scan-report.ts';

/** Characters kept on each side of a masked value. */
const around = 24;

/** Secrets seen, by rule and place. Only masked text comes in. */
export interface SecretsSeen {
  /** `masked`: the text a hit points into, by the hit's field. */
  add(
    from: { readonly session: string; readonly at: string },
    place: string,
    hits: readonly SecretHit[],
    masked: (field: string) => string,
  ): void;
  list(): SecretSeen[];
}

export function createSecretsSeen(): SecretsSeen {
  const seen = new Map<string, { -readonly [K in keyof SecretSeen]: SecretSeen[K] } & { in: Set<string> }>();
  return {
    add(from, place, hits, masked) {
      for (const hit of hits) {
        const entry = entryOf(seen, `${hit.rule}\0${place}`, () => ({
          rule: hit.rule,
          confidence: hit.confidence,
          place,
          times: 0,
          sessions: 0,
          lastAt: '',
          example: surroundings(masked(hit.span.field), hit),
          session: from.session,
          in: new Set<string>(),
        }));
        entry.times += 1;
        entry.lastAt = later(entry.lastAt, from.at);
        entry.in.add(from.session);
        entry.sessions = entry.in.size;
      }
    },
    list: () =>
      [...seen.values()]
        .map(({ in: _in, ...secret }) => secret)
        .sort((a, b) => order(b.confidence, a.confidence) || b.times - a.times || order(a.rule, b.rule)),
  };
}

function surroundings(masked: string, { span }: SecretHit): string {
  const start = Math.max(0, span.start - around);
  const end = Math.min(masked.length, span.end + around);
  const value = masked.slice(span.start, span.end);
  const short = value.length > 24 ? `${value.slice(0, 12)}…${value.slice(-4)}` : value;
  return `${start > 0 ? '…' : ''}${masked.slice(start, span.start)}${short}${masked.slice(span.end, end)}${end < masked.length ? '…' : ''}`;
}
