// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiFailure, info } from '../api.ts';
import { CopyButton } from './Copy.tsx';

/** Grey bars where text will be; the layout does not move when it comes. */
export function Bones({ lines = 3 }: { readonly lines?: number }) {
  const widths = ['w-3/4', 'w-1/2', 'w-2/3', 'w-5/6', 'w-1/3'];
  return (
    <div role="status" aria-label="Loading" className="grid gap-3 py-1">
      {Array.from({ length: lines }, (_, line) => (
        <div key={`${line}`} className={`bone h-4 ${widths[line % widths.length]}`} />
      ))}
    </div>
  );
}

/** What failed, what still works, what to do. */
export function Failed({
  what,
  error,
  retry,
}: {
  readonly what: string;
  readonly error: unknown;
  readonly retry?: () => void;
}) {
  const failure = error instanceof ApiFailure ? error : null;
  const signedOut = failure?.status === 401;
  return (
    <div role="alert" className="m-4 max-w-xl rounded border border-strong bg-sheet p-4">
      <p className="font-semibold">
        {signedOut ? 'This browser is no longer signed in.' : `${what} could not be loaded.`}
      </p>
      <p className="mt-1 text-ink-2">
        {signedOut
          ? 'Type bin/warder login on the machine Warder runs on and open the link it prints.'
          : (failure?.message ?? 'The answer could not be read.')}
      </p>
      {!signedOut && failure?.status !== 404 && (
        <p className="mt-1 text-ink-2">
          The other pages may still work. Recording and verdicts do not depend on this page.
        </p>
      )}
      {retry && !signedOut && (
        <button type="button" className="button mt-3" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What would appear here, and what makes it appear. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="m-4 max-w-3xl rounded border border-line bg-sheet p-5">
      <p className="font-semibold">{title}</p>
      <div className="mt-1 text-ink-2">{children}</div>
    </div>
  );
}

/** The lines that connect an agent, with this server's address. */
export function Connect() {
  const { data } = useQuery(info);
  const url = data?.url ?? '';
  return (
    <div>
      <ol className="mt-3 grid gap-1.5">
        {(data?.connect ?? ['', '', '']).map((line, index) => {
          const [command = '', comment] = line.split(/\s+#\s+/);
          return (
            <li
              key={line || `${index}`}
              className="grid items-baseline gap-x-3 min-[720px]:grid-cols-[minmax(0,auto)_1fr]"
            >
              <span className="code flex w-fit max-w-full items-center gap-2 py-0.5 pr-1 pl-2">
                {command ? <span className="min-w-0">{command}</span> : <span className="bone h-4 w-56" />}
                {command && <CopyButton text={command} what="command" />}
              </span>
              {comment && <span className="text-ink-2">{comment}</span>}
            </li>
          );
        })}
      </ol>
      {url && (
        <p className="mt-4 text-sm text-ink-3">
          Gateway <span className="font-mono text-ink-2">{url}/anthropic</span> · hooks{' '}
          <span className="font-mono text-ink-2">{url}/hooks/claude-code</span>. No agent at hand?{' '}
          <span className="font-mono text-ink-2">bin/warder demo</span> replays recorded sessions.
        </p>
      )}
    </div>
  );
}
