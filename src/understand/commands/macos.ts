import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { onlyAsksForHelp } from '../phrases.ts';

// Sources: the manual pages of macOS; MITRE ATT&CK for macOS (T1562, T1553.001, T1555.001, T1056.002, T1547.015).

const one = (
  verb: CommandEffect['verb'],
  kind: CommandEffect['resource']['kind'],
  name: string,
  zone: CommandEffect['zone'] = 'system',
  flags: readonly Flag[] = [],
): readonly CommandEffect[] => [{ verb, resource: { kind, name }, zone, flags }];

const words = ({ args }: CommandWords): string =>
  args
    .map((arg) => arg ?? '…')
    .join(' ')
    .slice(0, 4000);

type Meaning = (words: CommandWords, line: string) => readonly CommandEffect[];

/** Domains whose settings decide what may run or who is asked: the login window, quarantine, the firewall, updates. */
const guardingDomain =
  /com\.apple\.(?:LaunchServices|loginwindow|SoftwareUpdate|screensaver|security|alf|Safari|systempolicy|commerce|TCC)|LSQuarantine|GKAutoRearm|LoginHook|LogoutHook|AllowJavaScriptFromAppleEvents|\/Library\/(?:Preferences|LaunchAgents|LaunchDaemons)/i;

function defaults(input: CommandWords, line: string): readonly CommandEffect[] {
  const [sub, domain = ''] = readOptions(input.args, names('-host'), { singleDash: true }).operands.map(
    ({ text }) => text ?? '',
  );
  if (!/^(?:write|delete|import|rename)$/.test(sub ?? ''))
    return one('read', 'environment', `defaults ${domain}`, 'home');
  if (/Login(?:Hook|out)|LogoutHook/.test(line))
    return one('configure', 'service', `login hook (${domain})`, 'system', ['later-execution']);
  if (guardingDomain.test(line)) return one('configure', 'service', `defaults ${domain}`, 'system', ['weakens']);
  return one(sub === 'delete' ? 'delete' : 'configure', 'environment', `defaults ${domain}`, 'home');
}

const read = (name: string): readonly CommandEffect[] => one('read', 'service', name);

const meanings: Readonly<Record<string, Meaning>> = {
  defaults,
  osacompile: (input) =>
    readOptions(input.args, names('-o -l -e'))
      .all('-o')
      .flatMap((file) => touch('write', file, input.place)),
  csrutil: (_, line) =>
    /\b(?:disable|clear|enable --without|authenticated-root disable)\b/.test(line)
      ? one('delete', 'service', 'system integrity protection', 'system', ['forced', 'weakens', 'bulk'])
      : read('system integrity protection'),
  spctl: (_, line) =>
    /--(?:master-disable|global-disable|disable|add|remove|reset-default)|\bkext-consent (?:disable|add)/.test(line)
      ? one('delete', 'service', 'Gatekeeper', 'system', ['forced', 'weakens', 'bulk'])
      : read('Gatekeeper'),
  tccutil: (_, line) =>
    /^reset/.test(line) ? one('configure', 'service', 'privacy permissions', 'system', ['weakens']) : [],
  tmutil: (_, line) =>
    /^(?:delete|deletelocalsnapshots|disable|removedestination|thinlocalsnapshots|stopbackup|addexclusion|deleteinprogress)\b/.test(
      line,
    )
      ? one(
          'delete',
          'device',
          'backups',
          'system',
          /^(?:disable|stopbackup|addexclusion)/.test(line)
            ? ['weakens', 'bulk', 'irreversible']
            : ['irreversible', 'bulk'],
        )
      : read('backups'),
  fdesetup: (_, line) =>
    /^(?:disable|remove|removerecovery|haspersonalrecoverykey -reset)\b/.test(line)
      ? one('delete', 'device', 'disk encryption', 'system', ['weakens', 'bulk'])
      : /^(?:changerecovery|add|enable|authrestart)\b/.test(line)
        ? one('configure', 'device', 'disk encryption')
        : read('disk encryption'),
  nvram: (_, line) =>
    /-c\b|-d\b/.test(line)
      ? one('delete', 'device', 'firmware variables', 'system', ['irreversible'])
      : /=/.test(line)
        ? one('configure', 'device', 'firmware variables')
        : read('firmware variables'),
  bless: () => one('configure', 'device', 'startup disk'),
  networksetup: (_, line) =>
    /^-(?:set|remove|create|delete|add|switch|order|rename|import)/.test(line)
      ? one('configure', 'host', 'network', 'system', /proxy|dns/i.test(line) ? ['weakens'] : [])
      : read('network'),
  systemsetup: (_, line) =>
    /-set(?:remotelogin|remoteappleevents)\s+on/i.test(line)
      ? one('grant', 'user', 'remote login')
      : /-set/.test(line)
        ? one('configure', 'service', 'system settings')
        : read('system settings'),
  kickstart: (_, line) =>
    /-activate|-privs|-access -on/.test(line) ? one('grant', 'user', 'remote management') : read('remote management'),
  scutil: (input, line) =>
    /^--(?:set|remove)|^--nc (?:start|stop)/.test(line) || input.stdin !== undefined
      ? one('configure', 'host', 'network')
      : read('network'),
  profiles: (_, line) =>
    /^(?:remove|-R|-D|delete)\b/.test(line)
      ? one('delete', 'service', 'configuration profiles', 'system', ['weakens', 'bulk'])
      : /^(?:install|-I)\b/.test(line)
        ? one('configure', 'service', 'configuration profiles')
        : read('configuration profiles'),
  kextload: () => one('configure', 'service', 'kernel extension', 'system', ['privileged']),
  kextunload: () => one('delete', 'service', 'kernel extension', 'system', ['privileged']),
  kextutil: () => one('configure', 'service', 'kernel extension', 'system', ['privileged']),
  kmutil: (_, line) =>
    /^(?:load|install|create|configure-boot|unload|clear-staging)\b/.test(line)
      ? one('configure', 'service', 'kernel extension', 'system', ['privileged'])
      : read('kernel extensions'),
  kextstat: () => read('kernel extensions'),
  PlistBuddy: (input, line) => {
    const file = input.args.at(-1) ?? null;
    const changes = /\b(?:set|add|delete|copy|merge|import|clear)\b/i.test(line);
    return touch(changes ? 'write' : 'read', { text: file, arg: input.args.length - 1 }, input.place);
  },
  plutil: (input, line) => {
    const file = input.args.at(-1) ?? null;
    return touch(
      /-(?:replace|insert|remove|convert)\b/.test(line) && !/-o -/.test(line) ? 'write' : 'read',
      { text: file, arg: input.args.length - 1 },
      input.place,
    );
  },
  screencapture: (input) => [
    ...one('read', 'device', 'screen', 'this-host', ['sensitive']),
    ...touch('write', readOptions(input.args, names('-R -l -T -t -D -V')).operands.at(-1), input.place),
  ],
  'wl-paste': () => one('read', 'environment', 'clipboard', 'this-host', ['sensitive']),
  mdutil: (_, line) => (/-E\b|-i off|-X\b/.test(line) ? one('configure', 'service', 'search index') : []),
  mdls: () => [],
  softwareupdate: (_, line) =>
    /--schedule off|--ignore/.test(line)
      ? one('configure', 'service', 'updates', 'system', ['weakens'])
      : /-(?:i|-install)\b/.test(line)
        ? one('install', 'package', 'system updates', 'other-host')
        : read('updates'),
  pmset: (_, line) =>
    /^(?:-g|-)/.test(line) && /^-g/.test(line)
      ? read('power')
      : /sleepnow|displaysleepnow|shutdown|restart/.test(line)
        ? one('configure', 'service', 'power')
        : read('power'),
  SetFile: (input) =>
    touch('write', { text: input.args.at(-1) ?? null, arg: input.args.length - 1 }, input.place, { flags: ['hidden'] }),
  GetFileInfo: () => [],
  dsenableroot: () => one('grant', 'user', 'root'),
  dscacheutil: () => read('directory'),
  sfltool: (_, line) =>
    /^(?:add-item|resetbtm)/.test(line) ? one('configure', 'service', 'login item', 'home', ['later-execution']) : [],
  emond: () => one('configure', 'service', 'emond', 'system', ['later-execution']),
};

export const macos: CommandFamily = {
  id: 'macos',
  programs: Object.keys(meanings),
  effects: (input) => (onlyAsksForHelp(input.args) ? [] : (meanings[input.program]?.(input, words(input)) ?? [])),
  examples: [
    ['csrutil disable', 'delete service system'],
    ['csrutil status', 'read service system'],
    ['sudo spctl --master-disable', 'impersonate user this-host', 'delete service system'],
    ['tmutil deletelocalsnapshots /', 'delete device system'],
    ['tmutil listbackups', 'read service system'],
    ['defaults read com.apple.finder', 'read environment home'],
    ['defaults write com.apple.finder AppleShowAllFiles -bool true', 'configure environment home'],
    ['defaults write com.apple.loginwindow LoginHook /tmp/x.sh', 'configure service system'],
    ['networksetup -listallhardwareports', 'read service system'],
    ['networksetup -setwebproxy Wi-Fi 203.0.113.4 8080', 'configure host system'],
  ],
};
