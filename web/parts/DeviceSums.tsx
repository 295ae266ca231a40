import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { DeviceNeed, EnrolledDevices } from '../../src/core/enrolled.ts';
import { deviceInvites } from '../api.ts';
import { useSetUrl } from '../url.ts';
import { plural } from '../words.ts';
import { Empty } from './States.tsx';

const words: Readonly<Record<DeviceNeed, (devices: number) => string>> = {
  hooks: (devices) => `${plural(devices, 'device')} with hooks not in order`,
  waiting: (devices) => `${plural(devices, 'device')} with calls waiting`,
  bare: (devices) => `${plural(devices, 'device')} without an agent connected`,
  policy: (devices) => `${plural(devices, 'device')} with a policy behind`,
  silent: (devices) => `${plural(devices, 'device')} silent`,
};

/** The gravest first, as the server has them. */
const needs: readonly DeviceNeed[] = ['hooks', 'waiting', 'bare', 'policy', 'silent'];

/** What the page shows, and what needs a person; each number leads to its rows. */
export function DeviceSums({ sums }: { readonly sums: EnrolledDevices['sums'] | undefined }) {
  const setUrl = useSetUrl();
  const { data } = useQuery(deviceInvites);
  const invites = data?.items.length ?? 0;
  const parts = sums
    ? needs
        .filter((need) => sums[need] > 0)
        .map((need) => [words[need](sums[need]), { needs: need, row: undefined }] as const)
    : [];
  const all = [
    ...parts,
    ...(invites > 0 ? [[`${plural(invites, 'invite')} not used yet`, { invite: '1' }] as const] : []),
  ];
  return (
    <>
      Machines enrolled here, with what they told last. Machines that nobody enrolled are in the{' '}
      <Link to="/inventory" search={{ show: 'devices', cover: 'none' }} className="link">
        inventory
      </Link>
      .
      <br />
      {sums === undefined && '\u00a0'}
      {all.map(([text, to], index) => (
        <span key={text}>
          {index > 0 && ' · '}
          <button type="button" className="link" onClick={() => setUrl(to, { push: true })}>
            {text}
          </button>
        </span>
      ))}
      {parts.length === 0 && sums !== undefined && sums.devices > 0 && (
        <>{invites > 0 && ' · '}Every device lives, with hooks in order and the policy in force.</>
      )}
    </>
  );
}

/** Nothing that fits, or nothing yet and how to enrol. */
export function NoDevices({ filtered }: { readonly filtered: boolean }) {
  const setUrl = useSetUrl();
  if (filtered)
    return (
      <Empty title="No device fits.">
        <button
          type="button"
          className="link"
          onClick={() =>
            setUrl({ text: undefined, needs: undefined, person: undefined, platform: undefined, agent: undefined })
          }
        >
          Take the filters away
        </button>
      </Empty>
    );
  return (
    <Empty title="No device has enrolled.">
      This machine needs none: its hooks go straight to this server. Each other machine runs a process of its own, which
      asks this server, judges alone while it cannot be reached, and appears here once it has enrolled.
      <ol className="mt-3 grid gap-3">
        <li>
          <button type="button" className="link" onClick={() => setUrl({ invite: '1' })}>
            Invite a device
          </button>
          , or type on this machine
          <Command text="warder device invite --person NAME" />
        </li>
        <li>
          On the other machine, with the code
          <Command text="warder device enrol --code CODE --url URL" />
        </li>
        <li>
          There too: keep it running, connect the agents
          <Command text="warder device install-unit" />
          <Command text="warder install all" />
        </li>
      </ol>
    </Empty>
  );
}

const Command = ({ text }: { readonly text: string }) => (
  <code className="code mt-1 block w-fit max-w-full px-2 py-0.5">{text}</code>
);
