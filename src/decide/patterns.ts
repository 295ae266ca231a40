const known = new Map<string, RegExp>();

/** True when `name` fits one of the patterns: `*` stands for anything, case does not count. Absent patterns fit everything. */
export function fits(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || patterns.some((pattern) => pattern === '*' || regexOf(pattern).test(name));
}

function regexOf(pattern: string): RegExp {
  let regex = known.get(pattern);
  if (!regex) {
    // Adjacent stars would make the match slow and say nothing more.
    const parts = pattern.replace(/\*+/g, '*').split('*');
    const source = parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^]*');
    regex = new RegExp(`^${source}$`, 'iu');
    if (known.size > 10_000) known.clear();
    known.set(pattern, regex);
  }
  return regex;
}
