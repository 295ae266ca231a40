import type { PiiHit } from '../core/effect.ts';
import { findPii } from './pii.ts';

/** As the masking of secrets: deeper is not looked at. */
const maxDepth = 200;

/** Personal data in any JSON; `field` = path of the string, as with secrets: `edits/0/new_string`. */
export function findPiiDeep(value: unknown): readonly PiiHit[] {
  const hits: PiiHit[] = [];
  look(value, '', 0, hits);
  return hits;
}

function look(value: unknown, path: string, depth: number, hits: PiiHit[]): void {
  if (typeof value === 'string') {
    for (const hit of findPii(value, path)) hits.push(hit);
    return;
  }
  if (typeof value !== 'object' || value === null || depth > maxDepth) return;
  const within = path === '' ? '' : `${path}/`;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) look(item, `${within}${i}`, depth + 1, hits);
    return;
  }
  for (const [name, item] of Object.entries(value)) look(item, `${within}${name.slice(0, 64)}`, depth + 1, hits);
}
