import type { SecretHit } from '../core/effect.ts';
import { entryOf, later, order } from './scan-counts.ts';
import type { ShownSecret } from './scan-judged.ts';
import type { SecretSeen } from './scan-report.ts';

/** Characters kept on each side of a masked value. */
const around = 24;

/** Secrets seen, by rule and place. Only masked text comes in. */
export interface SecretsSeen {
  add(from: { readonly session: string; readonly at: string }, secrets: readonly ShownSecret[]): void;
  list(): SecretSeen[];
}

export function createSecretsSeen(): SecretsSeen {
  const seen = new Map<string, { -readonly [K in keyof SecretSeen]: SecretSeen[K] } & { in: Set<string> }>();
  return {
    add(from, secrets) {
      for (const { rule, confidence, place, example } of secrets) {
        const entry = entryOf(seen, `${rule}\0${place}`, () => ({
          rule,
          confidence,
          place,
          times: 0,
          sessions: 0,
          lastAt: '',
          example,
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

/** A hit in its masked text: a few characters on each side, a long value cut. */
export function surroundings(masked: string, { span }: SecretHit): string {
  const start = Math.max(0, span.start - around);
  const end = Math.min(masked.length, span.end + around);
  const value = masked.slice(span.start, span.end);
  const short = value.length > 24 ? `${value.slice(0, 12)}…${value.slice(-4)}` : value;
  return `${start > 0 ? '…' : ''}${masked.slice(start, span.start)}${short}${masked.slice(span.end, end)}${end < masked.length ? '…' : ''}`;
}
