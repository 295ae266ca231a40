import { ok, type Result } from '../core/result.ts';
import { compilePattern } from './secret-regex.ts';
import type { SecretRule } from './secret-rule.ts';

/** What is no secret although the pattern fits. */
export interface Allowed {
  readonly patterns: readonly RegExp[];
  readonly stopwords: readonly string[];
  readonly wholeMatch: boolean;
}

interface OwnPattern {
  readonly pattern: RegExp;
  readonly allowed: readonly Allowed[];
}

/**
 * A rule of the user → its patterns, or why not: `pattern-invalid`, `pattern-too-slow`, `group-missing`,
 * `keywords-missing`; the detail names the rule.
 */
export function compileOwn(rule: SecretRule, flags: string): Result<OwnPattern> {
  const mistake = (code: string, detail: string) =>
    ({ ok: false, error: { code, detail: `rule "${rule.id}": ${detail}` } }) as const;
  const pattern = compilePattern(rule.regex, flags);
  if (!pattern.ok) return mistake(pattern.error.code, `regex: ${pattern.error.detail}`);
  const groups = (new RegExp(`${pattern.value.source}|`).exec('')?.length ?? 1) - 1;
  if ((rule.secretGroup ?? 0) > groups)
    return mistake('group-missing', `secretGroup is ${rule.secretGroup}, but the pattern has ${groups} groups`);
  if (rule.keywords.length === 0 || rule.keywords.some((word) => word.length < 2))
    return mistake('keywords-missing', 'needs keywords of two letters or more');
  const allowed: Allowed[] = [];
  for (const { regexes = [], stopwords = [], regexTarget } of rule.allowlists ?? []) {
    const patterns: RegExp[] = [];
    for (const source of regexes) {
      const each = compilePattern(source, '');
      if (!each.ok) return mistake(each.error.code, `allowlist: ${each.error.detail}`);
      patterns.push(each.value);
    }
    const lower = stopwords.map((word) => word.toLowerCase());
    allowed.push({ patterns, stopwords: lower, wholeMatch: regexTarget === 'match' });
  }
  return ok({ pattern: pattern.value, allowed });
}

/** True when the allowlist names this value, or the match it stands in. */
export function allows({ patterns, stopwords, wholeMatch }: Allowed, value: string, match: string): boolean {
  const lower = value.toLowerCase();
  return (
    patterns.some((pattern) => pattern.test(wholeMatch ? match : value)) ||
    stopwords.some((word) => lower.includes(word))
  );
}
