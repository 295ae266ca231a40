import { homeDir } from '../home-dir.ts';
import type { Io } from './command.ts';
import { runDevice } from './device-alone.ts';

// The resident process of a machine as a bundle of its own: `device run`, and the look at the machine that it starts.

const io: Io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env };

async function main([what, ...rest]: readonly string[]): Promise<number> {
  if (what === 'inventory') return (await import('./inventory.ts')).command.run(rest, io);
  if (rest.includes('--help')) {
    process.stdout.write('Usage: warder device run [--home DIR]\nMore: warder device --help\n');
    return 0;
  }
  const [run, flag, home, ...more] = rest;
  if (what === 'device' && run === 'run' && (flag === undefined || flag === '--home') && more.length === 0)
    return runDevice(homeDir(home, io.env), io);
  process.stderr.write('warder device: run it as device run [--home DIR]\n');
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`warder device: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
}
