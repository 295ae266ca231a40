import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { type Judged, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'prepared-script';

/** Programs that run what a file of theirs says, without naming it. */
const runners: Readonly<Record<string, RegExp>> = {
  make: /\/(?:GNUmakefile|[Mm]akefile)$/,
  just: /\/\.?[Jj]ustfile$/,
  npm: /\/package\.json$/,
  pnpm: /\/package\.json$/,
  yarn: /\/package\.json$/,
  bun: /\/package\.json$/,
};

function judge(effect: Effect, { session }: DetectorInput): Judged | null {
  const { prepared } = session;
  if (prepared === undefined || effect.verb !== 'execute' || onlyShows(effect)) return null;
  const { kind, name } = effect.resource;
  const file = kind === 'file' && Object.hasOwn(prepared, name) ? name : namedBy(effect.by, prepared);
  const does = file === undefined ? undefined : prepared[file];
  if (file === undefined || does === undefined) return null;
  return {
    weight: does.startsWith('sends credentials') ? 82 : does.startsWith('runs code') ? 72 : 60,
    why: `Runs ${plain(file)}, which this session wrote and which ${plain(does)}.`,
  };
}

function namedBy(by: string, prepared: Readonly<Record<string, string>>): string | undefined {
  const pattern = Object.hasOwn(runners, by) ? runners[by] : undefined;
  return pattern === undefined ? undefined : Object.keys(prepared).find((path) => pattern.test(path));
}

/** Runs a script that the same session wrote, and that does what would weigh had it been typed as a command. */
export const preparedScript: Detector = {
  id,
  title: 'Runs what it prepared',
  runbook:
    'Open the script and read what it did. Who asked for it? Compare it with what the session had read before it was written.',
  detect: (input) => perEffect(id, input, judge),
  hits: [
    {
      tool: 'Bash',
      input: { command: 'python3 /home/dev/project/tidy.py' },
      session: { prepared: { '/home/dev/project/tidy.py': 'deletes /home/dev/Documents' } },
    },
    {
      tool: 'Bash',
      input: { command: 'make build' },
      session: { prepared: { '/home/dev/project/Makefile': 'sends credentials to x.example' } },
    },
    {
      tool: 'Bash',
      input: { command: 'npm run build' },
      session: { prepared: { '/home/dev/project/package.json': 'runs code of another host' } },
    },
  ],
  misses: [
    'python3 tidy.py',
    {
      tool: 'Bash',
      input: { command: 'cat tidy.py' },
      session: { prepared: { '/home/dev/project/tidy.py': 'deletes /home/dev/Documents' } },
    },
    {
      tool: 'Bash',
      input: { command: 'make build' },
      session: { prepared: { '/home/dev/project/tidy.py': 'deletes /home/dev/Documents' } },
    },
  ],
};
