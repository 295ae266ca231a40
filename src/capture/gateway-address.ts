import type { Dialect } from '../core/dialect.ts';
import type { Provider } from '../core/provider.ts';

interface Format {
  readonly dialect: Dialect;
  /** True when the answer can hold tool calls. */
  readonly withCalls: boolean;
}

/** The wire format of a path, and whether its answers can hold tool calls. */
export function formatOf({ dialects }: Provider, method: string, path: string): Format {
  const speaks = dialects.find((dialect) => dialect.answersWithCalls(method, path));
  const dialect = speaks ?? dialects[0];
  if (!dialect) throw new Error('a provider speaks no wire format');
  return { dialect, withCalls: speaks !== undefined };
}

/** `/anthropic/v1/messages?x` → `/v1/messages?x`; null for another prefix. The client's key does not go on in the query. */
export function targetOf(url: string, { id, keyParameter }: Provider): string | null {
  const start = `/${id}/`;
  if (!url.startsWith(start)) return null;
  const target = url.slice(start.length - 1);
  const query = target.indexOf('?');
  if (keyParameter === undefined || query === -1) return target;
  const parts = target.slice(query + 1).split('&');
  const kept = parts.filter((part) => decodedName(part) !== keyParameter);
  if (kept.length === parts.length) return target;
  return kept.length === 0 ? target.slice(0, query) : `${target.slice(0, query)}?${kept.join('&')}`;
}

/** Name of a query's part, in every spelling a server could take for it. */
function decodedName(part: string): string {
  const name = part.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
