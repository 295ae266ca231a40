import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Operand, type Options, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

const grepValues = names(
  '-e -f -m -A -B -C -D -d -g --glob -t --type -T --type-not --include --exclude --exclude-dir --include-dir --regexp --file --max-count --context --after-context --before-context --max-depth -M --max-columns -j --threads -r --replace --sort --color --colors --iglob --max-filesize -E --encoding',
);
const ripgrep = new Set(['rg', 'ag', 'ack', 'ugrep', 'ug']);
const sedValues = names('-e -f -l -E --expression --file --line-length -s');
const awkValues = names('-F -v -f --field-separator --assign --file -e --source');
const jqValues = names('--arg --argjson --slurpfile --rawfile --indent -f --from-file --tab -L');

/** Words one looks for to find credentials. In one's own project that is a look at code; across a home or a machine it is a hunt. */
const secretWord =
  /passw(?:or)?d|passwd|secret|api[_-]?key|access[_-]?key|private[_ -]?key|credential|BEGIN[ .\w]*KEY|AKIA|aws_|token\b|authorization:/i;

function hunts(pattern: readonly Operand[], files: readonly CommandEffect[]): readonly CommandEffect[] {
  const said = pattern.find(({ text }) => secretWord.test(text ?? ''));
  const wide = files.find(
    ({ zone, flags, resource }) =>
      flags.includes('recursive') && (zone === 'home' || (zone === 'system' && resource.name.split('/').length <= 3)),
  );
  if (!said || !wide) return [];
  return [
    {
      verb: 'read',
      resource: { kind: 'secret', name: `what looks like one below ${wide.resource.name}` },
      zone: 'credential-store',
      flags: ['bulk'],
      arg: said.arg,
    },
  ];
}

function search(words: CommandWords): readonly CommandEffect[] {
  const { program, args, place } = words;
  const options = readOptions(
    args,
    program === 'rg'
      ? grepValues
      : names(
          [...grepValues]
            .filter(
              (name) =>
                name !== '-r' && name !== '-E' && name !== '-T' && name !== '-g' && name !== '-M' && name !== '-j',
            )
            .join(' '),
        ),
  );
  const pattern = options.has('-e', '--regexp', '-f', '--file', '--files') ? [] : options.operands.slice(0, 1);
  const files = options.operands.slice(pattern.length);
  const flags: Flag[] =
    options.has('-r', '-R', '--recursive') || ripgrep.has(program) || program === 'rgrep' ? ['recursive'] : [];
  const lists = touchAll('read', options.all('-f', '--file'), place);
  if (files.length === 0)
    return flags.length > 0 && words.stdin === undefined
      ? [...lists, ...touch('read', { text: '.', arg: -1 }, place, { kind: 'directory', flags })]
      : lists;
  const looked = touchAll('read', files, place, { flags, kind: flags.length > 0 ? 'directory' : 'file' });
  return [...lists, ...looked, ...hunts([...pattern, ...options.all('-e', '--regexp')], looked)];
}

function sed(words: CommandWords): readonly CommandEffect[] {
  const inPlace = words.args.findIndex(
    (arg) => /^-[a-zA-Z]*i|^--in-place/.test(arg ?? '') && !/^-[ef]/.test(arg ?? ''),
  );
  const options = readOptions(words.args, sedValues);
  // BSD's `-i ''` takes the suffix as a word of its own.
  const operands = options.operands.filter(({ text, arg }) => !(text === '' && arg === inPlace + 1));
  const scripted = options.has('-e', '-f', '--expression', '--file');
  const files = scripted ? operands : operands.slice(1);
  const script = [...options.all('-e', '--expression'), ...(scripted ? [] : operands.slice(0, 1))];
  const out: CommandEffect[] = [
    ...touchAll('read', options.all('-f', '--file'), words.place),
    ...touchAll(inPlace >= 0 ? 'write' : 'read', files, words.place),
  ];
  for (const { text, arg } of script) {
    const written = /(?:^|[;}/\n]\s*)[gpI]*w\s+(\S+)/.exec(text ?? '')?.[1];
    if (written) out.push(...touch('write', { text: written, arg }, words.place));
    const read = /(?:^|[;}\n]|\d)\s*r\s+(\S+)/.exec(text ?? '')?.[1];
    if (read) out.push(...touch('read', { text: read, arg }, words.place));
  }
  return out;
}

function awkScript(options: Options): Operand | undefined {
  return options.has('-f', '--file') ? undefined : (options.value('-e', '--source') ?? options.operands[0]);
}

function awk(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, awkValues);
  const files = options.has('-f', '--file', '-e', '--source') ? options.operands : options.operands.slice(1);
  const inPlace = options.value('-i')?.text === 'inplace' || words.args.includes('inplace');
  const out: CommandEffect[] = [
    ...touchAll('read', options.all('-f', '--file'), words.place),
    ...touchAll(
      inPlace ? 'write' : 'read',
      files.filter(({ text }) => !/^[A-Za-z_]\w*=|^inplace$/.test(text ?? '')),
      words.place,
    ),
  ];
  const script = awkScript(options);
  for (const match of script?.text?.matchAll(/(?:print|printf)\b[^;}\n]*?>{1,2}\s*"([^"]+)"/g) ?? [])
    out.push(...touch('write', { text: match[1] ?? null, arg: script?.arg ?? 0 }, words.place));
  for (const match of script?.text?.matchAll(/getline[^;}\n<]*<\s*"([^"]+)"/g) ?? [])
    out.push(...touch('read', { text: match[1] ?? null, arg: script?.arg ?? 0 }, words.place));
  const socket = /"\/inet\/(?:tcp|udp)\/\d*\/([^/"]+)/.exec(script?.text ?? '')?.[1];
  if (socket)
    out.push(
      { verb: 'send', resource: { kind: 'host', name: socket }, zone: 'other-host', flags: [], arg: script?.arg ?? 0 },
      {
        verb: 'receive',
        resource: { kind: 'host', name: socket },
        zone: 'other-host',
        flags: [],
        arg: script?.arg ?? 0,
      },
    );
  return out;
}

/** Text that awk or sed hands to a shell. */
function textRuns(words: CommandWords): readonly NestedRun[] {
  const { program, args } = words;
  if (/awk$/.test(program)) {
    const script = awkScript(readOptions(args, awkValues));
    const out: NestedRun[] = [];
    for (const match of script?.text?.matchAll(
      /system\(\s*"((?:[^"\\]|\\.)*)"|"((?:[^"\\]|\\.)*)"\s*\|\s*getline|\|\s*&?\s*"((?:[^"\\]|\\.)*)"/g,
    ) ?? []) {
      out.push({
        kind: 'shell',
        text: (match[1] ?? match[2] ?? match[3] ?? '').replace(/\\"/g, '"'),
        arg: script?.arg ?? 0,
      });
    }
    if (script?.text && /system\(\s*[^")]/.test(script.text)) out.push({ kind: 'shell', text: null, arg: script.arg });
    return out;
  }
  if (/sed$/.test(program)) {
    const options = readOptions(args, sedValues);
    const script = options.value('-e', '--expression') ?? options.operands[0];
    const command = /(?:^|[;}\n])\s*(?:\d+|\$)?\s*e\s+(.+)$/.exec(script?.text ?? '')?.[1];
    if (command) return [{ kind: 'shell', text: command, arg: script?.arg ?? 0 }];
    return runsResult(script?.text ?? '') ? [{ kind: 'shell', text: null, arg: script?.arg ?? 0 }] : [];
  }
  return [];
}

/** `s/…/…/e`: what comes out of the substitution is run. Cut at the delimiter, since a pattern would be slow on crafted text. */
function runsResult(script: string): boolean {
  const delimiter = script[1] ?? '';
  if (!/^s[|/#,]/.test(script)) return false;
  const end = script.lastIndexOf(delimiter);
  const options = script.slice(end + 1);
  return script.split(delimiter, 4).length > 3 && /^[gpIMm\d]{0,8}e[gpIMm\d]{0,8}$/.test(options);
}

function jq(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, jqValues);
  const inPlace = options.has('-i', '--inplace') && words.program === 'yq';
  const files = options.has('-f', '--from-file') ? options.operands : options.operands.slice(1);
  return [
    ...touchAll('read', options.all('-f', '--from-file'), words.place),
    ...touchAll(
      inPlace ? 'write' : 'read',
      words.program === 'yq' ? files.filter(({ text }) => text !== 'eval') : files,
      words.place,
    ),
  ];
}

function editor(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-c --cmd -u -s -S -T -r --eval -l -f --load'));
  const files = options.operands.filter(({ text }) => !text?.startsWith('+'));
  return touchAll(words.program === 'view' || options.has('-R') ? 'read' : 'write', files, words.place);
}

function editorRuns(words: CommandWords): readonly NestedRun[] {
  const options = readOptions(words.args, names('-c --cmd -u -s -S'));
  return options.all('-c', '--cmd').flatMap(({ text, arg }) => {
    const shell = /^:?!(.+)$|^:?(?:silent\s+)?!(.+)$|system\(["'](.+?)["']\)/.exec(text ?? '');
    const command = shell?.[1] ?? shell?.[2] ?? shell?.[3];
    return command ? [{ kind: 'shell' as const, text: command, arg }] : [];
  });
}

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  grep: search,
  egrep: search,
  fgrep: search,
  zgrep: search,
  rgrep: search,
  rg: search,
  ag: search,
  ack: search,
  ugrep: search,
  ug: search,
  'ast-grep': () => [],
  sg: () => [],
  sed,
  gsed: sed,
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  jq,
  yq: jq,
  gojq: jq,
  vim: editor,
  vi: editor,
  nvim: editor,
  nano: editor,
  emacs: editor,
  ed: editor,
  ex: editor,
  pico: editor,
  micro: editor,
  helix: editor,
  hx: editor,
  code: editor,
  subl: editor,
  column: () => [],
  xclip: clipboard,
  pbcopy: clipboard,
  xsel: clipboard,
  'wl-copy': clipboard,
  pbpaste: () => [
    { verb: 'read', resource: { kind: 'environment', name: 'clipboard' }, zone: 'this-host', flags: ['sensitive'] },
  ],
  open: opened,
  'xdg-open': opened,
  start: opened,
  tokei: () => [],
  cloc: () => [],
  scc: () => [],
};

function clipboard(): readonly CommandEffect[] {
  return [
    { verb: 'write', resource: { kind: 'environment', name: 'clipboard' }, zone: 'this-host', flags: ['sensitive'] },
  ];
}

function opened(words: CommandWords): readonly CommandEffect[] {
  const target = words.args.find((arg) => arg === null || !arg.startsWith('-'));
  const at = words.args.indexOf(target ?? null);
  if (typeof target === 'string' && /^https?:/.test(target))
    return [{ verb: 'execute', resource: { kind: 'process', name: 'browser' }, zone: 'this-host', flags: [], arg: at }];
  return target === undefined ? [] : touch('read', { text: target, arg: at }, words.place);
}

export const text: CommandFamily = {
  id: 'text',
  programs: Object.keys(meanings).filter((name) => name !== 'code' && name !== 'column'),
  effects: (words) => meanings[words.program]?.(words) ?? [],
  runs: (words) => (meanings[words.program] === editor ? editorRuns(words) : textRuns(words)),
  examples: [
    ['grep -rn TODO src', 'read directory repository'],
    ['grep -rn password src', 'read directory repository'],
    ['grep -rli password /home/ada', 'read directory home', 'read secret credential-store'],
    ['grep "rm -rf /" notes.md', 'read file repository'],
    ['rg secret', 'read directory repository'],
    ["sed -i 's/a/b/' src/a.ts", 'write file repository'],
    ["sed -n '1,5p' /etc/passwd", 'read file system'],
    ["awk '{print $1}' data.csv", 'read file repository'],
    ['awk \'BEGIN{system("rm -rf x")}\'', 'delete directory repository'],
    ['jq .name package.json', 'read file repository'],
    ["vim -c ':!rm x'", 'delete file repository'],
  ],
};
