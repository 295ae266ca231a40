import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../core/event.ts';
import type { CookieSessions } from './cookie-sessions.ts';
import type { ConsoleDeps } from './deps.ts';
import { plainPage } from './plain-page.ts';
import { problem } from './problem.ts';

/** `public`: no account needed. `read`: an account. `change`: an account, and proof that the console itself asked. */
export type Access = 'public' | 'read' | 'change';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    identity: Identity | null;
  }
}

/** Cookies are shared by every port of a host: the port in the name keeps two Warders on one machine apart. */
export const cookieName = (url: string): string => `warder_${new URL(url).port || 'session'}`;

/** Host header against loopback and our own names. A foreign name here is DNS rebinding. */
function hostIsOurs(header: string | undefined, names: readonly string[]): boolean {
  const url = URL.parse(`http://${header ?? ''}`);
  if (
    header === undefined ||
    !url ||
    url.host === '' ||
    url.pathname !== '/' ||
    url.username ||
    /[/?#@\\]/.test(header)
  )
    return false;
  const name = url.hostname;
  if (name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)) return true;
  return names.includes(name);
}

/** The gate in front of every route, in this order: Host, account, origin. */
export function createGate(deps: ConsoleDeps, sessions: CookieSessions) {
  const whoAsks = async (request: FastifyRequest): Promise<{ identity: Identity; by: 'token' | 'cookie' } | null> => {
    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) {
      const identity = await deps.auth.apiToken(bearer);
      return identity && { identity, by: 'token' };
    }
    const cookie = request.cookies[cookieName(deps.info().url)];
    const identity = cookie ? await sessions.find(cookie) : null;
    return identity && { identity, by: 'cookie' };
  };

  return async function gate(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const facts = deps.info();
    const names = [new URL(facts.url).hostname, ...(facts.hosts ?? [])];
    if (!hostIsOurs(request.headers.host, names)) {
      return problem(
        reply,
        421,
        'wrong-host',
        `This server does not answer for that host name. Open ${facts.url} instead.`,
      );
    }
    const access = request.routeOptions.config.access ?? 'read';
    if (access === 'public') return;
    const asker = await whoAsks(request);
    if (!asker) return notSignedIn(request, reply);
    request.identity = asker.identity;
    if (access === 'change' && asker.by === 'cookie' && !sameHost(request)) {
      return problem(reply, 403, 'wrong-origin', 'A change must come from the console itself, or carry an API token.');
    }
  };
}

/** The host alone is compared: behind a TLS proxy the browser says https where this process sees http. */
const sameHost = (request: FastifyRequest): boolean =>
  URL.parse(request.headers.origin ?? '')?.host === request.headers.host;

function notSignedIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (
    request.method === 'GET' &&
    !request.url.startsWith('/api/') &&
    (request.headers.accept ?? '').includes('text/html')
  ) {
    return plainPage(reply, 401, {
      title: 'Sign in to Warder',
      lines: [
        'This browser is not signed in.',
        'On the machine Warder runs on, type this and open the link it prints:',
      ],
      command: 'bin/warder login',
      link: { href: '/', text: 'I have just signed in: go on' },
    });
  }
  reply.header('www-authenticate', 'Bearer');
  return problem(
    reply,
    401,
    'not-signed-in',
    'Send an API token as Authorization: Bearer, or sign in with the link that `warder login` prints.',
  );
}
