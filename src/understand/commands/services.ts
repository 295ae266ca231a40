import type { Flag, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Operand, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

const guards =
  /(?:auditd|rsyslog|syslog|journald|falcon|crowdstrike|osquery|sysmon|clamav|apparmor|selinux|ufw|firewalld|iptables|nftables|fail2ban|wazuh|ossec|auditbeat|filebeat|defender|mdatp|cbagent|sentinel|warder|security)/i;

function service(
  verb: CommandEffect['verb'],
  operand: Operand | undefined,
  zone: Zone,
  flags: readonly Flag[] = [],
): CommandEffect {
  const name = operand?.text ?? '';
  const hidden: readonly Flag[] = verb === 'delete' && guards.test(name) ? ['forced'] : [];
  return {
    verb,
    resource: { kind: 'service', name },
    zone,
    flags: [...flags, ...hidden, ...(operand?.text === null ? (['dynamic'] as const) : [])],
    ...(operand && { arg: operand.arg }),
  };
}

function systemctl(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-t --type -p --property -n --lines -o --output -H --host -M --state'));
  const [sub, ...units] = options.operands;
  const zone: Zone = options.has('--user') ? 'home' : 'system';
  const each = units.length === 0 ? [undefined] : units;
  switch (sub?.text) {
    case 'start':
    case 'restart':
    case 'reload':
    case 'try-restart':
      return each.map((unit) => service('execute', unit, zone));
    case 'isolate':
      return each.map((unit) => service('delete', unit, zone, ['bulk']));
    case 'stop':
    case 'kill':
    case 'disable':
    case 'mask':
      return each.map((unit) => service('delete', unit, zone));
    case 'enable':
    case 'link':
    case 'edit':
    case 'set-property':
    case 'unmask':
    case 'set-default':
    case 'set-environment':
      return each.map((unit) => service('configure', unit, zone));
    case 'poweroff':
    case 'reboot':
    case 'halt':
    case 'suspend':
    case 'kexec':
    case 'emergency':
    case 'rescue':
      return [
        { verb: 'delete', resource: { kind: 'process', name: sub.text }, zone: 'system', flags: ['bulk', 'forced'] },
      ];
    case 'daemon-reload':
    case 'daemon-reexec':
      return [
        service('configure', { text: 'systemd', arg: sub.arg }, zone).resource.name === 'systemd'
          ? { verb: 'execute', resource: { kind: 'service', name: 'systemd' }, zone, flags: [] }
          : service('execute', undefined, zone),
      ];
    default:
      return each.map((unit) => service('read', unit, zone));
  }
}

function serviceCommand(words: CommandWords): readonly CommandEffect[] {
  const [name, action] = readOptions(words.args).operands;
  const verb = /^(?:stop|kill)$/.test(action?.text ?? '')
    ? 'delete'
    : /^(?:status)$/.test(action?.text ?? '')
      ? 'read'
      : 'execute';
  return [service(verb, name, 'system')];
}

/** Runit, s6 and their kin: the order first, then the service. */
function superviseRun({ args }: CommandWords, stops: RegExp): readonly CommandEffect[] {
  const name = args.findLast((arg) => arg !== null && !arg.startsWith('-')) ?? '';
  const off = args.some((arg) => arg !== null && stops.test(arg));
  const asks = args.some((arg) => /^(?:status|s|list)$/.test(arg ?? ''));
  return [service(off ? 'delete' : asks ? 'read' : 'execute', { text: name, arg: args.indexOf(name) }, 'system')];
}

function updateRc(words: CommandWords): readonly CommandEffect[] {
  const [name, action] = readOptions(words.args).operands;
  return [
    service(/remove|disable|off|del/.test(`${action?.text} ${words.args[0]}`) ? 'delete' : 'configure', name, 'system'),
  ];
}

function launchctl(words: CommandWords): readonly CommandEffect[] {
  const [sub, ...rest] = readOptions(words.args, names('-s')).operands;
  const verb = /^(?:load|bootstrap|enable|submit|setenv)$/.test(sub?.text ?? '')
    ? 'configure'
    : /^(?:unload|bootout|disable|remove|stop|kill|reboot)$/.test(sub?.text ?? '')
      ? 'delete'
      : /^(?:start|kickstart|asuser)$/.test(sub?.text ?? '')
        ? 'execute'
        : 'read';
  return [service(verb, rest.at(-1), 'system')];
}

/** Signals by name or number; `-0` and `-l` only ask. */
function kill(words: CommandWords): readonly CommandEffect[] {
  if (words.args.some((arg) => /^-(?:0|l|L)$/.test(arg ?? ''))) return [];
  const forced: Flag[] =
    words.args.some((arg) => /^-(?:9|KILL|SIGKILL)$/i.test(arg ?? '')) ||
    words.args.some((arg, i) => arg === '-s' && /KILL|9/.test(words.args[i + 1] ?? ''))
      ? ['forced']
      : [];
  const options = readOptions(words.args, names('-s -n -u --user -t -g -G -P --signal'));
  // Process -1 is every process one may signal; alone it is the signal's number.
  const everything = words.args.length > 1 && words.args.at(-1) === '-1';
  if (words.program !== 'kill') {
    return [...options.operands, ...(options.operands.length === 0 ? [options.value('-u', '--user', '-t')] : [])].map(
      (operand) => ({
        verb: 'delete' as const,
        resource: { kind: 'process' as const, name: operand?.text ?? '' },
        zone: 'this-host' as const,
        flags: [...forced, 'bulk' as const],
        ...(operand && { arg: operand.arg }),
      }),
    );
  }
  const targets = everything ? [{ text: '-1', arg: words.args.length - 1 }] : options.operands;
  return targets.map(({ text, arg }) => ({
    verb: 'delete' as const,
    resource: { kind: 'process' as const, name: text ?? '' },
    zone: text === '1' || everything ? ('system' as const) : ('this-host' as const),
    flags: [...forced, ...(everything ? (['bulk'] as const) : []), ...(text === null ? (['dynamic'] as const) : [])],
    arg,
  }));
}

function crontab(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-u'));
  const resource = { kind: 'service' as const, name: 'crontab' };
  if (options.has('-l')) return [{ verb: 'read', resource, zone: 'home', flags: [] }];
  if (options.has('-r')) return [{ verb: 'delete', resource, zone: 'home', flags: ['irreversible', 'bulk'] }];
  if (options.has('-e') || options.operands.length > 0 || words.stdin !== undefined)
    return [
      ...touchAll('read', options.operands, words.place),
      { verb: 'configure', resource, zone: 'home', flags: [] },
    ];
  return [{ verb: 'read', resource, zone: 'home', flags: [] }];
}

function at(words: CommandWords): readonly CommandEffect[] {
  if (words.program === 'atrm' || words.args.includes('-d'))
    return [{ verb: 'delete', resource: { kind: 'service', name: 'at' }, zone: 'home', flags: [] }];
  if (words.args.includes('-l') || words.program === 'atq')
    return [{ verb: 'read', resource: { kind: 'service', name: 'at' }, zone: 'home', flags: [] }];
  const options = readOptions(words.args, names('-f -q -t'));
  return [
    ...touchAll('read', options.all('-f'), words.place),
    { verb: 'configure', resource: { kind: 'service', name: 'at' }, zone: 'home', flags: [] },
  ];
}

function power(words: CommandWords): readonly CommandEffect[] {
  if (words.args.includes('-c') || words.args.includes('--help')) return [];
  return [
    { verb: 'delete', resource: { kind: 'process', name: words.program }, zone: 'system', flags: ['bulk', 'forced'] },
  ];
}

const asks = (words: CommandWords): readonly CommandEffect[] => [
  { verb: 'read', resource: { kind: 'process', name: words.program }, zone: 'this-host', flags: [] },
];

function multiplexer(words: CommandWords): readonly CommandEffect[] {
  if (/^kill-/.test(words.args[0] ?? ''))
    return [
      {
        verb: 'delete',
        resource: { kind: 'process', name: words.args.slice(0, 3).join(' ') },
        zone: 'this-host',
        flags: [],
      },
    ];
  return [
    { verb: 'execute', resource: { kind: 'process', name: words.program }, zone: 'this-host', flags: ['background'] },
  ];
}

/** `tmux new -d 'cmd'`, `tmux send-keys 'cmd' Enter`, `screen -dm cmd`. */
function multiplexerRuns(words: CommandWords): readonly NestedRun[] {
  const { program, args } = words;
  if (program === 'screen') {
    const from = args.findIndex(
      (arg, i) => arg !== null && !arg.startsWith('-') && !/^-[a-zA-Z]*[ScthpTX]$/.test(args[i - 1] ?? ''),
    );
    return from >= 0 && args.some((arg) => /^-[a-zA-Z]*m/.test(arg ?? ''))
      ? [{ kind: 'words', from, flags: ['background'] }]
      : [];
  }
  const sub = args.findIndex((arg) =>
    /^(?:new|new-session|new-window|neww|split-window|splitw|respawn-pane|send-keys|send|run-shell|run)$/.test(
      arg ?? '',
    ),
  );
  if (sub < 0) return [];
  const options = readOptions(args, names('-t -s -n -c -e -x -y -F'), { from: sub + 1 });
  const keys = /^send/.test(args[sub] ?? '');
  const texts = options.operands.filter(
    ({ text }) => !keys || !/^(?:Enter|C-[a-z]|Space|Tab|Escape|Up|Down)$/.test(text ?? ''),
  );
  return texts
    .slice(0, keys ? 4 : 1)
    .map(({ text, arg }) => ({ kind: 'shell' as const, text, arg, flags: ['background' as const] }));
}

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  systemctl,
  service: serviceCommand,
  'rc-service': serviceCommand,
  sv: (words) => superviseRun(words, /^(?:down|stop|exit|force-\w+|kill|term|d|x|shutdown)$/),
  's6-svc': (words) => superviseRun(words, /^-[a-zA-Z]*[dDkxX]/),
  's6-rc': (words) => superviseRun(words, /^-d$|^stop$/),
  nssm: (words) => superviseRun(words, /^(?:stop|remove)$/),
  'update-rc.d': updateRc,
  chkconfig: updateRc,
  'rc-update': updateRc,
  initctl: serviceCommand,
  launchctl,
  supervisorctl: (words) => serviceCommand({ ...words, args: [...words.args].reverse() }),
  pm2: (words) => [
    service(
      /^(?:delete|stop|kill)$/.test(words.args[0] ?? '')
        ? 'delete'
        : /^(?:ls|list|status|logs|show|monit)$/.test(words.args[0] ?? '')
          ? 'read'
          : 'execute',
      { text: words.args[1] ?? '', arg: 1 },
      'this-host',
      words.args[1] === 'all' ? ['bulk'] : [],
    ),
  ],
  kill,
  pkill: kill,
  killall: kill,
  skill: kill,
  xkill: kill,
  fkill: kill,
  'kill-port': kill,
  crontab,
  at,
  batch: at,
  atq: at,
  atrm: at,
  anacron: at,
  shutdown: power,
  reboot: power,
  halt: power,
  poweroff: power,
  telinit: power,
  init: power,
  journalctl: (words) =>
    words.args.some((arg) => /^--(?:vacuum|rotate)/.test(arg ?? ''))
      ? [
          {
            verb: 'delete',
            resource: { kind: 'file', name: 'system journal' },
            zone: 'system',
            flags: ['hidden', 'bulk'],
          },
        ]
      : [{ verb: 'read', resource: { kind: 'file', name: 'system journal' }, zone: 'system', flags: [] }],
  dmesg: asks,
  lsof: asks,
  ss: asks,
  netstat: asks,
  fuser: (words) =>
    words.args.some((arg) => /^-[a-z]*k/.test(arg ?? ''))
      ? [
          {
            verb: 'delete',
            resource: { kind: 'process', name: words.args.at(-1) ?? '' },
            zone: 'this-host',
            flags: ['bulk'],
          },
        ]
      : asks(words),
  tmux: multiplexer,
  screen: multiplexer,
  zellij: multiplexer,
  renice: asks,
  pidof: asks,
  iostat: asks,
  vmstat: asks,
  'systemd-analyze': asks,
  loginctl: asks,
  hostnamectl: asks,
  timedatectl: asks,
  osqueryi: asks,
  say: () => [],
  notify: () => [],
  'notify-send': () => [],
  afplay: () => [],
  caffeine: () => [],
  logger: () => [],
  wall: () => [],
  mail: mailed,
  sendmail: mailed,
  mutt: mailed,
  mailx: mailed,
  msmtp: mailed,
  swaks: mailed,
};

function mailed(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names('-s -a -A -c -b -r -f -S -t --to --from --server --attach --body -i -H'),
  );
  const to = options.operands.find(({ text }) => text?.includes('@')) ?? options.value('--to', '-t');
  const name = to?.text?.split('@').at(-1) ?? 'mail';
  return [
    ...touchAll(
      'read',
      options
        .all('-a', '-A', '--attach', '-i')
        .map(({ text, arg }) => ({ text: text?.replace(/^@/, '') ?? null, arg })),
      words.place,
    ),
    { verb: 'send', resource: { kind: 'host', name }, zone: 'other-host', flags: [], ...(to && { arg: to.arg }) },
    ...touch('read', undefined, words.place),
  ];
}

export const services: CommandFamily = {
  id: 'services',
  programs: Object.keys(meanings),
  effects: (words) => meanings[words.program]?.(words) ?? [],
  runs: (words) => {
    if (words.program === 'tmux' || words.program === 'screen') return multiplexerRuns(words);
    // What is fed to `at` and `batch` is a script for later.
    if ((words.program === 'at' || words.program === 'batch') && typeof words.stdin === 'string')
      return [{ kind: 'shell', text: words.stdin, flags: ['background'] }];
    return [];
  },
  examples: [
    ['sudo systemctl restart nginx', 'impersonate user this-host', 'execute service system'],
    ['systemctl enable --now x.service', 'configure service system'],
    ['systemctl stop auditd', 'delete service system'],
    ['systemctl status nginx', 'read service system'],
    ['kill 4242', 'delete process this-host'],
    ['kill -0 4242'],
    ['kill -9 -1', 'delete process system'],
    ['kill -1 4242', 'delete process this-host'],
    ['pkill -9 node', 'delete process this-host'],
    ['crontab -l', 'read service home'],
    ['echo "* * * * * x" | crontab -', 'configure service home'],
    ['crontab -r', 'delete service home'],
    ['shutdown -h now', 'delete process system'],
    ["tmux new -d 'rm x'", 'execute process this-host', 'delete file repository'],
  ],
};
