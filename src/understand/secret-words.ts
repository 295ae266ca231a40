const counts = new Uint16Array(128);

/** Bits per character; what is beyond ASCII counts as one letter. */
export function entropy(text: string): number {
  counts.fill(0);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) & 127;
    counts[code] = (counts[code] as number) + 1;
  }
  let bits = 0;
  for (let code = 0; code < 128; code++) {
    const count = counts[code] as number;
    if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  }
  return bits;
}

const placeholder =
  /^(?:x{3,}|\*{3,}|#{3,}|•+|\.{3,}|-{3,}|_{3,}|0{4,}|1234567?8?9?0?|abc(?:123|def).{0,8}|(?:your|my|the|some|a|an|enter|insert|put|add|replace|changeme|change[-_]?it|change[-_]?me|example|sample|test|dummy|fake|foo|bar|placeholder|redacted|removed|hidden|masked|undefined|null|none|nil|true|false|todo|tbd|secret|password|passw0rd|passwd|passphrase|token|default|string|bool|boolean|number|int|optional|required|not[-_]?set|unset|empty|xxx|n\/a)(?:[-_ .:].*|\d{0,4})?)$/i;
const substituted =
  /^['"]?(?:\$|%[A-Za-z_]|<|\{\{|\$\{|#\{|@|process\.env|os\.(?:environ|getenv)|env[.[(]|System\.getenv|ENV\[|config[.[]|secrets?[.[]|vars?\.|self\.|this\.|options?\.|args?\.|params?\.|req\.|ctx\.|settings\.|props\.|op:\/\/|vault:|ssm:|arn:|ref\+|!\w+ )/;
const marked =
  /(?:example|placeholder|redacted|changeme|your[-_]|[-_]here|dummy|xxxx|\.\.\.|…|•|\*{4}|<[^>]{1,40}>|\$\{|\{\{|#\{|\$\(|&lt;|deadbeef|(?:token|key|secret|password)[-_]?here)/i;
/** A row of the alphabet or of digits makes a short value a picture; in a long one it may be chance. */
const counted = /1234567890?$|abcdefgh/i;

/** True for words that stand where a secret would: `<token>`, `$TOKEN`, `changeme`, `xxxx`, code that fetches it. */
export function isPlaceholder(value: string): boolean {
  return (
    placeholder.test(value) ||
    substituted.test(value) ||
    marked.test(value) ||
    (value.length < 32 && counted.test(value)) ||
    /^(.)\1*$/.test(value)
  );
}

/** A vendor's format filled with one repeated letter or a counting row is a picture of a secret. */
export function isDummy(value: string, keep: number): boolean {
  const body = value.slice(keep);
  if (body.length > 2_000) return false;
  // In a long token such a word is a scrubbed part, or chance: the rest may still open something.
  if (body.length >= 80 && entropy(body) >= 4.6 && !/(.)\1{11,}/.test(body)) return false;
  return (
    /^(.)\1+$/.test(body) ||
    /(.)\1{11,}/.test(body) ||
    /EXAMPLE|example|XXXX|xxxx|YOUR|your[-_]|•|DEADBEEF|deadbeef|(?:[tT]oken|[kK]ey|[sS]ecret)[-_]?[hH]ere/.test(
      body,
    ) ||
    (body.length >= 16 && entropy(body) < 2.2) ||
    isPlaceholder(body)
  );
}

/** Letters and digits as a generator makes them: mixed, no word, no path, no date. */
export function looksRandom(value: string): boolean {
  if (value.length < 12 || value.length > 400 || isPlaceholder(value) || /abcdefghijklmnop/i.test(value)) return false;
  if (/[\s(){}[\];,<>|]/.test(value) || /^[a-z]+(?:[-_./:][a-z]+)*\d{0,2}$/i.test(value)) {
    return /^[a-zA-Z]{20,}$/.test(value) && /[a-z]/.test(value) && /[A-Z]{2}/.test(value) && entropy(value) >= 4.2;
  }
  if (/^(?:\/|\.{1,2}\/|~\/|[a-z]+:\/\/|(?:sha\d{1,3}|md5)[:-])/i.test(value) || /^\d[\d.:TZ+-]*$/.test(value))
    return false;
  if (/^(?:[a-z]{2,12}[-_./:]){1,8}[a-z]{2,12}(?:[-_./:]?\d{1,4})?$/i.test(value)) return false;
  if (!/\d/.test(value))
    return value.length >= 20 && /[a-z]/.test(value) && /[A-Z]/.test(value) && entropy(value) >= 4.2;
  return entropy(value) >= (value.length >= 20 ? 3.1 : 3);
}

/** Letters alone whose case leaps like dice, unlike `camelCase` and `PascalCase`. */
export function leapingCase(value: string): boolean {
  if (!/^[A-Za-z]{9,64}$/.test(value) || !/[a-z]/.test(value) || !/[A-Z].*[A-Z].*[A-Z]/.test(value)) return false;
  return value.length / value.split(/(?=[A-Z])/).length < 2.3 && /[a-z][A-Z]+[a-z]+[A-Z]/.test(value);
}

const spoken =
  /pass(?:w|$|[-_])|passwd|passphrase|secret|token|forgot|reset|confirm|invalid|require|enter|label|placeholder|string|number|text|field|input|value|type|error|message|^(?:change|update|create|current|new|old|show|hide|toggle|login|logout|signin|sign|user|username|admin_?user|email|account|name|auto|true|false|none|null|undefined|object|function|return|const|await|async|default|hidden|visible|submit|click|button|strong|weak|medium|basic|plain|plaintext|encrypted|hashed|hash|bcrypt|encoded|prompt|stdin|interactive|grant|always|never|disabled|enabled|optional|missing|incorrect|wrong|empty|changed|expired|update[ds]?)$/i;

/** What a person would take for a password standing between quotes. */
export function quotedPassword(value: string): boolean {
  if (value.length < 4 || value.length > 128 || isPlaceholder(value)) return false;
  if (/\s/.test(value)) return false;
  if (/^(?:\/|\.{1,2}\/|~|[a-z]{2,10}:\/\/|#[\w-]+$|\.[\w-]+$|--?[a-z])/i.test(value) || /[:：…({[]$/.test(value))
    return false;
  if (/[(){}[\]<>]/.test(value) && /^[\w$.]+[([]|=>|<\/?\w/.test(value)) return false;
  if (/[/#].*[/#]|^[\w.-]+\/[\w./-]+$/.test(value) && !/\d/.test(value)) return false;
  if (/^(?!(?:re|for|ch|con|up|cur|new|old|set|get|ver|show|hide|enter|in|wrong|mis|val))[a-z]{14,40}$/.test(value))
    return true;
  if (/^[A-Za-z]+$/.test(value))
    return leapingCase(value) || (value.length >= 6 && !spoken.test(value) && !/[a-z][A-Z]/.test(value));
  if (/^[A-Za-z]+(?:[-_. ][A-Za-z]+)+$/.test(value))
    return !spoken.test(value) && !value.split(/[-_. ]/).some((word) => spoken.test(word)) && !/\./.test(value);
  if (/^\d+$/.test(value)) return value.length >= 4;
  return !/^[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+$/i.test(value);
}

/** What a person would take for a password without quotes: more than a word, no code. */
export function barePassword(value: string): boolean {
  if (value.length < 6 || value.length > 128 || isPlaceholder(value) || /\s/.test(value)) return false;
  if (leapingCase(value)) return true;
  if (/^!(?:[a-z-]+$|!|\w+[.(])/.test(value)) return false;
  if (/^[a-z_$][\w$]*(?:\.[\w$]+|\(|\[|::|->|\/)/i.test(value) || /[(){}[\];:]$/.test(value)) return false;
  if (/^[A-Za-z]+\d{0,1}$|^\d+$/.test(value) || /^[a-z]+(?:[-_][a-z]+)+$/i.test(value)) return false;
  if (/^(?:\/|\.{1,2}\/|~|[a-z]{2,10}:\/\/|--?[a-z])/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return kinds >= 2 && (/\d/.test(value) || /[^A-Za-z0-9_.-]/.test(value)) && entropy(value) >= 2.2;
}

/** A password that is one word, as configuration files have them. */
export function wordPassword(value: string): boolean {
  if (/^(?!(?:re|for|ch|con|up|cur|new|old|set|get|ver|show|hide|enter|in|wrong|mis|val))[a-z]{14,40}$/.test(value))
    return true;
  return (
    /^[A-Za-z][\w!@#%^&*+-]{4,63}$/.test(value) &&
    !isPlaceholder(value) &&
    !spoken.test(value) &&
    !/^(?:[A-Z_]+|[a-z]+[A-Z]\w*)$/.test(value)
  );
}

/** True for names under which a JSON value is a secret: `password`, `apiKey`, `client_secret`. */
export function namesSecret(key: string): boolean {
  return /(?:passw(?:or)?d|passphrase|secret|api[-_]?key|access[-_]?key|auth[-_]?token|access[-_]?token|refresh[-_]?token|private[-_]?key|credential)s?$/i.test(
    key,
  );
}
