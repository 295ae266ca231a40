import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TranscriptFile } from '../capture/transcripts.ts';
import type { Place } from '../core/event.ts';
import { openJudging } from '../judging.ts';
import { ownRules, type RulesFrom } from './own-rules.ts';
import type { JudgedTurn } from './scan-judged.ts';
import { remembered } from './scan-memo.ts';
import { judgeSession, type LineNotes, noNotes } from './scan-walk.ts';

/** What a thread needs to judge as every other does. */
export interface JobStart {
  readonly home: string;
  readonly person: string;
  readonly minScore: number;
  readonly since: string;
  /** Where rules of a home's own stand; each thread reads them itself. */
  readonly rules: RulesFrom;
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
  const { home, person, minScore, since, rules } = start as JobStart;
  const options = {
    judge: remembered(openJudging(ownRules(rules.directory, rules.secretRules))),
    person,
    placeOf: places(home),
    minScore,
  };
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

/** Sessions a thread has before it, so that it need not wait for this one. */
const atHand = 2;

/**
 * Judges sessions on `jobs` threads, this one among them, and gives them in their order. `here` judges one on this
 * thread. A session whose thread ended is given as a note about it, and another thread goes on with the rest.
 */
export async function* judgeOnThreads(
  sessions: readonly (readonly TranscriptFile[])[],
  jobs: number,
  start: JobStart,
  onBytes: (bytes: number) => void,
  here: (files: readonly TranscriptFile[]) => JudgedSession,
): AsyncGenerator<JudgedSession> {
  const pool = openPool(sessions, start, onBytes);
  try {
    for (let i = 1; i < Math.min(jobs, sessions.length); i += 1) pool.hire();
    for (let index = 0; index < sessions.length; index += 1) {
      pool.allow(index + jobs * ahead);
      while (!pool.isJudged(index) && pool.judgeOne(here)) await messages();
      yield await pool.judged(index);
    }
  } finally {
    await pool.close();
  }
}

/** Lets what the other threads sent come in. */
const messages = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Waiting extends PromiseWithResolvers<JudgedSession> {
  judged: boolean;
}

function openPool(sessions: readonly (readonly TranscriptFile[])[], start: JobStart, onBytes: (bytes: number) => void) {
  const waiting = new Map<number, Waiting>();
  /** Sessions before each thread, the one it judges first. */
  const workers = new Map<Worker, number[]>();
  /** Sessions that came back: a thread ended before it began them, or this one could not judge them. */
  const back: number[] = [];
  let next = 0;
  let until = 0;
  let closed = false;
  const entry = (index: number): Waiting => {
    const known = waiting.get(index) ?? { ...Promise.withResolvers<JudgedSession>(), judged: false };
    waiting.set(index, known);
    return known;
  };
  const settle = (index: number, session: JudgedSession): void => {
    const one = entry(index);
    one.judged = true;
    one.resolve(session);
  };
  const taken = (): number | undefined => back.shift() ?? (next < until ? next++ : undefined);
  const give = (worker: Worker): void => {
    const own = workers.get(worker);
    while (own !== undefined && own.length < atHand) {
      const index = taken();
      const files = index === undefined ? undefined : sessions[index];
      if (index === undefined || files === undefined) return;
      own.push(index);
      worker.postMessage({ index, files } satisfies Asked);
    }
  };
  const lost = (worker: Worker): void => {
    const [index, ...rest] = workers.get(worker) ?? [];
    if (!workers.delete(worker) || closed) return;
    back.push(...rest);
    if (index !== undefined) {
      const path = sessions[index]?.[0]?.path ?? '';
      const notes = { ...noNotes(), unreadable: [{ path, why: 'the thread that judged it ended' }] };
      settle(index, { turns: [], notes });
    }
    if (back.length > 0 || next < sessions.length) hire();
  };
  const hire = (): void => {
    const worker = new Worker(workerFile(), { workerData: start, name: 'warder-scan' });
    workers.set(worker, []);
    worker.on('message', (reply: Reply) => {
      if (reply.kind === 'bytes') {
        onBytes(reply.bytes);
        return;
      }
      const own = workers.get(worker);
      own?.splice(own.indexOf(reply.index), 1);
      settle(reply.index, { turns: reply.turns, notes: reply.notes });
      give(worker);
    });
    // What it sent before it broke comes in between its error and its end.
    worker.on('error', () => {});
    worker.on('exit', () => lost(worker));
    give(worker);
  };
  return {
    hire,
    allow(upTo: number) {
      until = Math.min(sessions.length, upTo);
      for (const worker of workers.keys()) give(worker);
    },
    isJudged: (index: number): boolean => entry(index).judged,
    /** Judges the next session on this thread; false: there is none for it now. */
    judgeOne(here: (files: readonly TranscriptFile[]) => JudgedSession): boolean {
      if (back.length > 0 && workers.size > 0) return false;
      const index = taken();
      const files = index === undefined ? undefined : sessions[index];
      if (index === undefined || files === undefined) return false;
      try {
        settle(index, here(files));
      } catch {
        // What breaks this thread is left to another, whose end is told.
        back.push(index);
        if (workers.size === 0) hire();
        for (const worker of workers.keys()) give(worker);
      }
      return true;
    },
    async judged(index: number): Promise<JudgedSession> {
      const session = await entry(index).promise;
      waiting.delete(index);
      return session;
    },
    async close() {
      closed = true;
      const all = [...workers.keys()];
      workers.clear();
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
