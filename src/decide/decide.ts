import { fail, ok, type Result } from '../core/result.ts';
import { type Decision, emptyMemory, type Finding, type Score } from '../core/verdict.ts';
import {
  type CedarAnswer,
  type CedarRequest,
  engine,
  type ParsedPolicy,
  type PolicyText,
  parsePolicies,
  prepare,
  validatePolicies,
} from './cedar.ts';
import { cedarRequest, type DecideInput, strangeWord } from './features.ts';

export type { PolicyText } from './cedar.ts';
export type { DecideInput } from './features.ts';

/** What the policy says of one call, before the mode. */
export interface Ruling {
  readonly decision: Decision;
  /** Ids of the deciding policies, sorted. */
  readonly rules: readonly string[];
  /** One sentence or two for the person or the model. */
  readonly why: string;
}

export interface Decider {
  /** SHA-256 of the policies, hex, as the caller gave it. */
  readonly digest: string;
  readonly engine: string;
  /** Never throws: an error while evaluating is a deny by the rule `policy-error`. */
  decide(input: DecideInput): Ruling;
  /** The ruling when a rule denies this person this tool whatever is asked of it; null otherwise. Never throws. */
  forbidsTool(tool: ToolOffer): Ruling | null;
}

/** A tool that an agent offers to its model. */
type ToolOffer = Pick<DecideInput, 'person' | 'agent' | 'tool' | 'action' | 'mode'>;

/** Answers kept for repeated features. One answer is some hundred bytes. */
const memoSize = 4096;

/** Longer lists of features (hundreds of programs in one command) are not worth the memory. */
const longestKey = 8192;

/**
 * Policies → a decider, everything parsed and checked now and nothing per call. `digest` = SHA-256 hex of the policies,
 * made by the caller. Errors: `policy-invalid`, `schema-invalid`, with policy, file, line and what to do, one per line.
 */
export function createDecide(from: {
  readonly schema: string;
  readonly policies: readonly PolicyText[];
  readonly digest: string;
}): Result<Decider> {
  const parsed = parsePolicies(from.policies);
  if (!parsed.ok) return parsed;
  const policies = parsed.value;
  const valid = validatePolicies(from.schema, policies);
  if (!valid.ok && valid.error.code !== 'policy-invalid') return valid;
  const mistakes = [...(valid.ok ? [] : [valid.error.detail]), ...policies.flatMap(mistakesIn)];
  if (policies.every((policy) => policy.forbids)) {
    mistakes.push(
      'No policy permits anything, so every call would be denied; add @id("allow-by-default") permit (principal, action, resource);',
    );
  }
  if (mistakes.length > 0) return fail('policy-invalid', mistakes.join('\n'));
  const prepared = prepare(from.digest, from.schema, policies);
  if (!prepared.ok) return prepared;
  const rules = new Map(policies.map((policy) => [policy.id, policy]));
  const answer = memoised(prepared.value, memoSize);
  return ok({
    digest: from.digest,
    engine,
    decide: (input) => ruling(rules, answer, input),
    forbidsTool: (tool) => toolRuling(rules, answer, tool),
  });
}

const nothing: Omit<DecideInput, keyof ToolOffer> = {
  meaning: { effects: [], unparsed: false, opaque: [], programs: [], secrets: [], masked: null },
  score: { score: 0, severity: 'low', findings: [] },
  session: emptyMemory,
  callId: '',
};

/** What a rule may look at and still be about the tool itself. */
const ofTheTool = new Set(['agent', 'mcpServer', 'mode']);

/** Of the rules that deny a call with nothing in it, those that look at nothing a call could change. */
function toolRuling(
  rules: ReadonlyMap<string, ParsedPolicy>,
  answer: (request: CedarRequest) => CedarAnswer,
  tool: ToolOffer,
): Ruling | null {
  const input = { ...tool, ...nothing };
  let got: CedarAnswer;
  try {
    got = answer(cedarRequest(input));
  } catch {
    // Each call of it is judged anyway, and stays shut when the engine cannot answer.
    return null;
  }
  const denying = got.reasons
    .flatMap((id) => rules.get(id) ?? [])
    .filter(
      ({ forbids, annotations, looksAt }) =>
        forbids && annotations.effect !== 'ask' && [...looksAt].every((attribute) => ofTheTool.has(attribute)),
    );
  if (denying.length === 0) return null;
  return { decision: 'deny', rules: sortedIds(denying), why: sentence('Denied', denying, input.score) };
}

function ruling(
  rules: ReadonlyMap<string, ParsedPolicy>,
  answer: (request: CedarRequest) => CedarAnswer,
  input: DecideInput,
): Ruling {
  let got: CedarAnswer;
  try {
    got = answer(cedarRequest(input));
  } catch (cause) {
    // The engine is foreign code: whatever breaks in it, the call stays shut and the reason is told.
    got = { allowed: false, reasons: [], errors: [cause instanceof Error ? cause.message : String(cause)] };
  }
  if (got.errors.length > 0) {
    return {
      decision: 'deny',
      rules: ['policy-error'],
      why: `Denied: the policy could not be evaluated (${got.errors.join('; ')}). Correct the policy; until then such calls are denied.`,
    };
  }
  const deciding = got.reasons.map((id) => rules.get(id)).filter((policy) => policy !== undefined);
  if (got.allowed) return { decision: 'allow', rules: sortedIds(deciding), why: 'Allowed: no rule stands against it.' };
  if (deciding.length === 0)
    return {
      decision: 'deny',
      rules: [],
      why: 'Denied: no policy permits it. Add a permit for this person, tool or action.',
    };
  const denying = deciding.filter((policy) => policy.annotations.effect !== 'ask');
  return denying.length > 0
    ? { decision: 'deny', rules: sortedIds(denying), why: sentence('Denied', denying, input.score) }
    : { decision: 'ask', rules: sortedIds(deciding), why: sentence('Needs your approval', deciding, input.score) };
}

const sortedIds = (policies: readonly ParsedPolicy[]): string[] => policies.map(({ id }) => id).sort();

/** `Denied: deletes /home/dev with all below it. Rule never-delete-home: an agent … Allowed instead: …` */
function sentence(what: string, policies: readonly ParsedPolicy[], score: Score): string {
  const ranked = policies
    .map((policy) => ({ policy, finding: findingFor(policy, score.findings) }))
    .sort((a, b) => (b.finding?.weight ?? -1) - (a.finding?.weight ?? -1) || (a.policy.id < b.policy.id ? -1 : 1));
  const first = ranked[0];
  if (first === undefined) return `${what}.`;
  const { id, annotations } = first.policy;
  const rule = annotations.why === undefined ? `Rule ${id}.` : `Rule ${id}: ${asClause(annotations.why)}.`;
  const parts =
    first.finding === undefined ? [`${what}. ${rule}`] : [`${what}: ${asClause(first.finding.why)}. ${rule}`];
  if (annotations.instead !== undefined) parts.push(`Allowed instead: ${asClause(annotations.instead)}.`);
  return parts.join(' ');
}

/** The finding a rule speaks of: of the detector it names, else the heaviest. */
function findingFor(policy: ParsedPolicy, findings: readonly Finding[]): Finding | undefined {
  const named = new Set(
    policy.words.flatMap(([attribute, word]) =>
      attribute === 'detectors' ? [word] : attribute === 'findings' ? [word.split(' ')[0]] : [],
    ),
  );
  return findings.find(({ detector }) => named.has(detector)) ?? (named.size > 0 ? undefined : findings[0]);
}

/** A sentence as part of another: no full stop, small first letter unless the word is a name or an acronym. */
function asClause(text: string): string {
  const body = text.trim().replace(/\.$/, '');
  return /^[A-Z][a-z ]/.test(body) ? body.charAt(0).toLowerCase() + body.slice(1) : body;
}

function mistakesIn({ id, file, line, forbids, annotations, words }: ParsedPolicy): string[] {
  const where = `${file}:${line}: ${id}`;
  const found: string[] = [];
  const { effect } = annotations;
  if (effect !== undefined && effect !== 'ask' && effect !== 'deny')
    found.push(`${where}: @effect("${effect}") is unknown; write "ask" or "deny"`);
  if (effect !== undefined && !forbids) found.push(`${where}: @effect belongs on a forbid; a permit always allows`);
  for (const [attribute, word] of words) {
    const strange = strangeWord(attribute, word);
    if (strange !== null) found.push(`${where}: ${strange}`);
  }
  return found;
}

/** Least recently used answers fall out; errors are not kept. */
function memoised(
  evaluate: (request: CedarRequest) => CedarAnswer,
  size: number,
): (request: CedarRequest) => CedarAnswer {
  const known = new Map<string, CedarAnswer>();
  return (request) => {
    const key = JSON.stringify(request);
    const hit = known.get(key);
    if (hit !== undefined) {
      known.delete(key);
      known.set(key, hit);
      return hit;
    }
    const answer = evaluate(request);
    if (answer.errors.length > 0 || key.length > longestKey) return answer;
    known.set(key, answer);
    if (known.size > size)
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    return answer;
  };
}
