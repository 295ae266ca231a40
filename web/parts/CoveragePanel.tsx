import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { CoverageGap, CoverageGroup, CoverageKey, CoverageReport } from '../../src/core/coverage.ts';
import { coverage } from '../api.ts';
import type { UrlState } from '../url.ts';
import { count, plural } from '../words.ts';
import { Facts, Panel, Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

export const nouns: Readonly<Record<CoverageKey, string>> = {
  device: 'Device',
  agent: 'Agent',
  person: 'Person',
  team: 'Team',
};
export const noName: Readonly<Record<CoverageKey, string>> = {
  device: 'device not told',
  agent: 'agent not told',
  person: 'person not told',
  team: 'no team',
};
/** What one row is told apart by, once more. */
const within: Readonly<Record<CoverageKey, CoverageKey>> = {
  device: 'agent',
  agent: 'device',
  person: 'agent',
  team: 'person',
};

type Counted = Pick<CoverageGroup, 'calls' | 'controllable'>;

/** Never rounded up to a whole that it is not. */
function percent({ calls, controllable }: Counted): string {
  if (calls === 0) return '–';
  return controllable === calls ? '100 %' : `${(Math.floor((1000 * controllable) / calls) / 10).toFixed(1)} %`;
}

export const shareWords = ({ calls, controllable }: Counted): string =>
  `${count(controllable)} of ${plural(calls, 'call')} could have been stopped`;

/** Gaps of a group, the largest first. */
export const gapsOf = ({ gaps }: CoverageGroup): (readonly [CoverageGap, number])[] =>
  (Object.entries(gaps) as [CoverageGap, number][]).sort((a, b) => b[1] - a[1]);

export function Share({ group, large }: { readonly group: Counted; readonly large?: boolean }) {
  const share = group.calls === 0 ? 0 : (group.controllable / group.calls) * 100;
  return (
    <span className="flex items-center gap-2 whitespace-nowrap" title={shareWords(group)}>
      <span aria-hidden className={`overflow-hidden rounded-sm bg-line ${large ? 'h-2 w-28' : 'h-1.5 w-16'} shrink-0`}>
        <span className="block h-full bg-low-fill" style={{ width: `${share}%` }} />
      </span>
      {percent(group)}
    </span>
  );
}

/** Why calls could not have been stopped, and what to do about each reason. */
export function Reasons({
  group,
  reasons,
}: {
  readonly group: CoverageGroup;
  readonly reasons: CoverageReport['reasons'];
}) {
  return (
    <ul className="@container rounded border border-line bg-sheet">
      {gapsOf(group).map(([gap, calls]) => (
        <li
          key={gap}
          className="grid gap-x-6 gap-y-0.5 border-b border-line px-4 py-1.5 last:border-b-0 @3xl:grid-cols-[11rem_1fr]"
        >
          <div>
            <p className="font-medium">
              {count(calls)} of {plural(group.calls, 'call')}
            </p>
            <p className="font-mono text-sm text-ink-3">{gap}</p>
          </div>
          <div>
            <p>{reasons[gap].what}</p>
            <p className="text-ink-2">{reasons[gap].mend}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** One device, agent, person or team: its gaps, and where in it they are. */
export function CoveragePanel({
  by,
  since,
  group,
  reasons,
  only,
  onClose,
}: {
  readonly by: CoverageKey;
  readonly since: string;
  readonly group: CoverageGroup;
  readonly reasons: CoverageReport['reasons'];
  readonly only: UrlState;
  readonly onClose: () => void;
}) {
  const inner = within[by];
  return (
    <Panel
      label={`The selected ${nouns[by].toLowerCase()}`}
      title={<Raw text={group.key || noName[by]} oneLine />}
      onClose={onClose}
    >
      <Facts
        facts={[
          ['Share', <Share key="share" group={group} />],
          ['Calls', shareWords(group)],
          ['By hook', count(group.byHook)],
          ['By gateway', count(group.byGateway)],
          ['By both', count(group.byBoth)],
        ]}
      />
      {group.calls > group.controllable ? (
        <Section title="Why the rest was not">
          <Reasons group={group} reasons={reasons} />
        </Section>
      ) : (
        <p className="text-ink-2">Every call known of it was judged before it could run.</p>
      )}
      {group.key !== '' && <Inner by={inner} since={since} only={{ ...only, [by]: group.key }} />}
    </Panel>
  );
}

function Inner({ by, since, only }: { readonly by: CoverageKey; readonly since: string; readonly only: UrlState }) {
  const query = useQuery(coverage(since, by, only));
  return (
    <Section title={`By ${nouns[by].toLowerCase()}`}>
      {query.isPending && <Bones lines={3} />}
      {query.isError && !query.data && (
        <Failed what="This part" error={query.error} retry={() => void query.refetch()} />
      )}
      {query.data && (
        <ul>
          {query.data.items.slice(0, 50).map((each) => (
            <li
              key={each.key}
              className="flex items-center justify-between gap-4 border-b border-line py-1.5 last:border-b-0"
            >
              <span className="min-w-0 truncate">
                {each.key === '' ? (
                  noName[by]
                ) : (
                  <Link to="/coverage" search={withoutEmpty({ ...only, since, [by]: each.key })} className="link">
                    <Raw text={each.key} oneLine />
                  </Link>
                )}
              </span>
              <span className="flex gap-3 text-ink-2">
                {count(each.calls)} <Share group={each} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const withoutEmpty = (url: UrlState): Record<string, string> =>
  Object.fromEntries(
    Object.entries(url).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
