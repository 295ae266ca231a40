import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { oneCall } from '../api.ts';
import { useKeys } from '../keys.ts';
import { CallEvidence } from '../parts/CallEvidence.tsx';
import { explain } from '../parts/CallPanel.tsx';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Failed } from '../parts/States.tsx';
import { Ago } from '../time.tsx';
import { verdictWords } from '../words.ts';

/** One call with all its evidence, at an address of its own. */
export function Call() {
  const { id } = useParams({ from: '/calls/$id' });
  const query = useQuery(oneCall(id));
  useKeys({ e: explain });
  const call = query.data;
  return (
    <Page
      scroll
      title={
        call ? (
          <>
            Call of <Raw text={call.tool} oneLine />
          </>
        ) : (
          'Call'
        )
      }
      sentence={
        call ? (
          <>
            {verdictWords(call).word}, score {call.score}, <Ago at={call.at} /> by <Raw text={call.person} oneLine />
          </>
        ) : (
          'One tool call with all its evidence.'
        )
      }
      actions={
        call && (
          <Link to="/sessions/$id" params={{ id: call.session }} search={{ row: call.id }} className="link">
            See it in its session
          </Link>
        )
      }
    >
      <div className="mx-4 mb-8 max-w-[1280px] rounded border border-line bg-sheet p-5">
        {call ? (
          <CallEvidence call={call} />
        ) : query.isError ? (
          <Failed what="This call" error={query.error} retry={() => void query.refetch()} />
        ) : (
          <Bones lines={14} />
        )}
      </div>
    </Page>
  );
}
