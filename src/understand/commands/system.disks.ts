import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';

// Disks, partitions, volumes, arrays, pools, file systems. Sources: the manual pages of util-linux, e2fsprogs, lvm2, mdadm,
// btrfs-progs, OpenZFS, cryptsetup, nvme-cli, hdparm, diskutil, ceph, gluster.

const lost: readonly Flag[] = ['irreversible', 'bulk'];

/** A program that overwrites a whole disk or volume. */
export function disk(flags: readonly Flag[] = lost) {
  return (words: CommandWords): readonly CommandEffect[] => {
    const options = readOptions(words.args, names('-t -L -U -b -m -F -n -O -o -l -s -i -I -E -T -N -q'));
    if (options.has('-l', '--list', '--help', '-V', '--version') && !options.has('-w'))
      return [{ verb: 'read', resource: { kind: 'device', name: '' }, zone: 'system', flags: [] }];
    // A file of one's own with a file system in it is a file.
    const image = words.args.findLast(
      (arg) => arg !== null && /\.(?:img|iso|raw|qcow2?|ext[234]|vhdx?|disk|bin)$/.test(arg),
    );
    if (typeof image === 'string' && !image.startsWith('/dev/'))
      return [{ verb: 'write', resource: { kind: 'file', name: image }, zone: 'unknown', flags: [] }];
    const targets = options.operands.filter(
      ({ text }) => text === null || text.startsWith('/') || /^disk\d/.test(text),
    );
    const on = targets.length === 0 ? [{ text: null, arg: 0 }] : targets;
    return on.map(({ text, arg }) => ({
      verb: 'delete' as const,
      resource: { kind: 'device' as const, name: text ?? '' },
      zone: 'system' as const,
      flags,
      arg: Math.max(0, arg),
    }));
  };
}

/** What each tool's line says when data goes with it. */
const destroys: Readonly<Record<string, RegExp>> = {
  lvremove: /^/,
  vgremove: /^/,
  pvremove: /^/,
  vgreduce: /^/,
  lvreduce: /^/,
  lvresize: /(?:^|\s)(?:-L|--size|-l|--extents)[\s=]?-|--shrink/,
  hdparm:
    /--(?:security-(?:erase\S*|set-pass|freeze)|trim-sector|make-bad-sector|write-sector|sanitize-\S+|dco-restore)/,
  nvme: /^(?:format|sanitize|delete-ns|write-zeroes|write-uncor|dsm|reset|subsystem-reset)\b/,
  cryptsetup: /^(?:erase|luksErase|luksFormat|luksKillSlot|luksRemoveKey|luksHeaderRestore|reencrypt|repair)\b/i,
  mdadm: /--(?:stop|zero-superblock|remove|fail|create|re-add|assemble --force)\b|^\S*\s?-(?:S|C)\b|\s-[frS]\s/,
  btrfs:
    /^(?:subvolume|sub|su) (?:delete|del)|^(?:device|dev) (?:remove|delete|rem|del)|^(?:check|rescue|replace)\b.*(?:--repair|--init|zero-log|start|clear)|^rescue zero-log/,
  zpool: /^(?:destroy|labelclear|remove|detach|offline|split|export -f|clear|replace|create|reguid)\b/,
  zfs: /^(?:destroy|rollback|receive|recv|unload-key|change-key|release|promote)\b/,
  dmsetup: /^(?:remove|remove_all|wipe_table|clear)\b/,
  losetup: /(?:^|\s)(?:-d|-D|--detach|--detach-all)\b/,
  'nbd-client': /(?:^|\s)-d\b/,
  'qemu-nbd': /(?:^|\s)(?:-d|--disconnect)\b/,
  iscsiadm: /(?:^|\s)(?:-u|--logout|-o delete)\b/,
  multipath: /(?:^|\s)-[Ff]\b/,
  diskutil:
    /^(?:erase\w*|zeroDisk|randomDisk|secureErase|partitionDisk|reformat|resizeVolume|deleteVolume|(?:apfs|cs|coreStorage|appleRAID|ar) (?:delete\w*|erase\w*|remove\w*|destroy\w*))/i,
  resize2fs: /^\S+ \d+[KMGTs]?\b|-M\b/,
  tune2fs: /-O \^|\^has_journal|-(?:f|z)\b/,
  xfs_repair: /-L\b/,
  fsck: /(?:^|\s)-[a-z]*y/,
  e2fsck: /(?:^|\s)-[a-z]*y/,
  zerofree: /^\S/,
  debugfs: /-w\b/,
  ntfsfix: /^\S/,
  partx: /(?:^|\s)(?:-d|--delete)\b/,
  kpartx: /(?:^|\s)-d\b/,
  hdiutil: /^(?:erasekeys|resize|compact|eject -force|detach .*-force)\b/,
  asr: /\brestore\b.*--erase|--erase\b/,
  rbd: /^(?:rm|remove|snap (?:rm|purge|rollback)|trash (?:rm|purge)|image rm|feature disable|resize .*--allow-shrink)\b/,
  ceph: /\b(?:pool (?:delete|rm)|osd (?:purge|rm|destroy|out|lost|down)|fs (?:rm|fail|reset)|auth (?:del|rm)|mon (?:remove|rm)|mds (?:rm|rmfailed|fail)|purge|zap|rm-cluster|orch (?:rm|daemon rm|host rm|osd rm))\b/,
  cephadm: /^(?:rm-cluster|rm-daemon|zap-osds)\b/,
  radosgw: /^/,
  rados: /^(?:rm|purge|rmpool|cppool|mksnap|rmsnap|truncate)\b|(?:^|\s)(?:rm|purge|rmpool|rmsnap)\b/,
  'radosgw-admin': /\b(?:user rm|bucket rm|object rm|key rm|zone delete|realm delete|user suspend|quota disable)\b/,
  gluster:
    /\b(?:volume (?:delete|stop|reset|remove-brick|detach-tier)|peer detach|snapshot (?:delete|restore|deactivate))\b/,
  drbdadm: /^(?:wipe-md|down|detach|invalidate|invalidate-remote|create-md|disconnect|secondary)\b/,
  umount: /(?:^|\s)-[a-z]*[fl]|(?:^|\s)(?:-a|--all|--force|--lazy)\b/,
};
const shows =
  /^(?:list|info|status|get|show|ls|examine|detail|scan|iostat|history|df|du|id-ctrl|id-ns|smart-log|isLuks|luksDump|usage|imageinfo|-l|-n|--detail|--examine|--query|-I)\b|(?:^|\s)(?:--detail|--examine|-D|-Q|-I|-a|-l|--list|--all)\b/;

/** The words of the line: programs of several levels, `zfs destroy`, and the options after them. */
export function volume(words: CommandWords): readonly CommandEffect[] {
  const plain = words.args.filter((arg) => arg !== null && !arg.startsWith('-')).join(' ');
  const line = words.args.map((arg) => arg ?? '…').join(' ');
  const name =
    words.args.findLast((arg) => arg?.startsWith('/') || /^[a-z][\w-]*\/|@/.test(arg ?? '')) ?? words.args.at(-1) ?? '';
  const says = destroys[words.program];
  const dry = words.args.some(
    (arg) =>
      /^(?:--dry-run|--test|-t|--help|--version)$/.test(arg ?? '') ||
      (arg === '-n' && /^(?:zfs|fsck|e2fsck|xfs_repair|mdadm)$/.test(words.program)),
  );
  const resource = { kind: 'device' as const, name };
  if (says && (says.test(plain) || says.test(line)))
    return [{ verb: 'delete', resource, zone: 'system', flags: dry ? [...lost, 'dry-run'] : lost }];
  const verb = shows.test(line) || line === '' || dry ? 'read' : 'configure';
  return [{ verb, resource, zone: 'system', flags: [] }];
}

export const volumePrograms = Object.keys(destroys).filter((name) => name !== 'umount');

/** `mount`, `umount`: what is put over a folder hides what was there; over the system or a process, that is a disguise. */
export function mount(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-t -o -L -U -O --types --options --source --target'));
  if (options.operands.length === 0 && !options.has('-a'))
    return [{ verb: 'read', resource: { kind: 'device', name: 'mounts' }, zone: 'system', flags: [] }];
  const target = options.operands.at(-1);
  const name = target?.text ?? '';
  const at = target ? { arg: target.arg } : {};
  if (words.program === 'umount') {
    const hard = options.has('-f', '-l', '-a', '--force', '--lazy', '--all');
    const heart = /^\/(?:$|home|var|boot|usr|etc|srv|data|mnt\/?$)/.test(name);
    return [
      hard || heart
        ? {
            verb: 'delete',
            resource: { kind: 'service', name: `mount ${name}` },
            zone: 'system',
            flags: ['bulk', 'forced'],
            ...at,
          }
        : { verb: 'configure', resource: { kind: 'device', name }, zone: 'system', flags: [], ...at },
    ];
  }
  const again = /(?:^|,)remount(?:,|$)/.test(options.value('-o', '--options')?.text ?? '');
  const source = options.operands.length > 1 ? (options.operands[0]?.text ?? '') : '';
  const bind =
    options.has('--bind', '-B', '--rbind', '-R', '--move') ||
    /(?:^|,)r?bind(?:,|$)/.test(options.value('-o', '--options')?.text ?? '');
  const process = /^\/proc\/(?:\d|\*|\uE000|self)/.test(name);
  const over = /^\/(?:$|etc|usr|bin|sbin|lib|lib64|boot|root|proc|sys|var\/log|home)(?:\/|$)/.test(name);
  const out: CommandEffect[] = [
    { verb: 'configure', resource: { kind: 'device', name }, zone: 'system', flags: [], ...at },
  ];
  if (process)
    out.push({
      verb: 'configure',
      resource: { kind: 'process', name: 'ps' },
      zone: 'system',
      flags: ['hidden', 'weakens'],
      ...at,
    });
  else if (
    (over && source !== '' && !again) ||
    (bind && /^\/(?:$|etc|root|home|proc|usr|bin|sbin)(?:\/|$)/.test(source))
  )
    out.push({
      verb: 'configure',
      resource: { kind: 'service', name: over ? name : source },
      zone: 'system',
      flags: ['hidden'],
      ...at,
    });
  return out;
}
