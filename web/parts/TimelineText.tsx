import { useState } from 'react';
import type { BriefCall, TimelineItem } from '../../src/core/console.ts';
import { usePrefs } from '../prefs.ts';
import { clock, span } from '../time.tsx';
import type { TimelineRow } from '../timeline-rows.ts';
import { actionLine, verdictWords } from '../words.ts';
import { Score, VerdictMark } from './Marks.tsx';
import { HiddenNote, Raw } from './Raw.tsx';

/** A call in one line, with why it scored as it did and what it brought or followed. */
export function CallLine({
  call,
  row,
  atOf,
}: {
  readonly call: BriefCall;
  readonly row: TimelineRow;
  readonly atOf: (key: string) => string | undefined;
}) {
  const { utc } = usePrefs();
  const outcome = call.phases.findLast((phase) => phase.outcome)?.outcome;
  const shape = verdictWords(call).shape;
  const told = call.severity !== 'low' || shape !== '●';
  return (
    <>
      <span className="flex items-center gap-x-3 max-[620px]:flex-wrap">
        <span className="w-28 max-w-full shrink-0 truncate text-ink-2 max-[620px]:w-auto">
          <Raw text={call.tool} oneLine />
        </span>
        <span className="min-w-0 flex-1 truncate font-mono text-sm">
          <Raw text={actionLine(call.action)} oneLine />
        </span>
        {outcome && (
          <span className={`text-sm max-[620px]:hidden ${outcome.status === 'ok' ? 'text-ink-3' : 'text-ink-2'}`}>
            {outcome.status}
            {outcome.durationMs !== undefined && ` ${span(outcome.durationMs)}`}
          </span>
        )}
        {shape !== '●' && <VerdictMark verdict={call} />}
        <span className="w-[104px] max-[620px]:w-auto">
          <Score score={call.score} severity={call.severity} />
        </span>
      </span>
      {told && call.findings[0] && (
        <span className="block pl-31 text-sm text-ink-2 wrap-anywhere max-[620px]:pl-0">
          <Raw text={call.findings[0].why} />
          {call.findings.length > 1 && <span className="text-ink-3"> and {call.findings.length - 1} more</span>}
        </span>
      )}
      {row.brings.length > 0 && (
        <span
          className={`block pl-31 text-sm wrap-anywhere max-[620px]:pl-0 ${call.score >= 40 ? 'text-alert' : 'text-ink-3'}`}
        >
          {row.brings[0]?.kind === 'sensitive' ? 'Sensitive data was read here: ' : 'Untrusted content came in here: '}
          <Raw text={row.brings[0]?.what ?? ''} oneLine />
        </span>
      )}
      {row.follows.map((thread) => (
        <span
          key={`${thread.from}-${thread.kind}`}
          className={`block pl-31 text-sm wrap-anywhere max-[620px]:pl-0 ${call.score >= 40 ? 'text-alert' : 'text-ink-3'}`}
        >
          May have been shaped by what came in{atOf(thread.from) ? ` at ${clock(atOf(thread.from) ?? '', utc)}` : ''}:{' '}
          <Raw text={thread.what} oneLine />
        </span>
      ))}
    </>
  );
}

const eventWords: Readonly<Record<string, string>> = {
  'session-start': 'Session started',
  'session-end': 'Session ended',
  'subagent-start': 'Sub-agent started',
  'subagent-end': 'Sub-agent ended',
  'permission-asked': 'Permission asked',
  'config-change': 'Configuration changed',
  'tools-declared': 'Tools declared',
  notice: 'Notice',
  unparsed: 'Not understood, kept as it came',
};

const foldAfter = 600;

/** What was said, or what happened beside the calls. */
export function EventLine({ event }: { readonly event: Extract<TimelineItem, { kind: 'event' }>['event'] }) {
  const [open, setOpen] = useState(false);
  const spoken = event.kind === 'prompt' || event.kind === 'answer';
  const folded = !open && (event.text.length > foldAfter || event.text.split('\n').length > 10);
  if (!spoken) {
    return (
      <span className="block text-ink-3 wrap-anywhere">
        {eventWords[event.kind] ?? event.kind}
        {event.text && (
          <>
            : <Raw text={event.text} oneLine />
          </>
        )}
      </span>
    );
  }
  return (
    <span className={`block max-w-[84ch] ${event.kind === 'prompt' ? 'border-l-2 border-ink-3 pl-3' : 'pl-3.5'}`}>
      <span className="block text-sm text-ink-3">
        {event.kind === 'prompt' ? (event.subagent ? 'Prompt to the sub-agent' : 'Prompt') : 'Answer'}
      </span>
      <span
        className={`wrap-anywhere whitespace-pre-wrap ${event.kind === 'prompt' ? '' : 'text-ink-2'} ${folded ? 'line-clamp-5' : 'block'}`}
      >
        <Raw text={folded ? event.text.slice(0, 2_000) : event.text} />
      </span>
      <HiddenNote text={event.text} />
      {(folded || open) && (
        <button type="button" className="button-quiet -ml-2 text-sm" onClick={() => setOpen(!open)}>
          {open ? 'Fold again' : 'Show all'}
        </button>
      )}
    </span>
  );
}
