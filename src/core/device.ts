import type { AgentId, OwnAnswer } from './event.ts';
import type { Mode } from './verdict.ts';

// What a server and the device process of a machine say to each other.

/** Everything a device needs to judge a call as the server would, while it cannot be reached. Times are ISO 8601 UTC. */
export interface PolicyBundle {
  readonly v: 1;
  readonly issuedAt: string;
  readonly expiresAt: string;
  /** SHA-256, hex, of the members below in canonical form. */
  readonly digest: string;
  readonly mode: Mode;
  /** Cedar's schema and policies, as files hold them. */
  readonly schema: string;
  readonly policies: readonly { readonly id: string; readonly text: string }[];
  /** What the home adds to the shipped rules, as its files hold it. */
  readonly rules: {
    readonly detectors: readonly unknown[];
    readonly suppressions: readonly unknown[];
    readonly tools: readonly unknown[];
    readonly secrets: readonly unknown[];
  };
  /** Key that signs it. */
  readonly keyid: string;
}

/** A bundle as it travels and rests. `sig`: Ed25519 over `signedBundleText(bundle)`, base64. */
export interface SignedBundle {
  /** JSON of a PolicyBundle. */
  readonly bundle: string;
  readonly sig: string;
}

/** What is signed: the text, and what kind of text it is, so that no other signature of the key fits. */
export const signedBundleText = (bundle: string): string => `warder policy bundle v1\n${bundle}`;

/** One thing that a device has to tell, as it waits on its disk and as it is delivered. */
export interface Delivery {
  /** Random, the same however often it is sent. */
  readonly id: string;
  /** When it happened, by the device's clock. */
  readonly at: string;
  /** What has the same lane is recorded in the order in which it comes: agent and session, hashed. */
  readonly lane: string;
  readonly agent: AgentId;
  /** `hook`: a hook's body. `config-change`: JSON `{what, path}`. */
  readonly kind: 'hook' | 'config-change';
  /** Name of the hook as the device client was called; absent: it was not told. */
  readonly event?: string;
  /** The body, sealed for the server. */
  readonly box: string;
  /** What the agent was answered without the server; absent: nothing was to be decided. */
  readonly answered?: OwnAnswer;
  /** The server was asked and gave no answer in time: it may have recorded this all the same. */
  readonly tried?: true;
}

/** What a device says of itself every minute. */
export interface Heartbeat {
  readonly version: string;
  readonly platform: string;
  /** Agents that are connected here, and whether their hooks are as they should be. */
  readonly agents: readonly { readonly agent: AgentId; readonly ok: boolean }[];
  /** Digest of the policy it would judge by; `''`: it has none. */
  readonly policy: string;
  /** Deliveries that wait on its disk, and those that found no room there since it started. */
  readonly waiting: number;
  readonly lost: number;
}

export interface HeartbeatAnswer {
  readonly mode: Mode;
  /** Digest of the policy in force. */
  readonly policy: string;
}

/** What a device gets when it enrols. */
export interface Enrolment {
  /** `dev_…` */
  readonly id: string;
  readonly name: string;
  readonly person: string;
  /** For hooks and for the device itself; nothing else takes it. */
  readonly token: string;
  readonly mode: Mode;
  /** Key that signs receipts and policy bundles: pinned from now on. */
  readonly keyid: string;
  readonly publicKeyPem: string;
  /** X25519 key that waiting deliveries are sealed for; SPKI DER, base64. */
  readonly sealFor: string;
}

/** A device as the server knows it. */
export interface DeviceRecord extends Omit<Heartbeat, 'waiting' | 'lost' | 'policy'> {
  readonly id: string;
  readonly name: string;
  readonly person: string;
  readonly enrolledAt: string;
  /** Null: never since it enrolled. */
  readonly lastSeen: string | null;
  readonly policy: string;
  readonly waiting: number;
  readonly lost: number;
  /** Id of its token. */
  readonly tokenId: string;
}
