import type { Severity, Verdict } from '../../src/core/verdict.ts';
import { severityFill, severityText, verdictWords } from '../words.ts';

/** Score with its band: number, word and colour. Low is quiet. */
export function Score({ score, severity }: { readonly score: number; readonly severity: Severity }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <span aria-hidden className={`h-4 w-[3px] rounded-full ${severityFill[severity]}`} />
      <span
        className={`min-w-[3ch] text-right ${severity === 'low' ? 'text-ink-3' : `font-semibold ${severityText[severity]}`}`}
      >
        {score}
      </span>
      <span className={severity === 'low' ? 'text-ink-3' : severityText[severity]}>{severity}</span>
    </span>
  );
}

export function VerdictMark({
  verdict,
  shapeOnly,
}: {
  readonly verdict: Pick<Verdict, 'decision' | 'enforced' | 'effective'>;
  readonly shapeOnly?: boolean;
}) {
  const { shape, word } = verdictWords(verdict);
  const quiet = shape === '●';
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap ${quiet ? 'text-ink-3' : 'font-medium text-ink'}`}
    >
      <Shape shape={shape} />
      {shapeOnly ? <span className="sr-only">{word}</span> : word}
    </span>
  );
}

/** Drawn, so that the four have one size in every system's font. */
export function Shape({ shape }: { readonly shape: '●' | '◐' | '■' | '○' }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 12 12"
      className="size-3 shrink-0"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
    >
      {shape === '■' && <rect x="1.5" y="1.5" width="9" height="9" fill="currentColor" stroke="none" />}
      {shape === '●' && <circle cx="6" cy="6" r="4" fill="currentColor" stroke="none" />}
      {shape === '○' && <circle cx="6" cy="6" r="4.2" />}
      {shape === '◐' && (
        <>
          <circle cx="6" cy="6" r="4.2" />
          <path d="M6 1.8a4.2 4.2 0 0 0 0 8.4z" fill="currentColor" stroke="none" />
        </>
      )}
    </svg>
  );
}
