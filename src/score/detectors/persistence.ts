import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { type Judged, named, onlyShows, perEffect } from '../findings.ts';

const id = 'persistence';

const remoteEntry = /authorized_keys2?$|\.rhosts$|hosts\.equiv$|sshd_config$/;
const preload = /^\/etc\/(?:ld\.so\.preload|ld\.so\.conf|pam\.d\/|passwd$|shadow$|sudoers)/;

function judge(effect: Effect, input: DetectorInput): Judged | null {
  const { verb, resource, zone, flags } = effect;
  if (onlyShows(effect) || (verb !== 'configure' && verb !== 'grant' && verb !== 'install')) return null;
  const { kind, name } = resource;
  if (remoteEntry.test(name)) return { weight: 75, why: `Opens a way in from outside: changes ${named(effect)}.` };
  if (preload.test(name)) return { weight: 75, why: `Changes ${named(effect)}, which every program or sign-in obeys.` };
  if (verb !== 'configure') return null;
  switch (kind) {
    case 'service':
      return {
        weight: zone === 'repository' ? 15 : 52,
        why: `Makes something run by itself later: sets up ${named(effect)}.`,
      };
    case 'environment':
      // Variables of one command leave nothing behind; start-up files do.
      return name.startsWith('/') || name.startsWith('~')
        ? {
            weight: zone === 'repository' || namesOnly(effect, input) ? 25 : 50,
            why: `Changes ${named(effect)}, which runs at every start of a shell or program.`,
          }
        : null;
    case 'repository':
      if (hook.test(name) && readable(effect, input))
        return { weight: 30, why: `Changes ${named(effect)}, which runs at later commits; what it says is harmless.` };
      return hook.test(name) ? { weight: 48, why: `Changes ${named(effect)}, which runs at later commits.` } : null;
    case 'package':
      // Scripts of a manifest run at the next install, on every machine that installs it.
      return flags.includes('later-execution') && manifest.test(name)
        ? { weight: 28, why: `Changes what runs when packages are installed (${named(effect)}).` }
        : null;
    case 'host':
      return zone === 'system'
        ? { weight: 50, why: `Changes how hosts are found or trusted (${named(effect)}).` }
        : null;
    default:
      return null;
  }
}

/** What was added to a start-up file only sets names and search paths. */
const namesOnly = ({ flags }: Effect, { action }: DetectorInput): boolean =>
  (action.kind === 'file-write' || action.kind === 'file-edit') && !flags.includes('later-execution');

/** A hook in the project's own repository whose whole text was seen, and read without a grave effect. */
function readable(effect: Effect, input: DetectorInput): boolean {
  const { action, meaning } = input;
  const {
    resource: { name },
    zone,
  } = effect;
  if (action.kind !== 'file-write' && action.kind !== 'file-edit') return false;
  const config = /config$/.test(name) && namesOnly(effect, input);
  if (
    (!config && !/\/\.git\/hooks\//.test(name)) ||
    (zone !== 'repository' && zone !== 'workspace' && !config) ||
    meaning.opaque.length > 0
  )
    return false;
  return meaning.effects.every(
    ({ verb, flags }) => verb === 'write' || (verb === 'configure' && !flags.includes('weakens')) || flags.length === 0,
  );
}

const manifest =
  /(?:^|\/)(?:package\.json|composer\.json|setup\.py|setup\.cfg|pyproject\.toml|build\.rs|Gemfile|binding\.gyp|[^/]+\.gemspec|\.npmrc|\.yarnrc(?:\.yml)?)$/;
const hook = /\/\.git\/(?:hooks\/|config$)|\.gitconfig$/;

/** Something stays behind that runs or lets in later: start-up files, timers, services, git hooks, keys. */
export const persistence: Detector = {
  id,
  title: 'Persistence',
  runbook:
    'Read what was left behind and remove it unless the person asked for it. Check when it last ran, and look for siblings: crontab -l, systemctl --user list-timers, .git/hooks, ~/.ssh/authorized_keys, shell start-up files.',
  detect: (input) => perEffect(id, input, judge),
  hits: [
    'echo "alias ls=rm" >> ~/.bashrc',
    '(crontab -l; echo "* * * * * /tmp/x") | crontab -',
    'cat key.pub >> ~/.ssh/authorized_keys',
    'sudo systemctl enable --now backdoor.service',
    'cp /tmp/hook .git/hooks/post-checkout',
    { tool: 'Write', input: { file_path: '/home/dev/other/.git/config', content: '[core]\n\tfsmonitor = /tmp/x\n' } },
    { tool: 'Write', input: { file_path: '/home/dev/.config/autostart/x.desktop', content: '' } },
  ],
  misses: [
    {
      tool: 'Write',
      input: { file_path: '/home/dev/project/.git/hooks/pre-commit', content: '#!/bin/sh\nnpm run lint\n' },
    },
    'cat ~/.bashrc',
    'crontab -l',
    'export NODE_ENV=test',
    'git config user.name',
    { tool: 'Write', input: { file_path: '/home/dev/project/scripts/cron.ts', content: '' } },
    { tool: 'Read', input: { file_path: '/home/dev/project/.git/hooks/pre-commit' } },
  ],
};
