/** Steps from generous to harsh: longest string in UTF-16 units, most items or members, deepest nesting. */
const steps = [
  [16_384, 10_000, 200],
  [4_096, 1_000, 100],
  [1_024, 200, 50],
  [256, 50, 20],
  [64, 20, 10],
  [16, 8, 5],
] as const;

/**
 * JSON of a value within `maxBytes` of UTF-8. What is too much is cut in place and says how much went: strings keep
 * their beginning (so that evidence spans in it stay true), lists and objects their first members.
 */
export function boundedJson(value: unknown, maxBytes: number): string {
  const whole = jsonOf(value);
  if (whole !== null && fits(whole, maxBytes)) return whole;
  for (const [text, items, depth] of steps) {
    const less = JSON.stringify(cut(value, { text, items, depth }));
    if (fits(less, maxBytes)) return less;
  }
  return JSON.stringify(`[cut: ${whole === null ? 'nested too deeply' : `${whole.length} characters of JSON`}]`);
}

/** A text within `max` UTF-16 units plus a note of how much was cut. Never halves a surrogate pair. */
export function boundedText(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = isHighSurrogate(text.charCodeAt(max - 1)) ? max - 1 : max;
  return `${text.slice(0, end)}… [${text.length - end} characters cut]`;
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;

const fits = (json: string, maxBytes: number) =>
  json.length * 3 <= maxBytes || (json.length <= maxBytes && Buffer.byteLength(json) <= maxBytes);

/** Null when the nesting is deeper than the stack. */
function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

interface Bounds {
  readonly text: number;
  readonly items: number;
  readonly depth: number;
}

function cut(value: unknown, bounds: Bounds, depth = 0): unknown {
  if (typeof value === 'string') return boundedText(value, bounds.text);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= bounds.depth) return '[cut: nested too deeply]';
  if (Array.isArray(value)) {
    const kept = value.slice(0, bounds.items).map((item) => cut(item, bounds, depth + 1));
    if (value.length > bounds.items) kept.push(`[${value.length - bounds.items} more items cut]`);
    return kept;
  }
  const members = Object.entries(value);
  const kept = members
    .slice(0, bounds.items)
    .map(([name, member]) => [boundedText(name, bounds.text), cut(member, bounds, depth + 1)]);
  if (members.length > bounds.items) kept.push(['…', `${members.length - bounds.items} more members cut`]);
  return Object.fromEntries(kept);
}
