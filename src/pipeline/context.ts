import type { SecretHit } from '../core/effect.ts';
import type { AgentEvent, Place } from '../core/event.ts';
import type { ToolStanding } from '../core/ports.ts';
import type { ReceiptDraft, SessionTouch, Store } from '../core/store.ts';
import type { Alert, AlertDraft, CallRecord, Mode, Receipt, SessionMemory, Severity } from '../core/verdict.ts';
import type { Channels } from './channels.ts';
import type { Inventory, ToolNews } from './inventory.ts';
import { type CallEvent, type Judged, judge, type Stages, saidSafely } from './judge.ts';
import type { Known, OpenCall, OpenSession } from './known.ts';
import { withoutPersonal } from './personal.ts';

/** News for those who watch; a session is named only, who tells it on reads it. */
export type PipelineNews =
  | { readonly type: 'call'; readonly call: CallRecord }
  | { readonly type: 'alert'; readonly alert: Alert }
  | { readonly type: 'session'; readonly session: string };

export interface PipelineDeps {
  readonly store: Store;
  readonly stages: Stages;
  /** Keyed hash, hex: receipts hold no content. */
  hmac(text: string): string;
  mask(text: string): { readonly text: string; readonly hits: readonly SecretHit[] };
  /** Personal data is masked as well in what is stored and told; what is judged still sees it. Absent: it is not. */
  readonly maskPersonal?: boolean;
  mode(): Mode;
  placeOf(event: AgentEvent): Place;
  alertsFor(call: CallRecord): readonly AlertDraft[];
  /** What servers say of their tools that a person should see; absent: nothing. */
  alertsForTools?(
    who: { readonly agent: string; readonly person: string; readonly session: string },
    news: readonly ToolNews[],
  ): readonly AlertDraft[];
  /** `said`: what changed, masked. Absent: no change of an agent's configuration alerts anybody. */
  alertsForChange?(
    change: Extract<AgentEvent, { readonly kind: 'config-change' }>,
    said: string,
  ): readonly AlertDraft[];
  /** First version of an agent that runs nothing when its hook fails; absent: none is known. */
  failsClosedSince?(agent: string): string | undefined;
  /** Absent: one of its own, which nobody else reads. */
  readonly inventory?: Inventory;
  publish(news: PipelineNews): void;
  /** ISO 8601 UTC. */
  now(): string;
  /** Trouble a person must see: code and one sentence, without content. */
  onTrouble(code: string, detail: string, cause: unknown): void;
}

/** What every step of the live path works with. */
export interface Context {
  readonly deps: PipelineDeps;
  readonly known: Known;
  readonly commit: Store['commit'];
  readonly inventory: Inventory;
  readonly channels: Channels;
}

/** A text that can be stored and signed: no secret, no half of a character, no personal data where the home says so. */
export const safeText =
  (deps: Pick<PipelineDeps, 'mask' | 'maskPersonal'>) =>
  (text: string): string =>
    atRest(deps, deps.mask(text.toWellFormed()).text);

/** What rests of a text, or of any JSON, without secrets: where the home says so, without personal data too. */
export function atRest<T>({ maskPersonal }: Pick<PipelineDeps, 'maskPersonal'>, value: T): T {
  return maskPersonal === true ? (withoutPersonal(value) as T) : value;
}

/** A judged call as its record may hold it. */
export function resting(deps: Pick<PipelineDeps, 'maskPersonal'>, judged: Judged): Judged {
  const { meaning } = judged;
  return { ...judged, meaning: { ...meaning, masked: atRest(deps, meaning.masked) } };
}

export const policyOf = (deps: PipelineDeps): { digest: string; engine: string } => {
  const { digest, engine } = deps.stages.decider();
  return { digest, engine };
};

export function judgeNow(
  { deps, known, inventory }: Context,
  event: CallEvent,
  callId: string,
  session: OpenSession,
): Judged {
  // Where a request does not say where its agent works, hooks of the same session have told.
  const at = event.cwd === undefined && session.cwd !== undefined ? { ...event, cwd: session.cwd } : event;
  const { action } = event.call;
  const listed = (session.gateway || event.source === 'aperture') && session.declared !== '' && !session.deferred;
  const declared = action.kind === 'mcp' ? inventory.standing(action.server, action.tool, listed) : undefined;
  const standing = declared && withOwnWords(deps, event, declared);
  const judged = judge(deps.stages, event, {
    callId,
    place: deps.placeOf(at),
    memory: session.memory,
    knownMcpServers: known.serversBefore(callId),
    standing,
    mode: deps.mode(),
  });
  // What a device said while it was alone is what the agent got, whatever would be said now.
  const answered = event.kind === 'call-before' ? event.answered : undefined;
  return saidSafely(answered === undefined ? judged : { ...judged, verdict: answered }, safeText(deps));
}

/** A server's request of its own speaks for itself, as a tool's description does. */
function withOwnWords({ stages }: PipelineDeps, { call }: CallEvent, known: ToolStanding): ToolStanding {
  if (call.about === undefined || call.action.kind !== 'mcp') return known;
  const { server, tool: name } = call.action;
  return { ...known, facts: [...known.facts, ...(stages.checkTool?.({ server, name, ...call.about }) ?? [])] };
}

export function touchOf(deps: PipelineDeps, event: AgentEvent, changed?: OpenSession): SessionTouch {
  const safe = safeText(deps);
  return {
    id: event.session,
    agent: event.agent,
    agentVersion: event.agentVersion,
    person: event.identity.person,
    ...(event.identity.groups === undefined ? {} : { groups: event.identity.groups }),
    device: event.identity.device,
    at: event.at,
    cwd: event.cwd === undefined ? undefined : safe(event.cwd),
    ...(changed ? { memory: safeMemory(changed.memory, safe) } : {}),
    ...(event.kind === 'session-end' ? { ended: event.at } : {}),
  };
}

function safeMemory(memory: SessionMemory, safe: (text: string) => string): SessionMemory {
  const marks = (each: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(each).map(([key, phrase]) => [safe(key), safe(phrase)]));
  return {
    untrusted: marks(memory.untrusted),
    sensitive: marks(memory.sensitive),
    downloaded: marks(memory.downloaded),
    ...(memory.prepared === undefined ? {} : { prepared: marks(memory.prepared) }),
  };
}

const ranks: Readonly<Record<Severity, number>> = { low: 0, review: 1, alert: 2, critical: 3 };

/** What a call gives reason to alert of and did not when it was met before: gateway, hook and result speak of one call, which counts once. */
export function newAlerts(deps: PipelineDeps, record: CallRecord, before: CallRecord | undefined): AlertDraft[] {
  const told = before === undefined ? [] : deps.alertsFor(before);
  return deps
    .alertsFor(record)
    .filter(
      ({ detector, severity }) =>
        !told.some((each) => each.detector === detector && ranks[each.severity] >= ranks[severity]),
    );
}

/** Remembers the call with its newest phase's receipt number, and tells those who watch. */
export function keepAndPublish(
  context: Context,
  call: OpenCall,
  receipt: Receipt | null,
  alerts: readonly Alert[],
): void {
  const last = call.phases.length - 1;
  const phases = call.phases.map((phase, index) =>
    index === last && receipt ? { ...phase, receipt: receipt.seq } : phase,
  );
  const decided = phases[last]?.verdict !== undefined && receipt !== null;
  const record: CallRecord = { ...call.record, phases, receipt: decided ? receipt.seq : call.record.receipt };
  context.known.keep({ ...call, record, phases });
  context.deps.publish({ type: 'call', call: record });
  for (const alert of alerts) context.deps.publish({ type: 'alert', alert });
}

/** A receipt about Warder itself: start, mode, policy, a gap in the record. */
export function systemReceipt(deps: PipelineDeps, note: string): ReceiptDraft {
  return {
    kind: 'system',
    call: '',
    principal: { person: 'warder', device: '', via: 'local' },
    agent: { kind: 'warder', session: '' },
    action: { tool: '', verbs: [], zones: [] },
    point: 'gateway',
    phase: 'system',
    input_hash: deps.hmac(note),
    risk: { score: 0, severity: 'low', detectors: [] },
    note,
    policy: policyOf(deps),
  };
}
