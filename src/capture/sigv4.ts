import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { AwsCredential } from './credentials.ts';

/** A request as it will be sent. `path` with query; `headers` flat. */
export interface Signable {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export interface SigningPlace {
  readonly region: string;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Headers that a client's own signature brought; ours take their place. */
const ownHeaders = new Set(['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256']);
const unsigned = /^(?!(?:host|content-type|x-amz-.*)$)/;

/**
 * The request's headers with an AWS signature, version 4, in `authorization`. Every `x-amz-*` header, the content type,
 * the host and the whole body are signed. Source: AWS IAM User Guide, "Create a signed AWS API request".
 */
export function signV4(request: Signable, place: SigningPlace, credential: AwsCredential): string[] {
  const stamp = new Date(place.atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const kept = pairs(request.headers).filter(([name]) => !ownHeaders.has(name.toLowerCase()));
  const added: [string, string][] = [['x-amz-date', stamp]];
  if (credential.sessionToken) added.push(['x-amz-security-token', credential.sessionToken]);
  const signing = canonicalHeaders([...kept, ...added, ['host', request.host]]);
  const names = signing.map(([name]) => name).join(';');
  const [path = '', query = ''] = split(request.path);
  const canonical = [
    request.method,
    path.split('/').map(encoded).join('/'),
    canonicalQuery(query),
    ...signing.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(request.body),
  ].join('\n');
  const scope = `${stamp.slice(0, 8)}/${place.region}/${place.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const signature = createHmac('sha256', signingKey(credential, scope)).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return [...kept, ...added, ['authorization', authorization] as const].flat();
}

/** The key of a credential for one day, region and service: four hashes that are the same for each request. */
const signingKeys = new WeakMap<AwsCredential, { readonly scope: string; readonly key: KeyObject }>();

function signingKey(credential: AwsCredential, scope: string): KeyObject {
  const known = signingKeys.get(credential);
  if (known?.scope === scope) return known.key;
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const key = createSecretKey(scope.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${credential.secretAccessKey}`)));
  signingKeys.set(credential, { scope, key });
  return key;
}

const sha256 = (bytes: string | Uint8Array): string => hash('sha256', bytes);

/** What may stand unescaped is A–Z a–z 0–9 - _ . ~; a path that is escaped already is escaped once more. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

function split(path: string): [string, string] {
  const at = path.indexOf('?');
  return at === -1 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const parts = query.split('&').map((part) => {
    const [name = '', ...value] = part.split('=');
    return `${encoded(decodeURIComponent(name))}=${encoded(decodeURIComponent(value.join('=')))}`;
  });
  return parts.sort().join('&');
}

function canonicalHeaders(all: readonly (readonly [string, string])[]): [string, string][] {
  const values = new Map<string, string[]>();
  for (const [name, value] of all) {
    const lower = name.toLowerCase();
    if (unsigned.test(lower)) continue;
    values.set(lower, [...(values.get(lower) ?? []), value.trim().replace(/ {2,}/g, ' ')]);
  }
  return [...values]
    .map(([name, list]): [string, string] => [name, list.join(',')])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function pairs(flat: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) out.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return out;
}
