import { type ContextRule, phrase } from './secret-assignments.ts';
import { barePassword, entropy, isPlaceholder, looksRandom, quotedPassword } from './secret-words.ts';

const real = (value: string) => value.length >= 4 && !isPlaceholder(value) && !/^[-$%<{[(]/.test(value);
const mixed = (value: string) =>
  looksRandom(value) &&
  ((/[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value)) || /^[a-f0-9]{32}$/i.test(value)) &&
  !/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}/i.test(value);

/** Turns of speech, files and commands that hold a secret at a fixed place. */
export const phrases: readonly ContextRule[] = [
  phrase(
    'element-password',
    '<pass',
    /<pass(?:word|wd|phrase)?(?: [^>\n]{0,40})?>\s{0,4}([^<\s]{4,128})\s{0,4}</iy,
    quotedPassword,
  ),
  phrase(
    'login-in-code',
    'mysql_connect(|mysqli_connect(|new mysqli(|auth=(|.auth(|pymysql.connect(',
    /[\w.= ]{4,18}\(\s{0,6}(?:["'][^"'\n]{0,80}["']\s{0,3},\s{0,6}){1,2}["']([^"'\n]{4,100})["']/iy,
    (value) => real(value) && quotedPassword(value),
  ),
  phrase(
    'dockerfile-variable',
    'env |arg ',
    /(?:env|arg)\s{1,3}[A-Z_]{0,30}(?:PASSWORD|PASSWD|TOKEN|SECRET|API_KEY|ACCESS_KEY)(?:_KEY)?\s{1,3}["']?([^\s"'=]{4,200})/iy,
    (value) => real(value) && (barePassword(value) || looksRandom(value)),
  ),
  phrase(
    'piped-password',
    'echo |printf ',
    /(?:echo|printf)\s{1,3}(?:-n\s{1,2})?["']?([^\s"'|$]{4,128})["']?\s{0,3}\|\s{0,3}(?:sudo\s[^|\n]{0,30}-\w{0,3}S\b|[^|\n]{0,100}--password-stdin)/iy,
    real,
  ),
  phrase(
    'login-token',
    'shodan init|vault login|snyk auth|ngrok authtoken|ngrok config add-authtoken|sentry-cli login|auth:token|add-authtoken',
    /(?:shodan init|vault login|snyk auth|ngrok authtoken|(?:ngrok config )?add-authtoken|sentry-cli login|auth:token)\s{1,3}["']?([A-Za-z0-9_.-]{16,200})/iy,
    looksRandom,
  ),
  phrase(
    'database-password-option',
    'mongosh |mongo |mongodump |mongorestore |mongoexport |mongoimport ',
    /mongo\w{0,7}\s(?:[^|;&\n]{0,160}?\s)?-p\s{1,2}["']?([^\s"'$-][^\s"']{3,63})/iy,
    real,
  ),
  phrase(
    'windows-password',
    'net use',
    /net use\s(?:\S{1,20}\s{1,3})?\\\\\S{1,80}\s{1,3}(?![/*])["']?([^\s"']{4,80})/iy,
    real,
  ),
  phrase('url-token', '://', /:\/\/([A-Za-z0-9_-]{20,255})(?::x-oauth-basic)?@[\w.-]/iy, looksRandom),
  phrase(
    'session-cookie',
    'cookie: ',
    /cookie: ?(?:[^\n]{0,160}?[; ])?(?:\w{0,20}sess\w{0,12}|sid|connect\.sid|\w{0,20}auth\w{0,12}|\w{0,12}token)=([A-Za-z0-9%_.:+/-]{20,400})/iy,
    looksRandom,
  ),
  phrase(
    'secret-set',
    'secret set |config set --secret |--from-literal=|--set |config:set ',
    /(?:secret set\s{1,3}\S{1,60}\s{1,3}(?:-b|--body)[ =]|config set --secret\s{1,3}\S{1,80}\s{1,3}|(?:--from-literal=|--set\s{1,2}|config:set\s{1,2})[\w.-]{0,60}(?:pass\w{0,6}|token|secret|key)=)["']?([^\s"',$]{4,300})/iy,
    (value) => real(value) && (barePassword(value) || looksRandom(value)),
  ),
  phrase(
    'password-in-words',
    'user |login: |login |creds: |credentials: ',
    /(?:(?:login|creds|credentials):? {1,2}[\w.@-]{2,40} ?[/:] ?|user(?:name)?:? {1,2}[\w.@-]{2,40},? (?:and |with )?(?:pass(?:word)?|pw):? {1,2})["'`]?([^\s"'`,;]{6,80})/iy,
    (value) => barePassword(value) && /\d/.test(value) && !/[/:]/.test(value),
  ),
  phrase(
    'token-in-words',
    'key is |token is |secret is |api key |my key|use token |use key |the token |access token |api token ',
    /(?:(?:api[ -]?key|token|secret|key)(?: is| =|:)|(?:api[ -]key|access token|api token|use (?:the )?(?:token|key)|the token|my key)(?: is|:)?)\s{1,2}["'`]?([A-Za-z0-9_.-]{20,200})/iy,
    mixed,
  ),
  phrase(
    'client-in-code',
    'client(|client.new(|newclient(|api(|api.new(|sdk(',
    /(?:client|api|sdk)(?:\.new)?\(\s{0,12}(?:\{\s{0,12}(?:auth|key|token|api_?key)\s?:\s?)?["']([A-Za-z0-9+/=_.-]{20,200})["']/iy,
    mixed,
  ),
  phrase(
    'token-in-words',
    'secret is |key is |token is ',
    /(?:secret|(?<=api )key|(?<=access )key|(?<=secret )key|token) is\s{1,2}["'`]?([a-f0-9]{20,64}|[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12})(?![\w-])/iy,
    looksRandom,
  ),
  phrase(
    'password-in-words',
    'contrase|mot de passe|passwort |kennwort |senha |wachtwoord|parola',
    /(?:contrase(?:ñ|n)a|mot de passe|passwort|kennwort|senha|wachtwoord|parola)\s{0,2}(?::|=|is|es|ist|est|é)\s{1,3}["'«]?([^\s"'»,;]{5,100})/iy,
    barePassword,
  ),
  phrase(
    'pgpass',
    ':5432:|:5433:|:6432:|:3306:',
    /:\d{4}:[\w*-]{1,40}:[\w.-]{1,40}:([^\s:"']{4,80})/iy,
    (value) => real(value) && !/^(?:rw|ro|z|cached|delegated)$/.test(value),
  ),
  phrase(
    'generic-variable',
    '_secret=|_token=|_secret_key=|_pass=|_key=',
    /_(?:secret|token|secret_key|pass|key)=["']?([^\s"'`;&|<>()$]{8,128})/iy,
    (value) =>
      barePassword(value) && /\d/.test(value) && !/12345/.test(value) && entropy(value) >= 3.1 && !/[./:]/.test(value),
  ),
];
