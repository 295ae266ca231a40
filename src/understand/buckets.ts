import type { Flag, Verb, Zone } from '../core/effect.ts';
import type { CommandEffect, CommandWords } from '../core/ports.ts';
import { names, type Operand, type Options, readOptions } from './arguments.ts';
import { touch } from './file-effects.ts';
import { namesProduction } from './hosts.ts';
import { flagsOfOptions } from './named-verbs.ts';

const values = names(
  '--exclude --include --acl --storage-class --region --profile --sse --sse-kms-key-id --grants --content-type --endpoint-url --config -x --expires-in --filter --transfers --checkers --bwlimit --log-file --backup-dir --exclude-from --include-from --filter-from --min-age --max-age --older-than --newer-than --attr --tags --include-pattern --exclude-pattern --include-path --from-to --log-level --blob-type --dedupe-mode --metadata --cache-control',
);

const removing =
  /^(?:rm|rb|del|delete|deletefile|purge|cleanup|rmdir|rmdirs|remove|dedupe|delobject|delbucket|expire|delete-bucket|delete-file-version|rrm)$/;
const looking =
  /^(?:ls|lsd|lsf|lsl|lsjson|du|size|check|cat|stat|tree|about|ncdu|hash|hashsum|md5sum|sha1sum|list|list-buckets|listremotes|head|find|diff|la|info|cryptcheck|version|tail|sql|ping)$/;
const sharing = /^(?:share|link|setacl|acl|anonymous|iam|policy|setpolicy|serve)$/;
const making = /^(?:mb|mkdir|touch|website|make|create|rcat|pipe|put-empty)$/;
const mirrors =
  /^(?:--delete|-d|--delete-after|--delete-before|--delete-during|--delete-excluded|--remove|--delete-removed|--delete-destination(?:=true)?|--delete-unmatched-destination-objects|--resync)$/;

interface Place {
  readonly operand: Operand;
  readonly remote: boolean;
}

interface Storage {
  readonly words: CommandWords;
  readonly verb: string;
  readonly options: Options;
  readonly flags: readonly Flag[];
  readonly zone: Zone;
  readonly places: readonly Place[];
  on(verb: Verb, place: Place | undefined, flags?: readonly Flag[]): CommandEffect;
}

/** `s3://b/x`, `remote:path`, a blob's URL; for MinIO's `mc` every name that is not written as a path. */
function isRemote(text: string | null, program: string): boolean {
  if (text === null) return true;
  if (/^(?:s3|gs|az|r2|b2|oss|cos|wasbs?|abfss?|https?):\/\/|^:?[\w-]{2,}(?:,[^:]*)?:(?![\\/]{2})/.test(text))
    return true;
  return program === 'mc' && /^[\w-]+\/[^/]/.test(text) && !text.startsWith('.');
}

/** Copies between here and buckets: `aws s3`, `gcloud storage`, `gsutil`, `rclone`, `azcopy`, `mc`, `s3cmd`, `s5cmd`, `b2`; `args[from…]` follow the verb. */
export function bucketEffects(words: CommandWords, verb: string, from: number): readonly CommandEffect[] {
  const options = readOptions(words.args, values, { from });
  const flags = new Set(flagsOfOptions(words.args));
  if (options.has('-n', '--dry-run', '--dryrun') && words.program !== 'mc') flags.add('dry-run');
  const production = words.args.some((arg) => arg !== null && namesProduction(arg));
  const zone: Zone = production ? 'production' : 'other-host';
  const places = options.operands.map((operand) => ({ operand, remote: isRemote(operand.text, words.program) }));
  const on: Storage['on'] = (act, place, more = []) => ({
    verb: act,
    resource: { kind: 'cloud-resource', name: plainName(place?.operand.text) },
    zone,
    flags: [...new Set([...flags, ...more])],
    ...(place && { arg: place.operand.arg }),
  });
  const storage: Storage = { words, verb, options, flags: [...flags], zone, places, on };
  if (removing.test(verb)) return removed(storage);
  if (sharing.test(verb)) return [on('grant', places.at(-1))];
  if (looking.test(verb)) return [on('read', places[0])];
  if (making.test(verb)) return [on('write', places[0])];
  return copied(storage);
}

/** A signed URL's query is a key. */
const plainName = (text: string | null | undefined): string =>
  (text ?? '').replace(/\?.*$/, '').replaceAll('\uE000', '…');

function removed({ verb, options, flags, places, words, on }: Storage): readonly CommandEffect[] {
  const wide =
    flags.includes('recursive') ||
    /^(?:rb|purge|rmdirs|delete|dedupe|delete-bucket)$/.test(verb) ||
    options.has('-r', '-R', '--force', '-m');
  const more: readonly Flag[] = wide ? ['bulk', 'irreversible'] : [];
  if (places.length === 0) return [on('delete', undefined, more)];
  return places.flatMap((place) =>
    place.remote
      ? [on('delete', place, more)]
      : words.program === 'rclone'
        ? touch('delete', place.operand, words.place, { kind: 'directory', flags: [...flags, 'recursive'] })
        : [on('delete', place, more)],
  );
}

function copied({ words, verb, options, flags, places, on }: Storage): readonly CommandEffect[] {
  const [source, target] = places;
  if (!source || !target) return [on(/^(?:get|download)/.test(verb) ? 'receive' : 'write', source)];
  const all =
    flags.includes('recursive') || /^(?:sync|rsync|copy|mirror|bisync|move)$/.test(verb) || options.has('-r', '-R');
  const deep: readonly Flag[] = [
    ...flags.filter((flag) => flag === 'dry-run'),
    ...(all ? (['recursive'] as const) : []),
  ];
  const out: CommandEffect[] = [];
  if (source.remote) out.push({ ...on('receive', source), flags: deep });
  else out.push(...touch('read', source.operand, words.place, { flags: deep }));
  if (target.remote) out.push({ ...on('send', target), flags: deep.filter((flag) => flag === 'dry-run') });
  else out.push(...touch('write', target.operand, words.place, { flags: deep.filter((flag) => flag === 'dry-run') }));
  if (/^(?:mv|move|moveto)$/.test(verb))
    out.push(
      ...(source.remote ? [on('delete', source)] : touch('delete', source.operand, words.place, { flags: deep })),
    );
  // Rclone's sync makes the target equal to the source without being asked to delete.
  const equal =
    words.args.some((arg) => arg !== null && mirrors.test(arg)) || (words.program === 'rclone' && verb === 'sync');
  if (equal)
    out.push(
      ...(target.remote
        ? [on('delete', target, ['bulk'])]
        : touch('delete', target.operand, words.place, { kind: 'directory', flags: [...deep, 'bulk', 'recursive'] })),
    );
  return out;
}
