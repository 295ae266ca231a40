import type { Context } from './model.ts';
import { variable } from './variables.ts';

/** `$((1 + 2 * n))` → its number, where the call itself tells it; null when it does not. */
export function computed(text: string, ctx: Context): string | null {
  const inside = /^\$\(\((.{1,200})\)\)$/s.exec(text)?.[1] ?? /^\$\[(.{1,200})\]$/s.exec(text)?.[1];
  if (inside === undefined) return null;
  const filled = inside.replace(
    /\$?(?<![#\w])([A-Za-z_]\w*)\b/g,
    (_whole, name: string) => variable(name, ctx).text ?? '?',
  );
  const tokens = filled.match(/0x[0-9a-f]+|\d+#\w+|\d+|[-+*/%()]|\S/gi) ?? [];
  if (tokens.some((token) => !/^(?:0x[0-9a-f]+|\d+#\w+|\d+|[-+*/%()])$/i.test(token))) return null;
  let at = 0;
  const factor = (depth: number): number => {
    const token = tokens[at++];
    if (depth > 32 || token === undefined) return Number.NaN;
    if (token === '-') return -factor(depth + 1);
    if (token === '+') return factor(depth + 1);
    if (token === '(') {
      const value = sum(depth + 1);
      return tokens[at++] === ')' ? value : Number.NaN;
    }
    return numberOf(token);
  };
  const product = (depth: number): number => {
    let value = factor(depth);
    while (tokens[at] === '*' || tokens[at] === '/' || tokens[at] === '%') {
      const operator = tokens[at++];
      const other = factor(depth);
      value = operator === '*' ? value * other : operator === '/' ? Math.trunc(value / other) : value % other;
    }
    return value;
  };
  const sum = (depth: number): number => {
    let value = product(depth);
    while (tokens[at] === '+' || tokens[at] === '-')
      value = tokens[at++] === '+' ? value + product(depth) : value - product(depth);
    return value;
  };
  const value = sum(0);
  return at === tokens.length && Number.isSafeInteger(value) ? String(value) : null;
}

/** Decimal, hexadecimal, octal and `base#digits`, as the shell reads them. */
function numberOf(token: string): number {
  const based = /^(\d+)#(\w+)$/.exec(token);
  if (based) return Number.parseInt(based[2] ?? '', Number(based[1]));
  if (/^0[0-7]+$/.test(token)) return Number.parseInt(token, 8);
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(token) ? Number(token) : Number.NaN;
}
