import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { listening } from './gateway-rig.ts';
import { notesServer } from './mcp-server.ts';

export interface HttpNotes {
  readonly url: string;
  readonly ran: string[];
  /** Requests as the server saw them. */
  readonly seen: { readonly method: string; readonly headers: http.IncomingHttpHeaders; readonly body: string }[];
  close(): Promise<void>;
}

/** The official server over streamable HTTP. `json`: whole answers instead of events; `stateless`: no session ids. */
export async function startHttpNotes(
  options: { readonly json?: boolean; readonly stateless?: boolean; readonly description?: string } = {},
): Promise<HttpNotes> {
  const ran: string[] = [];
  const seen: HttpNotes['seen'] = [];
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: options.stateless ? undefined : () => randomUUID(),
      enableJsonResponse: options.json ?? false,
      ...(options.stateless ? {} : { eventStore: memory() }),
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    // The SDK's own types disagree under exactOptionalPropertyTypes.
    await notesServer((tool) => ran.push(tool), options.description).connect(transport as never);
    return transport;
  };
  const front = await listening((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', async () => {
      const body = Buffer.concat(chunks).toString('utf8');
      seen.push({ method: req.method ?? '', headers: req.headers, body });
      const id = req.headers['mcp-session-id'];
      const known = typeof id === 'string' ? transports.get(id) : undefined;
      if (id !== undefined && known === undefined && !options.stateless) {
        res.writeHead(404).end();
        return;
      }
      const transport = known ?? (await open());
      await transport.handleRequest(req, res, body === '' ? undefined : JSON.parse(body));
    });
  });
  return { url: `${front.url}/mcp`, ran, seen, close: front.close };
}

function memory(): EventStore {
  const events: { id: string; stream: string; message: JSONRPCMessage }[] = [];
  return {
    async storeEvent(stream, message) {
      const id = `${stream}_${events.length}`;
      events.push({ id, stream, message });
      return id;
    },
    async replayEventsAfter(lastId, { send }) {
      const at = events.findIndex(({ id }) => id === lastId);
      const stream = events[at]?.stream ?? '';
      for (const event of events.slice(at + 1)) if (event.stream === stream) await send(event.id, event.message);
      return stream;
    },
  };
}
