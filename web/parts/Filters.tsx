import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useKeys } from '../keys.ts';
import { setPrefs, usePrefs } from '../prefs.ts';
import { useSetUrl, useUrl } from '../url.ts';
import { Raw } from './Raw.tsx';
import type { Column } from './Table.tsx';

export type Choice = readonly [value: string, word: string];

/** One filter as a chip; its value lives in the address under `name`. `none` is the word for no filter. */
export function FilterChip({
  name,
  label,
  choices,
  none = 'any',
}: {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly none?: string;
}) {
  const value = useUrl()[name];
  const setUrl = useSetUrl();
  const known = value === undefined || choices.some(([choice]) => choice === value);
  return (
    <label className="chip" data-set={value !== undefined}>
      {label}
      <select value={value ?? ''} onChange={(event) => setUrl({ [name]: event.target.value, row: undefined })}>
        <option value="">{none}</option>
        {choices.map(([choice, word]) => (
          <option key={choice} value={choice}>
            {word}
          </option>
        ))}
        {!known && <option value={value}>{value}</option>}
      </select>
    </label>
  );
}

/** A filter that was set by a link: shown while it is set, and can be taken away. */
export function SetChip({ name, label }: { readonly name: string; readonly label: string }) {
  const value = useUrl()[name];
  const setUrl = useSetUrl();
  if (value === undefined) return null;
  return (
    <button
      type="button"
      className="chip max-w-72"
      data-set="true"
      aria-label={`Remove the filter ${label}`}
      onClick={() => setUrl({ [name]: undefined, row: undefined })}
    >
      {label}
      <span className="truncate font-medium">
        <Raw text={value} oneLine />
      </span>
      <span aria-hidden>×</span>
    </button>
  );
}

/** Search on this page, `/` to get there. Follows the typing with a short delay. */
export function SearchField({ label, name = 'text' }: { readonly label: string; readonly name?: string }) {
  const value = useUrl()[name] ?? '';
  const setUrl = useSetUrl();
  const [typed, setTyped] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const wait = setTimeout(() => setUrl({ [name]: typed, row: undefined }), 250);
    return () => clearTimeout(wait);
  }, [typed, value, name, setUrl]);
  useKeys({ '/': () => field.current?.focus() });
  return (
    <input
      ref={field}
      type="search"
      className="field w-56 max-[620px]:w-full"
      aria-label={label}
      placeholder={`${label}   /`}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

/** Which columns are shown. */
export function ColumnChoice<T>({
  table,
  columns,
}: {
  readonly table: string;
  readonly columns: readonly Column<T>[];
}) {
  const { hidden } = usePrefs();
  const id = useId();
  const gone = hidden[table] ?? [];
  const flip = (column: string): void =>
    setPrefs({
      hidden: { ...hidden, [table]: gone.includes(column) ? gone.filter((one) => one !== column) : [...gone, column] },
    });
  return (
    <div className="relative max-[900px]:hidden">
      <button type="button" className="button-quiet" popoverTarget={id}>
        Columns{gone.length > 0 ? ` (${gone.length} hidden)` : ''}
      </button>
      <Menu id={id}>
        {columns
          .filter((column) => !column.fixed)
          .map((column) => (
            <label key={column.id} className="flex items-center gap-2 rounded px-2 py-1 hover:bg-sunk">
              <input
                type="checkbox"
                className="accent-accent"
                checked={!gone.includes(column.id)}
                onChange={() => flip(column.id)}
              />
              {column.title}
            </label>
          ))}
      </Menu>
    </div>
  );
}

/** A small list that opens under its button, on the top layer; closed by Esc or a click elsewhere. */
function Menu({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = menu.current;
    const place = (event: Event): void => {
      const button = document.querySelector(`[popovertarget="${CSS.escape(id)}"]`);
      if (!element || !button || !(event instanceof ToggleEvent) || event.newState !== 'open') return;
      const box = button.getBoundingClientRect();
      element.style.top = `${box.bottom + 4}px`;
      element.style.left = `${Math.max(8, box.right - 200)}px`;
    };
    element?.addEventListener('beforetoggle', place);
    return () => element?.removeEventListener('beforetoggle', place);
  }, [id]);
  return (
    <div
      ref={menu}
      id={id}
      popover="auto"
      className="fixed m-0 w-[200px] rounded border border-strong bg-sheet p-1.5 text-ink shadow-lg"
    >
      {children}
    </div>
  );
}
