import { dayExists, mod97 } from './pii-numbers.ts';

/** Lengths of IBANs by country: SWIFT IBAN registry. */
const ibanLengths =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30';
const ibanLength = new Map(ibanLengths.split(' ').map((each) => [each.slice(0, 2), Number(each.slice(2))]));

/** The length of the IBAN that begins this text (spaces allowed between groups), or 0. Checks country, length, mod 97. */
export function ibanAt(text: string): number {
  const length = ibanLength.get(text.slice(0, 2).toUpperCase());
  if (length === undefined) return 0;
  let plain = '';
  let at = 0;
  for (; at < text.length && plain.length < length; at++) {
    const char = text.charAt(at);
    if (/[A-Za-z0-9]/.test(char)) plain += char.toUpperCase();
    else if (!/[ -]/.test(char) || /[ -]/.test(text.charAt(at + 1))) return 0;
  }
  if (plain.length < length || /[A-Za-z0-9]/.test(text.charAt(at))) return 0;
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(plain)) return 0;
  const letters = text.slice(0, at).replace(/[^A-Za-z]/g, '');
  if (letters !== letters.toUpperCase() && letters !== letters.toLowerCase()) return 0;
  return mod97(plain.slice(4) + plain.slice(0, 4)) === 1 ? at : 0;
}

const dniLetters = 'TRWAGMYFPDXBNJZSQVHLCKE';
const hetuLetters = '0123456789ABCDEFHJKLMNPRSTUVWXY';

function nric(value: string): boolean {
  const first = value.charAt(0);
  const sum = [2, 7, 6, 5, 4, 3, 2].reduce(
    (total, weight, i) => total + weight * Number(value.charAt(i + 1)),
    'TG'.includes(first) ? 4 : first === 'M' ? 3 : 0,
  );
  const letters = 'ST'.includes(first) ? 'JZIHGFEDCBA' : first === 'M' ? 'KLJNPQRTUWX' : 'XWUTRQPNMLK';
  return (
    letters.charAt(first === 'M' ? 10 - (sum % 11) : sum % 11) === value.charAt(8) ||
    letters.charAt(sum % 11) === value.charAt(8)
  );
}

const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** The last letter of an Italian codice fiscale follows from the fifteen before. */
function codiceFiscale(value: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const char = value.charCodeAt(i);
    const plain = char < 65 ? char - 48 : char - 65;
    sum += i % 2 === 0 ? (oddValues[plain] ?? 0) : plain;
  }
  return String.fromCharCode(65 + (sum % 26)) === value.charAt(15);
}

function rut(value: string): boolean {
  const [body = '', check] = value.replaceAll('.', '').split('-');
  let sum = 0;
  [...body].reverse().forEach((digit, i) => {
    sum += Number(digit) * (2 + (i % 6));
  });
  const want = 11 - (sum % 11);
  return (want === 11 ? '0' : want === 10 ? 'K' : String(want)) === check?.toUpperCase();
}

function chinese(value: string): boolean {
  const sum = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2].reduce(
    (total, weight, i) => total + weight * Number(value.charAt(i)),
    0,
  );
  return (
    '10X98765432'.charAt(sum % 11) === value.charAt(17).toUpperCase() &&
    dayExists(Number(value.slice(12, 14)), Number(value.slice(10, 12)))
  );
}

function hongKong(value: string): boolean {
  const plain = value.replace(/[()]/g, '');
  const letters = plain.length === 9 ? plain.slice(0, 2) : ` ${plain.charAt(0)}`;
  const values = [...letters].map((char) => (char === ' ' ? 36 : char.charCodeAt(0) - 55));
  const digits = [...plain.slice(plain.length - 7)].map((char) => (char === 'A' ? 10 : Number(char)));
  const sum = [...values, ...digits].reduce((total, each, i) => total + each * (9 - i), 0);
  return sum % 11 === 0;
}

/** Ids whose letters stand in fixed places; the shape and, where there is one, the check letter tell. */
export const letteredIds: readonly {
  readonly id: string;
  readonly pattern: RegExp;
  readonly fits: (value: string) => boolean;
  /** What the text must hold; absent: a letter beside a digit. */
  readonly hint?: 'dots' | 'long';
}[] = [
  {
    id: 'uk-nino',
    pattern:
      /(?<![A-Za-z0-9])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])/gi,
    fits: () => true,
  },
  {
    id: 'es-dni',
    pattern: /(?<![A-Za-z0-9])(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z](?![A-Za-z0-9])/gi,
    fits: (value) => {
      const plain = value.replaceAll('-', '').toUpperCase();
      return (
        dniLetters.charAt(Number(plain.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2')) % 23) ===
          plain.slice(-1) && !/^0{8}/.test(plain)
      );
    },
  },
  {
    id: 'it-codice-fiscale',
    pattern:
      /(?<![A-Za-z0-9])[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z](?![A-Za-z0-9])/gi,
    fits: (value) => codiceFiscale(value.toUpperCase()),
  },
  {
    id: 'fi-hetu',
    pattern: /(?<![A-Za-z0-9])\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?![A-Za-z0-9])/gi,
    fits: (value) => {
      const plain = value.toUpperCase();
      return (
        dayExists(Number(plain.slice(0, 2)), Number(plain.slice(2, 4))) &&
        hetuLetters.charAt(Number(plain.slice(0, 6) + plain.slice(7, 10)) % 31) === plain.charAt(10) &&
        Number(plain.slice(7, 10)) >= 2
      );
    },
  },
  { id: 'in-pan', pattern: /(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])/g, fits: () => true },
  {
    id: 'in-gstin',
    pattern: /(?<![A-Za-z0-9])(?:0[1-9]|[1-3]\d)[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z](?![A-Za-z0-9])/g,
    fits: () => true,
  },
  {
    id: 'sg-nric',
    pattern: /(?<![A-Za-z0-9])[STFGM]\d{7}[A-Z](?![A-Za-z0-9])/gi,
    fits: (value) => nric(value.toUpperCase()),
  },
  {
    id: 'cn-id',
    pattern: /(?<![A-Za-z0-9])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![A-Za-z0-9])/g,
    fits: chinese,
    hint: 'long',
  },
  {
    id: 'mx-curp',
    pattern:
      /(?<![A-Za-z0-9])[A-Z][AEIOUX][A-Z]{2}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z0-9]\d(?![A-Za-z0-9])/g,
    fits: () => true,
  },
  { id: 'cl-rut', pattern: /(?<![A-Za-z0-9.])\d{1,2}\.\d{3}\.\d{3}-[\dkK](?![A-Za-z0-9])/g, fits: rut, hint: 'dots' },
  { id: 'hk-id', pattern: /(?<![A-Za-z0-9])[A-Z]{1,2}\d{6}\([0-9A]\)/g, fits: hongKong },
  { id: 'fr-nir', pattern: /(?<![A-Za-z0-9])[12]\d{2}(?:0[1-9]|1[0-2])2[AB]\d{8}(?![A-Za-z0-9])/g, fits: () => true },
  {
    id: 'us-mbi',
    pattern:
      /(?<![A-Za-z0-9])[1-9][AC-HJ-KM-NP-RT-Y][AC-HJ-KM-NP-RT-Y0-9]\d-?[AC-HJ-KM-NP-RT-Y][AC-HJ-KM-NP-RT-Y0-9]\d-?[AC-HJ-KM-NP-RT-Y]{2}\d{2}(?![A-Za-z0-9])/g,
    fits: () => true,
  },
  {
    id: 'gb-driving',
    pattern:
      /(?<![A-Za-z0-9])[A-Z9]{5}\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9]{3}(?![A-Za-z0-9])/g,
    fits: (value) => /[A-Z]/.test(value.slice(0, 5)),
  },
];
