import type { FastifyInstance } from 'fastify';
import { cookieName } from './access.ts';
import { type CookieSessions, sessionSeconds } from './cookie-sessions.ts';
import type { ConsoleDeps } from './deps.ts';
import { plainPage, plainPageStyle } from './plain-page.ts';

/** The one-time link → a cookie, and back out again. */
export function addSignInRoutes(app: FastifyInstance, deps: ConsoleDeps, sessions: CookieSessions): void {
  const cookieOptions = () => ({
    httpOnly: true,
    sameSite: 'strict' as const,
    path: '/',
    secure: deps.info().url.startsWith('https:'),
  });

  app.get('/login', { config: { access: 'public' } }, async (request, reply) => {
    const query = request.query;
    const code = query && typeof query === 'object' && 'code' in query ? query.code : null;
    const identity = typeof code === 'string' ? deps.loginCodes.redeem(code) : null;
    if (!identity) {
      return plainPage(reply, 401, {
        title: 'This link has been used',
        lines: ['A login link works once, for ten minutes.', 'On the machine Warder runs on, type this for a new one:'],
        command: 'bin/warder login',
        link: { href: '/', text: 'Signed in already? Open the console' },
      });
    }
    const cookie = await sessions.open(identity);
    return reply
      .setCookie(cookieName(deps.info().url), cookie, { ...cookieOptions(), maxAge: sessionSeconds })
      .header('cache-control', 'no-store')
      .redirect('/', 303);
  });

  app.get('/login/page.css', { config: { access: 'public' } }, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(plainPageStyle),
  );

  app.post('/api/v1/login-links', { config: { access: 'change' } }, async (request, reply) => {
    const loginUrl = `${deps.info().url}/login?code=${deps.loginCodes.issue(request.identity ?? undefined)}`;
    return reply.code(201).send({ loginUrl });
  });

  app.post('/api/v1/logout', { config: { access: 'change' } }, async (request, reply) => {
    const name = cookieName(deps.info().url);
    const cookie = request.cookies[name];
    if (cookie) await sessions.close(cookie);
    return reply.clearCookie(name, cookieOptions()).code(204).send();
  });
}
