import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { finding, type Judged, onlyShows, plain } from '../findings.ts';

const id = 'encryption';

/** Programs that encrypt, each with the words that make it encrypt and not open, with a key the line itself brings. */
const ways: readonly (readonly [program: RegExp, pattern: RegExp])[] = [
  [/^gpg2?$/, /gpg2?\b[^|;&\n]{0,400}\s(?:-c|--symmetric|-\w*c\w*|--encrypt|-e)(?=\s|$)/],
  [
    /^openssl$/,
    /\bopenssl\s+(?:enc|aes\S*|des\S*|chacha20|smime\s+-encrypt|cms\s+-encrypt|rsautl\s+-encrypt|pkeyutl\s+-encrypt)\b(?![^|;&\n]{0,400}\s-d(?=\s|$))/,
  ],
  [/^(?:7z|7za|7zr|7zz|rar)$/, /(?:7z[arz]?|rar)\s+a\b[^|;&\n]{0,400}\s-(?:h?p)\S*/],
  [/^zip$/, /\bzip\b[^|;&\n]{0,400}\s(?:-e|-P|--encrypt|--password)(?=[\s=]|$)/],
  [/^(?:ccrypt|ccencrypt)$/, /\bcc(?:en)?crypt\b(?![^|;&\n]{0,200}\s-d\b)/],
  [/^(?:age|rage)$/, /\br?age\b[^|;&\n]{0,400}\s(?:-p|-e|-r|--passphrase|--encrypt|--recipient)(?=\s|$)/],
  [
    /^(?:cryptsetup|veracrypt|fscrypt)$/,
    /\b(?:cryptsetup\s+(?:luksFormat|reencrypt)|veracrypt\b[^|;&\n]{0,200}\s-c\b|fscrypt\s+encrypt)/,
  ],
];

const outside = ({ verb, zone, flags }: Effect): boolean =>
  (verb === 'read' || verb === 'write') &&
  (zone === 'home' ||
    zone === 'system' ||
    zone === 'credential-store' ||
    flags.includes('bulk') ||
    flags.includes('recursive'));

function judge({ action, meaning }: DetectorInput): Judged | null {
  if (action.kind !== 'shell') return null;
  const command = action.command.slice(0, 65_536);
  const hidden = meaning.opaque.length > 0;
  const way = ways.find(
    ([program, pattern]) => (hidden || meaning.programs.some((each) => program.test(each))) && pattern.test(command),
  );
  if (way === undefined) return null;
  const effects = meaning.effects.filter((effect) => !onlyShows(effect));
  const gone = effects.some(({ verb, flags }) => verb === 'delete' || flags.includes('irreversible'));
  const wide = effects.find(outside);
  const by = meaning.programs.find((each) => way[0].test(each)) ?? 'a program';
  if (wide === undefined && !gone && !hidden)
    return { weight: 20, why: `Encrypts files with a key of its own (${plain(by, 40)}).`, factor: 'reversibility' };
  return {
    weight: gone ? 70 : 44,
    why: `Encrypts files${wide === undefined ? '' : ' outside the repository, or many'}${gone ? ', and takes the readable ones away' : ''} (${plain(by, 40)}): who does not have the key has lost them.`,
    factor: 'reversibility',
  };
}

/** Makes files unreadable to whoever does not have the key; what extortion looks like when the originals go too. */
export const encryption: Detector = {
  id,
  title: 'Encrypts what is there',
  confidence: 'test',
  runbook:
    'Who has the key, and are the readable files still there? Keep the session and the machine as they are; the passphrase often stands in the command itself.',
  detect: (input) => {
    const judged = judge(input);
    return judged === null ? [] : [finding(id, judged, input.meaning.effects.find(outside)?.span)];
  },
  hits: [
    'openssl enc -aes-256-cbc -in ~/Documents/plan.odt -out plan.enc -k pass && rm ~/Documents/plan.odt',
    '7z a -pSecret x.7z ~/Documents',
    'find ~ -name "*.docx" -exec ccencrypt -K pass {} \\;',
  ],
  misses: [
    'openssl enc -d -aes-256-cbc -in a.enc -out a.txt',
    'gpg --verify a.sig a.txt',
    'zip -r build.zip dist',
    'openssl rand -hex 16',
    'openssl req -new -key k.pem',
  ],
};
