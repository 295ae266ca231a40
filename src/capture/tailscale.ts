import http from 'node:http';
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import type { Identity } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';

/** Asks the Tailscale daemon of this machine who has an address. */
export interface Tailscale {
  /** Errors: `not-in-tailnet` (no node has it), `tailscale-unavailable` (nobody can be asked). `address` is plain. */
  whois(address: string, port: number): Result<Identity> | Promise<Result<Identity>>;
}

export interface TailscaleDeps {
  /** The daemon's Unix socket: `/var/run/tailscale/tailscaled.sock`. */
  readonly socket: string;
  monotonicMs?(): number;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

const answer = z.looseObject({
  Node: z.looseObject({
    Name: z.string().default(''),
    ComputedName: z.string().default(''),
    Tags: z.array(z.string()).nullish(),
  }),
  UserProfile: z.looseObject({ LoginName: z.string().default('') }),
});

const keptMs = 30_000;
/** While the daemon does not answer, what it said last stands in until this age. */
const standInMs = 60_000;
const unknownMs = 5000;
const mostKept = 10_000;
const waitMs = 2000;
const mostBytes = 1024 * 1024;

interface Known {
  readonly result: Result<Identity>;
  readonly at: number;
}

/**
 * `GET /localapi/v0/whois` over the daemon's socket, kept for 30 s for each address. A tagged node has no person: its
 * tags stand there. Source: tailscale/ipn/localapi, apitype.WhoIsResponse.
 */
export function createTailscale(deps: TailscaleDeps): Tailscale {
  const monotonicMs = deps.monotonicMs ?? (() => performance.now());
  const kept = new Map<string, Known>();
  const asking = new Map<string, Promise<Result<Identity>>>();
  const ask = async (address: string, port: number): Promise<Result<Identity>> => {
    const found = await ask1(deps.socket, address, port);
    const before = kept.get(address);
    if (!found.ok && found.error.code === 'tailscale-unavailable') {
      deps.onTrouble?.(found.error.code, found.error.detail, null);
      return before?.result.ok && monotonicMs() - before.at < standInMs ? before.result : found;
    }
    if (kept.size >= mostKept) kept.clear();
    kept.set(address, { result: found, at: monotonicMs() });
    return found;
  };
  return {
    whois(address, port) {
      const known = kept.get(address);
      if (known && monotonicMs() - known.at < (known.result.ok ? keptMs : unknownMs)) return known.result;
      const under = asking.get(address);
      if (under) return under;
      const work = ask(address, port).finally(() => asking.delete(address));
      asking.set(address, work);
      return work;
    },
  };
}

async function ask1(socket: string, address: string, port: number): Promise<Result<Identity>> {
  const unavailable = (why: string) =>
    fail('tailscale-unavailable', `Tailscale on this machine cannot be asked who is calling (${why}).`);
  const addr = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  const got = await getOver(socket, `/localapi/v0/whois?addr=${encodeURIComponent(addr)}`);
  if (typeof got === 'string') return unavailable(got);
  if (got.status === 404) return fail('not-in-tailnet', 'no node of the tailnet has this address.');
  if (got.status !== 200) return unavailable(`status ${got.status}`);
  const read = answer.safeParse(parsed(got.body));
  if (!read.success) return unavailable('its answer cannot be read');
  const { Node: node, UserProfile: user } = read.data;
  const person = node.Tags && node.Tags.length > 0 ? [...node.Tags].sort().join(',') : user.LoginName;
  const device = node.ComputedName || node.Name.replace(/\..*$/s, '');
  if (person === '' || device === '') return unavailable('its answer names nobody');
  return ok({ person, device, via: 'tailscale' });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON fits no schema.
    return null;
  }
}

type Got = { readonly status: number; readonly body: string };

/** One request over a Unix socket; why it failed, as a word, when it did. */
function getOver(socketPath: string, path: string): Promise<Got | string> {
  return new Promise((resolve) => {
    const req = http.request(
      {
        socketPath,
        path,
        agent: false,
        headers: { host: 'local-tailscaled.sock' },
        signal: AbortSignal.timeout(waitMs),
      },
      (res) => {
        const chunks: Buffer[] = [];
        let size = 0;
        res.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > mostBytes) res.destroy(new Error('too long'));
          else chunks.push(chunk);
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
        res.on('error', () => resolve('its answer broke off'));
      },
    );
    req.on('error', (error) => resolve('code' in error ? String(error.code) : error.name));
    req.end();
  });
}
