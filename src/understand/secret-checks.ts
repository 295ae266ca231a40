import type { SecretCheck } from './secret-rule.ts';

/** Whether the inner structure of a token holds; an unknown layout of the same prefix does not. */
export function structureHolds(check: SecretCheck, value: string): boolean {
  switch (check) {
    case 'github-crc32':
      return value.length === 40 && endsWithCrc(value);
    case 'jwt-header':
      return /"(?:alg|typ|kid|cty|enc|x5t)"/.test(decoded(value.slice(0, Math.max(0, value.indexOf('.')))));
    case 'aws-account':
      return awsAccountFits(value);
    case 'base64-json':
      return /^[\x20-\x7e]{1,100}:[\x20-\x7e]{1,200}$/.test(decoded(value));
    default:
      return check satisfies never;
  }
}

/** Base64 or base64url → Latin-1 text; `''` when it is none. */
function decoded(value: string): string {
  const plain = value.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  return plain.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(plain) ? '' : atob(plain);
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** GitHub and npm: the last six letters are the CRC-32 of the thirty before, in base 62. */
function endsWithCrc(value: string): boolean {
  let rest = crc32(value.slice(4, 34));
  let text = '';
  for (let i = 0; i < 6; i++) {
    text = base62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text === value.slice(34);
}

/** CRC-32 (IEEE) of ASCII text, as the checksum of tokens. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** An AWS key id of today holds its account's number in base 32: twelve digits at most. Older ones begin below `Q`. */
function awsAccountFits(value: string): boolean {
  if (value.charAt(4) < 'Q') return true;
  let bits = 0;
  for (const char of value.slice(4, 14)) bits = bits * 32 + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char);
  const firstSixBytes = Math.floor(bits / 4);
  return Math.floor((firstSixBytes % 2 ** 47) / 128) <= 999_999_999_999;
}
