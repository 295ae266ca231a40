import type { IncomingMessage } from 'node:http';
import type { AgentId, Identity } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { looksLikeJwt } from './jwt-shape.ts';
import type { Oidc } from './oidc.ts';
import { isLoopback, isTailnet, ownerOfPeer, plainAddress } from './peer.ts';
import type { Tailscale } from './tailscale.ts';
import { howToGetOne, openTokens, type TokenDeps, type Tokens, type TokenUse, tokenPrefix } from './tokens.ts';

/** Tailscale as a way to know who calls. */
interface TailscaleDoor {
  /** Null: nobody is asked, and only the headers of the local proxy count. */
  readonly daemon: Tailscale | null;
  /** `tailscale serve` stands before Warder on this machine: its headers are believed, from nobody else. */
  readonly serve: boolean;
  /** User id that the proxy runs as; null: not looked at. */
  readonly serveUser: number | null;
}

export interface IdentityDeps extends TokenDeps {
  /** A client's own credentials go through to the provider, so its token comes as `x-warder-token`, or not at all from this machine. */
  readonly passThroughClientAuth: boolean;
  /** Who calls from this machine without a token; null: nobody may. Used only with `passThroughClientAuth`. */
  readonly loopback: Identity | null;
  readonly oidc?: Oidc | null;
  readonly tailscale?: TailscaleDoor | null;
  /** Provider → the query parameter its clients may send a key in. */
  readonly keyParameters?: ReadonlyMap<string, string | undefined>;
  /** The agent a client says it is. */
  agentOf?(headers: IncomingMessage['headers']): AgentId | undefined;
}

type Found = Result<Identity> | Promise<Result<Identity>>;

/**
 * The home's tokens, and who stands behind a request. In this order: a Warder token, a JWT of a known identity provider,
 * the tailnet, this machine itself. What was offered and does not hold is refused; nothing weaker takes its place.
 */
export function createIdentity(deps: IdentityDeps): Tokens & { identify(req: IncomingMessage): Found } {
  const tokens = openTokens(deps);
  return {
    ...tokens,
    identify(req) {
      const offered = offeredBy(req, deps);
      if (!offered.ok) return offered;
      const { token, jwt, other } = offered.value;
      if (token !== '') return tokens.identifyByToken(token, purposeOf(req, deps));
      if (jwt !== '' && deps.oidc) return deps.oidc.identify(jwt);
      return byPlace(deps, req, () => nobody(tokens, deps, other));
    },
  };
}

/** Nothing told who it is: the refusal, in the words for what was sent. */
function nobody(tokens: Tokens, { passThroughClientAuth }: IdentityDeps, other: string): Found {
  if (!passThroughClientAuth) return tokens.identifyByToken(other);
  return fail('no-token', `this request carries no Warder token in x-warder-token. ${howToGetOne}`);
}

interface Offered {
  readonly token: string;
  /** A JWT that is meant for us. */
  readonly jwt: string;
  /** A provider's key, or anything else; where clients' own credentials go through it is theirs. */
  readonly other: string;
}

const carriers = ['x-warder-token', 'x-api-key', 'x-goog-api-key', 'api-key', 'authorization'] as const;

/** What a request offers as proof. Errors: `ambiguous-identity`, `token-in-address`: two readers could see different people, or a log could hold the token. */
function offeredBy(req: IncomingMessage, deps: IdentityDeps): Result<Offered> {
  const twice = repeated(req);
  if (twice) return fail('ambiguous-identity', `this request carries ${twice} more than once. Send it once.`);
  const [own = '', ...rest] = carriers.map((name) => sentIn(req, name));
  const inAddress = tokenInAddress(req, deps);
  if (!inAddress.ok) return inAddress;
  const all = [own, ...rest, inAddress.value].filter((value) => value !== '');
  const tokens = new Set(all.filter((value) => value.startsWith(tokenPrefix)));
  if (tokens.size > 1) return fail('ambiguous-identity', 'this request carries two different Warder tokens. Send one.');
  const ownJwt = own.startsWith('eyJ') && deps.oidc !== null && deps.oidc !== undefined;
  if (own !== '') return ok({ token: ownJwt ? '' : own, jwt: ownJwt ? own : '', other: own });
  const [token = ''] = tokens;
  const jwt = rest.find((value) => looksLikeJwt(value) && (deps.oidc?.isOurs(value) ?? false)) ?? '';
  return ok({ token, jwt, other: all[0] ?? '' });
}

/** A header that tells who somebody is and stands there twice: Node would join the values, or drop one. */
function repeated({ rawHeaders }: IncomingMessage): string | null {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!carriers.some((each) => each === name) && !name.startsWith('tailscale-')) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

function sentIn(req: IncomingMessage, name: (typeof carriers)[number]): string {
  const value = req.headers[name];
  const text = (Array.isArray(value) ? value[0] : value) ?? '';
  return name === 'authorization' ? (/^Bearer +(\S+)$/i.exec(text)?.[1] ?? '') : text.trim();
}

/** The token in the query parameter of a provider whose clients send their key there; `''` when there is none. */
function tokenInAddress(req: IncomingMessage, { keyParameters }: IdentityDeps): Result<string> {
  const url = req.url ?? '';
  const query = url.slice(url.indexOf('?') + 1 || url.length);
  // In a path it may stand for the agents whose hooks can send no header; `hooks` reads those itself.
  if (!/wrd(?:_|%5f)/i.test(query)) return ok('');
  const parameter = keyParameters?.get(firstOf(url));
  const named = new URLSearchParams(query).getAll(parameter ?? '');
  if (parameter !== undefined && named.length === 1) return ok(named[0] ?? '');
  return fail('token-in-address', 'a Warder token stands in the address, where logs keep it. Send it as a header.');
}

const firstOf = (url: string): string => /^\/([^/?#]*)/.exec(url)?.[1] ?? '';

function purposeOf(req: IncomingMessage, { keyParameters, agentOf }: IdentityDeps): TokenUse {
  const first = firstOf(req.url ?? '');
  const agent = agentOf?.(req.headers);
  const said = agent === undefined ? {} : { agent };
  if (first === 'hooks') return { route: 'hooks', ...said };
  if (first === 'mcp' || first === 'mcp-events') return { route: 'mcp', ...said };
  if (first === 'import') return { route: 'import' };
  if (first === 'v1') return { route: 'telemetry' };
  return { route: 'gateway', ...(keyParameters?.has(first) ? { provider: first } : {}), ...said };
}

/** By where the request comes from: the tailnet, or this machine. */
function byPlace(deps: IdentityDeps, req: IncomingMessage, otherwise: () => Found): Found {
  const { tailscale, loopback, passThroughClientAuth } = deps;
  const peer = plainAddress(req.socket.remoteAddress);
  if (tailscale?.daemon && isTailnet(peer)) return tailscale.daemon.whois(peer, req.socket.remotePort ?? 0);
  if (tailscale?.serve && isLoopback(peer) && isRelayed(req)) return throughServe(tailscale, req, otherwise);
  if (loopback && passThroughClientAuth && isLoopback(peer) && !isRelayed(req) && isNamedHere(req)) return ok(loopback);
  return otherwise();
}

/**
 * `tailscale serve` on this machine: it removes such headers from what it takes in and sets its own. Anybody here could
 * send them, so the process at the other end must be the proxy's user, and the tailnet must say the same of the address.
 */
function throughServe({ daemon, serveUser }: TailscaleDoor, req: IncomingMessage, otherwise: () => Found): Found {
  const login = single(req, 'tailscale-user-login');
  const from = single(req, 'x-forwarded-for');
  if (login === '' && from === '') return otherwise();
  if (serveUser !== null && ownerOfPeer(req.socket) !== serveUser)
    return fail('not-the-proxy', 'headers of tailscale serve came from another process of this machine.');
  if (req.headers['tailscale-funnel-request'] !== undefined)
    return fail('from-the-internet', 'this request came through Tailscale Funnel, from nobody that is known.');
  const address = plainAddress(from);
  if (!isTailnet(address)) return fail('not-in-tailnet', 'tailscale serve names no address of the tailnet.');
  if (daemon === null) {
    if (!/^[\x21-\x7e]{1,320}$/.test(login)) return fail('not-in-tailnet', 'tailscale serve names no person.');
    return ok({ person: login, device: address, via: 'tailscale' });
  }
  const agreed = (found: Result<Identity>): Result<Identity> =>
    !found.ok || login === '' || login === found.value.person
      ? found
      : fail('not-the-proxy', 'the tailnet says another person than the headers.');
  const found = daemon.whois(address, 0);
  return found instanceof Promise ? found.then(agreed) : agreed(found);
}

function single(req: IncomingMessage, name: string): string {
  const value = req.headers[name];
  return typeof value === 'string' ? value.trim() : '';
}

/** Somebody a proxy speaks for, or a page in a browser. */
function isRelayed(req: IncomingMessage): boolean {
  return Object.keys(req.headers).some(
    (name) =>
      name.startsWith('x-forwarded-') ||
      name.startsWith('tailscale-') ||
      name === 'x-real-ip' ||
      name === 'forwarded' ||
      name === 'via' ||
      name === 'origin' ||
      name === 'sec-fetch-site',
  );
}

/** A page whose name was made to point here sends that name, and a GET of its own carries no origin. */
const isNamedHere = (req: IncomingMessage): boolean =>
  /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/i.test(req.headers.host ?? '');
