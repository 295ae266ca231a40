import { describe, expect, it } from 'vitest';
import type { SecretRule } from '../src/understand/secret-rule.ts';
import { secretRules } from '../src/understand/secret-rules.ts';
import { findSecrets, maskText } from '../src/understand/secrets.ts';

/** Numbers that look like chance and are the same in each run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const alphabet = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC';

/** A text that the pattern matches; what looks ahead or behind is left out, so some tries may be needed. */
function sample(pattern: string, pick: (below: number) => number): string {
  let at = 0;
  const choice = (): string => {
    const branches = [sequence()];
    while (pattern[at] === '|') {
      at += 1;
      branches.push(sequence());
    }
    return branches[pick(branches.length)] ?? '';
  };
  const sequence = (): string => {
    let out = '';
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') out += repeated();
    return out;
  };
  const repeated = (): string => {
    const from = at;
    const once = atom();
    const end = at;
    const [least, most] = count();
    const after = at;
    let out = '';
    for (let times = least + pick(Math.min(most - least, 8) + 1); times > 0; times--) {
      at = from;
      out += times === 0 ? once : atom();
    }
    at = after;
    return end === after ? once : out;
  };
  const count = (): readonly [number, number] => {
    const match = /^(?:([?*+])|\{(\d+)(,?)(\d*)\})\??/.exec(pattern.slice(at));
    if (match === null) return [1, 1];
    at += match[0].length;
    if (match[1] !== undefined) return match[1] === '?' ? [0, 1] : match[1] === '+' ? [1, 9] : [0, 9];
    const least = Number(match[2]);
    return [least, match[3] === '' ? least : match[4] === '' ? least + 9 : Number(match[4])];
  };
  const atom = (): string => {
    const char = pattern[at] ?? '';
    if (char === '(') {
      const head = /^\((\?<?[=!]|\?:|\?<\w+>)?/.exec(pattern.slice(at))?.[0] ?? '(';
      at += head.length;
      const inner = choice();
      at += 1;
      return /[=!]/.test(head) ? '' : inner;
    }
    if (char === '[') return oneOf();
    at += 1;
    if (char !== '\\') return char === '.' ? 'x' : char;
    const escaped = pattern[at] ?? '';
    at += 1;
    return (
      ({ d: String(pick(10)), w: letter(), s: ' ', S: letter(), b: '' } as Record<string, string>)[escaped] ?? escaped
    );
  };
  const letter = () => alphabet[pick(alphabet.length)] ?? 'x';
  const oneOf = (): string => {
    const end = pattern.indexOf(']', at + 2);
    const letters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
    const set = new RegExp(pattern.slice(at, end + 1));
    at = end + 1;
    const fits = letters.filter((letter) => set.test(letter));
    const plain = fits.filter((letter) => /[A-Za-z0-9]/.test(letter));
    const from = plain.length > 0 ? plain : fits;
    return from[pick(from.length)] ?? ' ';
  };
  return choice();
}

function found(rule: SecretRule): string | null {
  const pick = chance(7);
  for (let i = 0; i < 60; i++) {
    const value = sample(rule.regex, pick);
    const keyword = rule.keywords[i % rule.keywords.length] ?? '';
    const near = value.toLowerCase().includes(keyword) ? `a ${value} b` : `${keyword} ${value} b`;
    const text = rule.anchor === 'after' ? `${keyword}_key = "${value}"` : near;
    const [hit] = findSecrets(text, '');
    if (hit === undefined) continue;
    const masked = maskText(text);
    return maskText(masked.text).hits.length === 0 && masked.text.length === text.length ? hit.rule : 'not masked';
  }
  return null;
}

describe('each rule', () => {
  it.each(secretRules.map((rule) => [rule.id, rule] as const))(
    '%s finds what it describes, and its mask holds',
    (_id, rule) => {
      expect(found(rule) ?? 'not found').not.toMatch(/^not /);
    },
  );
});
