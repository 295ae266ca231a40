import { useSyncExternalStore } from 'react';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo?: () => void;
}

const shownForMs = 10_000;
const watchers = new Set<() => void>();
let toasts: readonly Toast[] = [];
let last = 0;

const change = (next: readonly Toast[]): void => {
  toasts = next;
  for (const watcher of watchers) watcher();
};
const remove = (id: number): void => change(toasts.filter((toast) => toast.id !== id));

/** Say what was done, with the way back for ten seconds. */
export function say(text: string, undo?: () => void): void {
  last += 1;
  const id = last;
  change([...toasts.slice(-2), { id, text, ...(undo ? { undo } : {}) }]);
  setTimeout(() => remove(id), shownForMs);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => toasts,
  );
  return (
    <div role="status" className="fixed bottom-4 left-1/2 z-40 grid -translate-x-1/2 gap-2">
      {shown.map((toast) => (
        <div
          key={toast.id}
          className="flex max-w-[calc(100vw-24px)] items-center gap-3 rounded bg-ink px-3.5 py-2 text-paper shadow-lg"
        >
          <span>{toast.text}</span>
          {toast.undo && (
            <button
              type="button"
              className="font-semibold underline underline-offset-2"
              onClick={() => {
                toast.undo?.();
                remove(toast.id);
              }}
            >
              Undo
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
