/** A stretch of two texts compared: in both, only in the old one, only in the new one. `…` stands for what both share. */
export interface Piece {
  readonly kind: 'same' | 'gone' | 'new' | 'skipped';
  readonly text: string;
}

const mostCells = 4_000_000;
/** Parts on each side of a change that stay in view. */
const context = { words: 30, lines: 3 };

/** Old → new, word by word or line by line. Two long texts without much in common are compared as a whole. Shared stretches are shortened. */
export function differ(before: string, after: string, by: 'words' | 'lines' = 'words'): readonly Piece[] {
  const partsOf = by === 'words' ? wordsOf : linesOf;
  const [old, now] = [partsOf(before), partsOf(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const [oldMiddle, nowMiddle] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const pieces: Piece[] = [];
  const add = (kind: Piece['kind'], text: string): void => {
    const last = pieces.at(-1);
    if (text === '') return;
    if (last?.kind === kind) pieces[pieces.length - 1] = { kind, text: last.text + text };
    else pieces.push({ kind, text });
  };
  add('same', old.slice(0, start).join(''));
  if (oldMiddle.length * nowMiddle.length > mostCells) {
    add('gone', oldMiddle.join(''));
    add('new', nowMiddle.join(''));
  } else compare(oldMiddle, nowMiddle, add);
  add('same', old.slice(old.length - end).join(''));
  return pieces.flatMap((piece, index) => shortened(piece, index > 0, index < pieces.length - 1, by));
}

const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];
const wordsOf = (text: string): readonly string[] => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

/** Longest common subsequence. Source: Hunt and McIlroy, as a table. */
function compare(
  old: readonly string[],
  now: readonly string[],
  add: (kind: Piece['kind'], text: string) => void,
): void {
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      add('same', old[i] ?? '');
      i += 1;
      j += 1;
    } else if (j >= now.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) add('gone', old[i++] ?? '');
    else add('new', now[j++] ?? '');
  }
}

/** A long shared stretch keeps what stands next to a change. */
function shortened(piece: Piece, follows: boolean, leads: boolean, by: 'words' | 'lines'): readonly Piece[] {
  const parts = by === 'words' ? wordsOf(piece.text) : linesOf(piece.text);
  const around = context[by];
  const kept = (follows ? around : 0) + (leads ? around : 0);
  if (piece.kind !== 'same' || parts.length <= kept + around / 3) return [piece];
  const head: Piece = { kind: 'same', text: parts.slice(0, follows ? around : 0).join('') };
  const tail: Piece = { kind: 'same', text: leads ? parts.slice(-around).join('') : '' };
  const left = parts.slice(follows ? around : 0, leads ? -around : undefined).filter((part) => /\S/.test(part)).length;
  const skipped: Piece = { kind: 'skipped', text: `${left} ${by} unchanged` };
  return [head, skipped, tail].filter(({ text }) => text !== '');
}
