/** Blank-separated words → a set. */
const set = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/**
 * Options whose value is a command that the program starts, by its manual: a pager, a transport, a filter, a hook, a
 * helper. `*` stands for any program: names that mean this wherever they occur.
 */
export const commandOptions: Readonly<Record<string, ReadonlySet<string>>> = {
  '*': set('--rsh --rsh-command --pager --editor --ssh-command --use-askpass --to-command --password-command --exec'),
  aria2c: set('--on-download-complete --on-download-error --on-download-start --on-download-stop --on-download-pause'),
  apt: set('-o'),
  'apt-get': set('-o'),
  bpftrace: set('-c'),
  borg: set('--rsh'),
  cpio: set('--rsh-command'),
  dmsetup: set('--exec'),
  gdb: set('--init-command'),
  hg: set('--ssh --remotecmd'),
  konsole: set('-e'),
  kitty: set('-e'),
  lftp: set('-e -c'),
  logrotate: set('-m --mail'),
  mail: set('--exec'),
  man: set('-P --pager -H --html'),
  mosh: set('--ssh'),
  nano: set('-s --speller'),
  pico: set('-s --speller'),
  neofetch: set('--ascii'),
  wget: set('--use-askpass'),
  ssh: set('-o'),
  sshfs: set('--ssh_command'),
  openvpn: set('--up --down --route-up --ipchange --tls-verify --auth-user-pass-verify --client-connect'),
  pppd: set('connect pty disconnect'),
  rclone: set('--sftp-ssh --password-command'),
  restic: set('--password-command'),
  rpm: set('--pipe'),
  rsync: set('-e --rsh'),
  scp: set('-S'),
  sftp: set('-S'),
  sort: set('--compress-program'),
  split: set('--filter'),
  svn: set('--editor-cmd --diff-cmd --diff3-cmd'),
  tar: set('-I --use-compress-program --to-command --rsh-command --rmt-command -F --info-script --new-volume-script'),
  tcpdump: set('-z'),
  torify: set('--shell'),
  tshark: set('-z'),
  urxvt: set('-e'),
  valgrind: set('--db-command'),
  xterm: set('-e'),
  zip: set('-TT --unzip-command'),
};

/** Settings in `-o name=value` or `-c name=value` form whose value is a command. */
export const commandSettings =
  /^(?:proxycommand|localcommand|knownhostscommand|ssh_command|sftp\.command|exec|core\.(?:pager|editor|sshcommand|askpass|hookspath|fsmonitor)|pager\.\w+|diff\.external|sequence\.editor|credential\.helper|gpg\.program|alias\.[\w-]+|apt::update::(?:pre|post)-invoke(?:::)?|dpkg::(?:pre|post)-invoke(?:::)?|execute)=\s*!?(.+)$/is;

/** Options whose value is a line for the program's own console: `:!cmd`, `shell cmd`, `\! cmd`. */
export const orderOptions: Readonly<Record<string, ReadonlySet<string>>> = {
  ex: set('-c --cmd'),
  ftp: set('-c'),
  gdb: set('-ex -iex --ex --eval-command --init-eval-command'),
  less: set(''),
  lftp: set('-c -e'),
  lldb: set('-o -O --one-line --one-line-before-file'),
  mariadb: set('-e --execute'),
  mutt: set('-e'),
  mysql: set('-e --execute'),
  nvim: set('-c --cmd'),
  psql: set('-c --command'),
  ranger: set('--cmd'),
  rvim: set('-c --cmd'),
  sqlite3: set('-cmd'),
  tmux: set(''),
  vi: set('-c --cmd'),
  view: set('-c --cmd'),
  vim: set('-c --cmd'),
  vimdiff: set('-c --cmd'),
};

/** Consoles whose operands or input are such lines too. */
export const ordersFromInput: ReadonlySet<string> = set(
  'ftp sftp lftp sqlite3 mysql mariadb psql gdb lldb ed ex vi vim nvim mail mailx telnet bc dc w3m pic gnuplot',
);

/** Options whose value is code of a script language. */
export const codeOptions: Readonly<Record<string, readonly [language: string, options: ReadonlySet<string>]>> = {
  clojure: ['lisp', set('-e --eval')],
  elixir: ['elixir', set('-e --eval')],
  emacs: ['lisp', set('--eval -eval --execute')],
  erl: ['erlang', set('-eval')],
  exiftool: ['perl', set('-if')],
  expect: ['tcl', set('-c')],
  ghc: ['haskell', set('-e')],
  gimp: ['python', set('-b --batch')],
  groovy: ['java', set('-e')],
  guile: ['lisp', set('-c')],
  iex: ['elixir', set('-e --eval')],
  jjs: ['java', set('-e')],
  jrunscript: ['java', set('-e')],
  jshell: ['java', set('-R')],
  knife: ['ruby', set('-E --exec')],
  make: ['make', set('--eval')],
  gmake: ['make', set('--eval')],
  msfconsole: ['console', set('-x')],
  octave: ['octave', set('--eval')],
  puppet: ['puppet', set('-e --execute')],
  racket: ['lisp', set('-e')],
  rake: ['ruby', set('-p -e -E')],
  rpm: ['rpm', set('-E --eval')],
  rpmdb: ['rpm', set('--eval')],
  rpmquery: ['rpm', set('--eval')],
  rpmverify: ['rpm', set('--eval')],
  sbcl: ['lisp', set('--eval')],
  scala: ['java', set('-e')],
  sqlmap: ['python', set('--eval')],
  latex: ['tex', set('')],
  lualatex: ['tex', set('')],
  luatex: ['tex', set('')],
  pdflatex: ['tex', set('')],
  pdftex: ['tex', set('')],
  tex: ['tex', set('')],
  xelatex: ['tex', set('')],
  xetex: ['tex', set('')],
};

/** Consoles and script languages that take their code from the input when nothing else is named. */
export const codeFromInput: Readonly<Record<string, string>> = {
  m4: 'm4',
  cpan: 'perl',
  gnuplot: 'gnuplot',
  tclsh: 'tcl',
  wish: 'tcl',
  expect: 'tcl',
  guile: 'lisp',
  gp: 'gp',
  maxima: 'lisp',
  octave: 'octave',
  jshell: 'java',
  groovysh: 'java',
};

/** Programs that pass their arguments on as a command: own operands before it, options with a value. */
export const passers: Readonly<Record<string, { readonly operands: number; readonly values: ReadonlySet<string> }>> = {
  'aa-exec': { operands: 0, values: set('-p -n --profile --namespace') },
  alacritty: { operands: 0, values: set('--title --class') },
  choom: { operands: 0, values: set('-n -p') },
  chpst: { operands: 0, values: set('-u -U -b -/ -n -l -L -m -d -o -p -f -c -C -e') },
  distcc: { operands: 0, values: set('') },
  i386: { operands: 0, values: set('') },
  linux32: { operands: 0, values: set('') },
  linux64: { operands: 0, values: set('') },
  multitime: { operands: 0, values: set('-n -s -f') },
  numactl: { operands: 0, values: set('-i -m -N -C -p') },
  prlimit: { operands: 0, values: set('') },
  proot: { operands: 0, values: set('-r -b -w -q') },
  runcon: { operands: 1, values: set('-u -r -t -l') },
  rpcdebug: { operands: 0, values: set('') },
  setarch: { operands: 1, values: set('') },
  setlock: { operands: 1, values: set('') },
  softlimit: { operands: 0, values: set('-a -c -d -f -l -m -o -p -r -s -t') },
  'ssh-agent': { operands: 0, values: set('-a -E -t -P') },
  sshpass: { operands: 0, values: set('-p -f -d -P') },
  torify: { operands: 0, values: set('') },
  tsocks: { operands: 0, values: set('') },
  uname26: { operands: 0, values: set('') },
  withlock: { operands: 1, values: set('') },
  x86_64: { operands: 0, values: set('') },
};

/** Programs that take the names of the files they read from their input. */
export const namesFromInput: ReadonlySet<string> = set('cpio pax afio');

/** Options whose value is a library or a plug-in that is loaded into the program. */
export const libraryOptions: Readonly<Record<string, ReadonlySet<string>>> = {
  curl: set('--engine'),
  'ssh-keygen': set('-D'),
  'ssh-add': set('-s'),
  ssh: set('-I'),
  mysql: set('--default-auth --plugin-dir'),
  openssl: set('-engine -provider -provider-path'),
  nmap: set('--script'),
  sqlite3: set('.load'),
  tshark: set('-Xlua_script -X'),
  nginx: set('-c'),
  cowsay: set('-f'),
  cowthink: set('-f'),
  java: set('-javaagent -agentpath'),
};
