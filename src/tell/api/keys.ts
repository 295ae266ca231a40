import type { FastifyInstance } from 'fastify';
import type { ConsoleDeps } from './deps.ts';

/** How the provider keys and regions fare: names, fingerprints and counts, never a key. */
export function addKeyRoutes(app: FastifyInstance, deps: ConsoleDeps): void {
  app.get('/api/v1/keys', { config: { access: 'read' } }, async () => deps.keys?.() ?? { keys: [], regions: [] });
}
