/** `{a,b{c,d}}` and `{1..3}` → the alternatives, quotes inside taken off; at most 64. A text that is none comes back as it is. */
export function openBraces(text: string, depth = 0): readonly string[] {
  // Nobody writes longer ones; opening them would only cost.
  if (depth > 8 || text.length > 4_096) return [text];
  const open = text.indexOf('{');
  const close = open < 0 ? -1 : matching(text, open);
  if (close < 0) return [unquoted(text)];
  const inside = text.slice(open + 1, close);
  const range = /^(-?\d+|[a-z])\.\.(-?\d+|[a-z])(?:\.\.-?\d+)?$/i.exec(inside);
  const options = range ? sequence(range[1] ?? '', range[2] ?? '') : alternatives(inside);
  if (options.length < 2 && !range) return [unquoted(text)];
  const before = unquoted(text.slice(0, open));
  const after = openBraces(text.slice(close + 1), depth + 1);
  return options
    .flatMap((option) => openBraces(option, depth + 1))
    .flatMap((option) => after.map((rest) => before + option + rest))
    .slice(0, 64);
}

function matching(text: string, open: number): number {
  let level = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '{') level++;
    else if (text[i] === '}' && --level === 0) return i;
  }
  return -1;
}

function alternatives(inside: string): readonly string[] {
  const out: string[] = [];
  let level = 0;
  let from = 0;
  for (let i = 0; i < inside.length; i++) {
    const char = inside[i];
    if (char === '\\') i++;
    else if (char === '{') level++;
    else if (char === '}') level--;
    else if (char === ',' && level === 0) {
      out.push(inside.slice(from, i));
      from = i + 1;
    }
  }
  out.push(inside.slice(from));
  return out;
}

function sequence(first: string, last: string): readonly string[] {
  if (!/\d/.test(first)) return [first, last];
  const [a, b] = [Number(first), Number(last)];
  const step = a <= b ? 1 : -1;
  const out: string[] = [];
  for (let n = a; out.length < 64 && (step > 0 ? n <= b : n >= b); n += step) out.push(String(n));
  return out;
}

function unquoted(text: string): string {
  return text.replace(
    /\\(.)|'([^']*)'|"([^"]*)"/g,
    (_whole, escaped, single, double) => escaped ?? single ?? double ?? '',
  );
}
