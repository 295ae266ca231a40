import type { PendingApproval } from '../../core/approval.ts';
import type { ConsoleInfo, UpstreamHealth } from '../../core/console.ts';
import type { DeviceRecord } from '../../core/device.ts';
import type { DeviceInvite } from '../../core/enrolled.ts';
import type { AgentId, Identity } from '../../core/event.ts';
import type { Standing } from '../../core/inventory.ts';
import type {
  DeviceDetail,
  ImportedReports,
  InventorySums,
  ListedAgent,
  ListedDevice,
  ListedServer,
  ServerPlace,
} from '../../core/inventory-lists.ts';
import type { Result } from '../../core/result.ts';
import type { Store } from '../../core/store.ts';
import type { Mode } from '../../core/verdict.ts';
import type { Live } from '../live.ts';
import type { LoginCodes } from './login-codes.ts';

/** Everything the console stands on. */
export interface ConsoleDeps {
  readonly store: Store;
  readonly live: Live;
  readonly auth: {
    /** Who holds this API token; null = nobody. Compares hashes in constant time. */
    apiToken(token: string): Promise<Identity | null>;
  };
  readonly loginCodes: LoginCodes;
  /** Folder of the built console (`dist/web`); may be missing, the API works all the same. */
  readonly webDir: string;
  info(): ConsoleFacts;
  /** ISO 8601 UTC. */
  now(): string;
  /** Absent: the mode cannot be changed from the console. */
  setMode?(mode: Mode, by: Identity): Promise<void>;
  /** The first team of a person, by name and the groups that an identity provider told; `''` for none. Absent: there are no teams. */
  teamOf?(person: string, groups?: readonly string[]): string;
  /** How provider keys fare; absent: nothing is known. */
  keys?(): UpstreamHealth;
  /** Calls that wait for a person; absent: none can. */
  readonly approvals?: {
    list(): readonly PendingApproval[];
    decide(id: string, decision: { approve: boolean; by: string; note: string }): Promise<PendingApproval | 'gone'>;
  };
  /** Devices that enrolled; absent: none can. */
  readonly devices?: {
    list(): Promise<readonly DeviceRecord[]>;
    /** Digest of the policy in force, as devices tell theirs. */
    policy(): string;
    invites(): Promise<readonly DeviceInvite[]>;
    invite(
      who: { person: string; device?: string; minutes: number },
      by: Identity,
    ): Promise<{ id: string; code: string; expiresAt: string }>;
    withdraw(id: string, by: Identity): Promise<boolean>;
    revoke(id: string, by: Identity): Promise<boolean>;
  };
  /** What runs where; absent: nobody keeps it. */
  readonly inventory?: {
    agents(whole?: boolean): Promise<readonly ListedAgent[]>;
    devices(): Promise<readonly ListedDevice[]>;
    servers(): Promise<readonly ListedServer[]>;
    device(name: string): Promise<DeviceDetail | null>;
    server(name: string, runs: string): Promise<readonly ServerPlace[]>;
    sums(): Promise<InventorySums>;
    bring(body: unknown): Promise<Result<ImportedReports>>;
    forget(device: string, by: Identity): Promise<Result<null>>;
    stand(agent: AgentId, standing: Standing, note: string, by: Identity): Promise<Result<null>>;
  };
  /** What `/healthz` says, nothing secret. */
  health?(): Readonly<Record<string, string | number | boolean>>;
  /** Told of what broke, with the reference the reader was given. Default: nobody. */
  report?(error: unknown, reference: string): void;
}

/** `url` is the base URL people use; its host, loopback and `hosts` are the only Host headers answered. */
type ConsoleFacts = Omit<ConsoleInfo, 'person' | 'canSetMode' | 'detectors'> & {
  readonly hosts?: readonly string[];
  readonly detectors?: ConsoleInfo['detectors'];
};
