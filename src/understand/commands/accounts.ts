import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

const values = names(
  '-G -g -a -s -d -c -u -p -e -f -k -l -m --groups --gid --shell --home --uid --password --append -r',
);

function user(verb: CommandEffect['verb']) {
  return (words: CommandWords): readonly CommandEffect[] => {
    const options = readOptions(words.args, values);
    const name = options.operands.at(-1);
    const flags: Flag[] =
      options.has('-r', '--remove', '--remove-home') && verb === 'delete' ? ['recursive', 'irreversible'] : [];
    return [
      {
        verb,
        resource: { kind: 'user', name: name?.text ?? '' },
        zone: 'system',
        flags,
        ...(name && { arg: name.arg }),
      },
    ];
  };
}

function caps(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args);
  return touchAll('grant', options.operands.slice(1), words.place, { flags: ['privileged'] });
}

function editsRules(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-f'));
  if (options.has('-c')) return [];
  return touch(
    'write',
    options.value('-f') ?? { text: words.program === 'visudo' ? '/etc/sudoers' : '/etc/passwd', arg: -1 },
    words.place,
  );
}

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  useradd: user('grant'),
  adduser: user('grant'),
  usermod: user('grant'),
  groupadd: user('grant'),
  addgroup: user('grant'),
  gpasswd: user('grant'),
  groupmod: user('grant'),
  newusers: user('grant'),
  userdel: user('delete'),
  deluser: user('delete'),
  groupdel: user('delete'),
  delgroup: user('delete'),
  passwd: (words) =>
    words.args.some((arg) => /^(?:-S|--status|-a|--all)$/.test(arg ?? '')) ? user('read')(words) : user('grant')(words),
  chpasswd: user('grant'),
  chage: user('configure'),
  chsh: (words) =>
    readOptions(words.args, values).operands.length === 0
      ? [{ verb: 'configure', resource: { kind: 'environment', name: 'login shell' }, zone: 'home', flags: [] }]
      : user('configure')(words),
  chfn: user('configure'),
  vipw: editsRules,
  vigr: editsRules,
  visudo: editsRules,
  dscl: (words) =>
    words.args.some((arg) => /^-?(?:create|append|passwd|delete|change|merge)$/.test(arg ?? ''))
      ? [{ verb: 'grant', resource: { kind: 'user', name: '' }, zone: 'system', flags: [] }]
      : [{ verb: 'read', resource: { kind: 'user', name: '' }, zone: 'system', flags: [] }],
  sysadminctl: user('grant'),
  pw: user('grant'),
  ldapadd: user('grant'),
  ldapmodify: user('grant'),
  ldapdelete: user('delete'),
  ldappasswd: user('grant'),
  dseditgroup: user('grant'),
  setcap: caps,
  getcap: () => [],
  newgrp: () => [],
  sg: user('impersonate'),
  getent: (words) =>
    /shadow/.test(words.args[0] ?? '')
      ? [{ verb: 'read', resource: { kind: 'file', name: '/etc/shadow' }, zone: 'credential-store', flags: [] }]
      : [{ verb: 'read', resource: { kind: 'user', name: words.args[1] ?? '' }, zone: 'system', flags: [] }],
  'ssh-keygen': (words) => {
    const options = readOptions(words.args, names('-t -b -C -f -N -P -m -V -I -s -n -O -R -F -D -Y -E -Z'));
    if (options.has('-R', '-F', '-l', '-y', '-H')) return touchAll('read', options.all('-f'), words.place);
    return touch('write', options.value('-f') ?? { text: '~/.ssh/id_ed25519', arg: -1 }, words.place);
  },
  'ssh-add': (words) =>
    // The agent keeps the key and shows it to nobody.
    words.args.some((arg) => /^-[dD]$/.test(arg ?? ''))
      ? [{ verb: 'delete', resource: { kind: 'service', name: 'keys of the ssh agent' }, zone: 'this-host', flags: [] }]
      : words.args.some((arg) => /^-[lLxX]$/.test(arg ?? ''))
        ? []
        : [{ verb: 'configure', resource: { kind: 'secret', name: 'ssh key' }, zone: 'credential-store', flags: [] }],
  sudoedit: (words) => [
    { verb: 'impersonate', resource: { kind: 'user', name: 'root' }, zone: 'this-host', flags: ['privileged'] },
    ...touchAll('write', readOptions(words.args, names('-u')).operands, words.place, { flags: ['privileged'] }),
  ],
};

export const accounts: CommandFamily = {
  id: 'accounts',
  programs: Object.keys(meanings).filter((name) => name !== 'sg'),
  effects: (words) => meanings[words.program]?.(words) ?? [],
  examples: [
    ['sudo usermod -aG sudo mallory', 'impersonate user this-host', 'grant user system'],
    ['useradd -m eve', 'grant user system'],
    ['userdel -r eve', 'delete user system'],
    ['passwd root', 'grant user system'],
    ['setcap cap_setuid+ep /usr/bin/python3', 'grant file system'],
    ['visudo', 'write file system', 'grant user system'],
  ],
};
