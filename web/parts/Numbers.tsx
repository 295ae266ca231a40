import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Overview as Figures } from '../../src/core/store.ts';
import { count, plural } from '../words.ts';

function Figure({
  value,
  of,
  children,
}: {
  readonly value: number;
  readonly of: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="min-w-0 border-l border-line pl-3 first:border-l-0 first:pl-0 @max-3xl:border-l-0 @max-3xl:pl-0">
      <div className="text-ink-2">{children}</div>
      <div className="text-xl font-semibold">{count(value)}</div>
      <div className="text-sm text-ink-3">{of}</div>
    </div>
  );
}

/** How much of what, each number leading to its rows. */
export function Numbers({
  figures,
  since,
  within,
}: {
  readonly figures: Figures;
  readonly since: string;
  readonly within: string;
}) {
  const ofCalls = `of ${plural(figures.calls, 'call')}, ${within}`;
  return (
    <div className="grid grid-cols-2 gap-4 rounded border border-line bg-sheet px-4 py-3 @3xl:grid-cols-6">
      <Figure value={figures.calls} of={`in ${within}`}>
        <Link to="/live" search={{ since }} className="link">
          Calls
        </Link>
      </Figure>
      <Figure value={figures.denied} of={ofCalls}>
        <Link to="/live" search={{ since, decision: 'deny' }} className="link">
          Denied
        </Link>
      </Figure>
      <Figure value={figures.wouldDeny} of={ofCalls}>
        <Link to="/live" search={{ since, decision: 'deny' }} className="link">
          Would be denied
        </Link>
      </Figure>
      <Figure value={figures.openAlerts} of="open now, any age">
        <Link to="/alerts" className="link">
          Alerts
        </Link>
      </Figure>
      <Figure value={figures.sessions} of={`active in ${within}`}>
        <Link to="/sessions" className="link">
          Sessions
        </Link>
      </Figure>
      <Figure value={figures.people} of={`${figures.people === 1 ? 'person' : 'people'}, ${within}`}>
        <Link to="/agents" className="link">
          People
        </Link>
      </Figure>
    </div>
  );
}
