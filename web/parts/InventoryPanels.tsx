import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type {
  AgentOnDevice,
  ConfiguredServer,
  DeviceDetail,
  ListedAgent,
  ListedServer,
  ServerPlace,
  Standing,
} from '../../src/core/inventory.ts';
import { forgetDevice, inventoryDevice, inventoryDevices, inventoryServer } from '../api.ts';
import { Ago } from '../time.tsx';
import { count, plural } from '../words.ts';
import { CoverMark, Flags, riskWords, StandingMark } from './InventoryMarks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { HiddenNote, Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';
import { say } from './Toasts.tsx';

const choices: readonly (readonly [Standing, string])[] = [
  ['allowed', 'Allow'],
  ['disallowed', 'Disallow'],
  ['unreviewed', 'Not reviewed'],
];

/** One agent: the decision on it, what is known of it, and where it is. */
export function AgentPanel({
  agent,
  decide,
  onClose,
}: {
  readonly agent: ListedAgent;
  readonly decide: (agent: ListedAgent, standing: Standing, note: string) => void;
  readonly onClose: () => void;
}) {
  const [note, setNote] = useState(agent.note);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another agent has another note
  useEffect(() => setNote(agent.note), [agent.agent, agent.note]);
  const { seen } = agent;
  return (
    <Panel label="The selected agent" title={agent.title} onClose={onClose}>
      <div className="grid gap-2 rounded border border-line p-3">
        <p className="flex flex-wrap items-center gap-x-2 text-ink-2">
          <StandingMark standing={agent.standing} />
          {agent.by !== '' && (
            <span>
              by <Raw text={agent.by} oneLine />, <Ago at={agent.decidedAt} />
            </span>
          )}
        </p>
        {agent.note !== '' && (
          <p>
            <Raw text={agent.note} />
          </p>
        )}
        <input
          className="field w-full"
          aria-label="Note"
          placeholder="Note: why, until when"
          value={note}
          maxLength={2000}
          onChange={(event) => setNote(event.target.value)}
        />
        <div className="flex flex-wrap gap-2">
          {choices.map(([standing, word]) => (
            <button
              key={standing}
              type="button"
              className={standing === 'allowed' && agent.standing === 'unreviewed' ? 'button button-main' : 'button'}
              aria-pressed={agent.standing === standing}
              disabled={agent.standing === standing && note === agent.note}
              onClick={() => decide(agent, standing, note)}
            >
              {word}
            </button>
          ))}
        </div>
        <p className="text-sm text-ink-3">
          A disallowed agent raises an alert wherever it is found or works. It goes on running: to stop it, see access
          and policy.
        </p>
      </div>
      <Section title="What is known">
        <Facts
          facts={[
            [
              'Id',
              <span key="i" className="font-mono">
                {agent.agent}
              </span>,
            ],
            agent.vendor !== '' && ['Vendor', agent.vendor],
            agent.forms.length > 0 && ['Where it lives', agent.forms.join(', ')],
            !agent.known && ['Catalogue', 'not in it: known by its traffic or reports alone'],
            [
              'Devices',
              agent.looked === 0
                ? `${plural(agent.devices, 'device')}; nobody looked at its hooks`
                : `${plural(agent.devices, 'device')}; hooks in place on ${count(agent.hooks)} of ${count(agent.looked)} looked at`,
            ],
            agent.running > 0 && ['Running', `on ${plural(agent.running, 'device')} when last looked at`],
            [
              'Calls seen',
              seen.calls === 0
                ? 'none'
                : `${count(seen.calls)}: ${count(seen.viaHook)} by hook, ${count(seen.viaGateway)} by gateway`,
            ],
            agent.versions.length > 0 && ['Versions', <Raw key="v" text={agent.versions.slice(0, 12).join(', ')} />],
            agent.people.length > 0 && ['People', <Raw key="p" text={agent.people.slice(0, 30).join(', ')} />],
            agent.sources.length > 0 && ['Told by', agent.sources.join(', ')],
            agent.firstAt !== '' && ['First', <Ago key="f" at={agent.firstAt} />],
            agent.lastAt !== '' && ['Last', <Ago key="l" at={agent.lastAt} />],
          ]}
        />
      </Section>
      {agent.flags.length > 0 && (
        <Section title="What is risky about it">
          <ul className="grid gap-1">
            {agent.flags.map((flag) => (
              <li key={flag}>
                <Link to="/inventory" search={{ show: 'devices', agent: agent.agent, risk: flag }} className="link">
                  {riskWords[flag]}
                </Link>{' '}
                <span className="font-mono text-xs text-ink-3">{flag}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <DevicesOf agent={agent.agent} />
    </Panel>
  );
}

const mostDevices = 50;

function DevicesOf({ agent }: { readonly agent: string }) {
  const query = useInfiniteQuery(inventoryDevices({ agent, limit: String(mostDevices) }));
  const devices = query.data?.pages[0]?.items ?? [];
  if (query.isPending) return <Bones lines={3} />;
  if (devices.length === 0) return null;
  return (
    <Section
      title={devices.length >= mostDevices ? `The first ${mostDevices} devices` : plural(devices.length, 'device')}
    >
      <ul>
        {devices.map((device) => {
          const own = device.agents.find((each) => each.agent === agent);
          return (
            <li
              key={device.device}
              className="flex flex-wrap justify-between gap-x-4 border-b border-line py-1 last:border-b-0"
            >
              <Link to="/inventory" search={{ show: 'devices', row: device.device }} className="link min-w-0 truncate">
                <Raw text={device.name} oneLine />
              </Link>
              <span className="text-ink-2">{own === undefined ? '' : seenWords(own)}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

/** By which of the three ways an agent on a device is known. */
const seenWords = ({ configured, hooked, viaHook, viaGateway }: AgentOnDevice): string =>
  [
    configured ? 'found' : 'not found by a look',
    hooked ? 'hooks in place' : viaHook > 0 ? `${plural(viaHook, 'call')} by hook` : 'no hooks',
    viaGateway > 0 ? `${plural(viaGateway, 'call')} by gateway` : 'not at the gateway',
  ].join(' · ');

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

function Server({ server, title }: { readonly server: ConfiguredServer; readonly title: string }) {
  const { name, command, host, variables, headers, trust, enabled, file, project, scope, package: of } = server;
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap justify-between gap-x-4">
        <span className="font-medium">
          <Raw text={name} oneLine />
          {!enabled && <span className="font-normal text-ink-3"> (off)</span>}
        </span>
        <span className="text-ink-2">
          {title}, {scope}
        </span>
      </p>
      {command !== '' && (
        <pre className="code my-1 px-2 py-1">
          <Raw text={command} />
        </pre>
      )}
      <HiddenNote text={`${name} ${command}`} />
      <Facts
        facts={[
          host !== '' && ['Reached at', <Raw key="h" text={host} />],
          of !== null && [
            'Package',
            <Raw
              key="p"
              text={`${of.registry} ${of.name} ${of.version || '(no version)'}${of.pinned ? '' : ', not pinned'}`}
            />,
          ],
          variables.length > 0 && ['Variables', <Raw key="v" text={variables.join(', ')} />],
          headers.length > 0 && ['Headers', <Raw key="e" text={headers.join(', ')} />],
          trust.length > 0 && ['Trusted', <Raw key="t" text={trust.join('; ')} />],
          project !== '' && ['Project', <Raw key="r" text={project} />],
          file !== '' && [
            'File',
            <span key="f" className="font-mono text-sm break-all">
              <Raw text={file} />
            </span>,
          ],
        ]}
      />
    </div>
  );
}

/** Configurations that say the same, wherever they stand. */
const sameWords = ({ server: { file: _file, project: _project, flags: _flags, ...rest } }: ServerPlace): string =>
  JSON.stringify(rest);

/** One MCP server: what it is, what is risky about it, and each place that names it. */
export function ServerPanel({ server, onClose }: { readonly server: ListedServer; readonly onClose: () => void }) {
  const query = useQuery(inventoryServer(server.name, server.runs));
  const places = query.data?.items ?? [];
  const flags = [
    ...new Map(places.flatMap(({ server: { flags: some } }) => some).map((flag) => [flag.what, { flag }])).values(),
  ];
  return (
    <Panel label="The selected MCP server" title={<Raw text={server.name} oneLine />} onClose={onClose}>
      <div>
        <Facts
          facts={[
            [
              'Runs',
              <span key="r" className="font-mono break-all">
                <Raw text={server.runs || 'built in'} />
              </span>,
            ],
            [
              'Versions',
              server.versions.length === 0 ? 'none is named' : <Raw key="v" text={server.versions.join(', ')} />,
            ],
            ['Agents', <Raw key="a" text={server.agents.join(', ')} />],
            ['Devices', count(server.devices)],
            server.people.length > 0 && ['People', <Raw key="p" text={server.people.slice(0, 30).join(', ')} />],
            [
              'Calls seen',
              server.calls === 0 ? (
                'none'
              ) : (
                <Link key="c" to="/tools" search={{ row: server.name }} className="link">
                  {plural(server.calls, 'call')}: its tools
                </Link>
              ),
            ],
            ['First', <Ago key="f" at={server.firstAt} />],
            ['Last', <Ago key="l" at={server.lastAt} />],
          ]}
        />
        <HiddenNote text={server.name} />
      </div>
      <Section title="What is risky about it">
        {query.isPending ? (
          <Bones lines={3} />
        ) : flags.length === 0 ? (
          <p className="text-ink-2">Nothing was found.</p>
        ) : (
          <Flags flags={flags} />
        )}
      </Section>
      <Section
        title={
          places.length >= 100 ? 'The first 100 places that name it' : `${plural(places.length, 'place')} that name it`
        }
      >
        {query.isError && !query.data && (
          <Failed what="The places" error={query.error} retry={() => void query.refetch()} />
        )}
        <ul>
          {[...Map.groupBy(places, sameWords).values()].map((same) => {
            const [first] = same;
            return (
              first && (
                <li key={sameWords(first)} className="border-b border-line py-2 last:border-b-0">
                  <Server server={first.server} title={first.server.agent} />
                  <p className="mt-1 text-sm text-ink-2">
                    {same.map(({ device, name, person, source, server: { file, project } }, index) => (
                      <span key={`${device} ${source} ${file} ${project}`}>
                        {index > 0 && ', '}
                        <Link to="/inventory" search={{ show: 'devices', row: device }} className="link">
                          <Raw text={name} oneLine />
                        </Link>
                        {person !== '' && (
                          <>
                            {' '}
                            (<Raw text={person} oneLine />)
                          </>
                        )}
                      </span>
                    ))}
                  </p>
                </li>
              )
            );
          })}
        </ul>
      </Section>
    </Panel>
  );
}
