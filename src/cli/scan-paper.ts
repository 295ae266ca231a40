import type { Severity } from '../core/verdict.ts';
import { columns, shortened, visible } from './scan-visible.ts';

export interface TextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** Shortened to `~` in paths; `''` = not. */
  readonly home: string;
}

/** Rows of a table that is not the point of the report. */
export const mostRows = 12;

/** Lines being written. Everything that comes from a transcript goes through `visible` here and nowhere else. */
export class Paper {
  readonly #lines: string[] = [];
  readonly width: number;
  readonly #colour: boolean;
  readonly #home: string;

  constructor({ width, colour, home }: TextOptions) {
    this.width = Math.max(40, width);
    this.#colour = colour;
    this.#home = home;
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  /** `shown` is our own text, or has been made visible. */
  line(shown = ''): void {
    this.#lines.push(shown.trimEnd());
  }

  title(words: string, note = ''): void {
    this.line();
    this.line(`${this.bold(words)}${note === '' ? '' : `  ${this.dim(note)}`}`);
  }

  /** A sentence, wrapped at blanks, with `indent` before each line. */
  prose(words: string, indent: number): void {
    let line = '';
    const room = this.width - indent;
    for (const word of visible(words).split(' ')) {
      if (line !== '' && columns(line) + 1 + columns(word) > room) {
        this.line(`${' '.repeat(indent)}${line}`);
        line = '';
      }
      line = line === '' ? shortened(word, room) : `${line} ${word}`;
    }
    if (line !== '') this.line(`${' '.repeat(indent)}${line}`);
  }

  /** Left column as wide as it gets, the others right-aligned under their heads. */
  table(heads: readonly string[], rows: readonly (readonly string[])[]): void {
    const shown = rows.map((row) => row.map(visible));
    const widths = heads.map((head, i) => Math.max(columns(head), ...shown.map((row) => columns(row[i] ?? ''))));
    const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
    widths[0] = Math.max(8, Math.min(widths[0] ?? 8, this.width - 2 - others));
    const laid = (row: readonly string[]) =>
      row
        .map((cell, i) => {
          const width = widths[i] ?? 0;
          const text = shortened(cell, width);
          const gap = ' '.repeat(Math.max(0, width - columns(text)));
          return i === 0 ? text + gap : gap + text;
        })
        .join('  ');
    this.line(`  ${this.dim(laid(heads))}`);
    for (const row of shown.slice(0, mostRows)) this.line(`  ${laid(row)}`);
    if (shown.length > mostRows) this.line(this.dim(`  … ${shown.length - mostRows} more, all in --json and --html`));
  }

  path(path: string): string {
    const short = this.#home !== '' && path.startsWith(`${this.#home}/`) ? `~${path.slice(this.#home.length)}` : path;
    return visible(short);
  }

  bold = (text: string): string => this.#sgr('1', text);
  dim = (text: string): string => this.#sgr('2', text);
  underlined = (text: string): string => this.#sgr('4', text);
  severity = (severity: Severity, text: string): string =>
    this.#sgr({ low: '38;5;67', review: '38;5;178', alert: '38;5;208', critical: '1;38;5;203' }[severity], text);
  get coloured(): boolean {
    return this.#colour;
  }

  #sgr(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
