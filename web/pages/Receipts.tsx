import { infiniteQueryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Receipt, ReceiptBody } from '../../src/core/verdict.ts';
import { info, readCheckpoint, readReceipts } from '../api.ts';
import { VerdictMark } from '../parts/Marks.tsx';
import { Facts, Page, Panel, Section } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { Verification } from '../parts/Verification.tsx';
import { useRows } from '../rows.ts';
import { Ago, Exact } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { readKey, wrongWith } from '../verify.ts';
import { count } from '../words.ts';

const pageSize = 100;

/** A receipt with its body read; null when the body is not what a receipt says. */
interface Row {
  readonly receipt: Receipt;
  readonly body: ReceiptBody | null;
}

function readBody(receipt: Receipt): Row {
  try {
    const body: ReceiptBody = JSON.parse(receipt.body);
    return {
      receipt,
      body: typeof body === 'object' && body !== null && typeof body.action === 'object' ? body : null,
    };
  } catch {
    // A damaged body is shown as damaged; verification says the same.
    return { receipt, body: null };
  }
}

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

const columns: readonly Column<Row>[] = [
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
  const { rows, more } = useRows<Row>(query as never);
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

function ReceiptPanel({ seq, onClose }: { readonly seq: number; readonly onClose: () => void }) {
  const query = useQuery({
    queryKey: ['receipt', seq],
    // The one before comes along: its hash is what this one is chained to.
    queryFn: ({ signal }) => readReceipts({ from: String(Math.max(1, seq - 1)), limit: '2' }, signal),
  });
  const receipt = query.data?.items.find((one) => one.seq === seq);
  const before = query.data?.items.find((one) => one.seq === seq - 1);
  const body = receipt ? readBody(receipt).body : null;
  return (
    <Panel label="The selected receipt" title={`Receipt ${count(seq)}`} onClose={onClose}>
      {query.isPending && <Bones lines={10} />}
      {query.isError && <Failed what="This receipt" error={query.error} retry={() => void query.refetch()} />}
      {query.data && !receipt && <p className="text-ink-2">There is no receipt {seq}.</p>}
      {receipt && <OneChecked receipt={receipt} prev={seq === 1 ? '0'.repeat(64) : (before?.leaf ?? null)} />}
      {body && <BodyFacts body={body} />}
      {receipt && (
        <>
          <Section title="Signed text, word for word">
            <div className="code max-h-72 overflow-y-auto px-2.5 py-2 break-all">
              <Raw text={receipt.body} />
            </div>
          </Section>
          <Section title="Hash: SHA-256(0x00 ‖ text)">
            <div className="font-mono text-sm break-all">{receipt.leaf}</div>
          </Section>
          <Section title="Signature: Ed25519, base64">
            <div className="font-mono text-sm break-all">
              <Raw text={receipt.sig} />
            </div>
          </Section>
        </>
      )}
    </Panel>
  );
}

function BodyFacts({ body }: { readonly body: ReceiptBody }) {
  return (
    <Section title="What it says">
      <Facts
        facts={[
          ['Kind', `${body.kind}, ${body.phase}, by ${body.point}`],
          ['When', <Exact key="w" at={body.ts} />],
          body.call !== '' && [
            'Call',
            <Link key="c" to="/calls/$id" params={{ id: body.call }} className="link font-mono break-all">
              <Raw text={body.call} />
            </Link>,
          ],
          body.decision && ['Verdict', <VerdictMark key="v" verdict={body.decision} />],
          body.decision && [
            'Rules',
            <span key="r" className="font-mono">
              <Raw text={body.decision.rules.join(', ') || 'none'} />
            </span>,
          ],
          body.outcome && ['Outcome', body.outcome.status],
          body.note !== undefined && ['Note', <Raw key="n" text={body.note} />],
          [
            'Risk',
            `${body.risk.score} ${body.risk.severity}${body.risk.detectors.length > 0 ? `: ${body.risk.detectors.join(', ')}` : ''}`,
          ],
          [
            'Person',
            <span key="p">
              <Raw text={body.principal.person} /> on <Raw text={body.principal.device} />, known by{' '}
              {body.principal.via}
            </span>,
          ],
          ['Agent', <Raw key="a" text={`${body.agent.kind} ${body.agent.version ?? ''}`} />],
          [
            'Input',
            <span key="i" className="font-mono text-sm break-all">
              {body.input_hash}
            </span>,
          ],
          [
            'Policy',
            <span key="po" className="font-mono text-sm break-all">
              {body.policy.digest}
            </span>,
          ],
          [
            'Follows',
            <span key="f" className="font-mono text-sm break-all">
              {body.prev}
            </span>,
          ],
        ]}
      />
    </Section>
  );
}

/** One receipt checked as soon as it is opened. */
function OneChecked({ receipt, prev }: { readonly receipt: Receipt; readonly prev: string | null }) {
  const about = useQuery(info);
  const pem = about.data?.publicKeyPem;
  const check = useQuery({
    queryKey: ['check', receipt.seq, receipt.leaf, prev],
    enabled: pem !== undefined && globalThis.isSecureContext,
    queryFn: async () => {
      const key = await readKey(pem ?? '');
      return { wrong: await wrongWith(receipt, receipt.seq, prev, key), signature: key !== null };
    },
  });
  if (!globalThis.isSecureContext)
    return (
      <p className="text-ink-2">
        Browsers check signatures only on https or loopback addresses. bin/warder verify checks this log anywhere.
      </p>
    );
  if (check.isError) return <p className="text-alert">Could not be checked: {check.error.message}</p>;
  if (!check.data) return <Bones lines={1} />;
  if (check.data.wrong)
    return (
      <p role="alert" className="font-semibold text-critical">
        This receipt does not hold: {check.data.wrong}.
      </p>
    );
  return (
    <p>
      <span className="font-semibold">This receipt holds:</span> hash, place in the chain
      {check.data.signature ? ' and signature' : ''} were checked in this browser.
      {!check.data.signature && ' This browser has no Ed25519, so the signature was not.'}
    </p>
  );
}
