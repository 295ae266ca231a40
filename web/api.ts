import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { BriefCall, ConsoleApproval, ConsoleInfo, ConsoleUsage, Timeline } from '../src/core/console.ts';
import type { CoverageKey, CoverageReport } from '../src/core/coverage.ts';
import type { EnrolledDevices, GivenInvite, ListedInvite } from '../src/core/enrolled.ts';
import type { Standing } from '../src/core/inventory.ts';
import type {
  DeviceDetail,
  InventorySums,
  ListedAgent,
  ListedDevice,
  ListedServer,
  ServerPlace,
} from '../src/core/inventory-lists.ts';
import type { McpServerRecord, McpToolRecord } from '../src/core/mcp-record.ts';
import type { AgentRecord, Checkpoint, Overview, Page, SessionRecord } from '../src/core/store.ts';
import type { Alert, AlertState, CallRecord, Mode, Receipt } from '../src/core/verdict.ts';

/** Why the server's answer is not what was asked for. `status` 0: no answer at all. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const patienceMs = 20_000;
export type Filters = Readonly<Record<string, string | undefined>>;

/** Filters → query string, empty ones left out. */
export const asQuery = (filters: Filters): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value !== undefined && value !== '') query.set(name, value);
  return query.size === 0 ? '' : `?${query}`;
};

async function ask<T>(path: string, init: RequestInit & { signal?: AbortSignal } = {}): Promise<T> {
  const timeout = AbortSignal.timeout(patienceMs);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      ...init,
      signal,
      headers: { accept: 'application/json', ...init.headers },
    });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw timeout.aborted
      ? new ApiFailure(0, 'slow', `The server did not answer within ${patienceMs / 1000} seconds.`)
      : new ApiFailure(
          0,
          'unreachable',
          'The server cannot be reached. It may have stopped: `bin/warder serve` starts it.',
        );
  }
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const said = body as { error?: { code?: string; detail?: string } } | null;
  throw new ApiFailure(
    response.status,
    said?.error?.code ?? 'unreadable',
    said?.error?.detail ?? `The server answered ${response.status} without saying why.`,
  );
}

const post = <T>(path: string, body: unknown): Promise<T> =>
  ask<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const remove = (path: string): Promise<unknown> => ask<unknown>(path, { method: 'DELETE' });

const list = <T>(name: string, path: string, filters: Filters, extra: Filters = {}) =>
  infiniteQueryOptions({
    queryKey: [name, filters] as const,
    queryFn: ({ pageParam, signal }) =>
      ask<Page<T>>(`${path}${asQuery({ ...filters, ...extra, cursor: pageParam ?? undefined })}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const callList = (filters: Filters) => list<BriefCall>('calls', '/calls', filters, { brief: '1' });
export const sessionList = (filters: Filters) => list<SessionRecord>('sessions', '/sessions', filters);
export const alertList = (filters: Filters) => list<Alert>('alerts', '/alerts', filters);

export const oneCall = (id: string) =>
  queryOptions({
    queryKey: ['call', id],
    queryFn: ({ signal }) => ask<CallRecord>(`/calls/${encodeURIComponent(id)}`, { signal }),
  });
export const oneSession = (id: string) =>
  queryOptions({
    queryKey: ['session', id],
    queryFn: ({ signal }) => ask<SessionRecord>(`/sessions/${encodeURIComponent(id)}`, { signal }),
  });
export const timeline = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['timeline', id] as const,
    queryFn: ({ pageParam, signal }) =>
      ask<Timeline>(
        `/sessions/${encodeURIComponent(id)}/timeline${asQuery({ limit: '2000', cursor: pageParam ?? undefined })}`,
        {
          signal,
        },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
export const overview = (since: string) =>
  queryOptions({
    queryKey: ['overview', since],
    queryFn: ({ signal }) => ask<Overview>(`/overview${asQuery({ since })}`, { signal }),
  });
export const mcpServers = queryOptions({
  queryKey: ['mcp-servers'],
  queryFn: ({ signal }) => ask<Page<McpServerRecord>>('/mcp-servers', { signal }),
});
export const mcpTool = (server: string, tool: string) =>
  queryOptions({
    queryKey: ['mcp-tool', server, tool],
    queryFn: ({ signal }) => ask<McpToolRecord>(`/mcp-tool${asQuery({ server, tool })}`, { signal }),
  });
export const agents = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => ask<Page<AgentRecord>>('/agents', { signal }),
});
export const usage = (since: string, by: ConsoleUsage['by']) =>
  queryOptions({
    queryKey: ['usage', since, by],
    queryFn: ({ signal }) => ask<ConsoleUsage>(`/usage${asQuery({ since, by })}`, { signal }),
    refetchInterval: 30_000,
  });
export const coverage = (since: string, by: CoverageKey, only: Filters) =>
  queryOptions({
    queryKey: ['coverage', since, by, only],
    queryFn: ({ signal }) => ask<CoverageReport>(`/coverage${asQuery({ since, by, ...only })}`, { signal }),
    refetchInterval: 30_000,
  });
export const inventoryAgents = (filters: Filters) =>
  list<ListedAgent>('inventory-agents', '/inventory/agents', filters);
export const inventoryDevices = (filters: Filters) =>
  list<ListedDevice>('inventory-devices', '/inventory/devices', filters);
export const inventoryServers = (filters: Filters) =>
  list<ListedServer>('inventory-servers', '/inventory/servers', filters);
export const inventorySums = queryOptions({
  queryKey: ['inventory-sums'],
  queryFn: ({ signal }) => ask<InventorySums>('/inventory', { signal }),
});
export const inventoryDevice = (name: string) =>
  queryOptions({
    queryKey: ['inventory-device', name],
    queryFn: ({ signal }) => ask<DeviceDetail>(`/inventory/devices/${encodeURIComponent(name)}`, { signal }),
  });
export const inventoryServer = (name: string, runs: string) =>
  queryOptions({
    queryKey: ['inventory-server', name, runs],
    queryFn: ({ signal }) => ask<Page<ServerPlace>>(`/inventory/server${asQuery({ name, runs })}`, { signal }),
  });
export const forgetDevice = (device: string): Promise<unknown> =>
  post<unknown>(`/inventory/devices/${encodeURIComponent(device)}/forget`, {});
export const setStanding = (agent: string, change: { standing: Standing; note: string }): Promise<unknown> =>
  post<unknown>(`/inventory/agents/${encodeURIComponent(agent)}/standing`, change);
export const deviceList = (filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ['devices', filters] as const,
    queryFn: ({ pageParam, signal }) =>
      ask<EnrolledDevices>(`/devices${asQuery({ ...filters, cursor: pageParam ?? undefined })}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // Silence is no event: who fell silent shows in the next look.
    refetchInterval: 30_000,
  });
export const deviceInvites = queryOptions({
  queryKey: ['device-invites'],
  queryFn: ({ signal }) => ask<Page<ListedInvite>>('/devices/invites', { signal }),
  refetchInterval: 30_000,
});
export const inviteDevice = (about: { person: string; device?: string; minutes: number }): Promise<GivenInvite> =>
  post<GivenInvite>('/devices/invites', about);
export const withdrawInvite = (id: string): Promise<unknown> => remove(`/devices/invites/${encodeURIComponent(id)}`);
export const revokeDevice = (id: string): Promise<unknown> => remove(`/devices/${encodeURIComponent(id)}`);
export const approvals = queryOptions({
  queryKey: ['approvals'],
  queryFn: ({ signal }) => ask<Page<ConsoleApproval>>('/approvals', { signal }),
});
export const info = queryOptions({
  queryKey: ['info'],
  queryFn: ({ signal }) => ask<ConsoleInfo>('/info', { signal }),
  staleTime: 60_000,
});

export const readReceipts = (query: Filters, signal?: AbortSignal): Promise<Page<Receipt>> =>
  ask<Page<Receipt>>(`/receipts${asQuery(query)}`, signal ? { signal } : {});
export const readCheckpoint = (): Promise<Checkpoint> => ask<Checkpoint>('/checkpoint');
export const triage = (id: number, change: { state: AlertState; note: string }): Promise<Alert> =>
  post<Alert>(`/alerts/${id}/triage`, change);
export const decideApproval = (id: string, change: { decision: 'approve' | 'deny'; note: string }): Promise<unknown> =>
  post<unknown>(`/approvals/${encodeURIComponent(id)}`, change);
export const setMode = (mode: Mode): Promise<{ mode: Mode }> => post<{ mode: Mode }>('/mode', { mode });
export const signOut = (): Promise<void> => post<void>('/logout', {});
