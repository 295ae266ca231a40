import type { PiiHit } from '../core/effect.ts';
import { isIpv6 } from './pii-addresses.ts';
import { ibanAt, letteredIds } from './pii-letters.ts';
import { cardOf, nationalNumbers } from './pii-numbers.ts';
import { phoneAt } from './pii-phones.ts';
import { saidData } from './pii-said.ts';

interface Seen {
  readonly type: PiiHit['type'];
  readonly start: number;
  readonly end: number;
}

/** Looks at no more of one text: what is longer is looked at up to here. */
const longest = 2_000_000;
/** So many candidates of one kind are looked at in a text; who sends more has sent personal data in bulk already. */
const most = (text: string) => 1_500 + (text.length >> 12);

/**
 * Personal data in one text, in order, without overlaps: mail addresses, phone numbers, cards, accounts, national ids,
 * network addresses (private ones too: the reader weighs); names, birth dates and passports only where words say so.
 * `field` goes into the spans; its last part counts as a word before the text.
 */
export function findPii(text: string, field: string): readonly PiiHit[] {
  if (text.length < 2) return [];
  const seen: Seen[] = [];
  const looked = text.length > longest ? text.slice(0, longest) : text;
  if (looked.includes('@')) mails(looked, seen);
  if (/\d/.test(looked)) {
    const name = field.slice(field.lastIndexOf('/') + 1);
    networks(looked, seen);
    accounts(looked, seen);
    numbers(looked, name, seen);
    lettered(looked, seen);
    wallets(looked, seen);
  } else if (looked.includes('::')) colons(looked, seen);
  saidData(looked, most(looked), (type, start, end) => seen.push({ type, start, end }));
  return withoutOverlaps(seen).map(({ type, start, end }) => ({ type, span: { field, start, end } }));
}

/** The text with personal data masked in place, length kept: for those who want it; not done by default. */
export function maskPii(text: string): string {
  let out = '';
  let at = 0;
  for (const { span } of findPii(text, '')) {
    out += text.slice(at, span.start) + '•'.repeat(span.end - span.start);
    at = span.end;
  }
  return out + text.slice(at);
}

const domain =
  /@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24}))(?![\w-]|\.[A-Za-z0-9])/y;
/** Of machines and of examples: no person's. */
const nobody =
  /^(?:git|hg|svn|root|no-?reply|do-?not-?reply|notifications?)@|@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|users\.noreply\.github\.com|noreply\.[\w.]+|[\w-]+\.iam\.gserviceaccount\.com|(?:[\w-]+\.)?(?:test|invalid|localhost|local))$|\.(?:png|jpe?g|gif|svg|webp|js|ts|tsx|jsx|mjs|css|json|ya?ml|md|py|go|rs|sh|service|timer|socket|target|mount)$/i;

function mails(text: string, seen: Seen[]): void {
  let left = most(text);
  for (let at = text.indexOf('@'); at >= 0 && left > 0; at = text.indexOf('@', at + 1)) {
    left -= 1;
    if (at === 0 || !/[A-Za-z0-9_+]/.test(text.charAt(at - 1))) continue;
    domain.lastIndex = at;
    const match = domain.exec(text);
    if (match === null) continue;
    let start = at;
    while (start > 0 && at - start < 64 && /[A-Za-z0-9._%+'-]/.test(text.charAt(start - 1))) start -= 1;
    while (start < at && /[.'%-]/.test(text.charAt(start))) start += 1;
    const end = at + match[0].length;
    if (
      start === at ||
      (/[/:]/.test(text.charAt(start - 1)) && !/mailto:$/i.test(text.slice(Math.max(0, start - 7), start))) ||
      (text.charAt(end) === ':' && /[\w./~]/.test(text.charAt(end + 1)))
    )
      continue;
    if (!nobody.test(text.slice(start, end))) seen.push({ type: 'email', start, end });
  }
}

const ipv4 = /(?<![\w.]|\d-)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\w|\.\d)/g;
const version =
  /(?:v(?:er(?:sion|s)?)?|release|build|@|[=<>~^]|chrome|chromium|firefox|safari|edge?|opr|assembly|sdk|fileversion|section|chapter)[ "':/=]{0,3}$/i;

function networks(text: string, seen: Seen[]): void {
  if (text.includes('.')) {
    ipv4.lastIndex = 0;
    for (
      let match = ipv4.exec(text), left = most(text);
      match !== null && left > 0;
      match = ipv4.exec(text), left -= 1
    ) {
      const before = text.slice(Math.max(0, match.index - 14), match.index);
      if (/\d/.test(match[0]) && !version.test(before))
        seen.push({ type: 'ip', start: match.index, end: match.index + match[0].length });
    }
  }
  if (/:[0-9a-fA-F]{0,4}:/.test(text)) colons(text, seen);
}

const colonGroups =
  /(?<![\w:.-])(?:[0-9A-Fa-f]{1,4}:|:)(?::{0,2}[0-9A-Fa-f]{1,4}){0,8}:{0,2}(?:\d{1,3}(?:\.\d{1,3}){3})?(?![\w:]|\.\d)/g;

function colons(text: string, seen: Seen[]): void {
  colonGroups.lastIndex = 0;
  for (
    let match = colonGroups.exec(text), left = most(text);
    match !== null && left > 0;
    match = colonGroups.exec(text), left -= 1
  ) {
    const value = match[0].replace(/(?<!:):$/, '');
    const end = match.index + value.length;
    if (value.length < 2 || !isIpv6(value)) continue;
    const around = text.slice(Math.max(0, match.index - 24), match.index) + text.slice(end, end + 4);
    if (
      value.length < 3 &&
      !/\bip|addr|src|dst|unspec|route|bind|listen|^\/\d|\/\d/i.test(around) &&
      text.trim() !== value
    )
      continue;
    seen.push({ type: 'ip', start: match.index, end });
  }
}

const ibanStart = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?= ?[A-Z0-9]{4})/gi;

function accounts(text: string, seen: Seen[]): void {
  ibanStart.lastIndex = 0;
  for (
    let match = ibanStart.exec(text), left = most(text);
    match !== null && left > 0;
    match = ibanStart.exec(text), left -= 1
  ) {
    const length = ibanAt(text.slice(match.index, match.index + 46));
    if (length > 0) seen.push({ type: 'iban', start: match.index, end: match.index + length });
  }
}

/** A run of digits with the signs that people set between them. */
const digitRun = /(?<![\w.])[+(]{0,2}\d(?:[ ().:/-]{0,3}\d){6,21}(?!(?!x\d{2,6}(?!\w))\w)/g;
const cardWords = /card|visa|master|amex|credit|debit|\bpan\b|diners|discover|kredit|carte|tarjeta/i;

/** A group of an account number stands before: what follows is its rest. */
const accountGroup = /(?<!\w)(?=\d*[A-Za-z])(?=[A-Za-z]*\d)\w{4}[ -]$/;

function numbers(text: string, name: string, seen: Seen[]): void {
  digitRun.lastIndex = 0;
  const earlier = [...seen].sort((a, b) => a.start - b.start);
  let passed = 0;
  const whole = /^[\s\d+().:/-]{7,60}$/.test(text) && /^(?:|text|prompt|value|content|input|\d+)$/.test(name);
  for (
    let match = digitRun.exec(text), left = most(text);
    match !== null && left > 0;
    match = digitRun.exec(text), left -= 1
  ) {
    const start = match.index;
    const end = start + match[0].length;
    while (passed < earlier.length && (earlier[passed]?.end ?? 0) <= start) passed += 1;
    if ((earlier[passed]?.start ?? end) < end) continue;
    if (/^\.\d|^%/.test(text.slice(end, end + 2)) || accountGroup.test(text.slice(Math.max(0, start - 6), start)))
      continue;
    const words = `${name} ${text.slice(Math.max(0, start - 48), start)} ${text.slice(end, end + 24)}`;
    if (oneNumber(match[0], start, words, whole, seen)) continue;
    for (const part of match[0].matchAll(/[+(]{0,2}[\d().:/-]{7,}/g))
      if (part[0].length < match[0].length) oneNumber(part[0], start + part.index, words, whole, seen);
    if (/[ -]/.test(match[0])) severalCards(match[0], start, seen);
  }
}

function oneNumber(raw: string, start: number, words: string, whole: boolean, seen: Seen[]): boolean {
  const digits = raw.replace(/\D/g, '');
  const type = typeOf(raw, digits, words, whole);
  if (type === null) return false;
  seen.push({ type, start, end: start + raw.length });
  return true;
}

function typeOf(raw: string, digits: string, words: string, whole: boolean): PiiHit['type'] | null {
  const card =
    digits.length >= 12 &&
    /^\d{12,19}$|^\d{4}([ -])\d{4}\1\d{4}\1(?:\d{1,7}|\d{4}\1\d{1,3})$|^\d{4}([ -])\d{6}\2\d{4,5}$/.test(raw)
      ? cardOf(digits)
      : null;
  if (
    card !== null &&
    (card === 'common' || whole || cardWords.test(words) || (/\D/.test(raw) && digits.length >= 13))
  ) {
    if (
      card !== 'common' ||
      whole ||
      /\D/.test(raw) ||
      cardWords.test(words) ||
      !/[\w-]*id["']?\s{0,3}[:=]/i.test(words)
    )
      return 'card';
  }
  const phone = phoneAt(raw, digits, words, whole);
  if (phone === 'sure') return 'phone';
  if (/^(\d)\1*$/.test(digits)) return null;
  for (const id of nationalNumbers) {
    if (!id.fits(digits)) continue;
    const alone =
      whole &&
      id.weak !== true &&
      /^\d+$|^\d{2,4}(?: \d{3})+$|^\d{6,8}[-+]\d{4}$|^\d{3}-\d{6}$|^\d{5}-\d{4}$|^\d{3}([- ])\d{3}\1\d{4}$/.test(raw);
    if (id.grouping?.test(raw) || id.words.test(words) || alone) return 'national-id';
  }
  return phone === 'likely' ? 'phone' : null;
}

/** Cards written one after the other with blanks between. */
function severalCards(raw: string, start: number, seen: Seen[]): void {
  for (const match of raw.matchAll(/(?<!\d)(?:\d{4}[ -]){3}\d{4}(?!\d)/g)) {
    if (cardOf(match[0].replace(/\D/g, '')) === null) continue;
    const from = start + match.index;
    if (!seen.slice(-24).some((other) => other.start < from + match[0].length && from < other.end))
      seen.push({ type: 'card', start: from, end: from + match[0].length });
  }
}

/** What a text must hold somewhere for an id to be in it: told by one quick look. */
const hints = {
  letters: /[A-Za-z][ -]?\d|\d[ +-]?[A-Za-z]|(?<!\d)\d{6}[-+]\d{4}/,
  dots: /\d\.\d{3}-[\dkK]/,
  long: /(?<![A-Za-z0-9])\d{17}[\dXx]/,
} as const;

function lettered(text: string, seen: Seen[]): void {
  const holds = { letters: hints.letters.test(text), dots: hints.dots.test(text), long: hints.long.test(text) };
  for (const { pattern, fits, hint } of letteredIds) {
    if (!holds[hint ?? 'letters']) continue;
    pattern.lastIndex = 0;
    for (
      let match = pattern.exec(text), left = most(text);
      match !== null && left > 0;
      match = pattern.exec(text), left -= 1
    ) {
      if (fits(match[0])) seen.push({ type: 'national-id', start: match.index, end: match.index + match[0].length });
    }
  }
}

/** Bitcoin's own form tells itself; the older one and Ethereum's stand in code too, so words must say it. */
const wallet =
  /(?<![A-Za-z0-9])(?:bc1[ac-hj-np-z02-9]{25,62}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|0x[A-Fa-f0-9]{40})(?![A-Za-z0-9])/g;

function wallets(text: string, seen: Seen[]): void {
  if (!/bc1|wallet|bitcoin|\bbtc|ethereum|\beth\b|crypto|send it/i.test(text)) return;
  wallet.lastIndex = 0;
  for (
    let match = wallet.exec(text), left = most(text);
    match !== null && left > 0;
    match = wallet.exec(text), left -= 1
  ) {
    const before = text.slice(Math.max(0, match.index - 48), match.index);
    if (!match[0].startsWith('bc1') && !/wallet|bitcoin|\bbtc|ethereum|\beth\b|crypto|send it/i.test(before)) continue;
    if (/^0x(.)\1+$|^(.)\2+$/.test(match[0])) continue;
    seen.push({ type: 'wallet', start: match.index, end: match.index + match[0].length });
  }
}

function withoutOverlaps(seen: Seen[]): readonly Seen[] {
  if (seen.length < 2) return seen;
  seen.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Seen[] = [];
  let until = -1;
  for (const each of seen) {
    if (each.start < until) continue;
    kept.push(each);
    until = each.end;
  }
  return kept;
}
