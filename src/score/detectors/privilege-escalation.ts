import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import type { Finding } from '../../core/verdict.ts';
import { finding, heaviest, type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'privilege-escalation';

function judge(effect: Effect): Judged | null {
  const { verb, resource, zone, flags, by } = effect;
  if (onlyShows(effect)) return null;
  if (verb === 'impersonate') {
    const role = resource.name === '' ? 'another user' : plain(resource.name);
    // Rights by themselves: what is done with them is judged by what it does.
    return {
      weight: resource.kind === 'user' && !by.startsWith('mcp__') ? 35 : 45,
      why: `Acts as ${role} (${plain(by, 40)}).`,
    };
  }
  if (verb === 'execute' && flags.includes('privileged') && rootShell(effect))
    return {
      weight: 55,
      why: `Opens a shell with more rights (${plain(by, 40)}); what is done in it is not seen here.`,
      factor: 'opacity',
    };
  if (verb === 'grant') return granted(effect);
  if (verb === 'configure' && zone === 'system' && resource.kind === 'user')
    return { weight: 60, why: `Changes ${named(effect)}, which decides who may do what.` };
  if (resource.kind === 'container' && verb === 'execute' && flags.includes('privileged'))
    return { weight: 50, why: `Starts a container with the rights of the host (${plain(by, 40)}).` };
  return null;
}

/** Another owner: the heart of the system as a whole is grave, a folder of one's own is not. */
function ownerChanged(effect: Effect): Judged {
  const { zone, flags, resource } = effect;
  const heart =
    /^\/(?:etc|usr|bin|sbin|lib|lib64|boot|root|System|Library)(?:\/(?:bin|sbin|lib|local))?\/?\*?$|^\/\*?$/.test(
      resource.name,
    );
  const weight =
    zone === 'credential-store'
      ? 60
      : heart && flags.includes('recursive')
        ? 65
        : zone === 'system' && flags.includes('recursive')
          ? 38
          : 30;
  return { weight, why: `Gives ${named(effect)} another owner.` };
}

/** A shell that waits for orders. */
const rootShell = ({ resource, flags }: Effect): boolean =>
  resource.kind === 'process' && /^(?:ba|da|z|k|c|tc|fi)?sh$/.test(resource.name) && flags.includes('opaque');

function granted(effect: Effect): Judged | null {
  const { resource, zone, flags, by } = effect;
  const wide =
    flags.includes('privileged') || flags.includes('bulk') || flags.includes('forced') || flags.includes('weakens');
  const why = `Widens the rights on ${named(effect)}.`;
  if ((by === 'chmod' || by === 'setcap') && flags.includes('privileged') && resource.kind === 'file')
    return {
      weight: zone === 'system' ? 68 : 55,
      why: `Lets ${named(effect)} run with the rights of its owner, or of more than the one who starts it.`,
    };
  switch (resource.kind) {
    case 'file':
    case 'directory':
    case 'repository':
      if (by === 'chown' || by === 'chgrp') return ownerChanged(effect);
      // Making one's own script executable is no escalation.
      if (zone === 'repository' || zone === 'temp' || zone === 'workspace')
        return wide ? { weight: flags.includes('recursive') || flags.includes('weakens') ? 42 : 38, why } : null;
      return { weight: zone === 'system' || zone === 'credential-store' ? 65 : wide ? 50 : 25, why };
    case 'user':
      return { weight: 65, why: `Gives rights: changes ${named(effect)}.` };
    case 'agent-config':
    case 'agent':
      return { weight: 55, why };
    case 'database':
    case 'table':
      return { weight: zone === 'production' ? 60 : wide ? 50 : 30, why };
    case 'cloud-resource':
    case 'secret':
      return { weight: zone === 'production' ? 70 : 50, why };
    case 'mcp-tool':
      // Inviting and adding people is what such tools are for; who asked for it decides.
      return { weight: zone === 'production' || wide ? 50 : 30, why: `Widens rights through ${plain(resource.name)}.` };
    default:
      return { weight: wide ? 50 : 42, why };
  }
}

interface Sign {
  readonly programs: ReadonlySet<string>;
  readonly pattern: RegExp;
  readonly weight: number;
  readonly why: string;
}

const signs: readonly Sign[] = [
  {
    programs: new Set(['sudo', 'doas', 'pkexec']),
    pattern:
      /\b(?:sudo|doas|pkexec)\s+(?:-[EnHSkb]\s+)*(?:screen|tmux|ed|ex|vim?|nvim|view|nano|pico|emacs|irb|pry|python[23]?|perl|ruby|node|php|lua|tclsh|expect|ftp|sftp|lftp|gdb|lldb|mysql|sqlite3|mc|ranger|ncdu|zsh|fish|ksh|mutt|w3m|lynx|bc|dc|nmap\s+--interactive)\s*(?=$|[;&|\n#])/m,
    weight: 48,
    why: 'Opens a program as root that starts whatever one types into it; what is done there is not seen here.',
  },
  {
    programs: new Set(['sudo', 'doas', 'pkexec']),
    pattern:
      /\b(?:sudo|doas|pkexec)\b[^|;&\n]{0,200}\b(?:snap|apt|apt-get|dnf|yum|zypper|rpm|dpkg|npm|pacman)\b[^|;&\n]{0,200}\s--(?:dangerous|devmode|force-yes|nogpgcheck|no-gpg-checks?|allow-unauthenticated|allow-downgrades|unsafe-perm(?:=true)?|nosignature|nodigest|force-all|force-bad-verify)\b/,
    weight: 45,
    why: 'Installs as root and leaves out the check of where it comes from.',
  },
  {
    programs: new Set(['install', 'ginstall']),
    pattern:
      /\bg?install\b[^|;&\n]{0,120}\s(?:-\w*m|--mode)[\s=]*["']?(?:[ugoa]*[=+][rwxt]*s[rwxst]*|[2467][0-7]{3})\b/,
    weight: 62,
    why: 'Makes a copy of a program that runs with the rights of its owner.',
  },
];

function inCommand({ action, meaning }: DetectorInput): Finding[] {
  if (action.kind !== 'shell') return [];
  const text = action.command.slice(0, 16_384);
  const field = meaning.effects.find(({ span }) => span !== undefined)?.span?.field ?? 'command';
  return signs.flatMap(({ programs, pattern, weight, why }) => {
    if (!meaning.programs.some((program) => programs.has(program))) return [];
    const match = pattern.exec(text);
    if (match === null) return [];
    const span = { field, start: match.index, end: match.index + match[0].length };
    return [finding(id, { weight, why, factor: 'impact' }, span)];
  });
}

/** Acts as someone with more rights, or widens rights. */
export const privilegeEscalation: Detector = {
  id,
  title: 'Privilege escalation',
  runbook:
    'Was root, or the wider right, needed for the task? Take back what was granted (file modes, groups, roles, sudoers), and look at what ran with it.',
  detect: (input) => heaviest([...perEffect(id, input, judge), ...inCommand(input)]),
  hits: ['chmod -R 777 /var/www', 'sudo bash', 'sudo usermod -aG sudo mallory', 'chmod u+s /usr/bin/find'],
  misses: ['chmod +x scripts/build.sh', 'chmod 600 notes.txt', 'id -un', 'echo sudo make me a sandwich'],
};
