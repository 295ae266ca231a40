/** True when one of the words holds the text, or none is looked for. */
export const says = (text: string | undefined, ...words: readonly string[]): boolean =>
  text === undefined || words.some((word) => word.toLowerCase().includes(text.toLowerCase()));

/** One page of a list that is at hand as a whole; a cursor is a place in it. */
export function paged<T>(items: readonly T[], { limit, cursor }: { limit: number; cursor?: string | undefined }) {
  const from = Number(cursor?.slice(1) ?? 0);
  const to = from + limit;
  return { items: items.slice(from, to), next: to < items.length ? `i${to}` : null, total: items.length };
}
