import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Standing } from '../../src/core/inventory.ts';
import type { ListedAgent } from '../../src/core/inventory-lists.ts';
import { inventoryDevices } from '../api.ts';
import { Ago } from '../time.tsx';
import { count, plural } from '../words.ts';
import { riskWords, StandingMark, seenWords } from './InventoryMarks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones } from './States.tsx';

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
