// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ToolFact } from '../../src/core/event.ts';
import type { McpToolRecord, ToolVersion } from '../../src/core/mcp-record.ts';
import { mcpTool } from '../api.ts';
import { differ } from '../differ.ts';
import { useKeys } from '../keys.ts';
import { Ago, Exact } from '../time.tsx';
import { bandOf, plural, severityFill } from '../words.ts';
import { Input } from './Input.tsx';
import { Score } from './Marks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { HiddenNote, Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

/** One tool of an MCP server: what its server says of it, what is odd in that, and how it changed. */
export function ToolPanel({
  server,
  tool,
  move,
  onBack,
  onClose,
}: {
  readonly server: string;
  readonly tool: string;
  /** To the next or previous tool of the server. */
  readonly move: (by: number) => void;
  readonly onBack: () => void;
  readonly onClose: () => void;
}) {
  const query = useQuery(mcpTool(server, tool));
  useKeys({ j: () => move(1), k: () => move(-1), escape: onBack });
  return (
    <Panel
      label="The selected tool"
      title={
        <>
          <button type="button" className="link" onClick={onBack}>
            <Raw text={server} oneLine />
          </button>
          {' / '}
          <Raw text={tool} oneLine />
        </>
      }
      onClose={onClose}
    >
      {query.isPending && <Bones lines={8} />}
      {query.isError && !query.data && (
        <Failed what="This tool" error={query.error} retry={() => void query.refetch()} />
      )}
      {query.data && <Said tool={query.data} />}
    </Panel>
  );
}

function Said({ tool }: { readonly tool: McpToolRecord }) {
  const [now, before] = tool.versions;
  return (
    <>
      <Facts
        facts={[
          ['First seen', <Exact key="f" at={tool.firstAt} />],
          ['Last seen', <Exact key="l" at={tool.lastAt} />],
          [
            'Calls',
            <Link key="c" to="/live" search={{ tool: `mcp__${tool.server}__${tool.name}` }} className="link">
              {plural(tool.calls, 'call')}
            </Link>,
          ],
          now !== undefined && ['Declared in', <Sessions key="s" version={now} />],
          now !== undefined && hintsOf(now) !== '' && ['Its server claims', hintsOf(now)],
        ]}
      />
      <HiddenNote text={`${tool.server} ${tool.name}`} />
      {now === undefined ? (
        <p className="text-ink-2">
          It was called, and nobody declared it: its description is known when the agent's model traffic goes through
          the gateway.
        </p>
      ) : (
        <>
          <Oddities findings={now.findings} />
          {before !== undefined && <Change before={before} now={now} />}
          <Section title="What its server says, word for word">
            <Input
              input={{ ...(now.description === '' ? {} : { description: now.description }), ...schemaOf(now) }}
              marks={now.findings.map(({ field, start, end, weight }, index) => ({
                field,
                start,
                end,
                factor: index + 1,
                severity: bandOf(weight),
              }))}
              mainField="description"
            />
          </Section>
          {tool.versions.length > 1 && <Versions tool={tool} />}
        </>
      )}
    </>
  );
}

function Sessions({ version }: { readonly version: ToolVersion }) {
  const { sessions, lastSession, agents } = version;
  return (
    <>
      {plural(sessions, 'session')}
      {agents.length > 0 && (
        <>
          , with <Raw text={agents.join(', ')} />
        </>
      )}
      {lastSession !== '' && (
        <>
          ; last{' '}
          <Link to="/sessions/$id" params={{ id: lastSession }} className="link font-mono break-all">
            <Raw text={lastSession} />
          </Link>
        </>
      )}
    </>
  );
}

/** Claims, in words. */
function hintsOf({ annotations }: ToolVersion): string {
  const { readOnlyHint, destructiveHint, openWorldHint } = annotations;
  return [
    readOnlyHint === true ? 'only reads' : readOnlyHint === false ? 'changes things' : '',
    destructiveHint === true ? 'destroys' : destructiveHint === false ? 'destroys nothing' : '',
    openWorldHint === true ? 'reaches others' : '',
  ]
    .filter((claim) => claim !== '')
    .join(', ');
}

/** The schema as a value, so that evidence in it can be pointed at; as text where it was cut. */
function schemaOf({ schema }: ToolVersion): { readonly schema?: unknown } {
  if (schema === '') return {};
  try {
    return { schema: JSON.parse(schema) };
  } catch {
    // Cut at its end when it was stored: the text says as much as there is.
    return { schema };
  }
}

function Oddities({ findings }: { readonly findings: readonly ToolFact[] }) {
  return (
    <Section title={findings.length === 0 ? 'Its description' : 'What is odd about it, by weight'}>
      {findings.length === 0 && <p className="text-ink-2">Nothing odd was found in it.</p>}
      <ol className="grid gap-2">
        {findings.map(({ weight, why, field, what }, index) => (
          <li key={`${index}`} className="flex gap-3">
            <span aria-hidden className={`w-[3px] shrink-0 rounded-full ${severityFill[bandOf(weight)]}`} />
            <div className="min-w-0 flex-1">
              <p>
                <span className="text-ink-3">{index + 1}.</span> <Raw text={why} />
              </p>
              <p className="font-mono text-xs break-all text-ink-3">
                {what} in <Raw text={field} />
              </p>
            </div>
            <Score score={weight} severity={bandOf(weight)} />
          </li>
        ))}
      </ol>
    </Section>
  );
}

const prettySchema = (version: ToolVersion): string => {
  const { schema } = schemaOf(version);
  return typeof schema === 'string' ? schema : schema === undefined ? '' : JSON.stringify(schema, null, 2);
};

function Change({ before, now }: { readonly before: ToolVersion; readonly now: ToolVersion }) {
  const [oldSchema, newSchema] = [prettySchema(before), prettySchema(now)];
  return (
    <Section
      title="What changed"
      aside={
        <span className="text-sm text-ink-3">
          from <Ago at={before.firstAt} /> to <Ago at={now.firstAt} />
        </span>
      }
    >
      <div className="grid gap-2">
        {before.description !== now.description && <Differences pieces={differ(before.description, now.description)} />}
        {oldSchema !== newSchema && <Differences pieces={differ(oldSchema, newSchema, 'lines')} />}
        {before.description === now.description && oldSchema === newSchema && (
          <p className="text-ink-2">Only in parts that are not kept.</p>
        )}
      </div>
    </Section>
  );
}

function Differences({ pieces }: { readonly pieces: ReturnType<typeof differ> }) {
  return (
    <div className="code max-h-96 overflow-y-auto px-2.5 py-2">
      {pieces.map(({ kind, text }, index) => {
        if (kind === 'gone')
          return (
            <del key={`${index}`} className="bg-line text-ink-2">
              <Raw text={text} />
            </del>
          );
        if (kind === 'new')
          return (
            <ins key={`${index}`} className="bg-accent-soft font-semibold no-underline">
              <Raw text={text} />
            </ins>
          );
        if (kind === 'skipped')
          return (
            <div
              key={`${index}`}
              className="my-0.5 border-y border-dashed border-line font-sans text-xs text-ink-3 select-none"
            >
              {text}
            </div>
          );
        return <Raw key={`${index}`} text={text} />;
      })}
    </div>
  );
}

function Versions({ tool }: { readonly tool: McpToolRecord }) {
  const [all, setAll] = useState(false);
  const shown = all ? tool.versions : tool.versions.slice(0, 5);
  return (
    <Section title={`${plural(tool.versions.length, 'version')} of its description, newest first`}>
      <ul>
        {shown.map((version) => (
          <li key={version.digest} className="flex flex-wrap gap-x-3 border-b border-line py-1 text-sm last:border-b-0">
            <span className="font-mono">{version.digest.slice(0, 12)}</span>
            <span className="text-ink-2">
              first <Ago at={version.firstAt} />, last <Ago at={version.lastAt} />,{' '}
              {plural(version.sessions, 'session')}
              {version.findings.length > 0 && `, ${plural(version.findings.length, 'finding')}`}
            </span>
          </li>
        ))}
      </ul>
      {shown.length < tool.versions.length && (
        <button type="button" className="button-quiet text-sm" onClick={() => setAll(true)}>
          Show all
        </button>
      )}
    </Section>
  );
}
