import { plainPath } from './paths.ts';
import { afterBlanks, parsedJson, stringEnd, valueEnd } from './strict-json.ts';

/**
 * The `model` of a request's body, found without parsing the rest; `''` when it names none. Null when two readers could
 * find different ones: no object, a name said twice or in another case, a model that is no text.
 */
export function modelInBody(body: string): string | null {
  let at = afterBlanks(body, 0);
  if (!body.startsWith('{', at)) return null;
  let found: string | null = '';
  let times = 0;
  at = afterBlanks(body, at + 1);
  while (at < body.length && body.startsWith('"', at)) {
    const keyEnd = stringEnd(body, at);
    const from = afterBlanks(body, afterBlanks(body, keyEnd) + 1);
    const to = valueEnd(body, from);
    if (nameAt(body, at, keyEnd) === 'model') {
      const value = parsedJson(body.slice(from, to))?.value;
      found = typeof value === 'string' && body.slice(at, keyEnd) === '"model"' ? value : null;
      times += 1;
    }
    at = afterBlanks(body, to);
    if (body.startsWith(',', at)) at = afterBlanks(body, at + 1);
  }
  const whole = body.startsWith('}', at) && afterBlanks(body, at + 1) === body.length;
  return times > 1 || !whole ? null : found;
}

/** A member's name as readers that fold case and resolve escapes see it. */
function nameAt(body: string, start: number, end: number): string {
  if (end - start > 64) return '';
  const quoted = body.slice(start, end);
  const name = quoted.includes('\\') ? parsedJson(quoted)?.value : quoted.slice(1, -1);
  return typeof name === 'string' ? name.trim().toLowerCase() : '';
}

/** The model that a path names, in lower case; `''` when it names none. */
export const modelInPath = (path: string, pattern: RegExp): string => pattern.exec(plainPath(path))?.[1] ?? '';

/** Bedrock's paths name the model, its inference profile or an ARN of one. Source: Amazon Bedrock API reference, InvokeModel. */
export const modelOfBedrock = (path: string): string =>
  modelInPath(path, /^\/model\/(.+)\/(?:converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)$/);
