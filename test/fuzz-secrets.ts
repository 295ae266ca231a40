import { findPii } from '../src/understand/pii.ts';
import { contextRules } from '../src/understand/secret-context.ts';
import { secretRules } from '../src/understand/secret-rules.ts';
import { findSecrets } from '../src/understand/secrets.ts';

/** A megabyte. */
const size = 1_000_000;

/** What someone would write around a keyword to keep a scanner busy; made from the rules, so that new ones are tried too. */
const shapes: readonly ((keyword: string) => string)[] = [
  (keyword) => keyword,
  (keyword) => `${keyword} `,
  (keyword) => `${keyword}=`,
  (keyword) => `${keyword}="`,
  (keyword) => `${keyword}: `,
  (keyword) => `${keyword}aB3dE5gH7jK9mN1pQ2rS4tU6`,
  (keyword) => `${keyword} = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC`,
  (keyword) => `${keyword}\n${'0123456789abcdef'.repeat(3)}.`,
  (keyword) => `${keyword}_key `.repeat(6),
  (keyword) => keyword + 'x'.repeat(300),
  (keyword) => `${keyword} -u a -p `,
];

const numbers: readonly string[] = [
  '1 ', '1-', '1.', '1234 ', '+1 ', '(1', '1.1.1.1 ', '1:', 'ab:', '0000 0000 ', '4111111111111111 ', '41111111-',
  'a@', 'a@b.', 'a.a.a@a.', '::', 'a::', 'AB12 ', 'DE1', 'AA111', 'AB 12 ', 'my name is A', 'passport A', 'born on 1', 'Name: Aa ',
]; // biome-ignore format: one row of beginnings

export interface Trial {
  readonly what: string;
  readonly run: () => unknown;
}

/** Every pattern with every shape, as a text of 1 MB each; a stride spreads a short run over all of them. */
export function* trials(stride: number): Generator<Trial> {
  const keywords = [
    ...new Set([...secretRules.flatMap((rule) => rule.keywords), ...contextRules.flatMap((rule) => rule.literals)]),
  ];
  const all = keywords.length * shapes.length;
  for (const piece of numbers)
    yield { what: `personal data: ${JSON.stringify(piece)}`, run: () => findPii(filled(piece), '') };
  for (let n = 0, at = 0; n < all; n++, at = (at + stride) % all) {
    const keyword = keywords[at % keywords.length] ?? '';
    const shape = Math.floor(at / keywords.length);
    yield {
      what: `secrets: ${keyword}, shape ${shape}`,
      run: () => findSecrets(filled((shapes[shape] ?? String)(keyword)), ''),
    };
  }
}

function filled(piece: string): string {
  return piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
}

/** Milliseconds of processor time, the best of three: other work on the machine is not counted. */
export function cost(run: () => unknown, enough: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && best > enough; i++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}
