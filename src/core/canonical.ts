/**
 * Same value → same text: the JSON Canonicalization Scheme. Source: RFC 8785.
 * Throws TypeError on what JSON cannot hold (undefined members are dropped, as JSON.stringify does; NaN, Infinity,
 * bigint, functions and lone surrogates are refused).
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonicalJson: ${value} has no JSON form`);
      return JSON.stringify(value);
    case 'string':
      return canonicalString(value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    default:
      throw new TypeError(`canonicalJson: a ${typeof value} has no JSON form`);
  }
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('canonicalJson: a string holds a lone surrogate');
  return JSON.stringify(text);
}

function canonicalArray(items: readonly unknown[]): string {
  return `[${items.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`;
}

/** Members sorted by UTF-16 code units, which is what JavaScript's default sort compares (RFC 8785 §3.2.3). */
function canonicalObject(object: object): string {
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const member = (object as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${canonicalString(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
