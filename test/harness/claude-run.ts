import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** What one `claude -p` did. */
export interface ClaudeRun {
  readonly exit: number | null;
  /** Lines of its stream-json output. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: string;
  /** Its last answer to the person. */
  readonly result: string;
  /** Whole output as text, to look for what must not be in it. */
  readonly text: string;
}

/** A person's throw-away home with a project in it. */
export function newPerson(
  folder: string,
  name: string,
): { readonly home: string; readonly project: string; readonly settings: string } {
  const home = path.join(folder, name);
  const project = path.join(home, 'project');
  fs.mkdirSync(project, { recursive: true });
  fs.mkdirSync(path.join(home, '.claude'));
  return { home, project, settings: path.join(home, '.claude/settings.json') };
}

/** Runs the real client once, headless, with nothing of this environment but the PATH. */
export function runClaude(
  program: string,
  person: { readonly home: string; readonly project: string },
  prompt: string,
  options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ClaudeRun> {
  const args = ['-p', prompt, '--output-format', 'stream-json', '--verbose', ...(options.args ?? [])];
  const env = {
    HOME: person.home,
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    ...options.env,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: person.project,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 45_000,
    });
    let [text, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (exit) => {
      const lines = text
        .split('\n')
        .filter(Boolean)
        .map((line): Record<string, unknown> => JSON.parse(line));
      const last = lines.findLast((line) => line.type === 'result');
      resolve({ exit, lines, stderr, result: String(last?.result ?? ''), text });
    });
  });
}
