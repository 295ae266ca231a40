import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { namesProduction } from '../hosts.ts';
import { flagsOfOptions, namedEffects } from '../named-verbs.ts';
import { forge, line, values } from './clouds.forges.ts';

/** Reading these shows a secret. */
const showsSecret =
  /^(?:secretsmanager (?:get-secret-value|batch-get-secret-value)|ssm get-parameters?(?:-by-path)?|sts (?:get-session-token|get-federation-token|assume-role\S*)|iam create-access-key|ecr get-login-password|ecr get-login|rds generate-db-auth-token|configure (?:export-credentials|get)|kms decrypt|secrets versions access|auth (?:print-access-token|print-identity-token|application-default print-access-token)|keyvault secret (?:show|download)|account get-access-token|storage account keys list|acr credential show|cosmosdb keys list|redis list-keys|auth token|config get-credentials|secrets (?:download|get|list --plain)|ad sp create-for-rbac|iam service-accounts keys create|container clusters get-credentials|eks get-token|cognito-idp describe-user-pool-client|lambda get-function-configuration)/;

function secretRead(words: CommandWords): readonly CommandEffect[] | null {
  const said = line(words);
  if (!showsSecret.test(said)) return null;
  if (/^ssm /.test(said) && !words.args.includes('--with-decryption')) return null;
  if (/assume-role/.test(said))
    return [
      {
        verb: 'impersonate',
        resource: { kind: 'user', name: optionText(words, '--role-arn') },
        zone: 'other-host',
        flags: ['privileged'],
      },
    ];
  const creates = /create-access-key|create-for-rbac|keys create/.test(said);
  const read: CommandEffect = {
    verb: 'read',
    resource: { kind: 'secret', name: `${words.program} ${said}`.slice(0, 120) },
    zone: 'credential-store',
    flags: [],
  };
  return creates
    ? [{ ...read, verb: 'grant', resource: { kind: 'user', name: said }, zone: 'other-host' }, read]
    : [read];
}

function optionText({ args }: CommandWords, name: string): string {
  return readOptions(args, values).value(name)?.text ?? '';
}

/** `aws s3 cp`, `gsutil cp`, `az storage`, `rclone`: one side is a bucket, or both. */
function storage(words: CommandWords, verb: string, from: number): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names(
      '--exclude --include --acl --storage-class --region --profile --sse --sse-kms-key-id --grants --content-type --endpoint-url --config -x --expires-in --filter --transfers --checkers --bwlimit --log-file --backup-dir',
    ),
    { from },
  );
  const flags = flagsOfOptions(words.args);
  const bucket = (text: string | null) =>
    text === null || /^(?:s3|gs|az|r2|b2|oss|cos|wasbs?|abfss?):\/\/|^[\w-]+:(?!\\)/.test(text);
  const place = (text: string | null) => ({ kind: 'cloud-resource' as const, name: text ?? '' });
  const zone = words.args.some((arg) => arg !== null && namesProduction(arg))
    ? ('production' as const)
    : ('other-host' as const);
  const [source, target] = options.operands;
  if (/^(?:rm|rb|del|delete|deletefile|purge|cleanup|rmdir|rmdirs)$/.test(verb)) {
    const wide =
      flags.includes('recursive') || /^(?:rb|purge|rmdirs)$/.test(verb) || options.has('-r', '-R', '--force');
    return options.operands.map(({ text, arg }) => ({
      verb: 'delete' as const,
      resource: place(text),
      zone,
      flags: [
        ...new Set([
          ...flags,
          ...(wide ? (['bulk', 'irreversible'] as const) : verb === 'delete' ? (['bulk'] as const) : []),
        ]),
      ],
      arg,
    }));
  }
  if (/^(?:ls|lsd|lsf|du|size|check|presign|cat|stat|tree|about|ncdu|signurl|hash)$/.test(verb)) {
    const shares = verb === 'presign' || verb === 'signurl';
    return [{ verb: shares ? 'grant' : 'read', resource: place(source?.text ?? ''), zone, flags: [] }];
  }
  if (/^(?:mb|mkdir|touch|website)$/.test(verb))
    return [{ verb: 'write', resource: place(source?.text ?? ''), zone, flags: [] }];
  if (!source || !target) return [{ verb: 'write', resource: place(source?.text ?? ''), zone, flags }];
  const out: CommandEffect[] = [];
  const recursive =
    flags.includes('recursive') || verb === 'sync' || verb === 'rsync' || verb === 'copy' || options.has('-r', '-R');
  if (bucket(source.text))
    out.push({ verb: 'receive', resource: place(source.text), zone, flags: [], arg: source.arg });
  else out.push(...touch('read', source, words.place, { flags: recursive ? ['recursive'] : [] }));
  if (bucket(target.text)) out.push({ verb: 'send', resource: place(target.text), zone, flags: [], arg: target.arg });
  else out.push(...touch('write', target, words.place));
  if (verb === 'mv' || verb === 'move')
    out.push(
      ...(bucket(source.text)
        ? [{ verb: 'delete' as const, resource: place(source.text), zone, flags, arg: source.arg }]
        : touch('delete', source, words.place)),
    );
  const mirrors =
    options.has('--delete', '-d', '--delete-after', '--delete-during', '--delete-excluded') ||
    (words.program === 'rclone' && verb === 'sync');
  if (mirrors)
    out.push(
      bucket(target.text)
        ? {
            verb: 'delete',
            resource: place(target.text),
            zone,
            flags: [...new Set([...flags, 'bulk' as const])],
            arg: target.arg,
          }
        : {
            verb: 'delete',
            resource: { kind: 'directory', name: target.text ?? '' },
            zone: 'unknown',
            flags: ['bulk', 'recursive'],
            arg: target.arg,
          },
    );
  return out;
}

function cloud(words: CommandWords): readonly CommandEffect[] {
  const { program, args } = words;
  const secret = secretRead(words);
  if (secret) return secret;
  const first = args.findIndex((arg, i) => arg !== null && !arg.startsWith('-') && !values.has(args[i - 1] ?? ''));
  const service = args[first] ?? '';
  if ((program === 'aws' && service === 's3') || (program === 'gcloud' && service === 'storage')) {
    const verb = args.slice(first + 1).findIndex((arg) => arg !== null && !arg.startsWith('-'));
    const at = first + 1 + verb;
    if (verb >= 0 && /^(?:cp|mv|rm|rb|mb|ls|sync|rsync|presign|cat|website|du)$/.test(args[at] ?? ''))
      return storage(words, args[at] ?? '', at + 1);
  }
  if (/^(?:gsutil|s3cmd|s5cmd|rclone|mc|azcopy|b2)$/.test(program)) return storage(words, service, first + 1);
  if (program === 'bq') return bigQuery(words, service);
  if (program === 'wrangler' || program === 'firebase' || program === 'vercel' || program === 'netlify')
    return hosting(words, service);
  return namedEffects(words, values);
}

function bigQuery(words: CommandWords, service: string): readonly CommandEffect[] {
  if (service === 'rm')
    return [
      {
        verb: 'delete',
        resource: { kind: 'table', name: words.args.at(-1) ?? '' },
        zone: 'other-host',
        flags: ['irreversible', ...(words.args.includes('-r') ? (['bulk'] as const) : [])],
      },
    ];
  if (service === 'query' && /\b(?:drop|truncate|delete)\b/i.test(words.args.at(-1) ?? ''))
    return [{ verb: 'delete', resource: { kind: 'table', name: '' }, zone: 'other-host', flags: ['irreversible'] }];
  return namedEffects(words, values, 'table');
}

function hosting(words: CommandWords, service: string): readonly CommandEffect[] {
  if (/^(?:dev|serve|emulators:start|login|whoami|link|init|build|types)$/.test(service))
    return [{ verb: 'execute', resource: { kind: 'process', name: words.program }, zone: 'this-host', flags: [] }];
  const deploys = service === 'deploy' || service === '' || service === 'publish' || words.args.includes('--prod');
  if (!deploys) return namedEffects(words, values);
  const zone = words.args.some((arg) => arg === '--prod' || (arg !== null && namesProduction(arg)))
    ? ('production' as const)
    : ('other-host' as const);
  return [
    ...touch('read', { text: '.', arg: -1 }, words.place, { kind: 'directory' }),
    { verb: 'write', resource: { kind: 'cloud-resource', name: `${words.program} deploy` }, zone, flags: [] },
  ];
}

// ————— forges

const clouds_ = [
  'aws',
  'gcloud',
  'az',
  'gsutil',
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
  'sam',
  'cdk',
  'sls',
  'serverless',
  'copilot-cli',
  'eb',
  'ecs-cli',
  'azd',
  'func',
  'azcopy',
  's3cmd',
  's5cmd',
  'rclone',
  'mc',
  'b2',
];
const platforms = [
  'heroku',
  'vercel',
  'netlify',
  'fly',
  'flyctl',
  'railway',
  'render',
  'wrangler',
  'firebase',
  'supabase',
  'convex',
  'neonctl',
  'pscale',
  'turso',
  'atlas',
  'confluent',
  'kafka-topics',
  'kafka-topics.sh',
  'kafka-consumer-groups',
  'kafka-consumer-groups.sh',
  'kafka-configs',
  'kafka-acls',
  'kafka-acls.sh',
  'kafka-configs.sh',
  'rabbitmqctl',
  'rabbitmqadmin',
  'nats',
  'pulsar-admin',
  'stripe',
  'twilio',
  'sendgrid',
  'ldcli',
  'flipt',
  'unleash',
  'splitctl',
  'split',
  'deck',
  'algolia',
  'meilisearch',
  'curator_cli',
  'es',
  'restic',
  'borg',
  'borgmatic',
  'duplicity',
  'velero',
  'kopia',
  'snapper',
  'circleci',
  'jenkins-cli',
  'jenkins',
  'buildkite',
  'drone',
  'argocd',
  'argo',
  'flux',
  'istioctl',
  'linkerd',
  'cloudflared',
  'flarectl',
  'cfcli',
  'ngrok',
  'datadog-ci',
  'dog',
  'datadog',
  'pd',
  'newrelic',
  'sentry-cli',
  'grafana-cli',
  'promtool',
  'amtool',
  'postmark',
  'mailgun',
  'braintree',
  'square',
  'paypal',
  'shopify',
  'contentful',
  'sanity',
  'prismic',
  'okta',
  'auth0',
  'clerk',
  'traefik',
  'haproxy',
  'snyk',
  'jira',
  'linear',
  'notion',
  'slack',
  'acli',
  'eas',
  'expo',
  'tsuru',
  'cf',
  'dokku',
  'caprover',
  'kamal',
  'nixops',
  'tailscale',
];

export const clouds: CommandFamily = {
  id: 'clouds',
  programs: [...clouds_, ...platforms.filter((name) => name !== 'split'), 'gh', 'glab', 'bkt', 'tea'],
  effects: (words) => (/^(?:gh|glab|tea|bkt)$/.test(words.program) ? forge(words) : cloud(words)),
  examples: [
    ['aws s3 ls', 'read cloud-resource other-host'],
    ['aws s3 rm s3://bucket --recursive', 'delete cloud-resource other-host'],
    ['aws s3 cp .env s3://bucket/x', 'read file credential-store', 'send cloud-resource other-host'],
    ['aws ec2 describe-instances', 'read cloud-resource other-host'],
    ['aws ec2 terminate-instances --instance-ids i-1', 'delete cloud-resource other-host'],
    ['aws rds delete-db-instance --db-instance-identifier prod-db', 'delete cloud-resource production'],
    ['aws secretsmanager get-secret-value --secret-id x', 'read secret credential-store'],
    ['aws iam attach-user-policy --user-name x --policy-arn y', 'grant cloud-resource other-host'],
    ['gcloud compute instances delete web-1', 'delete cloud-resource other-host'],
    ['gcloud auth print-access-token', 'read secret credential-store'],
    ['az group delete -n rg --yes', 'delete cloud-resource other-host'],
    ['gh repo delete a/b --yes', 'delete repository other-host'],
    ['gh pr create --title x --body y', 'send repository other-host'],
    ['gh auth token', 'read secret credential-store'],
    ['heroku apps:destroy shop', 'delete cloud-resource other-host'],
  ],
};
