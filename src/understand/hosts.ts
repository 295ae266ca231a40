import { isLoopback, isMetadataHost } from '../core/destination.ts';
import type { Zone } from '../core/effect.ts';
import { unknownPart } from './arguments.ts';

const productionWord = /(?:^|[^a-z])(?:prod|production|prd)(?:[^a-z]|$)/i;

/** True when a name calls itself production: `db-prod-1`, `production/api`. */
export function namesProduction(name: string): boolean {
  return name.length < 2048 && productionWord.test(name);
}

/** Host name → zone: loopback is this host, the cloud's metadata service a credential store, all else other hosts. */
export function hostZone(host: string): Zone {
  if (host === '' || host === unknownPart) return 'other-host';
  if (isMetadataHost(host)) return 'credential-store';
  if (isLoopback(host)) return 'this-host';
  return namesProduction(host) ? 'production' : 'other-host';
}

export interface UrlParts {
  readonly host: string;
  readonly zone: Zone;
  /** Path, query and fragment as written; `''` when none. */
  readonly path: string;
  readonly scheme: string;
  /** The URL carries `user:password@`. */
  readonly credentials: boolean;
}

/** URL, or host with port and path as curl takes it, → host in its normal form (decimal and hex addresses included). */
export function readUrl(text: string): UrlParts {
  const spelled = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(spelled)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? spelled : spelled.slice(scheme.length + 3);
  const cut = rest.search(/[/?#\\]/);
  const authority = cut < 0 ? rest : rest.slice(0, cut);
  const path = cut < 0 ? '' : rest.slice(cut);
  const at = authority.lastIndexOf('@');
  const host = hostName(at < 0 ? authority : authority.slice(at + 1));
  return {
    host,
    zone: hostZone(host),
    path,
    scheme: scheme ?? 'http',
    credentials: at > 0 && authority.slice(0, at).includes(':'),
  };
}

/** `Host:port` → host, lower case, numeric addresses in dotted form. A host only partly known keeps its known end. */
export function hostName(authority: string): string {
  let host = authority.toLowerCase();
  if (!host.startsWith('[')) host = host.replace(/:[^:]*$/, '');
  else host = host.replace(/\]:.*$/, ']');
  host = host.replace(/\.$/, '');
  if (/^(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}$/.test(host)) {
    const url = URL.parse(`http://${host}/`);
    if (url) return url.hostname;
  }
  return host.replaceAll(unknownPart, '…');
}
