// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { memo } from 'react';
import { hiddenIn, pieces } from '../visible.ts';

/** Text an agent, a model or a tool wrote: only ever text, hidden and look-alike characters made visible. */
export const Raw = memo(function Raw({ text, oneLine }: { readonly text: string; readonly oneLine?: boolean }) {
  const shown = oneLine
    ? text
        .slice(0, 600)
        .replace(/\r?\n\s*/g, ' ⏎ ')
        .replace(/\t/g, ' ')
    : text;
  return (
    <bdi className="raw">
      {pieces(shown).map((piece, index) => {
        if (piece.kind === 'text') return piece.text;
        if (piece.kind === 'hidden')
          return (
            <span key={`${index}`} className="raw-hidden" title={piece.label}>
              {piece.code}
            </span>
          );
        return (
          <span key={`${index}`} className="raw-lookalike" title={`${piece.code}, looks like ${piece.like}`}>
            {piece.text}
          </span>
        );
      })}
    </bdi>
  );
});

/** In words what `Raw` made visible; nothing when nothing is hidden. */
export function HiddenNote({ text }: { readonly text: string }) {
  const found = hiddenIn(text);
  if (found.length === 0) return null;
  return (
    <p className="mt-1 text-sm text-alert">
      Not what it seems: {found.slice(0, 6).join('; ')}
      {found.length > 6 ? `; and ${found.length - 6} more kinds` : ''}.
    </p>
  );
}
