/** A stretch of added text: its words, and where they begin in the field that holds them. */
export interface Added {
  readonly text: string;
  readonly start: number;
}

/** What an edit does to a text, line by line. */
export interface Difference {
  readonly added: readonly Added[];
  /** Lines that are gone, joined. */
  readonly removed: string;
}

/** Longer texts are compared up to here. */
const maxText = 131_072;

/**
 * Before → after: the lines that are new, neighbours together, and those that are gone. A line that stood there before,
 * anywhere, is not new: what an edit is judged by is what it adds.
 */
export function difference(before: string, after: string): Difference {
  if (before === '') return { added: after === '' ? [] : [{ text: after.slice(0, maxText), start: 0 }], removed: '' };
  const stood = countLines(before.slice(0, maxText));
  const added: Added[] = [];
  let text = '';
  let start = 0;
  let at = 0;
  for (const line of after.slice(0, maxText).split('\n')) {
    const times = stood.get(line.trim()) ?? 0;
    if (times > 0) {
      stood.set(line.trim(), times - 1);
      if (text !== '') added.push({ text, start });
      text = '';
    } else if (line.trim() !== '' || text !== '') {
      if (text === '') start = at;
      text = text === '' ? line : `${text}\n${line}`;
    }
    at += line.length + 1;
  }
  if (text !== '') added.push({ text, start });
  const removed: string[] = [];
  for (const [line, times] of stood) if (times > 0 && line !== '') removed.push(line);
  return { added, removed: removed.join('\n') };
}

function countLines(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) counts.set(line.trim(), (counts.get(line.trim()) ?? 0) + 1);
  return counts;
}
