import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { disk, mount, volume, volumePrograms } from './system.disks.ts';

function configure(kind: CommandEffect['resource']['kind'], flags: readonly Flag[] = []) {
  return (words: CommandWords): readonly CommandEffect[] => [
    {
      verb: 'configure',
      resource: {
        kind,
        name:
          words.args
            .filter((arg) => arg !== null && !arg.startsWith('-'))
            .slice(0, 2)
            .join(' ') || words.program,
      },
      zone: 'system',
      flags,
    },
  ];
}

function firewall(words: CommandWords): readonly CommandEffect[] {
  if (words.args.some((arg) => /^(?:-L|-S|--list|-nL|-nvL|status|list|show|-C|--state|--list-all)$/.test(arg ?? '')))
    return [{ verb: 'read', resource: { kind: 'service', name: 'firewall' }, zone: 'system', flags: [] }];
  const off = words.args.some((arg) =>
    /^(?:-F|--flush|-X|flush|disable|reset|-D|--delete-chain|delete|--panic-off|-d)$/.test(arg ?? ''),
  );
  return [
    {
      verb: off ? 'delete' : 'configure',
      resource: { kind: 'service', name: 'firewall' },
      zone: 'system',
      flags: off ? ['bulk'] : [],
    },
  ];
}

function sysctl(words: CommandWords): readonly CommandEffect[] {
  const changes = words.args.some((arg) => arg === '-w' || arg === '-p' || arg === '--system' || arg?.includes('='));
  return [
    {
      verb: changes ? 'configure' : 'read',
      resource: { kind: 'service', name: 'kernel settings' },
      zone: 'system',
      flags: [],
    },
  ];
}

/** Security watch of the machine switched down or off. */
function guard(words: CommandWords): readonly CommandEffect[] {
  const line = words.args.map((arg) => arg ?? '…').join(' ');
  const off =
    /^aa-(?:disable|teardown|complain)$/.test(words.program) ||
    /(?:^|\s)(?:0|-e\s?0|-D|disable|--master-disable|off|permissive|stop|remove|-R|complain|teardown|clear|--global-disable|disarm)\b/.test(
      ` ${line}`,
    );
  return [
    {
      verb: off ? 'delete' : /status|list|-l\b|show|get|^$/.test(line) ? 'read' : 'configure',
      resource: { kind: 'service', name: words.program },
      zone: 'system',
      flags: off ? ['bulk'] : [],
    },
  ];
}

const line = ({ args }: CommandWords): string =>
  args
    .map((arg) => arg ?? '…')
    .join(' ')
    .slice(0, 4000);

/** The machine, and whoever works on it from afar, loses the network. */
const cutsOff = (words: CommandWords): readonly CommandEffect[] => [
  {
    verb: 'delete',
    resource: { kind: 'service', name: `network ${line(words).slice(0, 60)}` },
    zone: 'system',
    flags: [],
  },
];

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  mkfs: disk(),
  'mkfs.ext2': disk(),
  'mkfs.ext3': disk(),
  'mkfs.ext4': disk(),
  'mkfs.xfs': disk(),
  'mkfs.btrfs': disk(),
  'mkfs.vfat': disk(),
  'mkfs.fat': disk(),
  'mkfs.ntfs': disk(),
  mke2fs: disk(),
  mkswap: disk(),
  mkntfs: disk(),
  newfs: disk(),
  fdisk: disk(),
  sfdisk: disk(),
  gdisk: disk(),
  sgdisk: disk(),
  cfdisk: disk(),
  parted: disk(),
  wipefs: disk(),
  blkdiscard: disk(),
  badblocks: disk(),
  ...Object.fromEntries(volumePrograms.map((name) => [name, volume])),
  lvcreate: volume,
  swapoff: configure('device'),
  swapon: configure('device'),
  mount,
  umount: mount,
  sysctl,
  modprobe: configure('service', ['privileged']),
  insmod: configure('service', ['privileged']),
  rmmod: configure('service', ['privileged']),
  kmod: (words) =>
    /^(?:insmod|modprobe|rmmod)$/.test(words.args[0] ?? '') ? configure('service', ['privileged'])(words) : [],
  depmod: configure('service'),
  kexec: configure('service', ['privileged']),
  ldconfig: configure('service'),
  'update-grub': configure('service'),
  // The boot record is overwritten; the old one is kept nowhere.
  'grub-install': configure('device', ['irreversible']),
  'grub2-install': configure('device', ['irreversible']),
  efibootmgr: configure('device'),
  'update-initramfs': configure('service'),
  iptables: firewall,
  ip6tables: firewall,
  nft: firewall,
  ufw: firewall,
  'firewall-cmd': firewall,
  ipset: firewall,
  pfctl: firewall,
  'iptables-restore': firewall,
  socketfilterfw: firewall,
  ebtables: firewall,
  setenforce: guard,
  semodule: guard,
  setsebool: guard,
  auditctl: guard,
  'aa-disable': guard,
  'aa-teardown': guard,
  'aa-complain': guard,
  apparmor_parser: guard,
  falconctl: guard,
  mdatp: guard,
  sestatus: guard,
  getenforce: guard,
  ifdown: cutsOff,
  ip: (words) =>
    /\b(?:link|l)\b.*\bdown\b|\b(?:flush|f)\b|\b(?:link|route|addr\w*|netns|rule) (?:del|delete)\b/.test(line(words))
      ? cutsOff(words)
      : words.args.some((arg) => /^(?:add|del|delete|set|flush|replace|change)$/.test(arg ?? ''))
        ? [{ verb: 'configure', resource: { kind: 'host', name: 'network' }, zone: 'this-host', flags: [] }]
        : [{ verb: 'read', resource: { kind: 'host', name: 'network' }, zone: 'this-host', flags: [] }],
  ifconfig: (words) => (words.args.length > 1 ? configure('host')(words) : []),
  route: configure('host'),
  nmcli: (words) =>
    /^(?:networking|n|radio|r) \S*\s?off|^(?:con\w*|c|dev\w*|d) (?:down|delete|del|disconnect)\b/.test(line(words))
      ? cutsOff(words)
      : [{ verb: 'read', resource: { kind: 'host', name: 'network' }, zone: 'this-host', flags: [] }],
  iwconfig: () => [],
  tcpdump: sniff,
  tshark: sniff,
  wireshark: sniff,
  dumpcap: sniff,
  ettercap: sniff,
  bettercap: sniff,
  arpspoof: sniff,
  'update-ca-certificates': configure('host'),
  'update-ca-trust': configure('host'),
  'update-alternatives': configure('environment'),
  dconf: () => [],
  gsettings: () => [],
  ldd: (words) => touchAll('read', readOptions(words.args).operands, words.place),
  nm: (words) => touchAll('read', readOptions(words.args).operands, words.place),
  objdump: (words) => touchAll('read', readOptions(words.args, names('-M -j')).operands, words.place),
  readelf: (words) => touchAll('read', readOptions(words.args).operands, words.place),
  otool: (words) => touchAll('read', readOptions(words.args).operands, words.place),
  gdb: debug,
  lldb: debug,
  process_vm_readv: debug,
  xattr: (words) =>
    words.args.some((arg) => /^-[a-z]*[dcw]/.test(arg ?? ''))
      ? touchAll('configure', readOptions(words.args).operands.slice(-1), words.place)
      : [],
  chflags: (words) => touchAll('configure', readOptions(words.args).operands.slice(1), words.place),
  codesign: (words) => touch('configure', readOptions(words.args, names('-s --sign')).operands[0], words.place),
  lsmod: () => [],
  dmidecode: () => [],
  inxi: () => [],
  lshw: () => [],
  neofetch: () => [],
  fastfetch: () => [],
  system_profiler: () => [],
  blkid: () => [],
  swapinfo: () => [],
  logrotate: () => [],
  bleachbit: disk(['bulk', 'irreversible']),
  'sync-time': () => [],
  ntpdate: configure('service'),
  hwclock: configure('service'),
  hostid: () => [],
};

function sniff(words: CommandWords): readonly CommandEffect[] {
  const out = readOptions(words.args, names('-w -i -r -c -s -f -F -G -C -W -z -Z -T')).value('-w');
  return [
    {
      verb: 'read',
      resource: { kind: 'device', name: 'network traffic' },
      zone: 'system',
      flags: ['bulk', 'privileged'],
    },
    ...touch('write', out, words.place),
  ];
}

/** A debugger on a running process reads and writes what it holds; dumped, that is every secret in it. */
function debug(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-p --pid --attach-pid -x -ex -c -o -s --batch-silent'), {
    singleDash: true,
  });
  const target = options.value('-p', '--pid', '--attach-pid');
  const name = target?.text ?? options.operands.at(-1)?.text ?? '';
  const dumps = words.args.some((arg) =>
    /\b(?:dump (?:binary )?memory|generate-core-file|gcore|process save-core|memory read|find \/)/.test(arg ?? ''),
  );
  const on: CommandEffect = {
    verb: target ? 'read' : 'execute',
    resource: { kind: 'process', name },
    zone: 'this-host',
    flags: target ? ['privileged'] : [],
    ...(target && { arg: target.arg }),
  };
  const taken: CommandEffect = {
    verb: 'read',
    resource: { kind: 'secret', name: `memory of process ${name}` },
    zone: 'credential-store',
    flags: ['bulk', 'privileged'],
  };
  return target && dumps ? [on, taken] : [on];
}

export const system: CommandFamily = {
  id: 'system',
  programs: Object.keys(meanings),
  effects: (words) => meanings[words.program]?.(words) ?? [],
  examples: [
    ['mkfs.ext4 /dev/nvme0n1', 'delete device system'],
    ['sudo fdisk -l', 'impersonate user this-host', 'read device system'],
    ['wipefs -a /dev/sda', 'delete device system'],
    ['iptables -F', 'delete service system'],
    ['iptables -L', 'read service system'],
    ['mount /dev/sdb1 /mnt', 'configure device system'],
    ['sysctl -w net.ipv4.ip_forward=1', 'configure service system'],
    ["gdb -p 812 -batch -ex 'dump memory /tmp/d 0x0 0x1'", 'read process this-host', 'read secret credential-store'],
    ['gdb -p 812', 'read process this-host'],
    ['setenforce 0', 'delete service system'],
    ['history -c', 'delete file home'],
  ],
};
