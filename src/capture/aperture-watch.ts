import type { HookCall } from '../core/aperture.ts';

/** What one of the two addresses has seen. */
interface HookSeen {
  readonly count: number;
  /** ISO 8601 UTC; null: nothing came yet. */
  readonly lastAt: string | null;
  readonly tailnet: string;
  /** What it was sent at least once, by Aperture's own names. */
  readonly sends: readonly string[];
}

/** What the running server has seen of Aperture; no content. */
export interface SeenOfAperture {
  readonly since: string;
  readonly guardrail: HookSeen;
  readonly events: HookSeen;
  readonly toolEvents: 'unknown' | 'arriving' | 'stopped';
  /** What to do about it; `''` while nothing is wrong. */
  readonly trouble: string;
  /** Answers given because Warder itself could not judge. */
  readonly failedOpen: number;
  readonly failedClosed: number;
  readonly refusedKeys: number;
}

/** So many calls without the answer that asked for them are no accident. */
const silentCalls = 10;
const silentRequests = 50;

/** Watches whether both hooks are at work. `told` gets what a person must know: that tool events stopped, and that they came back. */
export class ApertureWatch {
  readonly #since: string;
  readonly #told: (trouble: string) => void;
  readonly #seen = { guardrail: fresh(), events: fresh() };
  readonly #counts = { failedOpen: 0, failedClosed: 0, refusedKeys: 0 };
  /** Since the last event that held an answer. */
  #silent = { calls: 0, requests: 0, empty: 0 };
  #toolEvents: SeenOfAperture['toolEvents'] = 'unknown';
  #trouble = '';

  constructor(since: string, told: (trouble: string) => void) {
    this.#since = since;
    this.#told = told;
  }

  came(at: 'guardrail' | 'events', when: string, call: HookCall): void {
    const seen = this.#seen[at];
    seen.count += 1;
    seen.lastAt = when;
    seen.tailnet = call.metadata.tailnet || seen.tailnet;
    for (const send of sendsIn(call)) seen.sends.add(send);
  }

  count(what: 'failedOpen' | 'failedClosed' | 'refusedKeys'): void {
    this.#counts[what] += 1;
  }

  /** A request came; `fromHistory` of its calls were in no answer that was told of. */
  request({ fromHistory }: { readonly fromHistory: number }): void {
    this.#silent.requests += 1;
    this.#silent.calls += fromHistory;
    if (this.#silent.calls < silentCalls && this.#silent.requests < silentRequests) return;
    if (this.#toolEvents === 'stopped') return;
    this.#toolEvents = 'stopped';
    this.#trouble = this.#silent.empty > 0 ? emptyEvents : noEvents;
    this.#told(this.#trouble);
  }

  /** An event came, with or without the answer in it. */
  event({ answered }: { readonly answered: boolean }): void {
    if (!answered) {
      this.#silent.empty += 1;
      return;
    }
    this.#silent = { calls: 0, requests: 0, empty: 0 };
    const cameBack = this.#toolEvents === 'stopped';
    this.#toolEvents = 'arriving';
    this.#trouble = '';
    if (cameBack) this.#told('');
  }

  status(): SeenOfAperture {
    const { guardrail, events } = this.#seen;
    return {
      since: this.#since,
      guardrail: { ...guardrail, sends: [...guardrail.sends] },
      events: { ...events, sends: [...events.sends] },
      toolEvents: this.#toolEvents,
      trouble: this.#trouble,
      ...this.#counts,
    };
  }
}

const fresh = () => ({ count: 0, lastAt: null as string | null, tailnet: '', sends: new Set<string>() });

const noEvents =
  'Aperture still asks the guardrail, but no event tells of the answers any more. Look whether the post hook is granted and reachable, and whether database.retention.purge names "tools": it keeps events of tool calls from being sent. Check: warder aperture check FILE';
const emptyEvents =
  'Aperture sends events, but no answers in them. Add "response_body" to the send list of the post hook, and look whether database.retention.purge takes it out. Check: warder aperture check FILE';

function sendsIn(call: HookCall): string[] {
  const { metadata } = call;
  const sent: readonly (readonly [string, boolean])[] = [
    ['request_body', call.request !== ''],
    ['response_body', call.response !== ''],
    ['raw_responses', call.rawResponses !== ''],
    ['user_message', call.userMessage !== ''],
    ['tools', call.toolCalls !== null],
    ['grants', metadata.grants !== null],
    ['estimated_cost', metadata.cost !== null],
    ['quotas', metadata.quotas !== null],
  ];
  return sent.flatMap(([name, there]) => (there ? [name] : []));
}
