import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names } from '../arguments.ts';
import { hostName } from '../hosts.ts';

// Programs made to find a way into other machines, or through them. They have honest uses (a test with leave to do it);
// none of them is part of building software. Sources: the tools' own pages; MITRE ATT&CK T1046, T1190, T1021, T1090, T1595.

/** Look for machines, ports, folders, holes. */
const scanners = names(
  'masscan zmap rustscan unicornscan naabu nikto gobuster dirb dirbuster ffuf feroxbuster wfuzz wpscan nuclei openvas enum4linux enum4linux-ng smbmap snmpwalk onesixtyone fping arp-scan netdiscover amass subfinder theHarvester recon-ng whatweb wafw00f sslscan dnsrecon fierce bloodhound bloodhound-python SharpHound ldapdomaindump rpcclient nbtscan dirsearch',
);
/** Break in, or hold the door. */
const breakers = names(
  'msfconsole msfvenom msfdb sqlmap commix beef-xss setoolkit weevely empire sliver-client sliver-server havoc covenant koadic pupy psexec.py smbexec.py wmiexec.py atexec.py dcomexec.py impacket-psexec impacket-smbexec impacket-wmiexec mitm6 dnsspoof sslstrip yersinia xsser searchsploit routersploit metasploit veil shellter donut shcrawler cobaltstrike teamserver evilginx evilginx2 gophish villain hoaxshell poshc2 merlin',
);
/** Sign in on a Windows machine from here. */
const remoteDesktops = names('rdesktop xfreerdp wlfreerdp remmina rpcclient smbclient winexe pth-winexe vncviewer');

const address =
  /^(?:https?:\/\/)?(?:[\w.-]+@)?[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$|^(?:\d{1,3}\.){3}\d{1,3}(?:[/-]\d+)?$|^[0-9a-f:]+(?:\/\d+)?$/i;

function targetOf({ args }: CommandWords): { readonly name: string; readonly arg?: number } {
  const at = args.findIndex((arg) => arg !== null && address.test(arg.replace(/^\/\//, '').replace(/^.*[@=]/, '')));
  if (at < 0) return { name: '' };
  const text = (args[at] ?? '').replace(/^\/\//, '').replace(/^.*[@=]/, '');
  return {
    name: text.includes('://')
      ? hostName(text.split('/')[2] ?? '')
      : text.replace(/\/.*$/, (rest) => (/^\/\d+$/.test(rest) ? rest : '')),
    arg: at,
  };
}

function effects(words: CommandWords): readonly CommandEffect[] {
  const { program, args } = words;
  if (
    args.length > 0 &&
    args.every((arg) => /^(?:--help|--version|-h|-V|help|version|--list|--update)$/.test(arg ?? ''))
  )
    return [];
  const { name, arg } = targetOf(words);
  const at = arg === undefined ? {} : { arg };
  const own = /^(?:localhost|127\.|::1)/.test(name);
  const resource = { kind: 'host' as const, name };
  const zone = own ? ('this-host' as const) : ('other-host' as const);
  if (remoteDesktops.has(program)) {
    const sends = args.some((each) => /\bput\s|\bmput\s/.test(each ?? ''));
    const run: CommandEffect = { verb: 'impersonate', resource: { kind: 'host', name }, zone, flags: [], ...at };
    return sends ? [run, { verb: 'send', resource, zone, flags: [], ...at }] : [run];
  }
  const flags: Flag[] = ['bulk'];
  const look: CommandEffect = { verb: 'read', resource, zone, flags, ...at };
  if (!breakers.has(program)) return [look];
  const tool: CommandEffect = {
    verb: 'execute',
    resource: { kind: 'process', name: program },
    zone: 'this-host',
    flags: ['weakens'],
  };
  return [look, tool];
}

export const attackTools: CommandFamily = {
  id: 'attack-tools',
  programs: [...new Set([...scanners, ...breakers, ...remoteDesktops])],
  effects,
  examples: [
    ['gobuster dir -u https://shop.example -w words.txt', 'read host other-host'],
    ['nikto --version'],
    ['sqlmap -u https://shop.example/?id=1 --dump', 'read host other-host', 'execute process this-host'],
    ['smbclient //198.51.100.4/c$ -U admin', 'impersonate host other-host'],
  ],
};
