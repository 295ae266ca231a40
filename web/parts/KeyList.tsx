// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { keyList } from '../keys.ts';
import { Dialog } from './Dialog.tsx';

export function KeyTable() {
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-5 gap-y-1.5">
      {keyList.map(([keys, what]) => (
        <div key={keys} className="contents">
          <dt>
            {keys.split('  ').map((key, index) =>
              key === 'or' ? (
                <span key={`${index}`} className="px-1 text-ink-3">
                  or
                </span>
              ) : (
                <kbd key={`${index}`} className="kbd mr-1 font-sans">
                  {key}
                </kbd>
              ),
            )}
          </dt>
          <dd className="text-ink-2">{what}</dd>
        </div>
      ))}
    </dl>
  );
}

export function KeyList({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog label="Keys" onClose={onClose}>
      <div className="overflow-y-auto p-5">
        <h2 className="mb-3 font-semibold">Keys</h2>
        <KeyTable />
      </div>
    </Dialog>
  );
}
