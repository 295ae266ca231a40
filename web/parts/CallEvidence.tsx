// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { Link } from '@tanstack/react-router';
import type { Effect } from '../../src/core/effect.ts';
import type { CallRecord, Finding } from '../../src/core/verdict.ts';
import { marksOf } from '../segments.ts';
import { Exact } from '../time.tsx';
import { actionKindWords, effectWords, severityFill, severityText, verdictWords } from '../words.ts';
import { Input } from './Input.tsx';
import { Score, Shape } from './Marks.tsx';
import { Facts, Section } from './Page.tsx';
import { Phases } from './Phases.tsx';
import { HiddenNote, Raw } from './Raw.tsx';

const mainFields: Readonly<Record<string, string>> = {
  shell: 'command',
  'file-read': 'file_path',
  'file-write': 'file_path',
  'file-edit': 'file_path',
  'web-fetch': 'url',
  agent: 'prompt',
};

/** Everything known of one call, evidence first: what it is, what it would do, why it scored, what was decided, what happened. */
export function CallEvidence({ call }: { readonly call: CallRecord }) {
  const mainField = mainFields[call.action.kind];
  return (
    <div className="@container">
      <div className="grid gap-x-10 gap-y-6 @4xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-6">
          <Section title={`${call.tool}: ${actionKindWords[call.action.kind]}, word for word`}>
            <Input
              input={call.input}
              marks={marksOf(call.findings, call.effects)}
              {...(mainField ? { mainField } : {})}
            />
            <HiddenNote text={call.tool} />
          </Section>
          <VerdictSection call={call} />
          <Section title={call.findings.length === 0 ? 'Why this score' : `Why ${call.score}: factors by weight`}>
            <Factors findings={call.findings} />
          </Section>
        </div>
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-6">
          <Section title="What it would do">
            <Effects effects={call.effects} unparsed={call.unparsed} opaque={call.opaque} />
          </Section>
          <Section title="What happened">
            <Phases phases={call.phases} />
          </Section>
          <Origin call={call} />
        </div>
      </div>
    </div>
  );
}

function Origin({ call }: { readonly call: CallRecord }) {
  return (
    <Section title="Where it came from">
      <Facts
        facts={[
          ['Asked', <Exact key="at" at={call.at} />],
          [
            'Session',
            <Link
              key="session"
              to="/sessions/$id"
              params={{ id: call.session }}
              search={{ row: call.id }}
              className="link font-mono break-all"
            >
              <Raw text={call.session} />
            </Link>,
          ],
          [
            'Agent',
            <span key="agent">
              <Raw text={call.agent} />
              {call.subagent && (
                <>
                  {' '}
                  · sub-agent <Raw text={call.subagent} />
                </>
              )}
            </span>,
          ],
          [
            'Person',
            <span key="person">
              <Raw text={call.person} /> on <Raw text={call.device} />
            </span>,
          ],
          call.cwd !== undefined && [
            'Directory',
            <span key="cwd" className="font-mono">
              <Raw text={call.cwd} />
            </span>,
          ],
          [
            'Call',
            <span key="id" className="font-mono break-all">
              <Raw text={call.id} />
            </span>,
          ],
          call.toolUseId !== '' && [
            'Tool use',
            <span key="use" className="font-mono break-all">
              <Raw text={call.toolUseId} />
            </span>,
          ],
        ]}
      />
    </Section>
  );
}

function VerdictSection({ call }: { readonly call: CallRecord }) {
  const { shape, word } = verdictWords(call);
  return (
    <Section title="Verdict">
      <div className="rounded border border-line px-3 py-2.5">
        <div className="flex flex-wrap items-center gap-x-5 gap-y-1">
          <span className="inline-flex items-center gap-2 font-semibold">
            <Shape shape={shape} />
            {word.charAt(0).toUpperCase() + word.slice(1)}
          </span>
          <Score score={call.score} severity={call.severity} />
          {call.receipt === null ? (
            <span className="text-ink-3">no receipt yet</span>
          ) : (
            <Link to="/receipts" search={{ row: String(call.receipt) }} className="link">
              receipt {call.receipt}
            </Link>
          )}
        </div>
        {call.why && (
          <p className="mt-1.5">
            <Raw text={call.why} />
          </p>
        )}
        <p className="mt-1 text-ink-2">
          {call.rules.length === 0 ? 'No rule matched.' : call.rules.length === 1 ? 'Rule ' : 'Rules '}
          {call.rules.map((rule, index) => (
            <span key={rule}>
              {index > 0 && ', '}
              <span className="font-mono">
                <Raw text={rule} />
              </span>
            </span>
          ))}
          {!call.enforced && (
            <span className="text-ink-3">{call.rules.length > 0 && '. '} Observe mode: recorded, not enforced.</span>
          )}
        </p>
      </div>
    </Section>
  );
}

function Factors({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) return <p className="text-ink-2">No detector found anything in this call.</p>;
  return (
    <ol className="grid gap-2.5" id="factors">
      {findings.map((finding, index) => (
        <li
          key={`${finding.detector}-${index}`}
          className="grid grid-cols-[1rem_3.5rem_minmax(0,1fr)] items-baseline gap-x-2"
        >
          <span className="text-right text-xs text-ink-3">{index + 1}</span>
          <span className="flex items-center gap-1.5">
            <span className={`w-6 text-right font-semibold ${severityText[finding.severity]}`}>{finding.weight}</span>
            <span aria-hidden className="h-1.5 w-6 overflow-hidden rounded-sm bg-sunk">
              <span
                className={`block h-full ${severityFill[finding.severity]}`}
                style={{ width: `${finding.weight}%` }}
              />
            </span>
          </span>
          <span>
            <Raw text={finding.why} />
            <span className="block text-sm text-ink-3">
              <span className={severityText[finding.severity]}>{finding.severity}</span> · {finding.detector}
              {finding.evidence && (
                <>
                  {' '}
                  · in <span className="font-mono">{finding.evidence.field}</span>
                </>
              )}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}

function Effects({
  effects,
  unparsed,
  opaque,
}: {
  readonly effects: readonly Effect[];
  readonly unparsed: boolean;
  readonly opaque: readonly string[];
}) {
  return (
    <div className="grid gap-1.5">
      {effects.length === 0 && !unparsed && (
        <p className="text-ink-2">Nothing that reaches outside the conversation.</p>
      )}
      <ul className="grid gap-1.5">
        {effects.slice(0, 40).map((effect, index) => (
          <li key={`${index}`} className="grid grid-cols-[minmax(0,1fr)] gap-x-3">
            <span>
              {effectWords(effect)}
              <span className="text-ink-3">
                {' '}
                by <Raw text={effect.by} />
              </span>
            </span>
            {effect.resource.name && (
              <span className="font-mono text-sm break-all text-ink-2">
                <Raw text={effect.resource.name} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {effects.length > 40 && <p className="text-ink-3">and {effects.length - 40} more effects</p>}
      {(unparsed || opaque.length > 0) && (
        <div className="border-l-2 border-review-fill pl-3">
          <p>
            {unparsed
              ? 'Some of this could not be parsed; it is scored as such.'
              : 'Some of this cannot be known before it runs.'}
          </p>
          <ul className="text-ink-2">
            {opaque.map((why) => (
              <li key={why}>
                <Raw text={why} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
