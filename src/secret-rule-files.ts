import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { compilePattern, provingTexts } from './understand/secret-regex.ts';
import type { SecretRule } from './understand/secret-rule.ts';
import { readSecretRules } from './understand/secret-rule-file.ts';
import { compileSecretRules, type SecretScanner, shippedSecrets } from './understand/secrets.ts';

/** A larger file of rules is not read. */
const largestFile = 1024 * 1024;
/** Milliseconds a pattern may take for one stretch of text made to keep it busy; usual ones need 0.05. */
const longestTry = 3;
/** As long as the stretch that is searched around a keyword. */
const longestText = 620;

/**
 * Files of rules in gitleaks' form (TOML, or JSON by the ending `.json`) → the shipped rules and these as one scanner. Throws an Error that names the file,
 * the rule and what to do: a rule that is not understood must not silently be none.
 */
export function readSecretRuleFiles(files: readonly string[]): {
  readonly scanner: SecretScanner;
  readonly rules: readonly SecretRule[];
} {
  const rules: SecretRule[] = [];
  for (const file of files) {
    const refuse = (detail: string, cause?: unknown): never => {
      throw new Error(`${file} is not valid, so nothing was started:\n${detail}`, { cause });
    };
    const read = readSecretRules(valueIn(file, refuse));
    if (!read.ok) return refuse(read.error.detail);
    for (const rule of read.value) {
      if (rules.some(({ id }) => id === rule.id)) refuse(`rule "${rule.id}" stands in another file already`);
      const compiled = compileSecretRules([rule]);
      if (!compiled.ok) refuse(compiled.error.detail);
      const slow = [rule.regex, ...(rule.allowlists ?? []).flatMap(({ regexes = [] }) => regexes)].some(takesTooLong);
      if (slow)
        refuse(
          `rule "${rule.id}": its pattern takes too long on text made to keep it busy. Give its repetitions limits, as in {1,40}, and keep two that fit the same letters apart.`,
        );
      rules.push(rule);
    }
  }
  if (rules.length === 0) return { scanner: shippedSecrets, rules };
  const scanner = compileSecretRules(rules);
  if (!scanner.ok) throw new Error(scanner.error.detail);
  return { scanner: scanner.value, rules };
}

function valueIn(file: string, refuse: (detail: string, cause?: unknown) => never): unknown {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`The rules for secrets in ${file} cannot be read. Name a file that is there.`, { cause });
  }
  if (text.length > largestFile) return refuse(`larger than ${largestFile} characters; split it or take rules out`);
  try {
    return path.extname(file).toLowerCase() === '.json' ? JSON.parse(text) : parse(text);
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : 'not readable', cause);
  }
}

/** Tries a pattern on ever longer texts made for it, and stops at the first that takes too long: no try can hang. */
function takesTooLong(regex: string): boolean {
  const pattern = compilePattern(regex, 'g');
  if (!pattern.ok) return false;
  for (const times of [12, 24, 48, 96, 192, longestText]) {
    for (const text of provingTexts(pattern.value.source, times)) {
      if (quickest(pattern.value, text) > longestTry) return true;
    }
  }
  return false;
}

/** Milliseconds, the best of three: a pause of the machine is no fault of the pattern. */
function quickest(pattern: RegExp, text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && best > longestTry; i++) {
    pattern.lastIndex = 0;
    const before = performance.now();
    // One search from the beginning: it fails everywhere, which costs most.
    pattern.exec(text);
    best = Math.min(best, performance.now() - before);
  }
  return best;
}
