// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is shell text that is tested
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { families } from '../../plugs.ts';
import { createShell } from './shell.ts';

const shell = createShell(families);
const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };
const seen = (command: string) =>
  shell(command, 'command', place)
    .effects()
    .map(({ verb, resource, zone, flags }) => `${verb} ${resource.name} ${zone} ${flags.join(',')}`.trim());

describe('a program that starts another one', () => {
  it.each([
    ['a pager by option', "man -P 'rm -rf /srv/data' ls"],
    ['a pager by variable', "PAGER='rm -rf /srv/data' git -p log"],
    ['an exported editor', "export VISUAL='rm -rf /srv/data'; crontab -e"],
    ['a variable before sudo’s command', "sudo GIT_SSH_COMMAND='rm -rf /srv/data' git fetch"],
    ['a prompt', "PROMPT_COMMAND='rm -rf /srv/data'"],
    ['a hook of a downloader', "aria2c --on-download-complete='rm -rf /srv/data' https://x.example/a"],
    ['a transport setting', "sshfs -o ssh_command='rm -rf /srv/data' h:/ /mnt"],
    ['a debugger', "gdb -nx -ex '!rm -rf /srv/data' -ex quit"],
    ['a debugger’s shell', "gdb -batch -ex 'shell rm -rf /srv/data'"],
    ['a make file in an option', "make --eval='$(shell rm -rf /srv/data)' ."],
    ['lisp', 'guile -c \'(system "rm -rf /srv/data")\''],
    ['tcl on the input', "tclsh <<< 'exec rm -rf /srv/data'"],
    ['a macro processor', "echo 'syscmd(rm -rf /srv/data)' | m4"],
    ['TeX', "pdflatex --shell-escape '\\immediate\\write18{rm -rf /srv/data}'"],
    ['the loader', '/lib64/ld-linux-x86-64.so.2 /bin/rm -rf /srv/data'],
    ['another architecture', 'setarch x86_64 rm -rf /srv/data'],
    ['a daemon starter', 'start-stop-daemon --start --exec /bin/rm -- -rf /srv/data'],
    ['capabilities', "capsh -- -c 'rm -rf /srv/data'"],
    ['a compiler wrapper', 'gcc -wrapper rm,-rf,/srv/data x.c'],
    ['a network namespace', 'ip netns exec blue rm -rf /srv/data'],
    ['a program nobody knows, behind --', 'frobnicate run -- rm -rf /srv/data'],
    ['a call inside its argument', 'frobnicate --rule \'when x do system("rm -rf /srv/data")\''],
    ['a console typed into', 'ftp files.example\n!rm -rf /srv/data'],
  ])('what runs is understood: %s', (_what, command) => {
    expect(seen(command).some((effect) => effect.startsWith('delete /srv/data system'))).toBe(true);
  });

  it.each([
    "vim -c ':!/bin/sh'",
    "vi -c ':set shell=/bin/sh | shell'",
    'frobnicate --helper /bin/sh',
    'node -e \'require("child_process").spawn("/bin/sh", {stdio: [0, 1, 2]})\'',
    'python3 -c \'import pty; pty.spawn("/bin/bash")\'',
    'perl -e \'exec "/bin/sh"\'',
    'npm exec /bin/sh',
  ])('a shell gotten through it hides: %s', (command) => {
    expect(seen(command).some((effect) => /^execute (?:ba)?sh .*opaque.*hidden/.test(effect))).toBe(true);
  });

  it.each([
    'PAGER=cat git log',
    'GIT_EDITOR=true git rebase --continue',
    'EDITOR="code --wait" git commit',
    'NODE_OPTIONS=--max-old-space-size=4096 npm run build',
    'LD_LIBRARY_PATH=./lib ./app',
    'npm run build -- --mode production',
    "frobnicate --message 'we run the system test'",
    'man ls',
  ])('everyday use says nothing of that: %s', (command) => {
    expect(seen(command).join()).not.toMatch(/hidden|opaque/);
  });

  it('a library slipped into every program is said', () => {
    expect(seen('LD_PRELOAD=/tmp/a.so ls')).toContain('execute /tmp/a.so temp hidden');
    expect(seen('LD_PRELOAD=/usr/lib/libjemalloc.so.2 node a.js').join()).not.toContain('hidden');
  });
});

describe('files named to any program', () => {
  it.each([
    ['frobnicate /etc/shadow', 'read /etc/shadow credential-store'],
    ['frobnicate --input=/home/ada/.aws/credentials', 'read /home/ada/.aws/credentials credential-store'],
    ['frobnicate @/home/ada/.netrc', 'read /home/ada/.netrc credential-store'],
    ['frobnicate man:/etc/shadow', 'read /etc/shadow credential-store'],
    ['frobnicate -o /etc/cron.d/job data', 'write /etc/cron.d/job system'],
    ['frobnicate in.txt /etc/cron.d/job', 'write /etc/cron.d/job system'],
    ["latex '\\verbatiminput{/etc/shadow}'", 'read /etc/shadow credential-store'],
    ['echo /etc/shadow | cpio -o', 'read /etc/shadow credential-store'],
    ['perl -ne print /etc/shadow', 'read /etc/shadow credential-store'],
  ])('are read or written: %s', (command, effect) => {
    expect(seen(command)).toContain(effect);
  });

  it.each(['frobnicate --key ~/.ssh/id_rsa host', 'frobnicate -i ~/.ssh/deploy.pem host', 'echo ~/.ssh/id_rsa'])(
    'are not read where a key is only used or spoken of: %s',
    (command) => {
      expect(seen(command).join()).not.toContain('credential-store');
    },
  );
});

describe('what this call wrote itself', () => {
  it.each([
    "echo 'rm -rf /srv/data' > /tmp/a.sh; sh /tmp/a.sh",
    "printf '%s\\n' '#!/bin/sh' 'rm -rf /srv/data' > go && chmod +x go && ./go",
    "cat > a.py <<'E'\nimport os\nos.system('rm -rf /srv/data')\nE\npython3 a.py",
    "echo 'rm -rf' > /tmp/a; echo ' /srv/data' >> /tmp/b; cat > /tmp/c <<'E'\nrm -rf /srv/data\nE\n. /tmp/c",
    'echo \'{"scripts":{"preinstall":"rm -rf /srv/data"}}\' > package.json && npm install',
    "printf 'all:\\n\\trm -rf /srv/data\\n' > Makefile; make",
    "echo 'exec /bin/rm -rf /srv/data' > x.conf; frobnicate --config x.conf",
  ])('is read when it is used: %s', (command) => {
    expect(seen(command).some((effect) => effect.startsWith('delete /srv/data system'))).toBe(true);
  });

  it('is quiet when it is only kept', () => {
    expect(seen("cat > notes.md <<'E'\nrun /bin/sh and rm -rf /srv/data\nE\ngit add notes.md").join()).not.toMatch(
      /hidden|delete/,
    );
  });
});

describe('words put together by the shell', () => {
  it.each([
    "alias x='rm -rf'; x /srv/data",
    'x=(rm -rf /srv/data); "${x[@]}"',
    'x=(-rf rm); ${x[1]} ${x[0]} /srv/data',
    "IFS=,; c='rm,-rf,/srv/data'; $c",
    "IFS=: read -r a b c <<< 'rm:-rf:/srv/data'; $a $b $c",
    '/bin/r? -rf /srv/data',
    "$0 -c 'rm -rf /srv/data'",
    'echo "rm -rf /srv/XXX" | sed s/XXX/data/ | sh',
    'echo xxrm -rf /srv/data | cut -c3- | sh',
    'rm -rf /srv/d$((0))ata; rm -rf /srv/data',
    `echo ${gzipSync('rm -rf /srv/data').toString('base64')} | base64 -d | zcat | sh`,
    'echo OJWSALLSMYQC643SOYXWIYLUME====== | base32 -d | sh',
    'sudo echo rm -rf /srv/data | env sh',
  ])('are put together here too: %s', (command) => {
    expect(seen(command).some((effect) => effect.startsWith('delete /srv/'))).toBe(true);
  });

  it.each([
    ['$((2 * (3 + 4)))', '14'],
    ['$((0x10 - 6))', '10'],
    ['$((16#ff))', '255'],
    ['$((n + 1))', '8'],
  ])('arithmetic is computed: %s', (text, number) => {
    expect(seen(`n=7; rm -rf /srv/a${text}`).join()).toContain(`/srv/a${number} `);
  });
});
