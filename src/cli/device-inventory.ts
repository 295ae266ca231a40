import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Link } from '../device/link.ts';
import type { Io } from './command.ts';

const firstAfterMs = 5000;
const everyMs = 5 * 60_000;
/** What has not changed is told again after this long, so that the server knows it still holds. */
const againAfterMs = 6 * 3_600_000;
const lookWithinMs = 120_000;
const sendWithinMs = 20_000;
const largestReport = 16 * 1024 * 1024;

/** Tells the server which agents and MCP servers this machine has: at the start, and looking every five minutes, when that changed. */
export function reportInventory(deps: {
  readonly home: string;
  readonly name: string;
  readonly env: Io['env'];
  readonly link: Link;
  onTrouble(code: string, detail: string): void;
}): { close(): void } {
  const { link, onTrouble } = deps;
  const ending = new AbortController();
  let told = '';
  let toldAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    const report = await takenElsewhere(deps, ending.signal);
    if (report === null) return;
    const sum = sumOf(report);
    if (sum === told && performance.now() - toldAt < againAfterMs) return;
    const asked = { method: 'POST', path: '/device/inventory', body: report, withinMs: sendWithinMs } as const;
    const { status } = await link.send(asked);
    if (status !== 200) return onTrouble('inventory-refused', `the server answered an inventory with status ${status}`);
    [told, toldAt] = [sum, performance.now()];
  }
  // Out of reach now: the next look sends it.
  const now = () => void look().catch(() => undefined);
  const first = setTimeout(now, firstAfterMs);
  const timer = setInterval(now, everyMs);
  return {
    close() {
      clearTimeout(first);
      clearInterval(timer);
      ending.abort();
    },
  };
}

/** In a process of its own: to look takes long, and hooks do not wait. Null when it told nothing. */
function takenElsewhere(
  { home, name, env }: Parameters<typeof reportInventory>[0],
  signal: AbortSignal,
): Promise<string | null> {
  const program = process.argv[1] ?? '';
  const args = [
    '--disable-warning=ExperimentalWarning',
    program,
    'inventory',
    '--json',
    '--home',
    home,
    '--name',
    name,
  ];
  const options = { env, signal, timeout: lookWithinMs, maxBuffer: largestReport, windowsHide: true };
  return new Promise((resolve) => {
    // Its exit status says whether something is risky, which is the server's to tell.
    execFile(process.execPath, args, options, (_, stdout) => resolve(stdout.startsWith('{') ? stdout.trim() : null));
  });
}

/** Of everything but when it was looked. */
function sumOf(report: string): string {
  const { at: _, ...rest } = JSON.parse(report) as Record<string, unknown>;
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex');
}
