import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { touch } from '../file-effects.ts';
import { readUrl } from '../hosts.ts';

// What is left of Windows in a bash line: WSL, Git Bash, PowerShell on Linux, lines made for another machine. Sources: the
// Windows command reference, LOLBAS by idea, MITRE ATT&CK T1490, T1070.001, T1218.

const said = ({ args }: CommandWords): string =>
  args
    .map((arg) => arg ?? '…')
    .join(' ')
    .slice(0, 4000);

const one = (
  verb: CommandEffect['verb'],
  kind: CommandEffect['resource']['kind'],
  name: string,
  zone: CommandEffect['zone'] = 'system',
  flags: readonly Flag[] = [],
): readonly CommandEffect[] => [{ verb, resource: { kind, name }, zone, flags }];

type Meaning = (words: CommandWords, line: string) => readonly CommandEffect[];

const looks = /^(?:\/\?|-\?|help)$|(?:^|\s)\/\?(?:\s|$)/i;

function remove(words: CommandWords, line: string): readonly CommandEffect[] {
  const flags: Flag[] = [];
  if (/\/s\b/i.test(line)) flags.push('recursive');
  if (/\/[qf]\b/i.test(line)) flags.push('forced');
  const targets = words.args
    .map((text, arg) => ({ text: text?.replaceAll('\\', '/') ?? null, arg }))
    .filter(({ text }) => text === null || !/^\/[a-z](?::\w+)?$/i.test(text));
  return targets.flatMap((target) =>
    /^[A-Za-z]:\/?(?:\*(?:\.\*)?)?$|^[A-Za-z]:\/(?:Windows|Users)\b/i.test(target.text ?? '')
      ? [
          {
            verb: 'delete' as const,
            resource: { kind: 'directory' as const, name: target.text ?? '' },
            zone: 'system' as const,
            flags: [...flags, 'bulk' as const],
            arg: target.arg,
          },
        ]
      : touch('delete', target, words.place, { kind: flags.includes('recursive') ? 'directory' : 'file', flags }),
  );
}

/** A Windows program that fetches, or runs what it fetched. */
const fetcher =
  (runs: boolean): Meaning =>
  (words, line) => {
    const url = /https?:\/\/[^\s'"]+/i.exec(line)?.[0];
    if (url === undefined) return one('execute', 'process', words.program, 'this-host', []);
    const { host, zone } = readUrl(url);
    const got: CommandEffect = { verb: 'receive', resource: { kind: 'host', name: host }, zone, flags: [] };
    return runs ? [got, ...one('execute', 'process', words.program, 'this-host', ['remote-code', 'opaque'])] : [got];
  };

const shadows = one('delete', 'device', 'shadow copies and backups', 'system', ['irreversible', 'bulk']);
const persists = (name: string) => one('configure', 'service', name, 'system', ['later-execution']);

const meanings: Readonly<Record<string, Meaning>> = {
  reg: (words, line) => {
    const key = words.args[1]?.replaceAll('\\', '/') ?? '';
    if (/^delete\b/i.test(line)) return one('delete', 'environment', key, 'system', ['irreversible', 'bulk']);
    if (/^(?:save|export)\b/i.test(line) && /\b(?:SAM|SYSTEM|SECURITY)\b/i.test(key))
      return one('read', 'secret', key, 'credential-store', ['bulk']);
    if (/^(?:add|import|restore|load|copy)\b/i.test(line))
      return /\/(?:Run|RunOnce|RunServices|Winlogon|Image File Execution Options|AppInit_DLLs)\b|Policies|Defender/i.test(
        key,
      )
        ? persists(key)
        : one('configure', 'environment', key);
    return one('read', 'environment', key);
  },
  vssadmin: (_, line) => (/\b(?:delete|resize)\b/i.test(line) ? shadows : one('read', 'device', 'shadow copies')),
  wbadmin: (_, line) => (/\bdelete\b|\bdisable\b/i.test(line) ? shadows : one('read', 'device', 'backups')),
  wmic: (_, line) =>
    /shadowcopy.*delete/i.test(line)
      ? shadows
      : /process.*call.*create/i.test(line)
        ? one('execute', 'process', 'wmic process', 'this-host', ['opaque'])
        : /\b(?:delete|uninstall|terminate)\b/i.test(line)
          ? one('delete', 'process', line.slice(0, 60), 'this-host')
          : one('read', 'process', 'wmic', 'this-host'),
  bcdedit: (_, line) =>
    /recoveryenabled|bootstatuspolicy|testsigning|nointegritychecks|safeboot|\/delete/i.test(line)
      ? one('delete', 'device', 'boot recovery', 'system', ['irreversible', 'weakens', 'bulk'])
      : one('read', 'device', 'boot settings'),
  wevtutil: (_, line) =>
    /^(?:cl|clear-log|sl|set-log)\b/i.test(line)
      ? one('delete', 'file', '/var/log/windows-events', 'system', ['hidden', 'bulk', 'irreversible'])
      : one('read', 'file', 'event log'),
  format: (_, line) => one('delete', 'device', line.split(' ')[0] ?? '', 'system', ['irreversible', 'bulk']),
  diskpart: () => one('delete', 'device', 'disk', 'system', ['irreversible', 'bulk']),
  cipher: (_, line) =>
    /\/w\b/i.test(line)
      ? one('delete', 'device', 'free space', 'system', ['irreversible', 'bulk'])
      : /\/e\b/i.test(line)
        ? one('write', 'file', 'encrypted files', 'system', ['irreversible'])
        : [],
  fsutil: (_, line) =>
    /deletejournal|setzerodata|usn\s+delete/i.test(line)
      ? one('delete', 'device', 'change journal', 'system', ['irreversible', 'hidden', 'bulk'])
      : [],
  'manage-bde': (_, line) =>
    /-(?:off|forcerecovery|protectors\s+-(?:delete|disable))/i.test(line)
      ? one('delete', 'device', 'disk encryption', 'system', ['weakens', 'bulk'])
      : one('read', 'device', 'disk encryption'),
  rd: remove,
  del: remove,
  erase: remove,
  deltree: remove,
  schtasks: (_, line) =>
    /\/(?:create|change)\b/i.test(line)
      ? persists('scheduled task')
      : /\/delete\b/i.test(line)
        ? one('delete', 'service', 'scheduled task')
        : /\/run\b/i.test(line)
          ? one('execute', 'service', 'scheduled task')
          : one('read', 'service', 'scheduled tasks'),
  sc: (_, line) =>
    /^(?:create|config|failure|sdset)\b/i.test(line)
      ? persists(line.slice(0, 60))
      : /^(?:delete|stop)\b/i.test(line)
        ? one('delete', 'service', line.slice(0, 60), 'system', ['bulk'])
        : one('read', 'service', line.slice(0, 60)),
  net: (_, line) =>
    /^(?:user|localgroup|group)\b.*\/(?:add|active)/i.test(line) || /^user\s+\S+\s+\S+$/i.test(line)
      ? one('grant', 'user', line.slice(0, 60))
      : /^(?:user|localgroup|group|share)\b.*\/del/i.test(line)
        ? one('delete', 'user', line.slice(0, 60))
        : /^stop\b/i.test(line)
          ? one('delete', 'service', line.slice(5, 60), 'system', ['bulk'])
          : /^use\b/i.test(line)
            ? one('receive', 'host', /\\\\([\w.-]+)/.exec(line)?.[1] ?? '', 'other-host')
            : one('read', 'service', line.slice(0, 60)),
  netsh: (_, line) =>
    /firewall.*(?:off|disable|delete|reset|add)|portproxy|wlan.*key=clear/i.test(line)
      ? one(
          /key=clear/i.test(line) ? 'read' : 'configure',
          /key=clear/i.test(line) ? 'secret' : 'service',
          line.slice(0, 60),
          /key=clear/i.test(line) ? 'credential-store' : 'system',
          ['weakens'],
        )
      : one('read', 'host', 'network'),
  icacls: (words, line) =>
    /\/(?:grant|setowner|reset)\b/i.test(line)
      ? touch('grant', { text: words.args[0]?.replaceAll('\\', '/') ?? null, arg: 0 }, words.place, {
          flags: /\/t\b/i.test(line) ? ['recursive'] : [],
        })
      : [],
  takeown: (words, line) =>
    one('grant', 'file', words.args[1] ?? '', 'system', /\/r\b/i.test(line) ? ['recursive'] : []),
  taskkill: (_, line) =>
    one(
      'delete',
      'process',
      /\/(?:im|pid)\s+(\S+)/i.exec(line)?.[1] ?? '',
      'this-host',
      /\/f\b/i.test(line) ? ['forced'] : [],
    ),
  certutil: (words, line) =>
    /-urlcache|-verifyctl|https?:/i.test(line)
      ? fetcher(false)(words, line)
      : /-addstore/i.test(line)
        ? one('configure', 'host', 'trusted certificates')
        : /-exportpfx/i.test(line)
          ? one('read', 'secret', 'certificate', 'credential-store')
          : [],
  bitsadmin: (words, line) => [
    ...fetcher(false)(words, line),
    ...(/setnotifycmdline/i.test(line) ? persists('bits job') : []),
  ],
  mshta: fetcher(true),
  rundll32: (words, line) =>
    /comsvcs.*MiniDump|lsass/i.test(line)
      ? one('read', 'secret', 'lsass memory', 'credential-store', ['bulk', 'privileged'])
      : fetcher(true)(words, line),
  regsvr32: fetcher(true),
  msiexec: fetcher(true),
  wscript: fetcher(true),
  cscript: fetcher(true),
  ntdsutil: () => one('read', 'secret', 'domain database', 'credential-store', ['bulk', 'privileged']),
  cmdkey: (_, line) =>
    /\/list/i.test(line)
      ? one('read', 'secret', 'saved credentials', 'credential-store')
      : one('write', 'secret', 'saved credentials', 'credential-store'),
  vaultcmd: () => one('read', 'secret', 'saved credentials', 'credential-store'),
  bootrec: (_, line) =>
    /fixmbr|rebuildbcd/i.test(line) ? one('write', 'device', 'boot record', 'system', ['irreversible']) : [],
  cmd: () => one('execute', 'process', 'cmd', 'this-host'),
  wsl: () => one('execute', 'process', 'wsl', 'this-host'),
};

const plain = (program: string): string => program.replace(/\.exe$/i, '').toLowerCase();

/** `cmd /c del x`, `wsl -e rm x`: the words after the switch are the command. */
function runs({ program, args }: CommandWords): readonly NestedRun[] {
  const name = plain(program);
  const at = args.findIndex((arg) => (name === 'cmd' ? /^\/+[ck]$/i : /^(?:-e|--exec|--)$/).test(arg ?? ''));
  if ((name !== 'cmd' && name !== 'wsl') || at < 0 || at + 1 >= args.length) return [];
  const text = args.length === at + 2 ? (args[at + 1] ?? null) : undefined;
  // Inside a text for cmd a backslash is part of a path, not an escape.
  if (text !== undefined) return [{ kind: 'shell', text: text?.replaceAll('\\', '/') ?? null, arg: at + 1 }];
  return [{ kind: 'words', from: at + 1 }];
}

export const windows: CommandFamily = {
  id: 'windows',
  programs: Object.keys(meanings).flatMap((name) => [name, `${name}.exe`]),
  effects: (words) => {
    const line = said(words);
    return looks.test(line) ? [] : (meanings[plain(words.program)]?.(words, line) ?? []);
  },
  runs,
  examples: [
    ['vssadmin delete shadows /all /quiet', 'delete device system'],
    ['vssadmin list shadows', 'read device system'],
    ['reg delete "HKLM\\Software\\X" /f', 'delete environment system'],
    ['reg query "HKLM\\Software\\X"', 'read environment system'],
    ['wevtutil cl System', 'delete file system'],
    ['cmd /c "rd /s /q C:\\\\Users"', 'execute process this-host', 'delete directory system'],
    ['net user eve Secret1 /add', 'grant user system'],
    ['schtasks /query', 'read service system'],
    ['format C: /y', 'delete device system'],
  ],
};
