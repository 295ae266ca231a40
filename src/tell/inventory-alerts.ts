import type { AgentId } from '../core/event.ts';
import {
  type ConfiguredServer,
  type DeviceInventory,
  type RiskFlag,
  type RiskId,
  runsOf,
  type Standing,
} from '../core/inventory.ts';
import { type AlertDraft, type CallRecord, severityOf } from '../core/verdict.ts';

/** What to do about the alerts of an inventory; those of a new MCP server have their detector's. */
export const inventoryRunbooks: readonly { readonly id: string; readonly title: string; readonly runbook: string }[] = [
  {
    id: 'unsanctioned-agent',
    title: 'Agent that is not allowed',
    runbook:
      'Your organisation disallowed this agent, or nobody has reviewed it and it is new here. Ask the person what it is used for. Allow it (warder inventory allow), or have it removed and look at what it reached: its sessions, and the MCP servers in its configuration.',
  },
  {
    id: 'agent-unguarded',
    title: 'Agent without its guards',
    runbook:
      'An agent on this device runs without asking, without its sandbox or without its hooks. Ask whether that is meant; take the setting or the flag away, and set the managed key that forbids it (warder deploy).',
  },
  {
    id: 'mcp-server-risk',
    title: 'Risky MCP server configuration',
    runbook:
      'Look at the entry in the file that the inventory names. A secret in it has to be renewed, not only moved. Code that is fetched at each start is to be pinned. Folders are to be named, not the whole disk.',
  },
];

const unsanctionedScore = 75;
const unreviewedScore = 40;
const newServerScore = 45;
/** From here on a flag is worth an alert by itself. */
const flagScore = 60;
/** More of one kind in one report are told together. */
const mostApart = 5;

const draft = (
  detector: string,
  subject: string,
  score: number,
  title: string,
  who: { agent: AgentId; person: string },
): AlertDraft => ({
  key: [who.agent, who.person, detector, subject].join('|').slice(0, 500),
  severity: severityOf(score),
  score,
  detector,
  title: title.length > 240 ? `${title.slice(0, 239)}…` : title,
  session: '',
  agent: who.agent,
  person: who.person,
  call: '',
});

/** A report beside what was known before it. */
export interface InventoryNews {
  readonly report: DeviceInventory;
  /** What every source had said of this device; empty: nobody had. */
  readonly before: readonly DeviceInventory[];
  /** Agents and servers that nobody here had ever reported. A server by `serverKey`. */
  readonly newAgents: ReadonlySet<AgentId>;
  readonly newServers: ReadonlySet<string>;
  standingOf(agent: AgentId): Standing;
  titleOf(agent: AgentId): string;
}

/** What a server is told apart by. */
export const serverKey = ({ name, package: of, host, command }: ConfiguredServer): string =>
  `${name}\0${runsOf({ package: of, host, command })}`;

/** What is new in a report and worth a person's time. The same report again gives nothing. */
export function alertsForInventory(news: InventoryNews): AlertDraft[] {
  return [...agentAlerts(news), ...guardAlerts(news), ...serverAlerts(news)];
}

function agentAlerts({ report, before, newAgents, standingOf, titleOf }: InventoryNews): AlertDraft[] {
  const had = new Set(before.flatMap(({ agents }) => agents.map(({ agent }) => agent)));
  const { person, device, name } = report;
  return report.agents.flatMap(({ agent }) => {
    if (had.has(agent)) return [];
    const standing = standingOf(agent);
    const title = titleOf(agent);
    if (standing === 'disallowed')
      return [
        draft('unsanctioned-agent', device, unsanctionedScore, `${title} is not allowed here, and is on ${name}.`, {
          agent,
          person,
        }),
      ];
    if (standing === 'unreviewed' && newAgents.has(agent))
      return [
        draft(
          'unsanctioned-agent',
          'new',
          unreviewedScore,
          `${title} is new here: first seen on ${name}. Nobody has reviewed it.`,
          { agent, person },
        ),
      ];
    return [];
  });
}

/** Flags whose alerts are those of a detector that exists. */
const detectorOf = (risk: RiskId): string =>
  risk === 'hidden-unicode' || risk === 'injection-markers' ? 'prompt-injection' : 'agent-unguarded';

function guardAlerts({ report, before, titleOf }: InventoryNews): AlertDraft[] {
  const key = (agent: AgentId, { risk, where }: RiskFlag) =>
    `${agent}\0${risk}\0${risk === 'skip-permissions-runtime' ? '' : where}`;
  const had = new Set(
    before.flatMap(({ agents }) => agents.flatMap(({ agent, flags }) => flags.map((flag) => key(agent, flag)))),
  );
  const { person, device, name } = report;
  return report.agents.flatMap(({ agent, flags }) => {
    const fresh = flags.filter((flag) => flag.weight >= flagScore && !had.has(key(agent, flag)));
    return [...Map.groupBy(fresh, ({ risk }) => risk).values()].flatMap((same) => {
      const [worst] = same.toSorted((a, b) => b.weight - a.weight);
      if (worst === undefined) return [];
      const more = same.length > 1 ? ` (and ${same.length - 1} more of the kind)` : '';
      return [
        draft(
          detectorOf(worst.risk),
          `${worst.risk} ${device}`,
          worst.weight,
          `${titleOf(agent)} on ${name}: ${worst.what}${more}`,
          { agent, person },
        ),
      ];
    });
  });
}

function serverAlerts({ report, before, newServers, titleOf }: InventoryNews): AlertDraft[] {
  const place = ({ agent, file, project, name }: ConfiguredServer) => [agent, file, project, name].join('\0');
  const had = new Map(before.flatMap(({ servers }) => servers.map((server) => [place(server), server] as const)));
  const { person, device, name: where } = report;
  const fresh = report.servers.filter((server) => {
    const was = had.get(place(server));
    return was === undefined || runsOf(was) !== runsOf(server) || worst(server)?.what !== worst(was)?.what;
  });
  const told = new Set<string>();
  const drafts = fresh
    .toSorted((a, b) => (worst(b)?.weight ?? 0) - (worst(a)?.weight ?? 0))
    .flatMap((server): AlertDraft[] => {
      const who = { agent: server.agent, person };
      const key = serverKey(server);
      if (told.has(key)) return [];
      told.add(key);
      const flag = worst(server);
      const runs = runsOf(server);
      const what = runs === '' ? server.name : `${server.name} (${runs})`;
      const was = had.get(place(server));
      if (was !== undefined && runsOf(was) !== runs)
        return [
          draft(
            'new-mcp-server',
            `${server.name} changed ${device}`,
            Math.max(60, flag?.weight ?? 0),
            `MCP server ${server.name} of ${titleOf(server.agent)} on ${where} now runs ${runs || 'something else'}, before ${runsOf(was) || 'something else'}.`,
            who,
          ),
        ];
      if (newServers.has(key)) {
        const also = flag !== undefined && flag.weight >= newServerScore ? ` ${flag.what}` : '';
        return [
          draft(
            'new-mcp-server',
            // As the first call of it would be told of: then it is the same alert.
            server.name,
            Math.max(newServerScore, flag?.weight ?? 0),
            `New MCP server ${what} in ${titleOf(server.agent)} on ${where}.${also}`,
            who,
          ),
        ];
      }
      if (flag === undefined || flag.weight < flagScore) return [];
      return [
        draft(
          'mcp-server-risk',
          `${server.name} ${device}`,
          flag.weight,
          `MCP server ${what} in ${titleOf(server.agent)} on ${where}: ${flag.what}`,
          who,
        ),
      ];
    });
  const [apart, rest] = [drafts.slice(0, mostApart), drafts.slice(mostApart)];
  const [first] = rest;
  if (first === undefined) return apart;
  const score = Math.max(...rest.map((each) => each.score));
  const together = draft(
    'new-mcp-server',
    `many ${device}`,
    score,
    `${rest.length} more MCP servers on ${where} are new or risky; the inventory lists them.`,
    first,
  );
  return [...apart, together];
}

const worst = ({ flags }: ConfiguredServer): RiskFlag | undefined =>
  flags.reduce<RiskFlag | undefined>((most, flag) => (flag.weight > (most?.weight ?? 0) ? flag : most), undefined);

/** A call of an agent that is disallowed: one alert for each person and device, whatever the call. */
export function alertForCaller(
  call: Pick<CallRecord, 'agent' | 'person' | 'device' | 'session' | 'id'>,
  standing: Standing,
  title: string,
): AlertDraft[] {
  if (standing !== 'disallowed') return [];
  const { agent, person, device, session, id } = call;
  const told = draft(
    'unsanctioned-agent',
    device,
    unsanctionedScore,
    `${title} is not allowed here, and works on ${device}.`,
    { agent, person },
  );
  return [{ ...told, session, call: id }];
}

/** An agent that was disallowed just now, and where it already is. */
export const alertsForDisallowed = (
  agent: AgentId,
  title: string,
  places: readonly { readonly device: string; readonly name: string; readonly person: string }[],
): AlertDraft[] =>
  places.map(({ device, name, person }) =>
    draft('unsanctioned-agent', device, unsanctionedScore, `${title} is not allowed here, and is on ${name}.`, {
      agent,
      person,
    }),
  );
