import type { ReplaySession, ReplayStep } from './replay-session.ts';

type Hook = Readonly<Record<string, unknown>>;

const root = '/home/dev/src/shop';
const files = ['cart', 'order', 'price', 'stock', 'user', 'invoice', 'search', 'mail', 'route', 'session'];
const checks = ['npm test', 'npm run lint', 'npx tsc --noEmit', 'git status --short', 'git diff --stat', 'ls -la src'];

/** The long ordinary session that makes lists worth scrolling. */
export const longSession = (calls = 200): ReplaySession => ({
  name: 'ordinary',
  about: `${calls} ordinary calls.`,
  cwd: '/home/dev/src/shop',
  steps: ordinarySession(calls, 7),
});

/**
 * A long, ordinary session of `calls` tool calls: reading, searching, editing, testing. Synthetic, and the same for the
 * same `seed`, so that a replay can be compared with another one.
 */
function ordinarySession(calls: number, seed: number): ReplayStep[] {
  const pick = picker(seed);
  const steps: ReplayStep[] = [
    step(0, { hook_event_name: 'SessionStart', source: 'startup' }),
    step(300, {
      hook_event_name: 'UserPromptSubmit',
      prompt: 'Go through the shop and add types where they are missing.',
    }),
  ];
  for (let i = 1; i <= calls; i += 1) {
    const [tool, input, response] = ordinaryCall(pick);
    const call = { tool_name: tool, tool_input: input, tool_use_id: `ordinary-${i}` };
    const took = 40 + pick(400);
    steps.push(step(150 + pick(500), { hook_event_name: 'PreToolUse', ...call }));
    steps.push(step(took, { hook_event_name: 'PostToolUse', ...call, tool_response: response, duration_ms: took }));
  }
  steps.push(step(500, { hook_event_name: 'SessionEnd', reason: 'other' }));
  return steps;
}

const step = (afterMs: number, hook: Hook): ReplayStep => ({ afterMs, hook });

function ordinaryCall(pick: (below: number) => number): [tool: string, input: Hook, response: Hook] {
  const name = files[pick(files.length)] ?? 'cart';
  const path = `${root}/src/${name}.ts`;
  const kind = pick(10);
  if (kind < 4) {
    const content = `export function ${name}(input: unknown) {\n  return input;\n}\n`;
    const file = { filePath: path, content, numLines: 4, startLine: 1, totalLines: 4 };
    return ['Read', { file_path: path }, { type: 'text', file }];
  }
  if (kind < 5) {
    const input = { pattern: `${name}\\(`, path: `${root}/src`, output_mode: 'content' };
    return ['Grep', input, { mode: 'content', numFiles: 1, content: `src/${name}.ts:1:export function ${name}(` }];
  }
  if (kind < 7) {
    const [before, after] = ['(input: unknown)', `(input: ${name[0]?.toUpperCase()}${name.slice(1)})`];
    const input = { file_path: path, old_string: before, new_string: after, replace_all: false };
    return ['Edit', input, { filePath: path, oldString: before, newString: after, structuredPatch: [] }];
  }
  const command = checks[pick(checks.length)] ?? 'npm test';
  return ['Bash', { command, description: 'Check' }, { stdout: 'ok', stderr: '', interrupted: false, isImage: false }];
}

/** Whole numbers below a bound, from a 32-bit generator. Source: mulberry32. */
function picker(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
