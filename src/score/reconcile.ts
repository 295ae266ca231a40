import type { Action, Source } from '../core/event.ts';
import type { CallRecord, Finding, Phase, PhaseRecord } from '../core/verdict.ts';
import { severityOf } from '../core/verdict.ts';

/** What is known of the session beside the call itself. */
export interface SessionFacts {
  /** The agent's hooks are installed and were seen at work in this session. */
  readonly hooksExpected: boolean;
  /** The session's model traffic runs through the gateway. */
  readonly gatewayExpected?: boolean;
}

/**
 * One call's phases against each other: did what was decided happen, and was everything seen that should have been?
 * Pure; safe to run again after each phase. Findings: `ran-after-deny`, `hook-did-not-fire`,
 * `hook-after-without-before`, `not-asked-here`.
 */
export function reconcile(call: CallRecord, facts: SessionFacts): readonly Finding[] {
  return [
    ranAfterDeny(call),
    hookDidNotFire(call, facts),
    afterWithoutBefore(call, facts),
    notAskedHere(call, facts),
  ].filter((finding) => finding !== null);
}

/** Those who tell of a call from elsewhere or afterwards: its MCP server, the agent's own record, its telemetry. */
const aside: ReadonlySet<Source> = new Set(['mcp', 'transcript', 'telemetry']);
/** What gateway and hook told. */
const has = (call: CallRecord, phase: Phase): boolean =>
  call.phases.some((each) => each.phase === phase && !aside.has(each.source));
/** A tool's call that its MCP server was asked for. What persons and servers ask for on such a connection is no matter of the model's. */
const seenAtServer = ({ phases, action }: CallRecord): boolean =>
  phases.some(({ source }) => source === 'mcp') && !(action.kind === 'mcp' && ofProtocol.test(action.tool));
const ofProtocol = /^(?:resources\/read|prompts\/get|sampling\/createMessage|elicitation\/create)$/;

/** The agent was told no, and the call ran all the same: the enforcement was gone around. */
function ranAfterDeny(call: CallRecord): Finding | null {
  const denied = call.phases.findIndex(({ verdict }) => verdict?.effective === 'deny');
  if (denied < 0) return null;
  // Phases come from two channels and may be stored out of order, so "later" is not asked for: a call that was denied
  // anywhere must not have an outcome of its own. A refusal or an error in its place is what a deny looks like.
  const ran = call.phases.find((each) => (each.phase === 'after' || each.phase === 'result') && happened(each));
  if (ran === undefined) return null;
  const how =
    ran.source === 'transcript'
      ? 'its own record holds a result of it'
      : ran.phase === 'after'
        ? 'the agent reported that it ran'
        : 'its result came back to the model';
  return {
    detector: 'ran-after-deny',
    weight: 97,
    severity: severityOf(97),
    why: `${call.tool} was denied, yet ${how}: the deny did not hold.`,
    alert: true,
  };
}

/**
 * A failed `after` still ran; a `result` that is an error is how an agent reports a deny to the model. What an agent writes
 * of itself afterwards may give a refusal as any other text.
 */
function happened({ phase, source, outcome }: PhaseRecord): boolean {
  const status = outcome?.status;
  if (source === 'transcript' || source === 'telemetry')
    return status === 'ok' && !refusalWords.test(outcome?.excerpt ?? '');
  return phase === 'after' ? status !== 'refused' : status === 'ok';
}

/** How every refusal of ours is worded (normalise/hooks/reason.ts, normalise/messages/refusal.ts). */
const refusalWords = /\bWarder\b/;

/** The model asked for it at the gateway and a result came back, but no hook told of it on the way. */
function hookDidNotFire(call: CallRecord, { hooksExpected, gatewayExpected }: SessionFacts): Finding | null {
  if (has(call, 'before') || has(call, 'after')) return null;
  if (!has(call, 'asked')) {
    // With a gateway at work it is `not-asked-here`; without one the server is the only other witness.
    return hooksExpected && gatewayExpected !== true && seenAtServer(call) ? onlyAtServer(call) : null;
  }
  // Seen at the gateway and at its server: no hook is missed where none is expected.
  if (!hooksExpected && seenAtServer(call)) return null;
  const result = call.phases.find(({ phase }) => phase === 'result');
  const deniedAtGateway = call.phases.some(({ phase, verdict }) => phase === 'asked' && verdict?.effective === 'deny');
  if (result?.outcome?.status !== 'ok') return null;
  // Denied and run anyway is the graver finding and says it all.
  if (deniedAtGateway) return null;
  // Where no hook was ever seen this is how the session is set up, told of each call but no risk of any one.
  const weight = hooksExpected ? 75 : 5;
  const why = hooksExpected
    ? `${call.tool} ran without the hook that was at work in this session: hooks were bypassed or broken for this call.`
    : `${call.tool} ran without any hook: it was seen at the gateway only.`;
  return {
    detector: 'hook-did-not-fire',
    weight,
    severity: severityOf(weight),
    why,
    ...(hooksExpected ? { alert: true } : {}),
  };
}

function onlyAtServer(call: CallRecord): Finding {
  const why = `${call.tool} ran at its MCP server, but no hook of the agent told of it: something else uses the agent's connection, or a hook was gone around.`;
  return { detector: 'hook-did-not-fire', weight: 60, severity: severityOf(60), why };
}

/** The hook told of the end of a call it had not told of before it began: nobody was asked. */
function afterWithoutBefore(call: CallRecord, { hooksExpected }: SessionFacts): Finding | null {
  if (!has(call, 'after') || has(call, 'before')) return null;
  const weight = hooksExpected ? 75 : 40;
  return {
    detector: 'hook-after-without-before',
    weight,
    severity: severityOf(weight),
    why: `${call.tool} ran, but the hook before it did not fire, so it was not judged at the hook.`,
    ...(hooksExpected ? { alert: true } : {}),
  };
}

/** The hook saw a call that the gateway never carried: the model's answer came another way, or nobody asked for it. */
function notAskedHere(call: CallRecord, { gatewayExpected }: SessionFacts): Finding | null {
  if (gatewayExpected !== true || has(call, 'asked') || has(call, 'result')) return null;
  if (!has(call, 'before') && !has(call, 'after') && !seenAtServer(call)) return null;
  return {
    detector: 'not-asked-here',
    weight: 60,
    severity: severityOf(60),
    why: `${call.tool} was run by the agent, but no answer through the gateway asked for it: model traffic may be going around the gateway.`,
  };
}

/** What of an action makes it another one; `''`: nothing that could be compared. Contents are compared where both sides give them. */
export function callEssence(action: Action, cwd: string): string {
  switch (action.kind) {
    case 'shell':
      return action.command.trim();
    case 'file-read':
      return placed(action.path, cwd);
    case 'file-search':
      return `${placed(action.path, cwd)}\n${action.pattern}`;
    case 'file-write':
      return `${placed(action.path, cwd)}\n${action.content}`;
    case 'file-edit':
      return `${placed(action.path, cwd)}\n${action.before}\n${action.after}`;
    case 'web-fetch':
      return `${action.method} ${action.url}`;
    case 'mcp':
      return `${action.server} ${action.tool}`;
    default:
      return '';
  }
}

/** Agents make paths absolute between the model's word and the hook's. */
const placed = (path: string, cwd: string): string =>
  path.startsWith('/') || path.startsWith('~') || cwd === ''
    ? path
    : `${cwd.replace(/\/+$/, '')}/${path.replace(/^\.\//, '')}`;

/**
 * True when the hook was given something else to run than the model asked for at the gateway. Both as they are stored, so
 * masked alike; calls that the two sides put in different forms cannot be compared and count as the same.
 */
export function differsFromAsked(
  asked: Pick<CallRecord, 'action' | 'input'>,
  now: Pick<CallRecord, 'action' | 'input' | 'cwd'>,
): boolean {
  if (asked.action.kind !== now.action.kind) return false;
  const cwd = now.cwd ?? '';
  if (callEssence(asked.action, cwd) !== callEssence(now.action, cwd)) return true;
  return now.action.kind === 'mcp' && leaves(asked.input) !== leaves(now.input);
}

/** The values of an input in the order of their names: hooks may add members of their own order, never other values. */
const leaves = (input: unknown): string =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)))
    : JSON.stringify(input ?? null);

/** Fewer words than this say nothing. */
const fewestWords = 8;

/**
 * True when the result that the agent gave the model is not what its hook saw come back: hardly any word of the one is in
 * the other. `excerpt`: the beginning of the one that came first; `text`: the whole other one. Only where both are the
 * tool's own words, as with a shell or an MCP server.
 */
export function resultDiffers(action: Action, excerpt: string, text: string): boolean {
  if (action.kind !== 'shell' && action.kind !== 'mcp') return false;
  const [some, all] = [wordsOf(excerpt), wordsOf(text)];
  if (some.size < fewestWords || all.size < fewestWords) return false;
  const [small, large] = some.size <= all.size ? [some, all] : [all, some];
  let shared = 0;
  for (const word of small) if (large.has(word)) shared += 1;
  return shared / small.size < 0.2;
}

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? []);
