// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is shell text that is tested
import { describe, expect, it } from 'vitest';
import { crc32 } from './secret-checks.ts';
import { secretRules } from './secret-rules.ts';
import { findSecrets, maskDeep, maskText } from './secrets.ts';

// Every secret here is made while the test runs.
const alphabet = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC';
const letters = 'aBdEgHjKmNpQrStUvWxYzCfLqRsTuVwX';
const hexDigits = '3f9a1c7e5b2d8046';
const make = (length: number, from = alphabet) =>
  Array.from({ length }, (_, i) => from.charAt((i * 7 + (i >> 3) * 3 + 3) % from.length)).join('');
const hex = (length: number) => make(length, hexDigits);

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Thirty letters and their checksum, as GitHub and npm make tokens. */
const checked = (prefix: string) => {
  const body = make(30);
  let rest = crc32(body);
  let sum = '';
  for (let i = 0; i < 6; i++, rest = Math.floor(rest / 62)) sum = base62.charAt(rest % 62) + sum;
  return prefix + body + sum;
};
const header = btoa('{"alg":"HS256","typ":"JWT"}').replace(/=+$/, '');

const samples: readonly (readonly [rule: string, secret: string])[] = [
  ['aws-access-key', `AK${'IA'}${make(16, 'A7B3C5D2E6FQ4RZT')}`],
  ['google-api-key', `AI${'za'}${make(35)}`],
  ['google-oauth-secret', `GOCS${'PX-'}${make(28)}`],
  ['github-token', checked(`gh${'p_'}`)],
  ['github-token', checked(`gh${'s_'}`)],
  ['github-fine-grained', `github_${'pat_'}${make(22)}_${make(59)}`],
  ['gitlab-token', `gl${'pat-'}${make(20)}`],
  ['npm-token', checked(`np${'m_'}`)],
  ['pypi-token', `py${'pi-AgEIcHlwaS5vcmc'}${make(60)}`],
  ['anthropic-key', `sk-${'ant-api03-'}${make(93)}`],
  ['openai-key', `sk-${'proj-'}${make(60)}`],
  ['slack-token', `xo${'xb-'}${make(12, '0123456789')}-${make(24)}`],
  ['slack-webhook', `hooks.slack.com${'/services/'}T${make(10)}/B${make(10)}/${make(24)}`],
  ['stripe-key', `sk_${'live_'}${make(24)}`],
  ['sendgrid-key', `S${'G.'}${make(22)}.${make(43)}`],
  ['telegram-token', `${make(9, '123456789')}:${'AA'}${make(33)}`],
  ['digitalocean-token', `dop${'_v1_'}${hex(64)}`],
  ['databricks-token', `da${'pi'}${hex(32)}`],
  ['hashicorp-vault-token', `hv${'s.'}${make(90)}`],
  ['doppler-token', `dp${'.pt.'}${make(43)}`],
  ['linear-key', `lin${'_api_'}${make(40)}`],
  ['notion-token', `nt${'n_'}${make(46)}`],
  ['shopify-token', `shp${'at_'}${hex(32)}`],
  ['huggingface-token', `h${'f_'}${make(34, letters)}`],
  ['tailscale-key', `ts${'key-auth-'}${make(12)}-${make(32)}`],
  ['warder-token', `wr${'d_'}${make(40)}`],
  ['jwt', `${header}.ey${'J'}${make(60)}.${make(43)}`],
  ['private-key', `-----BEGIN ${'RSA PRIVATE'} KEY-----\n${make(400)}\n-----END ${'RSA PRIVATE'} KEY-----`],
  ['azure-storage-key', `${make(86)}==`],
];

const around: Readonly<Record<string, (secret: string) => string>> = {
  'azure-storage-key': (secret) => `DefaultEndpointsProtocol=https;AccountKey=${secret};EndpointSuffix=x`,
};

describe('a vendor secret', () => {
  it.each(samples)('is found by its format: %s', (rule, secret) => {
    const text = (around[rule] ?? ((each: string) => `before "${each}" after`))(secret);
    const [hit, ...more] = findSecrets(text, 'command');
    expect(hit).toMatchObject({ rule, confidence: 'verified-format', span: { field: 'command' } });
    expect(more).toEqual([]);
    const start = text.indexOf(secret);
    expect(hit?.span).toEqual({ field: 'command', start, end: start + secret.length });
  });

  it.each(samples)('is masked in place and stays masked: %s', (rule, secret) => {
    const text = (around[rule] ?? ((each: string) => `x ${each}\ny`))(secret);
    const once = maskText(text);
    expect(once.text).toHaveLength(text.length);
    expect(once.text).not.toContain(secret.slice(Math.floor(secret.length * 0.6), Math.floor(secret.length * 0.6) + 8));
    expect(once.text).toContain('•');
    expect(maskText(once.text)).toEqual({ text: once.text, hits: [] });
  });

  it('stands at a word boundary: part of a longer name is none', () => {
    const [, token = ''] = samples[3] ?? [];
    expect(findSecrets(`x_${token}`, '')).toEqual([]);
  });

  it('filled with one letter, or a picture of one, is none', () => {
    expect(findSecrets(`gh${'p_'}${'x'.repeat(36)}`, '')).toEqual([]);
    expect(findSecrets(`AK${'IA'}IOSFODNN7EXAMPLE`, '')).toEqual([]);
  });

  it('has a rule of its own name only once', () => {
    const ids = secretRules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(60);
  });
});

describe('a secret that only its neighbourhood tells', () => {
  const password = `Tr0ub${'4dor'}&3x`;
  const key = make(32);
  it.each([
    ['an assignment', `DB_PASSWORD=${password}`, password],
    ['JSON', `{"api_key": "${key}"}`, key],
    ['YAML', `client_secret: ${key}`, key],
    ['a header', `curl -H "Authorization: Bearer ${key}" https://x.example`, key],
    ['a URL', `psql postgres://ada:${password.replace('&', '7')}@db.example/x`, password.replace('&', '7')],
    ['an option', `login --password ${password}`, password],
    ['an option with =', `tool --token=${key}`, key],
    ['mysql', `mysql -u root -p${password} shop`, password],
    ['curl', `curl -u ada:${password} https://x.example`, password],
    ['a variable of psql', `PGPASSWORD=${password} psql`, password],
    ['ODBC', `Server=x;Uid=y;Pwd=${password};`, password],
    ['words', `the password is "${password}"`, password],
    ['SQL', `CREATE USER x IDENTIFIED BY '${password}'`, password],
    ['an AWS profile', `aws_secret_access_key = ${make(40)}`, make(40)],
  ])('is found in %s', (_where, text, secret) => {
    const hits = findSecrets(text, '');
    expect(hits.map(({ span }) => text.slice(span.start, span.end))).toEqual([secret]);
    expect(maskText(text).text).not.toContain(secret);
  });

  it.each([
    'password=$PASSWORD',
    'export TOKEN=${TOKEN}',
    'password: <your password>',
    'API_KEY=changeme',
    'api_key = "xxxxxxxxxxxxxxxxxxxx"',
    'password = process.env.PASSWORD',
    'token = getToken(request)',
    'const token = parser.nextToken();',
    'if (password === confirmPassword) {',
    'git show 3f786850e387550fdab836ed7e6dc881de23001b',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'maxTokens: 4096',
    'aws secretsmanager get-secret-value --secret-id my/app-2',
    'find / -name mysql -print',
    'password: string',
    'passwordHash: hash(password)',
    'https://example.com:8080/a@b',
    'secret: ${{ secrets.NPM_TOKEN }}',
    'Authorization: Bearer YOUR_TOKEN_HERE',
    'import { token } from "./token.ts"',
  ])('is not seen in %s', (text) => {
    expect(findSecrets(text, '')).toEqual([]);
  });
});

describe('masking a whole input', () => {
  const token = `gh${'p_'}${make(36)}`;

  it('keeps the shape and names the place', () => {
    const input = {
      command: `echo ${token}`,
      edits: [{ new_string: 'a' }, { new_string: token }],
      n: 1,
      x: null,
      ok: true,
    };
    const { value, hits } = maskDeep(input);
    expect(JSON.stringify(value)).not.toContain(token);
    expect(hits.map(({ span }) => span.field)).toEqual(['command', 'edits/1/new_string']);
    expect(value).toMatchObject({ edits: [{ new_string: 'a' }, {}], n: 1, x: null, ok: true });
  });

  it('gives back the same object where nothing is secret', () => {
    const input = { command: 'ls', list: ['a', { b: 'c' }] };
    expect(maskDeep(input).value).toBe(input);
  });

  it('lets the name of a field tell', () => {
    const { value } = maskDeep({ db: { password: `Sup${'3r!pass'}` }, passwords: ['x'] });
    expect(JSON.stringify(value)).toContain('•');
  });

  it('masks a secret that is the name of a field', () => {
    expect(JSON.stringify(maskDeep({ [token]: 1 }).value)).not.toContain(token);
  });

  it('does not follow JSON without end', () => {
    let deep: unknown = token;
    for (let i = 0; i < 5_000; i++) deep = [deep];
    expect(JSON.stringify(maskDeep(deep).value)).not.toContain(token);
  });

  it('takes a text made of beginnings in bounded time', () => {
    for (const piece of [
      'eyJ-',
      'eyJa.',
      'password=',
      'password="',
      '://a:',
      'curl -u ',
      'mysql -p',
      ':AA',
      'token: ',
      '-----BEGIN PRIVATE KEY-----',
      'sk-',
      'AKIA',
    ]) {
      const started = performance.now();
      maskText(piece.repeat(Math.floor(200_000 / piece.length)));
      expect(performance.now() - started, piece).toBeLessThan(2_000);
    }
  });
});
