import type { Flag, Verb } from '../../core/effect.ts';
import type { Place } from '../../core/event.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, type Operand, type Options, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { namedEffects } from '../named-verbs.ts';

type Reading = (options: Options, words: CommandWords) => readonly CommandEffect[];

const withValue: Readonly<Record<string, ReadonlySet<string>>> = {
  head: names('-n -c --lines --bytes'),
  tail: names('-n -c --lines --bytes --pid -s'),
  cut: names('-d -f -c -b --delimiter --fields --output-delimiter'),
  sort: names('-k -t -o -S -T --key --field-separator --output'),
  split: names('-b -l -n -a -C --bytes --lines'),
  du: names('-d --max-depth --exclude -B --block-size'),
  df: names('-t -x -B'),
  ls: names('-I --ignore -w -T --hide --block-size --sort --time --color --format --time-style'),
  tree: names('-L -I -P -o'),
  stat: names('-c -f --format --printf'),
  cp: names('-t --target-directory -S --suffix'),
  mv: names('-t --target-directory -S --suffix'),
  ln: names('-t --target-directory -S'),
  install: names('-m -o -g -t --mode --owner --group --target-directory'),
  mkdir: names('-m --mode'),
  mktemp: names('-p -t --suffix --tmpdir'),
  touch: names('-t -d -r --date --reference'),
  truncate: names('-s --size -r --reference'),
  shred: names('-n -s --iterations --size --random-source'),
  od: names('-A -j -N -t -w'),
  hexdump: names('-e -f -n -s'),
  xxd: names('-l -s -c -g'),
  strings: names('-n -t -e'),
  diff: names('-U -C --label -x --exclude -I'),
  fold: names('-w'),
  pr: names('-l -w'),
  nl: names('-b -w -s'),
  uniq: names('-f -s -w'),
  paste: names('-d'),
  join: names('-t -1 -2 -o'),
  date: names('-d -r -f --date -s --set -v'),
};

const reads = [
  'cat',
  'bat',
  'batcat',
  'head',
  'tail',
  'less',
  'more',
  'most',
  'nl',
  'tac',
  'rev',
  'wc',
  'sort',
  'uniq',
  'cut',
  'paste',
  'join',
  'fold',
  'fmt',
  'pr',
  'expand',
  'unexpand',
  'column',
  'comm',
  'cmp',
  'diff',
  'sdiff',
  'colordiff',
  'od',
  'hexdump',
  'hd',
  'xxd',
  'strings',
  'base64',
  'gbase64',
  'base32',
  'md5sum',
  'md5',
  'sha1sum',
  'sha256sum',
  'sha512sum',
  'shasum',
  'cksum',
  'b2sum',
  'sum',
  'iconv',
  'look',
  'tsort',
  'numfmt',
  'csplit',
  'ptx',
  'shuf',
  'view',
  'zcat',
  'zless',
  'zmore',
  'bzcat',
  'xzcat',
  'lzcat',
  'zstdcat',
];
const looks = [
  'ls',
  'll',
  'dir',
  'vdir',
  'exa',
  'eza',
  'lsd',
  'tree',
  'stat',
  'file',
  'du',
  'readlink',
  'realpath',
  'namei',
  'lsattr',
  'getfacl',
  'df',
  'findmnt',
  'basename',
  'dirname',
];

/** GNU takes any beginning of a long option that is no other's: `--recurs`. */
const begins = ({ flags }: Options, whole: string): boolean =>
  [...flags.keys()].some((name) => name.length > 4 && whole.startsWith(name));

function recursiveFlag(options: Options): boolean {
  return options.has('-r', '-R', '--recursive') || begins(options, '--recursive');
}

function flagsOf(options: Options, { forced = ['-f', '--force'] } = {}): Flag[] {
  const out: Flag[] = [];
  if (recursiveFlag(options)) out.push('recursive');
  if (options.has(...forced) || begins(options, '--force')) out.push('forced');
  return out;
}

function remove(options: Options, { place, program, stdin }: CommandWords): readonly CommandEffect[] {
  const flags = flagsOf(options);
  if (program === 'srm') flags.push('irreversible');
  const kind = flags.includes('recursive') || program === 'rmdir' ? 'directory' : 'file';
  // Names piped in are not read, but meant: the next try is the one with xargs.
  if (flags.includes('recursive') && options.operands.length === 0 && stdin !== undefined)
    return touch('delete', { text: null, arg: 0 }, place, { kind, flags });
  return touchAll('delete', options.operands, place, { kind, flags });
}

/** Sources and target of `cp`, `mv`, `ln`, `install`. */
function ends(options: Options): { readonly from: readonly Operand[]; readonly to: Operand | undefined } {
  const target = options.value('-t', '--target-directory');
  if (target) return { from: options.operands, to: target };
  return { from: options.operands.slice(0, -1), to: options.operands.at(-1) };
}

/** Into a folder the file keeps its name, which may be what makes it run: `cp x.plist ~/Library/LaunchAgents/`. */
function landed(
  from: readonly Operand[],
  to: Operand | undefined,
  place: Place,
  flags: readonly Flag[],
): readonly CommandEffect[] {
  const [first] = from;
  const folder = to?.text?.replace(/\/+$/, '') ?? '';
  const base = first?.text?.replace(/\/+$/, '').replace(/^.*\//, '') ?? '';
  const inside = { text: `${folder}/${base}`, arg: to?.arg ?? 0 };
  const asFile = touch('write', to, place, { flags });
  if (folder === '' || base === '' || asFile.length !== 1) return asFile;
  const asFolder = touch('write', inside, place, { flags });
  return asFolder.length > asFile.length ? asFolder : asFile;
}

function copy(options: Options, { place }: CommandWords): readonly CommandEffect[] {
  const { from, to } = ends(options);
  const flags: Flag[] = options.has('-r', '-R', '-a', '--recursive', '--archive') ? ['recursive'] : [];
  return [
    ...touchAll('read', from, place, { flags }),
    ...landed(from, to, place, options.has('-f', '--force') ? ['forced'] : []),
  ];
}

function move(options: Options, { place }: CommandWords): readonly CommandEffect[] {
  const { from, to } = ends(options);
  // What is moved there is moved nowhere.
  const gone = to?.text === '/dev/null' ? (['irreversible', 'recursive'] as const) : [];
  const flags = [...flagsOf(options), ...gone];
  return [
    ...touchAll('read', from, place),
    ...touchAll('delete', from, place, { flags }),
    ...landed(from, to, place, []),
  ];
}

function link(options: Options, { place }: CommandWords): readonly CommandEffect[] {
  if (options.operands.length === 1) return touch('write', { text: '.', arg: 0 }, place);
  const { from, to } = ends(options);
  return [
    ...touchAll('read', from, place),
    ...touch('write', to, place, { flags: options.has('-f', '--force') ? ['forced'] : [] }),
  ];
}

/** Files that are made of zeros or noise in the first place: disk images, swap, samples. */
const madeBlank =
  /\.(?:img|iso|raw|bin|dat|qcow2?|vdi|vmdk|ext[234]|fs|key|tmp|test)$|(?:^|\/|[-_.])(?:swap|zeros?|random|noise|test|dummy|sample|fill|blob|big|large)[\w-]*(?:\.\w+)?$/i;

function diskDump(_options: Options, { args, place }: CommandWords): readonly CommandEffect[] {
  const out: CommandEffect[] = [];
  // Filled with zeros or noise, whatever was there is gone.
  const filled = args.some((text) => /^if=\/dev\/(?:zero|u?random)$/.test(text ?? ''));
  args.forEach((text, arg) => {
    const value = text?.slice(3) ?? null;
    if (text?.startsWith('if=')) out.push(...touch('read', { text: value, arg }, place));
    if (text?.startsWith('of=')) {
      const onto = touch('write', { text: value, arg }, place);
      const blank = filled && !madeBlank.test(value ?? '');
      out.push(
        ...onto.map((effect) => ({
          ...effect,
          flags: effect.resource.kind === 'device' || blank ? [...effect.flags, 'irreversible' as const] : effect.flags,
        })),
      );
    }
  });
  return out;
}

/** `chmod 4755`, `u+s`, `777`, `a+rwx`: does it widen what others may do? */
function widens(mode: string | null | undefined): boolean {
  if (mode == null) return true;
  if (/^[0-7]{3,5}$/.test(mode)) return /^[2467]\d{3}$/.test(mode.padStart(4, '0')) || /[2367]$/.test(mode);
  return (
    /(?:^|,)[ugo]*\+?[ugo]*[+=][rwxXst]*s/.test(mode) ||
    (/(?:^|,)(?:a|o|ugo|go|uo)?[oa]?[+=][rxX]*w/.test(mode) && /^(?:.*,)?(?:a|[ug]*o)/.test(mode))
  );
}

function changeMode(options: Options, { place, program }: CommandWords): readonly CommandEffect[] {
  // A mode such as `-w` or `-R` reads as an option, so the first operand may be a file: harmless, it is only named.
  const reference = options.value('--reference');
  const mode = reference ? undefined : options.operands[0];
  const files = reference ? options.operands : options.operands.slice(1);
  const verb: Verb = program === 'chmod' && !widens(mode?.text) ? 'configure' : 'grant';
  const flags: Flag[] = options.has('-R', '--recursive') ? ['recursive'] : [];
  const setuid =
    program === 'chmod' && /^[246]\d{3}$|[ug]*\+[rwx]*s/.test(mode?.text ?? '') ? (['privileged'] as const) : [];
  // Whoever has an account on the machine may now change it.
  const everyone =
    program === 'chmod' && /^[0-7]?[0-7][0-7][2367]$|(?:^|,)(?:a|[ug]*o[ug]*)[+=][rxX]*w/.test(mode?.text ?? '');
  return touchAll(verb, files, place, { flags: [...flags, ...setuid, ...(everyone ? (['weakens'] as const) : [])] });
}

/** Shows the time, unless it is told one: `date -s …`, `date 010100002001`. */
function clock(options: Options, { args }: CommandWords): readonly CommandEffect[] {
  // Read from the words themselves: `-Iseconds` is one option with its value, not five.
  const sets =
    args.some((word) => /^(?:-[uR]*s|--set(?:=|$))/.test(word ?? '')) ||
    options.operands.some(({ text }) => /^\d{8,14}(?:\.\d\d)?$/.test(text ?? ''));
  return sets
    ? [{ verb: 'configure', resource: { kind: 'device', name: 'system clock' }, zone: 'system', flags: ['hidden'] }]
    : [];
}

function tee(options: Options, { place }: CommandWords): readonly CommandEffect[] {
  return touchAll('write', options.operands, place);
}

function sorted(options: Options, words: CommandWords): readonly CommandEffect[] {
  return [
    ...touchAll('read', options.operands, words.place),
    ...touch('write', options.value('-o', '--output'), words.place),
  ];
}

const special: Readonly<Record<string, Reading>> = {
  rm: remove,
  unlink: remove,
  rmdir: remove,
  grm: remove,
  trash: remove,
  srm: remove,
  shred: (options, { place }) =>
    touchAll('delete', options.operands, place, {
      flags: ['irreversible', ...(options.has('-f') ? (['forced'] as const) : [])],
    }),
  wipe: (options, { place }) =>
    touchAll('delete', options.operands, place, { flags: ['irreversible', ...flagsOf(options)] }),
  truncate: (options, { place }) =>
    touchAll(/^0?$/.test(options.value('-s', '--size')?.text ?? '0') ? 'delete' : 'write', options.operands, place, {
      flags: ['irreversible'],
    }),
  cp: copy,
  gcp: copy,
  mv: move,
  gmv: move,
  rename: (options, { place }) => touchAll('write', options.operands.slice(1), place),
  ln: link,
  install: copy,
  ditto: copy,
  dd: diskDump,
  tee,
  sponge: tee,
  chmod: changeMode,
  chown: changeMode,
  chgrp: changeMode,
  chattr: (options, { place }) =>
    touchAll(
      'configure',
      options.operands.filter(({ text }) => !/^[+=-]/.test(text ?? '')),
      place,
      { flags: flagsOf(options) },
    ),
  setfacl: (options, { place }) => touchAll('grant', options.operands, place, { flags: flagsOf(options) }),
  mkdir: (options, { place }) => touchAll('write', options.operands, place, { kind: 'directory' }),
  touch: (options, { place }) => touchAll('write', options.operands, place),
  mkfifo: (options, { place }) => touchAll('write', options.operands, place),
  mknod: (options, { place }) => touchAll('write', options.operands.slice(0, 1), place),
  mktemp: () => [{ verb: 'write', resource: { kind: 'file', name: '/tmp/tmp.XXXXXXXXXX' }, zone: 'temp', flags: [] }],
  sort: sorted,
  split: (options, { place, ...words }) => [
    // Three words and more are no input and prefix: another program goes by this name.
    ...(options.operands.length > 2 ? namedEffects({ ...words, place }, names('-w --workspace')) : []),
    ...touchAll('read', options.operands.slice(0, 1), place),
    ...touch('write', { text: options.operands[1]?.text ?? 'xaa', arg: options.operands[1]?.arg ?? 0 }, place),
  ],
  env: () => [],
  date: clock,
  seq: () => [],
  yes: () => [],
  whoami: () => [],
  id: () => [],
  uname: () => [],
  hostname: () => [],
  tty: () => [],
  nproc: () => [],
  uptime: () => [],
  arch: () => [],
  groups: () => [],
  users: () => [],
  who: () => [],
  w: () => [],
  last: () => [],
  tput: () => [],
  expr: () => [],
  bc: () => [],
  tr: () => [],
  factor: () => [],
  sync: () => [],
  which: () => [],
  whereis: () => [],
  free: () => [],
  locale: () => [],
  cal: () => [],
  man: () => [],
  info: () => [],
  whatis: () => [],
  apropos: () => [],
  tldr: () => [],
  lscpu: () => [],
  lsblk: () => [],
  lsusb: () => [],
  lspci: () => [],
  sw_vers: () => [],
  getconf: () => [],
  vm_stat: () => [],
  pgrep: () => [],
  ps: () => [],
  top: () => [],
  htop: () => [],
};
delete (special as Record<string, Reading>).env;

function effects(words: CommandWords): readonly CommandEffect[] {
  const { program, args, place } = words;
  const options = readOptions(args, withValue[program]);
  const own = special[program];
  if (own) return own(options, words);
  const flags: Flag[] = recursiveFlag(options) || program === 'tree' || program === 'du' ? ['recursive'] : [];
  if (looks.includes(program)) return listed(options, place, flags);
  return touchAll('read', options.operands, place, { flags });
}

function listed(options: Options, place: Place, flags: readonly Flag[]): readonly CommandEffect[] {
  // A listing shows names, not contents: what it looks at is a directory.
  const at = options.operands.length === 0 ? [{ text: '.', arg: -1 }] : options.operands;
  return touchAll('read', at, place, { kind: 'directory', flags });
}

/** `ls a/` shows what lies in `a`, `ls *.ts` what the shell made of it. */
function listedNames(options: Options): readonly string[] | null {
  if (options.has('-l', '-d')) return null;
  if (options.operands.length === 0) return ['*'];
  return options.operands.flatMap(({ text }) => (text === null ? [] : [text.endsWith('/') ? `${text}*` : text]));
}

export const coreutils: CommandFamily = {
  id: 'coreutils',
  programs: [...reads.filter((name) => name !== 'sort'), ...looks, ...Object.keys(special)],
  effects,
  prints: ({ program, args }) => (program === 'ls' ? listedNames(readOptions(args, withValue.ls)) : null),
  examples: [
    ['date -u -Iseconds'],
    ['date -s 2030-01-01', 'configure device system'],
    ['rm -rf build', 'delete directory repository'],
    ['rm a.txt b.txt', 'delete file repository', 'delete file repository'],
    ['rm -rf ~', 'delete directory home'],
    ['rm -rf /', 'delete directory system'],
    ['rm --recurs --forc src', 'delete directory repository'],
    ['rm -rf'],
    ['ls | rm -rf', 'read directory repository', 'delete directory unknown'],
    ['mv src /dev/null', 'read file repository', 'delete file repository'],
    ['cat ~/.ssh/id_rsa', 'read file credential-store'],
    ['cat src/index.ts', 'read file repository'],
    ['cp .env /tmp/x', 'read file credential-store', 'write file temp'],
    ['cp x.plist ~/Library/LaunchAgents/', 'read file repository', 'write file home', 'configure service home'],
    ['mv a b', 'read file repository', 'delete file repository', 'write file repository'],
    ['dd if=/dev/zero of=/dev/sda', 'write device system'],
    ['chmod 777 /etc/motd', 'grant file system'],
    ['ls -la', 'read directory repository'],
    ['cat notes > /dev/null', 'read file repository'],
    ['shred -u key', 'delete file repository'],
    ['tee -a ~/.bashrc', 'write file home', 'configure environment home'],
  ],
};
