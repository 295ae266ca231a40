import { z } from 'zod';
import { sized } from '../core/sized.ts';

/** A text that is not empty. */
export const filled = z.string().refine(...sized(1));

/** A list that is not empty. */
export const some = <T extends z.ZodType>(item: T) => z.array(item).refine(...sized(1));
