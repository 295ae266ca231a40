import type { AgentEvent } from '../core/event.ts';
import { type Context, safeText } from './context.ts';
import type { OpenSession } from './known.ts';

type Prompt = Extract<AgentEvent, { readonly kind: 'prompt' }>;

/** Beginning of a prompt that tells it from others, in UTF-16 units. */
const beginning = 2_000;
/** Events of a session that are looked through. */
const mostPages = 10;

/** Prompts of sessions as they rest, by what is open of the session: read once, when something of it is told afterwards. */
const heard = new WeakMap<OpenSession, Promise<Set<string>>>();

/** True when this prompt is in the record already, from when it was typed. Rejects when the store cannot be read. */
export async function promptKnown(context: Context, event: Prompt, session: OpenSession): Promise<boolean> {
  if (event.session === '' || !(session.past || session.hooks || session.gateway)) return false;
  let reading = heard.get(session);
  if (reading === undefined) {
    reading = promptsOf(context, event.session);
    heard.set(session, reading);
  }
  const mark = markOf(safeText(context.deps)(event.text));
  const known = await reading;
  return known.has(mark);
}

const markOf = (text: string): string => text.trim().slice(0, beginning);

async function promptsOf({ deps }: Context, session: string): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { items, next } = await deps.store.events({
      session,
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { kind, source, text } of items) {
      if (kind === 'prompt' && source !== 'transcript' && source !== 'telemetry') found.add(markOf(text));
    }
    if (next === null) break;
    cursor = next;
  }
  return found;
}
