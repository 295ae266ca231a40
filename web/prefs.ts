import { useSyncExternalStore } from 'react';

/** What a person has chosen in this browser. */
export interface Prefs {
  readonly theme: 'system' | 'light' | 'dark';
  readonly utc: boolean;
  /** Hidden columns, by table. */
  readonly hidden: Readonly<Record<string, readonly string[]>>;
}

const key = 'warder-prefs';
const unset: Prefs = { theme: 'system', utc: false, hidden: {} };
const watchers = new Set<() => void>();
let prefs: Prefs = load();

function load(): Prefs {
  try {
    const stored: Partial<Prefs> = JSON.parse(localStorage.getItem(key) ?? '{}');
    return { ...unset, ...stored };
  } catch {
    // Storage that is blocked or damaged: the choices of a new browser.
    return unset;
  }
}

const currentPrefs = (): Prefs => prefs;

export function setPrefs(change: Partial<Prefs>): void {
  prefs = { ...prefs, ...change };
  try {
    localStorage.setItem(key, JSON.stringify(prefs));
  } catch {
    // Blocked storage: the choice lasts until the page is left.
  }
  showTheme();
  for (const watcher of watchers) watcher();
}

export function showTheme(): void {
  if (prefs.theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = prefs.theme;
}

export const usePrefs = (): Prefs =>
  useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, currentPrefs);

export const nextTheme = { system: 'light', light: 'dark', dark: 'system' } as const;
