import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** One hook call of a session, `afterMs` milliseconds after the one before. */
export interface ReplayStep {
  readonly afterMs: number;
  readonly hook: Readonly<Record<string, unknown>>;
  /** When Warder asks about this call, a person says yes. */
  readonly approved?: boolean;
}

/** A session to replay. Ids in its steps are names, made fresh at each replay; `{{secret:…}}` stands for a value made up then. */
export interface ReplaySession {
  readonly name: string;
  readonly about: string;
  readonly cwd: string;
  readonly steps: readonly ReplayStep[];
}

const headSchema = z.strictObject({ synthetic: z.literal(true), about: z.string(), cwd: z.string() });
const stepSchema = z.strictObject({
  after: z.number().min(0),
  approved: z.boolean().optional(),
  hook: z.looseObject({ hook_event_name: z.string() }),
});

/** The folder `demo/` of this package, from a checkout or from the bundle. Throws when it is not there. */
export function demoFolder(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const folder = join(at, 'demo', 'sessions');
    if (existsSync(folder)) return folder;
    if (dirname(at) === at) throw new Error('the folder demo/sessions of this package is missing');
  }
}

/** Every `*.jsonl` of a folder, by name: a head line, then steps. Throws Error naming file and line when one is malformed. */
export function loadSessions(folder: string): ReplaySession[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .map((file) => loadSession(join(folder, file)));
}

function loadSession(path: string): ReplaySession {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const parse = <T>(schema: z.ZodType<T>, line: string, number: number): T => {
    try {
      return schema.parse(JSON.parse(line));
    } catch (error) {
      throw new Error(`${path}:${number} is not a replay line`, { cause: error });
    }
  };
  const { about, cwd } = parse(headSchema, lines[0] ?? '', 1);
  const steps = lines.slice(1).map((line, i) => {
    const { after, hook, approved = false } = parse(stepSchema, line, i + 2);
    return { afterMs: after, hook, approved };
  });
  return { name: basename(path, '.jsonl'), about, cwd, steps };
}
