import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ConsoleApproval } from '../../src/core/console.ts';
import { approvals, decideApproval } from '../api.ts';
import { ApprovalPanel, type Decision } from '../parts/ApprovalPanel.tsx';
import { Score } from '../parts/Marks.tsx';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { TimeLeft } from '../parts/TimeLeft.tsx';
import { say } from '../parts/Toasts.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { actionLine, plural } from '../words.ts';

const lineOf = ({ record, tool }: ConsoleApproval): string => (record ? actionLine(record.action) || tool : tool);

const columns: readonly Column<ConsoleApproval>[] = [
  { id: 'left', title: 'Time left', track: '84px', fixed: true, cell: ({ until }) => <TimeLeft until={until} /> },
  {
    id: 'risk',
    title: 'Risk',
    track: '104px',
    fixed: true,
    cell: ({ record }) => record && <Score score={record.score} severity={record.severity} />,
  },
  {
    id: 'call',
    title: 'Call',
    track: 'minmax(160px,2fr)',
    fixed: true,
    cell: (row) => (
      <span className="font-mono text-sm">
        <Raw text={lineOf(row)} oneLine />
      </span>
    ),
  },
  {
    id: 'why',
    title: 'Why you are asked',
    track: 'minmax(140px,1fr)',
    from: 900,
    cell: ({ why }) => (
      <span className="text-ink-2">
        <Raw text={why} oneLine />
      </span>
    ),
  },
  {
    id: 'person',
    title: 'Person and agent',
    track: 'minmax(110px,180px)',
    from: 720,
    cell: ({ person, agent }) => (
      <span className="text-ink-2">
        <Raw text={`${person}, ${agent}`} oneLine />
      </span>
    ),
  },
];

const armedForMs = 3000;

/** Decides, says so, and asks the server what still waits. */
function useDecide(): (approval: ConsoleApproval, decision: Decision, note?: string) => void {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (change: { approval: ConsoleApproval; decision: Decision; note: string }) =>
      decideApproval(change.approval.id, { decision: change.decision, note: change.note }),
    onSuccess: (_done, { approval, decision }) =>
      say(`${approval.tool} ${decision === 'approve' ? 'may run' : 'was denied'}. The receipt names you.`),
    onError: (error, { approval }) => say(`${approval.tool} was not decided. ${error.message}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['approvals'] }),
  });
  return (approval, decision, note = '') => mutate({ approval, decision, note });
}

/** Calls that wait for a person at the gateway: what they are, why they were stopped, and how long there is. */
export function Approvals() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const query = useQuery(approvals);
  const decide = useDecide();
  const [armed, arm] = useState<string | null>(null);
  useEffect(() => {
    if (armed === null) return;
    const timer = setTimeout(() => arm(null), armedForMs);
    return () => clearTimeout(timer);
  }, [armed]);
  const rows = query.data?.items ?? [];
  // One key too many must not let a call go: the first press opens it, the second approves.
  const approve = (row: ConsoleApproval): void => {
    if (armed === row.id) decide(row, 'approve');
    else setUrl({ row: row.id });
    arm(armed === row.id ? null : row.id);
  };
  return (
    <Page
      title="Approvals"
      sentence="Calls that wait for a person. Their agents get no answer until somebody decides here, or the time is over."
      panel={
        url.row ? (
          <ApprovalPanel
            key={url.row}
            approval={rows.find(({ id }) => id === url.row)}
            onClose={() => setUrl({ row: undefined })}
            decide={decide}
            armed={armed === url.row}
          />
        ) : undefined
      }
      filters={
        rows.length > 0 && <span className="ml-auto text-sm text-ink-3">{plural(rows.length, 'call')} waiting</span>
      }
    >
      {query.isError && !query.data ? (
        <Failed what="The approvals" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Empty title="Nothing waits for you.">
          While enforcing, a call whose verdict is “ask” waits here when no hook of its agent can ask. How long is set
          in <span className="font-mono">config.json</span>: <span className="font-mono">{example}</span>
        </Empty>
      ) : (
        <Table
          name="approvals"
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          narrow={(row) => (
            <>
              <span className="truncate font-mono text-sm">
                <Raw text={lineOf(row)} oneLine />
              </span>
              <span className="flex justify-between gap-3 text-sm text-ink-3">
                <span className="truncate">
                  <TimeLeft until={row.until} /> left · <Raw text={`${row.person}, ${row.agent}`} oneLine />
                </span>
                {row.record && <Score score={row.record.score} severity={row.record.severity} />}
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row, how) => setUrl({ row }, { push: how === 'click' && row !== undefined })}
          keys={{ y: approve, n: (row) => decide(row, 'deny') }}
          loading={query.isPending}
        />
      )}
    </Page>
  );
}

const example = '"approvals": {"waitSeconds": 120, "fallback": "deny"}';
