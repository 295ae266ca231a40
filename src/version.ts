import fs from 'node:fs';
import { z } from 'zod';

/** Version of this package, from its package.json (one folder up, from source and from the bundle alike). */
export const { version } = z
  .looseObject({ version: z.string() })
  .parse(JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
