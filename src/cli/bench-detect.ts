import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { createDecide } from '../decide/decide.ts';
import { readPolicies } from '../policy-files.ts';
import { openPeer, type Peer, publishedPeers } from './bench-peers.ts';
import { type Share, wilson } from './bench-share.ts';
import { createLineJudge } from './judge-line.ts';

/** One labelled set. `found`: what counts as a hit of this set, beside the score. */
interface DetectSet {
  readonly name: string;
  readonly what: string;
  /** Labels that should be found; all others should not. */
  readonly bad: readonly string[];
  /** `secrets` and `pii` sets are measured by what the scanner reports. */
  readonly found: 'score' | 'secrets' | 'pii';
}

export const detectSets: readonly DetectSet[] = [
  {
    name: 'dcg_commands',
    what: 'destructive and benign commands, 72 categories',
    bad: ['destructive'],
    found: 'score',
  },
  { name: 'ccsn_tests', what: "another guard's own test cases", bad: ['destructive'], found: 'score' },
  { name: 'atomic_red_team', what: 'attack techniques', bad: ['malicious'], found: 'score' },
  {
    name: 'gtfobins',
    what: 'shell escapes and file access through common binaries',
    bad: ['malicious'],
    found: 'score',
  },
  { name: 'nl2bash', what: 'ordinary commands', bad: [], found: 'score' },
  { name: 'entire_claude_code', what: "a real team's calls", bad: [], found: 'score' },
  { name: 'agentdojo_attacks', what: 'injected sequences', bad: ['malicious'], found: 'score' },
  { name: 'agentdojo_benign', what: 'benign sequences', bad: [], found: 'score' },
  { name: 'prompt_injection', what: 'texts and prompts', bad: ['prompt_injection', 'malicious'], found: 'score' },
  { name: 'secrets_noseyparker', what: 'secrets', bad: ['secret'], found: 'secrets' },
  { name: 'secrets_gitleaks', what: 'secrets', bad: ['secret'], found: 'secrets' },
  { name: 'pii_presidio_recognizers', what: 'personal data', bad: ['pii'], found: 'pii' },
];

const rowShape = z.looseObject({
  id: z.union([z.string(), z.number()]),
  tool: z.string(),
  input: z.unknown(),
  label: z.string(),
  category: z.string().optional(),
  technique: z.string().optional(),
  session: z.string().optional(),
  cwd: z.string().optional(),
});
type Row = z.infer<typeof rowShape>;

const answerShape = z.looseObject({
  score: z.number().optional(),
  error: z.string().optional(),
  secrets: z.array(z.unknown()).optional(),
  pii: z.array(z.unknown()).optional(),
});

/** Rows of one label and category: how many reached 40 and 70, or were found by the scanner, and what the peer denies. */
export interface Group {
  readonly bad: boolean;
  readonly label: string;
  readonly category: string;
  readonly at40: Share;
  readonly at70: Share;
  readonly peer: Share | null;
}

export interface SetReport {
  readonly set: string;
  readonly what: string;
  readonly found: DetectSet['found'];
  readonly rows: number;
  readonly errors: number;
  readonly groups: readonly Group[];
  /** Sessions with a call at 40 and at 70, where the set has sessions. */
  readonly sessions: { readonly at40: Share; readonly at70: Share } | null;
  /** Microseconds a row took. */
  readonly micros: { readonly p50: number; readonly p99: number };
  readonly published: string | null;
}

export interface DetectReport {
  readonly data: string;
  readonly peer: string | null;
  readonly sets: readonly SetReport[];
  readonly missing: readonly string[];
}

export interface DetectOptions {
  readonly data: string;
  /** Empty: all. */
  readonly sets: readonly string[];
  readonly peer: boolean;
  progress(line: string): void;
}

/** Judges every row of the sets and counts. Only id, tool, input, session and cwd are given to the judge. */
export async function detectReport(options: DetectOptions): Promise<DetectReport> {
  const peer = options.peer ? await openPeer(path.join(import.meta.dirname, '../..'), options.progress) : null;
  const wanted = detectSets.filter(({ name }) => options.sets.length === 0 || options.sets.includes(name));
  const sets: SetReport[] = [];
  const missing: string[] = [];
  for (const set of wanted) {
    const file = path.join(options.data, `${set.name}.jsonl.gz`);
    if (!fs.existsSync(file)) {
      missing.push(set.name);
      continue;
    }
    options.progress(`${set.name} …`);
    sets.push(measure(set, rowsOf(file), peer));
  }
  return { data: options.data, peer: peer?.name ?? null, sets, missing };
}

function rowsOf(file: string): Row[] {
  const lines = gunzipSync(fs.readFileSync(file)).toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => rowShape.parse(JSON.parse(line)));
}

interface Count {
  readonly bad: boolean;
  readonly label: string;
  readonly category: string;
  rows: number;
  at40: number;
  at70: number;
  peer: number;
  peerRows: number;
}

function measure(set: DetectSet, rows: readonly Row[], peer: Peer | null): SetReport {
  const decider = createDecide(readPolicies());
  if (!decider.ok) throw new Error(decider.error.detail);
  const judge = createLineJudge({
    agent: 'claude-code',
    mode: 'observe',
    decider: decider.value,
    knownMcp: null,
    explain: false,
  });
  // The first rows pay for compilation; they are judged once before the clock counts.
  for (const row of rows.slice(0, 300)) judge(JSON.stringify({ tool: row.tool, input: withoutOrigin(row) }), 0);
  const counts = new Map<string, Count>();
  const sessions = new Map<string, { at40: boolean; at70: boolean }>();
  const times: number[] = [];
  let errors = 0;
  rows.forEach((row, index) => {
    const text = JSON.stringify({
      id: row.id,
      tool: row.tool,
      input: withoutOrigin(row),
      session: row.session,
      cwd: row.cwd,
    });
    const started = performance.now();
    const answer = answerShape.parse(judge(text, index + 1));
    times.push(performance.now() - started);
    if (answer.error !== undefined) errors += 1;
    const hit = hitOf(set, answer);
    count(counts, set, row, hit, peer);
    if (row.session !== undefined) {
      const seen = sessions.get(row.session) ?? { at40: false, at70: false };
      sessions.set(row.session, { at40: seen.at40 || hit.at40, at70: seen.at70 || hit.at70 });
    }
  });
  times.sort((a, b) => a - b);
  const at = (part: number) =>
    Math.round((times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0) * 1000);
  return {
    set: set.name,
    what: set.what,
    found: set.found,
    rows: rows.length,
    errors,
    groups: [...counts.values()]
      .map(groupOf)
      .sort((a, b) => Number(b.bad) - Number(a.bad) || (a.category < b.category ? -1 : 1)),
    sessions: sessions.size === 0 ? null : sessionShares([...sessions.values()]),
    micros: { p50: at(0.5), p99: at(0.99) },
    published: publishedPeers[set.name] ?? null,
  };
}

/** `origin` marks the injected calls of a sequence: it would tell the answer. */
function withoutOrigin(row: Row): unknown {
  if (row.tool !== 'sequence' || !Array.isArray(row.input)) return row.input;
  return row.input.map((step: unknown) => {
    if (typeof step !== 'object' || step === null) return step;
    return Object.fromEntries(Object.entries(step).filter(([name]) => name !== 'origin'));
  });
}

function hitOf(
  set: DetectSet,
  { score = 0, secrets = [], pii = [] }: z.infer<typeof answerShape>,
): { at40: boolean; at70: boolean } {
  if (set.found === 'secrets') return { at40: secrets.length > 0, at70: score >= 70 };
  if (set.found === 'pii') return { at40: pii.length > 0, at70: score >= 70 };
  return { at40: score >= 40, at70: score >= 70 };
}

function count(
  counts: Map<string, Count>,
  set: DetectSet,
  row: Row,
  hit: { at40: boolean; at70: boolean },
  peer: Peer | null,
): void {
  const category = categoryOf(set, row);
  const key = `${row.label}|${category}`;
  const group = counts.get(key) ?? {
    bad: set.bad.includes(row.label),
    label: row.label,
    category,
    rows: 0,
    at40: 0,
    at70: 0,
    peer: 0,
    peerRows: 0,
  };
  counts.set(key, group);
  group.rows += 1;
  if (hit.at40) group.at40 += 1;
  if (hit.at70) group.at70 += 1;
  const command = row.tool === 'Bash' ? z.looseObject({ command: z.string() }).safeParse(row.input) : null;
  if (peer === null || !command?.success) return;
  group.peerRows += 1;
  if (peer.denies(command.data.command)) group.peer += 1;
}

/** Programs and options whose purpose is to remove: a command of nl2bash that has one may rightly score. */
const destructiveVerb = /(^|[\s;|&(`])(rm|rmdir|unlink|shred|dd|mkfs\S*|truncate|kill|pkill|killall)\s|\s-delete\b/;

function categoryOf(set: DetectSet, row: Row): string {
  if (set.name !== 'nl2bash') return row.category ?? row.technique ?? row.tool;
  return destructiveVerb.test(JSON.stringify(row.input).slice(12))
    ? 'with a destructive verb'
    : 'without a destructive verb';
}

const groupOf = ({ bad, label, category, rows, at40, at70, peer, peerRows }: Count): Group => ({
  bad,
  label,
  category,
  at40: wilson(at40, rows),
  at70: wilson(at70, rows),
  peer: peerRows === 0 ? null : wilson(peer, peerRows),
});

const sessionShares = (sessions: readonly { at40: boolean; at70: boolean }[]) => ({
  at40: wilson(sessions.filter((session) => session.at40).length, sessions.length),
  at70: wilson(sessions.filter((session) => session.at70).length, sessions.length),
});
