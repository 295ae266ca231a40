// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is shell text that is tested
import { describe, expect, it } from 'vitest';
import { families } from '../../plugs.ts';
import { createShell } from './shell.ts';

const shell = createShell(families);
const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };
const fill = (text: string, length = 60_000) => text.repeat(Math.floor(length / text.length));

const heavy: Readonly<Record<string, string>> = {
  'open parentheses': fill('('),
  'open substitutions': fill('$('),
  'nested substitutions': `${'$('.repeat(50_000)}${')'.repeat(9_000)}`,
  backticks: fill('`'),
  'open braces': `echo ${'{a,'.repeat(20_000)}`,
  'doubling braces': `rm ${'{a,b}'.repeat(40)}`,
  'doubling variables': `a=xxxxxxxxxx;${'a=$a$a;'.repeat(60)}rm $a`,
  'doubling functions': `f0(){ rm x; };${Array.from({ length: 29 }, (_, i) => `f${i + 1}(){ f${i}; f${i}; };`).join('')}f29`,
  'doubling evals': `a='rm x'; ${'a="eval \\"$a; $a\\"";'.repeat(20)} eval "$a"`,
  'loops in loops': `${'for i in 1 2 3 4 5 6 7 8; do '.repeat(12)}rm $i${'; done'.repeat(12)}`,
  'many words': `echo ${fill('x ')}`,
  'many commands': fill('a;'),
  'wrapper upon wrapper': fill('sudo env nice '),
  'bash -c upon bash -c': fill('bash -c '),
  'many heredocs': fill('cat <<E\n'),
  'half a default': fill('${x:-'),
  'odd quotes': fill('\'"'),
  'parent folders': `cat ${fill('../')}`,
  'code of parentheses': `node -e '${fill('((((')}'`,
  'code of calls': `python -c '${fill('a.b(')}'`,
  'SQL of quotes': `psql -c "${fill("--'")}"`,
  'a long base64': `echo ${fill('YQ')} | base64 -d | sh`,
};

describe('input made to hurt', () => {
  it.each(Object.entries(heavy))('is answered in bounded time: %s', (_what, command) => {
    const started = performance.now();
    const trace = shell(command, 'command', place);
    trace.effects();
    expect(performance.now() - started).toBeLessThan(2_000);
    expect([...trace.opaque].join()).not.toContain('not understood');
  });

  it('is refused when longer than 64 KiB', () => {
    const trace = shell('x'.repeat(70_000), 'command', place);
    expect(trace.unparsed).toBe(true);
    expect([...trace.opaque]).toEqual(['longer than 64 KiB']);
  });

  it('is refused when nested deeper than 32', () => {
    const trace = shell(`echo ${'$(echo '.repeat(60)}x${')'.repeat(60)}`, 'command', place);
    expect([...trace.opaque]).toEqual(['nested too deep']);
  });
});

const pieces = [
  'rm',
  '-rf',
  '/',
  '"',
  "'",
  '$(',
  ')',
  '`',
  '|',
  '&&',
  ';',
  '>',
  '<<E\n',
  'E\n',
  '${',
  '}',
  '{',
  '(',
  'if',
  'then',
  'fi',
  'for',
  'do',
  'done',
  'case',
  'esac',
  '[[',
  ']]',
  '$X',
  'X=1',
  'sudo',
  'bash -c',
  'eval',
  'xargs',
  'find . -exec',
  '\\',
  '\n',
  '#',
  '~',
  '*',
  '<(',
  'curl',
  'git',
  'push',
  'docker run',
  'kubectl',
  'aws s3',
  'psql -c',
  'python -c',
  '\u0000',
  '\ud800',
  'é',
  '\uE000',
  '--',
  '-',
  '=',
  'function f',
  'sed -i',
  '@',
  '::',
  '%s',
  'tar',
  'ssh h',
  'env -S',
];

/** Small, seeded, the same on every run. */
function* random(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('any text at all', () => {
  it('gives effects or a reason, never an exception', () => {
    const dice = random(7);
    const roll = () => dice.next().value as number;
    for (let round = 0; round < 4_000; round++) {
      const length = 1 + Math.floor(roll() * 14);
      const command = Array.from({ length }, () => pieces[Math.floor(roll() * pieces.length)]).join(
        roll() < 0.5 ? ' ' : '',
      );
      const trace = shell(command, 'command', place);
      for (const { span } of trace.effects()) {
        expect(span?.start).toBeGreaterThanOrEqual(0);
        expect(span?.end).toBeLessThanOrEqual(command.length);
      }
      expect([...trace.opaque].join(), command).not.toContain('not understood');
    }
  });
});
