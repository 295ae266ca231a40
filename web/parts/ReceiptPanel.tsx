import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Receipt, ReceiptBody } from '../../src/core/verdict.ts';
import { info, readReceipts } from '../api.ts';
import { readBody } from '../receipts.ts';
import { Exact } from '../time.tsx';
import { readKey, wrongWith } from '../verify.ts';
import { count } from '../words.ts';
import { VerdictMark } from './Marks.tsx';
import { Facts, Panel, Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

/** One receipt, checked as soon as it is opened, and what it says. */
export function ReceiptPanel({ seq, onClose }: { readonly seq: number; readonly onClose: () => void }) {
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

/** Whether it holds. */
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
