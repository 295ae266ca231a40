import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { pageKeys } from '../keys.ts';
import { nextTheme, setPrefs, usePrefs } from '../prefs.ts';
import { Dialog } from './Dialog.tsx';

interface Entry {
  readonly title: string;
  readonly hint: string;
  readonly act: () => void;
}

/** Everything that can be done from anywhere, by typing a part of its name. */
export default function Palette({ onClose, onKeys }: { readonly onClose: () => void; readonly onKeys: () => void }) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const entries = useEntries(typed.trim(), onKeys);
  const current = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined): void => {
    onClose();
    entry?.act();
  };
  return (
    <Dialog label="Palette" onClose={onClose}>
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${current}`}
        aria-label="Go to, find or change"
        placeholder="Go to a page, find a call, open receipt 42 …"
        className="w-full border-b border-line bg-transparent px-4 py-3 text-base outline-none placeholder:text-ink-3"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(current + 1, entries.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
          else if (event.key === 'Enter') run(entries[current]);
          else return;
          event.preventDefault();
        }}
      />
      <div
        id="palette-list"
        role="listbox"
        tabIndex={-1}
        aria-label="Choices"
        className="max-h-[50vh] overflow-y-auto p-1.5"
      >
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field holds the focus and handles the keys of the list
          // biome-ignore lint/a11y/useFocusableInteractive: as above: aria-activedescendant names the active choice
          <div
            key={entry.title}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === current}
            className={`flex cursor-pointer items-baseline justify-between gap-4 rounded px-2.5 py-1.5 ${index === current ? 'bg-accent-soft' : ''}`}
            onClick={() => run(entry)}
            onPointerMove={() => setAt(index)}
          >
            <span className="truncate">{entry.title}</span>
            <span className="shrink-0 text-sm text-ink-3">{entry.hint}</span>
          </div>
        ))}
      </div>
    </Dialog>
  );
}

function useEntries(typed: string, onKeys: () => void): readonly Entry[] {
  const navigate = useNavigate();
  const { theme, utc } = usePrefs();
  const number = /^(?:receipt\s*)?#?(\d{1,12})$/i.exec(typed)?.[1];
  const fixed: Entry[] = [
    ...pageKeys.map(({ key, to, title }) => ({ title, hint: `g ${key}`, act: () => void navigate({ to }) })),
    {
      title: 'Invite a device',
      hint: 'Devices',
      act: () => void navigate({ to: '/devices', search: { invite: '1' } }),
    },
    {
      title: 'Calls that scored 40 or more',
      hint: 'Live',
      act: () => void navigate({ to: '/live', search: { minScore: '40' } }),
    },
    {
      title: 'Calls that were or would be denied',
      hint: 'Live',
      act: () => void navigate({ to: '/live', search: { decision: 'deny' } }),
    },
    {
      title: `Colours: ${theme}, change to ${nextTheme[theme]}`,
      hint: 'looks',
      act: () => setPrefs({ theme: nextTheme[theme] }),
    },
    {
      title: utc ? 'Times: UTC, change to local time' : 'Times: local time, change to UTC',
      hint: 'looks',
      act: () => setPrefs({ utc: !utc }),
    },
    { title: 'Keys', hint: '?', act: onKeys },
  ];
  const found = fixed.filter((entry) => entry.title.toLowerCase().includes(typed.toLowerCase()));
  if (typed === '') return found;
  return [
    ...(number
      ? [
          {
            title: `Open receipt ${number}`,
            hint: 'Receipts',
            act: () => void navigate({ to: '/receipts', search: { row: number } }),
          },
        ]
      : []),
    ...found,
    {
      title: `Find calls with “${typed}”`,
      hint: 'Live',
      act: () => void navigate({ to: '/live', search: { text: typed } }),
    },
  ];
}
