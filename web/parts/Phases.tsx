import { Link } from '@tanstack/react-router';
import type { PhaseRecord, Verdict } from '../../src/core/verdict.ts';
import { usePrefs } from '../prefs.ts';
import { exact, span } from '../time.tsx';
import { Block } from './Input.tsx';
import { VerdictMark } from './Marks.tsx';
import { HiddenNote } from './Raw.tsx';

const phaseWords = {
  asked: 'Asked by the model',
  before: 'Before it runs',
  after: 'After it ran',
  result: 'Result sent to the model',
} as const;

function approvalWords({ how, by, note }: NonNullable<Verdict['approval']>): string {
  const who = {
    approved: `approved by ${by}`,
    denied: `denied by ${by || 'Warder'}`,
    expired: 'nobody answered in time',
    cancelled: 'the wait was cancelled',
  }[how];
  return note && how !== 'expired' ? `${who}: ${note}` : who;
}

/** What happened to a call, in order: asked, before, after, result. */
export function Phases({ phases }: { readonly phases: readonly PhaseRecord[] }) {
  const { utc } = usePrefs();
  if (phases.length === 0) return <p className="text-ink-2">Nothing has been reported yet.</p>;
  return (
    <ol className="grid">
      {phases.map((phase, index) => {
        const before = phases[index - 1];
        const gap = before ? Date.parse(phase.at) - Date.parse(before.at) : 0;
        const last = index === phases.length - 1;
        return (
          <li key={`${phase.phase}-${phase.at}`} className="grid grid-cols-[10px_minmax(0,1fr)] gap-x-3">
            <span aria-hidden className="flex flex-col items-center">
              <span className="mt-[7px] size-[7px] shrink-0 rounded-full border border-ink-3 bg-sheet" />
              {!last && <span className="w-px flex-1 bg-strong" />}
            </span>
            <div className={last ? '' : 'pb-3'}>
              <div className="flex flex-wrap items-baseline gap-x-3">
                <span className="font-medium">{phaseWords[phase.phase]}</span>
                <span className="text-ink-3">{phase.source}</span>
                {phase.verdict && <VerdictMark verdict={phase.verdict} />}
                {phase.outcome && (
                  <span className={phase.outcome.status === 'ok' ? 'text-ink-2' : 'font-medium'}>
                    {phase.outcome.status}
                    {phase.outcome.durationMs !== undefined && ` in ${span(phase.outcome.durationMs)}`}
                  </span>
                )}
                {phase.receipt !== undefined && (
                  <Link to="/receipts" search={{ row: String(phase.receipt) }} className="link text-sm">
                    receipt {phase.receipt}
                  </Link>
                )}
              </div>
              <div className="text-sm text-ink-3">
                {exact(phase.at, utc)}
                {before && gap >= 0 && ` · ${span(gap)} later`}
                {phase.verdict?.approval && ` · ${approvalWords(phase.verdict.approval)}`}
                {phase.verdict?.degraded && <span className="text-alert"> · degraded: {phase.verdict.degraded}</span>}
              </div>
              {phase.outcome && phase.outcome.secrets > 0 && (
                <p className="text-sm text-alert">
                  {phase.outcome.secrets} {phase.outcome.secrets === 1 ? 'secret' : 'secrets'} masked in the result.
                </p>
              )}
              {phase.outcome?.excerpt && (
                <div className="mt-1">
                  <Block text={phase.outcome.excerpt} />
                  <HiddenNote text={phase.outcome.excerpt} />
                </div>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
