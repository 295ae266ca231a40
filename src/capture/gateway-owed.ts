import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { AnswerListener, Dialect, KeptPlace, OwedResult } from '../core/dialect.ts';

/** Bounds of what is remembered; the oldest goes first. */
export interface OwedLimits {
  /** Results in all. */
  readonly owedResults: number;
  /** Bytes of all of them, reckoned from their length. */
  readonly owedBytes: number;
}

/** Results that are owed to answers a provider keeps, each for the person who got the answer. In memory alone. */
export class OwedResults {
  readonly #limits: OwedLimits;
  readonly #places = new Map<string, Map<string, OwedResult>>();
  #results = 0;
  #bytes = 0;

  constructor(limits: OwedLimits) {
    this.#limits = limits;
  }

  /** True while nothing is owed to anybody. */
  get none(): boolean {
    return this.#results === 0;
  }

  remember(person: string, place: KeptPlace, owed: readonly OwedResult[]): void {
    if (owed.length === 0) return;
    for (const key of keysOf(person, place)) {
      const known = this.#places.get(key);
      this.#drop(key);
      this.#keep(key, new Map([...(known ?? []), ...owed.map((each) => [each.callId, each] as const)]));
    }
    for (const key of this.#places.keys()) {
      if (this.#results <= this.#limits.owedResults && this.#bytes <= this.#limits.owedBytes) break;
      this.#drop(key);
    }
  }

  at(person: string, place: KeptPlace): readonly OwedResult[] {
    return keysOf(person, place).flatMap((key) => [...(this.#places.get(key)?.values() ?? [])]);
  }

  /** These were brought: a conversation has them now, while an answer stays as it was for whoever goes on from it again. */
  settle(person: string, conversation: string, brought: readonly OwedResult[]): void {
    for (const key of keysOf(person, { answer: '', conversation })) {
      const left = new Map(this.#places.get(key) ?? []);
      for (const { callId } of brought) left.delete(callId);
      this.#drop(key);
      if (left.size > 0) this.#keep(key, left);
    }
  }

  #keep(key: string, results: Map<string, OwedResult>): void {
    this.#places.set(key, results);
    this.#results += results.size;
    this.#bytes += bytesOf(key, results);
  }

  #drop(key: string): void {
    const results = this.#places.get(key);
    if (!results) return;
    this.#places.delete(key);
    this.#results -= results.size;
    this.#bytes -= bytesOf(key, results);
  }
}

const keysOf = (person: string, { answer, conversation }: KeptPlace): readonly string[] => [
  ...(answer === '' ? [] : [JSON.stringify([person, 'answer', answer])]),
  ...(conversation === '' ? [] : [JSON.stringify([person, 'conversation', conversation])]),
];

/** Two bytes for each character, the most that an engine takes. */
const bytesOf = (key: string, results: ReadonlyMap<string, OwedResult>): number =>
  [...results.values()].reduce((sum, { callId, json }) => sum + 2 * (key.length + callId.length + json.length), 0);

/** A request on its way to a provider that may keep what it answers. */
interface Request {
  readonly req: IncomingMessage;
  readonly person: string;
  readonly dialect: Dialect;
  readonly body: Buffer;
  /** The body as text; null for one whose copy is not read. */
  readonly text: string | null;
}

/** The request's body with what it owes, and the ear for what its answer will owe. */
export function goingOn(
  memory: OwedResults,
  { req, person, dialect, body, text }: Request,
): { readonly body: Buffer; readonly kept: NonNullable<AnswerListener['kept']> } {
  const from = memory.none || text === null || req.method !== 'POST' ? null : (dialect.goingOn?.from(text) ?? null);
  const owed = from ? memory.at(person, from) : [];
  return {
    body: owed.length === 0 || text === null ? body : withOwed(req, dialect, body, text, owed),
    kept(place, more, ended) {
      if (ended && from && from.conversation !== '' && from.conversation === place.conversation)
        memory.settle(person, from.conversation, owed);
      memory.remember(person, place, more);
    },
  };
}

function withOwed(
  req: IncomingMessage,
  dialect: Dialect,
  body: Buffer,
  text: string,
  owed: readonly OwedResult[],
): Buffer {
  const coding = req.headers['content-encoding'] ?? 'identity';
  // Bytes that are no text would not come out of it as they went in.
  if (coding !== 'identity' || !isUtf8(body)) return body;
  const edited = dialect.goingOn?.withResults(text, owed);
  return edited ? Buffer.from(edited, 'utf8') : body;
}
