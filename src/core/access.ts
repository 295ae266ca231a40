import type { AgentId, Identity } from './event.ts';
import type { AnswerUsage } from './usage.ts';

/** Who a rule or a budget is about. Every member that is there must match; names are patterns with `*`, whatever their case. */
export interface Who {
  readonly person?: readonly string[];
  readonly team?: readonly string[];
  readonly agent?: readonly string[];
  readonly device?: readonly string[];
  /** Label of the client's token. */
  readonly token?: readonly string[];
}

/** What may be asked for; absent: everything. Patterns with `*`. */
export interface What {
  readonly providers?: readonly string[];
  readonly models?: readonly string[];
}

export interface AccessRule extends What {
  readonly id: string;
  readonly who: Who;
  readonly effect: 'allow' | 'deny';
}

export type Period = 'day' | 'week' | 'month';

/** Tokens or dollars that each `per` may take in a period; whoever `who` names, of what `What` names. */
export interface Budget extends What {
  readonly id: string;
  readonly who: Who;
  /** `all`: everybody together. */
  readonly per: 'person' | 'team' | 'agent' | 'all';
  readonly every: Period;
  /** Tokens of all kinds. */
  readonly tokens?: number;
  /** Dollars, list price. */
  readonly usd?: number;
  /** What becomes of a model without a price under a budget in dollars. */
  readonly unpriced: 'deny' | 'allow';
}

interface Team {
  readonly people: readonly string[];
  /** Groups of the identity provider. */
  readonly groups: readonly string[];
}

/** What `<home>/access.json` says. */
export interface AccessRules {
  /** `observe`: nothing is refused; what would have been is counted. */
  readonly mode: 'enforce' | 'observe';
  /** In the order of the file: the first that a person belongs to is the one its usage is counted for. */
  readonly teams: readonly (Team & { readonly name: string })[];
  readonly rules: readonly AccessRule[];
  readonly budgets: readonly Budget[];
}

/** A request that wants to go to a provider. */
export interface AccessAsk {
  readonly identity: Identity;
  readonly agent: AgentId;
  readonly provider: string;
  /** `''`: it names none and needs none; null: nobody can tell. */
  readonly model: string | null;
  /** About how many tokens the request is long; absent: nobody knows. */
  readonly promptTokens?: number;
}

/** Whether a request may go on. `settle` of one that may is called once, when it is over. */
export type Admission =
  | { readonly ok: true; settle(): void }
  | {
      readonly ok: false;
      readonly status: 403 | 429;
      readonly message: string;
      /** Seconds until the budget begins anew. */
      readonly retryAfter?: number;
    };

/** Stands before the providers. */
export interface AccessGuard {
  /** False while there are no rules: nothing is read of a request then. */
  active(): boolean;
  /** Never throws. */
  admit(ask: AccessAsk): Admission;
  /** Counts an answer. Never throws; what cannot be stored now is stored later. */
  used(usage: AnswerUsage): void;
}
