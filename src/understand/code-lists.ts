import type { Flag } from '../core/effect.ts';
import { unknownPart } from './arguments.ts';
import { type Call, escaped, type Reading } from './code-effects.ts';
import { type CodeText, textOf } from './code-text.ts';
import { touch } from './file-effects.ts';
import { placeOf } from './shell/scope.ts';

/** Calls that list what lies in a folder or fits a pattern, with what they are given. */
const listing =
  /(?:(?<![\w$])(?:os\.)?(listdir|scandir|walk|readdirSync|readdir|globSync|i?glob|rglob)|\bDir\.(glob|entries|children|each_child|foreach)|\bDir(?=\[))\s{0,4}[([]\s{0,4}([^()[\]\n]{0,200})/g;
/** `Path('x')` right before `.rglob('*')`. */
const folderBefore = /(?:Path|Dir)\(\s{0,4}([^()\n]{0,200})\)\.$/;
/** Deletions that need no name: `p.unlink()`, `map(os.remove, …)`, `array_map('unlink', …)`, `unlink <*.c>`. */
const deletesEach =
  /\.(?:unlink|rmdir)\(\s{0,4}(?:missing_ok\s?=\s?True)?\s{0,4}\)|\bmap\(\s{0,4}os\.(?:remove|unlink)\b|array_map\(\s{0,4}['"](?:unlink|rmdir)['"]|\.(?:forEach|map|each)\(\s{0,4}(?:fs\.)?(?:unlinkSync|rmSync|&?File\.method\(:delete\))/;

/** Files listed and then deleted one by one: what was listed is what goes. */
export function listedThenDeleted({ code }: CodeText, calls: readonly Call[], reading: Reading): void {
  const tree = calls.some(({ meaning, args }) => meaning === 'delete-tree' && unknown(args[0], reading));
  const each =
    tree ||
    deletesEach.test(code) ||
    calls.some(({ meaning, args }) => meaning === 'delete' && unknown(args[0], reading));
  if (!each) return;
  let looked = 0;
  for (const match of code.matchAll(listing)) {
    if (++looked > 8) return;
    const [whole, call = 'glob', dir, given = ''] = match;
    const before = folderBefore.exec(code.slice(Math.max(0, match.index - 220), match.index))?.[1];
    const pattern = textOf(given.split(',')[0] ?? '', reading.known);
    const folder = before === undefined ? null : textOf(before, reading.known);
    const lists = /glob/i.test(dir ?? call) || whole.endsWith('[');
    const deep = call === 'walk' || call === 'rglob' || pattern?.includes('**') === true;
    const path = lists ? joined(folder, pattern) : pattern === null ? null : `${pattern.replace(/\/$/, '')}/*`;
    if (path === null) continue;
    const flags: Flag[] = deep || tree ? ['recursive', 'bulk', 'forced'] : ['bulk', 'forced'];
    for (const effect of touch('delete', { text: path, arg: 0 }, placeOf(reading.ctx), { flags }))
      reading.ctx.trace.add(effect, reading.language, reading.at, reading.ctx);
  }
}

const joined = (folder: string | null, pattern: string | null): string | null =>
  folder === null || pattern === null ? pattern : `${folder.replace(/\/$/, '')}/${pattern}`;

function unknown(expression: string | undefined, { known }: Reading): boolean {
  if (expression === undefined) return false;
  const text = textOf(expression, known);
  return text === null || text.includes(unknownPart);
}

/**
 * A command is started whose words are not in the call that starts it: whole command lines among the literals are what
 * it can only be.
 */
export function literalCommands({ code, strings }: CodeText, reading: Reading): void {
  const { ctx, at } = reading;
  let read = 0;
  for (const [start, end] of strings) {
    const text = code.slice(start + 1, end - 1);
    if (text.length > 400 || !/^\s{0,4}[a-z][\w.-]{1,20}\s/.test(text)) continue;
    const program =
      text
        .trimStart()
        .replace(/^sudo\s+/, '')
        .split(/\s/, 1)[0] ?? '';
    if (!ctx.engine.families.has(program) || !ctx.trace.spend(4) || ++read > 8) continue;
    ctx.engine.text(text, { text, start: at.start, end: at.end, verbatim: -1 }, escaped(ctx));
  }
}
