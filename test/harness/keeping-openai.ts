import { type Answering, json, sse } from './gateway-rig.ts';
import { namedFrames, response, responsesEvents } from './openai-streams.ts';

type Item = Readonly<Record<string, unknown>>;

/** OpenAI's Responses as it keeps what it answers: a request that leaves a kept call without its result gets a 400. */
export interface KeepingOpenai {
  readonly answer: Answering;
  /** Inputs that it took, in order. */
  readonly inputs: readonly unknown[];
}

interface Request {
  readonly input?: string | readonly Item[] | null;
  readonly stream?: boolean;
  readonly previous_response_id?: string | null;
  readonly conversation?: string | { readonly id: string } | null;
  readonly store?: boolean;
}

/** Answers with one list of items after the other. */
export function keepingOpenai(answers: readonly (readonly Item[])[]): KeepingOpenai {
  const inputs: unknown[] = [];
  const answersKept = new Map<string, readonly string[]>();
  const conversations = new Map<string, readonly string[]>();
  return {
    inputs,
    answer(req, res, body) {
      const asked = JSON.parse(body.toString()) as Request;
      const conversation = typeof asked.conversation === 'string' ? asked.conversation : asked.conversation?.id;
      const open = [
        ...(answersKept.get(asked.previous_response_id ?? '') ?? []),
        ...(conversations.get(conversation ?? '') ?? []),
      ];
      const given = resultsIn(asked.input);
      const missing = open.find((id) => !given.includes(id));
      const unknown = given.find((id) => !open.includes(id));
      if (missing) return refuse(res, `No tool output found for function call ${missing}.`);
      if (unknown) return refuse(res, `No tool call found for function call output with call_id ${unknown}.`);
      const items = answers[inputs.length] ?? [];
      inputs.push(asked.input);
      const id = `resp_${inputs.length}`;
      if (asked.store !== false) answersKept.set(id, callsIn(items));
      if (conversation) conversations.set(conversation, callsIn(items));
      const more = { id, store: asked.store ?? true, ...(conversation ? { conversation: { id: conversation } } : {}) };
      const events = responsesEvents(items).map((event) =>
        'response' in event ? { ...event, response: { ...(event.response as object), ...more } } : event,
      );
      if (asked.stream) sse(namedFrames(events), 64)(req, res, body);
      else json({ ...response(items), ...more })(req, res, body);
    },
  };
}

function refuse(res: Parameters<Answering>[1], message: string): void {
  res.writeHead(400, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: 'input', code: null } }));
}

const callsIn = (items: readonly Item[]): readonly string[] =>
  items.filter(({ type }) => String(type).endsWith('_call')).map(({ call_id }) => String(call_id));

const resultsIn = (input: Request['input']): readonly string[] =>
  Array.isArray(input)
    ? input.filter(({ type }) => String(type).endsWith('_output')).map(({ call_id, id }) => String(call_id ?? id))
    : [];
