import { prefixed, type SecretRule } from './secret-rule.ts';

const pem = '-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----';
const b64pem = 'LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,40}(?:UFJJVkFUR|BSSVZBVE|QUklWQVRF)';

function hash(id: string, description: string, keywords: string, regex: string): SecretRule {
  return { ...prefixed(id, description, keywords, regex, keywords.split(' ')[0]?.length), anchor: 'inside' };
}

/** Forms that many makers share: tokens, keys, hashes of passwords, files of credentials. */
export const formRules: readonly SecretRule[] = [
  {
    ...prefixed(
      'jwt',
      'JSON Web Token',
      'eyj',
      'eyJ[A-Za-z0-9_-]{10,2000}\\.eyJ[A-Za-z0-9_/-]{10,4000}(?:\\.[A-Za-z0-9_/-]{10,1500}={0,2})',
      3,
    ),
    check: 'jwt-header',
  },
  prefixed(
    'jwe',
    'Encrypted JSON Web Token',
    'eyj',
    'eyJ[A-Za-z0-9_-]{10,1000}\\.[A-Za-z0-9_-]{0,1000}\\.[A-Za-z0-9_-]{12,40}\\.[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{16,60}',
    3,
  ),
  prefixed('jwt-base64', 'JSON Web Token in base64', 'zxlk', 'ZXlK[A-Za-z0-9+/_-]{60,6000}={0,2}', 4),
  {
    id: 'private-key',
    description: 'Private key',
    keywords: ['-----begin'],
    anchor: 'inside',
    confidence: 'verified-format',
    keep: 11,
    regex: `${pem}[^-]{40,16000}(?:-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----)?`,
  },
  {
    id: 'private-key-base64',
    description: 'Private key in base64',
    keywords: ['ls0tls1crudjti'],
    anchor: 'inside',
    confidence: 'verified-format',
    keep: 10,
    regex: `${b64pem}[A-Za-z0-9+/]{40,16000}={0,2}`,
  },
  {
    id: 'putty-key',
    description: 'PuTTY private key',
    keywords: ['putty-user-key-file-'],
    anchor: 'inside',
    confidence: 'verified-format',
    keep: 20,
    regex: 'PuTTY-User-Key-File-\\d:[\\s\\S]{40,6000}?Private-MAC: [a-f0-9]{40,64}',
  },
  {
    id: 'certificate-bundle',
    description: 'PKCS #12 bundle in base64',
    keywords: ['mii'],
    anchor: 'start',
    confidence: 'likely',
    keep: 4,
    regex: 'MII[A-Za-z0-9+/]{3}IBAzCC[A-Za-z0-9+/]{60,9000}={0,2}',
  },
  prefixed(
    'age-key',
    'age secret key',
    'age-secret-key-',
    'AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,1200}',
  ),
  {
    ...prefixed(
      'wireguard-key',
      'WireGuard key',
      'privatekey presharedkey',
      '(?:PrivateKey|PresharedKey)\\s{0,3}=\\s{0,3}([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)',
      0,
    ),
    anchor: 'inside',
  },
  prefixed('bitcoin-key', 'Extended private key of a wallet', 'xprv yprv zprv', '[xyz]prv[1-9A-HJ-NP-Za-km-z]{107}'),
  {
    ...prefixed(
      'ethereum-key',
      'Private key of a wallet',
      'private_key privatekey private-key',
      '[a-zA-Z_-]{10,11}["\']?\\s{0,3}[:=]\\s{0,3}["\']?((?:0x)?[a-fA-F0-9]{64})',
      0,
    ),
    anchor: 'inside',
  },
  hash(
    'password-hash-md5',
    'Password hash (MD5 crypt)',
    '$1$ $apr1$',
    '\\$(?:1|apr1)\\$[./A-Za-z0-9]{1,8}\\$[./A-Za-z0-9]{22}',
  ),
  hash(
    'password-hash-bcrypt',
    'Password hash (bcrypt)',
    '$2a$ $2b$ $2x$ $2y$',
    '\\$2[abxy]\\$\\d{2}\\$[./A-Za-z0-9]{53}',
  ),
  hash(
    'password-hash-sha',
    'Password hash (SHA crypt, yescrypt)',
    '$5$ $6$ $y$ $7$',
    '\\$(?:[56]\\$(?:rounds=\\d{4,9}\\$)?[./A-Za-z0-9]{1,16}\\$(?:[./A-Za-z0-9]{86}|[./A-Za-z0-9]{43})|y\\$[./A-Za-z0-9]{1,8}\\$[./A-Za-z0-9]{1,86}\\$[./A-Za-z0-9]{43}|7\\$[./A-Za-z0-9]{11,97}\\$[./A-Za-z0-9]{43})',
  ),
  hash('password-hash-cisco', 'Password hash (Cisco)', '$8$ $9$', '\\$[89]\\$[./A-Za-z0-9]{14}\\$[./A-Za-z0-9]{43}'),
  hash(
    'password-hash-argon2',
    'Password hash (argon2, scrypt, PBKDF2)',
    '$argon2 $scrypt$ $pbkdf2 pbkdf2_sha256$',
    '\\$?(?:argon2(?:id|i|d)\\$v=\\d{1,3}\\$m=\\d{1,9},t=\\d{1,4},p=\\d{1,3}\\$[A-Za-z0-9+/=]{8,90}\\$[A-Za-z0-9+/=]{16,120}|scrypt\\$[^\\s"\']{40,200}|pbkdf2(?:-sha\\d{1,3})?\\$\\d{1,8}\\$[./A-Za-z0-9+=]{8,60}\\$[./A-Za-z0-9+=]{20,120}|pbkdf2_sha256\\$\\d{1,8}\\$[A-Za-z0-9]{8,40}\\$[A-Za-z0-9+/]{43}=)',
  ),
  hash(
    'kerberos-hash',
    'Kerberos ticket hash',
    '$krb5asrep$ $krb5tgs$ $krb5pa$',
    '\\$krb5(?:asrep|tgs|pa)\\$\\d{1,2}\\$[^\\s"\']{40,4000}',
  ),
  hash(
    'ldap-hash',
    'Password hash (LDAP)',
    '{ssha {sha {smd5} {crypt}',
    '\\{(?:S?SHA(?:256|384|512)?|SMD5|CRYPT)\\}[A-Za-z0-9+/$.]{24,110}={0,2}',
  ),
  {
    id: 'ntlm-dump',
    description: 'Windows password hashes',
    keywords: [':aad3b435b51404ee'],
    anchor: 'inside',
    confidence: 'verified-format',
    keep: 0,
    regex: ':(aad3b435b51404eeaad3b435b51404ee:[a-f0-9]{32})',
  },
  {
    id: 'docker-auth',
    description: 'Registry credential in base64',
    keywords: ['"auth"'],
    anchor: 'inside',
    regex: '"auth"\\s{0,4}:\\s{0,4}"([A-Za-z0-9+/]{16,400}={0,2})"',
    check: 'base64-json',
  },
  {
    id: 'kubeconfig-key',
    description: 'Client key of a kubeconfig',
    keywords: ['client-key-data'],
    anchor: 'inside',
    confidence: 'verified-format',
    regex: 'client-key-data:\\s{0,4}["\']?([A-Za-z0-9+/]{100,16000}={0,2})',
  },
  {
    id: 'netrc',
    description: 'Password of a .netrc',
    keywords: ['machine '],
    anchor: 'inside',
    regex: 'machine\\s+[\\w.-]{1,120}\\s+login\\s+\\S{1,120}\\s+password\\s+(\\S{1,160})'.replaceAll(
      '\\s+',
      '\\s{1,20}',
    ),
  },
  {
    id: 'basic-auth-header',
    description: 'Basic authentication',
    keywords: ['basic '],
    anchor: 'inside',
    regex: 'basic\\s{1,4}([A-Za-z0-9+/]{8,400}={0,2})(?![A-Za-z0-9+/=_-])',
    check: 'base64-json',
    random: false,
  },
  {
    id: 'django-secret',
    description: 'Django secret key',
    keywords: ['secret_key'],
    anchor: 'inside',
    regex: 'SECRET_KEY["\']?\\s{0,4}[:=]\\s{0,4}r?(?:"([^"\\n]{30,90})"|\'([^\'\\n]{30,90})\')',
    entropy: 3.5,
  },
];
