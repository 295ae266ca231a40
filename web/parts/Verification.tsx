import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Checkpoint } from '../../src/core/store.ts';
import { info, readCheckpoint, readReceipts } from '../api.ts';
import { span } from '../time.tsx';
import { type Progress, readCheckpointText, type Verified, verifyLog } from '../verify.ts';
import { count, plural } from '../words.ts';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: Verified }
  | { readonly kind: 'failed'; readonly why: string };

/** Checks the whole log in this browser: every signature, hash and link, and optionally a checkpoint saved earlier. */
export function Verification() {
  const about = useQuery(info);
  const [state, setState] = useState<State>({ kind: 'idle' });
  const [pasted, setPasted] = useState('');
  const [withSaved, setWithSaved] = useState(false);
  const stop = useRef(false);
  const saved = pasted.trim() === '' ? null : readCheckpointText(pasted);
  const unreadable = pasted.trim() !== '' && saved === null;
  const run = async (pem: string): Promise<void> => {
    stop.current = false;
    try {
      const checkpoint = await readCheckpoint();
      setState({ kind: 'running', progress: { checked: 0, total: checkpoint.size } });
      const read = async (from: number) => (await readReceipts({ from: String(from), limit: '500' })).items;
      const result = await verifyLog(
        { read, checkpoint },
        pem,
        saved,
        (progress) => setState({ kind: 'running', progress }),
        () => stop.current,
      );
      setState(stop.current ? { kind: 'idle' } : { kind: 'done', result });
    } catch (cause) {
      setState({ kind: 'failed', why: cause instanceof Error ? cause.message : 'The log could not be read.' });
    }
  };
  if (!globalThis.isSecureContext) {
    return (
      <p className="px-4 pb-3 text-ink-2">
        Browsers check signatures only on https or loopback addresses.{' '}
        <span className="font-mono">bin/warder verify</span> checks this log anywhere.
      </p>
    );
  }
  return (
    <section aria-label="Verification" className="mx-4 mb-3 rounded border border-line bg-sheet px-4 py-3">
      <div className="flex flex-wrap items-center gap-3">
        {state.kind === 'running' ? (
          <button type="button" className="button" onClick={() => (stop.current = true)}>
            Stop
          </button>
        ) : (
          <button
            type="button"
            className="button button-main"
            disabled={!about.data || unreadable}
            onClick={() => about.data && void run(about.data.publicKeyPem)}
          >
            Verify the log
          </button>
        )}
        <Answer state={state} />
        <span className="ml-auto flex flex-wrap gap-1">
          <button
            type="button"
            className="button-quiet"
            aria-expanded={withSaved}
            onClick={() => setWithSaved(!withSaved)}
          >
            Against a saved checkpoint
          </button>
          <SaveCheckpoint />
        </span>
      </div>
      {withSaved && <SavedField pasted={pasted} setPasted={setPasted} unreadable={unreadable} saved={saved} />}
    </section>
  );
}

function Answer({ state }: { readonly state: State }) {
  switch (state.kind) {
    case 'idle':
      return (
        <span className="text-ink-2">
          Reads every receipt and checks signature, hash and order here, in this browser.
        </span>
      );
    case 'running': {
      const { checked, total } = state.progress;
      return (
        <span role="status" className="flex items-center gap-3">
          <progress
            className="h-1.5 w-48 overflow-hidden rounded-sm accent-accent"
            max={total}
            value={checked}
            aria-label="Receipts checked"
          />
          {count(checked)} of {count(total)}
        </span>
      );
    }
    case 'failed':
      return <span role="alert">The log could not be read to its end. {state.why}</span>;
    case 'done':
      return <Result result={state.result} />;
    default:
      return state satisfies never;
  }
}

function Result({ result }: { readonly result: Verified }) {
  if (result.broken) {
    const { seq, why } = result.broken;
    return (
      <span role="alert">
        <span className="font-semibold text-critical">The log does not hold.</span> {count(result.checked)} checked
        before it.{' '}
        {seq > 0 ? (
          <>
            First broken:{' '}
            <Link to="/receipts" search={{ row: String(seq) }} className="link">
              receipt {count(seq)}
            </Link>
            : {why}.
          </>
        ) : (
          <>{why}.</>
        )}
      </span>
    );
  }
  return (
    <span role="status">
      <span className="font-semibold">{plural(result.checked, 'receipt')} verified</span> in {span(result.tookMs)}:{' '}
      {result.signatures
        ? 'signatures, hashes and order'
        : 'hashes and order; this browser has no Ed25519, so no signatures'}
      .{' '}
      {result.checkpoint ?? (
        <span className="text-ink-2">A cut at its end would show only against a checkpoint saved earlier.</span>
      )}
    </span>
  );
}

function SavedField({
  pasted,
  setPasted,
  unreadable,
  saved,
}: {
  readonly pasted: string;
  readonly setPasted: (text: string) => void;
  readonly unreadable: boolean;
  readonly saved: Checkpoint | null;
}) {
  return (
    <div className="mt-3 grid gap-2">
      <label className="grid gap-1">
        <span className="text-sm text-ink-2">
          Paste a checkpoint, or choose its file. It is compared here and sent nowhere.
        </span>
        <textarea
          className="field h-20 resize-y py-1.5 font-mono text-sm"
          spellCheck={false}
          placeholder='{"v":1,"size":…,"head":"…","ts":"…","keyid":"…","sig":"…"}'
          value={pasted}
          onChange={(event) => setPasted(event.target.value)}
        />
      </label>
      <div className="flex flex-wrap items-center gap-3 text-sm">
        <input
          type="file"
          accept=".json,application/json,text/plain"
          aria-label="Checkpoint file"
          onChange={(event) => void event.target.files?.[0]?.text().then(setPasted)}
        />
        {unreadable && (
          <span role="alert" className="text-alert">
            This is not a checkpoint.
          </span>
        )}
        {saved && (
          <span className="text-ink-2">
            Checkpoint of {plural(saved.size, 'receipt')}, {saved.ts}.
          </span>
        )}
      </div>
    </div>
  );
}

/** The log's length and head, signed, as a file to keep elsewhere. */
function SaveCheckpoint() {
  const save = async (): Promise<void> => {
    const checkpoint = await readCheckpoint();
    const address = URL.createObjectURL(new Blob([`${JSON.stringify(checkpoint)}\n`], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `warder-checkpoint-${checkpoint.size}.json`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <button type="button" className="button-quiet" onClick={() => void save()}>
      Save a checkpoint
    </button>
  );
}
