import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Operand, type Options, readOptions } from '../arguments.ts';

/** How a program passes on a command: options with a value, own operands before the command, what it adds. */
interface Wrapper {
  readonly values: ReadonlySet<string>;
  /** Own operands before the command: `timeout 5 …`. */
  readonly operands?: number;
  readonly flags?: readonly Flag[];
  /** `NAME=value` words before the command are settings. */
  readonly assignments?: boolean;
  /** Options whose value is shell text. */
  readonly shell?: readonly string[];
  /** The words are joined and handed to a shell. */
  readonly joined?: boolean;
}

const wrappers: Readonly<Record<string, Wrapper>> = {
  sudo: {
    values: names(
      '-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir --chroot --role --type --other-user --close-from',
    ),
    flags: ['privileged'],
    assignments: true,
  },
  doas: { values: names('-u -C'), flags: ['privileged'] },
  pkexec: { values: names('--user'), flags: ['privileged'] },
  gosu: { values: names(''), operands: 1, flags: ['privileged'] },
  'su-exec': { values: names(''), operands: 1, flags: ['privileged'] },
  runuser: {
    values: names('-u -g -G -s -c --command --user --shell'),
    shell: ['-c', '--command'],
    flags: ['privileged'],
  },
  su: {
    values: names('-c --command -s --shell -g -G -w'),
    shell: ['-c', '--command'],
    operands: 99,
    flags: ['privileged'],
  },
  env: {
    values: names('-u --unset -C --chdir -S --split-string -P -a --argv0'),
    assignments: true,
    shell: ['-S', '--split-string'],
  },
  nohup: { values: names(''), flags: ['background'] },
  setsid: { values: names(''), flags: ['background'] },
  time: { values: names('-f -o --format --output') },
  gtime: { values: names('-f -o --format --output') },
  nice: { values: names('-n --adjustment') },
  ionice: { values: names('-c -n -p --class --classdata') },
  chrt: { values: names('-T -P -D'), operands: 1 },
  taskset: { values: names(''), operands: 1 },
  cpulimit: { values: names('-l -p -e') },
  timeout: { values: names('-k -s --kill-after --signal'), operands: 1 },
  gtimeout: { values: names('-k -s --kill-after --signal'), operands: 1 },
  stdbuf: { values: names('-i -o -e --input --output --error') },
  unbuffer: { values: names('') },
  chronic: { values: names('') },
  caffeinate: { values: names('-t -w') },
  strace: { values: names('-e -o -p -s -u -E -a -I -O -S -P -b') },
  ltrace: { values: names('-e -o -p -s -u -n -a -l -x') },
  catchsegv: { values: names('') },
  valgrind: { values: names('') },
  flock: {
    values: names('-w -E -c --command --timeout --conflict-exit-code'),
    operands: 1,
    shell: ['-c', '--command'],
  },
  watch: { values: names('-n -d --interval'), joined: true },
  chroot: { values: names('--userspec --groups'), operands: 1, flags: ['privileged'] },
  unshare: { values: names('-R -w -S -G --root --wd') },
  nsenter: { values: names('-t -S -G --target'), flags: ['privileged'] },
  firejail: { values: names('') },
  setpriv: { values: names('--reuid --regid --groups') },
  capsh: { values: names(''), flags: ['privileged'] },
  'dbus-run-session': { values: names('') },
  'systemd-run': {
    values: names('-p -u -M -H --unit --property --description --slice --uid --gid --on-calendar --on-active'),
  },
  'systemd-inhibit': { values: names('--what --who --why --mode') },
  torsocks: { values: names('-u -p -P'), flags: ['hidden'] },
  proxychains: { values: names('-f'), flags: ['hidden'] },
  proxychains4: { values: names('-f'), flags: ['hidden'] },
  busybox: { values: names('') },
  toybox: { values: names('') },
  tini: { values: names('-p -e') },
  'dumb-init': { values: names('-r') },
  script: { values: names('-c -t -T -I -O -B -E -m -o --command'), shell: ['-c', '--command'], operands: 99 },
  entr: { values: names('') },
  parallel: {
    values: names(
      '-j --jobs -a --arg-file -S --sshlogin -N -n --colsep --delay --timeout --joblog --results --tmpdir --retries -I',
    ),
    joined: true,
  },
  'run-parts': { values: names(''), operands: 99 },
  direnv: { values: names(''), operands: 2 },
  dotenv: { values: names('-e -f -v -c') },
  dotenvx: { values: names('-f'), operands: 1 },
  'cross-env': { values: names(''), assignments: true },
  'aws-vault': { values: names(''), operands: 2 },
  xvfb: { values: names('') },
  'xvfb-run': { values: names('-s -n -e -f -p --server-args') },
  rlwrap: { values: names('-a -b -c -H -C') },
  hyperfine: {
    values: names(
      '-w -r -m -M -p -c --warmup --runs --prepare --cleanup --export-json --export-markdown -n -L --parameter-list -s -u',
    ),
    joined: true,
  },
  fakeroot: { values: names('-l -s -i') },
  eatmydata: { values: names('') },
  noglob: { values: names('') },
  xargs: {
    values: names(
      '-a -d -E -I -i -L -l -n -P -s -J -R --arg-file --delimiter --max-args --max-procs --max-lines --max-chars --replace --process-slot-var',
    ),
  },
  bg: { values: names('') },
};

const assignment = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** Index of the first word of the inner command; −1 when there is none. */
function innerAt({ program, args }: CommandWords, how: Wrapper): number {
  let operands = how.operands ?? 0;
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text === '--') return i + 1 < args.length ? i + 1 : -1;
    if (text === '-' && program === 'env') continue;
    if (text !== null && text.length > 1 && text.startsWith('-')) {
      if (how.values.has(text)) i++;
      else if (
        text[1] !== '-' &&
        how.values.has(`-${text.at(-1)}`) &&
        text.length > 2 &&
        !how.values.has(text.slice(0, 2))
      )
        i++;
      continue;
    }
    if (how.assignments && text !== null && assignment.test(text)) continue;
    if (operands > 0) {
      operands--;
      continue;
    }
    if (program === 'sudo' && args.slice(0, i).some((arg) => arg === '-e' || arg === '--edit')) return -1;
    return i;
  }
  return -1;
}

function effects(words: CommandWords): readonly CommandEffect[] {
  const { program, args } = words;
  const how = wrappers[program];
  if (how === undefined) return [];
  const inner = innerAt(words, how);
  if (how.flags?.includes('privileged') && program !== 'chroot' && program !== 'nsenter' && program !== 'capsh') {
    if (inner < 0 && program !== 'su' && !args.some((arg) => /^-[a-z]*[ise]|^--(?:login|shell|edit)$/.test(arg ?? '')))
      return [];
    const user = userOf(words, how, inner);
    return [
      {
        verb: 'impersonate',
        resource: { kind: 'user', name: user.text ?? '' },
        zone: 'this-host',
        flags: ['privileged'],
        arg: user.arg,
      },
    ];
  }
  // With a timer it runs later, and again.
  if (
    program === 'systemd-run' &&
    args.some((arg) => /^--(?:on-\w+|timer-property|path-property|socket-property)\b/.test(arg ?? ''))
  )
    return [
      {
        verb: 'configure',
        resource: { kind: 'service', name: 'transient timer' },
        zone: args.includes('--user') ? 'home' : 'system',
        flags: ['later-execution'],
      },
    ];
  if (program === 'env' && inner < 0 && !args.some((arg) => arg?.startsWith('-S'))) return environmentRead();
  if (program === 'chroot' || program === 'nsenter' || program === 'unshare') {
    return [
      { verb: 'configure', resource: { kind: 'process', name: program }, zone: 'this-host', flags: ['privileged'] },
    ];
  }
  return [];
}

function environmentRead(): readonly CommandEffect[] {
  return [{ verb: 'read', resource: { kind: 'environment', name: '' }, zone: 'this-host', flags: ['bulk'] }];
}

function userOf({ program, args }: CommandWords, how: Wrapper, inner: number): Operand {
  const options = readOptions(inner < 0 ? args : args.slice(0, inner), how.values);
  const named = options.value('-u', '--user');
  if (named) return named;
  if (program === 'su' || program === 'gosu' || program === 'su-exec') {
    const user = options.operands.find(({ text }) => text !== '-');
    if (user) return user;
  }
  return { text: 'root', arg: 0 };
}

function runs(words: CommandWords): readonly NestedRun[] {
  const { program, args } = words;
  const how = wrappers[program];
  if (how === undefined) return [];
  const flags = how.flags ?? [];
  const out: NestedRun[] = [];
  const options = readOptions(args, how.values);
  for (const operand of how.shell ? options.all(...how.shell) : [])
    out.push({ kind: 'shell', text: operand.text, arg: operand.arg, flags });
  // `sudo -i`, `sudo -s`, `su -`: a shell that waits for orders.
  const opens = program === 'sudo' && args.some((arg) => /^-[a-zA-Z]*[is]$|^--(?:login|shell)$/.test(arg ?? ''));
  const becomes =
    program === 'su' && out.length === 0 && options.operands.every(({ text }) => text === '-' || text === 'root');
  if ((opens && innerAt(words, how) < 0) || becomes) return [...out, { kind: 'shell', text: 'sh', flags }];
  if (program === 'xargs') return xargsRuns(words, how);
  if (program === 'env' && out.length > 0) return envSplit(words, options);
  const inner = innerAt(words, how);
  if (program === 'parallel') return parallelRuns(words, inner);
  if (inner < 0) return out;
  if (program === 'hyperfine')
    return [...out, ...args.slice(inner).map((text, i) => ({ kind: 'shell' as const, text, arg: inner + i }))];
  if (how.joined) return [...out, { kind: 'shell-args', from: inner, flags }];
  const directory =
    program === 'env'
      ? options.value('-C', '--chdir')
      : program === 'sudo'
        ? options.value('-D', '--chdir')
        : undefined;
  return [...out, { kind: 'words', from: inner, flags, ...(directory && { cwd: directory.text }) }];
}

function xargsRuns(words: CommandWords, how: Wrapper): readonly NestedRun[] {
  const glued = words.args.find((arg) => /^-[iI].+|^--replace=?/.test(arg ?? ''));
  const inner = innerAt(
    { ...words, args: words.args.map((arg) => (arg === '-i' || arg === '--replace' ? '--' + 'replace=' : arg)) },
    how,
  );
  if (inner < 0) return [];
  const options = readOptions(words.args.slice(0, inner), how.values);
  const bare = words.args.slice(0, inner).some((arg) => arg === '-i' || arg === '--replace' || arg === '--replace=');
  const placeholder = bare
    ? '{}'
    : glued?.replace(/^(?:-[iI]|--replace=?)/, '') || options.value('-I', '-J', '--replace')?.text || null;
  const piped = !options.has('-a', '--arg-file');
  const fed = words.stdin == null || !piped ? null : words.stdin.trim();
  const cut = options.has('-0', '--null') ? '\0' : placeholder === null ? /\s+/ : '\n';
  const items = fed === null || fed === '' ? null : fed.split(cut).filter((item) => item !== '');
  // From the empty device nothing comes: the command runs as it stands.
  if (options.value('-a', '--arg-file')?.text === '/dev/null') return [{ kind: 'words', from: inner }];
  const known = items !== null && items.length <= 32 ? items : piped ? (words.named ?? null) : null;
  const [only] = known?.length === 1 ? known : [];
  const flags = items !== null && known === items ? [] : manyOf(known, words.args.slice(inner));
  // A placeholder that stands nowhere is a slip, or an xargs that knows it otherwise.
  const placed = placeholder !== null && words.args.slice(inner).some((text) => text?.includes(placeholder));
  if (!placed)
    return [{ kind: 'words', from: inner, append: known ?? [null], flags: disguised(words, inner, only, flags) }];
  return [
    {
      kind: 'words',
      from: inner,
      replace: [placeholder, only ?? null],
      flags: only === undefined ? ['bulk'] : disguised(words, inner, only, flags),
    },
  ];
}

/** Names at every depth; a command that is not told to go through with it may ask, and then gets no answer. */
const manyOf = (paths: readonly string[] | null, inner: readonly (string | null)[]): readonly Flag[] =>
  paths?.some((path) => path.includes('**')) &&
  inner.some((arg) => /(?:^|\s)(?:-[a-zA-Z]*[fr]|--(?:force|recursive)\b)/.test(arg ?? ''))
    ? ['recursive', 'bulk']
    : ['bulk'];

/** `echo x | xargs sh -c`: a known line that could have been written as it is, led around to a shell. */
function disguised(
  { args, stdin }: CommandWords,
  inner: number,
  only: string | undefined,
  flags: readonly Flag[],
): readonly Flag[] {
  const [shell = '', option, code] = args.slice(inner);
  const whole = option === '-c' && (code === undefined || (code !== null && /^["']?\{\}["']?$/.test(code)));
  return stdin != null && only !== undefined && whole && /(?:^|\/)(?:ba|z|da|k)?sh$/.test(shell ?? '')
    ? [...flags, 'hidden']
    : flags;
}

/** `env -S 'A=1 cmd' arg`: the text is cut into words, and the arguments follow them. */
function envSplit({ args }: CommandWords, options: Options): readonly NestedRun[] {
  const text = options.value('-S', '--split-string');
  if (!text) return [];
  const rest = args.slice(text.arg + 1);
  const joined =
    text.text === null || rest.some((arg) => arg === null) ? null : `env ${[text.text, ...rest].join(' ')}`;
  return [{ kind: 'shell', text: joined, arg: text.arg }];
}

/** `parallel rm {} ::: a b`: the command once for each item; without a command the items are commands. */
function parallelRuns(words: CommandWords, inner: number): readonly NestedRun[] {
  const { args } = words;
  const cut = args.findIndex((arg) => arg === ':::' || arg === '::::');
  const to = cut < 0 ? args.length : cut;
  const items =
    cut >= 0 && args[cut] === ':::'
      ? args.slice(cut + 1)
      : words.stdin == null
        ? (words.named ?? [null])
        : words.stdin.trim().split('\n');
  if (inner < 0 || inner >= to)
    return items
      .slice(0, 16)
      .map((text, i) => ({ kind: 'shell' as const, text, ...(cut >= 0 && { arg: cut + 1 + i }) }));
  const listed = words.stdin == null ? manyOf(words.named ?? null, args.slice(inner, to)) : [];
  const placed = args.slice(inner, to).some((arg) => arg?.includes('{}'));
  return items.slice(0, 16).map((item) => ({
    kind: 'words' as const,
    from: inner,
    to,
    replace: ['{}', item] as const,
    ...(!placed && { append: [item] }),
    flags: item === null ? ['bulk'] : cut < 0 ? disguised(words, inner, item, listed) : [],
  }));
}

export const wrapperCommands: CommandFamily = {
  id: 'wrappers',
  programs: Object.keys(wrappers).filter((name) => name !== 'bg' && name !== 'xvfb'),
  effects,
  runs,
  examples: [
    ['sudo rm -rf build', 'impersonate user this-host', 'delete directory repository'],
    ['sudo -u postgres cat /etc/shadow', 'impersonate user this-host', 'read file credential-store'],
    ['env -i A=1 cat x', 'read file repository'],
    ['env', 'read environment this-host'],
    ['timeout -k 5 10 rm x', 'delete file repository'],
    ['nice -n 10 cat x', 'read file repository'],
    ['echo a b | xargs rm', 'delete file repository', 'delete file repository'],
    ['echo a | xargs -i rm', 'delete file repository'],
    ['find src -type f | xargs rm', 'read directory repository', 'delete file repository'],
    ['ls *.ts | parallel rm', 'read directory repository', 'delete file repository'],
    ["watch -n 1 'cat x'", 'read file repository'],
    ["su -c 'rm x' root", 'impersonate user this-host', 'delete file repository'],
    ['nohup rm x', 'delete file repository'],
    ['systemd-run --on-calendar=hourly cat x', 'configure service system', 'read file repository'],
  ],
};
