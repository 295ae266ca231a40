import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ConsoleInfo } from '../../src/core/console.ts';
import type { Mode } from '../../src/core/verdict.ts';
import { info, setMode, signOut } from '../api.ts';
import { CopyButton } from '../parts/Copy.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { KeyTable } from '../parts/KeyList.tsx';
import { Facts, Page, Section } from '../parts/Page.tsx';
import { Bones, Connect, Failed } from '../parts/States.tsx';
import { say } from '../parts/Toasts.tsx';
import { type Prefs, setPrefs, usePrefs } from '../prefs.ts';

/** Mode, connection, looks, keys. */
export function Settings() {
  const query = useQuery(info);
  return (
    <Page
      scroll
      title="Settings"
      sentence="The mode of this server, how to connect agents, and how the console looks in this browser."
    >
      <div className="grid max-w-4xl gap-8 px-4 pb-10">
        {query.isError && !query.data && (
          <Failed what="The settings" error={query.error} retry={() => void query.refetch()} />
        )}
        {query.isPending && <Bones lines={8} />}
        {query.data && <ModeChoice about={query.data} />}
        <Section title="Connect an agent">
          <Connect />
        </Section>
        <Looks />
        {query.data && <About about={query.data} />}
        <Section title="Keys">
          <KeyTable />
        </Section>
      </div>
    </Page>
  );
}

const modeWords: Readonly<Record<Mode, string>> = {
  observe: 'Observe: every call is judged and recorded, nothing is blocked. Verdicts say what would have happened.',
  enforce:
    'Enforce: verdicts bind. A denied call does not reach the agent or does not run; some calls wait for a person.',
};

function ModeChoice({ about }: { readonly about: ConsoleInfo }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const other: Mode = about.mode === 'enforce' ? 'observe' : 'enforce';
  const change = useMutation({
    mutationFn: (mode: Mode) => setMode(mode),
    onSuccess: ({ mode }) =>
      say(
        mode === 'enforce'
          ? 'Enforce mode: verdicts bind from now on.'
          : 'Observe mode: nothing is blocked from now on.',
        () => change.mutate(mode === 'enforce' ? 'observe' : 'enforce'),
      ),
    onError: (error) => say(`The mode was not changed. ${error.message}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['info'] }),
  });
  return (
    <Section title="Mode">
      <p>{modeWords[about.mode]}</p>
      {about.canSetMode ? (
        <button type="button" className="button mt-2" disabled={change.isPending} onClick={() => setAsking(true)}>
          Change to {other}
        </button>
      ) : (
        <p className="mt-1 text-ink-2">
          Set when the server starts: <span className="font-mono">bin/warder serve --mode {other}</span>
        </p>
      )}
      {asking && (
        <Dialog label="Change the mode" onClose={() => setAsking(false)}>
          <div className="p-5">
            <p className="font-semibold">
              Change this server from {about.mode} to {other}?
            </p>
            <p className="mt-1 text-ink-2">{modeWords[other]} The change is signed into the receipts.</p>
            <div className="mt-4 flex gap-2">
              <button
                type="button"
                className="button button-main"
                onClick={() => {
                  change.mutate(other);
                  setAsking(false);
                }}
              >
                Change to {other}
              </button>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Keep {about.mode}
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </Section>
  );
}

function Looks() {
  const { theme, utc } = usePrefs();
  const themes: readonly Prefs['theme'][] = ['system', 'light', 'dark'];
  return (
    <Section title="Looks, in this browser">
      <div className="grid gap-3">
        <fieldset className="flex flex-wrap items-center gap-4">
          <legend className="float-left mr-4 w-16 text-ink-3">Colours</legend>
          {themes.map((one) => (
            <label key={one} className="flex items-center gap-1.5">
              <input
                type="radio"
                name="theme"
                className="accent-accent"
                checked={theme === one}
                onChange={() => setPrefs({ theme: one })}
              />
              {one}
            </label>
          ))}
        </fieldset>
        <fieldset className="flex flex-wrap items-center gap-4">
          <legend className="float-left mr-4 w-16 text-ink-3">Times</legend>
          {([false, true] as const).map((one) => (
            <label key={String(one)} className="flex items-center gap-1.5">
              <input
                type="radio"
                name="utc"
                className="accent-accent"
                checked={utc === one}
                onChange={() => setPrefs({ utc: one })}
              />
              {one ? 'UTC' : 'local time'}
            </label>
          ))}
        </fieldset>
      </div>
    </Section>
  );
}

function About({ about }: { readonly about: ConsoleInfo }) {
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => location.reload(),
    onError: (error) => say(`Still signed in. ${error.message}`),
  });
  const mono = 'font-mono text-sm break-all';
  return (
    <Section title="This server">
      <Facts
        facts={[
          ['Version', about.version],
          [
            'Address',
            <span key="u" className={mono}>
              {about.url}
            </span>,
          ],
          [
            'State in',
            <span key="h" className={mono}>
              {about.home}
            </span>,
          ],
          [
            'Policy',
            <span key="p" className={mono}>
              {about.policyDigest}
            </span>,
          ],
          [
            'Signing key',
            <span key="k" className={mono}>
              {about.keyid}
            </span>,
          ],
          [
            'Public key',
            <span key="pem" className="flex items-start gap-2">
              <span className={mono}>{about.publicKeyPem.replace(/-----[^-]+-----|\s/g, '')}</span>
              <CopyButton text={about.publicKeyPem} what="key" />
            </span>,
          ],
          [
            'Signed in as',
            <span key="w" className="flex items-baseline gap-3">
              {about.person || 'nobody by name'}
              <button type="button" className="link" onClick={() => leave.mutate()}>
                Sign out of this browser
              </button>
            </span>,
          ],
        ]}
      />
      <p className="mt-2 text-sm text-ink-3">
        The public key comes from this server. Keep a copy elsewhere: only then can a log signed with another key be
        told apart.
      </p>
    </Section>
  );
}
