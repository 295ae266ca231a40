import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ListedDevice } from '../../src/core/inventory-lists.ts';
import { inventoryDevices } from '../api.ts';
import { useUrl } from '../url.ts';
import { count } from '../words.ts';
import { DevicePanel } from './DeviceInventory.tsx';
import { FilterChip, SearchField, SetChip } from './Filters.tsx';
import { Part, When } from './InventoryFrame.tsx';
import { InventoryList, Names, NarrowRow } from './InventoryList.tsx';
import { CoverMark, Risk } from './InventoryMarks.tsx';
import { Raw } from './Raw.tsx';
import type { Column } from './Table.tsx';

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
    cell: ({ people }) => <Names of={people} />,
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

/** Devices, those that nobody watches first. */
export function Devices() {
  const url = useUrl();
  const { text, risk, cover, agent } = url;
  const filters = useMemo(() => ({ text, risk, cover, agent }), [text, risk, cover, agent]);
  const query = useInfiniteQuery(inventoryDevices(filters));
  return (
    <InventoryList
      show="devices"
      what="The devices"
      filters={
        <>
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
        </>
      }
      filtered={Boolean(text || risk || cover || agent)}
      query={query}
      panel={(_rows, close) => url.row && <DevicePanel device={url.row} onClose={close} />}
      columns={deviceColumns}
      keyOf={({ device }) => device}
      narrow={({ name, cover: how, agents, risk: weight }) => (
        <NarrowRow
          name={name}
          mark={<CoverMark cover={how} />}
          about={<Raw text={agents.map(({ title }) => title).join(', ') || 'no agents'} oneLine />}
          risk={weight}
        />
      )}
    />
  );
}
