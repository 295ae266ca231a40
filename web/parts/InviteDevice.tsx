import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import type { GivenInvite, ListedInvite } from '../../src/core/enrolled.ts';
import { deviceInvites, info, inviteDevice, withdrawInvite } from '../api.ts';
import { plural } from '../words.ts';
import { CopyButton } from './Copy.tsx';
import { Dialog } from './Dialog.tsx';
import { Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';
import { TimeLeft } from './TimeLeft.tsx';
import { say } from './Toasts.tsx';

/** Asks for whom, shows the code once as the line to paste, and lists the invites that are open. */
export function InviteDevice({ onClose }: { readonly onClose: () => void }) {
  const [given, setGiven] = useState<GivenInvite | null>(null);
  return (
    <Dialog label="Invite a device" onClose={onClose} className="w-[min(680px,calc(100vw-24px))]">
      <div className="grid max-h-[76vh] grid-cols-[minmax(0,1fr)] gap-5 overflow-y-auto p-5">
        {given ? (
          <Given given={given} onAnother={() => setGiven(null)} onClose={onClose} />
        ) : (
          <Ask onGiven={setGiven} onClose={onClose} />
        )}
        <Open except={given?.id} />
      </div>
    </Dialog>
  );
}

const expiries = [
  [60, '1 hour'],
  [24 * 60, '1 day'],
  [7 * 24 * 60, '7 days'],
] as const;

function Ask({ onGiven, onClose }: { readonly onGiven: (given: GivenInvite) => void; readonly onClose: () => void }) {
  const client = useQueryClient();
  const about = useQuery(info);
  const [person, setPerson] = useState<string | null>(null);
  const [device, setDevice] = useState('');
  const [minutes, setMinutes] = useState<number>(60);
  const whose = (person ?? about.data?.person ?? '').trim();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      inviteDevice({ person: whose, minutes, ...(device.trim() === '' ? {} : { device: device.trim() }) }),
    onSuccess: onGiven,
    onSettled: () => client.invalidateQueries({ queryKey: ['device-invites'] }),
  });
  // No form: the page's Content-Security-Policy lets none be sent.
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key === 'Enter' && !isPending && whose !== '') mutate();
  };
  return (
    <div className="grid gap-3">
      <div>
        <h2 className="font-semibold">Invite a device</h2>
        <p className="text-ink-2">
          Makes a code that lets one machine enrol. What its agents do is recorded under the person’s name; the person’s
          team follows from access.json.
        </p>
      </div>
      <label className="grid gap-1">
        Person
        <input
          maxLength={100}
          className="field"
          value={person ?? about.data?.person ?? ''}
          onKeyDown={onKeyDown}
          onChange={(event) => setPerson(event.target.value)}
        />
      </label>
      <label className="grid gap-1">
        <span>
          Name of the device <span className="text-ink-3">(empty: what the machine calls itself)</span>
        </span>
        <input
          maxLength={100}
          className="field"
          value={device}
          onKeyDown={onKeyDown}
          onChange={(event) => setDevice(event.target.value)}
        />
      </label>
      <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <legend className="float-left mr-4">The code is good for</legend>
        {expiries.map(([value, word]) => (
          <label key={value} className="flex items-center gap-1.5">
            <input
              type="radio"
              name="minutes"
              className="accent-accent"
              checked={minutes === value}
              onChange={() => setMinutes(value)}
            />
            {word}
          </label>
        ))}
      </fieldset>
      {error && (
        <p role="alert" className="font-medium">
          No code was made. {error.message}
        </p>
      )}
      <div className="flex gap-2">
        <button
          type="button"
          className="button button-main"
          disabled={isPending || whose === ''}
          onClick={() => mutate()}
        >
          Make a code
        </button>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </div>
  );
}

/** Reached from this machine alone: no other machine can enrol there. */
const isLoopback = (url: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(URL.parse(url)?.hostname ?? '');

/** The code, once: the server keeps only its hash. */
function Given({
  given,
  onAnother,
  onClose,
}: {
  readonly given: GivenInvite;
  readonly onAnother: () => void;
  readonly onClose: () => void;
}) {
  const about = useQuery(info).data;
  const open = useQuery(deviceInvites);
  const [typed, setTyped] = useState<string | null>(null);
  const told = about?.url ?? location.origin;
  // Behind a proxy the browser knows the address that others use too.
  const url = (typed ?? (isLoopback(told) && !isLoopback(location.origin) ? location.origin : told)).trim();
  const used = open.data && !open.isFetching && open.data.items.every(({ id }) => id !== given.id);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div>
        <h2 className="font-semibold">
          Type this on the machine of <Raw text={given.person} oneLine />
          {given.team !== '' && (
            <span className="font-normal text-ink-2">
              {' '}
              (team <Raw text={given.team} oneLine />)
            </span>
          )}
        </h2>
        <p className="text-ink-2">
          The code lets one device in and is not shown again: this server keeps only its hash.
        </p>
      </div>
      <Line text={`warder device enrol --code ${given.code} --url ${url}`} what="command" />
      <label className="grid gap-1">
        <span>
          Address of this server <span className="text-ink-3">as that machine reaches it</span>
        </span>
        <input className="field font-mono" value={typed ?? url} onChange={(event) => setTyped(event.target.value)} />
      </label>
      {isLoopback(url) && (
        <p role="status" className="border-l-2 border-review-fill pl-3">
          This address is reached from this machine alone. Say how others reach it; how the server listens beyond this
          machine is in docs/identity.md.
        </p>
      )}
      <div className="text-ink-2">
        Then, there too: keep it running, connect the agents
        <Line text="warder device install-unit && warder install all" what="second command" />
      </div>
      <p role="status">
        {used ? (
          <span className="font-medium">
            This code is used up or no longer good. A device that enrolled is in the list.
          </span>
        ) : (
          <>
            Waiting for it to be used; good for another <TimeLeft until={given.expiresAt} />.
          </>
        )}
      </p>
      <div className="flex gap-2">
        <button type="button" className="button button-main" onClick={onClose}>
          Done
        </button>
        <button type="button" className="button" onClick={onAnother}>
          Invite another device
        </button>
      </div>
    </div>
  );
}

function Line({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div className="code mt-1 flex items-start justify-between gap-2 py-1 pr-1 pl-2">
      <span className="min-w-0 text-ink">{text}</span>
      <CopyButton text={text} what={what} />
    </div>
  );
}

/** Invites that were given and not used. */
function Open({ except }: { readonly except: string | undefined }) {
  const query = useQuery(deviceInvites);
  const items = (query.data?.items ?? []).filter(({ id }) => id !== except);
  if (query.isError && !query.data)
    return <Failed what="The open invites" error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Bones lines={2} />;
  if (items.length === 0) return null;
  return (
    <Section title={`${plural(items.length, 'invite')} not used yet`}>
      <ul>
        {items.map((invite) => (
          <OpenInvite key={invite.id} invite={invite} />
        ))}
      </ul>
    </Section>
  );
}

function OpenInvite({ invite }: { readonly invite: ListedInvite }) {
  const client = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => withdrawInvite(invite.id),
    onSuccess: () => say(`The invite of ${invite.person} is withdrawn: its code lets nobody in.`),
    onError: (error) => say(`The invite of ${invite.person} was not withdrawn. ${error.message}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['device-invites'] }),
  });
  return (
    <li className="flex items-center justify-between gap-4 border-b border-line py-1 last:border-b-0">
      <span className="min-w-0 truncate">
        <Raw text={invite.person} oneLine />
        {invite.device !== null && (
          <>
            {' '}
            <span className="text-ink-3">on</span> <Raw text={invite.device} oneLine />
          </>
        )}
      </span>
      <span className="flex shrink-0 items-center gap-3 text-ink-2">
        <span>
          good for <TimeLeft until={invite.expiresAt} />
        </span>
        <button
          type="button"
          className="button text-sm"
          aria-label={`Withdraw the invite of ${invite.person}`}
          disabled={isPending}
          onClick={() => mutate()}
        >
          Withdraw
        </button>
      </span>
    </li>
  );
}
