import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { InventorySums, ListedAgent, ListedDevice, ListedServer, Standing } from '../../src/core/inventory.ts';
import { inventoryAgents, inventoryDevices, inventoryServers, inventorySums, setStanding } from '../api.ts';
import { type Choice, FilterChip, SearchField, SetChip } from '../parts/Filters.tsx';
import { CoverMark, Risk, riskWords, StandingMark } from '../parts/InventoryMarks.tsx';
import { AgentPanel, DevicePanel, ServerPanel } from '../parts/InventoryPanels.tsx';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { say } from '../parts/Toasts.tsx';
import { useRows } from '../rows.ts';
import { Ago } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { count, plural } from '../words.ts';

const shows = ['agents', 'devices', 'servers'] as const;
type Show = (typeof shows)[number];

const riskChoices: readonly Choice[] = Object.entries(riskWords);

/** Which agents run where, on which devices, with which MCP servers; and what the organisation says of each agent. */
export function Inventory() {
  const url = useUrl();
  const show = shows.find((each) => each === url.show) ?? 'agents';
  const List = { agents: Agents, devices: Devices, servers: Servers }[show];
  return <List />;
}

const sentence =
  'Agents, devices and MCP servers, by everything that tells of them: Warder’s own look, traffic, EDR, MDM.';

/** The three lists with how much is in each, then the filters of the one that is shown. */
function Bar({ show, children }: { readonly show: Show; readonly children: React.ReactNode }) {
  const setUrl = useSetUrl();
  const { data } = useQuery(inventorySums);
  const words: Readonly<Record<Show, string>> = { agents: 'Agents', devices: 'Devices', servers: 'MCP servers' };
  return (
    <>
      <div role="tablist" aria-label="What is listed" className="mr-2 flex rounded border border-line bg-sheet p-0.5">
        {shows.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={each === show}
            className={`rounded px-2.5 py-0.5 whitespace-nowrap ${each === show ? 'bg-accent-soft font-medium text-ink' : 'text-ink-2 hover:bg-sunk'}`}
            onClick={() =>
              setUrl(
                {
                  show: each === 'agents' ? undefined : each,
                  row: undefined,
                  risk: undefined,
                  standing: undefined,
                  cover: undefined,
                  agent: undefined,
                },
                { push: true },
              )
            }
          >
            {words[each]} <span className="text-ink-3">{data ? count(data[each]) : ''}</span>
          </button>
        ))}
      </div>
      {children}
      <FilterChip name="risk" label="Risk" choices={riskChoices} />
    </>
  );
}

/** What needs a person, in one line; each number leads to its rows. */
function Sums({ sums }: { readonly sums: InventorySums | undefined }) {
  const setUrl = useSetUrl();
  if (!sums || sums.agents + sums.devices === 0) return null;
  const parts: readonly (readonly [text: string, to: Readonly<Record<string, string | undefined>>] | null)[] = [
    sums.disallowed > 0 ? [`${plural(sums.disallowed, 'disallowed agent')} found`, { standing: 'disallowed' }] : null,
    sums.unreviewed > 0 ? [`${plural(sums.unreviewed, 'agent')} not reviewed`, { standing: 'unreviewed' }] : null,
    sums.uncovered > 0
      ? [
          `${count(sums.uncovered)} of ${plural(sums.devices, 'device')} without Warder`,
          { show: 'devices', cover: 'none' },
        ]
      : null,
  ];
  const said = parts.filter((part) => part !== null);
  if (said.length === 0) return <>Every agent that was found is allowed, and every device has Warder.</>;
  return (
    <>
      {said.map(([text, to], index) => (
        <span key={text}>
          {index > 0 && ' · '}
          <button
            type="button"
            className="link"
            onClick={() =>
              setUrl(
                {
                  show: undefined,
                  row: undefined,
                  text: undefined,
                  risk: undefined,
                  standing: undefined,
                  cover: undefined,
                  ...to,
                },
                { push: true },
              )
            }
          >
            {text}
          </button>
        </span>
      ))}
    </>
  );
}

function Sentence() {
  const { data } = useQuery(inventorySums);
  return (
    <>
      {sentence}
      <br />
      <Sums sums={data} />
    </>
  );
}

/** Nothing yet, or nothing that fits. */
function Nothing({ filtered }: { readonly filtered: boolean }) {
  const setUrl = useSetUrl();
  if (filtered)
    return (
      <Empty title="Nothing fits.">
        <button
          type="button"
          className="link"
          onClick={() =>
            setUrl({ text: undefined, risk: undefined, standing: undefined, cover: undefined, agent: undefined })
          }
        >
          Take the filters away
        </button>
      </Empty>
    );
  return (
    <Empty title="Nothing is known yet.">
      An agent appears when it works through Warder, when a machine is looked at, or when another system tells of it:
      <ul className="mt-3 grid gap-3">
        {[
          ['warder inventory --send', 'looks at this machine; reads only'],
          ['warder inventory import --from osquery FILE', 'also crowdstrike, sentinelone, jamf, intune, generic'],
          ['warder inventory catalogue', 'every agent that is known by name'],
        ].map(([command, what]) => (
          <li key={command} className="grid justify-items-start gap-y-0.5">
            <code className="code px-2 py-0.5">{command}</code>
            <span>{what}</span>
          </li>
        ))}
      </ul>
    </Empty>
  );
}

const When = ({ at }: { readonly at: string }) =>
  at === '' ? (
    <span className="text-ink-3">never</span>
  ) : (
    <span className="text-ink-2">
      <Ago at={at} />
    </span>
  );

const Part = ({ value, of }: { readonly value: number; readonly of: number }) =>
  of === 0 ? (
    <span className="text-ink-3">–</span>
  ) : (
    <span className={value < of ? 'text-ink' : 'text-ink-2'}>
      {count(value)} of {count(of)}
    </span>
  );

const agentColumns: readonly Column<ListedAgent>[] = [
  {
    id: 'agent',
    title: 'Agent',
    track: 'minmax(150px,1.4fr)',
    fixed: true,
    cell: ({ title, vendor }) => (
      <>
        <Raw text={title} oneLine /> <span className="text-ink-3">{vendor === title ? '' : vendor}</span>
      </>
    ),
  },
  {
    id: 'standing',
    title: 'Decision',
    track: '112px',
    fixed: true,
    cell: ({ standing }) => <StandingMark standing={standing} />,
  },
  {
    id: 'risk',
    title: 'Risk',
    track: '120px',
    fixed: true,
    cell: ({ risk, looked }) => <Risk risk={risk} unknown={looked === 0} />,
  },
  {
    id: 'devices',
    title: 'Devices',
    track: '72px',
    right: true,
    cell: ({ devices, seen }) => count(Math.max(devices, seen.devices)),
  },
  {
    id: 'hooks',
    title: 'Hooks in place',
    track: '104px',
    right: true,
    from: 900,
    cell: ({ hooks, looked }) => <Part value={hooks} of={looked} />,
  },
  {
    id: 'calls',
    title: 'Calls seen',
    track: '88px',
    right: true,
    from: 760,
    cell: ({ seen }) => <span className={seen.calls === 0 ? 'text-ink-3' : ''}>{count(seen.calls)}</span>,
  },
  {
    id: 'people',
    title: 'People',
    track: 'minmax(90px,1fr)',
    from: 1040,
    cell: ({ people }) => (
      <span className="text-ink-2">
        <Raw text={people.join(', ')} oneLine />
      </span>
    ),
  },
  {
    id: 'sources',
    title: 'Told by',
    track: 'minmax(90px,0.8fr)',
    from: 1240,
    cell: ({ sources, seen }) => (
      <span className="text-ink-2">{[...sources, ...(seen.calls > 0 ? ['traffic'] : [])].join(', ')}</span>
    ),
  },
  { id: 'last', title: 'Last seen', track: '92px', fixed: true, cell: ({ lastAt }) => <When at={lastAt} /> },
];

/** Records a decision, says so and offers the way back. */
function useDecide(): (agent: ListedAgent, standing: Standing, note: string) => void {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: ({ agent, standing, note }: { agent: ListedAgent; standing: Standing; note: string; undo?: boolean }) =>
      setStanding(agent.agent, { standing, note }),
    onSuccess: (_saved, { agent, standing, undo }) => {
      if (undo || standing === agent.standing) say(`${agent.title}: ${standing}.`);
      else
        say(`${agent.title} is ${standing} now.`, () =>
          mutate({ agent, standing: agent.standing, note: agent.note, undo: true }),
        );
    },
    onError: (error, { agent }) => say(`${agent.title} was not changed. ${error.message}`),
    onSettled: () =>
      Promise.all(
        ['inventory-agents', 'inventory-devices', 'inventory-device', 'inventory-sums', 'alerts'].map((name) =>
          client.invalidateQueries({ queryKey: [name] }),
        ),
      ),
  });
  return (agent, standing, note) => mutate({ agent, standing, note });
}

function Agents() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const decide = useDecide();
  const { text, risk, standing, whole } = url;
  const filters = useMemo(() => ({ text, risk, standing, whole }), [text, risk, standing, whole]);
  const query = useInfiniteQuery(inventoryAgents(filters));
  const { rows, more } = useRows(query);
  const chosen = rows.find(({ agent }) => agent === url.row);
  const close = () => setUrl({ row: undefined });
  return (
    <Page
      title="Inventory"
      sentence={<Sentence />}
      filters={
        <Bar show="agents">
          <SearchField label="Search agents" />
          <FilterChip
            name="standing"
            label="Decision"
            choices={[
              ['disallowed', 'disallowed'],
              ['unreviewed', 'unreviewed'],
              ['allowed', 'allowed'],
            ]}
          />
          <FilterChip name="whole" label="Show" none="found or decided" choices={[['1', 'the whole catalogue']]} />
        </Bar>
      }
      panel={chosen && <AgentPanel agent={chosen} decide={decide} onClose={close} />}
    >
      {query.isError && !query.data ? (
        <Failed what="The agents" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Nothing filtered={Boolean(text || risk || standing)} />
      ) : (
        <Table
          name="inventory-agents"
          columns={agentColumns}
          rows={rows}
          keyOf={({ agent }) => agent}
          narrow={({ title, standing: said, devices, seen, risk: weight }) => (
            <>
              <span className="flex justify-between gap-3">
                <span className="truncate">
                  <Raw text={title} oneLine />
                </span>
                <StandingMark standing={said} />
              </span>
              <span className="flex justify-between gap-3 text-sm text-ink-3">
                <span className="truncate">
                  {plural(Math.max(devices, seen.devices), 'device')}, {plural(seen.calls, 'call')}
                </span>
                {weight > 0 && <Risk risk={weight} />}
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row) => setUrl({ row }, { push: row !== undefined })}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
    </Page>
  );
}

const deviceColumns: readonly Column<ListedDevice>[] = [
  {
    id: 'name',
    title: 'Device',
    track: 'minmax(140px,1fr)',
    fixed: true,
    cell: ({ name }) => <Raw text={name} oneLine />,
  },
  { id: 'cover', title: 'Warder', track: '132px', fixed: true, cell: ({ cover }) => <CoverMark cover={cover} /> },
  {
    id: 'risk',
    title: 'Risk',
    track: '120px',
    fixed: true,
    cell: ({ risk, cover }) => <Risk risk={risk} unknown={cover !== 'reports'} />,
  },
  {
    id: 'agents',
    title: 'Agents',
    track: 'minmax(150px,2fr)',
    fixed: true,
    cell: ({ agents }) => (
      <span className="text-ink-2">
        <Raw text={agents.map(({ title }) => title).join(', ') || 'none'} oneLine />
      </span>
    ),
  },
  {
    id: 'hooked',
    title: 'Hooks in place',
    track: '104px',
    right: true,
    from: 900,
    cell: ({ agents, sources }) => (
      <Part
        value={agents.filter(({ hooked }) => hooked).length}
        of={sources.includes('warder') ? agents.filter(({ configured }) => configured).length : 0}
      />
    ),
  },
  { id: 'servers', title: 'MCP servers', track: '88px', right: true, from: 900, cell: ({ servers }) => count(servers) },
  {
    id: 'people',
    title: 'People',
    track: 'minmax(90px,0.8fr)',
    from: 1040,
    cell: ({ people }) => (
      <span className="text-ink-2">
        <Raw text={people.join(', ')} oneLine />
      </span>
    ),
  },
  {
    id: 'sources',
    title: 'Told by',
    track: 'minmax(90px,0.8fr)',
    from: 1240,
    cell: ({ sources }) => <span className="text-ink-2">{sources.join(', ') || 'traffic'}</span>,
  },
  { id: 'last', title: 'Last told', track: '92px', fixed: true, cell: ({ lastAt }) => <When at={lastAt} /> },
];

function Devices() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const { text, risk, cover, agent } = url;
  const filters = useMemo(() => ({ text, risk, cover, agent }), [text, risk, cover, agent]);
  const query = useInfiniteQuery(inventoryDevices(filters));
  const { rows, more } = useRows(query);
  return (
    <Page
      title="Inventory"
      sentence={<Sentence />}
      filters={
        <Bar show="devices">
          <SearchField label="Search devices" />
          <FilterChip
            name="cover"
            label="Warder"
            choices={[
              ['none', 'no Warder'],
              ['enrolled', 'enrolled, silent'],
              ['seen', 'seen at work'],
              ['reports', 'reports'],
            ]}
          />
          <SetChip name="agent" label="Agent" />
        </Bar>
      }
      panel={url.row && <DevicePanel device={url.row} onClose={() => setUrl({ row: undefined })} />}
    >
      {query.isError && !query.data ? (
        <Failed what="The devices" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Nothing filtered={Boolean(text || risk || cover || agent)} />
      ) : (
        <Table
          name="inventory-devices"
          columns={deviceColumns}
          rows={rows}
          keyOf={({ device }) => device}
          narrow={({ name, cover: how, agents, risk: weight }) => (
            <>
              <span className="flex justify-between gap-3">
                <span className="truncate">
                  <Raw text={name} oneLine />
                </span>
                <CoverMark cover={how} />
              </span>
              <span className="flex justify-between gap-3 text-sm text-ink-3">
                <span className="truncate">
                  <Raw text={agents.map(({ title }) => title).join(', ') || 'no agents'} oneLine />
                </span>
                {weight > 0 && <Risk risk={weight} />}
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row) => setUrl({ row }, { push: row !== undefined })}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
    </Page>
  );
}

const serverColumns: readonly Column<ListedServer>[] = [
  {
    id: 'name',
    title: 'MCP server',
    track: 'minmax(110px,1fr)',
    fixed: true,
    cell: ({ name }) => <Raw text={name} oneLine />,
  },
  {
    id: 'runs',
    title: 'Runs',
    track: 'minmax(150px,2fr)',
    fixed: true,
    cell: ({ runs, versions }) =>
      runs === '' ? (
        <span className="text-ink-3">built in</span>
      ) : (
        <span className="font-mono text-sm">
          <Raw text={`${runs} ${versions.join(', ')}`.trim()} oneLine />
        </span>
      ),
  },
  { id: 'risk', title: 'Risk', track: '120px', fixed: true, cell: ({ risk }) => <Risk risk={risk} /> },
  {
    id: 'pinned',
    title: 'Version',
    track: '84px',
    from: 900,
    cell: ({ pinned, runs }) => (runs === '' ? '' : pinned ? <span className="text-ink-2">fixed</span> : 'may change'),
  },
  {
    id: 'agents',
    title: 'Agents',
    track: 'minmax(100px,1fr)',
    from: 820,
    cell: ({ agents }) => (
      <span className="text-ink-2">
        <Raw text={agents.join(', ')} oneLine />
      </span>
    ),
  },
  { id: 'devices', title: 'Devices', track: '68px', right: true, fixed: true, cell: ({ devices }) => count(devices) },
  {
    id: 'trusted',
    title: 'Trusted',
    track: '68px',
    right: true,
    from: 1100,
    cell: ({ trusted }) => <span className={trusted === 0 ? 'text-ink-3' : ''}>{count(trusted)}</span>,
  },
  {
    id: 'calls',
    title: 'Calls seen',
    track: '80px',
    right: true,
    from: 1000,
    cell: ({ calls }) => <span className={calls === 0 ? 'text-ink-3' : ''}>{count(calls)}</span>,
  },
  { id: 'first', title: 'First seen', track: '92px', from: 1000, cell: ({ firstAt }) => <When at={firstAt} /> },
];

const keyOfServer = ({ name, runs }: ListedServer): string => `${name} ${runs}`;

function Servers() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const { text, risk, agent } = url;
  const filters = useMemo(() => ({ text, risk, agent }), [text, risk, agent]);
  const query = useInfiniteQuery(inventoryServers(filters));
  const { rows, more } = useRows(query);
  const chosen = rows.find((each) => keyOfServer(each) === url.row);
  return (
    <Page
      title="Inventory"
      sentence={<Sentence />}
      filters={
        <Bar show="servers">
          <SearchField label="Search servers" />
          <SetChip name="agent" label="Agent" />
        </Bar>
      }
      panel={chosen && <ServerPanel server={chosen} onClose={() => setUrl({ row: undefined })} />}
    >
      {query.isError && !query.data ? (
        <Failed what="The MCP servers" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Nothing filtered={Boolean(text || risk || agent)} />
      ) : (
        <Table
          name="inventory-servers"
          columns={serverColumns}
          rows={rows}
          keyOf={keyOfServer}
          narrow={({ name, runs, devices, risk: weight }) => (
            <>
              <span className="flex justify-between gap-3">
                <span className="truncate">
                  <Raw text={name} oneLine />
                </span>
                {weight > 0 && <Risk risk={weight} />}
              </span>
              <span className="truncate text-sm text-ink-3">
                <Raw text={runs || 'built in'} oneLine />, {plural(devices, 'device')}
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row) => setUrl({ row }, { push: row !== undefined })}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
    </Page>
  );
}
