import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { oneCall } from '../api.ts';
import { useKeys } from '../keys.ts';
import { CallEvidence } from './CallEvidence.tsx';
import { Panel } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

/** Brings the reasons of the call on screen into view. */
export const explain = (): void =>
  document.getElementById('factors')?.scrollIntoView({ block: 'center', behavior: 'auto' });

export function CallPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const query = useQuery(oneCall(id));
  useKeys({ e: explain });
  return (
    <Panel
      label="Evidence of the selected call"
      title={query.data ? <Raw text={query.data.tool} /> : 'Call'}
      onClose={onClose}
      full={
        <Link to="/calls/$id" params={{ id }} className="link whitespace-nowrap">
          Full page
        </Link>
      }
    >
      {query.data ? (
        <CallEvidence call={query.data} />
      ) : query.isError ? (
        <Failed what="This call" error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Bones lines={12} />
      )}
    </Panel>
  );
}
