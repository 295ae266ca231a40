import type { Flag } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import { touch } from './file-effects.ts';
import { readUrl } from './hosts.ts';

// Cmdlets and their aliases, as far as one line shows. Source: the PowerShell reference, MITRE ATT&CK T1059.001.

/** `-EncodedCommand`'s value: base64 of UTF-16LE; null when it is not that. */
export function decodedCommand(text: string): string | null {
  if (text.length > 65_536 || !/^[A-Za-z0-9+/\s]{8,}={0,2}$/.test(text)) return null;
  try {
    const bytes = atob(text.replace(/\s+/g, ''));
    let out = '';
    for (let i = 0; i + 1 < bytes.length; i += 2)
      out += String.fromCharCode(bytes.charCodeAt(i) | (bytes.charCodeAt(i + 1) << 8));
    return /[\t\n\r -~]{4}/.test(out) ? out : null;
  } catch (cause) {
    // Not base64 after all: nothing was hidden in it.
    if (cause instanceof DOMException) return null;
    throw cause;
  }
}

type Reading = (statement: string, place: Place) => readonly CommandEffect[];

const effect = (
  verb: CommandEffect['verb'],
  kind: CommandEffect['resource']['kind'],
  name: string,
  zone: CommandEffect['zone'],
  flags: readonly Flag[] = [],
): CommandEffect => ({ verb, resource: { kind, name }, zone, flags });

/** The first path-like word after the cmdlet: `-Path x`, `-LiteralPath "x y"`, or bare. */
function pathIn(statement: string): string | null {
  const named = /-(?:LiteralPath|Path|FilePath|Destination)\s+(?:"([^"]+)"|'([^']+)'|(\S+))/i.exec(statement);
  const bare =
    /^\S+\s+(?:-(?:Recurse|Force|r|fo|Confirm:\$false|ErrorAction\s+\S+)\s+)*(?:"([^"]+)"|'([^']+)'|([^\s-]\S*))/i.exec(
      statement,
    );
  const found = named ?? bare;
  const text = found?.[1] ?? found?.[2] ?? found?.[3] ?? null;
  return text === null || text.includes('$')
    ? (text?.replace(/^\$(?:env:)?(?:USERPROFILE|HOME)\b/i, '~').replaceAll('\\', '/') ?? null)
    : text.replaceAll('\\', '/');
}

const removes: Reading = (statement, place) => {
  const flags: Flag[] = [];
  if (/\s-r(?:ecurse)?\b|\s\/s\b/i.test(statement)) flags.push('recursive');
  if (/\s-fo(?:rce)?\b|\s\/q\b|\s\/f\b/i.test(statement)) flags.push('forced');
  const path = pathIn(statement);
  if (path !== null && /^[A-Za-z]:\/?\*?$|^[A-Za-z]:\/(?:Windows|Users|Program Files)/i.test(path))
    return [effect('delete', 'directory', path, 'system', [...flags, 'bulk'])];
  if (path !== null && /^HK(?:LM|CU|CR|U):/i.test(path))
    return [effect('delete', 'environment', path, 'system', [...flags, 'irreversible'])];
  return touch('delete', { text: path, arg: 0 }, place, {
    kind: flags.includes('recursive') ? 'directory' : 'file',
    flags,
  }).map(({ arg: _, ...rest }) => rest);
};

const reads: Reading = (statement, place) =>
  touch('read', { text: pathIn(statement), arg: 0 }, place).map(({ arg: _, ...rest }) => rest);

const fetches: Reading = (statement) => {
  const url = /https?:\/\/[^\s'")]+/i.exec(statement)?.[0];
  const sends = /-Method\s+["']?(?:POST|PUT|PATCH|DELETE)|-(?:InFile|Body)\b|UploadString|UploadFile|UploadData/i.test(
    statement,
  );
  const { host, zone } = readUrl(url ?? '');
  const got = effect(
    'receive',
    'host',
    host,
    url === undefined ? 'other-host' : zone,
    url === undefined ? ['dynamic'] : [],
  );
  return sends ? [{ ...got, verb: 'send' }, got] : [got];
};

const statements: readonly (readonly [says: RegExp, effects: Reading])[] = [
  [/^(?:Remove-Item|ri|rm|del|erase|rd|rmdir)\b/i, removes],
  [
    /^(?:Clear-Content|clc|Clear-Item)\b/i,
    (statement, place) =>
      removes(statement, place).map((found) => ({ ...found, flags: [...found.flags, 'irreversible'] })),
  ],
  [
    /^(?:Format-Volume|Format-Disk|Clear-Disk|Remove-Partition|Initialize-Disk|Reset-PhysicalDisk)\b/i,
    () => [effect('delete', 'device', 'disk', 'system', ['irreversible', 'bulk'])],
  ],
  [
    /\b(?:Win32_ShadowCopy|Win32_ShadowStorage)\b.*(?:Delete|Remove)|^vssadmin\b.*delete/i,
    () => [effect('delete', 'device', 'shadow copies', 'system', ['irreversible', 'bulk'])],
  ],
  [
    /^(?:Stop-Computer|Restart-Computer)\b/i,
    () => [effect('delete', 'process', 'system', 'system', ['bulk', 'forced'])],
  ],
  [
    /^(?:Clear-EventLog|Remove-EventLog|Limit-EventLog)\b|^wevtutil\s+cl\b|Clear-History|Set-PSReadLineOption.*SaveNothing/i,
    () => [effect('delete', 'file', '/var/log/windows-events', 'system', ['hidden', 'bulk', 'irreversible'])],
  ],
  [
    /^(?:Set|Add)-MpPreference\b|^Uninstall-WindowsFeature\b.*Defender|^Set-NetFirewallProfile\b.*False|AmsiUtils|amsiInitFailed/i,
    () => [effect('delete', 'service', 'Windows Defender', 'system', ['forced', 'weakens', 'bulk'])],
  ],
  [/^Set-ExecutionPolicy\b/i, () => [effect('configure', 'environment', 'execution policy', 'system', ['weakens'])]],
  [
    /^(?:New-LocalUser|Add-LocalGroupMember|Add-ADGroupMember|Enable-PSRemoting|Set-ADAccountPassword|Grant-SmbShareAccess)\b/i,
    () => [effect('grant', 'user', 'local user', 'system')],
  ],
  [
    /^(?:Remove-LocalUser|Remove-ADUser|Disable-ADAccount|Remove-LocalGroup)\b/i,
    () => [effect('delete', 'user', 'user', 'system')],
  ],
  [
    /^(?:Register-ScheduledTask|New-ScheduledTask\w*|New-Service|Set-Service|Set-WmiInstance|Register-WmiEvent|Register-CimIndicationEvent)\b|^New-ItemProperty\b.*\\Run\b|^Set-ItemProperty\b.*\\Run\b/i,
    () => [effect('configure', 'service', 'Windows task or service', 'system', ['later-execution'])],
  ],
  [
    /^(?:Stop-Service|Remove-Service|Stop-Process|kill|spps)\b/i,
    (statement) => [
      effect(
        'delete',
        /Service/i.test(statement) ? 'service' : 'process',
        pathIn(statement) ?? '',
        'this-host',
        /-Force/i.test(statement) ? ['forced'] : [],
      ),
    ],
  ],
  [
    /Invoke-Mimikatz|sekurlsa|MiniDumpWriteDump|comsvcs\.dll|lsass|Get-GPPPassword|Invoke-Kerberoast|ConvertFrom-SecureString|Get-Credential\b/i,
    () => [effect('read', 'secret', 'Windows credentials', 'credential-store', ['bulk'])],
  ],
  [/^(?:Get-Content|gc|cat|type)\b/i, reads],
  [
    /^(?:Invoke-WebRequest|iwr|curl|wget|Invoke-RestMethod|irm|Start-BitsTransfer)\b|\.Download(?:String|File|Data)\(|\.Upload(?:String|File|Data)\(/i,
    fetches,
  ],
  [
    /^(?:Install-Module|Install-Package|Install-Script|Add-AppxPackage)\b/i,
    (statement) => [effect('install', 'package', pathIn(statement) ?? '', 'other-host')],
  ],
  // The long tail, by the approved verbs of the language.
  [
    /^(?:Remove|Clear|Uninstall|Unregister|Revoke|Reset|Dismount|Disable)-[A-Z]\w+/i,
    (statement) => {
      const flags: Flag[] = ['irreversible'];
      if (/\s-(?:Force|Confirm:\$false|Recurse)\b/i.test(statement)) flags.push('forced');
      return [effect('delete', 'unknown', statement.split(/\s/)[0] ?? '', 'unknown', flags)];
    },
  ],
];

/** PowerShell text → what its statements touch. Code fetched and handed to `iex` is remote code. */
export function powershellEffects(text: string, place: Place, flags: readonly Flag[] = []): readonly CommandEffect[] {
  const out: CommandEffect[] = [];
  const whole = text.slice(0, 32_768);
  for (const part of whole.split(/[;\n|]|&&/).slice(0, 200)) {
    const statement = part
      .trim()
      .replace(/^[&({\s]+/, '')
      .replace(/^\$\w+\s*=\s*/, '');
    const found = statements.find(([says]) => says.test(statement));
    if (found) out.push(...found[1](statement, place));
  }
  if (/\b(?:iex|Invoke-Expression)\b/i.test(whole)) {
    const remote = /https?:\/\/|Download(?:String|Data)|\b(?:iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b/i.test(
      whole,
    );
    const run = effect(
      'execute',
      'process',
      'Invoke-Expression',
      'this-host',
      remote ? ['remote-code', 'opaque', 'dynamic'] : ['opaque', 'dynamic'],
    );
    if (remote && !out.some(({ verb }) => verb === 'receive')) out.push(...fetches(whole, place));
    out.push(run);
  }
  return out.map((found) => ({ ...found, flags: [...new Set([...found.flags, ...flags])] }));
}
