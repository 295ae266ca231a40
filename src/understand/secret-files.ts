import { type ContextRule, phrase } from './secret-assignments.ts';
import { barePassword, entropy, isPlaceholder, looksRandom, quotedPassword, wordPassword } from './secret-words.ts';

const real = (value: string) => value.length >= 4 && !isPlaceholder(value) && !/^[-$<{[(]|^%\w+%$/.test(value);
const typed = (value: string) => real(value) && (barePassword(value) || wordPassword(value));
/** What a page or a repository hands to everyone is read by everyone, however simple it is. */
const published = (value: string) =>
  !/^[-$<{%[(*x]|[{}<>]|^(?:your|some|enter|process|env|import|true|false|null|undefined)/i.test(value);
const any = () => true;

/** A word at a line's start, blanks, one value up to the line's end: the form of many Unix configuration files. */
function directive(id: string, words: string, accepts: (value: string) => boolean): ContextRule {
  const inner = phrase(
    id,
    words,
    new RegExp(`(?:${words})[ \\t]{1,8}(?:"([^"\\n]{4,128})"|([^\\s"'#;]{4,128}))[ \\t]{0,4}(?:\\r?\\n|$)`, 'iy'),
    accepts,
  );
  const find: ContextRule['find'] = (text, at, end) =>
    /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, at - 12), at)) ? inner.find(text, at, end) : null;
  return { ...inner, find };
}

/** A login or a host on the line before: what follows `password` is a password, not the next word of a sentence. */
const afterLogin =
  /(?:user(?:name)?|login|identity|account|hostname|host|auth)[ \t]{1,8}"?[^\s"]{1,80}"?[ \t]{0,4}\r?\n[^\n]{0,20}$/i;

function passwordLine(): ContextRule {
  const inner = directive('configured-password', 'password|passwd', (value) => quotedPassword(value) || typed(value));
  return {
    ...inner,
    find: (text, at, end) =>
      afterLogin.test(text.slice(Math.max(0, at - 160), at)) ? inner.find(text, at, end) : null,
  };
}

/** `name:hash:…` of passwd and shadow files in the oldest form, thirteen letters; read back from what follows it. */
const oldHash: ContextRule = {
  id: 'password-hash-des',
  literals: [':0:99999:7', ':/bin/bash', ':/bin/sh', ':/bin/zsh'],
  cost: 3,
  find(text, at) {
    const before = text.slice(Math.max(0, at - 240), at);
    const match = /(?:^|\n)[\w.-]{1,32}:([./A-Za-z0-9]{13})(?=:[^\n]{0,180}$)/.exec(before);
    if (match === null) return null;
    const start = at - before.length + match.index + match[0].length - 13;
    return /\d|[a-z][A-Z]/.test(match[1] ?? '') ? [start, start + 13] : null;
  },
};

/** What configuration files hold at a place of their own, told by the word before it. */
export const fileValues: readonly ContextRule[] = [
  directive('configured-password', 'requirepass|masterauth|bindpw|rootpw|ldap_bind_pw', (value) => real(value)),
  passwordLine(),
  oldHash,
  phrase(
    'wifi-password',
    'psk',
    /psk\s{0,3}=\s{0,3}(?:"([^"\n]{8,63})"|([^\s"]{8,64}))/iy,
    (value) => real(value) && !/^(?:wpa|sae|eap|none)/i.test(value),
  ),
  phrase(
    'database-login',
    'sqlconnectinfo',
    /sqlconnectinfo\s{1,8}\S{1,80}\s{1,8}\S{1,40}\s{1,8}["']?([^\s"']{4,80})/iy,
    real,
  ),
  phrase('jdbc-login', 'jdbc:oracle:', /jdbc:oracle:\w{2,5}:[^\s/@"']{1,64}\/([^\s@"']{3,128})@/iy, real),
  phrase(
    'nickserv-password',
    'identify ',
    /identify\s{1,2}(?:[\w-]{1,30}\s{1,2})?([^\s"';]{5,80})["';]/iy,
    barePassword,
  ),
  phrase(
    'snmp-community',
    'community ',
    /community\s{1,4}(?:string\s)?["']?([^\s"']{5,64})["']?\s{1,4}(?:rw|ro|rwa)\b/iy,
    (value) => real(value) && !/^(?:public|private)$/i.test(value),
  ),
  phrase(
    'cisco-password',
    'password 7 |secret 5 |key 7 |secret 0 |password 0 ',
    /(?:password|secret|key)\s[057]\s([A-F0-9]{10,100}(?![A-Za-z0-9])|\S{6,80})/iy,
    (value) => /^[A-F0-9]{10,}$/i.test(value) || barePassword(value),
  ),
  phrase('remote-desktop-password', 'password 51:b:', /password 51:b:([A-F0-9]{64,2000})/iy, any),
  phrase(
    'piped-password',
    'echo |printf ',
    /(?:echo|printf)\s{1,3}["']?([^\s"'|]{4,128})["']?\s{0,3}\|\s{0,3}(?:kinit|cryptsetup|su\b|gpg\s[^|\n]{0,80}--passphrase-fd|openssl\s[^|\n]{0,80}-pass(?:in)?\s{1,2}stdin)/iy,
    typed,
  ),
  phrase(
    'shell-variable',
    'set -',
    /set\s{1,2}-\w{1,3}\s{1,2}\w{0,40}(?:password|passwd|token|secret|api_key|access_key|secret_key)\s{1,2}["']?([^\s"';$]{6,300})/iy,
    (value) => real(value) && (barePassword(value) || looksRandom(value)),
  ),
  phrase(
    'salt',
    'hash_salt|_salt|secret_salt|cookie_secret|cookie_validation|blowfish_secret',
    /\w{5,17}(?:key)?["']\s{0,3}\]?\s{0,3}(?:=>?|,|:)\s{0,3}["']([^"'\n]{16,128})["']/iy,
    looksRandom,
  ),
  phrase(
    'crypt-key',
    "'crypt'",
    /'crypt'\s{0,4}=>\s{0,4}(?:\[|array\s?\()\s{0,20}'key'\s{0,4}=>\s{0,4}'([A-Za-z0-9+/=]{24,128})'/iy,
    any,
  ),
  phrase(
    'github-oauth',
    'github-oauth|gitlab-token|bitbucket-oauth|"bearer"',
    /[\w-]{6,15}"\s{0,4}:\s{0,4}\{\s{0,40}"[\w.-]{3,80}"\s{0,4}:\s{0,4}"([A-Za-z0-9_-]{16,100})"/iy,
    looksRandom,
  ),
  phrase(
    'rails-key',
    'master.key|credentials.yml.enc',
    /[\w.]{10,20}\s{0,3}(?::|=|<<<|\n)\s{0,3}["']?([a-f0-9]{32})(?![a-f0-9])/iy,
    any,
  ),
  phrase(
    'rails-key',
    'echo |printf ',
    /(?:echo|printf)\s{1,3}(?:-n\s)?["']?([a-f0-9]{32})["']?\s{0,3}>\s{0,3}\S{0,80}\.key\b/iy,
    any,
  ),
  phrase('laravel-key', 'base64:', /base64:([A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])/iy, looksRandom),
  phrase(
    'table-of-users',
    'insert into',
    /insert into[^;]{1,200}?pass\w{0,12}[^;]{1,300}?values\s{0,4}\([^;]{0,300}?'([a-f0-9]{32}|[a-f0-9]{40}|[a-f0-9]{64}|\*[A-F0-9]{40})'/iy,
    any,
  ),
  phrase('stored-login', 'encryptedpassword"', /encryptedpassword"\s{0,4}:\s{0,4}"([A-Za-z0-9+/=]{24,400})"/iy, any),
  phrase(
    'published-login',
    'react_app_|next_public_|vite_|vue_app_|expo_public_|gatsby_|nuxt_public_',
    /(?:react_app|next_public|vite|vue_app|expo_public|gatsby|nuxt_public)_\w{0,40}(?:user|username|login|password|pass|pwd)\s?=\s?["']?([^\s"'#]{3,100})/iy,
    published,
  ),
  phrase(
    'build-script-login',
    'credentials {|credentials{',
    /credentials\s?\{[^}]{0,300}?password\s{0,3}=?\s{0,3}["']([^"'\n$]{4,100})["']/iy,
    published,
  ),
  phrase('mailer-login', '->password', /->password\s{0,16}=\s{0,3}["']([^"'\n$]{3,100})["']/iy, published),
  phrase(
    'aws-pair',
    'akia|asia|a3t',
    /(?:AKIA|ASIA|A3T[A-Z0-9])[A-Z0-9]{16}["'`]?[,;:|\s"']{1,6}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/y,
    (value) => !isPlaceholder(value) && entropy(value) >= 3.4,
  ),
  phrase(
    'setter',
    'define(',
    /define\(\s{0,3}["']\w{0,30}(?:PASSWORD|PASSWD|_KEY|_SALT|SECRET)["']\s{0,3},\s{0,20}["']([^"'\n]{6,300})["']/y,
    quotedPassword,
  ),
  phrase(
    'firebase-server-key',
    'aaaa',
    /(?<![A-Za-z0-9+/])AAAA[A-Za-z0-9_-]{7}:([A-Za-z0-9_-]{140})(?![A-Za-z0-9_-])/y,
    any,
  ),
  phrase(
    'make-hook',
    'hook.eu1.make.com/|hook.eu2.make.com/|hook.us1.make.com/|hook.us2.make.com/|hook.integromat.com/',
    /hook\.[\w.]{5,18}com\/([a-z0-9]{28,40})/iy,
    any,
  ),
  phrase(
    'password-in-words',
    '비밀번호|비번|密码|密碼|パスワード|пароль|heslo|ifre|jelsz|senord|salasana|adgangskode|mật khẩu',
    /(?:비밀번호|비번|密码|密碼|パスワード|пароль|heslo|ifre(?:si|niz)?|jelsz(?:ó|o)|senord|salasana|adgangskode|mật khẩu)(?:[은는이가は是]|\s?:|：|\s?=|\s?-|\s{1,2}(?:is|es|je|on|är|er|là|это))?\s{0,3}["'`«「]?([^\s"'`»」,;、。]{5,100})/iy,
    (value) => barePassword(value) && /\d|[^\w]/.test(value),
  ),
  phrase(
    'password-in-words',
    'id/pw|id / pw|login/pass|user/pass|username/password|id/password|pw: |pw is |pw:|pw=|pw -|pass: ',
    /(?:(?:id|login|user|username) ?\/ ?(?:pw|pass|password)\s{0,2}[:=]?\s{1,3}\S{2,60}(?: ?[/,|] ?| {1,2})["']?([^\s"',;/]{5,80})|(?:pw|pass)(?: is|:|=| -)\s{0,3}["'`]?([^\s"'`,;]{5,80}))/iy,
    (value) => barePassword(value) && /\d|[^\w]/.test(value),
  ),
];
