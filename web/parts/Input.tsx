// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { useState } from 'react';
import { type Field, fieldsOf, type Mark, segments, windows } from '../segments.ts';
import { count, plural, severityLine, severityText } from '../words.ts';
import { HiddenNote, Raw } from './Raw.tsx';

/** A call's input, word for word, with what was read in it underlined. Short fields in a list, long ones in a block each. */
export function Input({
  input,
  marks,
  mainField,
}: {
  readonly input: unknown;
  readonly marks: readonly Mark[];
  readonly mainField?: string;
}) {
  const fields = fieldsOf(input).toSorted((a, b) => Number(b.path === mainField) - Number(a.path === mainField));
  const isBlock = (field: Field): boolean =>
    !field.bare &&
    (field.path === mainField ||
      field.text.length > 90 ||
      field.text.includes('\n') ||
      marks.some((mark) => mark.field === field.path));
  const blocks = fields.filter(isBlock);
  const others = fields.filter((field) => !isBlock(field));
  if (fields.length === 0) return <p className="text-ink-3">The input is empty.</p>;
  return (
    <div className="grid gap-2">
      {blocks.map((field) => (
        <div key={field.path}>
          {(blocks.length > 1 || field.path !== mainField) && (
            <div className="mb-0.5 font-mono text-xs text-ink-3">{field.path || 'input'}</div>
          )}
          <Block text={field.text} marks={marks.filter((mark) => mark.field === field.path)} />
          <HiddenNote text={field.text} />
        </div>
      ))}
      {others.length > 0 && (
        <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3 gap-y-0.5 font-mono text-sm">
          {others.map((field) => (
            <div key={field.path} className="contents">
              <dt className="text-ink-3">{field.path || 'input'}</dt>
              <dd className="min-w-0 break-words">
                <Raw text={field.text} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** One text in monospace; a long one shows its head and the evidence until it is unfolded. */
export function Block({ text, marks = [] }: { readonly text: string; readonly marks?: readonly Mark[] }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? null : windows(text, marks);
  const hiddenLines = shown?.reduce((sum, window) => sum + (window.kind === 'fold' ? window.lines : 0), 0) ?? 0;
  return (
    <div>
      <div className="code px-2.5 py-2">
        {shown === null ? (
          <Marked text={text} offset={0} marks={marks} />
        ) : (
          shown.map((window, index) =>
            window.kind === 'lines' ? (
              <Marked
                key={`${index}`}
                text={text.slice(window.start, window.end)}
                offset={window.start}
                marks={marks}
              />
            ) : (
              <div
                key={`${index}`}
                className="my-0.5 border-y border-dashed border-line font-sans text-xs text-ink-3 select-none"
              >
                {window.lines > 0
                  ? `${plural(window.lines, 'line')} folded`
                  : `${count(window.characters)} characters folded`}
              </div>
            ),
          )
        )}
      </div>
      {(shown !== null || whole) && (
        <button type="button" className="button-quiet mt-1 text-sm" onClick={() => setWhole(!whole)}>
          {whole
            ? 'Fold again'
            : hiddenLines > 0
              ? `Show all, ${plural(hiddenLines, 'more line')}`
              : `Show all ${count(text.length)} characters`}
        </button>
      )}
    </div>
  );
}

function Marked({
  text,
  offset,
  marks,
}: {
  readonly text: string;
  readonly offset: number;
  readonly marks: readonly Mark[];
}) {
  const here = marks
    .filter((mark) => mark.end > offset && mark.start < offset + text.length)
    .map((mark) => ({ ...mark, start: mark.start - offset, end: mark.end - offset }));
  if (here.length === 0) return <Raw text={text} />;
  return (
    <>
      {segments(text, here).map((segment, index) => (
        <span key={`${index}`}>
          <span
            className={
              segment.severity ? `evidence ${severityLine[segment.severity]}` : segment.touched ? 'touched' : ''
            }
          >
            <Raw text={segment.text} />
          </span>
          {segment.ends.length > 0 && (
            <sup className={`evidence-number ${severityText[segment.severity ?? 'low']}`}>{segment.ends.join(' ')}</sup>
          )}
        </span>
      ))}
    </>
  );
}
