import { z } from 'zod';
import type { EditedText, SetupFile } from '../../core/agent.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { removeJson, setJson } from '../json-text.ts';
import { editJsonc, jsoncValue } from '../jsonc-text.ts';

/** A file that is Warder's from the first byte to the last: whatever else stands in it is an alteration. */
export const ownFile = (path: string, text: string, mode?: number): SetupFile => ({
  path,
  ...(mode === undefined ? {} : { mode }),
  own: true,
  with: (before) =>
    ok({ text, changes: before === text ? [] : [before === null ? 'written' : 'written again, as it should be'] }),
  without: () => ok({ text: null, changes: ['removed'] }),
});

type Members = Readonly<Record<string, string | number | boolean>>;
const objectSchema = z.record(z.string(), z.unknown());

function membersOf(text: string, title: string): Result<Readonly<Record<string, unknown>>> {
  try {
    const parsed = objectSchema.safeParse(jsoncValue(text));
    return parsed.success ? ok(parsed.data) : fail('unexpected-settings', `It is not what ${title} expects there.`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('not-json', `It is not JSON (${error.message}), so the file is left as it is.`);
  }
}

/** Plain members of an administrator's JSON file that holds other settings too; every other byte stays. */
export const pinnedMembers = (path: string, title: string, members: Members, mode?: number): SetupFile => ({
  path,
  ...(mode === undefined ? {} : { mode }),
  with(before): Result<EditedText> {
    const held = membersOf(before ?? '', title);
    if (!held.ok) return held;
    const missing = Object.entries(members).filter(([name, value]) => held.value[name] !== value);
    const text = missing.reduce(
      (left, [name, value]) => editJsonc(left, (plain) => setJson(plain, [name], value)),
      before ?? '{}\n',
    );
    return ok({ text, changes: missing.map(([name, value]) => `${name} = ${value}`) });
  },
  without(given): Result<EditedText> {
    const held = membersOf(given, title);
    if (!held.ok) return held;
    const ours = Object.entries(members).filter(([name, value]) => held.value[name] === value);
    const text = ours.reduce((left, [name]) => editJsonc(left, (plain) => removeJson(plain, [name])), given);
    return ok({ text: /^\s*\{\s*\}\s*$/.test(text) ? null : text, changes: ours.map(([name]) => `${name}: removed`) });
  },
});
