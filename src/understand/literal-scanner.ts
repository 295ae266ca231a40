/** Called for each place where one of the literals ends; `which` = index of the literal. */
export type LiteralFound = (which: number, end: number) => void;

const alphabet = 128;
/** Control characters that no text of ours holds: they stand in the table for the letters beyond ASCII that literals use. */
const spare = [...Array(9).keys(), ...Array.from({ length: 17 }, (_, i) => i + 14)];

/**
 * One pass over a text finds every occurrence of any of the literals, whatever their case (ASCII). Aho-Corasick as a
 * table of states, so that the cost is one lookup per character. Letters beyond ASCII may be up to 26 different ones.
 */
export function literalScanner(literals: readonly string[]): (text: string, found: LiteralFound) => void {
  const codes = codesOf(literals);
  const next: number[][] = [new Array<number>(alphabet).fill(-1)];
  const ends: number[][] = [[]];
  literals.forEach((literal, which) => {
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      const code = codes[literal.toLowerCase().charCodeAt(i)] as number;
      let to = next[state]?.[code] ?? -1;
      if (to < 0) {
        to = next.push(new Array<number>(alphabet).fill(-1)) - 1;
        ends.push([]);
        (next[state] as number[])[code] = to;
      }
      state = to;
    }
    ends[state]?.push(which);
  });
  const table = linked(next, ends);
  const hasEnd = Uint8Array.from(ends, (list) => (list.length > 0 ? 1 : 0));
  return (text, found) => {
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      const code = codes[text.charCodeAt(i)] as number;
      if (code === none) {
        state = 0;
        continue;
      }
      state = table[(state << 7) | code] as number;
      if (hasEnd[state] === 1) for (const which of ends[state] as readonly number[]) found(which, i + 1);
    }
  };
}

const none = 255;

/** Each UTF-16 unit → its column of the table; upper case falls on lower case. */
function codesOf(literals: readonly string[]): Uint8Array {
  const codes = new Uint8Array(65_536).fill(none);
  for (let code = 0; code < alphabet; code++) codes[code] = code >= 65 && code <= 90 ? code + 32 : code;
  const left = [...spare];
  for (const letter of new Set(literals.join('').toLowerCase())) {
    const code = letter.charCodeAt(0);
    if (code < alphabet) continue;
    const column = left.pop();
    if (column === undefined) throw new Error(`no column left for ${letter}`);
    codes[code] = column;
    codes[letter.toUpperCase().charCodeAt(0)] = column;
  }
  return codes;
}

/** Fills the gaps with where the longest known suffix leads. */
function linked(next: readonly number[][], ends: number[][]): Int32Array {
  const table = new Int32Array(next.length * alphabet);
  const fail = new Int32Array(next.length);
  const queue: number[] = [];
  for (let code = 0; code < alphabet; code++) {
    const to = next[0]?.[code] ?? -1;
    if (to > 0) queue.push(to);
    table[code] = Math.max(0, to);
  }
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at] as number;
    const back = fail[state] as number;
    ends[state]?.push(...(ends[back] ?? []));
    for (let code = 0; code < alphabet; code++) {
      const to = next[state]?.[code] ?? -1;
      const otherwise = table[(back << 7) | code] as number;
      if (to < 0) table[(state << 7) | code] = otherwise;
      else {
        table[(state << 7) | code] = to;
        fail[to] = otherwise;
        queue.push(to);
      }
    }
  }
  return table;
}
