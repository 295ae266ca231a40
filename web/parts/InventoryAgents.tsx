import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Standing } from '../../src/core/inventory.ts';
import type { ListedAgent } from '../../src/core/inventory-lists.ts';
import { inventoryAgents, setStanding } from '../api.ts';
import { useUrl } from '../url.ts';
import { count, plural } from '../words.ts';
import { AgentPanel } from './AgentInventory.tsx';
import { FilterChip, SearchField } from './Filters.tsx';
import { Part, When } from './InventoryFrame.tsx';
import { InventoryList, Names, NarrowRow } from './InventoryList.tsx';
import { Risk, StandingMark } from './InventoryMarks.tsx';
import { Raw } from './Raw.tsx';
import type { Column } from './Table.tsx';
import { say } from './Toasts.tsx';

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
    cell: ({ people }) => <Names of={people} />,
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

/** Agents, with what was decided on each. */
export function Agents() {
  const url = useUrl();
  const decide = useDecide();
  const { text, risk, standing, whole } = url;
  const filters = useMemo(() => ({ text, risk, standing, whole }), [text, risk, standing, whole]);
  const query = useInfiniteQuery(inventoryAgents(filters));
  return (
    <InventoryList
      show="agents"
      what="The agents"
      filters={
        <>
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
        </>
      }
      filtered={Boolean(text || risk || standing)}
      query={query}
      panel={(rows, close) => {
        const chosen = rows.find(({ agent }) => agent === url.row);
        return chosen && <AgentPanel agent={chosen} decide={decide} onClose={close} />;
      }}
      columns={agentColumns}
      keyOf={({ agent }) => agent}
      narrow={({ title, standing: said, devices, seen, risk: weight }) => (
        <NarrowRow
          name={title}
          mark={<StandingMark standing={said} />}
          about={
            <>
              {plural(Math.max(devices, seen.devices), 'device')}, {plural(seen.calls, 'call')}
            </>
          }
          risk={weight}
        />
      )}
    />
  );
}
