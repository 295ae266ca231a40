import type { Effect } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import { changeEffects } from './file-change.ts';
import { touch } from './file-effects.ts';
import type { ReadCommand } from './later-effects.ts';
import { readPatch } from './patches.ts';

/** True for text that is a patch: worth giving to `patchEffects`. */
export const isPatch = (text: string): boolean =>
  /^(?:\*\*\* (?:Begin Patch|(?:Add|Update|Delete) File: )|diff --git |--- \S|Index: )/m.test(text.slice(0, 4096));

/** A patch that is applied → the files it touches and what each change does. `field`: where its text stands. */
export function patchEffects(
  text: string,
  field: string,
  by: string,
  place: Place,
  read: ReadCommand,
): readonly Effect[] {
  return readPatch(text).flatMap(({ path, does, to, added, removed }) => {
    const first = added[0];
    const span = { field, start: first?.start ?? 0, end: first === undefined ? 0 : first.start + first.text.length };
    const touched = (verb: 'write' | 'delete', name: string): Effect[] =>
      touch(verb, { text: name, arg: 0 }, place).map(({ arg: _arg, ...effect }) => ({ ...effect, by, span }));
    const target = to ?? path;
    const changed = changeEffects({ path: target, field, added, removed }, by, place, read);
    if (does === 'delete') return touched('delete', path);
    return [...(does === 'move' ? touched('delete', path) : []), ...touched('write', target), ...changed];
  });
}
