import type { Flag } from '../../core/effect.ts';
import type { CommandEffect } from '../../core/ports.ts';
import { touchAll } from '../file-effects.ts';
import { branchZone, type Git, repo } from './git.changes.ts';

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

const lost: readonly Flag[] = ['forced', 'bulk', 'irreversible'];

/** Sub-commands that take `-n` or `--dry-run` and then only show what they would do. */
const rehearses = new Set([
  'rm',
  'mv',
  'prune',
  'reflog',
  'gc',
  'lfs',
  'add',
  'fetch',
  'notes',
  'worktree',
  'filter-repo',
  'annex',
  'prune-packed',
  'commit-graph',
]);

/** Files, tags, work trees and the store itself. */
export function upkeep(git: Git): readonly CommandEffect[] {
  const { sub, options, place } = git;
  const asks = options.has('--dry-run') || (options.has('-n') && sub !== 'gc' && sub !== 'fetch');
  if (rehearses.has(sub) && asks) return [repo('read', place, ['dry-run'])];
  return things(git) ?? store(git) ?? shown(git);
}

/** Files, tags, work trees, submodules; null for all other sub-commands. */
function things({ sub, options, place }: Git): readonly CommandEffect[] | null {
  const what = options.operands[0]?.text ?? '';
  const forced = options.has('-f', '--force');
  switch (sub) {
    case 'rm': {
      if (options.has('--cached')) return [repo('write', place)];
      const flags: Flag[] = options.has('-r') ? ['recursive'] : [];
      return touchAll('delete', options.operands, place, { flags: forced ? [...flags, 'forced'] : flags });
    }
    case 'mv':
      return touchAll('write', options.operands, place);
    case 'tag':
      if (options.has('-d', '--delete')) return [repo('delete', place, [], 'branch')];
      return [
        repo(options.operands.length === 0 || options.has('-l', '--list', '-v', '--verify') ? 'read' : 'write', place),
      ];
    case 'worktree':
      // Git refuses to remove a work tree with changes; force is for just that.
      if (what === 'remove' && forced) return [repo('delete', place, ['forced', 'irreversible'])];
      if (what === 'remove') return touchAll('delete', options.operands.slice(1), place, { kind: 'directory' });
      return [repo(what === 'list' ? 'read' : 'write', place)];
    case 'submodule':
      if (what === 'deinit' && (forced || options.has('--all')))
        return [repo('delete', place, forced ? ['forced', 'irreversible'] : [])];
      return [repo(/^(?:status|summary|)$/.test(what) ? 'read' : 'write', place)];
    case 'read-tree':
      return [options.has('--reset') && options.has('-u') ? repo('delete', place, lost) : repo('write', place)];
    case 'checkout-index':
      return [forced ? repo('delete', place, lost) : repo('write', place)];
    case 'notes':
      return [
        repo(
          /^(?:remove|prune)$/.test(what) ? 'delete' : /^(?:list|show|get-ref|)$/.test(what) ? 'read' : 'write',
          place,
        ),
      ];
    default:
      return null;
  }
}

/** What keeps the way back: reflog, unreachable objects, history itself; null for all other sub-commands. */
function store({ sub, options, place }: Git): readonly CommandEffect[] | null {
  const what = options.operands[0]?.text ?? '';
  switch (sub) {
    case 'reflog':
      return [
        /^(?:expire|delete|drop)$/.test(what) ? repo('delete', place, ['irreversible', 'bulk']) : repo('read', place),
      ];
    case 'gc': {
      const prune = options.value('--prune')?.text;
      const now = options.has('--prune') && !/^(?:\d|never|.*(?:ago|week|month|day))/.test(prune ?? 'now');
      return [now ? repo('delete', place, ['irreversible']) : repo('write', place)];
    }
    case 'prune':
      return [repo('delete', place, ['irreversible'])];
    case 'update-ref': {
      const [ref, value] = options.operands;
      if (ref && value && !options.has('-d', '--stdin'))
        return [
          {
            ...repo('write', place, ['forced'], 'branch'),
            resource: { kind: 'branch', name: ref.text ?? '' },
            zone: branchZone(ref.text ?? ''),
          },
        ];
      return [
        repo(
          options.has('-d', '--stdin') ? 'delete' : 'write',
          place,
          options.has('-d') ? ['irreversible'] : [],
          'branch',
        ),
      ];
    }
    case 'filter-branch':
    case 'filter-repo':
      return [options.has('--analyze') ? repo('read', place) : repo('delete', place, lost)];
    case 'replace':
      return [
        options.operands.length === 0 || options.has('-l', '--list')
          ? repo('read', place)
          : repo('delete', place, lost),
      ];
    case 'lfs':
      if (what === 'prune') return [repo('delete', place, ['bulk'])];
      if (what === 'migrate' && /^(?:import|export)$/.test(options.operands[1]?.text ?? ''))
        return [repo('delete', place, lost)];
      return [repo(/^(?:ls-files|status|env|version|logs|locks|fsck|pointer|)$/.test(what) ? 'read' : 'write', place)];
    case 'annex':
      return [
        /^(?:drop|dropunused|unannex|uninit|forget)$/.test(what)
          ? repo('delete', place, options.has('--force') ? lost : [])
          : repo('write', place),
      ];
    default:
      return null;
  }
}

/** Further options after which a reader writes. */
const outputs: Readonly<Record<string, readonly string[]>> = {
  archive: ['-o'],
  'format-patch': ['-o', '--output-directory'],
};

/** Readers; some of them can be pointed at files outside the repository. */
function shown({ sub, options, place }: Git): readonly CommandEffect[] {
  if (!readers.has(sub)) return [repo('write', place)];
  const outside = options.operands.filter(({ text }) => text !== null && /^(?:\/|~|\.\.\/)/.test(text));
  const written = [...touchAll('write', options.all('--output', ...(outputs[sub] ?? [])), place)];
  if (sub === 'bundle' && options.operands[0]?.text === 'create')
    written.push(...touchAll('write', options.operands.slice(1, 2), place));
  if (/^(?:diff|grep|blame|show|log)$/.test(sub) && (outside.length > 0 || options.has('--no-index')))
    return [...touchAll('read', options.has('--no-index') ? options.operands : outside, place), ...written];
  return [repo('read', place), ...written];
}
