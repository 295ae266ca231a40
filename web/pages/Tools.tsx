import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { McpServerRecord } from '../../src/core/mcp-record.ts';
import { mcpServers, overview } from '../api.ts';
import { useKeys } from '../keys.ts';
import { Score } from '../parts/Marks.tsx';
import { Facts, Page, Panel, Section } from '../parts/Page.tsx';
import { HiddenNote, Raw } from '../parts/Raw.tsx';
import { Bones, Empty, Failed } from '../parts/States.tsx';
import { ToolPanel } from '../parts/ToolPanel.tsx';
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
  const tools = chosen === undefined ? [] : worstFirst(chosen);
  const close = (): void => setUrl({ row: undefined, tool: undefined });
  const back = (): void => setUrl({ tool: undefined });
  const move = (by: number): void => {
    const at = tools.findIndex(({ name }) => name === url.tool);
    const next = tools[Math.max(0, Math.min(tools.length - 1, at + by))];
    if (next) setUrl({ tool: next.name });
  };
  return (
    <Page
      scroll
      title="Tools & MCP"
      sentence="MCP servers that agents declared or used, and the tools used most. A new server or a changed description is worth a look."
      panel={
        chosen === undefined ? undefined : url.tool !== undefined ? (
          <ToolPanel server={chosen.name} tool={url.tool} move={move} onBack={back} onClose={close} />
        ) : (
          <ServerPanel
            server={chosen}
            tools={tools}
            open={(tool) => setUrl({ tool }, { push: true })}
            onClose={close}
          />
        )
      }
    >
      <div className="grid gap-8 px-4 pb-8">
        <Section title="MCP servers">
          {query.isError && !query.data && (
            <Failed what="The MCP servers" error={query.error} retry={() => void query.refetch()} />
          )}
          {query.isPending && <Bones lines={4} />}
          {query.data && servers.length === 0 && (
            <p className="text-ink-2">
              None yet. A server appears when an agent declares its tools (seen through the gateway) or calls one. To
              send an agent's traffic here: <code className="font-mono">warder install claude-code --gateway</code>
            </p>
          )}
          {servers.length > 0 && (
            <Servers
              servers={servers}
              selected={url.row}
              select={(row) => setUrl({ row, tool: undefined }, { push: true })}
            />
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
            <th className="px-3 py-1.5 font-normal">Descriptions</th>
            <th className="px-3 py-1.5 font-normal max-[980px]:hidden">Agents</th>
            <th className="px-3 py-1.5 text-right font-normal max-[560px]:hidden">Tools</th>
            <th className="px-3 py-1.5 text-right font-normal">Calls</th>
            <th className="px-3 py-1.5 font-normal max-[560px]:hidden">First seen</th>
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
              <td className="px-3 whitespace-nowrap">
                <Standing tools={server.tools} />
              </td>
              <td className="px-3 whitespace-nowrap text-ink-2 max-[980px]:hidden">
                <Raw text={server.agents.join(', ')} oneLine />
              </td>
              <td className="px-3 text-right max-[560px]:hidden">{count(server.tools.length)}</td>
              <td className="px-3 text-right">{count(server.calls)}</td>
              <td className="px-3 whitespace-nowrap text-ink-2 max-[560px]:hidden">
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

type Tool = McpServerRecord['tools'][number];

/** A finding from here on is worth a look. */
const odd = 40;
const worstOf = (tool: Tool): number => Math.max(0, ...tool.findings.map(({ weight }) => weight));

/** What needs a look comes first, then what is used most. */
const worstFirst = ({ tools }: McpServerRecord): readonly Tool[] =>
  tools.toSorted(
    (a, b) =>
      worstOf(b) - worstOf(a) || Number(b.changedAt !== null) - Number(a.changedAt !== null) || b.calls - a.calls,
  );

/** The gravest of what a server's descriptions hold, and how many changed. */
function Standing({ tools }: { readonly tools: readonly Tool[] }) {
  const worst = Math.max(0, ...tools.map(worstOf));
  const changed = tools.filter(({ changedAt }) => changedAt !== null).length;
  if (tools.every(({ digest }) => digest === null)) return <span className="text-ink-3">not seen</span>;
  return (
    <span className="inline-flex items-center gap-2">
      {worst >= odd ? (
        <Score score={worst} severity={bandOf(worst)} />
      ) : (
        <span className="text-ink-3">nothing odd</span>
      )}
      {changed > 0 && <span className="text-ink-2">· {count(changed)} changed</span>}
    </span>
  );
}

const mostListed = 200;

function ServerPanel({
  server,
  tools,
  open,
  onClose,
}: {
  readonly server: McpServerRecord;
  readonly tools: readonly Tool[];
  readonly open: (tool: string) => void;
  readonly onClose: () => void;
}) {
  const [first] = tools;
  useKeys({ escape: onClose, enter: () => first && open(first.name) });
  return (
    <Panel label="The selected MCP server" title={<Raw text={server.name} oneLine />} onClose={onClose}>
      <div>
        <Facts
          facts={[
            ['First seen', <Exact key="f" at={server.firstAt} />],
            ['Last seen', <Exact key="l" at={server.lastAt} />],
            ['Agents', <Raw key="a" text={server.agents.join(', ')} />],
            ['Calls', count(server.calls)],
            ['Descriptions', <Standing key="d" tools={tools} />],
          ]}
        />
        <HiddenNote text={server.name} />
      </div>
      <Section title={`${plural(tools.length, 'tool')}, what needs a look first`}>
        <ul>
          {tools.slice(0, mostListed).map((tool) => (
            <ToolLine key={tool.name} tool={tool} open={() => open(tool.name)} />
          ))}
        </ul>
        {tools.length > mostListed && (
          <p className="py-1.5 text-sm text-ink-3">{plural(tools.length - mostListed, 'more tool')} not shown here.</p>
        )}
      </Section>
    </Panel>
  );
}

function ToolLine({ tool, open }: { readonly tool: Tool; readonly open: () => void }) {
  const worst = worstOf(tool);
  return (
    <li className="border-b border-line py-1.5 last:border-b-0">
      <div className="flex justify-between gap-4">
        <button type="button" className="link min-w-0 text-left font-mono text-sm break-all" onClick={open}>
          <Raw text={tool.name} />
        </button>
        <span className="whitespace-nowrap text-ink-2">{plural(tool.calls, 'call')}</span>
      </div>
      {tool.description !== '' && (
        <p className="line-clamp-2 text-sm text-ink-2">
          <Raw text={tool.description} oneLine />
        </p>
      )}
      <div className="flex flex-wrap gap-x-3 text-sm text-ink-3">
        {worst >= odd && <Score score={worst} severity={bandOf(worst)} />}
        {tool.changedAt !== null && (
          <span className="text-ink-2">
            changed <Ago at={tool.changedAt} />
          </span>
        )}
        <span>
          last seen <Ago at={tool.lastAt} />
        </span>
        {tool.digest === null && <span>never declared here</span>}
      </div>
    </li>
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
