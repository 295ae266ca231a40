import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { McpServerRecord } from '../../src/core/ports.ts';
import { mcpServers, overview } from '../api.ts';
import { useKeys } from '../keys.ts';
import { Score } from '../parts/Marks.tsx';
import { Facts, Page, Panel, Section } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Empty, Failed } from '../parts/States.tsx';
import { Ago, Exact } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { bandOf, count, plural } from '../words.ts';

const since = '30d';

/** MCP servers that agents declared or used, and the tools used most. */
export function Tools() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const query = useQuery(mcpServers);
  const servers = query.data?.items ?? [];
  const chosen = servers.find((server) => server.name === url.row);
  const close = (): void => setUrl({ row: undefined });
  return (
    <Page
      scroll
      title="Tools & MCP"
      sentence="MCP servers that agents declared or used, and the tools used most. A new server or a changed description is worth a look."
      panel={chosen ? <ServerPanel server={chosen} onClose={close} /> : undefined}
    >
      <div className="grid gap-8 px-4 pb-8">
        <Section title="MCP servers">
          {query.isError && !query.data && (
            <Failed what="The MCP servers" error={query.error} retry={() => void query.refetch()} />
          )}
          {query.isPending && <Bones lines={4} />}
          {query.data && servers.length === 0 && (
            <p className="text-ink-2">None yet. A server appears when an agent declares its tools or calls one.</p>
          )}
          {servers.length > 0 && (
            <Servers servers={servers} selected={url.row} select={(row) => setUrl({ row }, { push: true })} />
          )}
        </Section>
        <UsedTools />
      </div>
    </Page>
  );
}

function Servers({
  servers,
  selected,
  select,
}: {
  readonly servers: readonly McpServerRecord[];
  readonly selected: string | undefined;
  readonly select: (name: string) => void;
}) {
  const at = servers.findIndex((server) => server.name === selected);
  const move = (by: number): void => {
    const next = servers[Math.max(0, Math.min(servers.length - 1, at + by))];
    if (next) select(next.name);
  };
  useKeys({ j: () => move(1), k: () => move(-1) });
  return (
    <div className="overflow-x-auto rounded border border-line bg-sheet">
      <table className="w-full">
        <thead className="text-left text-sm whitespace-nowrap text-ink-3">
          <tr className="border-b border-line bg-paper">
            <th className="px-3 py-1.5 font-normal">Server</th>
            <th className="px-3 py-1.5 font-normal max-[720px]:hidden">Agents</th>
            <th className="px-3 py-1.5 text-right font-normal">Tools</th>
            <th className="px-3 py-1.5 text-right font-normal">Calls</th>
            <th className="px-3 py-1.5 font-normal">First seen</th>
            <th className="px-3 py-1.5 font-normal max-[720px]:hidden">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {servers.map((server) => (
            <tr
              key={server.name}
              className={`h-9 border-b border-line last:border-b-0 ${server.name === selected ? 'bg-accent-soft' : 'hover:bg-sunk'}`}
            >
              <td className="w-full max-w-0 px-3">
                <button type="button" className="link block max-w-full truncate" onClick={() => select(server.name)}>
                  <Raw text={server.name} oneLine />
                </button>
              </td>
              <td className="px-3 whitespace-nowrap text-ink-2 max-[720px]:hidden">
                <Raw text={server.agents.join(', ')} oneLine />
              </td>
              <td className="px-3 text-right">{count(server.tools.length)}</td>
              <td className="px-3 text-right">{count(server.calls)}</td>
              <td className="px-3 whitespace-nowrap text-ink-2">
                <Ago at={server.firstAt} />
              </td>
              <td className="px-3 whitespace-nowrap text-ink-2 max-[720px]:hidden">
                <Ago at={server.lastAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ServerPanel({ server, onClose }: { readonly server: McpServerRecord; readonly onClose: () => void }) {
  useKeys({ escape: onClose });
  return (
    <Panel label="The selected MCP server" title={<Raw text={server.name} oneLine />} onClose={onClose}>
      <Facts
        facts={[
          ['First seen', <Exact key="f" at={server.firstAt} />],
          ['Last seen', <Exact key="l" at={server.lastAt} />],
          ['Agents', <Raw key="a" text={server.agents.join(', ')} />],
          ['Calls', count(server.calls)],
        ]}
      />
      <Section title={`${plural(server.tools.length, 'tool')}, most used first`}>
        <ul>
          {server.tools.map((tool) => (
            <li key={tool.name} className="border-b border-line py-1.5 last:border-b-0">
              <div className="flex justify-between gap-4">
                <Link
                  to="/live"
                  search={{ tool: `mcp__${server.name}__${tool.name}` }}
                  className="link min-w-0 font-mono text-sm break-all"
                >
                  <Raw text={tool.name} />
                </Link>
                <span className="whitespace-nowrap text-ink-2">{plural(tool.calls, 'call')}</span>
              </div>
              <div className="text-sm text-ink-3">
                last seen <Ago at={tool.lastAt} />
                {tool.digest && (
                  <>
                    {' '}
                    · description <span className="font-mono">{tool.digest.slice(0, 12)}</span>
                  </>
                )}
              </div>
            </li>
          ))}
        </ul>
      </Section>
    </Panel>
  );
}

function UsedTools() {
  const query = useQuery(overview(since));
  const tools = query.data?.topTools;
  return (
    <Section title="Tools used most, 30 days">
      {query.isError && !tools && <Failed what="The tools" error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Bones lines={6} />}
      {tools?.length === 0 && (
        <Empty title="No tool has been used in the last 30 days.">
          Tools appear with the first call of a connected agent.
        </Empty>
      )}
      {tools && tools.length > 0 && (
        <div className="overflow-x-auto rounded border border-line bg-sheet">
          <table className="w-full">
            <thead className="text-left text-sm text-ink-3">
              <tr className="border-b border-line bg-paper">
                <th className="px-3 py-1.5 font-normal">Tool</th>
                <th className="px-3 py-1.5 text-right font-normal">Calls</th>
                <th className="w-40 px-3 py-1.5 font-normal">Highest risk</th>
              </tr>
            </thead>
            <tbody>
              {tools.map(({ tool, calls, maxScore }) => (
                <tr key={tool} className="h-9 border-b border-line last:border-b-0">
                  <td className="w-full max-w-0 truncate px-3">
                    <Link to="/live" search={{ tool, since }} className="link">
                      <Raw text={tool} oneLine />
                    </Link>
                  </td>
                  <td className="px-3 text-right">{count(calls)}</td>
                  <td className="px-3">
                    <Score score={maxScore} severity={bandOf(maxScore)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
