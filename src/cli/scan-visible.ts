/**
 * Text that someone else wrote, made safe to print and honest to read: nothing in it can move the cursor, set a colour,
 * write the clipboard, turn the reading direction or hide. Each such character becomes a visible sign of its own.
 */
export function visible(text: string): string {
  let shown = '';
  for (const char of text) shown += visibleChar(char);
  return shown;
}

/** One code point → what is shown for it. Controls become their Unicode pictures, other unseen ones `⟨U+202E⟩`. */
function visibleChar(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return char;
  if (code === 0x0a) return '⏎';
  if (code === 0x09) return '⇥';
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  if (unseen.test(char)) return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  return char;
}

// Controls, formats (bidirectional marks, zero-width, tags), lone surrogates, private use, separators other than the space,
// variation selectors and blank letters.
const unseen =
  /\p{Cc}|\p{Cf}|\p{Cs}|\p{Co}|\p{Zl}|\p{Zp}|\p{Zs}|\p{Variation_Selector}|[\u115f\u1160\u2800\u3164\uffa0]|\u034f|\u17b4|\u17b5/u;

/** Columns a shown character takes on a terminal: 0, 1 or 2. */
function columnsOf(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (combining.test(char)) return 0;
  return wide.test(char) ? 2 : 1;
}

const combining = /\p{Mn}|\p{Me}/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Columns a shown text takes. */
export function columns(text: string): number {
  let sum = 0;
  for (const char of text) sum += columnsOf(char);
  return sum;
}

/** A shown text cut to `width` columns, with `…` where it was cut. */
export function shortened(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let kept = '';
  let taken = 0;
  for (const char of text) {
    const next = columnsOf(char);
    if (taken + next > width - 1) break;
    kept += char;
    taken += next;
  }
  return `${kept}…`;
}

/** A stretch of shown text; `marked` where it is evidence. */
export interface Piece {
  readonly shown: string;
  readonly marked: boolean;
}

/** Text → lines of at most `width` columns, each a list of pieces; a newline in the text ends a line. */
export function foldedLines(
  text: string,
  marks: readonly { readonly start: number; readonly end: number }[],
  width: number,
): Piece[][] {
  const lines: Piece[][] = [];
  let line: Piece[] = [];
  let taken = 0;
  let at = 0;
  const endLine = () => {
    lines.push(line);
    line = [];
    taken = 0;
  };
  for (const char of text) {
    const start = at;
    at += char.length;
    const shown = visibleChar(char);
    const wanted = columns(shown);
    if (taken + wanted > width) endLine();
    append(
      line,
      shown,
      marks.some((mark) => start < mark.end && at > mark.start),
    );
    taken += wanted;
    if (char === '\n') endLine();
  }
  if (line.length > 0) endLine();
  return lines;
}

function append(line: Piece[], shown: string, marked: boolean): void {
  const last = line.at(-1);
  if (last?.marked === marked) line[line.length - 1] = { shown: last.shown + shown, marked };
  else line.push({ shown, marked });
}
