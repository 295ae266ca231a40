import type { CommandWords, NestedRun } from '../../core/ports.ts';
import { names } from '../arguments.ts';
import { type Phrase, spokenFamily, type Vocabulary } from '../phrases.ts';

// Virtual machines, system containers and the registries that keep images. Sources: the manuals of libvirt, VirtualBox,
// Proxmox VE, LXD and Incus, systemd-machined, Parallels, VMware's vmrun and govc, Lima, Colima; crane, regctl, oras, skopeo.

const reads: Phrase = [
  /^(?:list|ls|info|show|status|dominfo|domstate|dumpxml|config|get|showvminfo|ps|inspect|version|net-list|pool-list|vol-list|snapshot-list|nodeinfo|capabilities|metrics|about|find|host\.info|vm\.info|shell-command|image-status|digest|manifest|catalog|tags?|blob|discover|repo ls)\b/,
  'read',
];

const machines = (phrases: readonly Phrase[], values = ''): Vocabulary => ({
  kind: 'container',
  zone: 'this-host',
  values: names(`-c --connect --project --node -p --provider -h ${values}`),
  phrases: [...phrases, reads, [/^/, 'execute']],
});

const virtualBox = machines([
  [/^(?:unregistervm\b.*--delete|closemedium\b.*--delete|snapshot \S+ (?:delete|restore))/, 'delete', 'irreversible'],
  [/^controlvm \S+ (?:poweroff|reset)\b/, 'delete', 'forced'],
  [/^unregistervm\b/, 'delete', 'forced'],
]);
const proxmox = machines([
  [/^(?:destroy|delsnapshot|rollback|template|unlink|disk unlink|move_disk .*--delete)\b/, 'delete', 'irreversible'],
  [/^(?:stop|reset|shutdown)\b/, 'delete', 'forced'],
  [/^pvesh delete\b/, 'delete', 'irreversible'],
]);
const containers = machines([
  // Rights of the host, or its disk, handed to the container.
  [/\bsecurity\.privileged=true\b|\bsource=\/(?:\s|$)|\braw\.lxc=/, 'execute', 'privileged'],
  [
    /^(?:delete|rm|rebuild|publish --force|(?:image|snapshot|storage|storage volume|network|profile|project|cluster|config trust) (?:delete|rm|remove)|restore)\b/,
    'delete',
    'irreversible',
  ],
  [/^stop\b.*(?:--force|-f\b|--all)/, 'delete', 'forced'],
]);

/** A tag or an image that others pull by its name. */
const registry = (removes: RegExp): Vocabulary => ({
  values: names('--platform -p --config'),
  phrases: [
    [removes, 'delete', 'irreversible'],
    [
      /^(?:push|copy|cp|tag|append|mutate|rebase|sync|put|flatten|export|attach|repo tag|manifest push|blob push)\b/,
      'write',
    ],
    reads,
    [/^(?:pull|import|login|auth|logout)\b/, 'receive'],
  ],
});

/** `lxc exec web -- cmd`, `machinectl shell web /bin/sh`, `virsh qemu-agent-command`: what runs in there. */
function inside({ program, args }: CommandWords): readonly NestedRun[] {
  if (!/^(?:lxc|incus|machinectl|prlctl|pct|limactl|multipass)$/.test(program)) return [];
  const at = args.findIndex((arg) => arg === 'exec' || arg === 'shell' || arg === 'enter');
  if (at < 0) return [];
  const dashes = args.indexOf('--', at);
  const from = dashes >= 0 ? dashes + 1 : at + 2;
  if (from >= args.length || args[from]?.startsWith('-')) return [];
  const name = args[at + 1] ?? 'container';
  return [{ kind: 'words', from, cwd: '', where: { name, zone: 'this-host' } }];
}

export const virtualMachines = spokenFamily(
  'virtual-machines',
  {
    virsh: machines([
      [
        /^(?:undefine|vol-delete|vol-wipe|pool-delete|pool-destroy|net-destroy|net-undefine|snapshot-delete|snapshot-revert|managedsave-remove|secret-undefine|blockpull|iface-undefine)\b/,
        'delete',
        'irreversible',
      ],
      [/^(?:destroy|reset|shutdown|suspend|detach-\w+)\b/, 'delete', 'forced'],
    ]),
    VBoxManage: virtualBox,
    vboxmanage: virtualBox,
    qm: proxmox,
    pct: proxmox,
    pvesh: machines([[/^delete\b/, 'delete', 'irreversible']]),
    pvesm: machines([[/^(?:free|remove)\b/, 'delete', 'irreversible']]),
    pveum: machines([[/\b(?:delete|del)\b/, 'delete', 'irreversible']]),
    lxc: containers,
    incus: containers,
    'lxc-destroy': machines([[/^/, 'delete', 'irreversible']]),
    machinectl: machines([[/^(?:remove|clean|terminate|kill|poweroff)\b/, 'delete', 'irreversible']]),
    prlctl: machines([
      [/^(?:delete|unregister|reset-uptime|snapshot-delete|snapshot-switch)\b/, 'delete', 'irreversible'],
      [/^stop\b.*--kill/, 'delete', 'forced'],
    ]),
    vmrun: machines([[/\b(?:deleteVM|deleteSnapshot|revertToSnapshot)\b/, 'delete', 'irreversible']]),
    govc: machines([
      [/^(?:\S+\.(?:destroy|rm|remove|unregister)|object\.destroy)\b/, 'delete', 'irreversible'],
      [/^vm\.power\b.*-off/, 'delete', 'forced'],
    ]),
    xe: machines([[/^\S+-(?:destroy|uninstall|forget|eject)\b/, 'delete', 'irreversible']]),
    vctl: machines([[/^(?:rm|rmi|system (?:stop|prune))\b/, 'delete', 'forced']]),
    crane: registry(/^delete\b/),
    gcrane: registry(/^(?:delete|gc)\b/),
    regctl: registry(/^(?:\w+ (?:delete|rm|del)|delete)\b/),
    oras: registry(/^(?:manifest delete|blob delete|delete)\b/),
    skopeo: registry(/^delete\b/),
    ctr: {
      kind: 'container',
      zone: 'this-host',
      values: names('-n --namespace -a --address'),
      phrases: [
        [/\b(?:rm|remove|delete|del|prune|kill)\b/, 'delete', 'forced'],
        [/\b(?:ls|list|info|check|metrics|events|version|tree)\b/, 'read'],
        [/^/, 'execute'],
      ],
    },
  },
  [
    ['virsh list --all', 'read container this-host'],
    ['virsh undefine web --remove-all-storage', 'delete container this-host'],
    ['qm destroy 104', 'delete container this-host'],
    ['lxc delete web --force', 'delete container this-host'],
    ['lxc list', 'read container this-host'],
    ['lxc exec web -- rm -rf x', 'execute container this-host', 'delete directory this-host'],
    ['crane delete registry.example/shop:1', 'delete cloud-resource other-host'],
    ['skopeo inspect docker://registry.example/shop:1', 'read cloud-resource other-host'],
    ['ctr images rm docker.io/library/redis:7', 'delete container this-host'],
  ],
  inside,
);
