import type { Flag, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Options, readOptions, subcommandAt } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { namesProduction } from '../hosts.ts';
import { onlyAsksForHelp, phraseEffects, type Vocabulary } from '../phrases.ts';

const values = names(
  '-chdir -var -var-file -target -state -backend-config -out -s --stack -C --cwd -c --config -i --inventory -e --extra-vars -l --limit -t --tags -u --user -m --module-name -a --args -f --forks --private-key --vault-password-file -b',
);

function zoneOf(words: CommandWords): Zone {
  return words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'other-host';
}

const shows = /^--?(?:dry-run|preview-only|detailed-exitcode)$|^-n$/;

/** What the sub-command of Terraform and its kin does to what is out there. Sources: their command references. */
function terraform(words: CommandWords): readonly CommandEffect[] {
  const { args } = words;
  if (onlyAsksForHelp(args)) return [];
  let at = subcommandAt(args, values);
  // `terragrunt run-all destroy`, `terragrunt run --all destroy`: the second word says what.
  if (/^(?:run-all|run|stack|exec)$/.test(args[at] ?? '') && words.program === 'terragrunt') {
    const next = subcommandAt(args.slice(at + 1), values);
    if (next >= 0 && args[at] !== 'exec') at += 1 + next;
  }
  const sub = args[at] ?? null;
  if (at < 0 || sub === null) return [];
  const rest = args.slice(at + 1);
  const plain = rest.filter((arg) => arg !== null && !arg.startsWith('-'));
  const said = `${sub} ${plain[0] ?? ''}`.trim();
  const automatic = rest.some((arg) =>
    /^--?(?:auto-approve|force|yes|y|f|skip-preview|terragrunt-non-interactive)$/.test(arg ?? ''),
  );
  const make = (verb: CommandEffect['verb'], flags: readonly Flag[]): CommandEffect => ({
    verb,
    resource: { kind: 'cloud-resource', name: `${words.program} ${said}`.slice(0, 120) },
    zone: zoneOf(words),
    flags: [
      ...flags,
      ...(automatic ? (['forced'] as const) : []),
      ...(rest.some((arg) => shows.test(arg ?? '')) ? (['dry-run'] as const) : []),
    ],
    arg: at,
  });
  if (sub === 'destroy' || sub === 'down' || rest.some((arg) => /^--?destroy$/.test(arg ?? '')))
    return [make('delete', sub === 'plan' ? ['dry-run'] : ['bulk', 'irreversible'])];
  // Forgotten by the state, or the state itself replaced: what exists is no longer known.
  if (
    /^(?:state (?:rm|push|replace-provider|delete|unprotect|repair)|workspace delete|stack (?:rm|import)|env rm|deployment|org remove)$/.test(
      said,
    )
  )
    return [make('delete', ['irreversible'])];
  // Nobody sees the plan before it happens; what it replaces or removes is not in the call.
  if (/^(?:apply|up|deploy|update)$/.test(sub) && automatic)
    return [
      make('write', [
        'bulk',
        'weakens',
        ...(rest.some((arg) => /^--?replace\b/.test(arg ?? '')) ? (['irreversible'] as const) : []),
      ]),
    ];
  if (/^(?:apply|up|deploy|update|watch)$/.test(sub))
    return [make('write', rest.some((arg) => /^--?replace\b/.test(arg ?? '')) ? ['bulk', 'irreversible'] : ['bulk'])];
  if (sub === 'force-unlock' || sub === 'cancel') return [make('configure', ['forced', 'weakens'])];
  // Destroyed and made anew at the next apply.
  if (sub === 'taint') return [make('delete', [])];
  if (
    /^(?:import|refresh|untaint|login|logout|state mv|stack (?:select|init|rename|change-secrets-provider)|config (?:set|rm|set-all)|workspace (?:new|select))$/.test(
      said,
    ) ||
    /^(?:import|refresh|untaint|login|logout|new)$/.test(sub)
  )
    return [make('configure', [])];
  if (sub === 'init' || sub === 'get' || said === 'plugin install')
    return [
      {
        verb: 'install',
        resource: { kind: 'package', name: `${words.program} providers` },
        zone: 'other-host',
        flags: [],
      },
    ];
  if (
    said === 'config --show-secrets' ||
    (sub === 'config' && rest.includes('--show-secrets')) ||
    (sub === 'stack' && rest.includes('--show-secrets'))
  )
    return [
      {
        verb: 'read',
        resource: { kind: 'secret', name: `${words.program} secrets` },
        zone: 'credential-store',
        flags: ['bulk'],
        arg: at,
      },
    ];
  if (sub === 'fmt')
    return touch(
      rest.some((arg) => /^--?(?:check|write=false)$/.test(arg ?? '')) ? 'read' : 'write',
      { text: '.', arg: -1 },
      words.place,
      { kind: 'directory' },
    );
  return [make('read', sub === 'plan' || sub === 'preview' ? ['dry-run'] : [])];
}

function ansible(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, values);
  if (words.program === 'ansible-vault') {
    const shows = /^(?:view|decrypt|edit)$/.test(options.operands[0]?.text ?? '');
    return shows
      ? [
          {
            verb: 'read',
            resource: { kind: 'secret', name: options.operands[1]?.text ?? '' },
            zone: 'credential-store',
            flags: [],
          },
        ]
      : touchAll('write', options.operands.slice(1), words.place);
  }
  if (words.program === 'ansible-galaxy')
    return [
      {
        verb: 'install',
        resource: { kind: 'package', name: options.operands.at(-1)?.text ?? '' },
        zone: 'other-host',
        flags: [],
      },
    ];
  const flags: Flag[] = options.has('-C', '--check', '--list-hosts', '--syntax-check', '--list-tasks')
    ? ['dry-run', 'bulk']
    : ['bulk'];
  if (options.has('-b', '--become', '-K')) flags.push('privileged');
  const reads = words.program === 'ansible-playbook' ? touchAll('read', options.operands, words.place) : [];
  const local =
    options.value('-i', '--inventory')?.text?.startsWith('localhost') || options.operands[0]?.text === 'localhost';
  const target = options.operands[0]?.text ?? '';
  return [
    ...reads,
    {
      verb: 'execute',
      resource: { kind: 'host', name: target },
      zone: local ? 'this-host' : zoneOf(words),
      flags,
    },
    ...(words.program === 'ansible' ? moduleEffects(options, local ? 'this-host' : zoneOf(words), flags) : []),
  ];
}

/** Ad hoc modules that say in their arguments what they take away: `state=absent`, a reboot, a stopped service. */
function moduleEffects(options: Options, zone: Zone, flags: readonly Flag[]): readonly CommandEffect[] {
  const module = (options.value('-m', '--module-name')?.text ?? '').replace(/^ansible\.\w+\./, '');
  const given = options.value('-a', '--args')?.text ?? '';
  const name = /\b(?:path|dest|name)=(\S+)/.exec(given)?.[1] ?? '';
  const absent = /\bstate=(?:absent|stopped)\b/.test(given);
  if (module === 'reboot')
    return [{ verb: 'delete', resource: { kind: 'process', name: 'reboot' }, zone, flags: [...flags, 'forced'] }];
  if (!absent) return [];
  const kind = /^(?:user|group)$/.test(module)
    ? 'user'
    : /^(?:service|systemd)$/.test(module)
      ? 'service'
      : /^(?:apt|yum|dnf|package|pip)$/.test(module)
        ? 'package'
        : 'file';
  return [{ verb: 'delete', resource: { kind, name }, zone, flags: [...flags, 'recursive'] }];
}

function ansibleRuns(words: CommandWords): readonly NestedRun[] {
  if (words.program !== 'ansible') return [];
  const options = readOptions(words.args, values);
  const module = options.value('-m', '--module-name')?.text ?? 'command';
  const given = options.value('-a', '--args');
  if (!given || !/^(?:ansible\.builtin\.)?(?:shell|command|raw)$/.test(module)) return [];
  const local = options.operands[0]?.text === 'localhost';
  return [
    {
      kind: 'shell',
      text: given.text,
      arg: given.arg,
      ...(!local && { where: { name: options.operands[0]?.text ?? 'hosts', zone: zoneOf(words) }, cwd: '' }),
    },
  ];
}

const services: Vocabulary = {
  values: names('-address -token -namespace -region -http-addr -datacenter -n --node -c -s -P -u -L -G -t'),
  phrases: [
    // Nomad, Consul, Vagrant, Packer, Chef's knife, Puppet: nouns first.
    [
      /^(?:destroy|job stop .*-purge|namespace delete|volume (?:delete|deregister)|acl (?:token|policy|role|auth-method) delete|node (?:purge|clean|delete|deactivate|drain)|server (?:delete|force-leave)|client delete|environment delete|role delete|data bag delete|cookbook (?:delete|bulk delete)|kv delete|snapshot restore|operator (?:raft remove-peer|snapshot restore|autopilot set-config)|system gc|box (?:remove|prune)|leave|force-leave|intention delete|partition delete|cloud-backup delete|ssl clean|cert clean)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [
      /^(?:job stop|stop|halt|suspend|alloc stop|deployment fail|maint|services deregister|quota delete|snapshot delete)\b/,
      'delete',
    ],
    [/^acl (?:token|policy|role|bootstrap)(?: create| update)?\b(?! (?:list|read|info|self))/, 'grant'],
    [
      /^(?:job (?:plan|status|inspect|validate|history)|plan|status|global-status|validate|inspect|fmt|console|members|info|catalog|kv (?:get|export)|list|show|ssh-config|port|version|monitor|node (?:list|show|status)|cookbook (?:list|show)|data bag (?:list|show)|box list|alloc (?:status|logs|fs)|eval (?:status|list)|deployment (?:list|status)|acl \S+ (?:list|read|info|self)|operator raft list-peers|snapshot (?:list|inspect|save))\b/,
      'read',
    ],
    [
      /^(?:up|provision|reload|resume|build|job run|run|apply|kv put|kv import|upload|bootstrap|ssh|exec|alloc exec|node run-list)\b/,
      'write',
    ],
  ],
};

/** `salt '*' cmd.run 'rm -rf /srv'`, `salt-ssh`, `pssh`: one line on many hosts. */
function manyHosts(words: CommandWords): readonly CommandEffect[] {
  const [target, action] = readOptions(
    words.args,
    names('-c -C -G -L -N -t -b -h -H -l -u -p -P -i -o -e -w --hosts --user'),
  ).operands;
  return [
    {
      verb: /^(?:test\.|grains\.|status\.|sys\.|pillar\.)/.test(action?.text ?? '') ? 'read' : 'execute',
      resource: { kind: 'host', name: target?.text ?? '' },
      zone: zoneOf(words),
      flags: ['bulk'],
    },
  ];
}

function manyRuns(words: CommandWords): readonly NestedRun[] {
  const operands = readOptions(
    words.args,
    names('-c -C -G -L -N -t -b -h -H -l -u -p -P -i -o -e -w --hosts --user'),
  ).operands;
  const salt = words.program.startsWith('salt');
  const command = salt
    ? /^cmd\.(?:run|run_all|shell|script)$/.test(operands[1]?.text ?? '')
      ? operands[2]
      : undefined
    : operands[0];
  if (!command) return [];
  return [
    {
      kind: 'shell',
      text: command.text,
      arg: command.arg,
      where: { name: operands[0]?.text ?? 'hosts', zone: zoneOf(words) },
      cwd: '',
    },
  ];
}

const terraforms = ['terraform', 'tofu', 'terragrunt', 'pulumi', 'cdktf', 'tf'];
const nouns = [
  'packer',
  'vagrant',
  'nomad',
  'consul',
  'puppet',
  'puppetserver',
  'chef',
  'knife',
  'waypoint',
  'boundary',
];
const hosts = ['salt', 'salt-ssh', 'salt-call', 'pssh', 'parallel-ssh', 'pdsh', 'clush', 'dsh'];
const ansibles = ['ansible', 'ansible-playbook', 'ansible-vault', 'ansible-galaxy'];

export const infrastructure: CommandFamily = {
  id: 'infrastructure',
  programs: [...terraforms, ...ansibles, ...nouns, ...hosts],
  effects: (words) =>
    terraforms.includes(words.program)
      ? terraform(words)
      : ansibles.includes(words.program)
        ? ansible(words)
        : hosts.includes(words.program)
          ? manyHosts(words)
          : phraseEffects(words, services),
  runs: (words) => (hosts.includes(words.program) ? manyRuns(words) : ansibleRuns(words)),
  examples: [
    ['terraform plan', 'read cloud-resource other-host'],
    ['terraform apply -auto-approve', 'write cloud-resource other-host'],
    ['terraform destroy', 'delete cloud-resource other-host'],
    ['pulumi destroy --stack prod --yes', 'delete cloud-resource production'],
    ['terraform apply -destroy -auto-approve', 'delete cloud-resource other-host'],
    ['terraform plan -destroy', 'delete cloud-resource other-host'],
    ['terraform state list', 'read cloud-resource other-host'],
    ['terraform state rm aws_instance.web', 'delete cloud-resource other-host'],
    ['terraform fmt -check', 'read directory repository'],
    ['terragrunt run-all destroy', 'delete cloud-resource other-host'],
    ['pulumi preview', 'read cloud-resource other-host'],
    ['vagrant destroy -f', 'delete cloud-resource other-host'],
    ['consul kv delete -recurse app/', 'delete cloud-resource other-host'],
    ['nomad job status', 'read cloud-resource other-host'],
    ["salt '*' cmd.run 'rm -rf /srv'", 'execute host other-host', 'delete directory other-host'],
    ["ansible web -m file -a 'path=/srv state=absent'", 'execute host other-host', 'delete file other-host'],
    ['ansible-playbook --check site.yml', 'read file repository', 'execute host other-host'],
    ['ansible-playbook site.yml', 'read file repository', 'execute host other-host'],
    ["ansible all -m shell -a 'rm -rf /srv'", 'execute host other-host', 'delete directory other-host'],
  ],
};
