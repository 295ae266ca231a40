import { type CoverageRow, witness } from '../core/coverage.ts';
import type { AgentEvent, AgentId, Source } from '../core/event.ts';
import type { Store } from '../core/store.ts';
import { type AlertDraft, type CallRecord, severityOf } from '../core/verdict.ts';
import type { OpenSession } from './known.ts';

/**
 * Knows by which channels (hooks, gateway) each agent of a person's works on a device, and says when one that was at work
 * is gone: a whole session without it, not an odd call.
 */
export interface Channels {
  /** A hook or the gateway told of a call. */
  seen(event: AgentEvent): void;
  /** A call has run: what its session lacks, once it is enough to tell of; mostly nothing. Never rejects. */
  ended(
    record: CallRecord,
    told: { readonly source: Source; readonly agentVersion?: string },
    session: OpenSession,
  ): Promise<readonly AlertDraft[]>;
}

interface ChannelsDeps {
  readonly store: Pick<Store, 'coverage' | 'calls'>;
  now(): string;
  /** First version of an agent that runs nothing when its hook fails; absent: every version does as well as any other. */
  failsClosedSince?(agent: AgentId): string | undefined;
}

/** So far back counts what was at work before, days. */
const daysBack = 30;
/** Calls by a channel that make it one that is at work there, and calls without it that are worth telling of. */
const enough = 3;
/** A conversation that the gateway had to name itself may belong to a session whose hooks told something within this time. */
const lookAroundMs = 10 * 60_000;
const mostKept = 5000;
const dayMs = 86_400_000;

/** Sessions that the gateway made up (capture/gateway.ts). */
const madeUp = /^conv_/;

/** Calls. `both`: hook and gateway told of the same one, so the two name the agent's sessions alike. */
interface AtWork {
  hook: number;
  gateway: number;
  both: number;
}

interface Today extends AtWork {
  /** Milliseconds since 1970 of the first call by hook or gateway today, of the last, and of the gateway's last under a made-up session. */
  hookSince: number;
  gatewaySince: number;
  hookLast: number;
  gatewayLast: number;
  madeUpLast: number;
}

type Lack = 'agent-without-hooks' | 'agent-without-gateway' | 'seen-only-in-transcript';
type Told = Lack | 'client-too-old';

const weights: Readonly<Record<Told, number>> = {
  'agent-without-hooks': 75,
  'agent-without-gateway': 60,
  'seen-only-in-transcript': 75,
  'client-too-old': 60,
};

/** Reads who was at work in the last 30 days. Rejects when the store cannot be read. */
export async function createChannels({ store, now, failsClosedSince }: ChannelsDeps): Promise<Channels> {
  const today = new Map<string, Today>();
  const counts = new Map<string, number>();
  const plain = new Map<string, boolean>();
  const earlier = new Map<string, Promise<ReadonlyMap<string, AtWork>>>();
  let day = now().slice(0, 10);

  /** At work in the 30 days before a day, that day not among them. */
  const before = (asked: string): Promise<ReadonlyMap<string, AtWork>> => {
    const known = earlier.get(asked);
    if (known !== undefined) return known;
    const from = new Date(Date.parse(asked) - daysBack * dayMs).toISOString().slice(0, 10);
    const found = Promise.all([store.coverage(from), store.coverage(asked)]).then(([all, since]) => atWork(all, since));
    found.catch(() => earlier.delete(asked));
    remember(earlier, asked, found, daysBack + 2);
    return found;
  };
  const here = (agent: AgentId, person: string, device: string): Today => {
    const key = keyOf(agent, person, device);
    const never = Number.NEGATIVE_INFINITY;
    const fresh = {
      hook: 0,
      gateway: 0,
      both: 0,
      hookSince: Number.POSITIVE_INFINITY,
      gatewaySince: Number.POSITIVE_INFINITY,
      hookLast: never,
      gatewayLast: never,
      madeUpLast: never,
    };
    const known = today.get(key) ?? fresh;
    remember(today, key, known, mostKept);
    return known;
  };
  const turnOver = (at: string): void => {
    if (at.slice(0, 10) <= day) return;
    day = at.slice(0, 10);
    today.clear();
    earlier.clear();
  };

  const started = Date.parse(now());
  for (const [key, sums] of atWork(await store.coverage(day), [])) {
    const [agent = '', person = '', device = ''] = key.split('\0');
    Object.assign(here(agent, person, device), sums, { hookSince: started, gatewaySince: started });
  }
  await before(day);

  /** Whether what is lacked was at work there before the call. */
  const was = async (lack: Lack, record: CallRecord): Promise<boolean> => {
    const { agent, person, device, at } = record;
    const known = (await before(at.slice(0, 10))).get(keyOf(agent, person, device));
    const now = at.slice(0, 10) === day ? today.get(keyOf(agent, person, device)) : undefined;
    const ms = Date.parse(at);
    const hook = (known?.hook ?? 0) + (now !== undefined && now.hookSince < ms ? now.hook : 0);
    const gateway = (known?.gateway ?? 0) + (now !== undefined && now.gatewaySince < ms ? now.gateway : 0);
    if (lack === 'agent-without-hooks') return hook >= enough;
    return lack === 'agent-without-gateway' ? gateway >= enough : Math.max(hook, gateway) >= enough;
  };

  const count = (key: string): number => {
    const calls = (counts.get(key) ?? 0) + 1;
    remember(counts, key, calls, mostKept);
    return calls;
  };

  /** No call of the session was seen by anything but its transcript. */
  const onlyTold = async (session: string): Promise<boolean> => {
    const known = plain.get(session);
    if (known !== undefined) return known;
    const { items } = await store.calls({ session, limit: 100 });
    const only = !items.some(({ phases }) => phases.some(({ source }) => isChannel(source)));
    remember(plain, session, only, mostKept);
    return only;
  };

  async function lacks(record: CallRecord, source: Source, session: OpenSession): Promise<Lack | null> {
    const { agent, person, device, phases } = record;
    if (record.session === '' || !(Date.parse(record.at) > Date.parse(now()) - daysBack * dayMs)) return null;
    const by = (one: 'hook' | 'gateway') => phases.some((phase) => channelOf(phase.source) === one);
    const around = here(agent, person, device);
    if (by('hook') && by('gateway')) {
      around.both += 1;
      return null;
    }
    const lately = (ms: number) => Date.parse(now()) - ms < lookAroundMs;
    const joins = async () => around.both + ((await before(day)).get(keyOf(agent, person, device))?.both ?? 0) > 0;
    if (channelOf(source) === 'gateway') {
      if (session.hooks) return null;
      const alone = !lately(around.hookLast) || (!madeUp.test(record.session) && (await joins()));
      return alone ? 'agent-without-hooks' : null;
    }
    if (source === 'hook') {
      if (session.gateway) return null;
      const alone = !lately(around.gatewayLast) || (!lately(around.madeUpLast) && (await joins()));
      return alone ? 'agent-without-gateway' : null;
    }
    if (source !== 'transcript' && source !== 'telemetry') return null;
    if (by('hook') || by('gateway') || session.hooks || session.gateway) return null;
    return (await onlyTold(record.session)) ? 'seen-only-in-transcript' : null;
  }

  return {
    seen(event) {
      turnOver(event.at);
      if (event.kind !== 'call-before' && event.kind !== 'call-asked') return;
      // What only reports is late, and comes when it comes.
      const channel = event.source === 'aperture' ? null : channelOf(event.source);
      if (channel === null) return;
      const { person, device } = event.identity;
      const mine = here(event.agent, person, device);
      const ms = Date.parse(event.at);
      mine[channel] += 1;
      if (channel === 'hook') mine.hookSince = Math.min(mine.hookSince, ms);
      else mine.gatewaySince = Math.min(mine.gatewaySince, ms);
      if (channel === 'hook') mine.hookLast = Math.max(mine.hookLast, ms);
      else mine.gatewayLast = Math.max(mine.gatewayLast, ms);
      if (channel === 'gateway' && madeUp.test(event.session)) mine.madeUpLast = Math.max(mine.madeUpLast, ms);
    },
    async ended(record, { source, agentVersion = '' }, session) {
      const { agent, device } = record;
      const day = record.at.slice(0, 10);
      const drafts: AlertDraft[] = [];
      const since = failsClosedSince?.(agent);
      if (since !== undefined && isOlder(agentVersion, since) && channelOf(source) !== null) {
        const key = ['client-too-old', device, agent, agentVersion, day].join('|');
        if (count(key) === 1) drafts.push(draftOf('client-too-old', key, record, agentVersion));
      }
      try {
        const lack = await lacks(record, source, session);
        if (lack === null || !(await was(lack, record))) return drafts;
        const key = [lack, device, agent, day].join('|');
        if (count(key) === enough) drafts.push(draftOf(lack, key, record, `${enough}`));
      } catch {
        // A store that cannot be read: the call itself could not be kept either, and says so.
      }
      return drafts;
    },
  };
}

/** By the numbers of both; what has none is not older. */
function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => /\d+(?:\.\d+)+/.exec(text)?.[0].split('.').map(Number);
  const [mine, theirs] = [numbers(version), numbers(than)];
  if (mine === undefined || theirs === undefined) return false;
  const at = theirs.findIndex((number, index) => number !== (mine[index] ?? 0));
  return at >= 0 && (mine[at] ?? 0) < (theirs[at] ?? 0);
}

const keyOf = (agent: AgentId, person: string, device: string): string => [agent, person, device].join('\0');

const channelOf = (source: Source): 'hook' | 'gateway' | null =>
  source === 'hook' ? 'hook' : source === 'gateway' || source === 'aperture' ? 'gateway' : null;

const isChannel = (source: Source): boolean => channelOf(source) !== null;

/** Calls by hook and by gateway in `all`, without those in `since`. */
function atWork(all: readonly CoverageRow[], since: readonly CoverageRow[]): Map<string, AtWork> {
  const sums = new Map<string, AtWork>();
  for (const [rows, sign] of [
    [all, 1],
    [since, -1],
  ] as const) {
    for (const { agent, person, device, seen, calls } of rows) {
      const key = keyOf(agent, person, device);
      const sum = sums.get(key) ?? { hook: 0, gateway: 0, both: 0 };
      const hook = (seen & witness.hook) !== 0;
      const gateway = (seen & witness.gateway) !== 0 && (seen & witness.late) === 0;
      if (hook) sum.hook += sign * calls;
      if (gateway) sum.gateway += sign * calls;
      if (hook && gateway) sum.both += sign * calls;
      if (sums.size < mostKept || sums.has(key)) sums.set(key, sum);
    }
  }
  return sums;
}

/** `more`: how many calls it takes to be told, or the version. */
const titles: Readonly<Record<Told, (who: string, where: string, more: string) => string>> = {
  'agent-without-hooks': (who, where, more) =>
    `${who} works on ${where} without its hooks, which were at work there before: ${more} calls and more ran that only the gateway saw.`,
  'agent-without-gateway': (who, where, more) =>
    `${who} works on ${where} around the gateway, which it used there before: ${more} calls and more ran that only hooks saw.`,
  'seen-only-in-transcript': (who, where, more) =>
    `${who} worked on ${where} with neither hooks nor gateway, which were at work there before: ${more} calls and more are known from its own record alone.`,
  'client-too-old': (who, where, more) =>
    `${who} works on ${where} in version ${more}, which runs a call when its hook fails.`,
};

function draftOf(what: Told, key: string, record: CallRecord, more: string): AlertDraft {
  const score = weights[what];
  const { session, agent, person, device, id } = record;
  const title = titles[what](`${agent} of ${person}`, device, more).replace(/\s+/g, ' ').slice(0, 240);
  return { key, severity: severityOf(score), score, detector: what, title, session, agent, person, call: id };
}

/** Keeps the newest. */
function remember<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
