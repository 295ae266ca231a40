import { z } from 'zod';

// `min` and `max` of strings and lists look at `length` even of what is neither, and throw on `{"length": {"toString": 1}}`
// (zod 4.6.7), which anybody can send.

/** A text that is not empty. */
export const filled = z.string().refine((text) => text !== '');

/** A list that is not empty. */
export const some = <T extends z.ZodType>(item: T) => z.array(item).refine((list) => list.length > 0);
