import { useQuery } from '@tanstack/react-query';
import type { InventorySums } from '../../src/core/inventory-lists.ts';
import { inventorySums } from '../api.ts';
import { Ago } from '../time.tsx';
import { useSetUrl } from '../url.ts';
import { count, plural } from '../words.ts';
import { type Choice, FilterChip } from './Filters.tsx';
import { riskWords } from './InventoryMarks.tsx';
import { Empty } from './States.tsx';

export const shows = ['agents', 'devices', 'servers'] as const;
export type Show = (typeof shows)[number];

const riskChoices: readonly Choice[] = Object.entries(riskWords);

/** The three lists with how much is in each, then the filters of the one that is shown. */
export function Bar({ show, children }: { readonly show: Show; readonly children: React.ReactNode }) {
  const setUrl = useSetUrl();
  const { data } = useQuery(inventorySums);
  const words: Readonly<Record<Show, string>> = { agents: 'Agents', devices: 'Devices', servers: 'MCP servers' };
  return (
    <>
      <div role="tablist" aria-label="What is listed" className="mr-2 flex rounded border border-line bg-sheet p-0.5">
        {shows.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={each === show}
            className={`rounded px-2.5 py-0.5 whitespace-nowrap ${each === show ? 'bg-accent-soft font-medium text-ink' : 'text-ink-2 hover:bg-sunk'}`}
            onClick={() =>
              setUrl(
                {
                  show: each === 'agents' ? undefined : each,
                  row: undefined,
                  risk: undefined,
                  standing: undefined,
                  cover: undefined,
                  agent: undefined,
                },
                { push: true },
              )
            }
          >
            {words[each]} <span className="text-ink-3">{data ? count(data[each]) : ''}</span>
          </button>
        ))}
      </div>
      {children}
      <FilterChip name="risk" label="Risk" choices={riskChoices} />
    </>
  );
}

/** What needs a person, in one line; each number leads to its rows. */
function Sums({ sums }: { readonly sums: InventorySums | undefined }) {
  const setUrl = useSetUrl();
  if (!sums || sums.agents + sums.devices === 0) return null;
  const parts: readonly (readonly [text: string, to: Readonly<Record<string, string | undefined>>] | null)[] = [
    sums.disallowed > 0 ? [`${plural(sums.disallowed, 'disallowed agent')} found`, { standing: 'disallowed' }] : null,
    sums.unreviewed > 0 ? [`${plural(sums.unreviewed, 'agent')} not reviewed`, { standing: 'unreviewed' }] : null,
    sums.uncovered > 0
      ? [
          `${count(sums.uncovered)} of ${plural(sums.devices, 'device')} without Warder`,
          { show: 'devices', cover: 'none' },
        ]
      : null,
  ];
  const said = parts.filter((part) => part !== null);
  if (said.length === 0) return <>Every agent that was found is allowed, and every device has Warder.</>;
  return (
    <>
      {said.map(([text, to], index) => (
        <span key={text}>
          {index > 0 && ' · '}
          <button
            type="button"
            className="link"
            onClick={() =>
              setUrl(
                {
                  show: undefined,
                  row: undefined,
                  text: undefined,
                  risk: undefined,
                  standing: undefined,
                  cover: undefined,
                  ...to,
                },
                { push: true },
              )
            }
          >
            {text}
          </button>
        </span>
      ))}
    </>
  );
}

const sentence =
  'Agents, devices and MCP servers, by everything that tells of them: Warder’s own look, traffic, EDR, MDM.';

/** What the page shows, and what needs a person. */
export function Sentence() {
  const { data } = useQuery(inventorySums);
  return (
    <>
      {sentence}
      <br />
      <Sums sums={data} />
    </>
  );
}

/** Nothing yet, or nothing that fits. */
export function Nothing({ filtered }: { readonly filtered: boolean }) {
  const setUrl = useSetUrl();
  if (filtered)
    return (
      <Empty title="Nothing fits.">
        <button
          type="button"
          className="link"
          onClick={() =>
            setUrl({ text: undefined, risk: undefined, standing: undefined, cover: undefined, agent: undefined })
          }
        >
          Take the filters away
        </button>
      </Empty>
    );
  return (
    <Empty title="Nothing is known yet.">
      An agent appears when it works through Warder, when a machine is looked at, or when another system tells of it:
      <ul className="mt-3 grid gap-3">
        {[
          ['warder inventory --send', 'looks at this machine; reads only'],
          ['warder inventory import --from osquery FILE', 'also crowdstrike, sentinelone, jamf, intune, generic'],
          ['warder inventory catalogue', 'every agent that is known by name'],
        ].map(([command, what]) => (
          <li key={command} className="grid justify-items-start gap-y-0.5">
            <code className="code px-2 py-0.5">{command}</code>
            <span>{what}</span>
          </li>
        ))}
      </ul>
    </Empty>
  );
}

export const When = ({ at }: { readonly at: string }) =>
  at === '' ? (
    <span className="text-ink-3">never</span>
  ) : (
    <span className="text-ink-2">
      <Ago at={at} />
    </span>
  );

export const Part = ({ value, of }: { readonly value: number; readonly of: number }) =>
  of === 0 ? (
    <span className="text-ink-3">–</span>
  ) : (
    <span className={value < of ? 'text-ink' : 'text-ink-2'}>
      {count(value)} of {count(of)}
    </span>
  );
