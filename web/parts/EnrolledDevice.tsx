import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { EnrolledDevice } from '../../src/core/enrolled.ts';
import { deviceList, info, revokeDevice } from '../api.ts';
import { Ago, Exact } from '../time.tsx';
import { plural } from '../words.ts';
import { Share, shareWords } from './CoveragePanel.tsx';
import { LatestAlerts, LatestSessions } from './DeviceLately.tsx';
import { PolicyMark, Presence, spoolWords } from './DeviceMarks.tsx';
import { Dialog } from './Dialog.tsx';
import { Shape } from './Marks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';
import { say } from './Toasts.tsx';

/** One enrolled device: how it is, what it did lately, and its end. `listed`: the rows at hand, it may be among them. */
export function EnrolledPanel({
  id,
  listed,
  policy,
  onClose,
}: {
  readonly id: string;
  readonly listed: readonly EnrolledDevice[];
  /** Digest of the one in force. */
  readonly policy: string | undefined;
  readonly onClose: () => void;
}) {
  const here = listed.find((each) => each.id === id);
  const query = useInfiniteQuery({ ...deviceList({ text: id }), enabled: here === undefined });
  const device = here ?? query.data?.pages[0]?.items.find((each) => each.id === id);
  return (
    <Panel label="The selected device" title={<Raw text={device?.name ?? id} oneLine />} onClose={onClose}>
      {device ? (
        <Details device={device} inForce={policy} onGone={onClose} />
      ) : query.isError ? (
        <Failed what="The device" error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Bones lines={10} />
      ) : (
        <p className="text-ink-2">No device of this id is enrolled. It was revoked, or the link is old.</p>
      )}
    </Panel>
  );
}

function Details({
  device,
  inForce,
  onGone,
}: {
  readonly device: EnrolledDevice;
  readonly inForce: string | undefined;
  readonly onGone: () => void;
}) {
  const server = useQuery(info).data;
  const { name, person, team, version, policy, lastSeen } = device;
  return (
    <>
      <Facts
        facts={[
          [
            'Person',
            <span key="p">
              <Raw text={person} oneLine />
              {team !== '' && (
                <span className="text-ink-2">
                  , team <Raw text={team} oneLine />
                </span>
              )}
            </span>,
          ],
          ['Enrolled', <Exact key="e" at={device.enrolledAt} />],
          ['Heartbeat', <Presence key="s" device={device} />],
          lastSeen !== null && ['Last one', <Exact key="h" at={lastSeen} />],
          [
            'Policy',
            <span key="o">
              <PolicyMark device={device} />
              {policy !== '' && <Digest text={policy} />}
              {device.policyState === 'behind' && inForce && (
                <span className="text-ink-2">
                  ; in force is
                  <Digest text={inForce} />. A device fetches it with its next heartbeat.
                </span>
              )}
            </span>,
          ],
          ['Spool', spoolWords(device)],
          [
            'Warder',
            <span key="w">
              <Raw text={version} oneLine />
              {server && server.version !== version && (
                <span className="text-ink-2">; this server has {server.version}</span>
              )}
            </span>,
          ],
          ['Platform', <Raw key="l" text={device.platform} oneLine />],
          [
            'Id',
            <span key="i" className="font-mono text-sm">
              {device.id}
            </span>,
          ],
        ]}
      />
      <Agents device={device} />
      <Section title="Calls of the last 30 days">
        {device.calls === 0 ? (
          <p className="text-ink-2">None known from a device of this name.</p>
        ) : (
          <p className="flex flex-wrap items-center gap-x-3">
            <Share group={device} />
            <span className="text-ink-2">{shareWords(device)}.</span>
          </p>
        )}
        <p className="mt-1 flex flex-wrap gap-x-4">
          <Link to="/coverage" search={{ by: 'agent', device: name }} className="link">
            Coverage by agent
          </Link>
          <Link to="/inventory" search={{ show: 'devices', row: device.inventory }} className="link">
            Agents and MCP servers on it
          </Link>
        </p>
      </Section>
      <LatestAlerts device={name} />
      <LatestSessions device={name} />
      <Revoke device={device} onGone={onGone} />
    </>
  );
}

const Digest = ({ text }: { readonly text: string }) => (
  <span className="font-mono text-sm text-ink-3"> {text.slice(0, 12)}</span>
);

function Agents({ device: { agents, lastSeen } }: { readonly device: EnrolledDevice }) {
  const altered = agents.filter(({ ok }) => !ok);
  return (
    <Section
      title={plural(agents.length, 'connected agent')}
      aside={
        lastSeen !== null && (
          <span className="text-sm text-ink-3">
            told <Ago at={lastSeen} />
          </span>
        )
      }
    >
      <ul>
        {[...altered, ...agents.filter(({ ok }) => ok)].map(({ agent, ok }) => (
          <li key={agent} className="flex justify-between gap-4 border-b border-line py-1 last:border-b-0">
            <Raw text={agent} oneLine />
            <span className={`flex items-center gap-1.5 ${ok ? 'text-ink-2' : 'font-medium'}`}>
              <Shape shape={ok ? '●' : '■'} />
              {ok ? 'hooks in order' : 'hooks not in order'}
            </span>
          </li>
        ))}
      </ul>
      <p className="mt-1 text-ink-2">
        {altered.length > 0
          ? 'What was altered is in the alerts below. On that machine: '
          : agents.length === 0
            ? 'Nothing of what agents do there comes here by hook. On that machine: '
            : 'The device looks every 30 seconds, and when a file changes.'}
        {altered.length > 0 && <code className="font-mono whitespace-nowrap">warder doctor all</code>}
        {agents.length === 0 && <code className="font-mono whitespace-nowrap">warder install all</code>}
      </p>
    </Section>
  );
}

/** Asked once, by name, with what happens then. */
function Revoke({ device, onGone }: { readonly device: EnrolledDevice; readonly onGone: () => void }) {
  const { id, name, person, waiting } = device;
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { mutate, isPending } = useMutation({
    mutationFn: () => revokeDevice(id),
    onSuccess: () => {
      say(`${name} is revoked: its token opens nothing any more.`);
      onGone();
    },
    onError: (error) => say(`${name} was not revoked. ${error.message}`),
    onSettled: () => {
      setAsking(false);
      return client.invalidateQueries({ queryKey: ['devices'] });
    },
  });
  return (
    <div>
      <button type="button" className="button" onClick={() => setAsking(true)}>
        Revoke this device
      </button>
      {asking && (
        <Dialog label="Revoke this device" onClose={() => setAsking(false)}>
          <div className="grid gap-2 overflow-y-auto p-5">
            <p className="font-semibold">
              Revoke <Raw text={name} oneLine /> of <Raw text={person} oneLine />?
            </p>
            <p className="text-ink-2">
              Its token opens nothing from then on, and the device fails closed: every tool call of the agents connected
              there is refused, in observe mode too, until somebody enrols it anew or uninstalls its hooks. Agents that
              post their hooks by themselves do what they do without Warder.
            </p>
            {waiting > 0 && (
              <p className="font-medium">
                {plural(waiting, 'call')} in its spool {waiting === 1 ? 'has' : 'have'} not arrived yet, and will not
                any more.
              </p>
            )}
            <p className="text-ink-2">
              What is recorded stays. This cannot be undone; a new invite brings the machine back as a new device.
            </p>
            <div className="mt-2 flex flex-wrap gap-2">
              <button type="button" className="button button-main" disabled={isPending} onClick={() => mutate()}>
                Revoke it
              </button>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Keep it
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </div>
  );
}
