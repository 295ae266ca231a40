// zod's own `min` and `max` of texts and lists look at `length` even of what is neither, and throw on
// `{"length": {"toString": 1}}` (zod 4.6.7), which anybody can send.

/** What zod's `refine` takes: a text or list of so many characters or items, both ends included. */
export const sized = (least: number, most: number = Number.POSITIVE_INFINITY) =>
  [
    ({ length }: { readonly length: number }): boolean => length >= least && length <= most,
    most === Number.POSITIVE_INFINITY ? `must hold at least ${least}` : `must hold ${least} to ${most}`,
  ] as const;

/** The same without a lower end. */
export const upTo = (most: number) => [sized(0, most)[0], `must hold at most ${most}`] as const;
