import { createHash } from 'node:crypto';
import type { AgentEvent, EventHead } from '../core/event.ts';
import type { StoredEvent } from '../core/store.ts';
import { many, personalSums, personalWords } from '../score/personal.ts';
import { type Context, safeText, touchOf } from './context.ts';
import { noteDeclared } from './declared.ts';
import { callIdOf } from './judge.ts';
import type { OpenSession } from './known.ts';
import { noteOutcome, unknownCallNotice } from './outcome.ts';
import { personalIn } from './personal.ts';
import { promptKnown } from './prompts.ts';
import { noteTold } from './told.ts';

const eventTextLimit = 16_384;

/** Records one event that needs no verdict. Rejects when it could not be stored. */
export async function note(context: Context, event: AgentEvent): Promise<void> {
  const session = await context.known.session(event);
  switch (event.kind) {
    case 'call-asked':
    case 'call-before': {
      // What is to be decided goes another way: this one was told after the fact.
      const callId = callIdOf(event, event.call.toolUseId);
      return context.known.inTurn(callId, () => noteTold(context, event, callId, session));
    }
    case 'call-after':
    case 'call-result': {
      const callId = callIdOf(event, event.kind === 'call-after' ? event.call.toolUseId : event.toolUseId);
      const found = await context.known.inTurn(callId, () => noteOutcome(context, event, callId, session));
      return found ? undefined : noteText(context, unknownCallNotice(event));
    }
    case 'tools-declared':
      if ((event.left ?? 0) > 0 && event.digest !== session.declared) {
        await noteText(context, {
          ...headOf(event),
          kind: 'notice',
          what: 'a list of tools that is too long',
          text: `${event.left} of its tools were not looked at`,
        });
      }
      return noteDeclared(context, event, session);
    case 'prompt':
      return notePrompt(context, event, session);
    default:
      return noteText(context, event);
  }
}

type Prompt = Extract<AgentEvent, { readonly kind: 'prompt' }>;

async function notePrompt(context: Context, event: Prompt, session: OpenSession): Promise<void> {
  if (isTold(event.source)) {
    if (await promptKnown(context, event, session)) return;
  } else {
    // Hook and gateway both report a prompt, and every retry repeats it.
    const digest = createHash('sha256').update(event.text).digest('hex');
    const again = digest === session.lastPrompt;
    if (again || ((event.source === 'gateway' || event.source === 'aperture') && session.hooks)) return;
    session.lastPrompt = digest;
  }
  session.memory = context.deps.stages.rememberText(session.memory, {
    from: 'person',
    text: context.deps.mask(event.text).text,
  });
  await noteText(context, event, session);
  const { all, grave } = personalSums(personalIn(event.text));
  if (grave === 0 && all < many) return;
  const text = `holds ${personalWords(personalIn(event.text))}`;
  return noteText(context, { ...headOf(event), kind: 'notice', what: 'personal data in a prompt', text });
}

/** Told after the fact, maybe of what was heard live. */
const isTold = (source: EventHead['source']): boolean => source === 'transcript' || source === 'telemetry';

const headOf = ({ at, source, agent, agentVersion, session, subagent, identity, cwd }: AgentEvent): EventHead => ({
  at,
  source,
  agent,
  agentVersion,
  session,
  subagent,
  identity,
  cwd,
});

async function noteText({ deps, commit }: Context, event: AgentEvent, changed?: OpenSession): Promise<void> {
  const stored: StoredEvent = {
    at: event.at,
    session: event.session,
    agent: event.agent,
    kind: event.kind,
    source: event.source,
    subagent: event.subagent,
    text: safeText(deps)(textOf(event)).slice(0, eventTextLimit),
  };
  const drafts = event.kind === 'config-change' ? (deps.alertsForChange?.(event, stored.text) ?? []) : [];
  const touched = touchOf(deps, event, changed);
  const { alerts } = await commit({ session: touched, event: stored, delivery: event.delivery, alerts: drafts });
  for (const alert of alerts) deps.publish({ type: 'alert', alert });
  deps.publish({ type: 'session', session: event.session });
}

/** What the timeline shows of an event that is not a call. */
function textOf(event: AgentEvent): string {
  switch (event.kind) {
    case 'session-start':
    case 'session-end':
      return event.how;
    case 'prompt':
    case 'answer':
      return event.text;
    case 'subagent-start':
    case 'subagent-end':
      return event.subagentType;
    case 'config-change':
      return [event.what, event.path].filter(Boolean).join(' ');
    case 'notice':
      return `${event.what}: ${event.text}`;
    case 'unparsed':
      return `${event.why}\n${event.raw}`;
    case 'permission-asked':
      return event.call.tool;
    case 'tools-declared':
      return event.tools.map((tool) => tool.name).join(' ');
    case 'call-asked':
    case 'call-before':
    case 'call-after':
    case 'call-result':
      return '';
    default:
      return event satisfies never;
  }
}
