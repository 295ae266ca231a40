import { expect, it } from 'vitest';
import { signV4 } from './sigv4.ts';

// AWS's own published examples ("aws-sig-v4-test-suite"); their key is no key of anybody.
const credential = {
  kind: 'aws',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: ['wJalrXUtnFEMI', 'K7MDENG+bPxRfiCYEXAMPLEKEY'].join('/'),
} as const;
const place = { region: 'us-east-1', service: 'service', atMs: Date.UTC(2015, 7, 30, 12, 36, 0) };
const empty = Buffer.alloc(0);
const signatureOf = (method: string, path: string, headers: string[] = []) => {
  const signed = signV4({ method, host: 'example.amazonaws.com', path, headers, body: empty }, place, credential);
  return /SignedHeaders=(.*), Signature=(.*)$/.exec(signed[signed.indexOf('authorization') + 1] ?? '')?.slice(1);
};

it.each([
  ['GET', '/', 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['POST', '/', 'host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'GET',
    '/?Param2=value2&Param1=value1',
    'host;x-amz-date',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
])('%s %s is signed as AWS publishes it', (method, path, names, signature) => {
  expect(signatureOf(method, path)).toEqual([names, signature]);
});

it('a signature that the client brought is replaced', () => {
  const theirs = ['Authorization', 'AWS4-HMAC-SHA256 theirs', 'X-Amz-Date', '19990101T000000Z', 'x-other', 'kept'];
  const signed = signV4(
    { method: 'GET', host: 'example.amazonaws.com', path: '/', headers: theirs, body: empty },
    place,
    credential,
  );
  expect(signed.filter((_, at) => at % 2 === 0).sort()).toEqual(['authorization', 'x-amz-date', 'x-other']);
  expect(signed.join()).not.toContain('theirs');
});
