/** What a JSON text with comments and commas too many says; an empty text is `{}`. Throws SyntaxError when it is none. */
export function jsoncValue(text: string): unknown {
  if (text.replace(/^\uFEFF/, '').trim() === '') return {};
  return JSON.parse(withoutComments(text).replace(/^\uFEFF/, ''));
}

/**
 * Makes one change in a JSON text with comments: found in the text without them, made in the one with them. `change` takes
 * and gives plain JSON. An empty text counts as `{}`. Throws SyntaxError when it is no such text.
 */
export function editJsonc(text: string, change: (plain: string) => string): string {
  const given = text.trim() === '' ? '{}\n' : text;
  const plain = withoutComments(given);
  const edited = change(plain);
  if (plain === given) return edited;
  let start = 0;
  while (start < plain.length && plain[start] === edited[start]) start += 1;
  let end = 0;
  const longest = Math.min(plain.length, edited.length) - start;
  while (end < longest && plain.at(-1 - end) === edited.at(-1 - end)) end += 1;
  const [taken, put] = [plain.length - end, edited.slice(start, edited.length - end)];
  const note = /^[ \t]*(?:\/\/[^\n]*|\/\*[^\n]*\*\/[ \t]*)(?=\r?\n)/.exec(given.slice(taken))?.[0] ?? '';
  // A remark behind the last member stays on its line.
  if (start === taken && put.startsWith(',') && note !== '')
    return `${given.slice(0, start)},${note}${put.slice(1)}${given.slice(taken + note.length)}`;
  // So does one behind the member before what is taken out.
  const kept =
    put === ''
      ? (/^,?([ \t]*(?:\/\/[^\n]*|\/\*[^\n]*\*\/[ \t]*))(?=\r?\n)/.exec(given.slice(start, taken))?.[1] ?? '')
      : '';
  return given.slice(0, start) + put + kept + given.slice(taken);
}

/** The text with comments and commas before a closing bracket turned into blanks: every other character keeps its place. */
function withoutComments(text: string): string {
  const token = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const blank = (part: string) => part.replaceAll(/[^\r\n]/g, ' ');
  const bare = text.replaceAll(token, (part) => (part.startsWith('"') ? part : blank(part)));
  return bare.replaceAll(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (part) => (part === ',' ? ' ' : part));
}
