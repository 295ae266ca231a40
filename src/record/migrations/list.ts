import { sql as first } from './0001-first.ts';

/** Every migration in order; the first is version 1. Forward only: add a file, never change one that was released. */
export const migrations: readonly string[] = [first];
