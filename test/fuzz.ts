// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is shell text
import type { Place } from '../src/core/event.ts';
import { families } from '../src/plugs.ts';
import { callTables } from '../src/understand/code-calls.ts';
import { generalEffects } from '../src/understand/general.ts';
import { createShell } from '../src/understand/shell/shell.ts';

const place: Place = { cwd: '/home/ada/work/shop', home: '/home/ada' };
const shell = createShell(families);

/** Longest time one input may take, milliseconds. */
export const longestMs = 50;

const words =
  "rm -rf / \" ' $( ) ` | && ; > <<E\n E\n ${ } { ( if then fi for do done case esac [[ ]] $X X=1 sudo bash -c eval xargs find . -exec \\ \n # ~ * <( curl git push docker run kubectl psql -c python3 node -e perl awk sed -i @ :: %s tar ssh h env -S \u0000 \ud800 é \uE000 -- - = function alias read IFS=, set trap base64 -d gunzip tr xxd echo printf %x $((1+ )) $'\\x41' ${x:- ${x// ${x[@]} x=( /???/b?sh !! PAGER= LD_PRELOAD= make --eval $(shell vim :!sh gdb -ex mysql \\! . source /dev/stdin coproc 2>&1 &> <<< <> while until select time ! system( exec( import os; os.system( require( eval( getattr( b64decode( atob( write18{ %( /etc/shadow ~/.ssh 1 , : ? [ ] == =~ -f -o parallel -I{} {} -i -0 -print0 while read ** \\0 command -v git-x hg --force --f -name -empty -maxdepth listdir( rglob( glob( .forEach( unlinkSync .unlink() deleteIndex( .delete( $` { execSync : e } const r = Dir[ %x(".split(
    ' ',
  );

/** Small, seeded, the same on every run. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pick = <T>(from: readonly T[], roll: () => number): T => from[Math.floor(roll() * from.length)] as T;

/** Text out of telling pieces: short, or one piece many times, up to a megabyte. */
export function anyText(roll: () => number): string {
  const kind = roll();
  if (kind < 0.8) {
    const length = 1 + Math.floor(roll() * 24);
    return Array.from({ length }, () => pick(words, roll)).join(roll() < 0.5 ? ' ' : '');
  }
  const unit = Array.from({ length: 1 + Math.floor(roll() * 4) }, () => pick(words, roll)).join(
    roll() < 0.5 ? ' ' : '',
  );
  const size = kind < 0.9 ? 4_000 : kind < 0.97 ? 60_000 : 1_000_000;
  const head = roll() < 0.5 ? `${pick(words, roll)} ` : '';
  return head + unit.repeat(Math.max(1, Math.floor(size / Math.max(1, unit.length))));
}

/** What is fuzzed: each takes any text, gives back what it could not do, or nothing. */
export const targets: Readonly<Record<string, (text: string, roll: () => number) => string | undefined>> = {
  shell(text) {
    const trace = shell(text, 'command', place);
    for (const { span } of trace.effects())
      if (span && (span.start < 0 || span.end > text.length || span.start > span.end)) return 'a span outside the text';
    return [...trace.opaque].find((reason) => reason.startsWith('not understood'));
  },
  general(text, roll) {
    const args = text.slice(0, 65_536).split(' ').slice(0, 4_096);
    generalEffects({ program: pick(words, roll), args, place });
    return undefined;
  },
  code(text, roll) {
    const language = pick([...Object.keys(callTables), 'tcl', 'lisp', 'make', 'tex'], roll);
    const program =
      { r: 'Rscript', powershell: 'pwsh', tcl: 'tclsh', lisp: 'guile', tex: 'pdflatex' }[language] ?? language;
    const fed = `${program} <<'WARDER-END'\n${text.slice(0, 60_000)}\nWARDER-END`;
    const trace = shell(fed, 'command', place);
    trace.effects();
    return [...trace.opaque].find((reason) => reason.startsWith('not understood'));
  },
};

/** Time and failure of one input; the best of some rounds, since other work shares the machine. */
export function tried(
  target: (text: string, roll: () => number) => string | undefined,
  text: string,
  seed: number,
): { readonly ms: number; readonly broken: string | undefined } {
  let ms = Number.POSITIVE_INFINITY;
  let broken: string | undefined;
  for (let round = 0; round < 4; round++) {
    const started = performance.now();
    const used = process.cpuUsage();
    broken = target(text, dice(seed));
    const { user, system } = process.cpuUsage(used);
    // Other work on the machine costs time on the clock, and the collector's threads cost time of the processor.
    ms = Math.min(ms, performance.now() - started, (user + system) / 1000);
    if (ms < longestMs / 2) break;
  }
  return { ms, broken };
}

/** Inputs for `forMs` milliseconds: those that broke something or took too long, told shortly. */
export function fuzz(
  target: (text: string, roll: () => number) => string | undefined,
  forMs: number,
  seed: number,
): readonly string[] {
  const roll = dice(seed);
  const found: string[] = [];
  const until = performance.now() + forMs;
  while (performance.now() < until && found.length < 5) {
    const text = anyText(roll);
    const { ms, broken } = tried(target, text, Math.floor(roll() * 2 ** 31));
    if (broken !== undefined || ms > longestMs)
      found.push(
        `${broken ?? `${Math.round(ms)} ms`}: ${JSON.stringify(text.slice(0, 120))} (${text.length} characters)`,
      );
  }
  return found;
}
