import type { SecretRule } from './secret-rules.ts';

/** Bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

const placeholder =
  /^(?:x{3,}|\*{3,}|•+|\.{3,}|-{3,}|0{4,}|1234567?8?9?0?|abc(?:123|def).{0,8}|(?:your|my|the|some|a|an|enter|insert|put|add|replace|changeme|change[-_]?it|change[-_]?me|example|sample|test|dummy|fake|foo|bar|placeholder|redacted|removed|hidden|masked|undefined|null|none|nil|true|false|todo|tbd|secret|password|passw0rd|token|default|string|bool|boolean|number|int|optional|required|not[-_]?set|unset|empty|xxx|n\/a)(?:[-_ .:].*|\d{0,4})?)$/i;
const substituted =
  /^(?:\$|%[A-Za-z_]|<|\{\{|\$\{|#\{|@|process\.env|os\.(?:environ|getenv)|env[.[(]|System\.getenv|ENV\[|config[.[]|secrets?[.[]|vars?\.|self\.|this\.|options?\.|args?\.|params?\.|req\.|ctx\.|settings\.|props\.)/;
const marked =
  /(?:example|placeholder|redacted|changeme|your[-_]|[-_]here|dummy|xxxx|\.\.\.|…|•|<[^>]{1,40}>|\$\{|\{\{|1234567890?$|abcdefgh)/i;

/** True for words that stand where a secret would: `<token>`, `$TOKEN`, `changeme`, `xxxx`, code that fetches it. */
export function isPlaceholder(value: string): boolean {
  return placeholder.test(value) || substituted.test(value) || marked.test(value) || /^(.)\1*$/.test(value);
}

/** Letters and digits as a generator makes them: mixed, no word, no path, no date. */
export function looksRandom(value: string): boolean {
  if (value.length < 12 || value.length > 400 || isPlaceholder(value)) return false;
  if (/[\s(){}[\];,<>|]/.test(value) || /^[a-z]+(?:[-_./][a-z]+)*$/i.test(value)) return false;
  if (/^(?:\/|\.{1,2}\/|~\/|[a-z]+:\/\/)/i.test(value) || /^\d[\d.:TZ+-]*$/.test(value)) return false;
  if (!/\d/.test(value))
    return value.length >= 20 && /[a-z]/.test(value) && /[A-Z]/.test(value) && entropy(value) >= 4.2;
  return entropy(value) >= (value.length >= 20 ? 3.3 : 3);
}

/** What a person would take for a password: longer than a word, not only letters. */
export function looksLikePassword(value: string): boolean {
  if (value.length < 6 || value.length > 128 || isPlaceholder(value) || /\s/.test(value)) return false;
  if (/^[a-z_$][\w$]*(?:\.[\w$]+|\(|\[)/i.test(value) || /[(){}[\];]$/.test(value)) return false;
  if (/^(?:\/|\.{1,2}\/|~\/|[a-z]+:\/\/)/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return kinds >= 2 && (/\d/.test(value) || /[^A-Za-z0-9_.-]/.test(value)) && entropy(value) >= 2.2;
}

/** A context rule: a name that tells, a sign of assignment, a value; `judge` says whether the value is one. */
export interface WordRule extends SecretRule {
  judge(value: string, quoted: boolean): boolean;
}

const assignment = `["'\`]?\\]?\\s{0,4}(?::=|=>|==?|:)\\s{0,4}`;
const quotedOrBare = `(?:"([^"\\n]{6,300})"|'([^'\\n]{6,300})'|\`([^\`\\n]{6,300})\`|((?:[^\\s"'\`,;&|<>()]|&(?![\\w-]+=|&|\\s)){6,300}))`;

function words(id: string, literals: string, pattern: RegExp, judge: WordRule['judge']): WordRule {
  return {
    id,
    confidence: 'likely',
    literals: literals.split(' ').map((word) => word.replaceAll('+', ' ')),
    pattern,
    inside: true,
    judge,
  };
}

export const wordRules: readonly WordRule[] = [
  words(
    'generic-password',
    'password passwd passphrase pwd passwort',
    new RegExp(`[\\w-]{3,30}?${assignment}${quotedOrBare}`, 'iy'),
    (value, quoted) => (quoted ? looksLikePassword(value) : looksLikePassword(value) && entropy(value) >= 2.5),
  ),
  words(
    'password-option',
    '--password --passwd --pass --token --api-key --apikey --secret --auth-token --access-token --client-secret --private-key --secret-key',
    new RegExp(
      `--(?:password|passwd|pass|token|api-?key|secret|auth-token|access-token|client-secret|private-key|secret-key)[ =]${quotedOrBare}`,
      'iy',
    ),
    (value) => !value.startsWith('-') && (looksLikePassword(value) || looksRandom(value)),
  ),
  words(
    'generic-secret',
    'secret api_key apikey api-key access_key accesskey auth_key token private_key client_secret credential signing_key encryption_key',
    new RegExp(`[\\w-]{5,40}?${assignment}${quotedOrBare}`, 'iy'),
    (value) => looksRandom(value),
  ),
  words(
    'authorization-header',
    'authorization bearer+ x-api-key private-token',
    /(?:authorization["']?\s{0,2}[:=]\s{0,2}["']?)?(?:(?:bearer|token|basic|x-api-key|private-token)["']?[:=]?\s{1,2}["']?)([A-Za-z0-9+/=_.~-]{16,1500})/iy,
    (value) =>
      looksRandom(value) || (value.length >= 20 && !isPlaceholder(value) && entropy(value) >= 3.5 && /\d/.test(value)),
  ),
  words(
    'url-password',
    '://',
    /:\/\/[^\s/:@"'<>]{0,100}:([^\s/@"'<>]{3,200})@[\w.[\]-]/iy,
    (value) =>
      !isPlaceholder(value) &&
      !/^(?:password|pass|user|pwd|secret|postgres|root|admin|guest|mysql|redis|docker)$/i.test(value),
  ),
  words('connection-string', 'pwd= password=', /(?:pwd|password)=([^;"'\s]{4,128})(?=;|["'])/iy, (value) =>
    looksLikePassword(value),
  ),
  words(
    'curl-user',
    'curl wget',
    /(?:curl|wget)\s(?:[^|;&\n]{0,300}?\s)?(?:-u|--user|--proxy-user)[= ]?["']?[^\s:"']{1,64}:([^\s"']{3,128})/iy,
    (value) => !isPlaceholder(value),
  ),
  words(
    'database-password-option',
    'mysql mysqldump mariadb mongosh mongodump sshpass',
    /(?:mysql|mysqldump|mysqladmin|mariadb|mongosh|mongodump|sshpass)\s(?:[^|;&\n]{0,200}?\s)?-p["']?([^\s"'-][^\s"']{3,63})/iy,
    (value) => looksLikePassword(value),
  ),
  words(
    'redis-password-option',
    'redis-cli pgpassword= mysql_pwd= redis_password=',
    /(?:redis-cli\s[^|;&\n]{0,120}?-a\s{1,2}|(?:pgpassword|mysql_pwd)=)["']?([^\s"'$]{4,128})/iy,
    (value) => !isPlaceholder(value),
  ),
  words(
    'password-in-words',
    'password+is password: identified+by',
    /(?:password(?: is|:)|identified by)\s{1,2}(?:"([^"\n]{6,100})"|'([^'\n]{6,100})'|([^\s"',;]{8,100}))/iy,
    (value, quoted) => looksLikePassword(value) && (quoted || /\d/.test(value)),
  ),
];

/** True for names under which a JSON value is a secret: `password`, `apiKey`, `client_secret`. */
export function namesSecret(key: string): boolean {
  return /(?:passw(?:or)?d|passphrase|secret|api[-_]?key|access[-_]?key|auth[-_]?token|access[-_]?token|refresh[-_]?token|private[-_]?key|credential)s?$/i.test(
    key,
  );
}
