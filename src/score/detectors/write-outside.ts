import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { type Judged, named, onlyShows, perEffect } from '../findings.ts';

const id = 'write-outside';

/** Copying and unpacking say themselves where to; a folder elsewhere is what they are for. */
const movers = new Set([
  'cp',
  'mv',
  'rsync',
  'scp',
  'ln',
  'install',
  'mkdir',
  'tar',
  'unzip',
  'gzip',
  'gunzip',
  'git',
  'rclone',
  'find',
  'ditto',
  '7z',
  'zip',
  'bzip2',
  'bunzip2',
  'xz',
  'unxz',
  'zstd',
  'rename',
  'split',
  'ffmpeg',
  'convert',
]);

/** Mounts and data folders that projects work on. */
const dataPlaces =
  /^\/(?:mnt|media|srv|data|Volumes|workspace|workspaces|app|build|code|src|repo|github|opt\/hostedtoolcache|dev\/(?:null|std\w+|fd|tty|shm))(?:\/|$)/;
const homes = /^\/(?:home|Users|root|export\/home)(?:\/|$)/;

/** `host:/etc/x`: the same on another machine. */
const remoteSystem =
  /^(?![^:]*localhost:)[^/\s]+:\/(?:$|\*$|(?:etc|usr|bin|sbin|lib|lib64|boot|root|var\/(?:lib|spool|log)|opt|System|Library)(?:\/|$))/;

function judge(effect: Effect, { meaning }: DetectorInput): Judged | null {
  const { verb, resource, zone, flags, by } = effect;
  // A redirection into a folder writes nothing.
  if (verb === 'write' && resource.kind === 'directory' && by !== 'mkdir' && by !== 'sh' && heart.test(resource.name))
    return { weight: 45, why: `Unpacks or copies into ${named(effect)}, over parts of the system.`, factor: 'asset' };
  if (verb !== 'write' || resource.kind !== 'file' || onlyShows(effect)) return null;
  const { name } = resource;
  if (zone === 'other-host' && remoteSystem.test(name))
    return { weight: 45, why: `Writes ${named(effect)}, a part of the system of another machine.`, factor: 'asset' };
  if (!name.startsWith('/') || /[<>|*${}]/.test(name) || dataPlaces.test(name) || flags.includes('dynamic'))
    return null;
  if (zone === 'system') {
    // Writing it lasts or lets in: another detector weighs that.
    if (meaning.effects.some((other) => other !== effect && other.resource.name === name && lasting.has(other.verb)))
      return null;
    if (
      installed.test(name) &&
      (movers.has(by) || !meaning.effects.some(({ verb, zone: from }) => verb === 'receive' && from === 'other-host'))
    )
      return {
        weight: 6,
        why: `Writes ${named(effect)}, where this machine's own programs and their settings lie.`,
        factor: 'asset',
      };
    if (homes.test(name))
      return movers.has(by)
        ? null
        : { weight: 36, why: `Writes ${named(effect)}, in the home of someone else.`, factor: 'asset' };
    return { weight: 42, why: `Writes ${named(effect)}, a part of the system.`, factor: 'asset' };
  }
  // What a line makes and takes away itself is scratch.
  if (
    zone !== 'unknown' ||
    movers.has(by) ||
    /\/logs?(?:\/|$)|[./-]log$|\/log-?file$/i.test(name) ||
    takenAway(name, meaning.effects)
  )
    return null;
  return {
    weight: 40,
    why: `Writes ${named(effect)}, outside the repository, the workspace and the home.`,
    factor: 'asset',
  };
}

/** Where the system's own programs and settings lie side by side. */
const heart = /^\/(?:|etc|usr|(?:usr\/)?s?bin|(?:usr\/)?lib(?:32|64)?|boot|root)$/;

const lasting: ReadonlySet<string> = new Set(['configure', 'grant']);

/** What one installs and sets up oneself: programs below /usr/local and /opt, settings of servers, keys of package sources. */
const installed =
  /^\/(?:usr\/local\/(?!(?:s?bin|lib)\/(?:sudo|su|login|sshd|ssh|ls|ps|cat|bash|sh|git|node|python3?|npm|docker|kubectl)$)|opt\/|var\/(?:log\/(?!audit|auth|secure|syslog|messages|wtmp|btmp|lastlog|kern|cron|sudo)|lib\/(?:nginx|docker|postgresql|mysql|redis))\/|usr\/share\/(?:keyrings|fonts|applications|nginx)\/|etc\/(?:nginx|apache2|httpd|php|mysql|postgresql|redis|docker|caddy|haproxy|traefik|supervisor|fail2ban|letsencrypt|logrotate\.d|timezone|localtime|locale[\w.]*|hostname|default\/locale|apt\/keyrings|mongod?\.conf|rabbitmq|elasticsearch|grafana|prometheus|nix|fonts|X11)(?:\/|$))/;

const takenAway = (name: string, effects: readonly Effect[]): boolean =>
  effects.some(({ verb, resource }) => verb === 'delete' && resource.name === name);

/** Changes files that belong to the machine or to nobody in this session. */
export const writeOutside: Detector = {
  id,
  title: 'Writes outside the work',
  confidence: 'test',
  runbook:
    'Which program or person reads that file? Compare it with a copy or with the package it came from, and put it back unless the task was about it.',
  detect: (input) => perEffect(id, input, judge),
  hits: [
    'scp motd root@server.example:/etc/motd',
    'echo x | sudo tee /etc/motd',
    'curl -s https://x.example/a > /usr/local/bin/a',
    { tool: 'Write', input: { file_path: '/etc/motd', content: 'hi' } },
  ],
  misses: [
    'scp notes.txt dev@server.example:notes.txt',
    'echo x > /tmp/y',
    'echo x > notes.txt',
    'npm test > /dev/null',
    'echo x > /mnt/data/y',
    { tool: 'Write', input: { file_path: '/home/dev/project/etc/motd', content: 'hi' } },
  ],
};
