import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { EnrolledDevice } from '../../src/core/enrolled.ts';
import { deviceList } from '../api.ts';
import { Share } from '../parts/CoveragePanel.tsx';
import { Hooks, needWords, PolicyMark, Presence, Spool } from '../parts/DeviceMarks.tsx';
import { DeviceSums, NoDevices } from '../parts/DeviceSums.tsx';
import { EnrolledPanel } from '../parts/EnrolledDevice.tsx';
import { ColumnChoice, FilterChip, SearchField, SetChip } from '../parts/Filters.tsx';
import { InviteDevice } from '../parts/InviteDevice.tsx';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { useRows } from '../rows.ts';
import { Ago } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { count, plural } from '../words.ts';

const quiet = (text: string) => (
  <span className="text-ink-2">
    <Raw text={text} oneLine />
  </span>
);

const columns: readonly Column<EnrolledDevice>[] = [
  {
    id: 'name',
    title: 'Device',
    track: 'minmax(130px,1.2fr)',
    fixed: true,
    cell: ({ name }) => <Raw text={name} oneLine />,
  },
  { id: 'person', title: 'Person', track: 'minmax(80px,0.7fr)', cell: ({ person }) => quiet(person) },
  {
    id: 'state',
    title: 'Heartbeat',
    track: '164px',
    fixed: true,
    cell: (device) => <Presence device={device} />,
  },
  {
    id: 'hooks',
    title: 'Agents and their hooks',
    track: 'minmax(150px,1.6fr)',
    fixed: true,
    cell: (device) => <Hooks device={device} />,
  },
  { id: 'policy', title: 'Policy', track: '76px', from: 740, cell: (device) => <PolicyMark device={device} /> },
  {
    id: 'waiting',
    title: 'Waiting',
    track: '84px',
    right: true,
    from: 820,
    cell: (device) => <Spool device={device} />,
  },
  {
    id: 'share',
    title: 'Controllable, 30 days',
    track: '140px',
    from: 980,
    cell: (device) => (device.calls === 0 ? <span className="text-ink-3">no calls</span> : <Share group={device} />),
  },
  { id: 'version', title: 'Warder', track: '72px', from: 1070, cell: ({ version }) => quiet(version) },
  { id: 'platform', title: 'Platform', track: '72px', from: 1150, cell: ({ platform }) => quiet(platform) },
  {
    id: 'enrolled',
    title: 'Enrolled',
    track: '84px',
    from: 1240,
    cell: ({ enrolledAt }) => (
      <span className="text-ink-2">
        <Ago at={enrolledAt} />
      </span>
    ),
  },
];

/** Machines that enrolled here: whether they live, whether their hooks are in order, and what is behind. */
export function Devices() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const { text, needs, person, platform, agent, order } = url;
  const filters = useMemo(
    () => ({ text, needs, person, platform, agent, order }),
    [text, needs, person, platform, agent, order],
  );
  const query = useInfiniteQuery(deviceList(filters));
  const { rows, more } = useRows(query);
  const [first] = query.data?.pages ?? [];
  const filtered = Boolean(text || needs || person || platform || agent);
  const close = () => setUrl({ row: undefined });
  return (
    <Page
      title="Devices"
      sentence={<DeviceSums sums={first?.sums} />}
      actions={
        <button type="button" className="button button-main" onClick={() => setUrl({ invite: '1' })}>
          Invite a device
        </button>
      }
      filters={
        first?.sums.devices === 0 ? undefined : (
          <>
            <SearchField label="Search devices" />
            <FilterChip name="needs" label="Look at" none="all" choices={needChoices} />
            <FilterChip name="order" label="Order" none="what needs a look" choices={orderChoices} />
            <SetChip name="person" label="Person" />
            <SetChip name="platform" label="Platform" />
            <SetChip name="agent" label="Agent" />
            <span className="ml-auto text-sm text-ink-3">
              {first && `${filtered ? `${count(first.total)} of ` : ''}${plural(first.sums.devices, 'device')}`}
            </span>
            <ColumnChoice table="devices" columns={columns} />
          </>
        )
      }
      panel={
        url.row && <EnrolledPanel key={url.row} id={url.row} listed={rows} policy={first?.policy} onClose={close} />
      }
    >
      {query.isError && !query.data ? (
        <Failed what="The devices" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <NoDevices filtered={filtered} />
      ) : (
        <Table
          name="devices"
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          narrow={(device) => (
            <>
              <span className="flex justify-between gap-3">
                <span className="truncate">
                  <Raw text={device.name} oneLine /> <span className="text-ink-3">of</span>{' '}
                  <Raw text={device.person} oneLine />
                </span>
                <Presence device={device} />
              </span>
              <span className="flex justify-between gap-3 text-sm">
                <span className="min-w-0 truncate">
                  <Hooks device={device} />
                </span>
                <span className="shrink-0 text-ink-3">
                  {device.needs
                    .filter((need) => need === 'policy' || need === 'waiting')
                    .map((need) => needWords[need])
                    .join(', ')}
                </span>
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row, how) => setUrl({ row }, { push: how === 'click' && row !== undefined })}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
      {url.invite && <InviteDevice onClose={() => setUrl({ invite: undefined })} />}
    </Page>
  );
}

const needChoices = [['any', 'what needs a look'], ...Object.entries(needWords)] as const;
const orderChoices = [
  ['name', 'name'],
  ['person', 'person'],
  ['seen', 'longest silent'],
  ['enrolled', 'newest'],
  ['waiting', 'most waiting'],
  ['coverage', 'least controllable'],
  ['version', 'oldest Warder'],
] as const;
