import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import type { Finding } from '../../core/verdict.ts';
import { finding, heaviest, isTrack, type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'defence-impairment';

/** Services and programs that guard a machine or record what happens on it. */
const watchers =
  /^(?:auditd|r?syslogd?(?:-ng)?|syslog-ng|systemd-journald(?:\.socket)?|journald|firewalld|firewall|ufw|nftables|ip6?tables|pf|apparmor|selinux|setenforce|auditctl|fail2ban|sshguard|crowdsec|falcon-sensor|falcond|crowdstrike|osqueryd?|wazuh-agent|ossec|clamav[\w-]*|clamd|freshclam|sysmon|cbdaemon|cbagentd|mdatp|wdavdaemon|eset[\w-]*|esets?|sophos[\w-]*|sav-protect|ds_agent|xagt|td-agent|fluent-?bit|filebeat|auditbeat|packetbeat|santad?|littlesnitch|little snitch|blockblock|lulu|cbdefense|cbosxsensorservice|nessusd|sentineld|sentinelone|com\.(?:crowdstrike|apple\.(?:syslogd|alf|auditd)|vmware\.carbonblack|opendns)[\w.]*)(?:\.(?:service|plist|socket))?$/i;
/** A name in a longer path or unit: `/Library/LaunchDaemons/com.apple.syslogd.plist`. */
const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const history = /history|_hst$|_hist$|^HIST/i;

/** Files that decide what is recorded or kept out. */
const guardFiles =
  /^\/etc\/(?:audit\/|audisp\/|rsyslog|syslog|selinux\/|apparmor|ufw\/|iptables|nftables|firewalld|pf\.conf|security\/audit|hosts\.(?:allow|deny)|logrotate)|^\/etc\/default\/ufw$|^\/Library\/Preferences\/com\.apple\.alf|\.clamd?\.conf$/;

function judge(effect: Effect): Judged | null {
  const { verb, resource, flags } = effect;
  if (onlyShows(effect)) return null;
  const name = last(resource.name);
  if (
    (resource.kind === 'service' || resource.kind === 'process' || resource.kind === 'package') &&
    watchers.test(name)
  ) {
    if (verb === 'delete')
      return { weight: 70, why: `Switches off ${named(effect)}, which guards or records this machine.` };
    if (verb === 'configure' && (flags.includes('hidden') || flags.includes('weakens')))
      return { weight: 62, why: `Weakens ${named(effect)}, which guards or records this machine.` };
  }
  if (verb === 'execute') return null;
  if (flags.includes('hidden') && isTrack(effect)) return hiding(effect);
  if ((verb === 'write' || verb === 'delete') && guardFiles.test(resource.name))
    return {
      weight: verb === 'delete' ? 72 : 55,
      why: `${verb === 'delete' ? 'Deletes' : 'Changes'} ${named(effect)}, which decides what this machine records and lets through.`,
    };
  if (flags.includes('weakens') && verb === 'configure' && resource.kind !== 'agent-config') return weakened(effect);
  return null;
}

/** Traces: shell histories, logs, login records. */
function hiding(effect: Effect): Judged | null {
  const { verb, resource, zone } = effect;
  if (verb !== 'delete' && verb !== 'write' && verb !== 'configure' && verb !== 'grant') return null;
  const of = history.test(last(resource.name)) ? 'the history of commands' : 'a record of what happened';
  const thing = resource.name === '' ? of : `${of} (${plain(resource.name, 80)})`;
  if (verb === 'delete') return { weight: 70, why: `Deletes ${thing}.` };
  if (resource.kind === 'environment')
    return { weight: 50, why: `Keeps commands out of the history (${plain(resource.name, 40)}).` };
  return { weight: zone === 'system' ? 62 : 55, why: `Changes ${thing}.` };
}

function weakened(effect: Effect): Judged | null {
  const { resource, zone } = effect;
  if (resource.kind === 'host')
    return { weight: 25, why: `Takes the check of certificates away for ${named(effect)}.` };
  if (zone === 'repository' || zone === 'temp') {
    // Pipelines and infrastructure act for everyone, with the project's own rights.
    const shared = resource.kind === 'repository' || resource.kind === 'cloud-resource';
    // Whoever switches a check of certificates, signatures or sign-ins off in the code does so for all who run it.
    const firm = resource.kind === 'file' && effect.flags.includes('forced');
    return { weight: shared || firm ? 42 : 30, why: `Takes a check or a limit away: ${named(effect)}.` };
  }
  return { weight: 48, why: `Takes a check or a limit away: ${named(effect)}.` };
}

interface Sign {
  /** One of these programs must really run; null: any. */
  readonly programs: ReadonlySet<string> | null;
  readonly pattern: RegExp;
  readonly weight: number;
  readonly why: string;
}

const guardOff = "Switches off a guard of the machine (firewall, audit, the system's own protection).";

/** What no effect tells yet. */
const signs: readonly Sign[] = [
  {
    programs: new Set([
      'setenforce',
      'ufw',
      'auditctl',
      'iptables',
      'ip6tables',
      'nft',
      'pfctl',
      'csrutil',
      'spctl',
      'sudo',
      'sysctl',
      'defaults',
      'socketfilterfw',
      'mdatp',
      'falconctl',
      'launchctl',
      'kill',
      'pkill',
      'killall',
    ]),
    pattern:
      /\bsetenforce\s+(?:0|permissive)\b|\bufw\s+(?:disable|--force\s+reset|reset|logging\s+off)|\bauditctl\s+(?:-e\s*0|-D)\b|\bip6?tables\s+(?:-\w\s+\w+\s+)*(?:-F|--flush|-P\s+(?:INPUT|FORWARD|OUTPUT)\s+ACCEPT)|\bnft\s+flush\s+ruleset|\bpfctl\s+-d\b|\bcsrutil\s+disable|\bspctl\s+--(?:master|global)-disable|\bsysctl\b[^|;&\n]{0,120}kernel\.randomize_va_space=0|\bsocketfilterfw\b[^|;&\n]{0,120}--setglobalstate\s+off|\bglobalstate\s+-int\s+0|\bmdatp\s+config\s+real-time-protection\s+--value\s+disabled|\bfalconctl\s+(?:unload|uninstall)/,
    weight: 65,
    why: guardOff,
  },
  {
    programs: null,
    pattern:
      /\bhistory\s+-[cw]\b|\bunset\s+HIST\w+|\b(?:HISTFILE|LESSHISTFILE|MYSQL_HISTFILE)=(?:["']?\/dev\/null["']?)?(?=[\s;]|$)|\bHIST(?:FILE)?SIZE=0\b|\bHISTCONTROL=["']?ignore|\bHISTIGNORE=|\bset\s+\+o\s+history\b|\bshopt\s+-\w\s+-?\w*\s*histappend/,
    weight: 50,
    why: 'Keeps commands out of the history.',
  },
  {
    programs: new Set(['touch', 'SetFile']),
    pattern: /\btouch\b[^|;&\n]{0,200}\s-\w*(?:[acm]?t\s*\d{8,12}|d\s*["']?(?:19[7-9]\d|200\d))|\bSetFile\s+-[dm]\b/,
    weight: 30,
    why: 'Gives a file an old date, which hides when it came.',
  },
];

/** Names and places chosen so that nobody looks twice, marks of origin taken off, processes that stop watching. */
const disguises: readonly Sign[] = [
  {
    programs: null,
    pattern:
      /\bexec\s+-a\s+["']?\[?(?:kworker|kthreadd|ksoftirqd|migration|rcu_\w+|systemd|sshd|\w+d)\b|\b(?:cp|mv|ln|install)\s[^|;&\n]{0,200}\/["']?\[[\w/:-]+\]["']?(?=\s|$|;)|\b(?:mkdir|cp|mv|touch|install)\s[^|;&\n]{0,200}(?:\/|\s)["']?\.{3,}["']?(?=[\s/;]|$)|\bmkdir\s[^|;&\n]{0,100}["'][^"'\n]*\.{1,2}\s["']|\b(?:cp|mv)\s[^|;&\n]{0,200}\s["']?\/dev\/shm\/\.\w/,
    weight: 52,
    why: 'Gives a program or a folder a name under which nobody looks for it.',
  },
  {
    programs: new Set(['xattr']),
    pattern: /\bxattr\s+(?:-\w*[dr]\w*\s+com\.apple\.quarantine|-\w*c)\b/,
    weight: 46,
    why: 'Takes the mark off a download that says where it came from, so that the system no longer asks.',
  },
  {
    programs: new Set(['dmesg']),
    pattern: /\bdmesg\s+(?:-\w*[cC]|--clear|--read-clear)\b/,
    weight: 48,
    why: 'Empties the log of the kernel.',
  },
  {
    programs: null,
    pattern: /\bsqlite3\b[^|;&\n]{0,200}TCC\.db[^|;&\n]{0,60}\b(?:insert|update|replace|delete)\b/i,
    weight: 68,
    why: 'Grants itself access that macOS asks the person for.',
  },
  {
    programs: new Set(['kill', 'pkill', 'killall', 'systemctl']),
    pattern:
      /\bkill\b[^|;\n]{0,60}(?:\$\(|`)\s*(?:pgrep|pidof)\s+(?:-\S+\s+)*["']?(?:auditd|r?syslogd|osqueryd|falcon\S*|wazuh\S*|clamd|fail2ban\S*|journald|filebeat|auditbeat)\b/,
    weight: 65,
    why: 'Stops a program that guards or records this machine.',
  },
];

function inCommand({ action, meaning }: DetectorInput): Finding[] {
  if (action.kind !== 'shell') return [];
  const { command } = action;
  const field = meaning.effects.find(({ span }) => span !== undefined)?.span?.field ?? 'command';
  return [...signs, ...disguises].flatMap(({ programs, pattern, weight, why }) => {
    if (programs !== null && !meaning.programs.some((each) => programs.has(each))) return [];
    const match = pattern.exec(command.length > 65_536 ? command.slice(0, 65_536) : command);
    if (match === null) return [];
    return [finding(id, { weight, why }, { field, start: match.index, end: match.index + match[0].length })];
  });
}

/** Switches off, blinds or wipes what guards and records the machine: audit, logs, shell history, firewall, malware scanners. */
export const defenceImpairment: Detector = {
  id,
  title: 'Defence impairment',
  runbook:
    'Put the guard back on and see since when it was away. Look at what ran in between, from another record (the receipts here, a central log, the provider). Honest work seldom deletes logs or histories.',
  detect: (input) => heaviest([...perEffect(id, input, judge), ...inCommand(input)]),
  hits: [
    'sudo systemctl stop auditd',
    'history -c && rm ~/.bash_history',
    'sudo ufw disable',
    'setenforce 0',
    'sudo rm -f /var/log/auth.log',
    'export HISTFILE=/dev/null',
    'ln -sf /dev/null ~/.bash_history',
  ],
  misses: [
    'systemctl status auditd',
    'history | tail -5',
    'tail -f /var/log/nginx/access.log',
    'sudo ufw status',
    'rm -f logs/app.log',
    'grep -rn "setenforce 0" docs',
  ],
};
