import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import type { Provider } from '../core/provider.ts';
import { fail, ok, type Result } from '../core/result.ts';

/** An access key pair of AWS; requests are signed with it. */
export interface AwsCredential {
  readonly kind: 'aws';
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A service account of Google Cloud; short-lived tokens are fetched with it. */
export interface GoogleCredential {
  readonly kind: 'google';
  readonly clientEmail: string;
  /** PKCS8, PEM. */
  readonly privateKey: string;
  readonly privateKeyId: string;
  readonly tokenUri: string;
}

/** What opens a provider's door: a key sent as it is, or something that signs. */
export type Credential = { readonly kind: 'key'; readonly key: string } | AwsCredential | GoogleCredential;

const visible = /^[\x21-\x7e]{1,4096}$/;
const awsId = /^[A-Z0-9]{16,128}$/;
const awsSecret = /^[A-Za-z0-9/+=]{30,128}$/;

const awsJson = z.looseObject({
  accessKeyId: z.string().regex(awsId),
  secretAccessKey: z.string().regex(awsSecret),
  sessionToken: z.string().regex(visible).optional(),
});
const googleJson = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string().regex(/^[^\s@]+@[^\s@]+$/),
  private_key: z.string(),
  private_key_id: z.string().default(''),
  token_uri: z.url().default('https://oauth2.googleapis.com/token'),
});

/**
 * What a person or the environment gave as a provider's key: the key itself; for AWS `ID:SECRET[:SESSION TOKEN]` or
 * JSON as `aws sts` and `aws configure export-credentials` print it; for Google the JSON of a service account. Errors
 * never repeat any of it.
 */
export function credentialOf(provider: Pick<Provider, 'cloud'>, given: string): Result<Credential> {
  const text = given.trim();
  if (text.startsWith('wrd_')) return fail('not-a-key', "this is a Warder token, not a provider's key.");
  if (text.startsWith('{')) return fromJson(provider, text);
  if (provider.cloud === 'aws') {
    const [accessKeyId = '', secretAccessKey = '', ...rest] = text.split(':');
    const sessionToken = rest.join(':');
    if (awsId.test(accessKeyId) && awsSecret.test(secretAccessKey)) {
      return ok({ kind: 'aws', accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) });
    }
  }
  if (visible.test(text)) return ok({ kind: 'key', key: text });
  return fail('not-a-key', 'this does not look like a key: visible characters without blanks, 4096 at most.');
}

function fromJson({ cloud }: Pick<Provider, 'cloud'>, text: string): Result<Credential> {
  const value = parsed(text);
  if (cloud === 'aws') {
    const read = awsJson.safeParse(inCamelCase(value));
    if (!read.success) return fail('not-a-key', 'this JSON holds no AccessKeyId and SecretAccessKey.');
    const { accessKeyId, secretAccessKey, sessionToken } = read.data;
    return ok({ kind: 'aws', accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) });
  }
  if (cloud !== 'google') return fail('not-a-key', 'this provider takes a key, not JSON.');
  const read = googleJson.safeParse(value);
  if (!read.success) return fail('not-a-key', 'this JSON is not the key of a service account.');
  const { client_email, private_key, private_key_id, token_uri } = read.data;
  const tokenUri = new URL(token_uri);
  if (tokenUri.protocol !== 'https:' && !/^(127\.0\.0\.1|localhost|\[::1\])$/.test(tokenUri.hostname))
    return fail('not-a-key', 'the token_uri of this service account is not https.');
  if (!isRsaKey(private_key)) return fail('not-a-key', 'the private_key of this service account is no RSA key.');
  return ok({
    kind: 'google',
    clientEmail: client_email,
    privateKey: private_key,
    privateKeyId: private_key_id,
    tokenUri: token_uri,
  });
}

/** AWS prints the same names in two spellings, and `aws sts` puts them into `Credentials`. */
function inCamelCase(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const inner: unknown = Reflect.get(value, 'Credentials');
  const members = Object.entries(typeof inner === 'object' && inner !== null ? inner : value);
  return Object.fromEntries(members.map(([name, member]) => [name.charAt(0).toLowerCase() + name.slice(1), member]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message would quote the secret; what is no JSON fits no schema.
    return null;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    // The reader's message is of no use to the person, who sees ours.
    return false;
  }
}
