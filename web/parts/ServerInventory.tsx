import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ConfiguredServer } from '../../src/core/inventory.ts';
import type { ListedServer, ServerPlace } from '../../src/core/inventory-lists.ts';
import { inventoryServer } from '../api.ts';
import { Ago } from '../time.tsx';
import { count, plural } from '../words.ts';
import { Flags } from './InventoryMarks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { HiddenNote, Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

/** One server as one configuration says it. */
export function Server({ server, title }: { readonly server: ConfiguredServer; readonly title: string }) {
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
