import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import { command } from '../src/cli/scan.ts';
import type { ScanReport } from '../src/cli/scan-report.ts';

/** A home directory that is gone after the test. */
export function throwAwayHome(): string {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-scan-test-'));
  onTestFinished(() => fs.rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Writes lines (objects as JSON) into `<home>/.claude/projects/<name>.jsonl` and gives the path. */
export function writeTranscript(home: string, name: string, lines: readonly unknown[], end = '\n'): string {
  const file = path.join(home, '.claude', 'projects', `${name}.jsonl`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  fs.writeFileSync(file, `${text}${end}`);
  return file;
}

let lines = 0;
/** Members every line of a conversation has. Synthetic, in the shape of 2.1.330. */
const head = <T extends object>(session: string, more: T) => {
  lines += 1;
  return {
    isSidechain: false,
    uuid: `line-${lines}`,
    timestamp: new Date(Date.UTC(2026, 10, 20, 10, 0, lines)).toISOString(),
    cwd: '/home/dev/src/app',
    sessionId: session,
    version: '2.1.330',
    gitBranch: 'main',
    ...more,
  };
};

export const prompt = (session: string, content: string, more: object = {}) =>
  head(session, { type: 'user', message: { role: 'user', content }, ...more });

export const call = (session: string, id: string, name: string, input: unknown, more: object = {}) =>
  head(session, {
    type: 'assistant',
    message: { role: 'assistant', content: [{ type: 'tool_use', id, name, input }] },
    ...more,
  });

export const bash = (session: string, id: string, text: string, more: object = {}) =>
  call(session, id, 'Bash', { command: text }, more);

export const result = (session: string, id: string, content: unknown, more: object = {}) =>
  head(session, {
    type: 'user',
    message: { role: 'user', content: [{ tool_use_id: id, type: 'tool_result', content }] },
    ...more,
  });

/** Runs `warder scan` as the command line does, in a home. */
export const runScan = (home: string, ...args: string[]) => runScanOn(false, { HOME: home }, args);

/** The same on a terminal or not, with other variables. */
export async function runScanOn(isTTY: boolean, env: Readonly<Record<string, string>>, args: readonly string[]) {
  const [stdout, stderr] = [Object.assign(new PassThrough(), { isTTY, columns: 80 }), new PassThrough()];
  const [out, err]: string[][] = [[], []];
  stdout.on('data', (chunk) => out?.push(String(chunk)));
  stderr.on('data', (chunk) => err?.push(String(chunk)));
  const status = await command.run(args, { stdin: new PassThrough(), stdout, stderr, env });
  return { status, out: out?.join('') ?? '', err: err?.join('') ?? '' };
}

export async function scanJson(home: string, ...args: string[]): Promise<ScanReport & { status: number }> {
  const { status, out } = await runScan(home, '--json', ...args);
  return { ...JSON.parse(out), status };
}
