import type { Outcome } from '../core/event.ts';
import type { RequestFacts } from '../core/ports.ts';
import { clientOf, folderOf, type Headers, isAside, saysFailed, saysRefused, sessionOf } from './clients.ts';
import { declaredTools, type ToolOnWire } from './declared.ts';

const resultLimit = 64 * 1024;
const promptLimit = 64 * 1024;

/** What a dialect reads of a request, before it is put into one form. */
export interface ReadRequest {
  readonly model: string;
  /** The body's own name of the session; `''` for none. */
  readonly session: string;
  /** What a conversation begins with and keeps, for requests that name no session. */
  readonly beginning: unknown;
  readonly streaming: boolean;
  readonly results: readonly { readonly id: string; readonly text: string; readonly failed: boolean }[];
  /** Texts of the person since the last answer. */
  readonly said: readonly string[];
  /** System prompt and first messages, where agents say in which folder they work. */
  opening?(): readonly string[];
  /** Members of the body that declare tools, and how to read them. */
  readonly declared: unknown;
  tools(): readonly ToolOnWire[];
}

/** The facts of a request in any dialect but Anthropic's, whose one client names everything. */
export function factsOf(read: ReadRequest, headers: Headers, sha256: (text: string) => string): RequestFacts {
  const list = declaredTools(read.declared, read.tools, sha256);
  const session = sessionOf(headers) || read.session;
  const client = clientOf(headers);
  const cwd = folderOf(client, read.opening?.() ?? []);
  const aside = isAside(client, list.tools.length + read.results.length);
  return {
    model: read.model,
    session,
    ...(session === '' ? { conversation: sha256(JSON.stringify(read.beginning) ?? '') } : {}),
    ...client,
    ...(cwd === '' ? {} : { cwd }),
    ...(aside ? { aside } : {}),
    streaming: read.streaming,
    results: read.results.map(({ id, text, failed }) => ({ toolUseId: id, outcome: outcomeOf(text, failed) })),
    tools: list.tools,
    toolsDigest: list.digest,
    ...(list.left === 0 ? {} : { toolsLeft: list.left }),
    prompt: (aside ? [] : read.said)
      .map(withoutNotes)
      .filter((text) => text.trim() !== '')
      .join('\n')
      .slice(0, promptLimit),
  };
}

function outcomeOf(text: string, failed: boolean): Outcome {
  const cut = text.slice(0, resultLimit);
  if (saysRefused(cut)) return { status: 'refused', text: cut };
  return { status: failed || saysFailed(text) ? 'error' : 'ok', text: cut };
}

/** Notes that clients put before the person's words, wrapped in a tag of their own. */
const notes =
  /^\s*<(system-reminder|environment_context|session_context|current_datetime|user_instructions|INSTRUCTIONS|context)\b[^>]*>[\s\S]*?<\/\1>\s*/;

function withoutNotes(text: string): string {
  let rest = text;
  for (let turns = 0; turns < 20; turns++) {
    const note = notes.exec(rest);
    if (!note) break;
    rest = rest.slice(note[0].length);
  }
  return rest;
}
