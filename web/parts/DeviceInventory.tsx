import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { AgentOnDevice, DeviceDetail } from '../../src/core/inventory-lists.ts';
import { forgetDevice, inventoryDevice } from '../api.ts';
import { Ago } from '../time.tsx';
import { plural } from '../words.ts';
import { CoverMark, Flags, StandingMark, seenWords } from './InventoryMarks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Server } from './ServerInventory.tsx';
import { Bones, Failed } from './States.tsx';
import { say } from './Toasts.tsx';

/** One device with everything that was told of it. */
export function DevicePanel({ device: name, onClose }: { readonly device: string; readonly onClose: () => void }) {
  const query = useQuery(inventoryDevice(name));
  const { data } = query;
  return (
    <Panel label="The selected device" title={<Raw text={data?.device.name ?? name} oneLine />} onClose={onClose}>
      {query.isError && !data && <Failed what="The device" error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Bones lines={10} />}
      {data && <Device detail={data} />}
      {data && data.reports.length > 0 && (
        <Forget device={data.device.device} name={data.device.name} onDone={onClose} />
      )}
    </Panel>
  );
}

/** Asked once, by name; what was reported comes back when it is told of again. */
function Forget({
  device,
  name,
  onDone,
}: {
  readonly device: string;
  readonly name: string;
  readonly onDone: () => void;
}) {
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const { mutate, isPending } = useMutation({
    mutationFn: () => forgetDevice(device),
    onSuccess: () => {
      say(`${name} is forgotten until somebody tells of it again.`);
      onDone();
    },
    onError: (error) => say(`${name} was not forgotten. ${error.message}`),
    onSettled: () =>
      Promise.all(
        ['inventory-agents', 'inventory-devices', 'inventory-servers', 'inventory-sums'].map((key) =>
          client.invalidateQueries({ queryKey: [key] }),
        ),
      ),
  });
  if (!asked)
    return (
      <button type="button" className="button-quiet justify-self-start text-sm" onClick={() => setAsked(true)}>
        Forget this device
      </button>
    );
  return (
    <div className="grid gap-2 rounded border border-line p-3">
      <p>
        Forget what was reported of <Raw text={name} oneLine />? Its calls and alerts stay; it comes back when somebody
        tells of it again.
      </p>
      <div className="flex gap-2">
        <button type="button" className="button" disabled={isPending} onClick={() => mutate()}>
          Forget it
        </button>
        <button type="button" className="button" onClick={() => setAsked(false)}>
          Keep it
        </button>
      </div>
    </div>
  );
}

function Device({ detail: { device, reports } }: { readonly detail: DeviceDetail }) {
  const flags = reports.flatMap(({ agents, servers }) => [
    ...agents.flatMap(({ agent, flags: some }) => some.map((flag) => ({ flag, whose: titleIn(device.agents, agent) }))),
    ...servers.flatMap(({ name, flags: some }) => some.map((flag) => ({ flag, whose: name }))),
  ]);
  const servers = reports.flatMap(({ servers: some }) => some);
  const unread = reports.flatMap(({ unread: some }) => some);
  return (
    <>
      <Facts
        facts={[
          ['Warder', <CoverMark key="c" cover={device.cover} />],
          ['People', <Raw key="p" text={device.people.join(', ') || 'not told'} />],
          device.platform !== '' && ['Platform', <Raw key="o" text={device.platform} />],
          ...reports.map(
            ({ source, lastAt }) =>
              [
                source === 'warder' ? 'Own look' : source,
                <span key={source}>
                  told <Ago at={lastAt} />
                </span>,
              ] as const,
          ),
        ]}
      />
      {device.cover === 'none' && (
        <p className="text-ink-2">
          Only other systems know of it. To bring it in: <code className="font-mono">warder device enrol</code> there,
          or push it with your MDM.
        </p>
      )}
      <Section title={plural(device.agents.length, 'agent')}>
        <ul>
          {device.agents.map((agent) => (
            <li key={agent.agent} className="border-b border-line py-1.5 last:border-b-0">
              <div className="flex flex-wrap justify-between gap-x-4">
                <Link to="/inventory" search={{ row: agent.agent }} className="link">
                  <Raw text={agent.title} oneLine />
                </Link>
                <StandingMark standing={agent.standing} />
              </div>
              <p className="text-sm text-ink-2">{seenWords(agent)}</p>
            </li>
          ))}
        </ul>
      </Section>
      {flags.length > 0 && (
        <Section title={`${plural(flags.length, 'flag')}, the gravest first`}>
          <Flags flags={flags} />
        </Section>
      )}
      {servers.length > 0 && (
        <Section title={plural(servers.length, 'MCP server')}>
          <ul>
            {servers.map((server) => (
              <li
                key={`${server.agent} ${server.file} ${server.project} ${server.name}`}
                className="border-b border-line py-2 last:border-b-0"
              >
                <Server server={server} title={titleIn(device.agents, server.agent)} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {unread.length > 0 && (
        <Section title={`${plural(unread.length, 'file')} could not be read`}>
          <ul className="text-sm text-ink-2">
            {unread.map(({ file, why }) => (
              <li key={file} className="break-all">
                <Raw text={file} />: <Raw text={why} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

const titleIn = (agents: readonly AgentOnDevice[], id: string): string =>
  agents.find(({ agent }) => agent === id)?.title ?? id;
