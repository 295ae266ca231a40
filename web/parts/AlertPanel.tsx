import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Alert, AlertState } from '../../src/core/verdict.ts';
import { info, oneCall } from '../api.ts';
import { useKeys } from '../keys.ts';
import { Exact } from '../time.tsx';
import { alertStateWords, count } from '../words.ts';
import { CallEvidence } from './CallEvidence.tsx';
import { explain } from './CallPanel.tsx';
import { Score } from './Marks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

interface AlertPanelProps {
  readonly alert: Alert | undefined;
  readonly number: string;
  readonly loading: boolean;
  readonly onClose: () => void;
  readonly change: (alert: Alert, state: AlertState, note: string) => void;
}

/** One alert: what to do, its triage, and the latest call behind it. */
export function AlertPanel({ alert: listed, number, loading, onClose, change }: AlertPanelProps) {
  // An alert that has just left the filter stays readable until the panel is closed.
  const [kept, keep] = useState(listed);
  useEffect(() => {
    if (listed) keep(listed);
  }, [listed]);
  const alert = listed ?? kept;
  const about = useQuery(info);
  const detector = about.data?.detectors.find((one) => one.id === alert?.detector);
  useKeys({ e: explain });
  return (
    <Panel
      label="The selected alert"
      title={`Alert ${number}`}
      onClose={onClose}
      full={
        alert?.call ? (
          <Link to="/calls/$id" params={{ id: alert.call }} className="link whitespace-nowrap">
            Call page
          </Link>
        ) : undefined
      }
    >
      {!alert ? (
        loading ? (
          <Bones lines={8} />
        ) : (
          <p className="text-ink-2">Alert {number} is not in this list. Choose another state, or all.</p>
        )
      ) : (
        <>
          <p className="text-base font-semibold">
            <Raw text={alert.title} />
          </p>
          <div className="mt-2">
            <Triage alert={alert} change={change} moved={listed === undefined} />
          </div>
          {detector && (
            <Section title="What to do">
              <p>{detector.runbook}</p>
            </Section>
          )}
          <Section title="The alert">
            <Facts
              facts={[
                ['Risk', <Score key="r" score={alert.score} severity={alert.severity} />],
                ['Detector', detector ? `${detector.title} (${alert.detector})` : alert.detector],
                ['Seen', alert.count === 1 ? 'once' : `${count(alert.count)} times`],
                ['Last', <Exact key="l" at={alert.lastAt} />],
                alert.count > 1 && ['First', <Exact key="f" at={alert.firstAt} />],
                [
                  'Person',
                  <span key="p">
                    <Raw text={alert.person} />, with <Raw text={alert.agent} />
                  </span>,
                ],
                alert.session !== '' && [
                  'Session',
                  <Link
                    key="s"
                    to="/sessions/$id"
                    params={{ id: alert.session }}
                    search={alert.call ? { row: alert.call } : {}}
                    className="link font-mono break-all"
                  >
                    <Raw text={alert.session} />
                  </Link>,
                ],
              ]}
            />
          </Section>
          {alert.detector === 'tool-description' && <ServerLink alertKey={alert.key} />}
          {alert.session === '' && alert.detector !== 'tool-description' && <InventoryLink agent={alert.agent} />}
          {alert.call && <LatestCall id={alert.call} />}
        </>
      )}
    </Panel>
  );
}

/** What a server says of its tools is read where the tools are. The key: agent, person, detector, server. */
function ServerLink({ alertKey }: { readonly alertKey: string }) {
  const row = alertKey
    .split('|')
    .slice(3)
    .join('|')
    .replace(/ changed$/, '');
  return (
    <Section title="The server's own words">
      <Link to="/tools" search={{ row }} className="link">
        Tools of <Raw text={row} />
      </Link>
    </Section>
  );
}

/** What no session raised was found in an inventory. */
function InventoryLink({ agent }: { readonly agent: string }) {
  return (
    <Section title="Where it was found">
      <Link to="/inventory" search={{ row: agent }} className="link">
        <Raw text={agent} /> in the inventory
      </Link>
    </Section>
  );
}

function Triage({
  alert,
  change,
  moved,
}: {
  readonly alert: Alert;
  readonly change: AlertPanelProps['change'];
  readonly moved: boolean;
}) {
  const [note, setNote] = useState(alert.note);
  const choices: readonly (readonly [AlertState, string])[] = [
    ['acknowledged', 'Acknowledge'],
    ['resolved', 'Resolve'],
    ['false-positive', 'False positive'],
    ['open', 'Reopen'],
  ];
  return (
    <div className="grid gap-2 rounded border border-line p-3">
      <p className="text-sm text-ink-2">
        State: <span className="font-medium text-ink">{moved ? 'changed' : alertStateWords[alert.state]}</span>
        {alert.note && (
          <>
            . Note: <Raw text={alert.note} />
          </>
        )}
      </p>
      <input
        className="field w-full"
        aria-label="Note"
        placeholder="Note: what you found, for whoever looks next"
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="flex flex-wrap gap-2">
        {choices
          .filter(([state]) => state !== alert.state || moved)
          .map(([state, word], index) => (
            <button
              key={state}
              type="button"
              className={`button ${index === 0 && state !== 'open' ? 'button-main' : ''}`}
              onClick={() => change(alert, state, note)}
            >
              {word} {state === 'acknowledged' && <span className="ml-1 opacity-75">a</span>}
            </button>
          ))}
        {note !== alert.note && !moved && (
          <button type="button" className="button" onClick={() => change(alert, alert.state, note)}>
            Save the note
          </button>
        )}
      </div>
    </div>
  );
}

function LatestCall({ id }: { readonly id: string }) {
  const call = useQuery(oneCall(id));
  return (
    <div className="mt-6 border-t border-line pt-5">
      {call.data ? (
        <CallEvidence call={call.data} />
      ) : call.isError ? (
        <Failed what="The call behind it" error={call.error} retry={() => void call.refetch()} />
      ) : (
        <Bones lines={10} />
      )}
    </div>
  );
}
