/** True when `name` fits one of the patterns: `*` stands for anything, case does not count. Absent patterns fit everything. */
export function fits(patterns: readonly string[] | undefined, name: string): boolean {
  if (patterns === undefined) return true;
  const lower = name.toLowerCase();
  return patterns.some((pattern) => pattern === '*' || fitsOne(pattern.toLowerCase(), lower));
}

/** Parts between stars are looked for from left to right: the first place is always the best one, so nothing is tried twice. */
function fitsOne(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
