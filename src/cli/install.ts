import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { minimumVersion } from '../normalise/agents/claude-code.settings.ts';
import { answers, serverFor } from './agent-files.ts';
import { agentNames, requireAgent } from './agent-names.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { connect, type InstallFlags, unreachable } from './connect-agent.ts';
import { hookAgent } from './hook-agents.ts';
import { installAll } from './install-all.ts';
import { installClaudeCode, tellClaudeCode } from './install-claude-code.ts';
import { tellInstall } from './install-report.ts';
import { routeAgent } from './route-agents.ts';

const usage = `warder install: let a coding agent on this machine report to Warder, and obey it.

Usage: warder install AGENT|all [--dry-run] [--hooks] [--gateway [--model NAME]] [--managed [--out DIR]]
                                [--url URL] [--token TOKEN] [--home DIR] [--json]
       warder install claude-code [--own-login] [--command-hook] [--allow-fail-open] [--settings FILE] …

AGENT is one of: ${namedInLines()}
all: every one of them that has hooks and is found on this machine (its program is on the PATH, or its folder is there).

  --dry-run            show what would change, change nothing
  --gateway            send model traffic through Warder (base URL and token in the agent's own settings); for claude-code
                       and all: as well as the hooks, for another agent: alone, unless --hooks is given too
  --hooks              connect the hooks: what happens without --gateway
  --model NAME         with --gateway: the model the agent asks for (not for claude-code; as it is when absent)
  --managed            write the administrator's files, which a developer cannot switch off, where the agent has such
  --out DIR            put the managed files below DIR, under the paths they are to have
                       (claude-code: into DIR; default: the managed-settings.d of this platform)
  --url, --token       another server than the one that runs in this home

Claude Code alone:
  --own-login          with --gateway: keep the person's own login or key; the server needs
                       "passThroughClientAuth": true in its config.json
  --command-hook       hooks through the device client (sh) instead of http: for clients before ${minimumVersion}
  --allow-fail-open    install on such a client with http hooks: a tool call then runs when Warder is not reachable
  --settings FILE      another file than ~/.claude/settings.json (CLAUDE_CONFIG_DIR is followed)

Nothing else in the files changes, a copy is kept beside each, and \`warder uninstall AGENT\` puts them back.
Exit status: 0 done, 2 used wrongly, 3 could not.
`;

const options = {
  'dry-run': { type: 'boolean' },
  'allow-fail-open': { type: 'boolean' },
  'command-hook': { type: 'boolean' },
  gateway: { type: 'boolean' },
  hooks: { type: 'boolean' },
  'own-login': { type: 'boolean' },
  managed: { type: 'boolean' },
  out: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  model: { type: 'string' },
  settings: { type: 'string' },
  home: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const parseFlags = (args: readonly string[]) => parseArgs({ args: [...args], options, allowPositionals: true });

const forClaudeCode = ['allow-fail-open', 'command-hook', 'own-login', 'settings'] as const;

export const command: Command = {
  name: 'install',
  summary: 'connect a coding agent on this machine',
  usage,
  async run(args, io) {
    const { values, positionals } = parseFlags(args);
    const id = requireAgent(positionals, 'install', ['all']);
    if (values.out !== undefined && !values.managed) throw new UsageError('--out goes with --managed.');
    const home = homeDir(values.home, io.env);
    if (id === 'claude-code') return claudeCode(home, values, io);
    const foreign = forClaudeCode.find((name) => values[name] !== undefined);
    if (foreign !== undefined) throw new UsageError(`--${foreign} is for claude-code.`);
    if (id === 'all') return installAll(home, values, io);
    const [hooks, route] = [hookAgent(id), routeAgent(id)];
    const agent = hooks ?? route;
    if (agent === null) throw new UsageError(`Warder knows no agent ${JSON.stringify(id)}.`);
    const done = connect(hooks, route, home, values, io);
    const warnings = [...(await unreachable(home, values, hooks ?? agent)), ...done.warnings];
    tellInstall(io, agent, { ...done, warnings }, values);
    return 0;
  },
};

async function claudeCode(home: string, flags: InstallFlags, io: Io): Promise<ExitStatus> {
  const report = await installClaudeCode(home, flags, io);
  const { url } = serverFor(home, flags);
  const down = `No Warder answers at ${url}: tool calls are blocked until it runs. Start it: warder serve`;
  const warnings = (await answers(url)) ? report.warnings : [...report.warnings, down];
  tellClaudeCode(io, { ...report, warnings }, flags);
  return 0;
}

function namedInLines(): string {
  const names = agentNames();
  const half = Math.ceil(names.length / 2);
  return `${names.slice(0, half).join(' ')}\n  ${names.slice(half).join(' ')}`;
}
