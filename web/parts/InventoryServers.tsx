import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ListedServer } from '../../src/core/inventory-lists.ts';
import { inventoryServers } from '../api.ts';
import { useUrl } from '../url.ts';
import { count, plural } from '../words.ts';
import { SearchField, SetChip } from './Filters.tsx';
import { When } from './InventoryFrame.tsx';
import { InventoryList, Names } from './InventoryList.tsx';
import { Risk } from './InventoryMarks.tsx';
import { Raw } from './Raw.tsx';
import { ServerPanel } from './ServerInventory.tsx';
import type { Column } from './Table.tsx';

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
    cell: ({ agents }) => <Names of={agents} />,
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

/** MCP servers as configurations name them. */
export function Servers() {
  const url = useUrl();
  const { text, risk, agent } = url;
  const filters = useMemo(() => ({ text, risk, agent }), [text, risk, agent]);
  const query = useInfiniteQuery(inventoryServers(filters));
  return (
    <InventoryList
      show="servers"
      what="The MCP servers"
      filters={
        <>
          <SearchField label="Search servers" />
          <SetChip name="agent" label="Agent" />
        </>
      }
      filtered={Boolean(text || risk || agent)}
      query={query}
      panel={(rows, close) => {
        const chosen = rows.find((each) => keyOfServer(each) === url.row);
        return chosen && <ServerPanel server={chosen} onClose={close} />;
      }}
      columns={serverColumns}
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
    />
  );
}
