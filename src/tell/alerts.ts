import type { AgentEvent, ToolFact } from '../core/event.ts';
import type { AlertDraft, CallRecord, Finding } from '../core/verdict.ts';
import { severityOf } from '../core/verdict.ts';

/** A score from here on is an alert. */
const alertScore = 70;

/**
 * What one call gives reason to alert of: each finding of at least 70 or marked `alert`, a score of at least 70 that no
 * single finding reaches, and a deny that nothing else tells of. One draft per detector and subject; the same thing
 * again has the same `key`, so the store counts it up. The verdict is the call's own (`effective` deny).
 */
export function alertsFor(call: CallRecord): AlertDraft[] {
  const drafts = new Map<string, AlertDraft>();
  const add = (detector: string, subject: string, score: number, title: string): void => {
    const key = [call.agent, call.person, detector, subject].join('|');
    const known = drafts.get(key);
    if (known !== undefined && known.score >= score) return;
    const { session, agent, person } = call;
    drafts.set(key, {
      key,
      severity: severityOf(score),
      score,
      detector,
      title: oneLine(title),
      session,
      agent,
      person,
      call: call.id,
    });
  };
  // What is suppressed alerts nobody; a mere hint does not by itself.
  const counted = call.findings.filter(({ suppressed }) => suppressed === undefined);
  const named = counted.filter(
    ({ weight, alert, confidence }) => alert === true || (weight >= alertScore && confidence !== 'experimental'),
  );
  // An alert stands in the queue of what the whole call scored, not of its one finding.
  for (const found of named) add(found.detector, subjectOf(call, found), Math.max(call.score, found.weight), found.why);
  const heaviest = counted[0];
  if (named.length === 0 && call.score >= alertScore) {
    add(
      heaviest?.detector ?? 'score',
      subjectOf(call, heaviest),
      call.score,
      `${call.tool} scores ${call.score}: ${heaviest?.why ?? 'several findings together.'}`,
    );
  }
  if (drafts.size === 0 && call.effective === 'deny') {
    const rule = call.rules[0] ?? 'no-permit';
    add(
      'denied',
      rule,
      call.score,
      `${call.tool} was denied by ${call.rules.length > 0 ? `rule ${call.rules.join(', ')}` : 'the policy'}${heaviest === undefined ? '.' : `: ${heaviest.why}`}`,
    );
  }
  return [...drafts.values()];
}

/**
 * What an alert is about, so that the same thing is one alert and another thing another: the resource the evidence
 * points at, without what changes from run to run; else the session.
 */
function subjectOf(call: CallRecord, found: Finding | undefined): string {
  const span = found?.evidence;
  const about =
    span &&
    call.effects.find(
      (effect) =>
        effect.span?.field === span.field &&
        effect.span.start === span.start &&
        effect.span.end === span.end &&
        effect.resource.name !== '',
    );
  if (about === undefined) return call.action.kind === 'mcp' ? call.action.server : `session ${call.session}`;
  return `${about.resource.kind} ${steady(about.resource.name)}`;
}

/** Numbers and random parts of temporary names become `#`. */
const steady = (name: string): string =>
  name
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{12,}/gi, '#')
    .replace(/\d{3,}/g, '#')
    .slice(0, 200);

/** An agent's configuration that no longer reports as it was connected: one alert for each agent, device and file. */
export function alertsForChange(
  { agent, session, path, identity, finding }: Extract<AgentEvent, { readonly kind: 'config-change' }>,
  said: string,
): AlertDraft[] {
  if (finding === undefined) return [];
  const { person, device } = identity;
  const { detector, weight } = finding;
  const key = [agent, person, detector, `${device} ${path ?? ''}`].join('|');
  const title = oneLine(`${agent} on ${device}: ${said}`);
  return [{ key, severity: severityOf(weight), score: weight, detector, title, session, agent, person, call: '' }];
}

/** From here on a fact about a description is worth a person's time before the tool is used. */
const factScore = 55;
const changeScore = 45;

/**
 * What servers newly say of their tools → at most two alerts for each server: the gravest of what is odd, and that
 * descriptions are not what they were. A call of such a tool counts up the first.
 */
export function alertsForTools(
  who: { readonly agent: string; readonly person: string; readonly session: string },
  news: readonly {
    readonly server: string;
    readonly tool: string;
    readonly facts: readonly ToolFact[];
    readonly changed: boolean;
  }[],
): AlertDraft[] {
  const { agent, person, session } = who;
  const draft = (subject: string, score: number, title: string): AlertDraft => {
    const key = [agent, person, descriptions, subject].join('|');
    const severity = severityOf(score);
    return { key, severity, score, detector: descriptions, title: oneLine(title), session, agent, person, call: '' };
  };
  return [...Map.groupBy(news, ({ server }) => server)].slice(0, mostServers).flatMap(([server, tools]) => {
    const odd = tools
      .flatMap(({ tool, facts }) => facts.slice(0, 1).map((fact) => ({ tool, fact })))
      .filter(({ fact }) => fact.weight >= factScore)
      .sort((a, b) => b.fact.weight - a.fact.weight);
    const changed = tools.filter((each) => each.changed);
    const [worst] = odd;
    const drafts: AlertDraft[] = [];
    if (worst !== undefined) {
      const more = odd.length > 1 ? ` So do ${odd.length - 1} more of its tools.` : '';
      drafts.push(
        draft(server, worst.fact.weight, `MCP server ${server}, tool ${worst.tool}: ${worst.fact.why}${more}`),
      );
    }
    if (changed.length > 0) {
      const names = changed.slice(0, 5).map(({ tool }) => tool);
      const rest = changed.length > names.length ? ` and ${changed.length - names.length} more` : '';
      const graver = changed.some(({ facts }) => (facts[0]?.weight ?? 0) >= factScore) ? 80 : changeScore;
      const title = `MCP server ${server} changed what it says of ${names.join(', ')}${rest}.`;
      drafts.push(draft(`${server} changed`, graver, title));
    }
    return drafts;
  });
}

const descriptions = 'tool-description';
const mostServers = 50;

const oneLine = (text: string): string => (text.length > 240 ? `${text.slice(0, 239)}…` : text).replace(/\s+/g, ' ');
