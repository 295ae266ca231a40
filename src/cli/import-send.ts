import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ImportAnswer, ImportBatch, ImportMark, MarksAsked } from '../core/import.ts';

/** The server that transcripts go to. */
export interface ImportDoor {
  marks(agent: string, paths: readonly string[]): Promise<readonly (ImportMark | null)[]>;
  send(batch: ImportBatch): Promise<ImportAnswer>;
}

const count = z.int().min(0);
const marks = z.looseObject({
  marks: z.array(z.looseObject({ records: count, digest: z.string(), since: z.string() }).nullable()),
});
const answer = z.looseObject({ v: z.literal(1), calls: count, prompts: count, results: count, repeated: count });
const refusal = z.looseObject({ error: z.looseObject({ detail: z.string() }) });

/** Milliseconds between tries while the server is busy, restarting or gone. */
const waits = [200, 1_000, 3_000];
const mostPaths = 500;

/** `url`: base address; `token`: a client's. A server that does not answer is tried again for some seconds, then rejects. */
export function importDoor(url: string, token: string): ImportDoor {
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const text = JSON.stringify(body);
    for (const wait of [...waits, null]) {
      const tried = await attempt(url, path, token, text);
      if (tried.ok) return tried.value;
      if (wait === null || !tried.again) throw new Error(tried.why);
      await sleep(wait);
    }
    throw new Error('the server does not answer');
  };
  return {
    async marks(agent, paths) {
      const all: (ImportMark | null)[] = [];
      for (let at = 0; at < paths.length; at += mostPaths) {
        const part = paths.slice(at, at + mostPaths);
        all.push(...marks.parse(await post('/import/marks', { v: 1, agent, paths: part } satisfies MarksAsked)).marks);
      }
      return all;
    },
    send: async (batch) => answer.parse(await post('/import', batch)),
  };
}

type Tried =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly again: boolean; readonly why: string };

async function attempt(url: string, path: string, token: string, body: string): Promise<Tried> {
  try {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });
    const text = await response.text();
    if (response.ok) return { ok: true, value: JSON.parse(text) };
    const said = refusal.safeParse(jsonOr(text));
    const why = said.success ? said.data.error.detail : `the server answers with status ${response.status}`;
    return { ok: false, again: response.status >= 500 || response.status === 429, why };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
    return { ok: false, again: true, why: `no connection to ${url}${cause === '' ? '' : ` (${cause})`}` };
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // an answer of somebody else
  }
}
