import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ConsoleApproval } from '../../src/core/console.ts';
import { oneCall } from '../api.ts';
import { useKeys } from '../keys.ts';
import { CallEvidence } from './CallEvidence.tsx';
import { explain } from './CallPanel.tsx';
import { Panel, Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';
import { TimeLeft } from './TimeLeft.tsx';

export type Decision = 'approve' | 'deny';

interface ApprovalPanelProps {
  readonly approval: ConsoleApproval | undefined;
  readonly onClose: () => void;
  readonly decide: (approval: ConsoleApproval, decision: Decision, note: string) => void;
  /** `y` was pressed once for this call; a second time approves it. */
  readonly armed: boolean;
}

/** One call that waits: what to decide, how long there is, and everything known of the call. */
export function ApprovalPanel({ approval: listed, onClose, decide, armed }: ApprovalPanelProps) {
  // What was decided meanwhile, here or elsewhere, stays readable until the panel is closed.
  const [kept, keep] = useState(listed);
  useEffect(() => {
    if (listed) keep(listed);
  }, [listed]);
  const approval = listed ?? kept;
  const call = useQuery({ ...oneCall(approval?.call ?? ''), enabled: approval !== undefined });
  useKeys({ e: explain });
  return (
    <Panel
      label="The selected call that waits"
      title={approval ? <Raw text={approval.tool} oneLine /> : 'No longer waiting'}
      onClose={onClose}
      full={
        approval && (
          <Link to="/calls/$id" params={{ id: approval.call }} className="link whitespace-nowrap">
            Call page
          </Link>
        )
      }
    >
      {!approval ? (
        <p className="text-ink-2">This call does not wait any more: somebody decided, or its client went away.</p>
      ) : (
        <>
          {listed ? (
            <Deciding approval={listed} decide={decide} armed={armed} />
          ) : (
            <p className="rounded border border-line p-3 text-ink-2">
              It does not wait any more. What became of it stands under “What happened”.
            </p>
          )}
          <Section title="Why you are asked">
            <p>
              <Raw text={approval.why} />
            </p>
          </Section>
          {call.data ? (
            <CallEvidence call={call.data} />
          ) : call.isError ? (
            <Failed what="The call" error={call.error} retry={() => void call.refetch()} />
          ) : (
            <Bones lines={10} />
          )}
        </>
      )}
    </Panel>
  );
}

function Deciding({
  approval,
  decide,
  armed,
}: {
  readonly approval: ConsoleApproval;
  readonly decide: ApprovalPanelProps['decide'];
  readonly armed: boolean;
}) {
  const [note, setNote] = useState('');
  return (
    <div className="grid gap-2 rounded border border-line p-3">
      <p className="text-sm text-ink-2">
        <TimeLeft until={approval.until} /> left, then it is{' '}
        <span className="font-medium text-ink">{approval.fallback === 'allow' ? 'let go' : 'denied'}</span>. The agent
        of <Raw text={approval.person} /> waits for the answer.
      </p>
      <input
        className="field w-full"
        aria-label="Note"
        placeholder="Note: stands in the receipt; with a no, the model reads it"
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button button-main" onClick={() => decide(approval, 'approve', note)}>
          {armed ? 'Press y again to approve' : 'Approve this call'} <span className="ml-1 opacity-75">y y</span>
        </button>
        <button type="button" className="button" onClick={() => decide(approval, 'deny', note)}>
          Deny <span className="ml-1 opacity-75">n</span>
        </button>
      </div>
    </div>
  );
}
