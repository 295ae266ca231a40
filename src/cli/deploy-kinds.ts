import type { Surroundings } from '../core/agent.ts';

export const managers = ['jamf', 'kandji', 'intune', 'generic'] as const;
export type Manager = (typeof managers)[number];
export type Platform = Surroundings['platform'];

/** What is deployed for one agent on one platform. */
export interface Covered {
  readonly agent: string;
  readonly title: string;
  readonly platform: Platform;
  /** Where it goes on the machine. */
  readonly places: readonly string[];
  /** `tried`: with the real client in this project's tests (Linux). `documented`: by the vendor's documentation. */
  readonly proof: 'tried' | 'documented';
  readonly limits: readonly string[];
}

export interface DeployOptions {
  readonly manager: Manager;
  readonly url: string;
  /** Ids; null: all. */
  readonly only: readonly string[] | null;
  /** The device client's script, and its plugins by path below `plugins/`. */
  readonly client: string;
  readonly plugins: ReadonlyMap<string, string>;
}
