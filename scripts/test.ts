// Everything CI runs: static checks, then all test suites, then one closing line over all of them.
//   node scripts/test.ts [--static] [--long] [filter …]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);
const long = words.includes('--long');
const onlyStatic = words.includes('--static');
const filters = words.filter((word) => !word.startsWith('--'));
const bin = (name: string, file: string) => path.join(root, 'node_modules', name, file);

interface Tally {
  passed: number;
  failed: number;
  readonly skipped: { readonly name: string; readonly why: string }[];
}
const tally: Tally = { passed: 0, failed: 0, skipped: [] };

/** One static check counts as one test. */
function check(name: string, args: readonly string[]): void {
  const started = performance.now();
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (run.status === 0) {
    tally.passed += 1;
    console.log(`✓ ${name} (${seconds} s)`);
  } else {
    tally.failed += 1;
    console.log(`✗ ${name} (${seconds} s)\n${`${run.stdout}${run.stderr}`.slice(0, 6000)}`);
  }
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly meta?: { readonly skipped?: string };
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Runs vitest; its report, not its exit status alone, is counted: a file that fails to load is a failure too. */
function suites(): void {
  const out = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'warder-tests-')), 'report.json');
  const run = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      bin('vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${out}`,
      ...filters,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, WARDER_LONG: long ? '1' : '' } },
  );
  if (!fs.existsSync(out)) {
    tally.failed += 1;
    console.log(`✗ the test runner ended with status ${run.status} and left no report`);
    return;
  }
  const report = JSON.parse(fs.readFileSync(out, 'utf8')) as VitestReport;
  fs.rmSync(path.dirname(out), { recursive: true });
  tally.passed += report.numPassedTests;
  tally.failed += report.numFailedTests;
  for (const file of report.testResults) {
    const name = path.relative(root, file.name);
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
      tally.failed += 1;
      console.log(`✗ ${name} could not be run: ${file.message}`);
    }
    for (const test of file.assertionResults) {
      if (test.status === 'passed' || test.status === 'failed') continue;
      tally.skipped.push({ name: `${name} › ${test.fullName}`, why: test.meta?.skipped ?? 'no reason was given' });
    }
  }
  if (run.status !== 0 && tally.failed === 0) {
    tally.failed += 1;
    console.log(
      `✗ the test runner ended with status ${run.status} although every test passed (an error outside a test; see above)`,
    );
  }
}

if (filters.length === 0) {
  check('types: server, tests, benches', [bin('typescript-native', 'bin/tsc'), '-p', '.']);
  if (fs.existsSync(path.join(root, 'web/tsconfig.json')))
    check('types: console', [bin('typescript-native', 'bin/tsc'), '-p', 'web']);
  check('format and lint (biome)', [
    bin('@biomejs/biome', 'bin/biome'),
    'ci',
    '--colors=off',
    '--error-on-warnings',
    '.',
  ]);
  check('unused files, exports and dependencies (knip)', [bin('knip', 'bin/knip.js')]);
}
if (!onlyStatic) suites();

for (const { name, why } of tally.skipped) console.log(`skipped: ${name}\n  because: ${why}`);
console.log(`\n${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped`);
process.exitCode = tally.failed === 0 ? 0 : 1;
