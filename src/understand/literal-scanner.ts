/** Called for each place where one of the literals ends; `which` = index of the literal. */
export type LiteralFound = (which: number, end: number) => void;

const alphabet = 128;

/**
 * One pass over a text finds every occurrence of any of the literals, whatever their case (ASCII). Aho-Corasick as a
 * table of states, so that the cost is one lookup per character.
 */
export function literalScanner(literals: readonly string[]): (text: string, found: LiteralFound) => void {
  const next: number[][] = [new Array<number>(alphabet).fill(-1)];
  const ends: number[][] = [[]];
  literals.forEach((literal, which) => {
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      const code = literal.toLowerCase().charCodeAt(i);
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
      let code = text.charCodeAt(i);
      if (code >= alphabet) {
        state = 0;
        continue;
      }
      if (code >= 65 && code <= 90) code += 32;
      state = table[(state << 7) | code] as number;
      if (hasEnd[state] === 1) for (const which of ends[state] as readonly number[]) found(which, i + 1);
    }
  };
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
