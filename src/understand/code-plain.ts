import { base32Text, decodedBytes, hexText, utf8 } from './shell/decoders.ts';

/** Code with what is spelled in a roundabout way spelled plainly. `decoded`: something in it was encoded. */
export interface PlainCode {
  readonly code: string;
  readonly decoded: boolean;
}

const quoted = String.raw`\(\s*[rbu]?(["'${'`'}])([\w+/=\s-]{4,20000})\1`;
/** Calls that decode one literal, with what may follow it inside and after the parentheses. */
const decoders: readonly (readonly [pattern: RegExp, decode: (text: string) => string | null])[] = [
  [
    new RegExp(
      String.raw`(?:(?:\b__import__\(\s{0,4}[\"']base64[\"']\s{0,4}\)\.|\bbase64\.|\b)(?:b64decode|standard_b64decode|urlsafe_b64decode|decodestring|decodebytes)|\b(?:base64_decode|decode_base64|atob|Base64\.(?:strict_|urlsafe_)?decode64))${quoted}\s*\)`,
      'g',
    ),
    decodedBytes,
  ],
  [new RegExp(String.raw`\bBuffer\.from${quoted}\s*,\s*["']base64["']\s*\)`, 'g'), decodedBytes],
  [new RegExp(String.raw`\bBuffer\.from${quoted}\s*,\s*["']hex["']\s*\)`, 'g'), hexText],
  [
    new RegExp(String.raw`\b(?:bytes\.fromhex|bytearray\.fromhex|(?:binascii\.)?unhexlify|hex2bin)${quoted}\s*\)`, 'g'),
    hexText,
  ],
  [new RegExp(String.raw`\b(?:base64\.)?b32decode${quoted}\s*\)`, 'g'), base32Text],
];
/** `.decode()`, `.toString('utf8')` after bytes change nothing here. */
const toText = /^\.(?:decode|toString)\(\s*(?:["'][\w-]*["'])?\s*\)/;

/** Decoded literals, `getattr(os, 'system')`, `obj['exec']`, `'sy' + 'stem'`, `chr(114)` → what they stand for. */
export function plainCode(code: string, language: string): PlainCode {
  let out = code;
  let decoded = false;
  // Inside another language's quotes, what is decoded would end the quote: that language is read in its turn.
  if (language !== 'osascript' && /decode|atob|Buffer\.from|fromhex|unhexlify|hex2bin/.test(code))
    for (const [pattern, decode] of decoders) {
      out = out.replace(pattern, (whole, _quote, text) => {
        const plain = utf8OrNull(decode(text));
        if (plain === null) return whole;
        decoded = true;
        return `\uE001${JSON.stringify(plain)}`;
      });
    }
  if (decoded) out = withoutMarks(out);
  if (/chr\(|fromCharCode/.test(out)) {
    const before = out;
    out = out.replace(
      /\b(?:String\.fromCharCode|chr)\(\s*(\d{1,3}(?:\s*,\s*\d{1,3}){0,400})\s*\)/g,
      (_whole, list: string) => JSON.stringify(String.fromCharCode(...list.split(',').map(Number))),
    );
    decoded ||= out !== before;
  }
  if (decoded || /["']\s*[+.]\s*["']/.test(out)) out = joinedLiterals(out, language);
  if (out.includes('getattr'))
    out = out.replace(/\bgetattr\(\s*([\w.]+|__import__\(["']\w+["']\))\s*,\s*["'](\w+)["']\s*\)/g, '$1.$2');
  if (language === 'python') out = withoutAliases(out);
  if (language === 'node') out = withoutNames(out);
  if (language === 'node') out = out.replace(/\[\s*["'](\w+)["']\s*\](?=\s*[(.[])/g, '.$1');
  return { code: out, decoded };
}

/** `"a" + "b"` → `"ab"`; Perl and PHP join with a dot. */
function joinedLiterals(code: string, language: string): string {
  const joint =
    language === 'perl' || language === 'php'
      ? /(["'])((?:(?!\1)[^\\\n]){0,500})\1\s*\.\s*(["'])((?:(?!\3)[^\\\n]){0,500})\3/g
      : /(["'])((?:(?!\1)[^\\\n]){0,500})\1\s*\+\s*(["'])((?:(?!\3)[^\\\n]){0,500})\3/g;
  let out = code;
  for (let round = 0; round < 6; round++) {
    const next = out.replace(joint, (_whole, _a, left: string, _b, right: string) => JSON.stringify(left + right));
    if (next === out) break;
    out = next;
  }
  return out;
}

function withoutMarks(code: string): string {
  return code
    .split('\uE001')
    .map((piece, i) => {
      if (i === 0) return piece;
      const end = /^"(?:[^"\\]|\\.)*"/.exec(piece)?.[0].length ?? 0;
      return piece.slice(0, end) + piece.slice(end).replace(toText, '');
    })
    .join('');
}

function utf8OrNull(bytes: string | null): string | null {
  return bytes === null ? null : utf8(bytes);
}

/** Calls of Node that may go by another name: `const { execSync: run } = …`, `const run = x.execSync`. */
const renamedCall =
  /[{,]\s{0,4}(execSync|exec|spawnSync|spawn|execFileSync|execFile|rmSync|unlinkSync|rmdirSync)\s{0,4}(?::|\bas\b)\s{0,4}([A-Za-z_$][\w$]{0,40})\s{0,4}(?=[,}])|\b(?:const|let|var)\s{1,4}([A-Za-z_$][\w$]{0,40})\s{0,4}=\s{0,4}[^;\n=]{0,80}?\.(execSync|exec|spawnSync|spawn|execFileSync|execFile|rmSync|unlinkSync|rmdirSync)(?=\s{0,4}(?:[;,\n]|$))/g;

function withoutNames(code: string): string {
  if (!/exec|spawn|rmSync|unlinkSync|rmdirSync/.test(code)) return code;
  let out = code;
  for (const [, first, as, name, second] of [...code.matchAll(renamedCall)].slice(0, 8)) {
    const alias = as ?? name ?? '';
    if (alias === (first ?? second)) continue;
    out = out.replace(
      new RegExp(`(?<![\\w.$'"])${alias.replaceAll('$', '\\$')}(?=\\s*\\()`, 'g'),
      first ?? second ?? '',
    );
  }
  return out;
}

/** `import subprocess as s`, `from os import system`: names → what they were imported as. */
function withoutAliases(code: string): string {
  let out = code;
  const renamed = [...code.matchAll(/\bimport\s+([\w.]+)\s+as\s+([A-Za-z_]\w{0,40})/g)].slice(0, 16);
  for (const [, module = '', name = ''] of renamed)
    out = out.replace(new RegExp(`(?<![\\w.'"])${name}\\.(?=\\w)`, 'g'), `${module}.`);
  const taken = [...code.matchAll(/\bfrom\s+(os|shutil|pty|subprocess)\s+import\s+([\w ,]{1,200})/g)].slice(0, 16);
  for (const [, module = '', list = ''] of taken)
    for (const item of list.split(',')) {
      const [name = '', , as] = item.trim().split(/\s+/);
      if (/^[A-Za-z_]\w*$/.test(name) && /^\w*$/.test(as ?? ''))
        out = out.replace(new RegExp(`(?<![\\w.'"])${as ?? name}(?=\\s*\\()`, 'g'), `${module}.${name}`);
    }
  return out;
}
