import { describe, expect, it } from 'vitest';
import { findPii, maskPii } from './pii.ts';
import { findPiiDeep } from './pii-input.ts';

const seen = (text: string) => findPii(text, '').map(({ type, span }) => [type, text.slice(span.start, span.end)]);

describe('personal data', () => {
  it.each([
    [
      'a mail address',
      'write to ada.lovelace+work@analytical-engine.io, please',
      'email',
      'ada.lovelace+work@analytical-engine.io',
    ],
    ['a card', 'pay with 4242 4242 4242 4242 now', 'card', '4242 4242 4242 4242'],
    ['a card of fifteen digits', 'amex 378282246310005', 'card', '378282246310005'],
    ['an IBAN', 'to DE89 3704 0044 0532 0130 00.', 'iban', 'DE89 3704 0044 0532 0130 00'],
    ['a Social Security number', 'his SSN: 536-22-8412', 'national-id', '536-22-8412'],
    ['a Dutch BSN', 'BSN 111222333', 'national-id', '111222333'],
    ['a British NINO', 'NINO AB 12 34 56 C', 'national-id', 'AB 12 34 56 C'],
    ['a Spanish DNI', 'DNI 12345678Z', 'national-id', '12345678Z'],
    ['an Italian tax code', 'CF RSSMRA85T10A562S', 'national-id', 'RSSMRA85T10A562S'],
    ['a Brazilian CPF', '529.982.247-25', 'national-id', '529.982.247-25'],
    ['a Singapore NRIC', 'S1234567D', 'national-id', 'S1234567D'],
    ['a Finnish code', 'hetu 131052-308T', 'national-id', '131052-308T'],
    ['a phone number', 'call +44 20 7946 0958 today', 'phone', '+44 20 7946 0958'],
    ['a phone number as Americans write it', 'reach me at (415) 555-0132', 'phone', '(415) 555-0132'],
    ['a phone number of the country', 'Telefon: 030 1234567', 'phone', '030 1234567'],
    ['an address of the network', 'host 203.0.113.9 answers', 'ip', '203.0.113.9'],
    ['an address of the new network', 'ping [2001:db8::1]:80', 'ip', '2001:db8::1'],
    ['a birth date', 'date of birth: 12/03/1985', 'birth-date', '12/03/1985'],
    ['a passport', 'Passport No: X1234567', 'passport', 'X1234567'],
    ['a phone number as Turks write it', 'numaram 0 (532) 123 45 67', 'phone', '0 (532) 123 45 67'],
    ['a phone number as the French write it', 'Ines, 06.12.34.56.78', 'phone', '06.12.34.56.78'],
    ['a phone number as Russians write it', 'тел. 8 (912) 345-67-89', 'phone', '8 (912) 345-67-89'],
    ['a phone number as Brazilians write it', 'ligue (11) 91234-5678', 'phone', '(11) 91234-5678'],
    ['a phone number with an extension', 'call 415-555-0132x204', 'phone', '415-555-0132'],
    ['an address to mail to', 'mailto:ines@acme-post.net?subject=x', 'email', 'ines@acme-post.net'],
    ['a birth date of a record', '"date_of_birth": "1985-03-12"', 'birth-date', '1985-03-12'],
    ['a birth date in Turkish', 'doğum tarihi: 12.03.1985', 'birth-date', '12.03.1985'],
    ['a licence to drive', "my driver's license is D123-4567-8901", 'national-id', 'D123-4567-8901'],
    ['a number of the insured', 'Health insurance number: AB1234567', 'national-id', 'AB1234567'],
    ['an address of a device', 'MAC: 3c:22:fb:9a:01:7e', 'ip', '3c:22:fb:9a:01:7e'],
    [
      'an address of a wallet',
      'my wallet is 0x52908400098527886E0F7030069857D2E4169EE7',
      'wallet',
      '0x52908400098527886E0F7030069857D2E4169EE7',
    ],
    ['a person spoken of', 'Dear Mrs. Okafor, thank you', 'name', 'Okafor'],
    ['a field of a name', '"first_name": "Ines"', 'name', 'Ines'],
    ['a name that says it is one', 'my name is Ada Lovelace', 'name', 'Ada Lovelace'],
  ])('is seen: %s', (_what, text, type, value) => {
    expect(seen(text)).toEqual([[type, value]]);
  });

  it.each([
    'driver version 535.104.05 and a license: MIT',
    'the patient id column is a bigint',
    'name: build-and-test',
    'class name = Foo Bar',
    'contract at 0x52908400098527886E0F7030069857D2E4169EE7',
    'npm install left-pad@1.3.0 react@18.2.0',
    'git clone git@github.com:owner/name.git',
    'icon@2x.png and @scope/name',
    'mail ada@example.com',
    'ada@users.noreply.github.com',
    '4242 4242 4242 4241',
    'DE89 3704 0044 0532 0130 01',
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    '2026-01-15T10:30:00.123Z',
    'run 20987654321 of job 55512345678',
    'version 1.2.3.4 and chrome/120.0.0.0',
    'std::cout << a::b; 12:34:56; aa:bb:cc:dd:ee:ff',
    '1700000000 1700000000000 1700000000000000',
    '123e4567-e89b-12d3-a456-426614174000',
    'L10 of file.ts:120:45',
    '000-12-3456 666-12-3456 123-00-4567',
    'x = 12345678 * 87654321 + 1000000007',
  ])('is not seen in %s', (text) => {
    expect(seen(text)).toEqual([]);
  });

  it('is found anywhere in an input, with its path', () => {
    const hits = findPiiDeep({ a: [{ to: 'ada@engine.io' }], n: 4242424242424242, s: 'card 4242424242424242' });
    expect(hits.map(({ type, span }) => [type, span.field])).toEqual([
      ['email', 'a/0/to'],
      ['card', 's'],
    ]);
  });

  it('is masked in place for those who want it, and once only', () => {
    const text = 'ada@engine.io paid with 4242424242424242';
    const masked = maskPii(text);
    expect(masked).toHaveLength(text.length);
    expect(masked).toBe(`${'•'.repeat(13)} paid with ${'•'.repeat(16)}`);
    expect(maskPii(masked)).toBe(masked);
  });

  it('takes an ordinary call in microseconds', () => {
    const text = 'git commit -m "Fix the reader of 12 files" && npm test -- --run src/core/effect.test.ts:120\n'.repeat(
      8,
    );
    for (let i = 0; i < 300; i++) findPii(text, '');
    const before = process.cpuUsage();
    for (let i = 0; i < 500; i++) findPii(text, '');
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 500).toBeLessThan(200);
  });
});
