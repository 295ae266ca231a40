import path from 'node:path';
import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { type Finding, lookAtClaudeCode } from './doctor-claude-code.ts';
import { lookAtRoute } from './doctor-route.ts';
import { requireAgent } from './install.ts';
import { routeAgent, routeAgents } from './route-agents.ts';

const usage = `warder doctor: is a coding agent on this machine connected, and does it fail closed?

Usage: warder doctor [claude-code] [--settings FILE] [--home DIR] [--json]
       warder doctor ${routeAgents.map(({ id }) => id).join('|')} [--home DIR] [--json]

  --settings FILE    another file than ~/.claude/settings.json (CLAUDE_CONFIG_DIR is followed)

Each line is fine (●) or wrong (■) with the one command that mends it.
Exit status: 0 all fine, 1 something is wrong, 2 used wrongly, 3 could not look.
`;

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
    if (positionals.length > 0) requireAgent(positionals, 'doctor');
    const home = homeDir(values.home, io.env);
    const route = routeAgent(positionals[0]);
    if (route && values.settings !== undefined) throw new UsageError('--settings is for claude-code.');
    const findings = route
      ? await lookAtRoute(route, home, io.env)
      : await lookAtClaudeCode(home, io.env, values.settings && path.resolve(values.settings));
    const { id, title } = route ?? { id: 'claude-code', title: 'Claude Code' };
    const wrong = findings.filter((finding) => !finding.ok).length;
    if (values.json) io.stdout.write(`${JSON.stringify({ agent: id, ok: wrong === 0, findings })}\n`);
    else print(io, title, findings, wrong);
    return wrong === 0 ? 0 : 1;
  },
};

function print(io: Io, title: string, findings: readonly Finding[], wrong: number): void {
  const coloured = io.stdout.isTTY === true && !io.env.NO_COLOR;
  const paint = (code: number, text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  for (const { ok, what, mend } of findings) {
    io.stdout.write(`${ok ? paint(34, '●') : paint(31, '■')} ${what}${mend === undefined ? '' : `\n    ${mend}`}\n`);
  }
  io.stdout.write(
    wrong === 0 ? `\n${title} is connected.\n` : `\n${wrong} of ${findings.length} checks found something wrong.\n`,
  );
}
