/** Called for each place where one of the literals ends; `which` = index of the literal. */
export type LiteralFound = (which: number, end: number) => void;

/** Set in the number of a state where a literal ends; what is left of it is the state. */
const ending = 0x8000;

/**
 * One pass over a text finds every occurrence of any of the literals, whatever their case (ASCII). Aho-Corasick as a
 * table of states, so that the cost is one lookup per character. Only letters that occur in a literal have a column, all
 * others lead back to the beginning: the smaller the table, the more of it stays near the processor.
 */
export function literalScanner(literals: readonly string[]): (text: string, found: LiteralFound) => void {
  const { columns, shift } = columnsOf(literals);
  const next: number[][] = [[]];
  const ends: number[][] = [[]];
  literals.forEach((literal, which) => {
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      const column = columns[literal.toLowerCase().charCodeAt(i)] as number;
      let to = next[state]?.[column];
      if (to === undefined) {
        to = next.push([]) - 1;
        ends.push([]);
        (next[state] as number[])[column] = to;
      }
      state = to;
    }
    ends[state]?.push(which);
  });
  const table = linked(next, ends, shift);
  return (text, found) => {
    const { length } = text;
    let state = 0;
    for (let i = 0; i < length; i++) {
      const to = table[(state << shift) | (columns[text.charCodeAt(i)] as number)] as number;
      state = to;
      if (to >= ending) {
        state = to ^ ending;
        for (const which of ends[state] as readonly number[]) found(which, i + 1);
      }
    }
  };
}

/** Each UTF-16 unit → its column of the table; upper case falls on lower case, what occurs in no literal on column 0. */
function columnsOf(literals: readonly string[]): { readonly columns: Uint8Array; readonly shift: number } {
  const columns = new Uint8Array(65_536);
  const letters = [...new Set(literals.join('').toLowerCase())].sort();
  for (const [index, letter] of letters.entries()) {
    const column = index + 1;
    if (column > 255) throw new Error(`no column left for ${letter}`);
    columns[letter.charCodeAt(0)] = column;
    const upper = letter.toUpperCase();
    if (upper.length === 1) columns[upper.charCodeAt(0)] = column;
  }
  return { columns, shift: Math.ceil(Math.log2(letters.length + 1)) };
}

/** Fills the gaps with where the longest known suffix leads. */
function linked(next: readonly number[][], ends: number[][], shift: number): Uint16Array {
  if (next.length >= ending) throw new Error('too many literals for one scanner');
  const width = 1 << shift;
  const table = new Uint16Array(next.length << shift);
  const fail = new Uint16Array(next.length);
  const queue: number[] = [];
  for (let column = 0; column < width; column++) {
    const to = next[0]?.[column] ?? 0;
    if (to > 0) queue.push(to);
    table[column] = to;
  }
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at] as number;
    const back = fail[state] as number;
    ends[state]?.push(...(ends[back] ?? []));
    for (let column = 0; column < width; column++) {
      const to = next[state]?.[column];
      const otherwise = table[(back << shift) | column] as number;
      if (to === undefined) table[(state << shift) | column] = otherwise;
      else {
        table[(state << shift) | column] = to;
        fail[to] = otherwise;
        queue.push(to);
      }
    }
  }
  for (let at = 0; at < table.length; at++) {
    const to = table[at] as number;
    if ((ends[to] as number[]).length > 0) table[at] = to | ending;
  }
  return table;
}
