import type { Flag, Verb, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Operand, type Options, readOptions, subcommandAt } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { namesProduction, readUrl } from '../hosts.ts';
import { flagsOfOptions, verbOfName } from '../named-verbs.ts';

const kubeValues = names(
  '-n --namespace --context --cluster --kubeconfig -l --selector -f --filename -o --output -c --container --field-selector --type --from-literal --from-file --replicas --image --timeout --grace-period --as --user --server -s --token --tail --since -p --patch -k --kustomize --port --overrides --restart --serviceaccount --role --clusterrole --group',
);

interface Kube {
  readonly sub: string;
  readonly options: Options;
  readonly words: CommandWords;
  readonly zone: Zone;
  readonly secret: boolean;
  make(verb: Verb, extra?: readonly Flag[]): CommandEffect;
}

function readKube(words: CommandWords): Kube | null {
  const at = subcommandAt(words.args, kubeValues);
  const sub = at < 0 ? null : (words.args[at] ?? null);
  if (sub === null) return null;
  const options = readOptions(words.args, kubeValues, { from: at + 1 });
  const zone: Zone = words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'other-host';
  const [first, second] = options.operands;
  const name = options.operands
    .slice(0, 3)
    .map(({ text }) => text ?? '…')
    .join(' ');
  // A list or a description shows names and sizes; only an output format shows what is in it.
  const namesSecret = [first, second].some((operand) => /^(?:[\w,]+,)?secrets?(?:\/|,|$)/.test(operand?.text ?? ''));
  const format = options.value('-o', '--output')?.text ?? '';
  const shown = /^(?:json|yaml|jsonpath|go-template|template|custom-columns)/.test(format) || options.has('--template');
  const secret = namesSecret && (!/^(?:get|describe|annotate|label|explain|wait)$/.test(sub) || shown);
  const flags = flagsOfOptions(words.args);
  const make: Kube['make'] = (verb, extra = []) => ({
    verb,
    resource: { kind: secret ? 'secret' : 'cloud-resource', name },
    zone,
    flags: [...new Set([...flags, ...extra])],
    arg: at,
  });
  return { sub, options, words, zone, secret, make };
}

const wideKinds = /^(?:ns|namespaces?|pv|pvc|crd|nodes?|all|persistentvolume\w*|statefulsets?)(?:\/|$)/;

function removed({ options, words, make }: Kube): readonly CommandEffect[] {
  const wide =
    wideKinds.test(options.operands[0]?.text ?? '') ||
    options.has('--all', '-A', '--all-namespaces', '-l', '--selector');
  const lists = touchAll('read', options.all('-f', '--filename'), words.place);
  return [...lists, make('delete', wide ? ['bulk', 'irreversible'] : [])];
}

/** A manifest from another host is code that somebody else decides on. */
function applied({ sub, options, words, make }: Kube): readonly CommandEffect[] {
  const sources = options.all('-f', '--filename', '-k', '--kustomize');
  const isUrl = (text: string | null) => /^https?:/.test(text ?? '');
  const fetched = sources.flatMap(({ text, arg }): CommandEffect[] => {
    if (text === null || !isUrl(text)) return [];
    const { host, zone } = readUrl(text);
    return [{ verb: 'receive', resource: { kind: 'host', name: host }, zone, flags: ['remote-code'], arg }];
  });
  const local = sources.filter(({ text }) => !isUrl(text));
  const grants = /(?:cluster)?role(?:binding)?/.test(options.operands[0]?.text ?? '');
  // A forced replacement deletes first; a pruning apply deletes what the files do not name.
  const removes =
    sub === 'replace' && options.has('--force')
      ? [make('delete', ['irreversible'])]
      : options.has('--prune')
        ? [make('delete', ['bulk', 'irreversible'])]
        : [];
  return [...fetched, ...touchAll('read', local, words.place), ...removes, make(grants ? 'grant' : 'write')];
}

function kubeconfig({ options }: Kube): CommandEffect {
  const looks = /^(?:view|get-contexts|current-context|get-clusters|get-users)$/.test(options.operands[0]?.text ?? '');
  const zone = options.has('--raw') ? 'credential-store' : 'this-host';
  return { verb: looks ? 'read' : 'configure', resource: { kind: 'environment', name: 'kubeconfig' }, zone, flags: [] };
}

export function kubectl(words: CommandWords): readonly CommandEffect[] {
  const kube = readKube(words);
  if (kube === null) {
    if (words.args.every((arg) => arg?.startsWith('-'))) return [];
    return [
      { verb: 'unknown', resource: { kind: 'cloud-resource', name: '' }, zone: 'other-host', flags: ['dynamic'] },
    ];
  }
  const { sub, options, zone, secret, make } = kube;
  switch (sub) {
    case 'delete':
      return removed(kube);
    case 'apply':
    case 'create':
    case 'replace':
      return applied(kube);
    case 'cp':
      return copied(options, words).map((effect) =>
        effect.resource.kind === 'container'
          ? { ...effect, zone, verb: effect.verb === 'write' ? 'send' : 'receive' }
          : effect,
      );
    case 'drain':
    case 'cordon':
      return [make('delete', ['bulk'])];
    case 'scale':
      return [make(options.value('--replicas')?.text === '0' ? 'delete' : 'write')];
    case 'exec':
    case 'run':
    case 'attach':
    case 'debug': {
      const resource = { kind: 'container' as const, name: options.operands[0]?.text ?? '' };
      const overrides = options.value('--overrides')?.text ?? '';
      const host =
        options.has('--privileged') ||
        /"?(?:hostPID|hostNetwork|hostIPC|privileged|hostPath)"?\s*:|nsenter/.test(overrides) ||
        (sub === 'debug' && /^node\//.test(resource.name));
      return [{ ...make('execute', host ? ['privileged'] : []), resource }];
    }
    case 'certificate':
      return [make(/^(?:approve|sign)$/.test(options.operands[0]?.text ?? '') ? 'grant' : 'configure')];
    case 'auth':
      return [make(options.operands[0]?.text === 'reconcile' ? 'grant' : 'read')];
    case 'taint':
      // NoExecute throws out what runs there.
      return [make(options.operands.some(({ text }) => /NoExecute$/.test(text ?? '')) ? 'delete' : 'configure')];
    case 'config':
      return [kubeconfig(kube)];
    case 'rollout':
      return [make(/^(?:status|history)$/.test(options.operands[0]?.text ?? '') ? 'read' : 'write')];
    case 'port-forward':
    case 'proxy':
      return [make('configure')];
    default: {
      const shown = make(verbOfName(sub) ?? 'read');
      return [secret && shown.verb === 'read' ? { ...shown, zone: 'credential-store' } : shown];
    }
  }
}

export function kubectlRuns(words: CommandWords): readonly NestedRun[] {
  const at = words.args.findIndex((arg) => arg === 'exec' || arg === 'run' || arg === 'debug');
  if (at < 0) return [];
  const dashes = words.args.indexOf('--', at);
  if (words.args[at] !== 'exec' && dashes < 0) return [];
  const pod = readOptions(words.args, kubeValues, { from: at + 1, stopAtOperand: true }).operands[0];
  const from = dashes >= 0 ? dashes + 1 : pod ? pod.arg + 1 : -1;
  if (from < 0 || from >= words.args.length) return [];
  const zone = words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'other-host';
  return [{ kind: 'words', from, cwd: '', where: { name: pod?.text ?? 'pod', zone } }];
}

export function helm(words: CommandWords): readonly CommandEffect[] {
  const at = subcommandAt(words.args, kubeValues);
  const sub = words.args[at] ?? null;
  if (at < 0 || sub === null) return [];
  const options = readOptions(
    words.args,
    names('-n --namespace -f --values --set --version --kube-context --timeout --repo'),
    { from: at + 1 },
  );
  const zone: Zone = words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'other-host';
  const flags = flagsOfOptions(words.args);
  const local =
    /^(?:template|lint|create|package|show|search|version|dependency|dep|completion|env|plugin|repo|pull|verify)$/.test(
      sub,
    );
  const verb = /^(?:uninstall|delete|del|un)$/.test(sub)
    ? 'delete'
    : /^(?:install|upgrade|rollback|push)$/.test(sub)
      ? 'write'
      : 'read';
  return [
    ...touchAll('read', options.all('-f', '--values'), words.place),
    {
      verb,
      resource: { kind: 'cloud-resource', name: `helm ${sub} ${options.operands[0]?.text ?? ''}`.trim() },
      zone: local ? 'this-host' : zone,
      flags,
      arg: at,
    },
  ];
}

export function copied(options: Options, words: CommandWords): readonly CommandEffect[] {
  const [from, to] = options.operands;
  const inside = (operand: Operand | undefined) => /^[\w.-]+(?:\/[\w.-]+)?:/.test(operand?.text ?? '');
  const out: CommandEffect[] = [];
  out.push(
    ...(inside(from)
      ? [
          {
            verb: 'read' as const,
            resource: { kind: 'container' as const, name: from?.text ?? '' },
            zone: 'this-host' as const,
            flags: [],
            arg: from?.arg ?? 0,
          },
        ]
      : touch('read', from, words.place)),
  );
  out.push(
    ...(inside(to)
      ? [
          {
            verb: 'write' as const,
            resource: { kind: 'container' as const, name: to?.text ?? '' },
            zone: 'this-host' as const,
            flags: [],
            arg: to?.arg ?? 0,
          },
        ]
      : touch('write', to, words.place)),
  );
  return out;
}
