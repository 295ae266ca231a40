import type { ServerPackage } from '../core/inventory.ts';

/** What a command line runs beneath the programs that only start it. */
export interface Unwrapped {
  readonly argv: readonly string[];
  /** The text a shell was given, where one was. */
  readonly shell: string | null;
}

const bare = (program: string): string =>
  (program.split(/[\\/]/).at(-1) ?? '').toLowerCase().replace(/\.(?:exe|cmd|bat|ps1)$/, '');

const shells = /^(?:sh|bash|zsh|dash|fish|ash|ksh|pwsh|powershell)$/;

/** `cmd /c npx x`, `env A=1 npx x`, `sh -c 'npx x'` → what is run in the end. */
export function unwrapped(argv: readonly string[], depth = 0): Unwrapped {
  const [program = '', ...rest] = argv;
  const name = bare(program);
  if (depth > 4) return { argv, shell: null };
  if (name === 'cmd' && /^\/[ck]$/i.test(rest[0] ?? '')) return unwrapped(rest.slice(1), depth + 1);
  if (name === 'env' || name === 'sudo' || name === 'nohup' || name === 'exec' || name === 'wsl') {
    const from = rest.findIndex((word) => !/^-|^[A-Za-z_]\w*=/.test(word));
    return from === -1 ? { argv, shell: null } : unwrapped(rest.slice(from), depth + 1);
  }
  if (shells.test(name)) {
    const at = rest.findIndex((word) => /^-\w*c\w*$|^-Command$/i.test(word));
    const text = at === -1 ? undefined : rest[at + 1];
    if (text === undefined) return { argv, shell: null };
    return { argv: unwrapped(wordsOf(text), depth + 1).argv, shell: text };
  }
  return { argv, shell: null };
}

/** Words of a simple command line; enough to name what it starts. */
const wordsOf = (text: string): string[] =>
  (text.match(/"(?:[^"\\]|\\.)*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));

/** Options of package runners and containers that take the next word. */
const npmValues = new Set(['-p', '--package', '-c', '--call', '--registry', '--cache', '-w', '--workspace']);
const uvValues = new Set([
  '--from',
  '--with',
  '--python',
  '-p',
  '--index-url',
  '--default-index',
  '--directory',
  '--env-file',
]);
const containerValues = new Set(
  '-e --env -v --volume --mount -p --publish --name --network --net -u --user -w --workdir --env-file --entrypoint -l --label --add-host --cpus -m --memory --platform --pull --gpus --ip -h --hostname --tmpfs --device --cap-add --cap-drop --security-opt --restart'.split(
    ' ',
  ),
);
const goValues = new Set(['-C', '-mod', '-tags', '-ldflags']);

interface Words {
  readonly operands: readonly string[];
  /** The last value of each option that takes one. */
  readonly values: ReadonlyMap<string, string>;
}

function read(words: readonly string[], takes: ReadonlySet<string>): Words {
  const values = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const equals = /^(--[\w-]+)=(.*)$/s.exec(word);
    if (equals !== null) values.set(equals[1] ?? '', equals[2] ?? '');
    else if (takes.has(word)) {
      values.set(word, words[at + 1] ?? '');
      at += 1;
    } else if (word === '--') return { operands: words.slice(at + 1), values };
    else if (!word.startsWith('-')) return { operands: words.slice(at), values };
  }
  return { operands: [], values };
}

/** What a runner such as npx, uvx or docker fetches; null for a program of this machine. */
export function packageOf(argv: readonly string[]): ServerPackage | null {
  const [program = '', ...rest] = argv;
  const name = bare(program);
  const [first = ''] = rest;
  if (name === 'npx' || name === 'bunx' || name === 'pnpx') return npmPackage(rest);
  if (name === 'npm' && (first === 'exec' || first === 'x')) return npmPackage(rest.slice(1));
  if ((name === 'pnpm' || name === 'yarn') && first === 'dlx') return npmPackage(rest.slice(1));
  if (name === 'bun' && first === 'x') return npmPackage(rest.slice(1));
  if (name === 'uvx') return pythonPackage(rest);
  if (name === 'uv' && first === 'tool' && rest[1] === 'run') return pythonPackage(rest.slice(2));
  if (name === 'uv' && first === 'x') return pythonPackage(rest.slice(1));
  if (name === 'pipx' && first === 'run')
    return pythonPackage(rest.slice(1).map((word) => (word === '--spec' ? '--from' : word)));
  if (/^(?:docker|podman|nerdctl|container)$/.test(name) && first === 'run') return image(rest.slice(1));
  if (name === 'deno') return denoPackage(rest);
  if (name === 'go' && first === 'run') return goPackage(rest.slice(1));
  return null;
}

const exact = /^v?\d+(?:\.\d+){2}(?:[-+][\w.+-]+)?$/;

function npmPackage(words: readonly string[]): ServerPackage | null {
  const { operands, values } = read(words, npmValues);
  const spec = values.get('--package') ?? values.get('-p') ?? operands[0];
  if (spec === undefined || spec === '' || /^[./~]/.test(spec)) return null;
  if (/^(?:git[+:]|github:|gitlab:|https?:)|^[\w-]+\/[\w.-]+(?:#|$)/.test(spec)) return fromAddress(spec);
  const [, name = spec, version = ''] = /^(@?[^@]+)(?:@(.*))?$/.exec(spec) ?? [];
  return { registry: 'npm', name, version, pinned: exact.test(version) };
}

/** A package from a repository or an address: pinned by a commit. */
function fromAddress(spec: string): ServerPackage {
  const isGit = /^git[+:]|^github:|^gitlab:|\.git(?:[#@]|$)|^[\w-]+\/[\w.-]+(?:#|$)/.test(spec);
  const [, base = spec, reference = ''] = /^(.*?)(?:#|(?<=\w)@(?=[^/]*$))(.*)$/.exec(spec) ?? [];
  return {
    registry: isGit ? 'git' : 'url',
    name: base.replace(/\/\/[^/@]*@/, '//').replace(/\?.*$/s, ''),
    version: reference,
    pinned: /^[0-9a-f]{40}$/.test(reference),
  };
}

function pythonPackage(words: readonly string[]): ServerPackage | null {
  const { operands, values } = read(words, uvValues);
  const spec = values.get('--from') ?? operands[0];
  if (spec === undefined || spec === '' || /^[./~]/.test(spec)) return null;
  if (/^git\+|^https?:/.test(spec)) return fromAddress(spec);
  const [, name = spec, sign = '', version = ''] =
    /^([\w.-]+(?:\[[\w,.-]*\])?)\s*(==|@|[<>=~!]+)?\s*(.*)$/.exec(spec) ?? [];
  return {
    registry: 'pypi',
    name,
    version,
    pinned: (sign === '==' || sign === '@') && /^\d+(?:\.\d+)+[\w.+-]*$/.test(version),
  };
}

function image(words: readonly string[]): ServerPackage | null {
  const reference = read(words, containerValues).operands[0];
  if (reference === undefined || reference === '') return null;
  const [, name = reference, tag = '', digest = ''] =
    /^([^@]*?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]+))?$/.exec(reference) ?? [];
  return { registry: 'oci', name, version: digest || tag, pinned: digest !== '' };
}

function denoPackage(words: readonly string[]): ServerPackage | null {
  const from = words.findIndex((word) => /^(?:jsr:|npm:|https?:)/.test(word));
  const spec = words[from];
  if (spec === undefined) return null;
  const [, registry = ''] = /^(jsr|npm):/.exec(spec) ?? [];
  if (registry === '') return { registry: 'url', name: spec.replace(/\?.*$/s, ''), version: '', pinned: false };
  const [, name = '', version = ''] = /^\w+:(@?[^@]+)(?:@(.*))?$/.exec(spec) ?? [];
  return { registry, name, version, pinned: exact.test(version) };
}

function goPackage(words: readonly string[]): ServerPackage | null {
  const spec = read(words, goValues).operands[0] ?? '';
  const [, name = '', version = ''] = /^([\w-]+\.[a-z]+\/[^@]+)@(.+)$/.exec(spec) ?? [];
  return name === '' ? null : { registry: 'go', name, version, pinned: /^v\d+\.\d+\.\d+/.test(version) };
}
