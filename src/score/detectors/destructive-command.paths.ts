import type { Effect } from '../../core/effect.ts';
import type { Place } from '../../core/event.ts';

/** Programs that keep versions: what they throw away is what no version holds. */
export const keepsVersions: ReadonlySet<string> = new Set(
  'git hub yadm hg chg sl jj svn bzr fossil darcs p4'.split(' '),
);

export const isMany = ({ flags }: Effect): boolean => flags.includes('recursive') || flags.includes('bulk');

/** Work that was never committed, or one stash: a person does that on purpose every week, and it is gone. */
export const discarded = 62;

/** Folders that a build or an install makes again. */
const rebuildable =
  /(?:^|\/)(?:node_modules|dist|build|out|target|coverage|\.next|\.nuxt|\.turbo|\.cache|\.parcel-cache|\.vite|\.output|\.svelte-kit|\.pytest_cache|\.mypy_cache|\.ruff_cache|__pycache__|\.venv|venv|\.tox|\.gradle|\.terraform|vendor|tmp|temp|logs?|test-results|playwright-report|bin|obj|DerivedData|Pods|\.svn|CVS|\.DS_Store|Thumbs\.db|desktop\.ini|\.coverage|\.eslintcache|[^/]*~|\._[^/]*|[^/]*\.egg-info|\.eggs|[^/]*\.(?:tmp|log|bak|orig|rej|pyc|o|class|swp|out|test|prof|pid|sock))(?:\/|$)/;

/** Caches below a home that their programs fill again. */
const homeCache =
  /\/(?:\.cache|\.npm|\.gradle\/caches|\.pnpm-store|\.yarn\/cache|\.cargo\/registry|go\/pkg|Library\/Caches|\.Trash|\.local\/share\/Trash)(?:\/|$)/;

/** What package managers fetched and fetch again; every image build clears it. */
const systemCache =
  /^\/var\/(?:lib\/apt\/lists|cache\/(?:apt|apk|yum|dnf|zypp|pacman|man|fontconfig|ldconfig|debconf|pip|npm))(?:\/|$)/;

/** The parts of `.git` that history lives in. */
export const gitFolder = /(?:^|\/)\.git(?:\/(?:objects|refs|HEAD|index|logs|packed-refs|config|\*)(?:\/|$)|\/?$)/;

/** How grave it is that a file or folder is deleted, 0–100. */
export function deletedPath(effect: Effect, place: Place): number {
  const { resource, zone, flags, by } = effect;
  const much = isMany(effect);
  // Takes away only what is empty.
  if (by === 'rmdir') return 10;
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

/** What the system starts and loads by its place. */
export const systemProgram = /^\/(?:(?:usr\/)?(?:s?bin|lib(?:32|64)?)|boot)\/./;

/** Folders without which the machine does not start or let anyone in. */
export const isHeart = (name: string): boolean =>
  /^\/(?:(?:etc|usr|bin|sbin|lib|lib32|lib64|boot|root|var|home|System|Library|Users|dev|proc|sys)?(?:\/\*)?|usr\/(?:bin|sbin|lib|lib64)(?:\/\*)?)$/.test(
    name,
  );

export const isRoot = (name: string): boolean => /^\/(?:\*|\.\*)?$/.test(name);

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
      if (name.startsWith('/**')) return isChosen(effect) ? 50 : 75;
      return systemCache.test(name) ? 12 : depth('') <= 1 ? 98 : isChosen(effect) ? (recursive ? 75 : 65) : 88;
    case 'production':
      return 90;
    case 'other-host':
      return elsewhereRoot.test(name) ? 95 : elsewhereTemp.test(name) ? 45 : 78;
    default:
      // A container is made again, and so is what a build makes in it; all of it at once is still an outage.
      if (elsewhereRoot.test(name)) return 72;
      if (/^[^/:]+:\//.test(name) && (rebuildable.test(name) || elsewhereTemp.test(name))) return 12;
      return recursive ? 50 : 35;
  }
}

/** `web:/`, `web:/tmp/x`: on another machine or in a container. */
const elsewhereRoot = /^[^/:]+:\/\*?$/;
const elsewhereTemp = /^[^/:]+:\/(?:var\/)?tmp\/./;

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
      if (/^\/(?:var\/)?tmp\//.test(name)) return 8;
      // Without its passwords a system lets nobody in.
      return name.startsWith('/etc/') ? 82 : /(?:^|\/)\.env[^/]*$/.test(name) ? 40 : 60;
    case 'system':
      return 70;
    case 'other-host':
      // A thing deleted through an interface has no waste bin on this side.
      return kind === 'unknown' ? 72 : elsewhereTemp.test(name) ? 12 : 50;
    default:
      return 18;
  }
}
