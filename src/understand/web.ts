import { carriesData, destinationClass, looksEncoded } from '../core/destination.ts';
import type { Effect, Flag, Resource, SecretHit, Span } from '../core/effect.ts';
import type { Action, Place } from '../core/event.ts';
import { touch } from './file-effects.ts';
import { readUrl } from './hosts.ts';

type Kind<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** Methods that change something at the other end, or carry a body there. */
const sending = /^(?:POST|PUT|PATCH|DELETE)$/i;

/**
 * A request → what leaves and what comes back. A page is written by others. An address that carries data (a long
 * encoded value, a host name made of data) sends, whatever the method.
 */
export function webEffects(action: Kind<'web-fetch'>, by: string, span: Span, place: Place): readonly Effect[] {
  const { url, method, body } = action;
  if (/^\s*file:/i.test(url)) {
    const found = touch('read', { text: url.trim(), arg: 0 }, place);
    return found.map(({ arg: _arg, ...effect }) => ({ ...effect, by, span }));
  }
  // The page is in the address itself: nothing is fetched.
  if (/^\s*(?:data|about|blob):/i.test(url)) return [];
  if (/^\s*(?:javascript|vbscript):/i.test(url)) {
    const resource: Resource = { kind: 'process', name: 'script' };
    return [{ verb: 'execute', resource, zone: 'this-host', flags: ['opaque'], by, span }];
  }
  const { host, zone, path, credentials } = readUrl(url);
  const resource: Resource = { kind: 'host', name: host };
  const flags: Flag[] = zone === 'this-host' ? [] : ['untrusted'];
  if (destinationClass(host) === 'look-alike') flags.push('hidden');
  const back: Effect = { verb: 'receive', resource, zone, flags, by, span };
  const data = carriedData(host, path);
  if (!sending.test(method) && body === undefined && data === null && !credentials) return [back];
  const marks: Flag[] = data === 'encoded' ? ['hidden'] : [];
  const away: Effect = { verb: 'send', resource, zone, flags: marks, by, span, flow: 0 };
  const gone: Effect[] = method.toUpperCase() === 'DELETE' ? [{ ...away, verb: 'delete' }] : [];
  return [away, ...gone, { ...back, flow: 0 }];
}

/** Parameters whose value is long and random by nature. */
const randomByNature =
  /^(?:.*(?:sig(?:nature)?|token|hash|sha\d*|digest|integrity|commit|cursor|nonce|state|etag|credential|policy|key|id|ref|rev|v|hmac|challenge|continuation|page|after|before|next))$/i;

/** What an address carries besides naming a page: encoded data, or a long text. */
function carriedData(host: string, path: string): 'encoded' | 'long' | null {
  if (carriesData(host)) return 'encoded';
  const query = path.indexOf('?');
  if (query < 0) return path.length > 1500 ? 'long' : null;
  let total = 0;
  for (const pair of path
    .slice(query + 1)
    .split(/[&;#]/)
    .slice(0, 64)) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? '' : pair.slice(0, equals);
    const value = equals < 0 ? pair : pair.slice(equals + 1);
    if (name.length <= 64 && randomByNature.test(name)) continue;
    total += value.length;
    const head = value.slice(0, 1024).replaceAll('%3D', '=').replaceAll('%2B', '+').replaceAll('%2F', '/');
    if (value.length >= 64 && looksEncoded(head)) {
      return 'encoded';
    }
  }
  return total > 1200 ? 'long' : null;
}

/** A secret in an address or a search goes to whoever answers it. */
export function secretsSent(
  effects: readonly Effect[],
  action: Action,
  by: string,
  secrets: readonly SecretHit[],
): readonly Effect[] {
  const [first] = secrets;
  if (first === undefined || effects.some(({ verb }) => verb === 'send')) return effects;
  if (action.kind !== 'web-fetch' && action.kind !== 'web-search') return effects;
  const to = effects.find(({ verb, zone }) => verb === 'receive' && zone !== 'this-host');
  if (to === undefined) return effects;
  const away: Effect = {
    verb: 'send',
    resource: to.resource,
    zone: to.zone,
    flags: ['sensitive'],
    by,
    span: first.span,
  };
  return [...effects, away];
}
