import { expect, it } from 'vitest';
import { findPii } from '../src/understand/pii.ts';
import { findSecrets } from '../src/understand/secrets.ts';
import { cost } from './fuzz-secrets.ts';

// Beginnings that patterns wait for, over and over: where looking at one costs as much as the text is long, twice the
// text takes four times as long.
const pieces = [
  'password=', 'password: ', 'my.dotted.name.secret: ', 'a.b.c.', 'token="', 'api_key=aB3dE5gH7jK9mN1p', '_auth=aB3dE5gH7jK9mN1pQ2rS4tU6',
  'https://a:b@', 'Authorization: Bearer ', 'eyJa.', '-----BEGIN ', 'insert into pass values (', 'credentials {', 'user ', 'twilio_key ',
  '비밀번호 ', '4111111111111111 ', '1:', '+1 415 555 0132 ', 'a@b.co ', 'GB82', 'name: John ', 'born on 1', 'driver license ', 'bc1q', ' ', '\n',
]; // biome-ignore format: one row of beginnings

const filled = (piece: string, size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
const took = (piece: string, size: number) => {
  const text = filled(piece, size);
  return cost(() => {
    findSecrets(text, '');
    findPii(text, '');
  }, 250);
};

it('looking for secrets and personal data takes time in proportion to the text, whatever it is made of', {
  timeout: 60_000,
}, () => {
  const grown = pieces
    .map((piece) => ({ piece, small: took(piece, 125_000), large: took(piece, 1_000_000) }))
    // Eight times the text: 8 in proportion, 64 when squared. A busy machine doubles it at times.
    .filter(({ small, large }) => large > 250 && large > 24 * Math.max(small, 1));
  expect(grown).toEqual([]);
});
