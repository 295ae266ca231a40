import type { Effect } from '../../core/effect.ts';
import type { Detector } from '../../core/ports.ts';
import { type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'discovery';

/** Files that tell about accounts, rights and the make-up of a machine; open to all, read by few in daily work. */
const aboutMachine =
  /^(?:\/usr\/local)?\/etc\/(?:passwd|group|shells|pam\.d\/|security\/|login\.defs|sudoers|fstab|mtab|exports|hosts|ssh\/|os-release|issue)|^\/proc\/(?:version|cpuinfo|net\/|mounts|modules)|^\/var\/spool\/(?:cron|mail)/;
const accounts = /^\/etc\/(?:passwd|group|security\/|pam\.d\/|sudoers|exports)/;

/** Looked at by everybody; copied, linked or packed by few. */
const accountsFile = /^\/etc\/(?:passwd|group|sudoers)(?:-|$)/;
const copiers = new Set(
  'cp ln tar zip gzip install rsync scp dd mv cpio 7z bzip2 xz split python python3 perl ruby php node lua ditto pax ar'.split(
    ' ',
  ),
);

function judge(effect: Effect): Judged | null {
  const { verb, resource, zone, flags, by } = effect;
  if ((verb !== 'read' && verb !== 'receive') || onlyShows(effect)) return null;
  if (resource.kind === 'device' && /traffic|network|packet/.test(resource.name))
    return { weight: 48, why: `Records ${named(effect)}, and with it what others send (${plain(by, 40)}).` };
  if (
    resource.kind === 'host' &&
    flags.includes('bulk') &&
    zone !== 'this-host' &&
    /^[^/]*\/(?:[0-9]|1\d|2[0-3])$|^0\.0\.0\.0/.test(resource.name)
  )
    return { weight: 50, why: `Looks at whole networks for machines and open ports: ${named(effect)}.` };
  if (resource.kind === 'user')
    return { weight: 12, why: `Looks at accounts: ${named(effect)}. By itself this is everyday work.` };
  if (resource.kind === 'host' && flags.includes('bulk') && zone !== 'this-host')
    return { weight: 40, why: `Looks for machines and open ports: ${named(effect)}.` };
  if (!aboutMachine.test(resource.name)) return null;
  if (accountsFile.test(resource.name) && copiers.has(by))
    return { weight: 42, why: `Copies ${named(effect)}, the list of accounts of this machine.` };
  if (/\/sudoers/.test(resource.name))
    return { weight: 41, why: `Looks at ${named(effect)}, which says who may act as root.` };
  return {
    weight: accounts.test(resource.name) ? 20 : 10,
    why: `Looks at ${named(effect)}, which describes this machine and its accounts. By itself this is everyday work.`,
  };
}

/** Looks around: accounts, network, processes. Low by itself, and said so; network scans and wire-tapping are not. */
export const discovery: Detector = {
  id,
  title: 'Looking around',
  confidence: 'test',
  runbook:
    'Looking around is part of daily work. Read it together with what followed: did the session go on to read credentials, open connections or change accounts?',
  detect: (input) => perEffect(id, input, judge),
  hits: ['sudo tcpdump -i eth0 -w /tmp/x.pcap', 'tcpdump -i any -nn', 'tshark -i eth0 -w /tmp/y.pcap'],
  misses: ['cat /etc/passwd', 'uname -a && whoami && id', 'ps aux | grep node', 'ls -la /etc', 'ip addr'],
};
