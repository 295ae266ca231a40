import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ListedServer } from '../../src/core/inventory-lists.ts';
import { inventoryServers } from '../api.ts';
import { useRows } from '../rows.ts';
import { useSetUrl, useUrl } from '../url.ts';
import { count, plural } from '../words.ts';
import { SearchField, SetChip } from './Filters.tsx';
import { Bar, Nothing, Sentence, When } from './InventoryFrame.tsx';
import { Risk } from './InventoryMarks.tsx';
import { Page } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { ServerPanel } from './ServerInventory.tsx';
import { Failed } from './States.tsx';
import { type Column, Table } from './Table.tsx';

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

/** MCP servers as configurations name them. */
export function Servers() {
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
