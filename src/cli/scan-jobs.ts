import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TranscriptFile } from '../capture/transcripts.ts';
import type { Place } from '../core/event.ts';
import { openJudging } from '../judging.ts';
import type { JudgedTurn } from './scan-judged.ts';
import { judgeSession, type LineNotes, noNotes } from './scan-walk.ts';

/** What a thread needs to judge as every other does. */
export interface JobStart {
  readonly home: string;
  readonly person: string;
  readonly minScore: number;
  readonly since: string;
}

/** A session, judged as a whole. */
export interface JudgedSession {
  readonly turns: readonly JudgedTurn[];
  readonly notes: LineNotes;
}

interface Asked {
  readonly index: number;
  readonly files: readonly TranscriptFile[];
}
type Reply =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | ({ readonly kind: 'judged'; readonly index: number } & JudgedSession);

/** Transcripts may come from another account: its home shows in the working directory. */
export function places(home: string): (cwd: string) => Place {
  return (cwd) => {
    const other = /^(?:\/home\/[^/]+|\/Users\/[^/]+|\/root)(?=\/|$)/.exec(cwd)?.[0];
    const within = cwd === home || cwd.startsWith(`${home}/`);
    return { cwd, home: within ? home : (other ?? home) };
  };
}

/** The thread's side. What it is given comes from this program alone. */
export function answering(start: unknown): (asked: unknown) => Generator<Reply> {
  const { home, person, minScore, since } = start as JobStart;
  const options = { judge: openJudging(), person, placeOf: places(home), minScore };
  return function* answer(asked) {
    const { index, files } = asked as Asked;
    const notes = noNotes();
    let bytes = 0;
    const onBytes = (read: number): void => {
      bytes += read;
    };
    const turns: JudgedTurn[] = [];
    for (const turn of judgeSession(files, { options, since, skip: () => false, notes, onBytes })) {
      turns.push(turn);
      if (bytes < toldEvery) continue;
      yield { kind: 'bytes', bytes };
      bytes = 0;
    }
    yield { kind: 'bytes', bytes };
    yield { kind: 'judged', index, turns, notes };
  };
}

/** Bytes between two words about the progress. */
const toldEvery = 2 * 1024 * 1024;

/** Sessions a thread may be ahead of the one that is counted: what is judged and not yet counted stays bounded. */
const ahead = 4;

/** Source or bundle: the thread's file stands beside this one. */
const workerFile = (): URL =>
  new URL(extname(import.meta.url) === '.ts' ? './scan-worker.ts' : './scan-worker.js', import.meta.url);

/**
 * Judges sessions on `jobs` threads and gives them in their order. A session whose thread ended is given as a note about
 * it, and another thread goes on with the rest.
 */
export async function* judgeOnThreads(
  sessions: readonly (readonly TranscriptFile[])[],
  jobs: number,
  start: JobStart,
  onBytes: (bytes: number) => void,
): AsyncGenerator<JudgedSession> {
  const pool = openPool(sessions, start, onBytes);
  try {
    for (let i = 0; i < Math.min(jobs, sessions.length); i += 1) pool.hire();
    for (let index = 0; index < sessions.length; index += 1) {
      pool.allow(index + jobs * ahead);
      yield await pool.judged(index);
    }
  } finally {
    await pool.close();
  }
}

function openPool(sessions: readonly (readonly TranscriptFile[])[], start: JobStart, onBytes: (bytes: number) => void) {
  const waiting = new Map<number, PromiseWithResolvers<JudgedSession>>();
  const workers = new Map<Worker, number | null>();
  let next = 0;
  let until = 0;
  const entry = (index: number): PromiseWithResolvers<JudgedSession> => {
    const known = waiting.get(index) ?? Promise.withResolvers<JudgedSession>();
    waiting.set(index, known);
    return known;
  };
  const give = (worker: Worker): void => {
    const files = next < until ? sessions[next] : undefined;
    workers.set(worker, files === undefined ? null : next);
    if (files === undefined) return;
    worker.postMessage({ index: next, files } satisfies Asked);
    next += 1;
  };
  const lost = (worker: Worker): void => {
    const index = workers.get(worker);
    if (index === undefined) return;
    workers.delete(worker);
    if (index !== null) {
      const path = sessions[index]?.[0]?.path ?? '';
      const notes = { ...noNotes(), unreadable: [{ path, why: 'the thread that judged it ended' }] };
      entry(index).resolve({ turns: [], notes });
    }
    if (next < sessions.length) hire();
  };
  const hire = (): void => {
    const worker = new Worker(workerFile(), { workerData: start, name: 'warder-scan' });
    worker.on('message', (reply: Reply) => {
      if (reply.kind === 'bytes') {
        onBytes(reply.bytes);
        return;
      }
      entry(reply.index).resolve({ turns: reply.turns, notes: reply.notes });
      give(worker);
    });
    worker.on('error', () => lost(worker));
    worker.on('exit', () => lost(worker));
    give(worker);
  };
  return {
    hire,
    allow(upTo: number) {
      until = Math.min(sessions.length, upTo);
      for (const [worker, index] of workers) if (index === null) give(worker);
    },
    async judged(index: number): Promise<JudgedSession> {
      const session = await entry(index).promise;
      waiting.delete(index);
      return session;
    },
    async close() {
      const all = [...workers.keys()];
      workers.clear();
      next = sessions.length;
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
