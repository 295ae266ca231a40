// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is shell text that is tested
import { describe, expect, it } from 'vitest';
import { findSecrets, maskText } from './secrets.ts';

// Every secret here is made while the test runs.
const make = (length: number, from: string) =>
  Array.from({ length }, (_, i) => from.charAt((i * 7 + (i >> 3) * 3 + 3) % from.length)).join('');
const mixed = (length: number) => make(length, 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC');
const hex = (length: number) => make(length, '3f9a1c7e5b2d8046');
const typed = ['Kestrel', '4417', '!'].join('');
const uuid = `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`;

const held: readonly (readonly [what: string, text: (value: string) => string, value: string])[] = [
  ['redis.conf', (v) => `port 6379\nrequirepass ${v}\n`, typed],
  ['ldap.conf', (v) => `binddn cn=reader,dc=example\nbindpw ${v}\n`, typed],
  ['a mail client', (v) => `account work\nuser ines\npassword ${v}\n`, typed],
  ['wpa_supplicant.conf', (v) => `network={\n  ssid="Office"\n  psk="${v}"\n}`, typed],
  ['proftpd.conf', (v) => `SQLConnectInfo files@db.example ines ${v}`, typed],
  ['a JDBC address of Oracle', (v) => `jdbc:oracle:thin:reports/${v}@db.example:1521:prod`, typed],
  ['a router', (v) => `snmp-server community ${v} RO`, typed],
  ['passwd of old', (v) => `ines:${v}:1001:1001:Ines:/home/ines:/bin/bash`, `k${mixed(12)}`],
  ['a fish shell', (v) => `set -gx STAGING_API_KEY ${v}`, mixed(24)],
  ['kinit', (v) => `echo ${v} | kinit ines@EXAMPLE.ORG`, typed],
  ['auth.json of composer', (v) => `{"github-oauth":{"github.com":"${v}"}}`, hex(40)],
  ['master.key', (v) => `config/master.key: ${v}`, hex(32)],
  ['a dump of users', (v) => `INSERT INTO users (name, password) VALUES ('ines', '${v}');`, hex(32)],
  ['the front end', (v) => `VITE_ADMIN_PASSWORD=${v}`, 'spring'],
  ['a build script', (v) => `credentials {\n  username "ci"\n  password "${v}"\n}`, 'letmein'],
  ['a list of AWS keys', (v) => `AK${'IA'}${make(16, 'A7B3C5D2E6FQ4RZT')},${v}`, mixed(40)],
  ['Rust', (v) => `let password: &str = "${v}";`, typed],
  ['Scala', (v) => `val apiToken: String = "${v}"`, mixed(20)],
  ['R', (v) => `api_key <- "${v}"`, mixed(24)],
  ['a template of Azure', (v) => `"adminPassword": { "value": "${v}" }`, typed],
  ['letters by dice', (v) => `"passphrase": "${v}"`, 'kXpQvTzrWmBd'],
  ['a client made in code', (v) => `const mail = Mandrill::Client.new("${v}")`, mixed(22)],
  ['a second mention of the service', (v) => `# about Mandrill\nm = Mandrill::API.new("${v}")`, mixed(22)],
  ['a line of notes', (v) => `- bugsnag ${v}\n`, hex(32)],
  ['talk', (v) => `the codecov token is ${v}`, uuid],
  ['talk of a place', (v) => `the password for the staging box is ${v} please rotate`, typed],
  ['Korean', (v) => `아이디: ines 비밀번호: ${v}`, typed],
  ['Russian', (v) => `Пароль: ${v}`, typed],
  ['Japanese', (v) => `パスワードは ${v}`, typed],
  ['a pair', (v) => `ID/PW: ines / ${v}`, typed],
  ['SQL with a sign', (v) => `CREATE USER ines IDENTIFIED BY '${v}$';`, typed],
];

const free = [
  'requirepass ${REDIS_PASSWORD}',
  'password "is missing" in the form',
  'password: !vault |',
  'community support is friendly and rw',
  'echo $PASS | kinit ines',
  'VITE_API_USER_URL=https://example.org',
  'credentials {\n  username = project.user\n  password = project.pass\n}',
  `"/src/secrets.ts": "${hex(40)}"`,
  `const commitKey = '${hex(40)}';`,
  `bugsnag ${hex(32)} was the commit that broke it`,
  'type Login = { password: URLPatternResult; }',
  "['pwd',\n 'python']",
  'the password for the staging box is in the vault',
  'the method identified by `algorithm`, see above',
];

describe('What files, code and talk hold at a place of their own', () => {
  it.each(held)('%s', (_, text, value) => {
    const { text: shown, hits } = maskText(text(value));
    expect(hits).not.toEqual([]);
    expect(shown).not.toContain(value);
  });

  it.each(free)('%s is no secret', (text) => {
    expect(findSecrets(text, '')).toEqual([]);
  });
});
