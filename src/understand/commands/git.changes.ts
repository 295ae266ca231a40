import type { Flag, ResourceKind, Verb, Zone } from '../../core/effect.ts';
import type { Place } from '../../core/event.ts';
import type { CommandEffect } from '../../core/ports.ts';
import type { Operand, Options } from '../arguments.ts';
import { touchAll } from '../file-effects.ts';
import { hostZone, readUrl } from '../hosts.ts';
import { locate } from '../zones.ts';

export interface Git {
  readonly sub: string;
  readonly options: Options;
  readonly place: Place;
  readonly at: number;
}

const protectedName =
  /^(?:\+?(?:HEAD|[^:]*):)?\+?(?:refs\/heads\/)?(?:\*|main|master|trunk|develop|production|prod|release(?:[/-].*)?|stable|staging)$/;

export function branchZone(name: string): Zone {
  return protectedName.test(name) ? 'protected-branch' : 'repository';
}

export function repo(
  verb: Verb,
  place: Place,
  flags: readonly Flag[] = [],
  kind: ResourceKind = 'repository',
): CommandEffect {
  const at = place.cwd === '' ? { name: '', zone: 'unknown' as const } : locate('.', place, 'directory');
  const zone = at.zone === 'system' || at.zone === 'home' ? 'workspace' : at.zone;
  return { verb, resource: { kind, name: at.name }, zone, flags };
}

export function remoteEffects(
  verb: 'send' | 'receive',
  remote: Operand | undefined,
  flags: readonly Flag[],
): CommandEffect {
  const text = remote?.text ?? null;
  if (text !== null && /^(?:[a-z+]+:\/\/|[^/\s]+@[^/\s]+:|[^/\s:]+\.[a-z]+:)/i.test(text)) {
    const scp = /^(?:[^@/]+@)?([^/:]+):(?!\/\/)/.exec(text);
    const host = scp?.[1] ?? readUrl(text).host;
    return {
      verb,
      resource: { kind: 'host', name: host.toLowerCase() },
      zone: text.startsWith('file:') ? 'this-host' : hostZone(host),
      flags,
      arg: remote?.arg ?? 0,
    };
  }
  if (remote && text === null)
    return {
      verb,
      resource: { kind: 'host', name: '' },
      zone: 'other-host',
      flags: [...flags, 'dynamic'],
      arg: remote.arg,
    };
  // A named remote is the repository's own; where it leads is not in the call.
  return {
    verb,
    resource: { kind: 'repository', name: text ?? 'origin' },
    zone: 'other-host',
    flags,
    ...(remote && { arg: remote.arg }),
  };
}

/** Ways of force that give way when the other side has newer work. */
const gentle: ReadonlySet<string> = new Set(['--force-with-lease', '--force-if-includes']);

export function push({ options, place }: Git): readonly CommandEffect[] {
  const [remote, ...refs] = options.operands;
  const flags: Flag[] = [];
  const given = [...options.flags.keys(), ...options.values.keys()];
  // Force overrules a lease that is given as well; a force git does not know is taken at its word.
  const lost =
    given.some((name) => name === '-f' || (name.startsWith('--force') && !gentle.has(name))) ||
    refs.some(({ text }) => text?.startsWith('+'));
  const forced = lost || given.some((name) => gentle.has(name));
  if (forced) flags.push('forced');
  if (options.has('-n', '--dry-run')) flags.push('dry-run');
  if (options.has('--all', '--mirror', '--tags', '--prune')) flags.push('bulk');
  const out: CommandEffect[] = [repo('read', place), remoteEffects('send', remote, flags)];
  const removes = options.has('-d', '--delete');
  for (const { text, arg } of refs) {
    const gone = removes || text?.startsWith(':');
    const name = text?.replace(/^[+:]/, '') ?? '';
    const marks: Flag[] = text === null ? [...flags, 'dynamic'] : flags;
    const verb = gone ? 'delete' : 'write';
    const undoable: readonly Flag[] = lost && !gone ? ['irreversible'] : [];
    const near = branchZone(name);
    // What is deleted there is gone for all who fetch from it.
    const zone = gone && near === 'repository' ? 'other-host' : near;
    out.push({ verb, resource: { kind: 'branch', name }, zone, flags: [...marks, ...undoable], arg });
  }
  if (refs.length === 0) {
    const wide = options.has('--mirror', '--all') && forced;
    out.push({
      verb: 'write',
      resource: { kind: 'branch', name: '' },
      zone: wide ? 'protected-branch' : 'repository',
      flags: lost ? [...flags, 'irreversible'] : flags,
    });
  }
  if (options.has('--mirror', '--prune'))
    out.push({
      verb: 'delete',
      resource: { kind: 'branch', name: '*' },
      zone: 'protected-branch',
      flags: [...flags, 'irreversible'],
    });
  return out;
}

/** What was never committed is gone. */
const lostWork: readonly Flag[] = ['forced', 'irreversible'];

/** `checkout`, `switch` and `restore`: to another branch keeps what is changed, onto files or with force loses it. */
export function checkout({ sub, options, place, at }: Git, args: readonly (string | null)[]): readonly CommandEffect[] {
  // Piece by piece, asked each time; or the sides of a merge that is under way.
  if (options.has('-p', '--patch')) return [repo('write', place)];
  if (sub === 'restore') return restored(options, place);
  if (options.has('-f', '--force', '--discard-changes')) return [repo('delete', place, lostWork)];
  const creates = options.has(
    '-b',
    '-B',
    '-c',
    '-C',
    '--orphan',
    '--create',
    '--force-create',
    '--detach',
    '-d',
    '-t',
    '--track',
  );
  const moved = options.value('-B', '-C', '--force-create')?.text ?? '';
  if (branchZone(moved) === 'protected-branch') return [moves(moved, at)];
  if (sub === 'switch') return [repo('write', place)];
  if (options.has('--theirs', '--ours', '--merge', '-m')) return touchAll('write', options.operands, place);
  if (options.has('--pathspec-from-file')) return [repo('delete', place, [...lostWork, 'bulk'])];
  const dashes = args.indexOf('--', at);
  const files =
    dashes >= 0
      ? args.slice(dashes + 1).map((text, i) => ({ text, arg: dashes + 1 + i }))
      : creates && !options.has('-t', '--track')
        ? []
        : named(modesAside(options));
  if (dashes < 0 && options.operands.length === 1 && filesOnly.test(files[0]?.text ?? ''))
    // A branch of that name would be taken first.
    return touchAll('delete', files, place);
  return files.length === 0
    ? [repo('write', place)]
    : touchAll('delete', files, place, { flags: lostWork }).map(discarded);
}

/** A branch pointed elsewhere: what only it led to is left to the reflog. */
export const moves = (name: string, arg: number): CommandEffect => ({
  verb: 'write',
  resource: { kind: 'branch', name },
  zone: branchZone(name),
  flags: ['forced'],
  arg,
});

/** `--recurse-submodules on-demand main`: the mode is meant for the option, though git wants it glued on. */
function modesAside({ flags, operands }: Options): readonly Operand[] {
  const after = ['--recurse-submodules', '-t', '--track'].flatMap((name) => flags.get(name) ?? []);
  const isMode = ({ text, arg }: Operand) =>
    after.includes(arg - 1) && /^(?:checkout|on-demand|yes|no|direct|inherit)$/.test(text ?? '');
  return operands.filter((operand) => !isMode(operand));
}

/** Words that can only be paths: `.`, `./a`, `src/`. */
const onlyPath = /^(?:\.|\.\.?\/.*|\*.*|:\/.*|[^:~^@]+\/)$/;
/** Words that end as files do and branches seldom: `src/a.ts`. */
const filesOnly =
  /^(?:[\w.@-]+\/)*[\w.-]*\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|swift|php|cs|c|h|cc|cpp|hpp|sh|mdx?|txt|json|ya?ml|toml|lock|s?css|html|vue|svelte|sql|tf|env|ini|cfg|xml|csv)$/;

/** `checkout . `, `checkout HEAD~2 a b`: paths without `--`. One word alone is a branch unless it can only be a path. */
function named(operands: readonly Operand[]): readonly Operand[] {
  if (operands.length > 1) return operands.slice(1);
  return operands.filter(({ text }) => text !== null && (onlyPath.test(text) || filesOnly.test(text)));
}

function restored(options: Options, place: Place): readonly CommandEffect[] {
  const staged = options.has('--staged', '-S') && !options.has('--worktree', '-W');
  if (staged) return [repo('write', place)];
  if (options.operands.length === 0)
    return options.has('--pathspec-from-file')
      ? [repo('delete', place, [...lostWork, 'bulk'])]
      : [repo('write', place)];
  return touchAll('delete', options.operands, place, { flags: lostWork }).map(discarded);
}

/** Uncommitted changes to these files are lost. */
function discarded(effect: CommandEffect): CommandEffect {
  return effect.resource.kind === 'directory' || effect.resource.name.endsWith('/.')
    ? { ...effect, flags: [...effect.flags, 'bulk'] }
    : effect;
}

export function reset({ options, place }: Git): readonly CommandEffect[] {
  if (options.has('--hard', '--merge')) return [repo('delete', place, ['forced', 'bulk', 'irreversible'])];
  return [repo('write', place)];
}

export function clean({ options, place }: Git): readonly CommandEffect[] {
  if (options.has('-n', '--dry-run')) return [repo('read', place, ['dry-run'])];
  // Without force git refuses, and says so.
  if (!options.has('-f', '--force', '-i', '--interactive')) return [repo('read', place)];
  const flags: Flag[] = ['irreversible', 'bulk'];
  if (options.has('-f', '--force')) flags.push('forced');
  if (options.has('-d', '-x', '-X')) flags.push('recursive');
  if (options.operands.length > 0) return touchAll('delete', options.operands, place, { kind: 'directory', flags });
  return [repo('delete', place, flags, 'directory')];
}

export function branch({ options, place }: Git): readonly CommandEffect[] {
  const removes = options.has('-d', '-D', '--delete');
  const forced = options.has('-D', '-f', '--force');
  const [first, ...rest] = options.operands;
  if (first === undefined || options.has('--list', '-l', '--merged', '--no-merged', '--show-current'))
    return [repo('read', place)];
  if (!removes && !forced) return [repo('write', place)];
  // Of `-f NAME START` only the name is changed.
  return (removes ? [first, ...rest] : [first]).map(({ text, arg }) => {
    const moved = moves(text ?? '', arg);
    const flags: Flag[] = forced ? ['forced'] : [];
    return {
      ...moved,
      verb: removes ? ('delete' as const) : ('write' as const),
      flags: text === null ? [...flags, 'dynamic' as const] : flags,
    };
  });
}

export function stash({ options, place }: Git): readonly CommandEffect[] {
  const what = options.operands[0]?.text;
  if (what === 'drop' || what === 'clear')
    return [repo('delete', place, what === 'clear' ? ['bulk', 'irreversible'] : ['irreversible'])];
  return [repo(what === 'list' || what === 'show' ? 'read' : 'write', place)];
}

export function remote({ options, place }: Git): readonly CommandEffect[] {
  const [what, , url] = options.operands;
  if (what?.text === 'add' || what?.text === 'set-url') {
    const to = remoteEffects('send', url ?? options.operands[2], []);
    return [
      {
        ...repo('configure', place),
        resource: { kind: 'host', name: to.resource.name },
        zone: to.zone,
        arg: url?.arg ?? what.arg,
      },
    ];
  }
  if (what?.text === 'remove' || what?.text === 'rm') return [repo('configure', place)];
  return [repo('read', place)];
}

/** Settings through which git runs programs of someone's choice. */
const runningSetting =
  /^(?:core\.(?:hookspath|fsmonitor|sshcommand|editor|pager|gitproxy|askpass)|alias\.|credential\..*helper|credential\.helper|filter\.|diff\..*(?:command|textconv)|merge\..*driver|gpg\.program|sequence\.editor|protocol\.ext|url\..*insteadof|include\.path|http\.sslverify|http\.proxy|uploadpack|receive\.)/i;

export function config({ options, place }: Git): readonly CommandEffect[] {
  const wide = options.has('--global', '--system');
  const reading = options.has('--get', '--get-all', '--list', '-l', '--get-regexp') || options.operands.length < 2;
  const unset = options.has('--unset', '--unset-all', '--remove-section');
  if (reading && !unset) return [repo('read', place)];
  const [name] = options.operands;
  const strong = runningSetting.test(name?.text ?? '');
  const file = wide ? '~/.gitconfig' : '.git/config';
  const at = locate(file, place);
  const resource = { kind: 'repository' as const, name: strong ? at.name : `git setting ${name?.text ?? ''}` };
  const zone = wide ? 'home' : 'repository';
  return [{ verb: 'configure', resource, zone, flags: strong ? ['forced'] : [], arg: name?.arg ?? 0 }];
}

export function commit({ options, place }: Git): readonly CommandEffect[] {
  const out: CommandEffect[] = [repo('write', place, options.has('--amend') ? ['forced'] : [])];
  const skip = options.flags.get('--no-verify') ?? options.flags.get('-n');
  if (skip !== undefined)
    out.push({
      ...repo('configure', place, ['forced']),
      resource: { kind: 'repository', name: 'commit checks skipped' },
      arg: skip,
    });
  return out;
}
