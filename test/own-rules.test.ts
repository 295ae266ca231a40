import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { command as judgeCommand } from '../src/cli/judge.ts';
import { bash, result, scanJson, throwAwayHome, writeTranscript } from './scan-made.ts';

const garden = (until: string) => ({
  id: 'beds',
  detector: 'destructive-command',
  resource: '/srv/garden/*',
  reason: 'The beds are dug anew each night.',
  until,
});
const billing = {
  id: 'touches-billing',
  title: 'Changes what customers pay',
  runbook: 'Ask the billing team.',
  severity: 'review',
  when: { verb: ['delete'], resource: ['*/billing/*'] },
};

/** A folder with rules of its own. */
function rules(until: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-own-'));
  fs.writeFileSync(path.join(folder, 'suppressions.json'), JSON.stringify([garden(until)]));
  fs.writeFileSync(path.join(folder, 'detectors.json'), JSON.stringify([billing]));
  return folder;
}

async function judge(folder: string, line: object) {
  const stdout = new PassThrough();
  const io = { stdin: Readable.from([JSON.stringify(line)]), stdout, stderr: new PassThrough(), env: {} };
  expect(await judgeCommand.run(['--rules', folder, '--explain'], io)).toBe(0);
  return JSON.parse(String(stdout.read()));
}
const remove = { id: 1, tool: 'Bash', input: { command: 'rm -rf /srv/garden/beds' } };

describe('rules of a home of one’s own, in warder judge', () => {
  it('take a finding out, in sight and with the reason, until their day', async () => {
    const loud = await judge(rules('2020-01-01'), remove);
    expect(loud.score).toBeGreaterThanOrEqual(40);
    expect(loud.findings[0].suppressed).toBeUndefined();
    const quiet = await judge(rules('2999-01-01'), remove);
    expect(quiet.score).toBeLessThan(40);
    expect(quiet.findings[0]).toMatchObject({
      detector: 'destructive-command',
      suppressed: { id: 'beds', reason: 'The beds are dug anew each night.', until: '2999-01-01' },
    });
  });

  it('hold by the time of the call where it is known', async () => {
    const folder = rules('2026-06-30');
    expect((await judge(folder, { ...remove, ts: '2026-06-01T10:00:00Z' })).score).toBeLessThan(40);
    expect((await judge(folder, { ...remove, ts: '2026-07-01T10:00:00Z' })).score).toBeGreaterThanOrEqual(40);
  });

  it('add detectors, and leave other resources alone', async () => {
    const folder = rules('2999-01-01');
    const added = await judge(folder, { id: 1, tool: 'Bash', input: { command: 'rm src/billing/rates.ts' } });
    expect(added.findings.map(({ detector }: { detector: string }) => detector)).toContain('touches-billing');
    const other = await judge(folder, { id: 1, tool: 'Bash', input: { command: 'rm -rf /srv/orchard' } });
    expect(other.score).toBeGreaterThanOrEqual(40);
  });
});

describe('rules of a home of one’s own, in warder scan', () => {
  it('take findings out until their day, and add detectors', async () => {
    const home = throwAwayHome();
    writeTranscript(home, 'p/s1', [
      bash('s1', 't1', 'rm -rf /srv/garden/beds'),
      result('s1', 't1', ''),
      bash('s1', 't2', 'rm src/billing/rates.ts'),
      result('s1', 't2', ''),
    ]);
    const detectors = async (until: string, ...more: string[]): Promise<readonly string[]> => {
      const report = await scanJson(home, '--rules', rules(until), ...more);
      return report.riskiest.flatMap(({ findings }: { findings: readonly { detector: string }[] }) =>
        findings.map(({ detector }) => detector),
      );
    };
    expect(await detectors('2020-01-01')).toEqual(expect.arrayContaining(['destructive-command', 'touches-billing']));
    const kept = await detectors('2999-01-01');
    expect(kept).toContain('touches-billing');
    expect(kept).not.toContain('destructive-command');
    // On threads of their own as on this one.
    expect(await detectors('2999-01-01', '--jobs', '2')).toEqual(kept);
  });
});
