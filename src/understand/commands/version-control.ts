import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, type Options, readOptions, subcommandAt } from '../arguments.ts';
import { touchAll } from '../file-effects.ts';
import { locate } from '../zones.ts';

/** What a sub-command does to work that is not, or no longer, elsewhere. */
type Loss = 'work' | 'history' | 'there' | 'gone';

interface Tool {
  readonly values: ReadonlySet<string>;
  /** Sub-command with its options → what is lost; the first that fits. */
  readonly losses: readonly (readonly [command: RegExp, loss: Loss])[];
  readonly reads: RegExp;
}

const hg: Tool = {
  values: names(
    '-R --repository --cwd --config -r --rev -m --message -b --branch -d --date -u --user -I -X --template -T',
  ),
  losses: [
    [/^(?:update|up|checkout|co|goto|go)\b.* (?:-C|--clean)\b/, 'work'],
    [/^revert\b.* (?:-a|--all)\b|^revert\b.* (?:-C|--no-backup)\b/, 'work'],
    [/^(?:purge|clean)\b/, 'gone'],
    [/^(?:strip|debugstrip|prune|obsolete|rollback|hide|qdelete|qdel|histedit --abort)\b/, 'history'],
    [/^push\b.* (?:-f|--force)\b/, 'there'],
  ],
  reads:
    /^(?:status|st|log|diff|annotate|blame|cat|id|identify|heads|tip|parents|paths|showconfig|summary|help|version|root|manifest|files|grep|incoming|outgoing|show|sl|smartlog|ssl)\b/,
};

const tools: Readonly<Record<string, Tool>> = {
  hg,
  chg: hg,
  sl: hg,
  jj: {
    values: names(
      '-R --repository -r --revision --revisions -m --message -T --template --at-op --config --from --to --into',
    ),
    losses: [
      [/^(?:op|operation) (?:abandon|restore)\b|^util gc\b/, 'history'],
      [/^(?:abandon|restore)\b/, 'work'],
      [/^git push\b.* (?:--deleted|--delete)\b/, 'there'],
    ],
    reads:
      /^(?:log|status|st|diff|show|op log|operation log|evolog|files?|help|version|root|interdiff|bookmark list)\b/,
  },
  svn: {
    values: names('-r --revision -m --message -F --file --username --password --depth --targets --changelist -c'),
    losses: [
      [/^revert\b/, 'work'],
      [/^cleanup\b.* --remove-(?:unversioned|ignored)\b/, 'gone'],
      [/^(?:delete|del|remove|rm)\b.* [a-z+]+:\/\//, 'there'],
    ],
    reads: /^(?:status|stat|st|log|diff|di|info|list|ls|cat|blame|praise|annotate|help|propget|pg|proplist|pl)\b/,
  },
  bzr: {
    values: names('-r --revision -m --message -d --directory'),
    losses: [
      [/^revert\b/, 'work'],
      [/^clean-tree\b/, 'gone'],
      [/^uncommit\b/, 'history'],
      [/^push\b.* --overwrite\b/, 'there'],
    ],
    reads: /^(?:status|st|log|diff|di|info|annotate|cat|ls|help|version|missing)\b/,
  },
  fossil: {
    values: names('-R --repository -m --comment -r --revision'),
    losses: [
      [/^revert\b/, 'work'],
      [/^clean\b/, 'gone'],
      [/^(?:purge|shun|scrub|rebuild --force)\b/, 'history'],
    ],
    reads: /^(?:status|timeline|diff|info|ls|finfo|annotate|blame|cat|help|version|changes|extras)\b/,
  },
  darcs: {
    values: names('-m --name -p --patches -h --hash -t --tag --repodir'),
    losses: [
      [/^rev(?:ert)?\b/, 'work'],
      [/^(?:obliterate|unpull|unrecord)\b/, 'history'],
    ],
    reads: /^(?:log|changes|diff|whatsnew|show|annotate|help)\b/,
  },
  p4: {
    values: names('-c -p -u -P -d -H -C -Q -L'),
    losses: [
      [/^(?:obliterate|archive)\b.* -y\b/, 'there'],
      [/^(?:depot|client|branch|label) .*-[a-z]*d/, 'there'],
      [/^revert\b/, 'work'],
      [/^clean\b/, 'gone'],
    ],
    reads:
      /^(?:status|changes|describe|diff2?|files|filelog|fstat|have|info|opened|print|where|annotate|help|sizes|dirs)\b/,
  },
};

const marks: Readonly<Record<Loss, readonly Flag[]>> = {
  work: ['forced', 'irreversible'],
  gone: ['irreversible'],
  history: ['irreversible'],
  there: ['irreversible'],
};

/** The sub-command and all after it as one line, unknown words shown as `…`. */
function lineOf(args: readonly (string | null)[], at: number): string {
  return args
    .slice(at)
    .map((arg) => arg ?? '…')
    .join(' ');
}

const rehearses = (options: Options): boolean => options.has('-n', '--dry-run', '--noop', '--print', '-p');

function effects({ program, args, place }: CommandWords): readonly CommandEffect[] {
  const tool = tools[program];
  const at = subcommandAt(args, tool?.values);
  if (tool === undefined || at < 0) return [];
  const options = readOptions(args, tool.values, { from: at + 1 });
  if (options.has('--help', '-h')) return [];
  const line = lineOf(args, at);
  const here = place.cwd === '' ? { name: '', zone: 'unknown' as const } : locate('.', place, 'directory');
  const own = { kind: 'repository' as const, name: here.name };
  if (tool.reads.test(line)) return [{ verb: 'read', resource: own, zone: here.zone, flags: [] }];
  const loss = tool.losses.find(([command]) => command.test(line))?.[1];
  if (loss === undefined) {
    const removes = /^(?:rm|remove|delete)\b/.test(line);
    if (removes)
      return touchAll('delete', options.operands, place, { flags: options.has('-f', '--force') ? ['forced'] : [] });
    return [{ verb: 'write', resource: own, zone: here.zone, flags: [] }];
  }
  if (loss === 'gone' && rehearses(options))
    return [{ verb: 'read', resource: own, zone: here.zone, flags: ['dry-run'] }];
  const zone = loss === 'there' ? 'other-host' : here.zone;
  const resource = loss === 'there' ? { kind: 'branch' as const, name: '' } : own;
  return [{ verb: 'delete', resource, zone, flags: marks[loss], arg: at }];
}

export const versionControl: CommandFamily = {
  id: 'version-control',
  programs: Object.keys(tools),
  effects,
  examples: [
    ['hg status', 'read repository repository'],
    ['hg update -C tip', 'delete repository repository'],
    ['hg update tip', 'write repository repository'],
    ['hg purge --all', 'delete repository repository'],
    ['hg purge --print', 'read repository repository'],
    ['hg strip -r 5', 'delete repository repository'],
    ['sl goto -C main', 'delete repository repository'],
    ['jj abandon', 'delete repository repository'],
    ['jj op log', 'read repository repository'],
    ['svn revert -R .', 'delete repository repository'],
    ['svn rm -m x https://svn.example/trunk', 'delete branch other-host'],
    ['svn rm a.c', 'delete file repository'],
    ['svn update', 'write repository repository'],
    ['p4 obliterate -y //depot/x/...', 'delete branch other-host'],
  ],
};
