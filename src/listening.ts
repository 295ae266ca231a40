import http from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { isLoopback, plainAddress } from './capture/peer.ts';

/** Open ports with one set of routes. */
export interface Listening {
  /** Base URL on this machine: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Host names besides loopback under which it is reached. */
  readonly hosts: readonly string[];
  answer(routes: http.RequestListener): void;
  /** Finishes what is under way, 5 s at most. */
  close(): Promise<void>;
}

const home = '127.0.0.1';
const everywhere = new Set(['0.0.0.0', '::']);

/** Listens on loopback and at `listen`, on the same port (0: any free one). Rejects with an Error that says what to do. */
export async function openPorts(listen: string, port: number): Promise<Listening> {
  const first = everywhere.has(listen) ? listen : home;
  const servers = [await opened(first, port)];
  const [one] = servers;
  const taken = one ? (one.address() as AddressInfo).port : port;
  const further = listen !== first && listen !== 'localhost' && listen !== home;
  try {
    if (further) servers.push(await opened(listen, taken));
  } catch (error) {
    await Promise.all(servers.map(closed));
    throw error;
  }
  const reachable = further && !isLoopback(plainAddress(listen));
  return {
    url: `http://${home}:${taken}`,
    hosts: reachable ? [isIPv6(listen) ? `[${listen}]` : listen] : [],
    answer(routes) {
      for (const server of servers) server.on('request', routes);
    },
    async close() {
      await Promise.all(servers.map(closed));
    },
  };
}

function opened(host: string, port: number): Promise<http.Server> {
  const server = http.createServer({
    noDelay: true,
    headersTimeout: 15_000,
    requestTimeout: 300_000,
    keepAliveTimeout: 65_000,
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`cannot listen on ${host}: ${why(error, port)}`, { cause: error })),
    );
    server.listen(port, host, () => resolve(server));
  });
}

function why({ code, message }: NodeJS.ErrnoException, port: number): string {
  if (code === 'EADDRINUSE')
    return `port ${port} is taken. Stop the other server, or choose another with --port (0 = any free one).`;
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address. Correct listen in config.json.';
  return message;
}

function closed(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), 5000);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
