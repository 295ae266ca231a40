import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Operand, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

const tarValues = names(
  '-f --file -C --directory --exclude -X --exclude-from -T --files-from -I --use-compress-program --to-command --checkpoint-action --checkpoint --transform --strip-components --strip --owner --group --mode -b -g --rsh-command --info-script -F --format -H',
);

function tar(words: CommandWords): readonly CommandEffect[] {
  // The first word may be a bundle of letters without a dash: `tar czf x.tgz dir`.
  const [first] = words.args;
  const bundled = first != null && /^[a-zA-Z]+$/.test(first) && /[cxturA]/.test(first);
  const args = bundled ? [`-${first}`, ...words.args.slice(1)] : words.args;
  const options = readOptions(args, tarValues);
  const file = options.value('-f', '--file');
  const folder = options.value('-C', '--directory');
  const creates = options.has('-c', '--create', '-r', '--append', '-u', '--update');
  const inFolder = (operand: Operand): Operand =>
    folder?.text && operand.text !== null && !operand.text.startsWith('/')
      ? { ...operand, text: `${folder.text}/${operand.text}` }
      : operand;
  if (creates) {
    const sources = options.operands.map(inFolder);
    const out: CommandEffect[] = [
      ...touchAll('read', sources, words.place, { kind: 'directory', flags: ['recursive'] }),
      ...touchAll('read', options.all('-T', '--files-from'), words.place),
    ];
    if (options.has('--remove-files'))
      out.push(...touchAll('delete', sources, words.place, { kind: 'directory', flags: ['recursive'] }));
    return [...out, ...remoteOrFile('write', file, words)];
  }
  const out: CommandEffect[] = [...remoteOrFile('read', file, words)];
  if (options.has('-x', '--extract', '--get') && !options.has('-O', '--to-stdout'))
    out.push(...touch('write', folder ?? { text: '.', arg: -1 }, words.place, { kind: 'directory' }));
  return out;
}

/** `tar cf host:archive`: tar itself goes over the network. */
function remoteOrFile(
  verb: 'read' | 'write',
  file: Operand | undefined,
  words: CommandWords,
): readonly CommandEffect[] {
  const host = /^(?:[\w.-]+@)?([\w.-]{2,}):/.exec(file?.text ?? '')?.[1];
  if (host && file && !words.args.includes('--force-local'))
    return [
      {
        verb: verb === 'write' ? 'send' : 'receive',
        resource: { kind: 'host', name: host },
        zone: 'other-host',
        flags: [],
        arg: file.arg,
      },
    ];
  return touch(verb, file, words.place);
}

function tarRuns(words: CommandWords): readonly NestedRun[] {
  const options = readOptions(words.args, tarValues);
  const out: NestedRun[] = [];
  for (const { text, arg } of options.all(
    '--to-command',
    '-I',
    '--use-compress-program',
    '--info-script',
    '-F',
    '--rsh-command',
  ))
    out.push({ kind: 'shell', text, arg });
  for (const { text, arg } of options.all('--checkpoint-action')) {
    const command = /^exec=(.*)$/s.exec(text ?? '')?.[1];
    if (command !== undefined) out.push({ kind: 'shell', text: command, arg });
  }
  return out;
}

function zip(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-x -i -P -b -t -T -TT -n'));
  const [archive, ...sources] = options.operands;
  const moved = options.has('-m') ? touchAll('delete', sources, words.place) : [];
  return [
    ...touchAll('read', sources, words.place, { flags: options.has('-r') ? ['recursive'] : [] }),
    ...moved,
    ...touch('write', archive, words.place),
  ];
}

function unzip(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-d -x -P'));
  const out: CommandEffect[] = [...touch('read', options.operands[0], words.place)];
  if (options.has('-l', '-t', '-p', '-Z', '-v')) return out;
  return [...out, ...touch('write', options.value('-d') ?? { text: '.', arg: -1 }, words.place, { kind: 'directory' })];
}

/** gzip and kin replace each file by its packed form. */
function pack(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-o -S --suffix -T --threads --output-dir-flat'));
  const keeps = options.has('-k', '--keep', '-c', '--stdout', '-l', '-t');
  const out: CommandEffect[] = [...touchAll('read', options.operands, words.place)];
  if (!options.has('-c', '--stdout', '-l', '-t')) out.push(...touchAll('write', options.operands, words.place));
  void keeps;
  return out;
}

function sevenZip(words: CommandWords): readonly CommandEffect[] {
  const [command, archive, ...rest] = readOptions(words.args, undefined, { singleDash: true }).operands;
  if (command?.text === 'x' || command?.text === 'e')
    return [
      ...touch('read', archive, words.place),
      ...touch(
        'write',
        { text: words.args.find((arg) => arg?.startsWith('-o'))?.slice(2) ?? '.', arg: -1 },
        words.place,
        { kind: 'directory' },
      ),
    ];
  return [
    ...touchAll('read', rest, words.place),
    ...touch(command?.text === 'l' ? 'read' : 'write', archive, words.place),
  ];
}

function cpio(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-F -I -O -D -H -E'));
  return options.has('-o', '--create')
    ? touchAll('write', options.all('-F', '-O'), words.place)
    : touch('write', options.value('-D') ?? { text: '.', arg: -1 }, words.place, { kind: 'directory' });
}

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  tar,
  gtar: tar,
  bsdtar: tar,
  zip,
  unzip,
  gzip: pack,
  gunzip: pack,
  bzip2: pack,
  bunzip2: pack,
  xz: pack,
  unxz: pack,
  zstd: pack,
  unzstd: pack,
  lz4: pack,
  lzma: pack,
  pigz: pack,
  compress: pack,
  brotli: pack,
  '7z': sevenZip,
  '7za': sevenZip,
  '7zz': sevenZip,
  cpio,
  ar: (words) => touchAll('write', readOptions(words.args).operands.slice(1, 2), words.place),
  unrar: sevenZip,
  rar: sevenZip,
  unar: (words) => touchAll('read', readOptions(words.args, names('-o -D')).operands, words.place),
};

export const archives: CommandFamily = {
  id: 'archives',
  programs: Object.keys(meanings),
  effects: (words) => meanings[words.program]?.(words) ?? [],
  runs: (words) => (/tar$/.test(words.program) ? tarRuns(words) : []),
  examples: [
    ['tar czf /tmp/k.tgz ~/.ssh', 'read directory credential-store', 'write file temp'],
    ['tar -xzf a.tgz -C /opt', 'read file repository', 'write directory system'],
    ['zip -r out.zip src', 'read file repository', 'write file repository'],
    ['unzip a.zip -d out', 'read file repository', 'write directory repository'],
    [
      "tar cf /dev/null x --checkpoint=1 --checkpoint-action=exec='rm y'",
      'read directory repository',
      'delete file repository',
    ],
  ],
};
