import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson } from './core/canonical.ts';
import type { PolicyText } from './decide/decide.ts';

/** What `createDecide` takes. */
export interface PolicyFiles {
  readonly schema: string;
  readonly policies: readonly PolicyText[];
  /** SHA-256 of schema and policies in their canonical form, hex. */
  readonly digest: string;
}

/** The policies this package ships, beside `src/` in a checkout and beside `dist/` when installed. */
export const shippedPolicies = path.join(import.meta.dirname, '..', 'policies');

/**
 * Reads every `*.cedar` below the folders, in the order of their names; the word `base` stands for the shipped base
 * policy. The schema is always the shipped one. Throws with what to do when a folder cannot be read or holds no policy.
 */
export function readPolicies(folders: readonly string[] = ['base']): PolicyFiles {
  const schema = readFileSync(path.join(shippedPolicies, 'schema.cedarschema'), 'utf8');
  const policies = folders.flatMap(policiesIn);
  const digest = createHash('sha256').update(canonicalJson({ schema, policies })).digest('hex');
  return { schema, policies, digest };
}

function policiesIn(folder: string): PolicyText[] {
  const at = folder === 'base' && !existsSync(folder) ? path.join(shippedPolicies, 'base') : folder;
  if (!existsSync(at))
    throw new Error(
      `there is no policy folder ${folder}; give a folder with *.cedar files, or "base" for the shipped policy`,
    );
  if (!statSync(at).isDirectory()) throw new Error(`${folder} is a file; give the folder that holds the *.cedar files`);
  const files = readdirSync(at, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.cedar'))
    .sort();
  if (files.length === 0) throw new Error(`${folder} holds no *.cedar file`);
  const name = path.basename(path.resolve(at));
  return files.map((file) => ({
    id: `${name}/${file.split(path.sep).join('/')}`,
    text: readFileSync(path.join(at, file), 'utf8'),
  }));
}
