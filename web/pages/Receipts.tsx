import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { readCheckpoint, readReceipts } from '../api.ts';
import { VerdictMark } from '../parts/Marks.tsx';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { ReceiptPanel } from '../parts/ReceiptPanel.tsx';
import { Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { Verification } from '../parts/Verification.tsx';
import { type ReadReceipt, readBody } from '../receipts.ts';
import { useRows } from '../rows.ts';
import { Ago } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';

const pageSize = 100;

/** The log is read in its own order; a page here is a stretch of numbers, the newest first. */
const newestFirst = infiniteQueryOptions({
  queryKey: ['receipts', 'newest'] as const,
  queryFn: async ({ pageParam, signal }) => {
    const size = pageParam ?? (await readCheckpoint()).size;
    const from = Math.max(1, size - pageSize + 1);
    if (size === 0) return { items: [], next: null };
    const page = await readReceipts({ from: String(from), limit: String(size - from + 1) }, signal);
    return { items: page.items.map(readBody).reverse(), next: from > 1 ? from - 1 : null };
  },
  initialPageParam: null as number | null,
  getNextPageParam: (page: { next: number | null }) => page.next,
});

const columns: readonly Column<ReadReceipt>[] = [
  {
    id: 'seq',
    title: 'Number',
    track: '72px',
    fixed: true,
    right: true,
    cell: ({ receipt }) => <span className="font-mono text-sm">{receipt.seq}</span>,
  },
  {
    id: 'ts',
    title: 'When',
    track: '88px',
    fixed: true,
    cell: ({ body }) =>
      body ? (
        <span className="text-ink-2">
          <Ago at={body.ts} />
        </span>
      ) : (
        ''
      ),
  },
  {
    id: 'kind',
    title: 'Of',
    track: '132px',
    cell: ({ body }) =>
      body ? (
        `${body.kind}${body.phase === 'system' ? '' : `, ${body.phase}`}`
      ) : (
        <span className="text-alert">not readable</span>
      ),
  },
  {
    id: 'verdict',
    title: 'Verdict',
    track: '108px',
    fixed: true,
    cell: ({ body }) =>
      body?.decision ? (
        <VerdictMark verdict={body.decision} />
      ) : (
        <span className="text-ink-3">{body?.outcome?.status ?? ''}</span>
      ),
  },
  {
    id: 'score',
    title: 'Score',
    track: '52px',
    right: true,
    cell: ({ body }) => (body?.kind === 'decision' ? body.risk.score : ''),
  },
  {
    id: 'tool',
    title: 'Tool',
    track: 'minmax(110px,1fr)',
    fixed: true,
    cell: ({ body }) => <Raw text={body?.note ?? body?.action.tool ?? ''} oneLine />,
  },
  {
    id: 'verbs',
    title: 'Does',
    track: 'minmax(100px,1fr)',
    from: 820,
    cell: ({ body }) => <span className="text-ink-2">{body?.action.verbs.join(' · ')}</span>,
  },
  {
    id: 'person',
    title: 'Person',
    track: '96px',
    from: 900,
    cell: ({ body }) => (
      <span className="text-ink-2">
        <Raw text={body?.principal.person ?? ''} oneLine />
      </span>
    ),
  },
  {
    id: 'point',
    title: 'Where',
    track: '76px',
    from: 760,
    cell: ({ body }) => <span className="text-ink-2">{body?.point}</span>,
  },
  {
    id: 'leaf',
    title: 'Hash',
    track: '96px',
    from: 980,
    cell: ({ receipt }) => <span className="font-mono text-sm text-ink-3">{receipt.leaf.slice(0, 10)}</span>,
  },
];

/** The signed log of every verdict and outcome, and its verification in this browser. */
export function Receipts() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const query = useInfiniteQuery(newestFirst);
  const { rows, more } = useRows<ReadReceipt>(query as never);
  const close = (): void => setUrl({ row: undefined });
  return (
    <Page
      title="Receipts"
      sentence="Every verdict and outcome, signed and chained to the one before it. A receipt holds no content, only keyed hashes."
      panel={url.row && /^\d{1,15}$/.test(url.row) ? <ReceiptPanel seq={Number(url.row)} onClose={close} /> : undefined}
    >
      {rows.length > 0 && <Verification />}
      {query.isError && rows.length === 0 ? (
        <Failed what="The receipts" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Empty title="No receipts yet.">The first verdict of a connected agent writes the first receipt.</Empty>
      ) : (
        <Table
          name="receipts"
          columns={columns}
          rows={rows}
          keyOf={({ receipt }) => String(receipt.seq)}
          narrow={({ receipt, body }) => (
            <>
              <span className="flex gap-3 overflow-hidden">
                <span className="font-mono text-sm">{receipt.seq}</span>
                <span className="truncate">
                  <Raw text={body?.action.tool || body?.note || ''} oneLine />
                </span>
              </span>
              <span className="flex justify-between gap-3 text-sm text-ink-3">
                <span>
                  {body?.kind}, {body?.phase} · {body && <Ago at={body.ts} />}
                </span>
                {body?.decision && <VerdictMark verdict={body.decision} />}
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row, how) => setUrl({ row }, { push: how === 'click' && row !== undefined })}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
    </Page>
  );
}
