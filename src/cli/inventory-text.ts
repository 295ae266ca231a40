import type { DeviceInventory, FoundAgent, HookState, RiskFlag } from '../core/inventory.ts';
import { severityOf } from '../core/verdict.ts';
import { knownAgent } from '../understand/agent-catalogue.ts';
import type { Io } from './command.ts';
import { table } from './found-agents.ts';

const hookWords: Readonly<Record<HookState, string>> = {
  installed: '● hooks',
  altered: '◐ hooks altered',
  missing: '■ no hooks',
  unknown: '○ hooks not told',
};

const titleOf = (agent: string): string => knownAgent(agent)?.title ?? agent;
const worst = (flags: readonly RiskFlag[]): string => {
  const weight = Math.max(0, ...flags.map((flag) => flag.weight));
  return weight === 0 ? '' : `${weight} ${severityOf(weight)}`;
};

/** A report for a person: agents, servers, then what is risky, the gravest first. */
export function printInventory(report: DeviceInventory, io: Io): void {
  const { agents, servers, unread } = report;
  const out = (text: string) => io.stdout.write(text);
  out(
    `${report.name}${report.person === '' ? '' : `, ${report.person}`}: ${counted(agents.length, 'agent')}, ${counted(servers.length, 'MCP server')}.\n`,
  );
  if (agents.length > 0) out(`\n${table(['Agent', 'Version', 'Hooks', 'Seen as', 'Risk'], agents.map(agentRow))}`);
  if (servers.length > 0)
    out(
      `\n${table(
        ['MCP server', 'Agent', 'Runs', 'Scope', 'Risk'],
        servers.map((each) => [
          each.name + (each.enabled ? '' : ' (off)'),
          titleOf(each.agent),
          runsOf(each),
          each.scope,
          worst(each.flags),
        ]),
      )}`,
    );
  const flags = [
    ...agents.flatMap(({ agent, flags: some }) => some.map((flag) => ({ flag, whose: titleOf(agent) }))),
    ...servers.flatMap(({ agent, name, flags: some }) =>
      some.map((flag) => ({ flag, whose: `${name} (${titleOf(agent)})` })),
    ),
  ].sort((a, b) => b.flag.weight - a.flag.weight);
  if (flags.length > 0) out('\nWhat to look at, the gravest first:\n');
  for (const { flag, whose } of flags) {
    out(
      `  ${String(flag.weight).padStart(3)} ${severityOf(flag.weight).padEnd(8)} ${whose}: ${flag.what} (${flag.risk})\n      ${flag.mend}  ${flag.where}\n`,
    );
  }
  for (const { file, why } of unread) io.stderr.write(`Not read: ${file} (${why})\n`);
}

const runsOf = ({ package: of, host, command, transport }: DeviceInventory['servers'][number]): string => {
  if (of !== null) return `${of.registry} ${of.name}${of.version === '' ? '' : ` ${of.version}`}`;
  if (host !== '') return host;
  return transport === 'built-in' ? 'built in' : command.length > 60 ? `${command.slice(0, 59)}…` : command;
};

function agentRow({ agent, versions, evidence, hooks, running, gateway, flags }: FoundAgent): readonly string[] {
  const kinds = [...new Set(evidence.map(({ by }) => by))].filter((by) => by !== 'process');
  const seen = [...(running > 0 ? [`${running} running`] : []), ...kinds].join(', ');
  return [titleOf(agent), versions[0] ?? '', hookWords[hooks] + (gateway ? ', gateway' : ''), seen, worst(flags)];
}

const counted = (value: number, one: string): string => `${value} ${value === 1 ? one : `${one}s`}`;
