import { names } from '../arguments.ts';
import { spokenFamily, type Vocabulary } from '../phrases.ts';

// A backup is the way back from everything else, so what takes snapshots away has no way back itself. Sources: the
// reference manuals of restic, borg, borgmatic, kopia, duplicity, velero, pgBackRest, WAL-G, Barman, Snapper, Timeshift.

const restic: Vocabulary = {
  values: names(
    '-r --repo -p --password-file --tag --host -H --path -o --keep-last --keep-daily --keep-within --cache-dir',
  ),
  dry: /^-n$/,
  phrases: [
    [/^unlock .*--remove-all/, 'configure', 'forced', 'irreversible'],
    [/^cache .*--cleanup/, 'delete', 'bulk', 'irreversible'],
    [/^(?:forget|prune)\b/, 'delete', 'irreversible', 'bulk'],
    [/^key (?:remove|delete)/, 'delete', 'irreversible'],
    [/^key add|^key passwd/, 'grant'],
    [/^(?:rewrite|repair|migrate|recover|tag)\b/, 'write'],
    [/^(?:backup|init|copy)\b/, 'send'],
    [/^(?:restore|mount|dump)\b/, 'receive'],
    [/^(?:snapshots|stats|check|ls|diff|find|list|cat|cache|unlock|features|options|generate)\b/, 'read'],
  ],
};

const borg: Vocabulary = {
  values: names('--rsh --remote-path -r --repo -P --prefix -a --glob-archives --keep-daily --keep-last --keep-within'),
  dry: /^-n$/,
  phrases: [
    [/^(?:delete|rdelete|repo-delete|prune|compact|undelete)\b/, 'delete', 'irreversible', 'bulk'],
    [/^(?:recreate|check .*--repair)/, 'write', 'irreversible', 'bulk'],
    [/^break-lock\b/, 'configure', 'forced', 'irreversible'],
    [/^key (?:change-passphrase|import|change-location)/, 'configure'],
    [/^key export/, 'read'],
    [/^(?:create|init|rcreate|repo-create|transfer|import-tar|rename)\b/, 'write'],
    [/^(?:extract|export-tar|mount|umount)\b/, 'receive'],
    [/^(?:list|rlist|repo-list|info|rinfo|repo-info|check|diff|version|serve|benchmark|config)\b/, 'read'],
  ],
};

const simple = (deletes: RegExp, reads: RegExp): Vocabulary => ({
  dry: /^-n$/,
  phrases: [
    [deletes, 'delete', 'irreversible', 'bulk'],
    [reads, 'read'],
  ],
});

const duplicity: Vocabulary = {
  values: names('--archive-dir --encrypt-key --sign-key --name --tempdir --file-to-restore -t --time'),
  phrases: [
    // Without --force duplicity only lists what it would remove.
    [
      /^(?:remove-older-than|remove-all-but-n-full|remove-all-inc-of-but-n-full|cleanup)\b(?!.*--force)/,
      'delete',
      'dry-run',
    ],
    [
      /^(?:remove-older-than|remove-all-but-n-full|remove-all-inc-of-but-n-full|cleanup)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^(?:collection-status|list-current-files|verify)\b/, 'read'],
    [/^restore\b/, 'receive'],
  ],
};

const kopia: Vocabulary = {
  phrases: [
    // `kopia snapshot delete` needs --delete before it deletes; older forms take --unsafe-ignore-source.
    [
      /^(?:snapshot|snap) (?:delete|expire|remove|rm)\b|^(?:content|blob|manifest|index) (?:delete|rm|recover|gc)\b|^blob gc/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^maintenance run\b.*--safety=none/, 'delete', 'irreversible', 'bulk'],
    [/^repository (?:disconnect|change-password|set-client)/, 'configure'],
    [/^policy (?:delete|remove|rm)/, 'delete'],
    [
      /^(?:snapshot|snap) (?:list|ls|verify|estimate)|^(?:repository|repo) status|^(?:policy|content|blob|maintenance) (?:list|show|info|stats)/,
      'read',
    ],
  ],
};

const velero: Vocabulary = {
  values: names('-n --namespace --selector -l -o --kubeconfig --kubecontext'),
  phrases: [
    [
      /^(?:backup|restore|schedule|backup-location|snapshot-location) delete|^delete\b|^uninstall\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [
      /^(?:backup|restore|schedule|backup-location|snapshot-location|repo|plugin) (?:get|describe|logs|download)|^(?:get|describe|debug|version)\b/,
      'read',
    ],
    [/^(?:schedule (?:pause|unpause)|backup-location set)/, 'configure'],
    [/^restore create\b/, 'write', 'bulk'],
  ],
};

export const backups = spokenFamily(
  'backups',
  {
    restic,
    rustic: restic,
    borg,
    borgmatic: simple(
      /^(?:delete|prune|compact|repo-delete|break-lock|rdelete)\b|^\s*--(?:prune|compact)/,
      /^(?:list|info|check|config|rlist|rinfo)\b/,
    ),
    duplicity,
    kopia,
    velero,
    duplicacy: simple(/^(?:prune|erase)\b/, /^(?:list|check|cat|diff|history|info|details)\b/),
    bup: simple(/^(?:rm|prune-older|gc)\b/, /^(?:ls|fsck|ftp|margin|midx)\b/),
    'rdiff-backup': simple(/\bremove\b|--remove-older-than/, /\b(?:list|verify|info|calculate)\b|--list-/),
    rsnapshot: simple(/^delete\b/, /^(?:configtest|du|diff)\b|-t\b/),
    pgbackrest: simple(/\b(?:expire|stanza-delete)\b/, /\b(?:info|check|verify|help)\b/),
    'wal-g': simple(
      /^(?:delete|wal-purge|st (?:rm|transfer))\b/,
      /^(?:backup-list|wal-show|wal-verify|st ls|st cat)\b/,
    ),
    barman: simple(/^(?:delete|delete-backup)\b/, /^(?:list-\w+|show-\w+|check\w*|status|diagnose)\b/),
    snapper: {
      ...simple(
        /^(?:delete|remove|rm|undochange|rollback|delete-config|cleanup)\b/,
        /^(?:list|ls|status|diff|list-configs|get-config)\b/,
      ),
      kind: 'device',
      zone: 'system',
    },
    timeshift: { ...simple(/--delete(?:-all)?\b/, /--(?:list|check)\b/), kind: 'device', zone: 'system' },
    'proxmox-backup-client': simple(/\b(?:forget|prune|delete)\b/, /\b(?:list|snapshots?|catalog|status)\b/),
    vzdump: simple(/^$/, /--help/),
    bacula: simple(/\b(?:delete|purge|prune)\b/, /\b(?:list|status)\b/),
    bconsole: simple(/\b(?:delete|purge|prune)\b/, /\b(?:list|status)\b/),
  },
  [
    ['restic forget --keep-last 3 --prune', 'delete cloud-resource other-host'],
    ['restic snapshots', 'read cloud-resource other-host'],
    ['borg compact /backup/repo', 'delete cloud-resource other-host'],
    ['borg list /backup/repo', 'read cloud-resource other-host'],
    ['restic backup ~/.ssh', 'read file credential-store', 'send cloud-resource other-host'],
    ['duplicity cleanup --force file:///b', 'delete cloud-resource other-host'],
    ['kopia snapshot list', 'read cloud-resource other-host'],
    ['velero backup delete nightly --confirm', 'delete cloud-resource other-host'],
    ['velero backup describe nightly', 'read cloud-resource other-host'],
    ['pgbackrest --stanza=main stanza-delete', 'delete cloud-resource other-host'],
    ['restic --help'],
  ],
);
