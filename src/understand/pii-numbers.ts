/** Check digits of numbers that people and accounts carry. All take bare digits (letters where named) and are total. */

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, twice = false; i >= 0; i--, twice = !twice) {
    const digit = digits.charCodeAt(i) - 48;
    sum += twice ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** Σ digit × weight. */
const weighed = (digits: string, weights: readonly number[]) =>
  weights.reduce((sum, weight, i) => sum + weight * (digits.charCodeAt(i) - 48), 0);

/** Remainder of a long number (letters count 10–35, as ISO 7064 has it). */
export function mod97(text: string): number {
  let rest = 0;
  for (const char of text) {
    const value = char >= 'A' ? char.charCodeAt(0) - 55 : char.charCodeAt(0) - 48;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/** Day and month that exist; a year is not asked. */
export const dayExists = (day: number, month: number) =>
  month >= 1 && month <= 12 && day >= 1 && day <= [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].at(month - 1)!;

const part = (digits: string, from: number, to: number) => Number(digits.slice(from, to));

/** Card: issuer range, length, Luhn. `common` = a range that a bare number may be taken for. */
export function cardOf(digits: string): 'common' | 'rare' | null {
  const n = digits.length;
  if (n < 12 || n > 19 || /^(\d)\1*$/.test(digits) || !luhn(digits)) return null;
  if (/^4/.test(digits) && (n === 16 || n === 13 || n === 19)) return n === 16 ? 'common' : 'rare';
  if (n === 16 && /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/.test(digits)) return 'common';
  if (n === 15 && /^3[47]/.test(digits)) return 'common';
  if (n === 16 && /^(?:6011|64[4-9]|65|35(?:2[89]|[3-8]))/.test(digits)) return 'common';
  if (n === 14 && /^3(?:0[0-5]|[689])/.test(digits)) return 'rare';
  if (n >= 16 && /^(?:62|6011|64[4-9]|65|35(?:2[89]|[3-8])|220[0-4]|3(?:0[0-5]|[689]))/.test(digits)) return 'rare';
  if (n === 15 && /^1/.test(digits)) return 'rare';
  return /^(?:50|5[6-9]|6)/.test(digits) ? 'rare' : null;
}

/** US Social Security number, from its three parts joined. */
const ssn = (digits: string) =>
  /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) &&
  !/^(?:078051120|219099999|123456789|(\d)\1{8})$/.test(digits);
const itin = (digits: string) => /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/.test(digits);

const verhoeffTable =
  '0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210';
const verhoeffOrder = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff's check, as Aadhaar has it. */
function verhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const turned = Number((verhoeffOrder[i % 8] ?? '').charAt(digit));
    check = Number(verhoeffTable.charAt(check * 10 + turned));
  }
  return check === 0;
}

/** A German tax id: ISO 7064 MOD 11,10, one digit of the first ten comes twice or thrice. */
function steuerId(digits: string): boolean {
  if (digits.startsWith('0') || new Set(digits.slice(0, 10)).size < 8 || new Set(digits.slice(0, 10)).size > 10)
    return false;
  let product = 10;
  for (const char of digits.slice(0, 10)) {
    const sum = (Number(char) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits.charAt(10));
}

const bySum = (digits: string, weights: readonly number[], modulus: number) => weighed(digits, weights) % modulus === 0;
const checkDigit = (digits: string, at: number, value: number) => digits.charCodeAt(at) - 48 === value;

function cpf(digits: string): boolean {
  if (/^(\d)\1*$/.test(digits)) return false;
  const one = ((weighed(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
  const two = ((weighed(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
  return checkDigit(digits, 9, one) && checkDigit(digits, 10, two);
}

function turkish(digits: string): boolean {
  if (digits.startsWith('0')) return false;
  const odd = weighed(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weighed(digits, [0, 1, 0, 1, 0, 1, 0, 1]);
  return (
    checkDigit(digits, 9, (((odd * 7 - even) % 10) + 10) % 10) &&
    checkDigit(digits, 10, weighed(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10)
  );
}

function norwegian(digits: string): boolean {
  return (
    dayExists(part(digits, 0, 2) % 40, part(digits, 2, 4)) &&
    bySum(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1], 11) &&
    bySum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], 11)
  );
}

/** A number of people by its digits alone; without words or the usual grouping around it, chance is too near. */
export const nationalNumbers: readonly {
  readonly id: string;
  readonly words: RegExp;
  readonly grouping?: RegExp;
  readonly fits: (digits: string) => boolean /** No check digit to speak of: words or the grouping must say so. */;
  readonly weak?: true;
}[] = [
  {
    id: 'us-ssn',
    words: /ssn|social.?sec/i,
    grouping: /^\d{3}([- .])\d{2}\1\d{4}$/,
    fits: (d) => d.length === 9 && ssn(d),
  },
  {
    id: 'us-itin',
    words: /itin|tax|individual/i,
    grouping: /^9\d\d([- ])\d{2}\1\d{4}$/,
    fits: (d) => d.length === 9 && itin(d),
  },
  {
    id: 'ca-sin',
    words: /\bsin\b|social insurance|assurance sociale/i,
    grouping: /^\d{3}([- ])\d{3}\1\d{3}$/,
    fits: (d) => d.length === 9 && /^[1-79]/.test(d) && luhn(d) && !/^(\d)\1*$/.test(d),
  },
  {
    id: 'br-cpf',
    words: /\bcpf\b|cadastro/i,
    grouping: /^\d{3}\.\d{3}\.\d{3}-\d{2}$/,
    fits: (d) => d.length === 11 && cpf(d),
  },
  {
    id: 'in-aadhaar',
    words: /aadha|uidai|आधार/i,
    grouping: /^\d{4}([ :-])\d{4}\1\d{4}$/,
    fits: (d) => d.length === 12 && /^[2-9]/.test(d) && verhoeff(d) && d !== [...d].reverse().join(''),
  },
  {
    id: 'uk-nhs',
    words: /\bnhs\b|national health/i,
    fits: (d) => d.length === 10 && bySum(d, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11) && !/^(\d)\1*$/.test(d),
  },
  { id: 'de-steuer-id', words: /steuer|\bidnr|tax.?id|\btin\b/i, fits: (d) => d.length === 11 && steuerId(d) },
  {
    id: 'nl-bsn',
    words: /\bbsn\b|burgerservice|sofi/i,
    fits: (d) => d.length === 9 && bySum(d, [9, 8, 7, 6, 5, 4, 3, 2, -1], 11) && !/^0{2}|^(\d)\1*$/.test(d),
  },
  {
    id: 'pl-pesel',
    words: /pesel/i,
    fits: (d) =>
      d.length === 11 &&
      dayExists(part(d, 4, 6), part(d, 2, 4) % 20) &&
      bySum(d, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], 10),
  },
  {
    id: 'se-personnummer',
    words: /person(?:nummer|al)|samordning|\bpnr\b/i,
    fits: (d) =>
      (d.length === 10 || d.length === 12) &&
      dayExists(part(d, d.length - 6, d.length - 4) % 60, part(d, d.length - 8, d.length - 6)) &&
      luhn(d.slice(-10)),
  },
  {
    id: 'au-tfn',
    words: /\btfn\b|tax file/i,
    fits: (d) =>
      d.length === 9
        ? bySum(d, [1, 4, 3, 7, 5, 8, 6, 9, 10], 11)
        : d.length === 8 && bySum(d, [10, 7, 8, 4, 6, 3, 5, 1], 11),
  },
  {
    id: 'au-abn',
    words: /\babn\b|business number/i,
    fits: (d) =>
      d.length === 11 && !d.startsWith('0') && (weighed(d, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 === 0,
  },
  {
    id: 'au-acn',
    weak: true,
    words: /\bacn\b|company number/i,
    fits: (d) => d.length === 9 && checkDigit(d, 8, (10 - (weighed(d, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10),
  },
  {
    id: 'au-medicare',
    words: /medicare/i,
    fits: (d) =>
      (d.length === 10 || d.length === 11) &&
      /^[2-6]/.test(d) &&
      checkDigit(d, 8, weighed(d, [1, 3, 7, 9, 1, 3, 7, 9]) % 10),
  },
  {
    id: 'kr-rrn',
    words: /주민|rrn|resident|외국인|frn/i,
    grouping: /^\d{6}-[1-8]\d{6}$/,
    fits: (d) =>
      d.length === 13 &&
      /^\d{6}[1-8]/.test(d) &&
      dayExists(part(d, 4, 6), part(d, 2, 4)) &&
      Number(d.slice(7, 9)) <= 99,
  },
  { id: 'tr-kimlik', words: /\btc\b|t\.c\.|kimlik|turkish|kişi/i, fits: (d) => d.length === 11 && turkish(d) },
  {
    id: 'za-id',
    words: /south africa|identity|\bid (?:no|number)|rsa id/i,
    fits: (d) => d.length === 13 && dayExists(part(d, 4, 6), part(d, 2, 4)) && /[01]\d\d$/.test(d) && luhn(d),
  },
  {
    id: 'th-id',
    words: /thai|บัตร|tnin|citizen/i,
    grouping: /^\d-\d{4}-\d{5}-\d{2}-\d$/,
    fits: (d) =>
      d.length === 13 &&
      /^[1-8]/.test(d) &&
      checkDigit(d, 12, (11 - (weighed(d, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10),
  },
  { id: 'no-fodselsnummer', words: /f[øo]dsels|personnummer|fnr/i, fits: (d) => d.length === 11 && norwegian(d) },
  {
    id: 'dk-cpr',
    weak: true,
    words: /\bcpr\b/i,
    fits: (d) => d.length === 10 && dayExists(part(d, 0, 2), part(d, 2, 4)),
  },
  {
    id: 'be-nrn',
    words: /rijksregister|registre national|\bnrn\b|\bniss\b/i,
    grouping: /^\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}$/,
    fits: (d) =>
      d.length === 11 &&
      (97 - (Number(d.slice(0, 9)) % 97) === part(d, 9, 11) ||
        97 - (Number(`2${d.slice(0, 9)}`) % 97) === part(d, 9, 11)),
  },
  {
    id: 'ch-ahv',
    words: /\bahv|\bavs\b/i,
    grouping: /^756\.\d{4}\.\d{4}\.\d{2}$/,
    fits: (d) =>
      d.length === 13 && d.startsWith('756') && weighed(d, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
  },
  {
    id: 'fr-nir',
    words: /\bnir\b|s[ée]curit[ée] sociale|\binsee\b/i,
    grouping: /^[12] \d{2} \d{2} \d{2} \d{3} \d{3} ?\d{2}$/,
    fits: (d) =>
      d.length === 15 &&
      /^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)/.test(d) &&
      97 - (Number(d.slice(0, 13)) % 97) === part(d, 13, 15),
  },
  {
    id: 'ro-cnp',
    words: /\bcnp\b/i,
    fits: (d) =>
      d.length === 13 &&
      /^[1-8]/.test(d) &&
      checkDigit(d, 12, (weighed(d, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11) % 10),
  },
  { id: 'il-id', weak: true, words: /teudat|israel|ת"ז/i, fits: (d) => d.length === 9 && luhn(d) },
  { id: 'ng-nin', weak: true, words: /\bnin\b|national identi/i, fits: (d) => d.length === 11 },
  {
    id: 'jp-my-number',
    words: /my.?number|マイナンバー/i,
    fits: (d) =>
      d.length === 12 && checkDigit(d, 11, ((11 - (weighed(d, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11) % 10),
  },
  {
    id: 'us-npi',
    weak: true,
    words: /\bnpi\b|provider/i,
    fits: (d) => d.length === 10 && /^[12]/.test(d) && luhn(`80840${d}`),
  },
  {
    id: 'us-routing',
    weak: true,
    words: /\baba\b|routing/i,
    fits: (d) =>
      d.length === 9 &&
      /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(d) &&
      bySum(d, [3, 7, 1, 3, 7, 1, 3, 7, 1], 10),
  },
];
