import { callKey, numberedId } from '../../core/dialect.ts';
import type { RequestFacts } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Headers } from '../clients.ts';
import type { ToolOnWire } from '../declared.ts';
import { factsOf } from '../facts.ts';
import { parsedJson, recordOf, textOf } from '../strict-json.ts';
import { historyCalls } from './gemini.pieces.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a generateContent request says of its sender, its newest turn and its tools. The model stands in the path. */
export function requestFacts(body: string, headers: Headers, sha256: (text: string) => string): Result<RequestFacts> {
  const parsed = parsedJson(body);
  const request = parsed && recordOf(parsed.value);
  if (!request) return fail('unparsed-request', 'the request is not a readable JSON object');
  const contents = listOf(request.contents);
  const answered = contents.findIndex(({ role }) => role === 'model');
  const turn = contents.slice(contents.findLastIndex(({ role }) => role === 'model') + 1);
  const history = callsOf(contents, sha256);
  const { tools } = request;
  const beginning = contents.slice(0, answered === -1 ? contents.length : answered);
  const facts = factsOf(
    {
      model: '',
      session: '',
      beginning: beginning.map(({ parts }) => parts),
      streaming: false,
      results: resultsOf(turn, history.ids),
      opening: () =>
        [recordOf(request.systemInstruction) ?? {}, ...contents.slice(0, 2)].flatMap(({ parts }) =>
          listOf(parts).map(({ text }) => textOf(text)),
        ),
      said: turn.flatMap((content) =>
        listOf(content.parts).flatMap(({ text }) => (typeof text === 'string' ? [text] : [])),
      ),
      declared: tools,
      tools: () => toolsOf(tools),
    },
    headers,
    sha256,
  );
  return ok({ ...facts, callsSoFar: history.counts });
}

const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.map((each: unknown) => recordOf(each) ?? {}) : [];

interface History {
  /** How often a call was asked for so far, by the digest of its key. */
  readonly counts: ReadonlyMap<string, number>;
  /** The client's id of a call, or its tool's name where it has none → the id it was recorded under. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
}

/** The calls of the conversation so far. Clients number calls that came without an id themselves, so order and content tell which is which. */
function callsOf(contents: readonly Json[], sha256: (text: string) => string): History {
  const counts = new Map<string, number>();
  let ids = new Map<string, string[]>();
  const inHistory = historyCalls();
  for (const { role, parts } of contents) {
    // Only the last answer's calls wait for results.
    if (role === 'model') ids = new Map();
    for (const part of listOf(parts)) {
      const asked = recordOf(part.functionCall);
      if (!asked) continue;
      const call = inHistory(asked);
      if (!call) continue;
      const { name, input } = call;
      const key = sha256(callKey(name, input));
      const before = counts.get(key) ?? 0;
      counts.set(key, before + 1);
      const known = textOf(asked.id) || name;
      ids.set(known, [...(ids.get(known) ?? []), numberedId(key, before)]);
    }
  }
  return { counts, ids };
}

function resultsOf(
  turn: readonly Json[],
  ids: History['ids'],
): { readonly id: string; readonly text: string; readonly failed: boolean }[] {
  const parts = turn.flatMap((content) => listOf(content.parts));
  const met = new Map<string, number>();
  return parts.flatMap((part) => {
    const result = recordOf(part.functionResponse);
    if (!result) return [];
    const own = textOf(result.id) || textOf(result.name);
    // Calls of one name without an id are answered in the order they were asked.
    const place = met.get(own) ?? 0;
    met.set(own, place + 1);
    const recorded = ids.get(own) ?? [];
    const response = recordOf(result.response);
    const output = response?.output ?? response?.result ?? response?.error ?? response;
    const text = typeof output === 'string' ? output : JSON.stringify(output ?? '');
    return [{ id: recorded[place] ?? own, text, failed: response?.error !== undefined }];
  });
}

const mcpName = /^mcp_{1,2}([^_]+)_{1,2}(.+)$/su;

function toolsOf(tools: unknown): readonly ToolOnWire[] {
  return listOf(tools).flatMap((tool) =>
    listOf(tool.functionDeclarations ?? tool.function_declarations).flatMap((declared): ToolOnWire[] => {
      const name = textOf(declared.name);
      if (name === '') return [];
      const schema = declared.parameters ?? declared.parametersJsonSchema;
      return [{ name, server: mcpName.exec(name)?.[1], description: declared.description, schema }];
    }),
  );
}
