import type { ReactNode } from 'react';
import { useEffect } from 'react';

/** Title, one sentence of what it shows, filters, then the content; the evidence of the selected row to its right. */
export function Page({
  title,
  sentence,
  actions,
  filters,
  children,
  panel,
  scroll,
}: {
  readonly title: ReactNode;
  readonly sentence: ReactNode;
  readonly actions?: ReactNode;
  readonly filters?: ReactNode;
  readonly children: ReactNode;
  readonly panel?: ReactNode;
  /** The page itself scrolls (not a table in it). */
  readonly scroll?: boolean;
}) {
  useEffect(() => {
    document.title = typeof title === 'string' ? `${title} · Warder` : 'Warder';
  }, [title]);
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <main className={`flex min-h-0 min-w-0 flex-1 flex-col ${scroll ? 'overflow-y-auto' : ''}`}>
        <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2 px-4 pt-4 pb-3">
          <div className="min-w-0">
            <h1 className="text-lg font-semibold">{title}</h1>
            <p className="max-w-[96ch] text-ink-2">{sentence}</p>
          </div>
          {actions && <div className="flex items-center gap-2">{actions}</div>}
        </header>
        {filters && <div className="flex flex-wrap items-center gap-2 px-4 pb-3">{filters}</div>}
        {children}
      </main>
      {panel}
    </div>
  );
}

/** The right-hand side: evidence of the selected row. Covers the page where there is no room beside it. */
export function Panel({
  label,
  title,
  onClose,
  full,
  children,
}: {
  readonly label: string;
  readonly title: ReactNode;
  readonly onClose: () => void;
  /** Link to the page of its own. */
  readonly full?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <aside
      aria-label={label}
      className="flex min-h-0 w-[clamp(420px,38vw,620px)] shrink-0 flex-col border-l border-line bg-sheet max-[980px]:fixed max-[980px]:inset-y-0 max-[980px]:right-0 max-[980px]:z-30 max-[980px]:w-[min(560px,100vw)] max-[980px]:shadow-2xl"
    >
      <header className="flex items-center gap-3 border-b border-line px-4 py-2.5">
        <div className="min-w-0 flex-1 truncate font-semibold">{title}</div>
        {full}
        <button type="button" className="button-quiet" onClick={onClose} aria-label="Close the panel">
          Close <span className="kbd">Esc</span>
        </button>
      </header>
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] content-start gap-6 overflow-y-auto px-4 py-4">
        {children}
      </div>
    </aside>
  );
}

/** Label and value, one under another. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [label: string, value: ReactNode] | null | false | undefined)[];
}) {
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1">
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]} className="contents">
              <dt className="text-ink-3">{fact[0]}</dt>
              <dd className="min-w-0 break-words">{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

export function Section({
  title,
  children,
  aside,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly aside?: ReactNode;
}) {
  return (
    <section className="min-w-0">
      <div className="mb-1.5 flex items-baseline justify-between gap-3">
        <h2 className="section-title">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
