import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import { startServer } from '../server.ts';
import { type ReplayCounts, type ReplayOptions, replay } from './replay.ts';
import { longSession } from './replay-ordinary.ts';
import type { ReplaySession } from './replay-session.ts';

/** A real server on a home of its own that is gone when it is closed. */
export interface DemoServer {
  readonly url: string;
  readonly loginUrl: string;
  readonly token: string;
  readonly home: string;
  close(): Promise<void>;
}

/** Starts it on 127.0.0.1. `port` and `mode` are words, as on the command line; the home lies in the system's temporary folder. */
export async function startDemoServer(options: {
  readonly port: string;
  readonly mode: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}): Promise<DemoServer> {
  const home = mkdtempSync(join(tmpdir(), 'warder-demo-'));
  const remove = () => rmSync(home, { recursive: true, force: true });
  // Also when a second Ctrl-C ends the process at once.
  process.once('exit', remove);
  try {
    const config = readConfig(home, { port: options.port, mode: options.mode });
    const server = await startServer({ ...config, env: options.env, log: options.log });
    const { url, loginUrl, token } = server;
    return {
      ...{ url, loginUrl, token, home },
      async close() {
        await server.close();
        remove();
        process.off('exit', remove);
      },
    };
  } catch (error) {
    remove();
    process.off('exit', remove);
    throw error;
  }
}

/** Milliseconds between the starts of two sessions, and between two rounds, at speed 1. */
const staggerMs = 5_000;
const restMs = 20_000;

/**
 * Plays the sessions round after round until the signal fires: the first round one session after the other begins, so
 * that each can be watched; later rounds at half the speed. The long ordinary session runs beside the first round.
 * `onRound` hears what each round came to.
 */
export async function replayForever(
  sessions: readonly ReplaySession[],
  options: ReplayOptions,
  onRound: (counts: ReplayCounts) => void,
): Promise<void> {
  for (let round = 1; !options.signal.aborted; round += 1) {
    const speed = round === 1 ? options.speed : options.speed / 2;
    const played: Promise<ReplayCounts>[] = round === 1 ? [replay([longSession()], { ...options, speed })] : [];
    for (const session of sessions) {
      played.push(replay([session], { ...options, speed }));
      await rest(staggerMs / speed, options.signal);
    }
    const counts = await Promise.all(played);
    onRound(counts.reduce((sum, one) => added(sum, one)));
    await rest(restMs / speed, options.signal);
  }
}

const added = (a: ReplayCounts, b: ReplayCounts): ReplayCounts => ({
  sessions: a.sessions + b.sessions,
  sent: a.sent + b.sent,
  stopped: a.stopped + b.stopped,
  failed: a.failed + b.failed,
});

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
