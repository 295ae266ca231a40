import { assigned, type ContextRule, phrase } from './secret-assignments.ts';
import { fileValues } from './secret-files.ts';
import { phrases } from './secret-phrases.ts';
import {
  barePassword,
  entropy,
  isPlaceholder,
  leapingCase,
  looksRandom,
  quotedPassword,
  wordPassword,
} from './secret-words.ts';

/** Tokens that pages hand to everyone, and tokens of a grammar. */
const publicToken =
  /(?:csrf|xsrf|public|authenticity_?|verification|next|page|continu\w{0,8}|syntax|cancel\w{0,8})[_.-]?$/i;

/** Names ending in «key» that open nothing. */
const plainKey =
  /(?:public|primary|foreign|cache|partition|sort|range|hash|idempotency|object|row|map|group|unique|index|shard|lookup|dedup\w*|translation|i18n|query|react|registry|registration|sub|short|hot|arrow|metric|config|settings?|state|storage|local|session|sequence|issue|project|jira|bucket|s3|file|tree|node|json|by|the|any|each|this|that|item|data|field|column|route|event|job|task|lock|redis|test|same|next|prev|current|composite|natural|surrogate|event|entity|record|search|filter|context|memo|list|array|dict|prop|keyframe|commit|build|release|deploy\w*|version|content|asset|chunk|digest|checksum|blob|block|tx|address|mon|don|tur|hoc|joc|whis|wis)[_ .-]?$/i;

/** A name of someone on the lines before makes a plain word a password. */
function afterUser(text: string, at: number): boolean {
  return /(?:user(?:name)?|login|account|uid|user_?id)["']?\s{0,6}(?:=>?|:)\s{0,6}["']?[\w@.\\-]{2,60}["']?[\s,;][^{}]{0,80}$/i.test(
    text.slice(Math.max(0, at - 180), at),
  );
}

const notPlaceholder = (value: string) => !isPlaceholder(value) && !/^[-$%<{[]/.test(value);
const anyPassword = (value: string) => quotedPassword(value) && !value.startsWith('-');
/** Passwords of fresh installations: in a connection string they say nothing. */
const usual =
  /^(?:password|passwd|pass|user|username|pwd|postgres|postgresql|root|admin|guest|mysql|redis|docker|minioadmin|rabbitmq|test|mongo|neo4j|elastic|changeme|dev|development|local|app|db|x-oauth-basic|x-access-token|git|\d{1,5})$/i;
/** One value: quoted in group 2 or 3 …, bare in the last. */
const word = `(?:"([^"\\s]{1,128})"|'([^'\\s]{1,128})'|((?:[^\\s"'|;&<>]|&(?=[^\\s&])){1,128}))`;
const opt = (before: string, flags = 'iy') => new RegExp(`${before}${word}`, flags);
const option = (id: string, literals: string, before: string, accepts: (value: string) => boolean = anyPassword) =>
  phrase(id, literals, opt(before), (value) => accepts(value));

export const contextRules: readonly ContextRule[] = [
  ...phrases,
  ...fileValues,
  assigned('generic-password', 'pass pwd kennwort senha', (value, { before, word, tail, spaced, sign }, text) => {
    if (/^pass$/i.test(word) && !/^(?:w|phrase|code|[_\d.-]|$)/i.test(tail) && !/^[A-Z]/.test(tail)) return false;
    if (
      word === 'pass' &&
      !/^(?:w|phrase)/i.test(tail) &&
      /[a-z]$/.test(before) &&
      !/(?:db|user|ftp|smtp|mail|my|admin|root)$/i.test(before)
    )
      return false;
    if (/^s?(?:prompt|policy|min|max|reset|forgot|confirm|validation|protected|less)/i.test(tail)) return false;
    if (value.quoted)
      return quotedPassword(value.text) || (/^[a-z]+ [a-z]+$/.test(value.text) && afterUser(text, value.start));
    if (sign === '=>' || sign === '->' || sign === '>') return barePassword(value.text) && /\d/.test(value.text);
    if (barePassword(value.text)) return entropy(value.text) >= 2.5;
    if (sign === '=' && /^my[a-z]{4,20}\d{0,4}$/.test(value.text) && /[A-Z]_?$/.test(before))
      return afterUser(text, value.start);
    if (!wordPassword(value.text) || /^[.(]/.test(text.charAt(value.end))) return false;
    const name = `${before}${tail}`;
    if (sign === '=' && !spaced && /[A-Z]_?$/.test(before) && name === name.toUpperCase()) return true;
    if (sign === ':' && text.charAt(value.end) === ';' && /^[A-Z][a-z]*(?:[A-Z][A-Za-z]*)?$/.test(value.text))
      return false;
    return (sign === '=' || sign === ':') && /[\s,;]|^$/.test(text.charAt(value.end)) && afterUser(text, value.start);
  }),
  assigned(
    'generic-secret',
    'secret token api_key apikey api-key api+key access_key accesskey access-key auth_key authkey private_key privatekey credential signing_key encryption_key master_key license_key',
    (value, { before, tail, sign }) => {
      if (publicToken.test(before)) return false;
      if (sign === '==' || sign === '!=')
        return value.quoted && (looksRandom(value.text) || quotedPassword(value.text));
      if (/[_-]id$/i.test(tail)) return false;
      if (looksRandom(value.text))
        return value.quoted || !/[.:/]{1}.*[.:/]/.test(value.text) || entropy(value.text) >= 4.2;
      return (
        value.quoted &&
        value.text.length >= 8 &&
        entropy(value.text) >= 2.5 &&
        /[^\w\s.:/-]/.test(value.text) &&
        (/[a-z].*\d|\d.*[a-z]|#|`/i.test(value.text) || leapingCase(value.text.replace(/[\W_]/g, ''))) &&
        quotedPassword(value.text)
      );
    },
  ),
  assigned('generic-key', 'key auth creds', (value, { before, word, tail }) => {
    if (before === '' && tail === '' && !/\d/.test(value.text)) return false;
    if (plainKey.test(before) || !/^[A-Za-z0-9+/=_.~-]{20,200}$/.test(value.text) || !looksRandom(value.text))
      return false;
    if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value.text)) return before !== '' && value.quoted;
    if (/^[a-f0-9]+$/.test(value.text))
      return (
        [32, 40, 56, 64].includes(value.text.length) &&
        ((value.quoted && /[a-z]$/.test(before) && word === 'Key') ||
          /(?:api|app|sub\w*|secret|auth|enc\w*|crypt\w*|private|account|service|fb\w*)[_-]?$/i.test(before))
      );
    if (/[/.]/.test(value.text) && !/=$/.test(value.text)) return false;
    if (/(?:^|[-_])[A-Za-z][a-z]{3,}(?:[-_]|$)/.test(value.text)) return false;
    return /\d/.test(value.text) && /[A-Za-z]/.test(value.text) && entropy(value.text) >= 3.5;
  }),
  option(
    'password-option',
    '--pass|--token|--api-key|--apikey|--secret|--auth-token|--access-token|--client-secret|--private-key|--secret-key|--bind-pw|--pw',
    '--(?:pass(?:word|wd|phrase)?|token|api-?key|secret|auth-token|access-token|client-secret|private-key|secret-key|bind-pw|pw)[ =]\\s{0,3}',
    (value) => !value.startsWith('-') && (barePassword(value) || looksRandom(value)),
  ),
  phrase(
    'authorization-header',
    'authorization|bearer |x-api-key|private-token|x-auth-token|ssws |x-vault-token',
    /(?:(?:proxy-)?authorization["']?\s{0,2}[:=,]\s{0,2}\\?["']?)?(?:(?:bearer|token|basic|ssws|apikey|api-token|authorization:|x-api-key|private-token|x-auth-token|x-vault-token)["']?[:=,]?\s{1,2}\\?["']?)(?:token\s)?([A-Za-z0-9+/=_.~-]{12,1500})/iy,
    (value) =>
      looksRandom(value) || (value.length >= 20 && notPlaceholder(value) && entropy(value) >= 3.5 && /\d/.test(value)),
  ),
  phrase(
    'url-password',
    '://',
    /:\/\/[^\s/:@"'<>?#`]{0,100}:([^\s/@"'<>`]{3,200})@[\w.[\]%-]/iy,
    (value) =>
      (value === 'secret' || notPlaceholder(value.replace(/^%(?=[0-9A-F]{2})/, ''))) &&
      !usual.test(value) &&
      !/^\[?(?:redacted|pass(?:word)?|token)/i.test(value),
  ),
  phrase(
    'connection-string',
    'pwd|password',
    /(?:pwd|password)\s{0,2}=\s{0,2}([^;"'\s{}$#<]{4,128})(?=;)|(?:pwd|password)=([^;"'\s{}$#<&]{4,128})(?=["'])/iy,
    (value) =>
      (value === 'secret' || notPlaceholder(value)) &&
      !/^\*|#\{/.test(value) &&
      (!usual.test(value) || /\d/.test(value)),
  ),
  phrase(
    'curl-user',
    'curl|wget|http ',
    /(?:curl|wget|https?)\s(?:(?:[^|;&\n]|\\\n){0,240}?\s)?(?:-u|--user|--proxy-user|-a|--auth)[= ]?\s{0,2}["']?(?:[^\s:"'<$]{0,64}:["']?([^\s"']{3,128})|([\w!@#%^&*+=.~-]{8,64}):["'\s])/iy,
    (value) => notPlaceholder(value) && !usual.test(value) && !/^\[|^\/\//.test(value),
  ),
  phrase(
    'database-password-option',
    'mysql|mariadb|mongo',
    /(?:mysql(?:dump|admin|import|show|check)?|mariadb(?:-dump)?|mongo(?:sh|dump|restore|export|import)?)(?:\.exe)?\s(?:-[^|;&\n]{0,160}?\s|[\w.]{1,40}\s(?=-))?-p["']?([^\s"'-][^\s"']{3,63})/iy,
    (value) =>
      (barePassword(value) || wordPassword(value)) && !/^(?:rint|ath|rune|erm|roject|ackage|rofile|ort)/.test(value),
  ),
  option('sshpass', 'sshpass', 'sshpass\\s{1,4}-p\\s{0,3}'),
  option('redis-password-option', 'redis-cli', 'redis-cli\\s[^|;&\\n]{0,120}?(?:-a|--pass)\\s{1,2}', notPlaceholder),
  option(
    'password-variable',
    'pgpassword=|mysql_pwd=|redis_password=|redisauth=|rediscli_auth=|sshpass=|restic_password=|ansible_password=|ansible_ssh_pass=|ansible_become_pass=',
    '\\w{7,20}=',
    (value) => value.length >= 4 && notPlaceholder(value),
  ),
  option(
    'windows-password',
    'psexec',
    'psexec(?:64)?(?:\\.exe)?\\s[^\\n]{0,200}?\\s-u\\s{1,3}\\S{1,80}\\s{1,3}-p\\s{1,3}',
    (value) => value.length >= 4 && !/^[-$%<{[*]/.test(value),
  ),
  option(
    'windows-password',
    'cmdkey |net use|net user',
    '(?:cmdkey\\s[^\\n]{0,120}?/pass:|net use\\s[^\\n]{0,120}?/user:\\S{1,60}\\s{1,3}|net user\\s{1,3}[\\w.-]{1,40}\\s{1,3}(?!/))',
  ),
  option(
    'powershell-password',
    '-password ',
    '-password\\s{1,3}',
    (value) => quotedPassword(value) && (/\d|[^\w]/.test(value) || value.length > 8),
  ),
  phrase(
    'powershell-password',
    'convertto-securestring',
    /convertto-securestring\s{1,3}(?:-string\s{1,3})?(?:"([^"\n]{4,128})"|'([^'\n]{4,128})')/iy,
    notPlaceholder,
  ),
  phrase(
    'login-in-code',
    'networkcredential(|directoryentry(|passwordauthentication(|httpbasicauth(|.login(|basicauth(|usernamepasswordcredentials(|qtcredential(',
    /[.\w]{5,32}\(\s{0,6}(?:["'][^"'\n]{0,120}["']\s{0,4},\s{0,12}){1,2}["']([^"'\n]{4,100})["']/iy,
    (value) => !/\s/.test(value) && (value === 'secret' || notPlaceholder(value)) && !usual.test(value),
  ),
  option(
    'directory-password',
    'ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami',
    'ldap\\w{3,8}\\s[^|;&\\n]{0,200}?\\s-w\\s{0,3}',
  ),
  phrase(
    'smb-password',
    'smbclient|rpcclient|crackmapexec|mount.cifs|mount -t cifs|netexec|evil-winrm|xfreerdp|wmiexec',
    /(?:(?:smbclient|rpcclient)\s[^|;&\n]{0,160}?-U\s{0,2}["']?[^\s%"']{1,60}%([^\s"']{3,80})|(?:mount|mount\.cifs)\s[^|;&\n]{0,160}?pass(?:word)?=([^\s,"']{3,80})|(?:crackmapexec|netexec|evil-winrm)\s[^|;&\n]{0,160}?\s-p\s{0,2}["']?([^\s"'-][^\s"']{3,80})|xfreerdp\s[^|;&\n]{0,160}?\/p:["']?([^\s"']{3,80})|wmiexec(?:\.py)?\s{1,3}[^\s:]{1,80}:([^\s@"']{3,80})@)/iy,
    notPlaceholder,
  ),
  option(
    'archive-password',
    'zip -|7z |unrar',
    '(?:zip\\s[^|;&\\n]{0,80}?-P\\s{1,3}|(?:7z\\w?|unrar)\\s[^|;&\\n]{0,120}?\\s-p)',
    anyPassword,
  ),
  option(
    'openssl-password',
    'pass:',
    'pass:',
    (value) => value.length >= 4 && notPlaceholder(value) && !usual.test(value) && !value.includes(':'),
  ),
  option(
    'keystore-password',
    '-storepass|-keypass|-srcstorepass|-deststorepass',
    '-\\w{7,14}\\s{1,3}',
    (value) => value.length >= 4 && !/^[-$<{%]/.test(value) && !isPlaceholder(value),
  ),
  option(
    'login-option',
    'docker login|podman login|az login|helm registry login|oc login|cf login|nuget sources|skopeo login|buildah login|heroku login|npm login',
    '(?:docker|podman|az|helm registry|oc|cf|skopeo|buildah) login\\s[^|;&\\n]{0,160}?\\s-p[= ]\\s{0,2}',
    (value) => anyPassword(value),
  ),
  option(
    'account-password',
    'chpasswd|useradd|usermod|htpasswd',
    '(?:useradd|usermod)\\s(?:[^|;&\\n]{0,120}?\\s)?(?:-p|--password)[= ]\\s{0,2}',
  ),
  phrase(
    'account-password',
    'htpasswd',
    /htpasswd\s{1,3}-\w{0,6}b\w{0,6}\s{1,3}(?:\S{1,120}\s{1,3})?[\w.@-]{1,60}\s{1,3}["']?([^\s"']{3,100})/iy,
    notPlaceholder,
  ),
  phrase(
    'account-password',
    'echo',
    /echo\s{1,3}(?:-e\s)?["']?[\w.-]{1,40}:([^\s"':|]{3,80})["']?\s{0,3}\|\s{0,3}(?:sudo\s)?chpasswd/iy,
    notPlaceholder,
  ),
  option('gpg-passphrase', 'snmp', 'snmp(?:walk|get|set|bulkwalk)\\s[^|;&\\n]{0,120}?\\s-[AX]\\s{1,3}'),
  phrase(
    'password-in-words',
    'password |passphrase |identified |pin is|passcode |password: |password:',
    /(?:(?:pass(?:word|phrase|code)|pin)(?: (?:for|of|to|on) (?:the )?(?:user |account )?["'`]?[\w.@-]{1,40}["'`]?(?: [\w.@-]{1,20}){0,3})? (?:is|was|=|will be|set to|has been set to|changed to)(?: now| set to)?:?|password:|identified (?:by|with \w{1,40} by)(?: password)?(?! `))\s{1,3}(?:the\s)?(?:"([^"\n]{3,100})"|'([^'\n]{3,100})'|`([^`\n]{3,100})`|([^\s"',;`]{6,100}))/iy,
    (value, group) => proseValue(value, group < 4),
  ),
  phrase(
    'password-in-words',
    'set pass|with pass|using pass|user pass|alter user|default password',
    /(?:set|with|using|default|user|encrypted) password(?: for \S{1,60}| for user \S{1,60})?(?: is| to| =|:)?\s{1,3}(?:=\s{0,3})?(?:"([^"\n]{3,100})"|'([^'\n]{3,100})')/iy,
    (value) => !/\s/.test(value) && !isPlaceholder(value),
  ),
  phrase(
    'named-value',
    'password"|passwd"|secret"|apikey"|token"|key"|pwd"',
    /(?:password|passwd|pwd|secret|apikey|token|key)"(?:\s{1,4}value\s{0,2}=|\s{0,4}:\s{0,4}\{\s{0,40}"(?:value|defaultValue|default)"\s{0,4}:)\s{0,4}"([^"\n]{5,300})"/iy,
    (value) => quotedPassword(value) && (looksRandom(value) || !/^[a-z]+$/.test(value)),
  ),
  phrase('gradle-password', 'password ', /password\s{1,3}(?:"([^"\n]{4,100})"|'([^'\n]{4,100})')/iy, (value) =>
    quotedPassword(value),
  ),
  phrase(
    'terraform-default',
    'variable "',
    /variable "[\w-]{0,60}(?:token|secret|password|key)[\w-]{0,20}"\s{0,3}\{[^}]{0,200}?default\s{0,8}=\s{0,3}"([^"\n]{6,300})"/iy,
    (value) => looksRandom(value) || barePassword(value),
  ),
  phrase(
    'setter',
    'property(|putenv(|setenv(|define(|.set(|.put(',
    /\w{3,9}\(\s{0,3}["'][\w.-]{0,40}(?:token|secret|password|passwd|api_?key|_key)["']\s{0,3},\s{0,3}["']([^"'\n]{6,300})["']/iy,
    (value) => looksRandom(value) || barePassword(value),
  ),
  phrase(
    'kubernetes-secret',
    'kind: secret|"kind": "secret"|"kind":"secret"',
    /"?kind"?: ?"?secret"?[\s\S]{0,600}?(?<![a-z])"?data"?:\s{0,12}\{?\s{0,12}["']?[\w.-]{1,60}["']?: {1,4}(?:[>|]-?\s{1,20})?["']?([A-Za-z0-9+/]{8,4000}={0,2})["']?/iy,
    (value) => !isPlaceholder(value) && entropy(value) >= 2.5,
  ),
  phrase(
    'kubernetes-secret',
    'data:\n|data:\r\n',
    /(?<![a-z])data:\s{1,20}[\w.-]{1,60}: {1,4}(?:[>|]-?\s{1,20})?["']?([A-Za-z0-9+/]{8,4000}={0,2})["']?(?=[\s\S]{0,400}kind: {1,3}["']?secret)/iy,
    (value) => !isPlaceholder(value) && entropy(value) >= 2.5,
  ),
  phrase(
    'initial-password',
    'use the following password',
    /use the following password[^\n]{0,60}\n{1,3}\s{0,4}([a-f0-9]{32})/iy,
    () => true,
  ),
];

const states =
  /^(?:not|the|set|too|incorrect|wrong|required|invalid|correct|stored|hashed|encrypted|never|always|empty|missing|null|changed|reset|valid|generated|password|secret|on|off|true|false)$/i;

/** «password is …» in a sentence: between quotes nearly anything, without them only what no sentence holds. */
function proseValue(value: string, inQuotes: boolean): boolean {
  const plain = value.replace(/[.!?)]+$/, '');
  if (/^!\w+$/.test(plain)) return false;
  if ((isPlaceholder(plain) && !(inQuotes && /^[A-Z][a-z]+\d+$/.test(plain))) || /\s/.test(value) || states.test(plain))
    return false;
  if (inQuotes) return plain.length >= 3 && !/[{}<>]|\$[A-Za-z_]/.test(plain);
  return plain.length >= 6 && barePassword(plain) && /\d|[^\w.,'-]/.test(plain);
}
