import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { readOptions, subcommandAt } from '../arguments.ts';
import { bucketEffects } from '../buckets.ts';
import { cloudValues, plainLine } from '../cloud-options.ts';
import { touchAll } from '../file-effects.ts';
import { namesProduction } from '../hosts.ts';
import { namedEffects } from '../named-verbs.ts';
import { onlyAsksForHelp } from '../phrases.ts';
import { sqlEffects } from '../sql.ts';

/** Reading these shows a secret. */
const showsSecret =
  /^(?:secretsmanager (?:get-secret-value|batch-get-secret-value)|ssm get-parameters?(?:-by-path)?|sts (?:get-session-token|get-federation-token|assume-role\S*)|iam create-access-key|ecr get-login-password|ecr get-login|rds generate-db-auth-token|configure (?:export-credentials|get)|kms decrypt|ec2 get-password-data|redshift get-cluster-credentials|codeartifact get-authorization-token|lightsail (?:get-instance-access-details|download-default-key-pair)|secrets versions access|auth (?:print-access-token|print-identity-token|application-default print-access-token)|sql generate-login-token|keyvault (?:secret|key|certificate) (?:show|download|backup)|account get-access-token|storage account (?:keys list|show-connection-string|generate-sas)|storage (?:blob|container) generate-sas|acr credential show|cosmosdb (?:keys list|list-keys|list-connection-strings)|redis list-keys|servicebus \S+ authorization-rule keys list|functionapp keys list|webapp deployment list-publishing-(?:credentials|profiles)|auth token|config get-credentials|ad (?:sp create-for-rbac|(?:sp|app) credential reset)|iam service-accounts keys create|container clusters get-credentials|aks get-credentials|eks (?:get-token|update-kubeconfig)|cognito-idp describe-user-pool-client)/;

function secretRead(words: CommandWords): readonly CommandEffect[] | null {
  const said = plainLine(words);
  if (!showsSecret.test(said)) return null;
  const plain = /^ssm /.test(said) && !words.args.includes('--with-decryption');
  // A cluster's entry in the own configuration: a way in, nothing shown.
  if (plain || (/get-credentials|update-kubeconfig/.test(said) && !/redshift/.test(said))) return null;
  if (/assume-role/.test(said)) {
    const name = readOptions(words.args, cloudValues).value('--role-arn')?.text ?? '';
    return [{ verb: 'impersonate', resource: { kind: 'user', name }, zone: 'other-host', flags: ['privileged'] }];
  }
  const creates = /create-access-key|create-for-rbac|credential reset|keys create|generate-sas/.test(said);
  const read: CommandEffect = {
    verb: 'read',
    resource: { kind: 'secret', name: `${words.program} ${said}`.slice(0, 120) },
    zone: 'credential-store',
    flags: [],
  };
  return creates
    ? [{ ...read, verb: 'grant', resource: { kind: 'user', name: said.slice(0, 120) }, zone: 'other-host' }, read]
    : [read];
}

/**
 * What the verbs alone do not tell: protections that are switched off, deletion that waits in a schedule or in a batch,
 * secrets that are replaced. Sources: the command references of aws, gcloud, az.
 */
const particular: readonly (readonly [
  says: RegExp,
  effect: Pick<CommandEffect, 'verb' | 'flags'> & { readonly kind?: CommandEffect['resource']['kind'] },
])[] = [
  [
    /^route53 change-resource-record-sets\b.*"?Action"?\s*[:=]\s*"?DELETE/i,
    { verb: 'delete', flags: ['irreversible'] },
  ],
  [
    /^(?:kms (?:schedule-key-deletion|disable-key|delete-imported-key-material)|keyvault (?:delete|purge)|keyvault (?:key|secret|certificate) (?:delete|purge)|kms keys versions (?:destroy|disable))\b/,
    { verb: 'delete', flags: ['irreversible'], kind: 'secret' },
  ],
  [
    /^secretsmanager (?:delete-secret|remove-regions-from-replication)\b|^secrets (?:delete|versions (?:destroy|disable))\b|^ssm delete-parameters?\b/,
    { verb: 'delete', flags: ['irreversible'], kind: 'secret' },
  ],
  [
    /^(?:secretsmanager (?:update-secret|put-secret-value|rotate-secret|update-secret-version-stage)|secrets versions add|keyvault secret set|ssm put-parameter)\b/,
    { verb: 'write', flags: ['forced'], kind: 'secret' },
  ],
  [
    /^(?:cloudtrail (?:stop-logging|delete-trail|put-event-selectors|update-trail)|guardduty (?:delete-detector|update-detector|disassociate-\S+)|configservice (?:stop-configuration-recorder|delete-\S+)|securityhub (?:disable-\S+|delete-\S+)|logs delete-\S+|ec2 delete-flow-logs|wafv2 delete-\S+|logging (?:sinks|logs|buckets) delete|monitor (?:log-profiles|diagnostic-settings|activity-log alert) delete|macie2 disable-macie|accessanalyzer delete-analyzer)\b/,
    { verb: 'delete', flags: ['irreversible', 'hidden'] },
  ],
  [
    /^s3api (?:put-bucket-lifecycle\S*|delete-bucket-lifecycle|delete-bucket-policy|delete-bucket-encryption|delete-public-access-block|delete-objects?)\b|^s3api put-bucket-versioning\b.*Suspended/i,
    { verb: 'delete', flags: ['irreversible', 'bulk'] },
  ],
  [
    /^s3api put-(?:bucket|object)-acl\b.*public|^s3api put-bucket-policy\b|^s3api put-public-access-block\b.*=false|^ec2 modify-(?:snapshot|image)-attribute\b|^rds modify-db-snapshot-attribute\b|^ec2 authorize-security-group-ingress\b/,
    { verb: 'grant', flags: [] },
  ],
  [
    /--(?:no-deletion-protection|skip-final-snapshot|backup-retention-period[ =]0|delete-automated-backups)\b|^sql instances patch\b.*--no-backup/,
    { verb: 'delete', flags: ['irreversible'] },
  ],
  [
    /^acr repository untag\b|^ecr batch-delete-image\b|^lambda (?:delete|remove)-\S+|^sns unsubscribe\b|^autoscaling (?:set-desired-capacity|update-auto-scaling-group)\b.*(?:--desired-capacity|--max-size|--min-size)[ =]0\b|^ecs update-service\b.*--desired-count[ =]0\b/,
    { verb: 'delete', flags: ['irreversible'] },
  ],
  [
    /^projects (?:delete)|^group delete|^organizations (?:close-account|leave-organization|delete-\S+)|^account (?:delete|close)/,
    { verb: 'delete', flags: ['irreversible', 'bulk'] },
  ],
  [
    /^(?:ses|sesv2) (?:send-\S+)|^sns publish|^sqs send-\S+|^events put-events|^pubsub topics publish/,
    { verb: 'send', flags: [] },
  ],
  [/^sqs (?:purge-queue|delete-\S+)/, { verb: 'delete', flags: ['irreversible', 'bulk'] }],
  [/^(?:sts get-caller-identity|help)\b/, { verb: 'read', flags: [] }],
  [
    /\b(?:create-invalidation|invalidate-cdn-cache|endpoint purge|flush-\w*cache\w*)\b/,
    { verb: 'delete', flags: ['bulk'] },
  ],
  // Turned back with one more word: a cluster, a service, a key that is only let go of.
  [
    /^(?:config|configure) (?:set|unset)\b|^config configurations (?:activate|create|delete)|^account set\b|^auth (?:login|revoke|activate\S*|configure-docker)\b|^(?:sso )?log(?:in|out)\b/,
    { verb: 'configure', flags: [], kind: 'environment' },
  ],
];

function cloud(words: CommandWords): readonly CommandEffect[] {
  const { program, args } = words;
  if (onlyAsksForHelp(args) || args.at(-1) === 'help') return [];
  const secret = secretRead(words);
  if (secret) return secret;
  const first = subcommandAt(args, cloudValues);
  const service = args[first] ?? '';
  if ((program === 'aws' && service === 's3') || (program === 'gcloud' && service === 'storage')) {
    const verb = args.slice(first + 1).findIndex((arg) => arg !== null && !arg.startsWith('-'));
    const at = first + 1 + verb;
    if (verb >= 0 && /^(?:cp|mv|rm|rb|mb|ls|sync|rsync|presign|cat|website|du)$/.test(args[at] ?? ''))
      return bucketEffects(words, args[at] ?? '', at + 1);
  }
  if (program === 'bq') return bigQuery(words, service);
  const line = `${plainLine(words)} ${args.filter((arg) => arg?.startsWith('-') || /[{=]/.test(arg ?? '')).join(' ')} ${valuesAfter(args)}`;
  const known = particular.find(([says]) => says.test(line.slice(0, 8000)));
  if (!known) return namedEffects(words, cloudValues);
  const [, { verb, flags, kind = 'cloud-resource' }] = known;
  const asked = namedEffects(words, cloudValues)[0];
  const production = args.some((arg) => arg !== null && namesProduction(arg));
  return [
    {
      verb,
      resource: { kind, name: asked?.resource.name ?? plainLine(words).slice(0, 120) },
      zone: production && verb !== 'read' ? 'production' : kind === 'environment' ? 'home' : 'other-host',
      flags: [...new Set([...(asked?.flags ?? []), ...flags])],
      arg: Math.max(0, first),
    },
  ];
}

/** `--max-size 0` as one phrase: the values of options stand beside their names. */
function valuesAfter(args: readonly (string | null)[]): string {
  return args
    .flatMap((arg, i) =>
      arg?.startsWith('--') && args[i + 1] && !args[i + 1]?.startsWith('-') ? [`${arg} ${args[i + 1]}`] : [],
    )
    .join(' ');
}

function bigQuery(words: CommandWords, service: string): readonly CommandEffect[] {
  const options = readOptions(words.args, cloudValues);
  if (service === 'rm')
    return [
      {
        verb: 'delete',
        resource: {
          kind: options.has('-d', '--dataset') || options.has('-r') ? 'database' : 'table',
          name: words.args.at(-1) ?? '',
        },
        zone: 'other-host',
        flags: ['irreversible', ...(options.has('-r', '--recursive', '-f', '--force') ? (['bulk'] as const) : [])],
      },
    ];
  if (service === 'query') {
    const dry = options.has('--dry_run');
    return options.operands
      .slice(1)
      .flatMap(({ text, arg }) =>
        sqlEffects(text, 'other-host', words.place, arg).map((effect) =>
          dry ? { ...effect, flags: [...effect.flags, 'dry-run' as const] } : effect,
        ),
      );
  }
  if (service === 'load')
    return [
      ...touchAll(
        'read',
        options.operands.slice(2, 3).filter(({ text }) => !text?.includes('://')),
        words.place,
      ),
      ...namedEffects(words, cloudValues, 'table'),
    ];
  return namedEffects(words, cloudValues, 'table');
}

const programs = [
  'aws',
  'awslocal',
  'gcloud',
  'az',
  'bq',
  'doctl',
  'linode-cli',
  'oci',
  'ibmcloud',
  'hcloud',
  'scw',
  'aliyun',
  'tccli',
  'yc',
  'vultr-cli',
  'eksctl',
  'ecs-cli',
  'openstack',
  'exo',
  'civo',
  'cloudctl',
  'steampipe',
  'gcloud-crc32c',
];

export const clouds: CommandFamily = {
  id: 'clouds',
  programs,
  effects: cloud,
  examples: [
    ['aws s3 ls', 'read cloud-resource other-host'],
    ['aws s3 rm s3://bucket --recursive', 'delete cloud-resource other-host'],
    ['aws s3 rb s3://bucket --force', 'delete cloud-resource other-host'],
    ['aws s3 cp .env s3://bucket/x', 'read file credential-store', 'send cloud-resource other-host'],
    ['aws ec2 describe-instances', 'read cloud-resource other-host'],
    ['aws ec2 terminate-instances --instance-ids i-1', 'delete cloud-resource other-host'],
    ['aws rds delete-db-instance --db-instance-identifier prod-db', 'delete cloud-resource production'],
    [
      'aws s3api put-bucket-versioning --bucket b --versioning-configuration Status=Suspended',
      'delete cloud-resource other-host',
    ],
    ['aws kms schedule-key-deletion --key-id k', 'delete secret other-host'],
    ['aws cloudtrail stop-logging --name t', 'delete cloud-resource other-host'],
    ['aws secretsmanager get-secret-value --secret-id x', 'read secret credential-store'],
    ['aws secretsmanager list-secrets', 'read cloud-resource other-host'],
    ['aws secretsmanager put-secret-value --secret-id x --secret-string y', 'write secret other-host'],
    ['aws iam attach-user-policy --user-name x --policy-arn y', 'grant cloud-resource other-host'],
    ['aws sqs purge-queue --queue-url u', 'delete cloud-resource other-host'],
    ['aws rds delete-db-instance help'],
    ['gcloud compute instances delete web-1', 'delete cloud-resource other-host'],
    ['gcloud compute instances list', 'read cloud-resource other-host'],
    ['gcloud container images delete gcr.io/p/i:1', 'delete cloud-resource other-host'],
    ['gcloud auth print-access-token', 'read secret credential-store'],
    ['az group delete -n rg --yes', 'delete cloud-resource other-host'],
    ['az vm list -o table', 'read cloud-resource other-host'],
    ['az keyvault secret show --vault-name v -n s', 'read secret credential-store'],
    ['bq query "DROP TABLE d.t"', 'delete table other-host'],
  ],
};
