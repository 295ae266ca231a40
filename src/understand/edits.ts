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

/** Of a longer text its head and its tail are looked at. */
const headLength = 49_152;
const tailLength = 16_384;

/** True when the middle of a text is not looked at. */
export const tooLong = (text: string): boolean => text.length > headLength + tailLength;

/** The parts that are looked at. */
function parts(text: string): readonly Added[] {
  if (!tooLong(text)) return [{ text, start: 0 }];
  const tail = text.length - tailLength;
  return [
    { text: text.slice(0, headLength), start: 0 },
    { text: text.slice(tail), start: tail },
  ];
}

/**
 * Before → after: the lines that are new, neighbours together, and those that are gone. A line that stood there before,
 * anywhere, is not new: what an edit is judged by is what it adds.
 */
export function difference(before: string, after: string): Difference {
  if (before === '') return { added: after === '' ? [] : parts(after), removed: '' };
  const stood = new Map<string, number>();
  for (const part of parts(before)) countLines(part.text, stood);
  const added = parts(after).flatMap((part) => newLines(part, stood));
  const removed: string[] = [];
  for (const [line, times] of stood) if (times > 0 && line !== '') removed.push(line);
  return { added, removed: removed.join('\n') };
}

/** Lines of a part that did not stand before; those that did are taken from `stood`. */
function newLines(part: Added, stood: Map<string, number>): readonly Added[] {
  const added: Added[] = [];
  let text = '';
  let start = 0;
  let at = part.start;
  for (const line of part.text.split('\n')) {
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
  return added;
}

function countLines(text: string, counts: Map<string, number>): void {
  for (const line of text.split('\n')) counts.set(line.trim(), (counts.get(line.trim()) ?? 0) + 1);
}
