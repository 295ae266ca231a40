// Judges the real calls of a data set in place, as `warder scan` judges those of a transcript, in a process of its own.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { remembered } from '../src/cli/scan-memo.ts';
import { SessionJudge } from '../src/cli/scan-session.ts';
import { openJudging } from '../src/judging.ts';

const rowSchema = z.looseObject({
  id: z.string(),
  tool: z.string(),
  input: z.unknown(),
  session: z.string(),
  ts: z.string().default(''),
  cwd: z.string().default(''),
});
const rows = gunzipSync(readFileSync(process.argv[2] ?? ''))
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => rowSchema.parse(JSON.parse(line)));
const nothing = { subagent: '', version: '', gitBranch: '', permissionMode: '' };
const options = {
  judge: remembered(openJudging({})),
  person: 'dev',
  placeOf: (cwd: string) => ({ cwd, home: '/home/dev' }),
  minScore: 40,
};
const started = performance.now();
const cpu = process.cpuUsage();
let judge = new SessionJudge(options, 'claude-code');
let session = '';
for (const { id, tool, input, session: own, ts, cwd } of rows) {
  if (own !== session) judge = new SessionJudge(options, 'claude-code');
  session = own;
  const items = [{ kind: 'call', toolUseId: id, tool, input }] as const;
  judge.turn({ kind: 'turn', uuid: id, session: own, at: ts, cwd, ...nothing, items }, { file: '', line: 0 });
}
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ calls: rows.length, ms, cpuMs: (user + system) / 1000 }));
