/** Country calling codes (ITU-T E.164) with the least and most digits that follow. */
const countries: readonly (readonly [code: string, least: number, most: number])[] = [
  ['1', 10, 10],
  ['7', 10, 10],
  ['20', 8, 10],
  ['27', 9, 9],
  ['30', 10, 10],
  ['31', 9, 9],
  ['32', 8, 9],
  ['33', 9, 9],
  ['34', 9, 9],
  ['36', 8, 9],
  ['39', 6, 11],
  ['40', 9, 9],
  ['41', 9, 9],
  ['43', 7, 13],
  ['44', 9, 10],
  ['45', 8, 8],
  ['46', 7, 10],
  ['47', 8, 8],
  ['48', 9, 9],
  ['49', 7, 13],
  ['51', 8, 9],
  ['52', 10, 11],
  ['53', 6, 8],
  ['54', 10, 11],
  ['55', 10, 11],
  ['56', 9, 9],
  ['57', 10, 10],
  ['58', 10, 10],
  ['60', 8, 10],
  ['61', 9, 9],
  ['62', 8, 12],
  ['63', 8, 10],
  ['64', 8, 10],
  ['65', 8, 8],
  ['66', 8, 9],
  ['81', 9, 10],
  ['82', 8, 11],
  ['84', 9, 10],
  ['86', 10, 11],
  ['90', 10, 10],
  ['91', 10, 10],
  ['92', 9, 10],
  ['93', 9, 9],
  ['94', 9, 9],
  ['95', 7, 10],
  ['98', 10, 10],
];

function international(digits: string): boolean {
  if (/^(?:2[1-69]|3[578]|42|5[09]|6[7-9]|8[058]|9[679])\d/.test(digits))
    return digits.length >= 9 && digits.length <= 14;
  return countries.some(([code, least, most]) => {
    if (!digits.startsWith(code)) return false;
    const rest = digits.length - code.length;
    if (rest < least || rest > most + 1) return false;
    return code !== '1' || /^1[2-9]\d{2}[2-9]\d{6}$/.test(digits);
  });
}

const phoneWords =
  /phone|\btel\b|\btel[.:]|telef|telep|mobile|mobil\b|\bcell|\bcall\b|\bfax\b|whats ?app|\bsms\b|contact|handy|\bcep\b|celular|gsm|numero|numaram|hotline|dial|\btext (?:me |to |at )|\breach |\bring |\bnumber:|\bmsisdn|тел|電話|전화|puhelin|numer\b|número|(?:my|his|her|their) (?:\w+ )?number|number is|\b(?:us|uk|br|in|de|united states|brazil)\s?:/i;
const noPhone =
  /\bid["']?\s{0,2}[:=#]|\bids\b|commit|version|timestamp|run[s_ /]|issue|pull|\bpr\b|port|bytes|line|size|duration|epoch|offset|revision|\bjob/i;

/** Groupings of one country alone, which numbers of other kinds do not have: Turkey, France, Russia, Brazil, Japan and Britain. */
const ownForms: readonly RegExp[] = [
  /^0? ?\(?[2-5]\d{2}\)?[ -]\d{3}[ -]\d{2}[ -]\d{2}$/,
  /^0 ?\([2-5]\d{2}\) ?\d{3}[ -]?\d{2}[ -]?\d{2}$/,
  /^0[1-9](?:([ .-])\d{2})(?:\1\d{2}){3}$/,
  /^[78][ -]?\(\d{3}\)[ -]?\d{3}[ -]\d{2}[ -]\d{2}$/,
  /^\(?\d{2}\) ?9?\d{4}-\d{4}$/,
  /^0[789]0-\d{4}-\d{4}$/,
  /^0\d{2} \d{4} \d{4}$|^0[17]\d{3} \d{6}$/,
  /^0[4567]\d{2} \d{3} \d{3}$/,
  /^0\d{2}-\d{3} \d{2} \d{2}$/,
];

/**
 * Whether a run of digits as written is a phone number: `sure` when its form alone says so, `likely` when words around
 * it or its standing alone do.
 */
export function phoneAt(raw: string, digits: string, words: string, whole: boolean): 'sure' | 'likely' | null {
  if (
    digits.length < 8 ||
    digits.length > 15 ||
    /^(\d)\1+$/.test(digits) ||
    /\d{4}-\d{2}-\d{2}/.test(raw) ||
    /:/.test(raw)
  )
    return null;
  const said = phoneWords.test(words);
  if (raw.startsWith('+') || raw.startsWith('(+')) {
    if (!international(digits)) return null;
    return said || whole || /[ ()-]/.test(raw.slice(1)) || digits.length >= 11 ? 'sure' : null;
  }
  if (/^(?:1[-. ])?\(?[2-9]\d{2}\)?[-. ]{0,2}[2-9]\d{2}[-. ]\d{4}$/.test(raw) && /[(-]/.test(raw))
    return noPhone.test(words) && !said ? null : 'sure';
  if (ownForms.some((form) => form.test(raw))) return said || whole || !noPhone.test(words) ? 'sure' : null;
  if (!said && !whole) return null;
  if (said && noPhone.test(words) && !/phone|tel|mobile|cell/i.test(words)) return null;
  const national =
    /^0\d{9,10}$/.test(digits) ||
    (said && /^0\d{8}$/.test(digits)) ||
    /^(?:[2-9]\d{2}[2-9]\d{6})$/.test(digits) ||
    /^1[3-9]\d{9}$/.test(digits) ||
    /^1[2-9]\d{2}[2-9]\d{6}$/.test(digits) ||
    (/^00/.test(digits) && international(digits.slice(2))) ||
    /^\d{3}([ .-])\d{2,3}\1\d{2}\1\d{2,3}$/.test(raw) ||
    (whole && /^[2-5]\d{9}$/.test(digits)) ||
    (said && /^[3-9]\d{2}[ .-]\d{3}[ .-]\d{3,4}$/.test(raw));
  if (national) return 'likely';
  return international(digits) && said ? 'likely' : null;
}
