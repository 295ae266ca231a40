import { describe, expect, it } from 'vitest';
import { compilePattern } from './secret-regex.ts';
import type { SecretRule } from './secret-rule.ts';
import { secretRules } from './secret-rules.ts';
import { compileSecretRules, findSecrets } from './secrets.ts';

const own: SecretRule = {
  id: 'house-token',
  description: 'Token of our own service',
  regex: String.raw`\b(?i)(acme_[a-z0-9]{20})\b`,
  keywords: ['acme_'],
};
const token = `acme${'_'}b3d5g7j9m1p2r4t6v8x0`;
const found = (rules: readonly SecretRule[], text: string) => {
  const made = compileSecretRules(rules);
  return made.ok
    ? made.value.findSecrets(text, '').map(({ rule, span }) => [rule, text.slice(span.start, span.end)])
    : made.error.code;
};

describe('our own rules', () => {
  it('have names of their own and keywords, and cover many makers', () => {
    const ids = secretRules.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(
      secretRules.filter(
        ({ keywords }) => keywords.length === 0 || keywords.some((word) => word !== word.toLowerCase()),
      ),
    ).toEqual([]);
    expect(secretRules.filter(({ confidence }) => confidence === 'verified-format').length).toBeGreaterThan(150);
  });

  it.each(secretRules.map((rule) => [rule.id, rule] as const))('%s is a pattern that cannot run away', (_id, rule) => {
    expect(compilePattern(rule.regex, 'g')).toMatchObject({ ok: true });
  });
});

describe('rules of the user', () => {
  it('find what ours do not know, in the syntax of Go', () => {
    expect(findSecrets(`x ${token} y`, '')).toEqual([]);
    expect(found([own], `x ${token} y`)).toEqual([['house-token', token]]);
    expect(found([own], `x ${token.toUpperCase()} y`)).toHaveLength(1);
  });

  it('name the group that is the secret, the least entropy and what is allowed', () => {
    const rule = { ...own, regex: 'acme_(id)=(\\w+)', secretGroup: 2, keywords: ['acme_id'] };
    expect(found([rule], 'see acme_id=q8w2e7r4t1 now')).toEqual([['house-token', 'q8w2e7r4t1']]);
    expect(found([{ ...rule, entropy: 3.9 }], 'see acme_id=q8w2e7r4t1 now')).toEqual([]);
    expect(found([{ ...rule, allowlists: [{ stopwords: ['E7R4'] }] }], 'see acme_id=q8w2e7r4t1 now')).toEqual([]);
    expect(found([{ ...rule, allowlists: [{ regexes: ['^q8'] }] }], 'see acme_id=q8w2e7r4t1 now')).toEqual([]);
  });

  it.each([
    ['(unclosed', 'pattern-invalid'],
    ['(?:a+)+b', 'pattern-too-slow'],
    ['(?:a|a)*b', 'pattern-too-slow'],
    ['(?:\\w*\\d){20}', 'pattern-too-slow'],
    ['(a)\\1', 'pattern-too-slow'],
    ['a{0,90000}', 'pattern-too-slow'],
  ])('are refused with a reason: %s', (regex, code) => {
    expect(found([{ ...own, regex }], '')).toBe(code);
    expect(found([{ ...own, allowlists: [{ regexes: [regex] }] }], '')).toBe(code);
  });

  it('need a keyword', () => {
    expect(found([{ ...own, keywords: [] }], '')).toBe('keywords-missing');
  });
});
