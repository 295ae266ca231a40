import type { Effect, ResourceKind } from '../../core/effect.ts';
import type { Action, Place } from '../../core/event.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'destructive-command';

/** Folders that a build or an install makes again. */
const rebuildable =
  /(?:^|\/)(?:node_modules|dist|build|out|target|coverage|\.next|\.nuxt|\.turbo|\.cache|\.parcel-cache|\.vite|\.output|\.svelte-kit|\.pytest_cache|\.mypy_cache|\.ruff_cache|__pycache__|\.venv|venv|\.tox|\.gradle|\.terraform|vendor|tmp|temp|logs?|test-results|playwright-report|bin|obj|DerivedData|Pods|\.svn|CVS|\.DS_Store|Thumbs\.db|desktop\.ini|\.coverage|\.eslintcache|[^/]*~|\._[^/]*|[^/]*\.egg-info|\.eggs|[^/]*\.(?:tmp|log|bak|orig|rej|pyc|o|class|swp|out|test|prof|pid|sock))(?:\/|$)/;

/** Caches below a home that their programs fill again. */
const homeCache =
  /\/(?:\.cache|\.npm|\.gradle\/caches|\.pnpm-store|\.yarn\/cache|\.cargo\/registry|go\/pkg|Library\/Caches|\.Trash|\.local\/share\/Trash)(?:\/|$)/;

/** What package managers fetched and fetch again; every image build clears it. */
const systemCache =
  /^\/var\/(?:lib\/apt\/lists|cache\/(?:apt|apk|yum|dnf|zypp|pacman|man|fontconfig|ldconfig|debconf|pip|npm))(?:\/|$)/;

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

/** Programs that keep versions: what they throw away is what no version holds. */
const keepsVersions: ReadonlySet<string> = new Set('git hub yadm hg chg sl jj svn bzr fossil darcs p4'.split(' '));

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

const isMany = ({ flags }: Effect): boolean => flags.includes('recursive') || flags.includes('bulk');

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
        : weight * 0.4;
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

/** Work that was never committed, or one stash: a person does that on purpose every week, and it is gone. */
const discarded = 62;

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

/** The parts of `.git` that history lives in. */
const gitFolder = /(?:^|\/)\.git(?:\/(?:objects|refs|HEAD|index|logs|packed-refs|config|\*)(?:\/|$)|\/?$)/;

function deletedPath(effect: Effect, place: Place): number {
  const { resource, zone, flags, by } = effect;
  const much = isMany(effect);
  // `src/**/*` is all below `src`.
  const name = resource.name.replace(/\/\*\*\/\*$/, '/*');
  if (isRoot(name)) return much && !isChosen(effect) ? 98 : 82;
  if (name !== '' && name === place.home) return isChosen(effect) ? 75 : much ? 97 : 60;
  // Git throws away what was never committed, so git cannot bring it back.
  if (keepsVersions.has(by) && zone !== 'temp')
    return flags.includes('forced') || flags.includes('irreversible') ? discarded : 15;
  const weight = much ? manyByZone(effect, name, place) : oneByZone(effect);
  // A variable that turns out empty makes `rm -rf "$DIR/x"` something else.
  return flags.includes('dynamic') && flags.includes('recursive') && zone !== 'temp'
    ? Math.max(weight, flags.includes('forced') ? 55 : 45)
    : weight;
}

/** Many, but picked by some test (`find -name … -delete`), so not all of it. */
const isChosen = ({ flags }: Effect): boolean => flags.includes('bulk') && !flags.includes('forced');

/** Folders without which the machine does not start or let anyone in. */
const isHeart = (name: string): boolean =>
  /^\/(?:(?:etc|usr|bin|sbin|lib|lib32|lib64|boot|root|var|home|System|Library|Users|dev|proc|sys)?(?:\/\*)?|usr\/(?:bin|sbin|lib|lib64)(?:\/\*)?)$/.test(
    name,
  );

const isRoot = (name: string): boolean => /^\/(?:\*|\.\*)?$/.test(name);

function manyByZone(effect: Effect, name: string, place: Place): number {
  const { zone, flags } = effect;
  const root = place.root ?? place.cwd;
  const recursive = flags.includes('recursive');
  const depth = (from: string): number =>
    name
      .slice(from.length)
      .split('/')
      .filter((part) => part !== '' && part !== '*').length;
  switch (zone) {
    case 'repository':
      if (name === root || name === '.' || name === `${root}/*` || name === `${root}/.*`)
        return recursive && name.endsWith('*') ? 85 : isChosen(effect) ? 45 : recursive ? 85 : 60;
      if (gitFolder.test(name)) return 85;
      return rebuildable.test(name.slice(root.length)) ? 8 : recursive ? 45 : 25;
    case 'temp':
      // Emptied one by one: other programs keep their sockets and half-done work there.
      return depth('') > 1
        ? 8
        : recursive && flags.includes('bulk') && !isChosen(effect) && !name.endsWith('*')
          ? 42
          : 38;
    case 'workspace':
      return rebuildable.test(name) ? 12 : recursive ? 65 : 40;
    case 'home':
      if (name === `${place.home}/*` || name === `${place.home}/.*`) return 97;
      return homeCache.test(name) ? 25 : isChosen(effect) || depth(place.home) > 2 ? 60 : 80;
    case 'credential-store':
      return 88;
    case 'system':
      return systemCache.test(name) ? 12 : depth('') <= 1 ? 98 : isChosen(effect) ? (recursive ? 75 : 65) : 88;
    case 'production':
      return 90;
    case 'other-host':
      return 78;
    default:
      return recursive ? 50 : 35;
  }
}

function oneByZone({ zone, by, resource }: Effect): number {
  const { name } = resource;
  // Overwritten before it goes, so that no tool brings it back.
  const shredded = /^(?:shred|wipe|srm)$/.test(by) && zone !== 'temp' && !rebuildable.test(name);
  return Math.max(shredded ? 45 : 0, lone(zone, resource));
}

function lone(zone: Effect['zone'], { kind, name }: Effect['resource']): number {
  switch (zone) {
    case 'repository':
      return gitFolder.test(name) ? 60 : 10;
    case 'temp':
      return 5;
    case 'workspace':
      return 20;
    case 'home':
      return 35;
    case 'credential-store':
      // Without its passwords a system lets nobody in.
      return name.startsWith('/etc/') ? 82 : /(?:^|\/)\.env[^/]*$/.test(name) ? 40 : 60;
    case 'system':
      return 70;
    case 'other-host':
      // A thing deleted through an interface has no waste bin on this side.
      return kind === 'unknown' ? 72 : 50;
    default:
      return 18;
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
  if (/^ch(?:mod|own|grp|attr)$/.test(by) && flags.includes('recursive')) {
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
