import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, subcommandAt } from '../arguments.ts';
import { bucketEffects } from '../buckets.ts';
import { onlyAsksForHelp } from '../phrases.ts';

const global = names(
  '--config --log-level --log-file --region --profile --endpoint-url -c --access_key --secret_key -o -u --transfers --checkers',
);
const settings =
  /^(?:config|configure|alias|login|logout|authorize|auth|account|admin|version|authorize-account|set|versioning|setlifecycle|lifecycle|ilm|retention|legalhold|encrypt|replicate|event|defacl|cors|setcors|setlifecycle|kms|requesterpays|label|notification|update-bucket|bucket|dlifecycle|expire)$/;

/** Sources: the manuals of rclone, gsutil, azcopy, MinIO's mc, s3cmd, s5cmd, b2. */
function storage(words: CommandWords): readonly CommandEffect[] {
  const { program, args } = words;
  if (onlyAsksForHelp(args)) return [];
  const at = subcommandAt(args, global);
  const verb = at < 0 ? '' : (args[at] ?? '…');
  const next = args.slice(at + 1).find((arg) => arg !== null && !arg.startsWith('-')) ?? '';
  if (settings.test(verb)) return settled(words, verb, next, at);
  if (
    program === 'rclone' &&
    /^(?:obscure|genautocomplete|completion|selfupdate|rcd|rc|mount|gendocs|backend|nfsmount)$/.test(verb)
  )
    return [
      {
        verb: verb === 'mount' || verb === 'nfsmount' ? 'configure' : 'execute',
        resource: { kind: 'process', name: `rclone ${verb}` },
        zone: 'this-host',
        flags: [],
        arg: at,
      },
    ];
  return at < 0 ? [] : bucketEffects(words, verb, at + 1);
}

/** Settings of the tool or of a bucket: rules that keep or remove what is stored. */
function settled(words: CommandWords, verb: string, next: string, at: number): readonly CommandEffect[] {
  const { program, args } = words;
  const line = args.map((arg) => arg ?? '…').join(' ');
  const name = `${program} ${verb} ${next}`.trim();
  if (/^(?:config)$/.test(verb) && /^(?:show|dump|file|userinfo|redacted)$/.test(next))
    return next === 'file' || next === 'redacted'
      ? []
      : [{ verb: 'read', resource: { kind: 'secret', name }, zone: 'credential-store', flags: [], arg: at }];
  const off =
    /\b(?:rm|remove|delete|clear|suspend|disable|off|removed|reset|del|stop|freeze|expire-days|--expire-\S+)\b|removed\b/.test(
      line.slice(line.indexOf(verb) + verb.length),
    );
  if (/\b(?:ls|list|get|info|export|status|show|providers|paths)\b/.test(next) || (verb === 'version' && next === ''))
    return [];
  return [
    {
      verb: off ? 'delete' : 'configure',
      resource: {
        kind: /^(?:config|configure|alias|login|logout|auth\S*|account|authorize\S*)$/.test(verb)
          ? 'environment'
          : 'cloud-resource',
        name,
      },
      zone: /^(?:config|configure|alias|login|logout|auth\S*|account|authorize\S*)$/.test(verb) ? 'home' : 'other-host',
      flags: off ? ['irreversible'] : [],
      arg: at,
    },
  ];
}

export const storageTools: CommandFamily = {
  id: 'storage',
  programs: ['rclone', 'gsutil', 'azcopy', 'mc', 'mcli', 's3cmd', 's5cmd', 'b2', 'ossutil', 's4cmd'],
  effects: storage,
  examples: [
    ['rclone ls backup:', 'read cloud-resource other-host'],
    ['rclone purge backup:old', 'delete cloud-resource other-host'],
    [
      'rclone sync src backup:src --dry-run',
      'read file repository',
      'send cloud-resource other-host',
      'delete cloud-resource other-host',
    ],
    ['rclone dedupe --dedupe-mode newest drive:photos', 'delete cloud-resource other-host'],
    ['rclone config show', 'read secret credential-store'],
    ['gsutil -m rm -r gs://b/x', 'delete cloud-resource other-host'],
    ['gsutil ls gs://b', 'read cloud-resource other-host'],
    ['azcopy remove https://acc.blob.core.windows.net/c --recursive', 'delete cloud-resource other-host'],
    ['azcopy list https://acc.blob.core.windows.net/c', 'read cloud-resource other-host'],
    ['mc rm --recursive --force minio/bucket', 'delete cloud-resource other-host'],
    ['s3cmd put a.txt s3://b/', 'read file repository', 'send cloud-resource other-host'],
    ['s3cmd del s3://b/x', 'delete cloud-resource other-host'],
  ],
};
