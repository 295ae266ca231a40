import type { Flag, Verb, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { isDynamic, names, type Operand, type Options, readOptions, subcommandAt } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { namesProduction } from '../hosts.ts';
import { verbOfName } from '../named-verbs.ts';
import { cluster, clusterTools } from './containers.clusters.ts';
import { copied, helm, kubectl, kubectlRuns } from './containers.kubernetes.ts';

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

interface Act extends Docker {
  /** `rm` of `container rm`, and `container`. */
  readonly last: string;
  readonly group: string;
  readonly options: Options;
  readonly words: CommandWords;
  on(verb: Verb, name: string, flags?: readonly Flag[]): CommandEffect;
}

function docker(words: CommandWords): readonly CommandEffect[] {
  const found = dockerSub(words);
  if (!found) return [];
  const parts = found.sub.split(' ');
  const last = parts.at(-1) ?? '';
  const group = parts.length > 1 ? (parts[0] ?? '') : '';
  const zone: Zone = words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'this-host';
  const starts = /^(?:run|create|exec)$/.test(last) || (last === 'up' && group === 'compose');
  const options = readOptions(words.args, starts ? runValues : buildValues, {
    from: found.at + 1,
    stopAtOperand: starts,
  });
  const on: Act['on'] = (verb, name, flags = []) => ({
    verb,
    resource: { kind: 'container', name },
    zone,
    flags,
    arg: found.at,
  });
  const act: Act = { ...found, last, group, options, words, on };
  return starts ? started(act) : (images(act) ?? ended(act));
}

function started({ options, words, on }: Act): readonly CommandEffect[] {
  const flags: Flag[] = privileged(options) ? ['privileged'] : [];
  if (options.has('-d', '--detach')) flags.push('background');
  const name = options.operands[0]?.text ?? '';
  if (isDynamic(name)) flags.push('dynamic');
  return [on('execute', name, flags), ...rights(options, words)];
}

/** Building and moving images, and files between here and a container; null for all else. */
function images({ last, options, words, on }: Act): readonly CommandEffect[] | null {
  const [first] = options.operands;
  const name = first?.text ?? '';
  const registry = { kind: 'host' as const, name: registryOf(first) };
  switch (last) {
    case 'build':
    case 'bake': {
      const folders = options.operands.filter(({ text }) => !/^(?:https?:|git@|-$)/.test(text ?? ''));
      return [
        on('execute', options.value('-t', '--tag')?.text ?? ''),
        ...touchAll('read', folders, words.place, { kind: 'directory' }),
      ];
    }
    case 'push':
      return [on('read', name), { verb: 'send', resource: registry, zone: 'other-host', flags: [] }];
    case 'pull':
      return [{ verb: 'receive', resource: registry, zone: 'other-host', flags: [] }, on('install', name)];
    case 'login':
      return [
        {
          verb: 'configure',
          resource: { kind: 'secret', name: 'registry login' },
          zone: 'credential-store',
          flags: [],
        },
      ];
    case 'cp':
      return copied(options, words);
    case 'save':
    case 'export':
      return [on('read', name), ...touchAll('write', options.all('-o', '--output'), words.place)];
    case 'load':
    case 'import':
      return [on('install', '')];
    default:
      return null;
  }
}

const looking =
  /^(?:ps|ls|list|images|logs|inspect|info|version|stats|top|port|diff|history|events|search|config|show|df|context)$/;

/** Built again from what is still there. */
const rebuilt = /^(?:builder|buildx|image|images|network|buildkit)$/;

/** Taking away, and everything else by its name. Volumes hold what nothing else does; images and caches are fetched again. */
function ended({ last, group, at, options, on }: Act): readonly CommandEffect[] {
  const volumes = group === 'volume' || options.has('-v', '--volumes');
  const forced: readonly Flag[] = options.has('-f', '--force') ? ['forced'] : [];
  const lost: readonly Flag[] = volumes ? ['irreversible'] : [];
  if (last === 'prune') {
    const all = options.has('-a', '--all');
    if (rebuilt.test(group) && !volumes) return [on('delete', `${group} prune`, all ? ['bulk'] : [])];
    const flags: Flag[] = ['bulk', ...(all || volumes ? (['irreversible'] as const) : [])];
    return [on('delete', `${group || 'docker'} prune`, volumes ? [...flags, ...forced] : flags)];
  }
  // `podman system reset`, `docker swarm leave --force`: everything that was set up here.
  if (last === 'reset' || (last === 'leave' && forced.length > 0))
    return [on('delete', `${group} ${last}`.trim(), ['bulk', 'irreversible', ...forced])];
  if (last === 'down') return [on('delete', 'compose project', volumes ? ['bulk', 'irreversible'] : [])];
  if (/^(?:rm|rmi|remove|kill|stop|leave|demote)$/.test(last)) {
    const targets = options.operands.length === 0 ? [{ text: '', arg: at }] : options.operands;
    const all: readonly Flag[] = options.has('-a', '--all') ? ['bulk'] : [];
    const kept: readonly Flag[] =
      /^(?:stack|service|secret|config|node|pod|machine)$/.test(group) && last === 'rm' ? ['irreversible'] : [];
    return targets.map(({ text, arg }) => {
      const unknown: readonly Flag[] = text === null ? ['dynamic', 'bulk'] : [];
      return { ...on('delete', text ?? '', [...forced, ...lost, ...kept, ...all, ...unknown]), arg };
    });
  }
  const name = options.operands[0]?.text ?? '';
  return [looking.test(last) ? on('read', name) : on(verbOfName(last) ?? 'execute', name, forced)];
}

function registryOf(operand: Operand | undefined): string {
  const [first = ''] = (operand?.text ?? '').split('/');
  return /[.:]/.test(first) ? first.replace(/:\d+$/, '') : 'docker.io';
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

const dockers = ['docker', 'podman', 'nerdctl', 'docker-compose', 'podman-compose', 'buildah', 'finch', 'lima'];
const kubes = ['kubectl', 'oc', 'k', 'microk8s'];

export const containers: CommandFamily = {
  id: 'containers',
  programs: [...dockers, ...kubes, 'helm', 'crictl', ...clusterTools],
  effects: (words) => {
    const { program } = words;
    if (program === 'docker-compose' || program === 'podman-compose')
      return docker({ ...words, args: ['compose', ...words.args] }).map((effect) =>
        effect.arg === undefined ? effect : { ...effect, arg: Math.max(0, effect.arg - 1) },
      );
    if (dockers.includes(program) || program === 'crictl') return docker(words);
    if (kubes.includes(program) && words.args[0] !== 'kubectl') return kubectl(words);
    if (program === 'helm') return helm(words);
    return cluster(words);
  },
  runs: (words) =>
    words.args[0] === 'kubectl' && /^(?:k3s|minikube|microk8s|k0s)$/.test(words.program)
      ? [{ kind: 'words', from: 0 }]
      : dockers.includes(words.program)
        ? dockerRuns(words)
        : kubes.includes(words.program)
          ? kubectlRuns(words)
          : [],
  examples: [
    ['docker ps -a', 'read container this-host'],
    ['docker run --rm -v /:/host alpine true', 'execute container this-host', 'write directory system'],
    ['docker run --privileged alpine true', 'execute container this-host'],
    ['docker exec web rm -rf /data', 'execute container this-host', 'delete directory this-host'],
    ['docker system prune -af --volumes', 'delete container this-host'],
    ['docker builder prune -f', 'delete container this-host'],
    ['podman system reset --force', 'delete container this-host'],
    ['docker push ghcr.io/a/b:1', 'read container this-host', 'send host other-host'],
    ['docker build -t x .', 'execute container this-host', 'read directory repository'],
    ['docker compose down -v', 'delete container this-host'],
    ['kubectl get pods', 'read cloud-resource other-host'],
    ['kubectl get secret db -o yaml', 'read secret credential-store'],
    ['kubectl get secrets', 'read cloud-resource other-host'],
    ['kubectl describe secret db', 'read cloud-resource other-host'],
    ['kubectl delete pod x --dry-run=client', 'delete cloud-resource other-host'],
    ['kubectl drain node-1 --ignore-daemonsets', 'delete cloud-resource other-host'],
    ['kustomize build overlays/dev', 'read directory repository'],
    ['kind delete cluster', 'delete container this-host'],
    ['minikube status', 'read container this-host'],
    ['talosctl reset -n node-1', 'delete cloud-resource other-host'],
    ['k3s kubectl get pods', 'execute container this-host', 'read cloud-resource other-host'],
    ['kubectl delete namespace shop', 'delete cloud-resource other-host'],
    ['kubectl --context prod delete pod x', 'delete cloud-resource production'],
    ["kubectl exec pod/x -- sh -c 'cat /etc/shadow'", 'execute container other-host', 'read file credential-store'],
    ['helm uninstall web', 'delete cloud-resource other-host'],
  ],
};
