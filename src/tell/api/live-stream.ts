import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { gapMessage, type LiveMessage } from '../live.ts';
import type { ConsoleDeps } from './deps.ts';
import { problem } from './problem.ts';

const heartbeatMs = 15_000;
/** A stream ends after an hour, so that a browser signed out elsewhere is asked again who it is. */
const longestMs = 3_600_000;
const mostWatchers = 200;
/** What a slow reader may leave unread, bytes; beyond it messages are dropped and a `gap` is sent once it reads again. */
export const mostUnread = 256 * 1024;

/** `GET /live`: server-sent events `call`, `alert`, `session`, `gap`. `Last-Event-ID` resumes. */
export function addLiveRoute(app: FastifyInstance, { live }: ConsoleDeps): void {
  const open = new Set<ServerResponse>();
  app.addHook('preClose', async () => {
    for (const response of open) response.end();
  });
  app.get('/api/v1/live', { config: { access: 'read' } }, (request, reply) => {
    if (open.size >= mostWatchers) {
      return problem(
        reply,
        503,
        'too-many-watchers',
        `${mostWatchers} live streams are open already. Close one, or read the lists.`,
      );
    }
    const lastSeen = request.headers['last-event-id'];
    const response = startStream(reply);
    open.add(response);
    const stop = feed(response, live, typeof lastSeen === 'string' ? lastSeen : undefined);
    response.on('close', () => {
      open.delete(response);
      stop();
    });
  });
}

function startStream(reply: FastifyReply): ServerResponse {
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  reply.raw.socket?.setNoDelay(true);
  reply.raw.write('retry: 1000\n: watching\n\n');
  return reply.raw;
}

function feed(response: ServerResponse, live: ConsoleDeps['live'], after: string | undefined): () => void {
  let dropped = 0;
  let newest = after ?? '';
  const write = (message: LiveMessage): void => {
    response.write(`id: ${message.id}\nevent: ${message.type}\ndata: ${message.text}\n\n`);
  };
  const stop = live.subscribe({
    ...(after === undefined ? {} : { after }),
    deliver(message) {
      newest = message.id;
      if (response.writableLength > mostUnread) dropped += 1;
      else write(message);
    },
  });
  response.on('drain', () => {
    if (dropped === 0) return;
    write(gapMessage(newest, dropped));
    dropped = 0;
  });
  const heartbeat = setInterval(
    () => response.writableLength > mostUnread || response.write(': still here\n\n'),
    heartbeatMs,
  );
  const end = setTimeout(() => response.end(), longestMs);
  return () => {
    clearInterval(heartbeat);
    clearTimeout(end);
    stop();
  };
}
