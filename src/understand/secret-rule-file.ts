import { fail, ok, type Result } from '../core/result.ts';
import type { SecretRule } from './secret-rule.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Allowed {
  readonly regexes: readonly string[];
  readonly stopwords: readonly string[];
  readonly regexTarget: 'secret' | 'match';
}

const inFile = ['title', 'description', 'minVersion', 'extend', 'rules', 'allowlist', 'allowlists'];
const inRule = [
  'id', 'description', 'regex', 'keywords', 'entropy', 'secretGroup', 'allowlist', 'allowlists', 'confidence',
  'tags', 'path', 'skipReport',
]; // biome-ignore format: one row of names
const inAllowed = [
  'description',
  'condition',
  'regexes',
  'regexTarget',
  'stopwords',
  'paths',
  'commits',
  'targetRules',
];

/** Collects every mistake with its place, so that a file is mended in one go. */
class Reading {
  readonly mistakes: string[] = [];

  wrong(where: string, what: string): void {
    this.mistakes.push(`${where}: ${what}`);
  }

  fields(value: unknown, where: string, known: readonly string[]): Fields | null {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.wrong(where, 'a table is expected');
      return null;
    }
    for (const name of Object.keys(value))
      if (!known.includes(name)) this.wrong(`${where}.${name}`, `unknown; known are ${known.join(', ')}`);
    return value as Fields;
  }

  list(value: unknown, where: string): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.wrong(where, 'a list is expected');
    return [];
  }

  texts(value: unknown, where: string): readonly string[] {
    const all = this.list(value, where);
    const texts = all.filter((each) => typeof each === 'string');
    if (texts.length < all.length) this.wrong(where, 'a list of strings is expected');
    return texts;
  }

  number(value: unknown, where: string, most: number): number | undefined {
    if (value === undefined) return undefined;
    const number = Number(value);
    if ((typeof value === 'number' || typeof value === 'bigint') && number >= 0 && number <= most) return number;
    this.wrong(where, `a number from 0 to ${most} is expected`);
    return undefined;
  }
}

/**
 * What a file of rules in gitleaks' form holds → rules. `paths`, `path`, `commits`, `tags` and `extend.useDefault` are
 * taken and mean nothing here: a text has no place in a repository, and the shipped rules always apply. A rule without
 * `keywords` gets those words that its pattern cannot match without. Error `secret-rules-invalid`, one line for each mistake.
 */
export function readSecretRules(value: unknown): Result<readonly SecretRule[]> {
  const reading = new Reading();
  const file = reading.fields(value, 'file', inFile);
  if (file === null) return fail('secret-rules-invalid', reading.mistakes.join('\n'));
  const { path, url } = (file.extend ?? {}) as Fields;
  if (path !== undefined || url !== undefined)
    reading.wrong('extend', 'other files are not followed; give each of them by its own name');
  const everywhere = allowedIn(reading, file, 'file');
  const rules: SecretRule[] = [];
  for (const [i, each] of reading.list(file.rules, 'rules').entries()) {
    const rule = ruleIn(reading, each, `rules[${i}]`, everywhere);
    if (rule === null) continue;
    if (rules.some(({ id }) => id === rule.id)) reading.wrong(`rules[${i}].id`, `"${rule.id}" stands twice`);
    rules.push(rule);
  }
  return reading.mistakes.length > 0 ? fail('secret-rules-invalid', reading.mistakes.join('\n')) : ok(rules);
}

function ruleIn(reading: Reading, value: unknown, at: string, everywhere: readonly Allowed[]): SecretRule | null {
  const fields = reading.fields(value, at, inRule);
  if (fields === null) return null;
  const { id, description, regex, confidence } = fields;
  if (typeof id !== 'string' || !/^[\w.-]{1,80}$/.test(id)) {
    reading.wrong(`${at}.id`, 'a name of letters, digits, "-", "_" and "." is expected, at most 80');
    return null;
  }
  const where = `rule "${id}"`;
  if (typeof regex !== 'string' || regex === '') {
    const why = fields.path === undefined ? 'is missing' : 'is missing: rules of paths alone are not known here';
    reading.wrong(`${where}: regex`, `${why}; add one, or take the rule out`);
    return null;
  }
  if (confidence !== undefined && confidence !== 'likely' && confidence !== 'verified-format')
    reading.wrong(`${where}: confidence`, 'is "likely" or "verified-format"');
  const given = reading.texts(fields.keywords, `${where}: keywords`);
  const keywords = (given.length > 0 ? given : wordsIn(regex)).map((word) => word.toLowerCase());
  if (keywords.length === 0 || keywords.some((word) => word.length < 2))
    reading.wrong(`${where}: keywords`, 'add words of two letters or more of which one stands in or near each match');
  const entropy = reading.number(fields.entropy, `${where}: entropy`, 8);
  const secretGroup = reading.number(fields.secretGroup, `${where}: secretGroup`, 99);
  const allowed = [...allowedIn(reading, fields, where), ...everywhere];
  return {
    id,
    description: typeof description === 'string' ? description : id,
    regex,
    keywords,
    ...(entropy ? { entropy } : {}),
    ...(secretGroup ? { secretGroup } : {}),
    ...(confidence === 'verified-format' ? { confidence } : {}),
    ...(allowed.length > 0 ? { allowlists: allowed } : {}),
  };
}

/** `allowlist`, one, and `allowlists`, several. Those that speak of paths and commits alone are left out. */
function allowedIn(reading: Reading, { allowlist, allowlists }: Fields, at: string): readonly Allowed[] {
  const single = allowlist === undefined || Array.isArray(allowlist) ? [] : [allowlist];
  const several = Array.isArray(allowlist) ? allowlist : [];
  return [...single, ...several, ...reading.list(allowlists, `${at}: allowlists`)].flatMap((value) => {
    const fields = reading.fields(value, `${at}: allowlist`, inAllowed);
    if (fields === null) return [];
    const regexes = reading.texts(fields.regexes, `${at}: allowlist.regexes`);
    const stopwords = reading.texts(fields.stopwords, `${at}: allowlist.stopwords`);
    const limited = reading.list(fields.paths, at).length + reading.list(fields.commits, at).length > 0;
    // «And» with a path that nothing here has: it never holds.
    if ((fields.condition === 'AND' && limited) || regexes.length + stopwords.length === 0) return [];
    const match = fields.regexTarget === 'match' || fields.regexTarget === 'line';
    return [{ regexes, stopwords, regexTarget: match ? ('match' as const) : ('secret' as const) }];
  });
}

/** The longest run of plain letters that stands in the pattern outside classes, choices and what may be left out; none when there is no such. */
function wordsIn(regex: string): readonly string[] {
  const plain = regex.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, '\u0000').replace(/\(\?[a-z-]{1,5}\)/g, '\u0000');
  if (/^[^(]*\|/.test(plain)) return [];
  let flat = plain;
  for (let before = ''; before !== flat; ) {
    before = flat;
    flat = flat.replace(
      /\((\?(?:P?<\w+>|[a-z-]*:|<?[=!]))?([^()]*)\)([?*]|\{0)?/g,
      (_, head: string | undefined, inner: string, times: string | undefined) =>
        times !== undefined || inner.includes('|') || /[=!]$/.test(head ?? '') ? '\u0000' : inner,
    );
  }
  if (flat.includes('|')) return [];
  const runs = flat.replace(/.[?*]|.\{0[^}]*\}|\{[^}]*\}/g, '\u0000').match(/[A-Za-z0-9_-]{3,}/g) ?? [];
  return runs.sort((a, b) => b.length - a.length).slice(0, 1);
}
