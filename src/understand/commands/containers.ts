import type { Flag, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { isDynamic, names, type Operand, type Options, readOptions, subcommandAt } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { namesProduction } from '../hosts.ts';
import { flagsOfOptions, verbOfName } from '../named-verbs.ts';

const dockerGlobal = names(
  '-H --host -c --context -l --log-level --config -f --file -p --project-name --profile --env-file --project-directory --url --connection',
);
const runValues = names(
  '-v --volume --mount -e --env --env-file -p --publish --name -w --workdir -u --user --network --net --entrypoint --cpus -m --memory --label -l --platform --pull --restart --cap-add --cap-drop --security-opt --device --pid --ipc --uts --userns --add-host --dns --expose -h --hostname --log-driver --shm-size --tmpfs --ulimit --gpus --link --volumes-from --cidfile --index --runtime --cgroupns --scale --group-add --stop-signal --health-cmd',
);
const buildValues = names(
  '-t --tag -f --file --build-arg --target --platform --cache-from --cache-to --secret --ssh -o --output --network --label --progress --builder --add-host --iidfile',
);

interface Docker {
  readonly sub: string;
  readonly at: number;
}

/** `docker compose -f x exec` and `docker container rm` → the last word that acts. */
function dockerSub({ program, args }: CommandWords): Docker | null {
  let at = subcommandAt(args, dockerGlobal);
  let sub = at < 0 ? null : (args[at] ?? null);
  if (
    sub !== null &&
    /^(?:compose|container|image|volume|network|system|builder|buildx|context|secret|config|service|stack|swarm|node|plugin|machine|pod|manifest|checkpoint|trust|model)$/.test(
      sub,
    )
  ) {
    const inner = subcommandAt(args.slice(at + 1), dockerGlobal);
    if (inner < 0) return { sub, at };
    const group = sub;
    at = at + 1 + inner;
    sub = args[at] ?? null;
    if (sub !== null) return { sub: `${group} ${sub}`, at };
  }
  void program;
  return sub === null ? null : { sub, at };
}

/** What a container may reach of the host. */
function rights(options: Options, words: CommandWords): readonly CommandEffect[] {
  const out: CommandEffect[] = [];
  for (const { text, arg } of [...options.all('-v', '--volume'), ...options.all('--mount')]) {
    const source =
      text === null
        ? null
        : (/(?:^|,)(?:source|src)=([^,]+)/.exec(text)?.[1] ?? (text.includes(':') ? text.split(':')[0] : undefined));
    if (source === undefined || (source !== null && !/^[./~\uE000]/.test(source))) continue;
    const readOnly = text !== null && /:ro\b|readonly/.test(text);
    out.push(...touch(readOnly ? 'read' : 'write', { text: source, arg }, words.place, { kind: 'directory' }));
  }
  for (const file of options.all('--env-file')) out.push(...touch('read', file, words.place));
  return out;
}

function privileged(options: Options): boolean {
  const valuesOf = (...list: string[]) => options.all(...list).map(({ text }) => text ?? '');
  return (
    options.has('--privileged', '--device') ||
    valuesOf('--pid', '--network', '--net', '--ipc', '--userns', '--uts').includes('host') ||
    valuesOf('--cap-add').some((cap) => /ALL|SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH|NET_ADMIN/.test(cap)) ||
    valuesOf('--security-opt').some((option) => /unconfined|disable/.test(option)) ||
    valuesOf('-v', '--volume', '--mount').some((mount) =>
      /^\/:|^\/etc(?:\/|:)|^\/root|docker\.sock|^\/proc:|^\/dev:|^\/var\/run:|source=\/(?:,|$)|src=\/(?:,|$)/.test(
        mount,
      ),
    )
  );
}

function docker(words: CommandWords): readonly CommandEffect[] {
  const found = dockerSub(words);
  if (!found) return [];
  const last = found.sub.split(' ').at(-1) ?? '';
  const group = found.sub.includes(' ') ? found.sub.split(' ')[0] : '';
  const zone: Zone = words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'this-host';
  const container = (verb: CommandEffect['verb'], name: string, flags: readonly Flag[]): CommandEffect => ({
    verb,
    resource: { kind: 'container', name },
    zone,
    flags,
    arg: found.at,
  });
  if (last === 'run' || last === 'create' || last === 'exec' || (last === 'up' && group === 'compose')) {
    const options = readOptions(words.args, runValues, { from: found.at + 1, stopAtOperand: true });
    const flags: Flag[] = privileged(options) ? ['privileged'] : [];
    if (options.has('-d', '--detach')) flags.push('background');
    return [
      container(
        'execute',
        options.operands[0]?.text ?? '',
        isDynamic(options.operands[0]?.text ?? '') ? [...flags, 'dynamic'] : flags,
      ),
      ...rights(options, words),
    ];
  }
  const options = readOptions(words.args, buildValues, { from: found.at + 1 });
  const forced: Flag[] = options.has('-f', '--force') ? ['forced'] : [];
  if (/^(?:build|bake)$/.test(last))
    return [
      container('execute', options.value('-t', '--tag')?.text ?? '', []),
      ...touchAll(
        'read',
        options.operands.filter(({ text }) => !/^(?:https?:|git@|-$)/.test(text ?? '')),
        words.place,
        { kind: 'directory' },
      ),
    ];
  if (last === 'push')
    return [
      container('read', options.operands[0]?.text ?? '', []),
      {
        verb: 'send',
        resource: { kind: 'host', name: registryOf(options.operands[0]) },
        zone: 'other-host',
        flags: [],
      },
    ];
  if (last === 'pull')
    return [
      {
        verb: 'receive',
        resource: { kind: 'host', name: registryOf(options.operands[0]) },
        zone: 'other-host',
        flags: [],
      },
      container('install', options.operands[0]?.text ?? '', []),
    ];
  if (last === 'login')
    return [
      { verb: 'configure', resource: { kind: 'secret', name: 'registry login' }, zone: 'credential-store', flags: [] },
    ];
  if (last === 'cp') return copied(options, words);
  if (last === 'prune') {
    const volumes = group === 'volume' || options.has('--volumes');
    const all: Flag[] = options.has('-a', '--all') || volumes ? ['bulk', 'irreversible'] : ['bulk'];
    return [container('delete', `${group || 'docker'} prune`, volumes ? [...all, ...forced] : all)];
  }
  if (last === 'down')
    return [container('delete', 'compose project', options.has('-v', '--volumes') ? ['bulk', 'irreversible'] : [])];
  if (/^(?:rm|rmi|remove|kill|stop|leave)$/.test(last)) {
    const lost: Flag[] = group === 'volume' || options.has('-v', '--volumes') ? ['irreversible'] : [];
    const targets = options.operands.length === 0 ? [{ text: '', arg: found.at }] : options.operands;
    return targets.map(({ text, arg }) => ({
      ...container('delete', text ?? '', [
        ...forced,
        ...lost,
        ...(text === null ? (['dynamic', 'bulk'] as const) : []),
      ]),
      arg,
    }));
  }
  if (last === 'save' || last === 'export')
    return [
      container('read', options.operands[0]?.text ?? '', []),
      ...touchAll('write', options.all('-o', '--output'), words.place),
    ];
  if (/^(?:load|import)$/.test(last)) return [container('install', '', [])];
  if (
    /^(?:ps|ls|list|images|logs|inspect|info|version|stats|top|port|diff|history|events|search|config|show|df|context)$/.test(
      last,
    )
  )
    return [container('read', options.operands[0]?.text ?? '', [])];
  const verb = verbOfName(last) ?? 'execute';
  return [container(verb, options.operands[0]?.text ?? '', forced)];
}

function registryOf(operand: Operand | undefined): string {
  const [first = ''] = (operand?.text ?? '').split('/');
  return /[.:]/.test(first) ? first.replace(/:\d+$/, '') : 'docker.io';
}

function copied(options: Options, words: CommandWords): readonly CommandEffect[] {
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

/** `docker exec c rm x`, `docker run img sh -c …`: what runs inside. */
function dockerRuns(words: CommandWords): readonly NestedRun[] {
  const found = dockerSub(words);
  const last = found?.sub.split(' ').at(-1);
  if (!found || (last !== 'exec' && last !== 'run')) return [];
  const options = readOptions(words.args, runValues, { from: found.at + 1, stopAtOperand: true });
  const target = options.operands[0];
  if (!target || target.arg + 1 >= words.args.length) return [];
  const entry = options.value('--entrypoint')?.text;
  const host = privileged(options) && words.args.some((arg) => /^\/:|source=\/,/.test(arg ?? ''));
  const where = host ? undefined : { name: target.text ?? 'container', zone: 'this-host' as const };
  // The word after the image may be an argument of its entry point rather than a program.
  const first = words.args[target.arg + 1];
  if (entry === undefined && typeof first === 'string' && first.startsWith('-')) return [];
  return [{ kind: 'words', from: target.arg + 1, cwd: '', ...(where && { where }) }];
}

// ————— Kubernetes

const kubeValues = names(
  '-n --namespace --context --cluster --kubeconfig -l --selector -f --filename -o --output -c --container --field-selector --type --from-literal --from-file --replicas --image --timeout --grace-period --as --user --server -s --token --tail --since -p --patch -k --kustomize --port --overrides --restart --serviceaccount --role --clusterrole --group',
);

function kubectl(words: CommandWords): readonly CommandEffect[] {
  const at = subcommandAt(words.args, kubeValues);
  const sub = at < 0 ? null : (words.args[at] ?? null);
  if (sub === null)
    return at < 0
      ? []
      : [{ verb: 'unknown', resource: { kind: 'cloud-resource', name: '' }, zone: 'other-host', flags: ['dynamic'] }];
  const options = readOptions(words.args, kubeValues, { from: at + 1 });
  const zone: Zone = words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'other-host';
  const target = options.operands
    .slice(0, 3)
    .map(({ text }) => text ?? '…')
    .join(' ');
  const secret =
    /^secrets?(?:\/|$)/.test(options.operands[0]?.text ?? '') ||
    /^secrets?(?:\/|$)/.test(options.operands[1]?.text ?? '');
  const flags = flagsOfOptions(words.args);
  const make = (verb: CommandEffect['verb'], extra: readonly Flag[] = []): CommandEffect => ({
    verb,
    resource: { kind: secret ? 'secret' : 'cloud-resource', name: target },
    zone,
    flags: [...new Set([...flags, ...extra])],
    arg: at,
  });
  if (/^(?:get|describe|view)$/.test(sub) && secret) return [{ ...make('read'), zone: 'credential-store' }];
  if (sub === 'delete') {
    const wide =
      /^(?:ns|namespaces?|pv|pvc|crd|nodes?|all|persistentvolume\w*|statefulsets?)(?:\/|$)/.test(
        options.operands[0]?.text ?? '',
      ) || options.has('--all', '-A', '--all-namespaces', '-l', '--selector');
    return [
      ...touchAll('read', options.all('-f', '--filename'), words.place),
      make('delete', wide ? ['bulk', 'irreversible'] : []),
    ];
  }
  if (sub === 'apply' || sub === 'create' || sub === 'replace') {
    const sources = options.all('-f', '--filename', '-k', '--kustomize');
    const fetched = sources
      .filter(({ text }) => /^https?:/.test(text ?? ''))
      .map(
        ({ text, arg }): CommandEffect => ({
          verb: 'receive',
          resource: { kind: 'host', name: new URL(text ?? '').hostname },
          zone: 'other-host',
          flags: ['remote-code'],
          arg,
        }),
      );
    const grants = /(?:cluster)?role(?:binding)?/.test(options.operands[0]?.text ?? '');
    return [
      ...fetched,
      ...touchAll(
        'read',
        sources.filter(({ text }) => !/^https?:/.test(text ?? '')),
        words.place,
      ),
      make(grants ? 'grant' : 'write', sub === 'replace' && options.has('--force') ? ['forced'] : []),
    ];
  }
  if (sub === 'cp')
    return copied(options, words).map((effect) =>
      effect.resource.kind === 'container'
        ? { ...effect, zone, verb: effect.verb === 'write' ? ('send' as const) : ('receive' as const) }
        : effect,
    );
  if (sub === 'drain' || sub === 'cordon') return [make('delete', ['bulk'])];
  if (sub === 'scale' && options.value('--replicas')?.text === '0') return [make('delete')];
  if (sub === 'exec' || sub === 'run' || sub === 'attach' || sub === 'debug')
    return [
      {
        ...make('execute', options.has('--privileged') ? ['privileged'] : []),
        resource: { kind: 'container', name: options.operands[0]?.text ?? '' },
      },
    ];
  if (sub === 'config')
    return [
      {
        verb: /^(?:view|get-contexts|current-context|get-clusters|get-users)$/.test(options.operands[0]?.text ?? '')
          ? 'read'
          : 'configure',
        resource: { kind: 'environment', name: 'kubeconfig' },
        zone: options.has('--raw') ? 'credential-store' : 'this-host',
        flags: [],
        arg: at,
      },
    ];
  if (sub === 'rollout') return [make(/^(?:status|history)$/.test(options.operands[0]?.text ?? '') ? 'read' : 'write')];
  if (sub === 'port-forward' || sub === 'proxy') return [make('configure')];
  return [make(verbOfName(sub) ?? 'read')];
}

function kubectlRuns(words: CommandWords): readonly NestedRun[] {
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

function helm(words: CommandWords): readonly CommandEffect[] {
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

const dockers = ['docker', 'podman', 'nerdctl', 'docker-compose', 'podman-compose', 'buildah', 'finch', 'lima'];
const kubes = ['kubectl', 'oc', 'k', 'k3s', 'minikube', 'microk8s'];

export const containers: CommandFamily = {
  id: 'containers',
  programs: [...dockers, ...kubes, 'helm', 'kustomize', 'kind', 'k9s', 'skopeo', 'crictl', 'ctr'],
  effects: (words) => {
    const { program } = words;
    if (program === 'docker-compose' || program === 'podman-compose')
      return docker({ ...words, args: ['compose', ...words.args] }).map((effect) =>
        effect.arg === undefined ? effect : { ...effect, arg: Math.max(0, effect.arg - 1) },
      );
    if (dockers.includes(program) || program === 'crictl' || program === 'ctr' || program === 'skopeo')
      return docker(words);
    if (kubes.includes(program)) return kubectl(words);
    if (program === 'helm') return helm(words);
    return [
      {
        verb: words.args.includes('delete') ? 'delete' : 'execute',
        resource: { kind: 'container', name: words.args.join(' ').slice(0, 80) },
        zone: 'this-host',
        flags: [],
      },
    ];
  },
  runs: (words) =>
    dockers.includes(words.program) ? dockerRuns(words) : kubes.includes(words.program) ? kubectlRuns(words) : [],
  examples: [
    ['docker ps -a', 'read container this-host'],
    ['docker run --rm -v /:/host alpine true', 'execute container this-host', 'write directory system'],
    ['docker run --privileged alpine true', 'execute container this-host'],
    ['docker exec web rm -rf /data', 'execute container this-host', 'delete directory this-host'],
    ['docker system prune -af --volumes', 'delete container this-host'],
    ['docker push ghcr.io/a/b:1', 'read container this-host', 'send host other-host'],
    ['docker build -t x .', 'execute container this-host', 'read directory repository'],
    ['docker compose down -v', 'delete container this-host'],
    ['kubectl get pods', 'read cloud-resource other-host'],
    ['kubectl get secret db -o yaml', 'read secret credential-store'],
    ['kubectl delete namespace shop', 'delete cloud-resource other-host'],
    ['kubectl --context prod delete pod x', 'delete cloud-resource production'],
    ["kubectl exec pod/x -- sh -c 'cat /etc/shadow'", 'execute container other-host', 'read file credential-store'],
    ['helm uninstall web', 'delete cloud-resource other-host'],
  ],
};
