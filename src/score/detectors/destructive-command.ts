import type { Effect, ResourceKind } from '../../core/effect.ts';
import type { Action, Place } from '../../core/event.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';
import {
  deletedPath,
  discarded,
  gitFolder,
  isHeart,
  isMany,
  isRoot,
  keepsVersions,
  systemProgram,
} from './destructive-command.paths.ts';

const id = 'destructive-command';

function judge(effect: Effect, input: DetectorInput): Judged | null {
  if (onlyShows(effect)) return null;
  if (forks(effect))
    return { weight: 75, why: 'Starts itself again and again in the background, until the machine stands still.' };
  const weight = Math.round(weigh(effect, input));
  // Small deletions are everyday work and need no line of their own.
  if (weight < 15) return null;
  if (effect.resource.kind === 'mcp-tool' && effect.by.startsWith('mcp__'))
    return { weight, why: `Deletes something through ${plain(effect.resource.name)}.` };
  return { weight, why: `${did(effect)} ${named(effect)}${how(effect)}.` };
}

const forks = ({ verb, resource, flags }: Effect): boolean =>
  verb === 'execute' && resource.kind === 'process' && flags.includes('bulk') && flags.includes('irreversible');

function weigh(effect: Effect, { place, action }: DetectorInput): number {
  switch (effect.verb) {
    case 'delete':
      return deletion(effect, place);
    case 'write':
      return effect.resource.kind === 'branch' ? branchMoved(effect, action) : overwriting(effect);
    case 'configure':
    case 'grant':
      return change(effect, place);
    default:
      return 0;
  }
}

/**
 * A branch made to point elsewhere. Pushed by force it takes others' commits away; with a lease, which gives way when
 * someone else pushed meanwhile, only one's own; here at home the reflog still knows them.
 */
function branchMoved({ zone, flags, resource }: Effect, action: Action): number {
  const shared = zone === 'protected-branch';
  if (!flags.includes('forced')) return 0;
  const lease = action.kind === 'shell' && /--force-with-lease(?=[=\s'"]|$)/.test(action.command);
  if (!flags.includes('irreversible')) return lease ? (shared ? 38 : 32) : shared ? 62 : 42;
  if (shared) return 85;
  // No branch named: whichever is checked out, and that may be the one all work on.
  const unnamed = resource.name === '' || resource.name === 'HEAD' || flags.includes('dynamic');
  // Written with a lease as well, which force overrules.
  return lease ? 58 : unnamed ? 72 : 60;
}

/** Kinds that are named by a path. */
const pathKinds: ReadonlySet<ResourceKind> = new Set(['file', 'directory', 'agent-config', 'unknown']);

const did = ({ verb, resource, by }: Effect): string => {
  if (verb === 'configure' || verb === 'grant') return 'Changes for good';
  if (verb !== 'delete') return 'Overwrites';
  if (resource.kind === 'process' || resource.kind === 'service') return 'Stops or removes';
  return keepsVersions.has(by) && resource.kind !== 'branch' ? 'Discards changes in' : 'Deletes';
};

function how({ flags, zone, resource, by }: Effect): string {
  const words: string[] = [];
  const files = pathKinds.has(resource.kind);
  if (files && flags.includes('recursive')) words.push('with all below it');
  if (files && !keepsVersions.has(by) && flags.includes('bulk')) words.push('many at once');
  if (!files && flags.includes('irreversible')) words.push('with no way back');
  const where = zone === 'production' ? ' in production' : zone === 'protected-branch' ? ', a protected branch' : '';
  return `${where}${words.length > 0 ? `, ${words.join(', ')}` : ''}`;
}

function deletion(effect: Effect, place: Place): number {
  const { resource, zone, by } = effect;
  const weight =
    resource.kind === 'unknown' && (zone === 'unknown' || zone === 'production')
      ? deletedUnknown(effect)
      : pathKinds.has(resource.kind)
        ? deletedPath(effect, place)
        : deletedThing(effect);
  // What is moved is still there, but the system, a home and a history are used where they lie.
  if ((by === 'mv' || by === 'rename') && !effect.flags.includes('irreversible'))
    return isHeart(resource.name) || resource.name === place.home
      ? 75
      : gitFolder.test(resource.name) && zone === 'repository'
        ? 45
        : weight * (systemProgram.test(resource.name) ? 0.7 : zone === 'repository' ? 0.1 : 0.4);
  return zone === 'production' ? Math.max(88, weight) : weight;
}

/** What a program nobody knows says it takes away: by the word for it, how much, and whether a question is answered beforehand. */
function deletedUnknown({ flags }: Effect): number {
  const lost = flags.includes('irreversible');
  const asked = flags.includes('forced');
  const much = flags.includes('bulk');
  if (lost) return 44 + (asked ? 14 : 0) + (much ? 14 : 0);
  return much && asked ? 52 : much || asked ? 44 : 18;
}

/** What git throws away of its own: the work tree's changes, or what it could have brought them back from. */
const history = (flags: Effect['flags']): number =>
  flags.includes('irreversible') && flags.includes('bulk') && !flags.includes('forced')
    ? 72
    : flags.includes('irreversible') || flags.includes('forced') || flags.includes('bulk')
      ? discarded
      : 30;

/** Deleting what is not a file. */
function deletedThing(effect: Effect): number {
  const { resource, zone, flags, by } = effect;
  const much = isMany(effect);
  const lost = flags.includes('irreversible');
  const local = zone === 'repository' || zone === 'temp';
  switch (resource.kind) {
    case 'device':
      return 97;
    case 'database':
      return local ? 45 : 82;
    case 'table':
      return local ? 45 : lost || much ? 78 : 32;
    case 'cloud-resource':
      return much ? 85 : 78;
    case 'repository':
      return zone === 'other-host' ? 90 : keepsVersions.has(by) ? history(flags) : lost ? 72 : 30;
    case 'branch':
      if (zone === 'protected-branch') return 80;
      // Where others fetch it from, it may be the only copy of someone else's work.
      return lost ? 72 : flags.includes('forced') ? 50 : zone === 'other-host' ? 38 : 12;
    case 'container':
      return much || lost ? 60 : flags.includes('forced') ? 42 : 20;
    case 'user':
      return 70;
    case 'secret':
      return 72;
    case 'service':
      return much ? 60 : 40;
    case 'process':
      return zone === 'system' || (much && flags.includes('forced')) ? 40 : 10;
    case 'package':
      // A version taken back breaks whoever builds on it.
      if (zone === 'other-host') return lost ? 72 : 45;
      return zone === 'system' ? (much || lost ? 55 : 40) : much ? 42 : 12;
    default:
      return lost ? 50 : 15;
  }
}

/** Writing that takes away what was there. */
function overwriting({ resource, zone, flags }: Effect): number {
  const lost = flags.includes('irreversible');
  if (resource.kind === 'device') return 97;
  // A plan that is carried out unseen: what it replaces or takes away, nobody was shown.
  if (resource.kind === 'cloud-resource' && flags.includes('weakens') && flags.includes('forced'))
    return zone === 'production' ? 65 : 44;
  if (resource.kind === 'table' || resource.kind === 'database') return lost ? 72 : flags.includes('bulk') ? 45 : 0;
  if (resource.kind === 'repository') return lost ? 72 : 0;
  // What used the old value stops working; keepers hold a version or two.
  if (resource.kind === 'secret') return lost ? 72 : flags.includes('forced') ? (zone === 'production' ? 70 : 48) : 0;
  if (!lost) return 0;
  return zone === 'system' || zone === 'production'
    ? 80
    : zone === 'home' || zone === 'credential-store'
      ? 50
      : zone === 'temp'
        ? 5
        : 45;
}

/** Settings whose change cannot be taken back: also who owns and may read everything, which nobody wrote down before. */
function change({ zone, flags, resource, by }: Effect, { home }: Place): number {
  if (/^(?:ch(?:mod|own|grp|attr)|setfacl)$/.test(by) && flags.includes('recursive')) {
    if (isRoot(resource.name)) return 90;
    if (isHeart(resource.name)) return 75;
    return resource.name === home && !flags.includes('bulk') ? 45 : 0;
  }
  return !flags.includes('irreversible') ? 0 : zone === 'production' ? 80 : 60;
}

/** Deletes or overwrites what is hard to bring back: homes, disks, databases, cloud resources, history. */
export const destructiveCommand: Detector = {
  id,
  title: 'Destructive command',
  runbook:
    'Look at the effects: what would be deleted, and is there a copy (git, a backup, a snapshot)? Ask the person whether they wanted it. If it ran, stop the session, keep the machine as it is and restore from the newest copy.',
  detect: (input) => perEffect(id, input, judge),
  hits: [
    'rm -rf ~',
    'sudo rm -rf --no-preserve-root /',
    'dd if=/dev/zero of=/dev/sda bs=1M',
    'mkfs.ext4 /dev/nvme0n1',
    'psql -c "DROP TABLE customers"',
    'git push --force origin main',
    'git reset --hard HEAD~3',
    'bash -c "cd / && rm -rf etc"',
  ],
  misses: [
    'rm -rf node_modules dist',
    'rm notes.txt',
    'git status && git diff',
    'git branch -d merged-work',
    'rm -rf /tmp/build-1234',
    'echo "rm -rf /"',
    'kill 4242',
    'git push origin feature/x',
  ],
};
