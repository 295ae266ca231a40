import path from 'node:path';
import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { requireAgent } from './agent-names.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { type Finding, lookAtClaudeCode } from './doctor-claude-code.ts';
import { lookAtHooks } from './doctor-hooks.ts';
import { lookAtRoute } from './doctor-route.ts';
import { foundAgents, table } from './found-agents.ts';
import { hookAgent } from './hook-agents.ts';
import { routeAgent } from './route-agents.ts';

const usage = `warder doctor: is a coding agent on this machine connected, and does it fail closed?

Usage: warder doctor [AGENT|all] [--settings FILE] [--home DIR] [--json]

AGENT: see warder install --help; claude-code when none is named.
all: every agent with hooks that is found on this machine.
  --settings FILE    claude-code: another file than ~/.claude/settings.json (CLAUDE_CONFIG_DIR is followed)

Looks at the client and its version, the server, every file that connects the agent, what weakens its hooks, and sends a
test event the whole way there and back, of which nothing is recorded.
Each line is fine (●) or wrong (■) with the one command that mends it.
Exit status: 0 all fine, 1 something is wrong, 2 used wrongly, 3 could not look.
`;

interface Looked {
  readonly agent: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

export const command: Command = {
  name: 'doctor',
  summary: 'check that agents on this machine are connected and fail closed',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { settings: { type: 'string' }, home: { type: 'string' }, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const id = positionals.length === 0 ? 'claude-code' : requireAgent(positionals, 'doctor', ['all']);
    if (id !== 'claude-code' && values.settings !== undefined) throw new UsageError('--settings is for claude-code.');
    const home = homeDir(values.home, io.env);
    if (id === 'all') return lookAtAll(home, io, values.json === true);
    const { title, findings } = await look(id, home, io, values.settings && path.resolve(values.settings));
    const wrong = findings.filter((finding) => !finding.ok).length;
    if (values.json) io.stdout.write(`${JSON.stringify({ agent: id, ok: wrong === 0, findings })}\n`);
    else print(io, title, findings, wrong);
    return wrong === 0 ? 0 : 1;
  },
};

async function look(id: string, home: string, io: Io, settings?: string): Promise<Looked> {
  const [hooks, route] = [hookAgent(id), routeAgent(id)];
  if (hooks) return { agent: id, title: hooks.title, findings: await lookAtHooks(hooks, home, io) };
  if (route) return { agent: id, title: route.title, findings: await lookAtRoute(route, home, io.env) };
  return { agent: id, title: 'Claude Code', findings: await lookAtClaudeCode(home, io.env, settings) };
}

async function lookAtAll(home: string, io: Io, json: boolean): Promise<0 | 1> {
  const found = foundAgents(io.env);
  const looked: (Looked & { readonly ok: boolean })[] = [];
  for (const { id } of found) {
    const one = await look(id, home, io);
    looked.push({ ...one, ok: one.findings.every(({ ok }) => ok) });
  }
  const ok = looked.every((one) => one.ok);
  if (json) {
    io.stdout.write(`${JSON.stringify({ ok, agents: looked })}\n`);
    return ok ? 0 : 1;
  }
  if (found.length === 0) io.stdout.write('No agent that Warder knows was found on this machine.\n');
  else {
    const rows = looked.map((one, at) => [one.agent, wordFor(one.findings), found[at]?.found ?? '']);
    io.stdout.write(table(['agent', 'is', 'found'], rows));
  }
  for (const { title, findings } of looked.filter((one) => !one.ok)) {
    io.stdout.write(`\n${title}\n`);
    lines(
      io,
      findings.filter((finding) => !finding.ok),
    );
  }
  return ok ? 0 : 1;
}

function wordFor(findings: readonly Finding[]): string {
  const wrong = findings.filter(({ ok }) => !ok).length;
  return wrong === 0 ? 'connected' : `${wrong} of ${findings.length} checks wrong`;
}

function print(io: Io, title: string, findings: readonly Finding[], wrong: number): void {
  lines(io, findings);
  io.stdout.write(
    wrong === 0 ? `\n${title} is connected.\n` : `\n${wrong} of ${findings.length} checks found something wrong.\n`,
  );
}

function lines(io: Io, findings: readonly Finding[]): void {
  const coloured = io.stdout.isTTY === true && !io.env.NO_COLOR;
  const paint = (code: number, text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  for (const { ok, what, mend } of findings) {
    io.stdout.write(`${ok ? paint(34, '●') : paint(31, '■')} ${what}${mend === undefined ? '' : `\n    ${mend}`}\n`);
  }
}
