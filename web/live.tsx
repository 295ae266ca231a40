import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import type { BriefCall } from '../src/core/console.ts';
import type { Page } from '../src/core/store.ts';
import type { Filters } from './api.ts';

export interface LiveState {
  readonly link: 'connecting' | 'open' | 'lost' | 'signed-out';
  /** When it was lost, ISO 8601. */
  readonly lostAt: string | null;
  /** New rows wait instead of moving what is being read. */
  readonly paused: boolean;
  readonly waiting: number;
}

const applyEveryMs = 200;
const longestList = 5_000;
const keepOnTrim = 500;

let state: LiveState = { link: 'connecting', lostAt: null, paused: false, waiting: 0 };
const watchers = new Set<() => void>();
let arrived: BriefCall[] = [];
let waiting: BriefCall[] = [];

function change(part: Partial<LiveState>): void {
  state = { ...state, ...part };
  for (const watcher of watchers) watcher();
}

export const useLive = (): LiveState =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );

const holding = { person: false, place: false };

/** Hold new rows back, or let those that wait come in. `person`: asked for; `place`: the list is not at its top. */
export function hold(why: keyof typeof holding, on: boolean): void {
  holding[why] = on;
  const paused = holding.person || holding.place;
  if (paused === state.paused) return;
  if (!paused) {
    arrived = [...waiting, ...arrived];
    waiting = [];
  }
  change({ paused, waiting: waiting.length });
}

/** Nothing is held back any more. */
export function resume(): void {
  hold('person', false);
  hold('place', false);
}

/** Would the server list this call under these filters? Only what can be told from the call itself. */
function matches(call: BriefCall, filters: Filters): boolean {
  const { session, agent, person, tool, decision, severity, minScore, text, until } = filters;
  if (session && call.session !== session) return false;
  if (agent && call.agent !== agent) return false;
  if (person && call.person !== person) return false;
  if (tool && call.tool !== tool) return false;
  if (decision && call.decision !== decision) return false;
  if (severity && call.severity !== severity) return false;
  if (minScore && call.score < Number(minScore)) return false;
  if (until && Date.parse(call.at) > Date.parse(until)) return false;
  return !text || JSON.stringify(call.action).toLowerCase().includes(text.toLowerCase());
}

type CallPages = InfiniteData<Page<BriefCall>, string | null>;

/** The list with these calls in it: known ones replaced where they stand, new ones on top, newest first. */
function merged(data: CallPages, calls: readonly BriefCall[], addNew: boolean): CallPages {
  const fresh = new Map(calls.map((call) => [call.id, call]));
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => {
      const newer = fresh.get(item.id);
      if (newer) fresh.delete(item.id);
      return newer ?? item;
    }),
  }));
  const [first, ...others] = pages;
  if (!first || !addNew || fresh.size === 0) return { ...data, pages };
  const items = [...fresh.values(), ...first.items].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  return { ...data, pages: [{ ...first, items }, ...others] };
}

function applyCalls(client: QueryClient): void {
  if (arrived.length === 0) return;
  const calls = arrived;
  arrived = [];
  if (state.paused) waiting = [...waiting, ...calls].slice(-longestList);
  for (const query of client.getQueryCache().findAll({ queryKey: ['calls'] })) {
    const filters = query.queryKey[1] as Filters;
    const data = query.state.data as CallPages | undefined;
    const ours = calls.filter((call) => matches(call, filters));
    if (!data || ours.length === 0) continue;
    const next = merged(data, ours, !state.paused);
    const [first] = next.pages;
    if (first && first.items.length > longestList) {
      // A list that has been open for days: keep its top and ask the server for the way on.
      client.setQueryData(query.queryKey, {
        pages: [{ ...first, items: first.items.slice(0, keepOnTrim) }],
        pageParams: [null],
      });
      void client.invalidateQueries({ queryKey: query.queryKey });
    } else client.setQueryData(query.queryKey, next);
  }
  for (const call of calls) void client.invalidateQueries({ queryKey: ['call', call.id] });
  if (state.paused) change({ waiting: new Set(waiting.map((call) => call.id)).size });
}

/** At most one refetch per name and interval, and always one after the last event. */
function calmRefetch(client: QueryClient): (name: string, everyMs: number) => void {
  const planned = new Set<string>();
  return (name, everyMs) => {
    if (planned.has(name)) return;
    planned.add(name);
    setTimeout(() => {
      planned.delete(name);
      void client.invalidateQueries({ queryKey: [name] });
    }, everyMs);
  };
}

const restAfterMs = 15_000;

/** A browser opens six connections to one server: a tab nobody looks at gives its stream back. */
function restWhileHidden(rest: () => void, wake: () => void): () => void {
  let resting = false;
  let soon: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(soon);
    if (document.hidden) {
      soon = setTimeout(() => {
        resting = true;
        rest();
      }, restAfterMs);
    } else if (resting) {
      resting = false;
      wake();
    }
  };
  document.addEventListener('visibilitychange', look);
  return () => {
    clearTimeout(soon);
    document.removeEventListener('visibilitychange', look);
  };
}

const patience = [1_000, 2_000, 4_000, 8_000, 15_000];

function listen(client: QueryClient): () => void {
  const refetch = calmRefetch(client);
  let source: EventSource | null = null;
  let tries = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const lost = (): void => {
    if (state.link !== 'lost') change({ link: 'lost', lostAt: new Date().toISOString() });
  };
  const connect = (): void => {
    source = new EventSource('/api/v1/live');
    source.onopen = () => {
      tries = 0;
      const returned = state.link === 'lost' || state.link === 'signed-out';
      change({ link: 'open', lostAt: null });
      if (returned) void client.invalidateQueries();
      // What was told between the first answer and now was told to nobody here, and a person is waited for.
      else refetch('approvals', 50);
    };
    source.onerror = () => {
      lost();
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(connect, patience[Math.min(tries, patience.length - 1)]);
      tries += 1;
      void fetch('/api/v1/info').then(
        (response) => response.status === 401 && change({ link: 'signed-out' }),
        () => lost(),
      );
    };
    source.addEventListener('call', (event: MessageEvent<string>) => {
      arrived.push(JSON.parse(event.data) as BriefCall);
      refetch('timeline', 1_000);
      refetch('overview', 5_000);
      refetch('agents', 10_000);
      refetch('mcp-servers', 10_000);
    });
    source.addEventListener('alert', () => refetch('alerts', 500));
    source.addEventListener('approvals', () => refetch('approvals', 50));
    source.addEventListener('devices', () => {
      refetch('devices', 1_000);
      refetch('device-invites', 500);
    });
    source.addEventListener('session', () => refetch('sessions', 2_000));
    source.addEventListener('gap', () => void client.invalidateQueries());
  };
  connect();
  const stopResting = restWhileHidden(
    () => {
      clearTimeout(retry);
      source?.close();
    },
    () => {
      connect();
      void client.invalidateQueries();
    },
  );
  const timer = setInterval(() => applyCalls(client), applyEveryMs);
  return () => {
    clearInterval(timer);
    stopResting();
    clearTimeout(retry);
    source?.close();
  };
}

/** Keeps what is on screen true while the console is open. */
export function useLiveUpdates(): void {
  const client = useQueryClient();
  useEffect(() => listen(client), [client]);
}
