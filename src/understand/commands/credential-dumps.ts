import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

// Programs whose only use is to take credentials: out of memory, key stores, browsers, sign-in dialogues, hashes. Sources:
// the tools' own pages; MITRE ATT&CK T1003, T1110, T1555, T1556, T1558.

const taken = (
  { program, args }: CommandWords,
  flags: CommandEffect['flags'] = ['bulk', 'privileged'],
): CommandEffect => ({
  verb: 'read',
  resource: {
    kind: 'secret',
    name: `${program} ${args.find((arg) => arg !== null && !arg.startsWith('-')) ?? ''}`.trim().slice(0, 120),
  },
  zone: 'credential-store',
  flags,
});

const dumps = [
  'mimikatz',
  'mimipenguin',
  'mimipenguin.sh',
  'mimipenguin.py',
  'lazagne',
  'laZagne',
  'laZagne.py',
  'lazagne.py',
  'pypykatz',
  'nanodump',
  'lsassy',
  'secretsdump',
  'secretsdump.py',
  'impacket-secretsdump',
  'gsecdump',
  'pwdump',
  'fgdump',
  'creddump',
  'swapdigger',
  'swapdigger.sh',
  'linikatz',
  'linikatz.sh',
  '3snake',
  'keychaindump',
  'chainbreaker',
  'chainbreaker.py',
  'truffleSnout',
  'HackBrowserData',
  'hack-browser-data',
  'firefox_decrypt',
  'firefox_decrypt.py',
  'firepwd.py',
  'chrome_decrypt.py',
  'cookies',
  'gosecretsdump',
  'bulk_extractor',
  'ssh-agent-hijack',
  'sshspy',
  'dploot',
  'donpapi',
  'DonPAPI',
  'go-lsass',
  'LinEnum.sh',
  'linpeas',
  'linpeas.sh',
  'winpeas',
  'pspy',
  'pspy64',
];

const crackers = [
  'john',
  'hashcat',
  'unshadow',
  'hydra',
  'medusa',
  'ncrack',
  'patator',
  'crowbar',
  'kerbrute',
  'responder',
  'Responder.py',
  'sudo-bruteforce.sh',
  'sucrack',
  'su-bruteforce',
  'fcrackzip',
  'aircrack-ng',
  'crackmapexec',
  'netexec',
  'nxc',
  'GetUserSPNs.py',
  'GetNPUsers.py',
  'ntlmrelayx.py',
  'impacket-ntlmrelayx',
  'evil-winrm',
  'rubeus',
];

/** Crackers and relays also take the files they are given. */
function crack(words: CommandWords): readonly CommandEffect[] {
  if (words.args.length === 1 && /^(?:--help|--version|-h|-V|--list=.*)$/.test(words.args[0] ?? '')) return [];
  const files = readOptions(
    words.args,
    names('-l -L -p -P -w -m -a -o -t -s --wordlist --format --rules -u -H -d -i'),
  ).operands;
  return [
    taken(words),
    ...(/^(?:john|hashcat|unshadow|fcrackzip)$/.test(words.program)
      ? touchAll('read', files.slice(0, 2), words.place)
      : []),
  ];
}

/** A process read from outside holds what its program typed and was told: `gcore 812`, `gdb -p 812`, `procdump -p 812`. */
function memory(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-p --pid -o -c -C -m -n -s --attach-pid -w -ma -mm'));
  const target = options.value('-p', '--pid') ?? options.operands.at(-1);
  const name = target?.text ?? '';
  return [
    {
      verb: 'read',
      resource: { kind: 'process', name },
      zone: 'this-host',
      flags: ['privileged', 'bulk'],
      ...(target && { arg: target.arg }),
    },
    taken(words, ['bulk', 'privileged']),
    ...touch('write', options.value('-o'), words.place),
  ];
}

const memoryReaders = [
  'gcore',
  'procdump',
  'procdump64',
  'memdump',
  'avml',
  'lime',
  'fmem',
  'osxpmem',
  'pmem',
  'process-dumper',
  'dumpit',
];

export const credentialDumps: CommandFamily = {
  id: 'credential-dumps',
  programs: [...dumps, ...crackers, ...memoryReaders],
  effects: (words) =>
    memoryReaders.includes(words.program)
      ? memory(words)
      : crackers.includes(words.program)
        ? crack(words)
        : [taken(words)],
  examples: [
    ['sudo ./mimipenguin.sh', 'impersonate user this-host', 'read secret credential-store'],
    ['lazagne all', 'read secret credential-store'],
    ['gcore -o /tmp/core 812', 'read process this-host', 'read secret credential-store', 'write file temp'],
    ['john --wordlist=words.txt hashes.txt', 'read secret credential-store', 'read file repository'],
    ['hashcat --version'],
  ],
};
