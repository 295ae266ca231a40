import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Decider } from '../decide/decide.ts';
import { type Row, rowShape } from './bench-sets.ts';
import { createLineJudge } from './judge-line.ts';

const findingShape = z.looseObject({
  detector: z.string(),
  weight: z.number().optional(),
  factor: z.array(z.string()).optional(),
});
const answerShape = z.looseObject({
  score: z.number().optional(),
  error: z.string().optional(),
  findings: z.array(findingShape).optional(),
  secrets: z.array(z.unknown()).optional(),
  pii: z.array(z.unknown()).optional(),
  steps: z.array(z.looseObject({ score: z.number() })).optional(),
});
const stepShape = z.looseObject({ origin: z.string().optional() });

/** What became of a row. */
export interface Seen {
  readonly row: Row;
  readonly score: number;
  readonly failed: boolean;
  /** Scores of its injected steps. */
  readonly injected: readonly number[];
  readonly secrets: boolean;
  readonly pii: boolean;
  readonly findings: readonly z.infer<typeof findingShape>[];
}

/** Rows of a set; null when its file is not there. */
export function rowsOf(data: string, name: string): Row[] | null {
  const file = path.join(data, `${name}.jsonl.gz`);
  if (!fs.existsSync(file)) return null;
  const lines = gunzipSync(fs.readFileSync(file)).toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => rowShape.parse(JSON.parse(line)));
}

/** The person's task of an attack is the note of the benign row that its id begins with. */
export function promptsOf(benign: readonly Row[] | null): ((row: Row) => string | undefined) | null {
  if (benign === null) return null;
  const notes = new Map(benign.map(({ id, note }) => [String(id), note]));
  return ({ id }) => notes.get(String(id).replace(/xinj.*$/, ''));
}

function lineOf(row: Row, prompt?: string): string {
  const { id, tool, session, cwd, ts } = row;
  return JSON.stringify({ id, tool, input: withoutOrigin(row), session, cwd, ts, prompt });
}

/** `origin` marks the injected calls of a sequence: it would tell the answer. */
function withoutOrigin(row: Row): unknown {
  if (row.tool !== 'sequence' || !Array.isArray(row.input)) return row.input;
  return row.input.map((step: unknown) => {
    if (typeof step !== 'object' || step === null) return step;
    return Object.fromEntries(Object.entries(step).filter(([name]) => name !== 'origin'));
  });
}

/** Used by the measuring side only. */
function injectedSteps({ input }: Row): readonly boolean[] {
  if (!Array.isArray(input)) return [];
  return input.map((step: unknown) => stepShape.safeParse(step).data?.origin === 'injected');
}

const judgeOf = (decider: Decider, explain: boolean) =>
  createLineJudge({ agent: 'claude-code', mode: 'observe', decider, knownMcp: null, explain });

/** Judges every row in order, sessions carried along. `explain`: findings are kept. */
export function judged(
  rows: readonly Row[],
  prompts: ((row: Row) => string | undefined) | null,
  decider: Decider,
  explain: boolean,
): Seen[] {
  const judge = judgeOf(decider, explain);
  return rows.map((row, index) => {
    const answer = answerShape.parse(judge(lineOf(row, prompts?.(row)), index + 1));
    const steps = answer.steps ?? [];
    const marked = injectedSteps(row);
    return {
      row,
      score: answer.score ?? 0,
      failed: answer.error !== undefined,
      injected: steps.flatMap(({ score }, at) => (marked[at] === true ? [score] : [])),
      secrets: (answer.secrets ?? []).length > 0,
      pii: (answer.pii ?? []).length > 0,
      findings: explain ? (answer.findings ?? []) : [],
    };
  });
}

/** Microseconds a row takes once everything is compiled; rows a second on one core. */
export interface Warm {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

/** Two more passes, each with a fresh judge, so that nothing is remembered; the faster time of a row counts, for other programs run too. */
export function timed(rows: readonly Row[], decider: Decider): Warm {
  const lines = rows.map((row) => lineOf(row));
  const passes = [1, 2].map(() => {
    const judge = judgeOf(decider, false);
    return lines.map((line, index) => {
      const started = performance.now();
      judge(line, index + 1);
      return (performance.now() - started) * 1000;
    });
  });
  const [first = [], second = []] = passes;
  const times = first.map((time, index) => Math.min(time, second[index] ?? time));
  const whole = times.reduce((sum, each) => sum + each, 0);
  times.sort((a, b) => a - b);
  const at = (part: number): number =>
    Math.round(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), perSecond: whole === 0 ? 0 : Math.round(times.length / (whole / 1e6)) };
}
