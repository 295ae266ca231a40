import type { Flag, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, readOptions, subcommandAt } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { namesProduction } from '../hosts.ts';
import { flagsOfOptions } from '../named-verbs.ts';

const values = names(
  '-chdir -var -var-file -target -state -backend-config -out -s --stack -C --cwd -c --config -i --inventory -e --extra-vars -l --limit -t --tags -u --user -m --module-name -a --args -f --forks --private-key --vault-password-file -b',
);

function zoneOf(words: CommandWords): Zone {
  return words.args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'other-host';
}

function terraform(words: CommandWords): readonly CommandEffect[] {
  const at = subcommandAt(words.args, values);
  const sub = words.args[at] ?? null;
  if (at < 0 || sub === null) return [];
  const rest = words.args.slice(at + 1);
  const automatic =
    rest.some((arg) => /^--?(?:auto-approve|force|yes|y|skip-preview)$/.test(arg ?? '')) ||
    rest.includes('-y') ||
    rest.includes('-f');
  const make = (verb: CommandEffect['verb'], flags: readonly Flag[]): CommandEffect => ({
    verb,
    resource: { kind: 'cloud-resource', name: `${words.program} ${sub}` },
    zone: zoneOf(words),
    flags: automatic ? [...flags, 'forced'] : flags,
    arg: at,
  });
  if (sub === 'destroy' || sub === 'down' || ((sub === 'apply' || sub === 'plan') && rest.includes('-destroy')))
    return [make('delete', sub === 'plan' || rest.includes('--preview-only') ? ['dry-run'] : ['bulk', 'irreversible'])];
  if (sub === 'apply' || sub === 'up' || sub === 'deploy' || sub === 'run-all') return [make('write', ['bulk'])];
  if (sub === 'state' && /^(?:rm|push|replace-provider)$/.test(rest[0] ?? ''))
    return [make('delete', ['irreversible'])];
  if (sub === 'workspace' && rest[0] === 'delete') return [make('delete', ['irreversible'])];
  if (sub === 'stack' && rest[0] === 'rm') return [make('delete', ['irreversible'])];
  if (
    /^(?:taint|import|refresh|force-unlock|untaint|cancel|login|logout)$/.test(sub) ||
    (sub === 'state' && rest[0] === 'mv')
  )
    return [make('configure', [])];
  if (sub === 'init' || sub === 'get')
    return [
      {
        verb: 'install',
        resource: { kind: 'package', name: `${words.program} providers` },
        zone: 'other-host',
        flags: [],
      },
    ];
  if (
    sub === 'output' ||
    (sub === 'state' && (rest[0] === 'pull' || rest[0] === 'show')) ||
    (sub === 'config' && rest.includes('--show-secrets'))
  )
    return [
      {
        verb: 'read',
        resource: { kind: 'cloud-resource', name: `${words.program} ${sub}` },
        zone: 'other-host',
        flags: [],
        arg: at,
      },
    ];
  if (sub === 'fmt') return touch('write', { text: '.', arg: -1 }, words.place, { kind: 'directory' });
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
  return [
    ...reads,
    {
      verb: 'execute',
      resource: { kind: 'host', name: options.operands[0]?.text ?? '' },
      zone: local ? 'this-host' : zoneOf(words),
      flags,
    },
  ];
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

function packer(words: CommandWords): readonly CommandEffect[] {
  const sub = words.args.find((arg) => arg !== null && !arg.startsWith('-')) ?? '';
  const verb = /destroy|delete|halt|rm/.test(sub)
    ? 'delete'
    : /build|up|provision|reload|apply/.test(sub)
      ? 'write'
      : 'read';
  return [
    {
      verb,
      resource: { kind: 'cloud-resource', name: `${words.program} ${sub}` },
      zone: zoneOf(words),
      flags: flagsOfOptions(words.args),
    },
  ];
}

const terraforms = ['terraform', 'tofu', 'terragrunt', 'pulumi', 'cdktf', 'tf'];
const ansibles = ['ansible', 'ansible-playbook', 'ansible-vault', 'ansible-galaxy'];

export const infrastructure: CommandFamily = {
  id: 'infrastructure',
  programs: [...terraforms, ...ansibles, 'packer', 'vagrant', 'nomad', 'consul', 'salt', 'puppet', 'chef', 'knife'],
  effects: (words) =>
    terraforms.includes(words.program)
      ? terraform(words)
      : ansibles.includes(words.program)
        ? ansible(words)
        : packer(words),
  runs: ansibleRuns,
  examples: [
    ['terraform plan', 'read cloud-resource other-host'],
    ['terraform apply -auto-approve', 'write cloud-resource other-host'],
    ['terraform destroy', 'delete cloud-resource other-host'],
    ['pulumi destroy --stack prod --yes', 'delete cloud-resource production'],
    ['ansible-playbook site.yml', 'read file repository', 'execute host other-host'],
    ["ansible all -m shell -a 'rm -rf /srv'", 'execute host other-host', 'delete directory other-host'],
  ],
};
