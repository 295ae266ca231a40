import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { addAboutRoutes } from './about.ts';
import { type Access, createGate } from './access.ts';
import { addApprovalRoutes } from './approvals.ts';
import { createCookieSessions } from './cookie-sessions.ts';
import { addCoverageRoute } from './coverage.ts';
import type { ConsoleDeps } from './deps.ts';
import { addDeviceRoutes } from './devices.ts';
import { addInventoryRoutes } from './inventory.ts';
import { addKeyRoutes } from './keys.ts';
import { addLiveRoute } from './live-stream.ts';
import { plainPage } from './plain-page.ts';
import { problem } from './problem.ts';
import { addRecordRoutes } from './records.ts';
import { addSignInRoutes } from './sign-in.ts';
import { addTimelineRoute } from './timeline.ts';
import { addUsageRoute } from './usage.ts';

interface ConsoleRoute {
  readonly method: string;
  readonly path: string;
  readonly access: Access;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route there is, so that tests can be made from the list. */
    readonly consoleRoutes: readonly ConsoleRoute[];
  }
}

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

/**
 * The web console and its API, ready to be injected into or mounted: `app.routing(request, response)` in a node:http
 * server answers every path it knows. Does not listen by itself.
 */
export async function createConsole(deps: ConsoleDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 500 },
    // An address that cannot be read at all never reaches the handlers below.
    frameworkErrors: (_error, _request, reply) =>
      problem(reply.header('x-content-type-options', 'nosniff'), 400, 'bad-request', 'This address cannot be read.'),
  });
  const routes: ConsoleRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) {
      if (one !== 'HEAD') routes.push({ method: one, path: url, access: config?.access ?? 'read' });
    }
  });

  app.decorate('consoleRoutes', routes);
  const sessions = createCookieSessions(deps.store, () => Date.parse(deps.now()));
  app.decorateRequest('identity', null);
  app.removeContentTypeParser('text/plain');
  await app.register(fastifyCookie);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onRequest', createGate(deps, sessions));
  answerFailures(app, deps);

  addAboutRoutes(app, deps);
  addSignInRoutes(app, deps, sessions);
  addRecordRoutes(app, deps);
  addUsageRoute(app, deps);
  addCoverageRoute(app, deps);
  addApprovalRoutes(app, deps);
  addDeviceRoutes(app, deps);
  addTimelineRoute(app, deps);
  addLiveRoute(app, deps);
  addKeyRoutes(app, deps);
  addInventoryRoutes(app, deps);
  await addPages(app, deps.webDir);
  await app.ready();
  return app;
}

/** What went wrong, in the one shape. What broke inside is reported to the owner and named by a reference only. */
function answerFailures(app: FastifyInstance, deps: ConsoleDeps): void {
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error.code === 'bad-cursor') return problem(reply, 400, error.code, error.message);
    // The store's own troubles are written for the person who must mend them.
    if (/^(database|disk)-/.test(error.code ?? '')) return problem(reply, 503, error.code, `${error.message}.`);
    const status = error.statusCode ?? 500;
    if (status < 500) return problem(reply, status, codeOf(status), `${error.message.replace(/\.$/, '')}.`);
    const reference = randomUUID().slice(0, 8);
    deps.report?.(error, reference);
    return problem(
      reply,
      500,
      'broken',
      `Warder could not answer this (reference ${reference}). Its own log on standard error says why; other pages may still work.`,
    );
  });
}

function codeOf(status: number): string {
  if (status === 413) return 'too-large';
  if (status === 415) return 'not-json';
  return 'bad-request';
}

async function addPages(app: FastifyInstance, webDir: string): Promise<void> {
  const built = existsSync(join(webDir, 'index.html'));
  if (built) {
    await app.register(fastifyStatic, {
      root: webDir,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const named = path.includes('/assets/');
        reply.header('cache-control', named ? 'private, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const page = request.method === 'GET' && !request.url.startsWith('/api/') && !request.url.startsWith('/assets/');
    if (!page)
      return problem(
        reply,
        404,
        'no-such-address',
        `Nothing answers ${request.method} at this address. The API lives under /api/v1/.`,
      );
    if (built) return reply.header('cache-control', 'no-cache').sendFile('index.html', webDir);
    return plainPage(reply, 503, {
      title: 'The console is not built yet',
      lines: ['The server and its API work. To build the pages, type this in the checkout and reload:'],
      command: 'npm run build',
    });
  });
}
