import type { Detector, DetectorInput } from '../../core/ports.ts';
import type { Finding } from '../../core/verdict.ts';
import { finding, heaviest } from '../findings.ts';

const id = 'exhaustion';

interface Sign {
  /** One of these programs must really run; null: any. */
  readonly programs: ReadonlySet<string> | null;
  readonly pattern: RegExp;
  readonly weight: number;
  readonly why: string;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** What the machine stands on: without it, nobody signs in or nothing starts any more. */
const pillars =
  'sshd|systemd(?:-\\w+)?|dbus-daemon|NetworkManager|networkd|init|launchd|loginwindow|WindowServer|containerd|dockerd|kubelet|crond|cron|lsass|csrss|winlogon|explorer';

const signs: readonly Sign[] = [
  {
    programs: words('python python2 python3 perl ruby node php lua'),
    pattern:
      /\bfork\s+while\s+fork\b|\bwhile\b[^;\n]{0,40}[:({;\s]\s*(?:os\.)?fork\s*\(?\)?|\bfork\b[^\n]{0,20}\bwhile\s+(?:1|true)|\bloop\s*(?:do|\{)\s*fork\b|process_iter\s*\([^)]*\)[\s\S]{0,200}\.(?:kill|terminate)\s*\(|os\.kill\(\s*-1\b/,
    weight: 60,
    why: 'Starts itself again and again, or ends every program there is.',
  },
  {
    programs: words('kill pkill killall xargs skill'),
    pattern: new RegExp(
      `\\b(?:pkill|killall)\\s+(?:-\\S+\\s+)*["']?(?:${pillars})["']?(?=[\\s;|&)]|$)|\\bkill\\b[^|;\\n]{0,60}(?:\\$\\(|\`)\\s*(?:pgrep|pidof)\\s+(?:-\\S+\\s+)*["']?(?:${pillars})["']?\\s*[)\`]`,
    ),
    weight: 46,
    why: 'Ends a program that the machine stands on: nobody signs in, or nothing starts any more.',
  },
  {
    programs: words('kill xargs skill'),
    pattern:
      /\bkill\b[^|;\n]{0,40}(?:\$\(|`)\s*ps\b(?![^)`]*(?:grep|pgrep|\/\w|-C\s|-p\s|\$\d+\s*[~=]))[^)`]*[)`]|\bps\b(?![^;\n]*(?:grep|-C\s|--ppid|-p\s|\/\w|\$\d+\s*[~=]))[^;\n]{0,120}\|\s*xargs\s[^|;\n]{0,40}\bkill\b|\bkill\s+-\w+\s+-1\b/,
    weight: 48,
    why: 'Ends programs without choosing which.',
  },
  {
    programs: words('hping3 hping t50 slowloris goldeneye hulk mhddos siege ab wrk hey bombardier ddosify'),
    pattern:
      /\bhping3?\b[^|;&\n]*--(?:flood|faster|rand-source)|\b(?:t50|slowloris\S*|goldeneye\S*|hulk\S*|mhddos\S*)\s+\S|\bab\b[^|;&\n]*-[nc]\s*\d{6,}/,
    weight: 62,
    why: 'Floods a host with requests until it gives up.',
  },
  {
    programs: words('stress stress-ng dd yes cat fallocate'),
    pattern:
      /\bstress(?:-ng)?\b(?=[^|;&\n]*(?:--?(?:timeout|t)[\s=]0\b|--(?:all|aggressive)))|\bstress-ng\b(?=[^|;&\n]*--cpu\s+0)(?=[^|;&\n]*--vm)|\bwhile\s*(?::|true|\(\s*1\s*\)|\[\s*1\s*\])\s*;?\s*do\b(?![\s\S]{0,200}\b(?:sleep|break|exit)\b)[\s\S]{0,120}\b(?:dd\s+if=\/dev\/(?:zero|u?random)|cat\s+\/dev\/(?:zero|u?random)\s*>|fallocate)|(?:\byes\b[^|;&\n]{0,40}&\s*){3,}|\b(?:dd|cat)\b(?![^|;&\n]*\b(?:count|head)\b)[^|;&\n]*\/dev\/(?:zero|u?random)[^|;&\n]*(?:of=|>\s*)["']?\/(?:[\w.-]+|(?:var|etc|home|root|usr)\/[^\s;|&]*)(?=[\s;|&"']|$)|\bfallocate\s+-l\s*\d+(?:T|\d{2}G)B?\b/,
    weight: 46,
    why: 'Fills the disk or keeps every processor busy, without an end.',
  },
];

function inCommand({ action, meaning }: DetectorInput): Finding[] {
  if (action.kind !== 'shell') return [];
  const text = action.command.slice(0, 16_384);
  const field = meaning.effects.find(({ span }) => span !== undefined)?.span?.field ?? 'command';
  return signs.flatMap(({ programs, pattern, weight, why }) => {
    if (programs !== null && !meaning.programs.some((program) => programs.has(program))) return [];
    const match = pattern.exec(text);
    if (match === null) return [];
    const span = { field, start: match.index, end: match.index + match[0].length };
    return [finding(id, { weight, why, factor: 'impact' }, span)];
  });
}

/** Takes the machine or another host out of service: endless copies of itself, full disks, floods, the programs all stands on. */
export const exhaustion: Detector = {
  id,
  title: 'Takes a machine out of service',
  confidence: 'test',
  runbook:
    'Stop the session first, then end what it started (look for children of the agent). Full disk: find the newest large files. If it was aimed at another host, tell its owner.',
  detect: (input) => heaviest(inCommand(input)),
  hits: [
    "perl -e 'fork while fork'",
    'killall sshd',
    "kill -9 $(ps aux | awk '{print $2}')",
    'while true; do cat /dev/zero > /tmp/fill; done',
    'hping3 -S --flood -p 80 198.51.100.9',
  ],
  misses: [
    'kill $(pgrep -f vite)',
    "ps aux | grep vite | awk '{print $2}' | xargs kill -9",
    'dd if=/dev/zero of=disk.img bs=1M count=10',
    'while true; do curl -s localhost:3000 && break; sleep 1; done',
    'pkill -f "node server.js"',
    'ab -n 1000 -c 10 http://localhost:3000/',
  ],
};
