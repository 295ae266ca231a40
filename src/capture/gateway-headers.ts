import type { IncomingMessage } from 'node:http';

/** Headers of one connection only. Source: RFC 9110 §7.6.1. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Never sent to a provider: who the client is to us and to the machine, and what the next hop sets itself. */
const keptHere = new Set(['host', 'content-length', 'expect', 'cookie', 'forwarded', 'via', 'x-real-ip']);
const keptHerePrefixes = ['x-warder-', 'x-forwarded-', 'tailscale-'];
const credentials = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'x-amz-security-token',
  'x-amz-date',
  'x-amz-content-sha256',
]);

/** Never given to a client: they would act on Warder's own origin, or lead the client past it. */
const keptFromClient = new Set(['set-cookie', 'strict-transport-security', 'alt-svc']);

/** What a request to the provider carries besides the client's own headers. */
export interface RequestChange {
  /** The provider's key as headers, flat; null when the client's own credentials go through. */
  readonly key: readonly string[] | null;
  /** Ask for an answer that can be read. */
  readonly uncompressed: boolean;
}

/** Headers for the provider, flat. The client's credentials stay here unless `change.key` is null. */
export function headersForProvider(req: IncomingMessage, change: RequestChange): string[] {
  const dropped = namedByConnection(req.headers.connection);
  const out: string[] = [];
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || keptHere.has(lower) || dropped.has(lower)) continue;
    if (keptHerePrefixes.some((prefix) => lower.startsWith(prefix))) continue;
    if (change.key && credentials.has(lower)) continue;
    if (change.uncompressed && lower === 'accept-encoding') continue;
    out.push(name, req.rawHeaders[at + 1] ?? '');
  }
  if (change.uncompressed) out.push('accept-encoding', 'identity');
  if (change.key) out.push(...change.key);
  return out;
}

/** Headers for the client, flat, as they came. `without` names further ones to leave out. */
export function headersForClient(raw: unknown, without: readonly string[] = []): string[] {
  const pairs = pairsOf(raw);
  const dropped = namedByConnection(pairs.find(([name]) => name.toLowerCase() === 'connection')?.[1]);
  return pairs.flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    const drop = hopByHop.has(lower) || dropped.has(lower) || keptFromClient.has(lower) || without.includes(lower);
    return drop ? [] : [name, value];
  });
}

function pairsOf(raw: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(raw)) return [];
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([latin1(raw[at]), latin1(raw[at + 1])]);
  return pairs;
}

const latin1 = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value));

function namedByConnection(value: string | undefined): ReadonlySet<string> {
  return new Set((value ?? '').split(',').map((name) => name.trim().toLowerCase()));
}
