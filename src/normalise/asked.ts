import type { AskedCall } from '../core/dialect.ts';
import { ambiguityOf, parsedJson, recordOf } from './strict-json.ts';

/** What a dialect found of a call before its input was read. */
export interface CallHead {
  readonly id: string;
  /** The format gives its calls no ids. */
  readonly idless?: boolean;
  readonly name: string;
  /** Why its frames cannot be trusted; null when they can. */
  readonly problem: string | null;
}

/** A call whose input is JSON text, as providers stream it. */
export function askedFromText(head: CallHead, json: string): AskedCall {
  const parsed = parsedJson(json);
  if (!parsed) return askedWith(head, json, 'its input is not readable JSON');
  const input = recordOf(parsed.value);
  if (!input) return askedWith(head, parsed.value, 'its input is not an object');
  const ambiguity = ambiguityOf(json, true);
  return askedWith(head, input, ambiguity && `its input ${ambiguity}`);
}

/** A call whose input was read already. `problem`: why that input cannot be trusted. */
export function askedWith(head: CallHead, input: unknown, problem: string | null): AskedCall {
  const tool = head.name.normalize('NFKC');
  return {
    toolUseId: head.id,
    tool,
    input,
    problem:
      head.problem ??
      problem ??
      nameProblem(head.name, tool) ??
      (head.id === '' && !head.idless ? 'it has no id' : null),
  };
}

/** Names a reader could take for another: compatibility forms, invisible characters, blanks. */
function nameProblem(name: string, tool: string): string | null {
  if (name === '') return 'it names no tool';
  if (name !== tool || /[^\x21-\x7e]/.test(name)) return 'its tool name holds look-alike or invisible characters';
  return name.length > 256 ? 'its tool name is longer than 256 characters' : null;
}

/** Two calls of one answer with the same id could not be told apart afterwards. */
export function notRepeated(call: AskedCall, ids: Set<string>): AskedCall {
  if (call.toolUseId === '') return call;
  const repeated = ids.has(call.toolUseId);
  ids.add(call.toolUseId);
  return repeated ? { ...call, problem: call.problem ?? 'it repeats the id of another call of the same answer' } : call;
}

/** Some readers match member names whatever their case. */
export function foldedTwice(object: Readonly<Record<string, unknown>> | null): string | null {
  const names = Object.keys(object ?? {});
  const folded = new Set(names.map((name) => name.toLowerCase()));
  return folded.size === names.length ? null : 'an object says the same name twice in different case';
}

/** Finds member names of a format in a spelling that is not its own. */
export interface Spellings {
  /** What is odd about the member names of a JSON text; null when nothing is. */
  inText(json: string): string | null;
  /** What is odd about one member's name. */
  ofName(name: string): string | null;
}

/** Names whose spelling was looked at; a stream says the same ones again and again. */
const mostKnown = 512;

/**
 * Readers that fold the case of names act on such a spelling, others do not see it. `names` are the format's, in every
 * spelling it allows; what is compared is JSON text, so that a name inside a string, whose quotes are escaped, is none.
 */
export function spellings(names: readonly string[]): Spellings {
  const own = new Set(names);
  const folded = new Set(names.map((name) => name.toLowerCase()));
  const any = new RegExp(`"(${[...folded].join('|')})"[ \\t\\r\\n]*:`, 'gi');
  const known = new Set(names);
  const ofName = (name: string): string | null => {
    if (known.has(name)) return null;
    if (folded.has(name.toLowerCase()) && !own.has(name)) return `spells ${JSON.stringify(name)} in its own way`;
    if (known.size < mostKnown && name.length < 64) known.add(name);
    return null;
  };
  return {
    ofName,
    inText(json) {
      for (const [, name = ''] of json.matchAll(any)) {
        const why = ofName(name);
        if (why) return why;
      }
      return null;
    },
  };
}
