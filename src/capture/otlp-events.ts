import { createHash } from 'node:crypto';
import type { AgentEvent, AgentId, EventHead, Identity, ToolCall } from '../core/event.ts';
import type { TelemetryItem, TelemetryRecord, TelemetryTelling } from '../core/telemetry.ts';

export type TelemetryEvent = AgentEvent & { readonly delivery: string };

export interface TelemetryReading {
  read(record: TelemetryRecord): TelemetryTelling;
  call(agent: AgentId, tool: string, input: unknown, toolUseId: string): ToolCall;
}

/** What a request's records come to. `quiet`: known records of no use; `unknown`: those that are kept as they came. */
export interface TelemetryRead {
  readonly events: readonly TelemetryEvent[];
  readonly quiet: number;
  readonly unknown: number;
}

/** Raw text kept of a record nobody understands, and how many sorts of them one request may leave. */
const rawUnits = 8_192;
const mostSorts = 50;

/**
 * Records → events as the live path takes them: source `telemetry`, their own times, calls that nothing binds any more.
 * What is not understood is kept once for each sort in the request, with how often it came.
 */
export function telemetryEvents(
  records: readonly TelemetryRecord[],
  identity: Identity,
  { read, call }: TelemetryReading,
  calls: CallsWithoutIds,
): TelemetryRead {
  const events: TelemetryEvent[] = [];
  const unread = new Map<string, { record: TelemetryRecord; agent: AgentId; session: string; times: number }>();
  let quiet = 0;
  let unknown = 0;
  for (const record of records) {
    const told = read(record);
    if (told.kind === 'quiet') quiet += 1;
    else if (told.kind === 'unknown') {
      unknown += 1;
      const agent = told.agent ?? 'unknown';
      const sort = unread.size < mostSorts ? `${agent}\0${told.session}\0${record.signal}\0${record.name}` : 'others';
      const known = unread.get(sort);
      if (known === undefined) unread.set(sort, { record, agent, session: told.session, times: 1 });
      else known.times += 1;
    } else {
      const digest = digestOf(record);
      const named = calls.named(told, record);
      for (const [index, item] of named.entries())
        events.push({
          ...headOf(told, item, record, identity),
          ...eventOf(item, told.agent, call),
          delivery: `o_${digest}_${index}`,
        });
    }
  }
  for (const { record, agent, session, times } of unread.values()) {
    const what = `${record.signal === 'span' ? 'a span' : 'a log record'} of telemetry that Warder does not know: ${record.name}`;
    const why = times === 1 ? what : `${what} (${times} of them; the first is kept)`;
    const head = { at: record.at, source: 'telemetry', agent, session, identity } as const;
    const delivery = `o_${digestOf({ ...record, times })}_u`;
    events.push({ ...head, kind: 'unparsed', why, raw: rawOf(record), delivery });
  }
  return { events: events.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)), quiet, unknown };
}

type Told = Extract<TelemetryTelling, { readonly kind: 'told' }>;

function headOf(told: Told, item: TelemetryItem, record: TelemetryRecord, identity: Identity): EventHead {
  const { agent, agentVersion, session, subagent } = told;
  return {
    at: ('at' in item ? item.at : undefined) ?? record.at,
    source: 'telemetry',
    agent,
    session,
    identity,
    ...(agentVersion === '' ? {} : { agentVersion }),
    ...(subagent === '' ? {} : { subagent }),
  };
}

type Rest = AgentEvent extends infer E ? (E extends EventHead ? Omit<E, keyof EventHead> : never) : never;

function eventOf(item: TelemetryItem, agent: AgentId, call: TelemetryReading['call']): Rest {
  switch (item.kind) {
    case 'prompt':
      return { kind: 'prompt', text: item.text };
    case 'call':
      return { kind: 'call-asked', call: call(agent, item.tool, item.input, item.toolUseId), late: true };
    case 'result':
      return { kind: 'call-result', toolUseId: item.toolUseId, outcome: item.outcome };
    case 'notice':
      return { kind: 'notice', what: item.what, text: item.text };
    default:
      return item satisfies never;
  }
}

/** The same record sent again has the same digest. */
const digestOf = (record: object): string =>
  createHash('sha256').update(JSON.stringify(record)).digest('base64url').slice(0, 32);

const rawOf = ({ name, body, attributes, resource }: TelemetryRecord): string =>
  JSON.stringify({ name, body, attributes, resource }).slice(0, rawUnits);

/**
 * An agent may tell of a call in a log without an id and in a span with one, in any order: both are one call. Bounded;
 * the oldest are forgotten.
 */
export interface CallsWithoutIds {
  /** The items of a record with an id in each call and its result. */
  named(told: Told, record: TelemetryRecord): readonly TelemetryItem[];
}

const mostCalls = 5_000;

export function createCallsWithoutIds(): CallsWithoutIds {
  /** What was called → ids by which one side told of it and the other did not yet. */
  const waiting = new Map<string, { readonly toolUseId: string; readonly from: 'log' | 'span' }[]>();
  return {
    named({ agent, session, items }, record) {
      const called = items.find((item) => item.kind === 'call');
      if (called === undefined || (called.toolUseId !== '' && record.signal === 'log')) return items;
      const key = digestOf([agent, session, called.tool, called.input]);
      const open = waiting.get(key) ?? [];
      const other = open.findIndex(({ from }) => from !== record.signal);
      const found = other === -1 ? undefined : open.splice(other, 1)[0];
      const toolUseId =
        found?.toolUseId ?? (called.toolUseId === '' ? `tel_${digestOf(record).slice(0, 24)}` : called.toolUseId);
      if (found === undefined) open.push({ toolUseId, from: record.signal });
      waiting.delete(key);
      if (open.length > 0) waiting.set(key, open);
      const [oldest] = waiting.keys();
      if (waiting.size > mostCalls && oldest !== undefined) waiting.delete(oldest);
      return items.map((item) => (item.kind === 'call' || item.kind === 'result' ? { ...item, toolUseId } : item));
    },
  };
}
