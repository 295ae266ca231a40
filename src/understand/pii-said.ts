import type { PiiHit } from '../core/effect.ts';
import { literalScanner } from './literal-scanner.ts';

type Type = PiiHit['type'];

interface Saying {
  readonly type: Type;
  /** Words it begins with, in any case. */
  readonly words: string;
  /** What follows up to the value, sticky at the end of the word; the first group is the value. */
  readonly pattern: RegExp;
}

const date =
  '(?:\\d{1,2}[./ -](?:\\d{1,2}|[A-Za-z]{3,9})[./, -]{1,2}\\d{2,4}|\\d{4}[-./]\\d{1,2}[-./]\\d{1,2}|[A-Z][a-z]{2,8}\\.? \\d{1,2}(?:st|nd|rd|th)?,? \\d{4})';
/** From the name of a field to its value: rest of the name, a sign, quotes. */
const to = '["\'»]?\\s{0,3}(?::|=|is|was|#|-)?\\s{0,3}["\'«]?';
const number = '(?:[ _]?(?:no\\.?|numbers?|num\\.?|nr\\.?|nummer|id|code|card))?';
const whose = "(?:'s|s'|s)?";

const sayings: readonly Saying[] = [
  {
    type: 'birth-date',
    words:
      'date of birth|date_of_birth|date-of-birth|dateofbirth|birth date|birthdate|birth_date|birthday|dob|geburtsdatum|date de naissance|fecha de nacimiento|data di nascita|data de nascimento|tarihi|geboortedatum|data urodzenia|дата рождения',
    pattern: new RegExp(`${to}(${date})`, 'y'),
  },
  {
    type: 'birth-date',
    words: 'born|geboren|née le|né le|nacido|nacida|nato il|nata il',
    pattern: new RegExp(`(?: on| in| am| el)?[ :]{1,2}(${date})`, 'y'),
  },
  {
    type: 'passport',
    words: 'passport|reisepass|passeport|pasaporte|passaporto|paspoort|pasaport',
    pattern: new RegExp(
      `(?:nummer)?${number}(?: number| no\\.?| #)?${to}((?=[A-Z0-9]{0,8}\\d{3})[A-Z0-9]{7,9})(?![A-Za-z0-9])`,
      'iy',
    ),
  },
  {
    type: 'national-id',
    words:
      "driver license|driver licence|drivers license|drivers licence|driver_license|driver_licence|driving licence|driving license|driving_licence|driver's license|driver's licence|drivers' license|dl#|dl #|dl no|dl number|dln|führerschein|permis de conduire|licencia de conducir|rijbewijs",
    pattern: new RegExp(
      `${number}(?: number| no\\.?| #)?${to}((?=[A-Z0-9-]{0,12}\\d{3})[A-Z0-9](?:-?[A-Z0-9]){5,18})(?![A-Za-z0-9])`,
      'iy',
    ),
  },
  {
    type: 'national-id',
    words:
      'medical record|patient id|patient number|patient no|patient_id|mrn|health insurance|insurance number|insurance id|insurance policy|medicare|medicaid|npi|dea number|dea no|member id|versichertennummer|krankenversicherten',
    pattern: new RegExp(
      `${whose}(?: card| policy| member)?${number}(?: number| no\\.?| id| #)?${to}((?=[A-Z0-9-]{0,12}\\d{4})[A-Z0-9](?:-?[A-Z0-9]){5,15})(?![A-Za-z0-9])`,
      'iy',
    ),
  },
  {
    type: 'ip',
    words: 'mac|macs|mac address|mac_address|macaddress|hwaddr|ether|physical address|hardware address|bssid',
    pattern:
      /(?: address)?[ :=."'-]{1,8}(?:is )?((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})(?![\w:-])/iy,
  },
  {
    type: 'name',
    words: 'my name is|i am called|name',
    pattern:
      /["']?\s{0,3}[:=]?\s{0,3}["']?([A-Z][a-zà-ÿ'-]{1,30}(?: (?:van |von |de |da |bin |al-)?[A-Z][A-Za-zà-ÿ'.-]{0,30}){1,3})/y,
  },
  {
    type: 'name',
    words: 'first_name|last_name|firstname|lastname|given_name|family_name|surname|first name|last name',
    pattern: /["']?\s{0,3}[:=]\s{0,3}["']?([A-Z][a-zà-ÿ'-]{1,30})(?![\w.(])/y,
  },
  {
    type: 'name',
    words: "customer:|patient:|client:|employee:|regards,|sincerely,|cheers,|i am |i'm ",
    pattern: /\s{0,3}([A-Z][a-zà-ÿ'-]{1,30} [A-Z][A-Za-zà-ÿ'-]{1,30}(?: [A-Z][a-zà-ÿ'-]{1,30})?)(?=[\s,.;]|$)/y,
  },
  {
    type: 'name',
    words: 'mr. |mrs. |ms. |miss |dr. |herr |frau |monsieur |madame |señor |señora |sir ',
    pattern: /([A-Z][a-zà-ÿ'-]{2,30}(?: [A-Z][a-zà-ÿ'-]{1,30}){0,2})(?![\w/])/y,
  },
];

/** Before a bare «name»: whose it is. */
const personsName =
  /(?:full|patient|customer|employee|client|first|last|legal|given|family|card ?holder|beneficiary|contact|sur|middle|maiden)(?:'?s)?[ _-]?name$/i;

const entries = sayings.flatMap((saying) => saying.words.split('|').map((word) => ({ word, saying })));
const scan = literalScanner(entries.map(({ word }) => word));

/** Personal data that only the words before it tell: dates of birth, papers, names. At most `most` places are looked at. */
export function saidData(text: string, most: number, found: (type: Type, start: number, end: number) => void): void {
  let left = most;
  scan(text, (which, end) => {
    if (left <= 0) return;
    const { word, saying } = entries[which] as (typeof entries)[number];
    const at = end - word.length;
    if (/[A-Za-z]/.test(text.charAt(at - 1)) && word !== 'name' && word !== 'tarihi') return;
    left -= 1;
    saying.pattern.lastIndex = end;
    const match = saying.pattern.exec(text);
    if (match === null) return;
    if (word === 'name' && !(personsName.test(text.slice(Math.max(0, end - 24), end)) && /[:=]/.test(match[0]))) return;
    if (word === 'tarihi' && !/do.um $/i.test(text.slice(Math.max(0, at - 6), at))) return;
    const value = match[1] ?? '';
    const start = end + match[0].lastIndexOf(value);
    found(saying.type, start, start + value.length);
  });
}
