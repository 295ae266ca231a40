import { useEffect, useRef } from 'react';

export type KeyMap = Readonly<Record<string, ((event: KeyboardEvent) => void) | undefined>>;

/** Pages by the letter that follows `g`. */
export const pageKeys = [
  { key: 'o', to: '/', title: 'Overview' },
  { key: 'l', to: '/live', title: 'Live' },
  { key: 's', to: '/sessions', title: 'Sessions' },
  { key: 'a', to: '/alerts', title: 'Alerts' },
  { key: 'w', to: '/approvals', title: 'Approvals' },
  { key: 'u', to: '/usage', title: 'Usage' },
  { key: 'g', to: '/agents', title: 'Agents' },
  { key: 'd', to: '/devices', title: 'Devices' },
  { key: 'c', to: '/coverage', title: 'Coverage' },
  { key: 'i', to: '/inventory', title: 'Inventory' },
  { key: 't', to: '/tools', title: 'Tools & MCP' },
  { key: 'r', to: '/receipts', title: 'Receipts' },
  { key: 'p', to: '/settings', title: 'Settings' },
] as const;

export const keyList: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'Search on this page'],
  ['Ctrl K  or  ⌘ K', 'Palette: go anywhere, find a call, change how it looks'],
  ['j  k', 'Next or previous row'],
  ['Enter', 'Open the row; once more for its full page'],
  ['Esc', 'Close the panel'],
  ['e', 'Explain: why this call scored as it did'],
  ['a', 'Acknowledge the selected alert'],
  ['y y', 'Approve the call that waits; the first press only opens it'],
  ['n', 'Deny the call that waits'],
  ['Space', 'Pause or resume Live'],
  ['?', 'This list'],
  ...pageKeys.map(({ key, title }) => [`g  ${key}`, title] as const),
];

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

const stack: { current: KeyMap }[] = [];
const chordMs = 1_200;
let chordStarted = Number.NEGATIVE_INFINITY;

/** Keys that have no sign of their own. */
const spelled: Readonly<Record<string, string>> = {
  ArrowDown: 'down',
  ArrowUp: 'up',
  Enter: 'enter',
  Escape: 'escape',
  ' ': 'space',
};

function nameOf(event: KeyboardEvent): string | null {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') return 'palette';
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === 'g' && event.timeStamp - chordStarted > chordMs) {
    chordStarted = event.timeStamp;
    return null;
  }
  const key = spelled[event.key] ?? event.key;
  const chord = event.timeStamp - chordStarted <= chordMs;
  chordStarted = Number.NEGATIVE_INFINITY;
  return chord ? `g ${key}` : key;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const typing = isTyping(event.target);
  if (typing && event.key !== 'Escape' && !((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k'))
    return;
  if (document.querySelector('dialog[open]')) return;
  if (typing && event.key === 'Escape') {
    // A search field would be emptied by it, and with it the list that was searched for.
    event.preventDefault();
    (event.target as HTMLElement).blur();
    return;
  }
  // A focused button or link keeps its own keys.
  const onControl = event.target instanceof HTMLElement && event.target.closest('button, a, summary') !== null;
  if (onControl && (event.key === 'Enter' || event.key === ' ')) return;
  const name = nameOf(event);
  if (name === null) return;
  for (const map of stack.toReversed()) {
    const act = map.current[name];
    if (!act) continue;
    event.preventDefault();
    act(event);
    return;
  }
}

/** Keys that work while the component is there; the newest component is asked first. Not while typing. */
export function useKeys(map: KeyMap): void {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    if (stack.length === 0) document.addEventListener('keydown', onKeyDown);
    stack.push(latest);
    return () => {
      stack.splice(stack.indexOf(latest), 1);
      if (stack.length === 0) document.removeEventListener('keydown', onKeyDown);
    };
  }, []);
}
