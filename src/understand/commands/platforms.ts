import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { subcommandAt } from '../arguments.ts';
import { cloudValues } from '../cloud-options.ts';
import { touch } from '../file-effects.ts';
import { namesProduction } from '../hosts.ts';
import { onlyAsksForHelp, type Phrase, phraseEffects, type Vocabulary } from '../phrases.ts';

// Where applications are hosted. Sources: the command references of Heroku, Fly, Vercel, Netlify, Railway, Render,
// Cloudflare's wrangler, Firebase, Supabase, Convex, Neon, PlanetScale, Turso, Atlas, Expo, Serverless, SAM, CDK.

const takesAway: Phrase = [
  /(?:^|[\s:_-])(?:delete|destroy|rm|remove|purge|drop|wipe|reset|unlink|revoke|expire|detach|teardown|scale(?: \w+)?[ =:]0)(?:$|[\s:_-])/,
  'delete',
  'irreversible',
];
const secretList: Phrase = [/^(?:secrets?|secret-store)(?::| )(?:list|ls)\b/, 'nothing'];
const local: Phrase = [
  /^(?:dev|serve|run|local|start|emulators:(?:start|exec)|whoami|link|build|types|typegen|init|login|logout|open|watch|codegen|gen|synth|synthesize|validate|lint|package|invoke local|plugin|functions serve)(?:$|[\s:])/,
  'execute',
];
const looks: Phrase = [
  /(?:^|[\s:_-])(?:list|ls|ps|info|logs?|status|show|get|inspect|history|tail|describe|releases|domains|regions|config|view|diff|usage|metrics|events|doctor|help|query|whoami)(?:$|[\s:_-])/,
  'read',
];

const platform = (phrases: readonly Phrase[] = [], more: Partial<Vocabulary> = {}): Vocabulary => ({
  values: cloudValues,
  phrases: [...phrases, secretList, takesAway, local, looks],
  ...more,
});

const heroku = platform(
  [
    [
      /^(?:pg:reset|pg:copy|pg:push|pg:promote|pg:backups:(?:delete|restore|unschedule)|apps:destroy|addons:(?:destroy|detach)|ps:(?:stop|kill)|maintenance:on|repo:reset|run:stop|pipelines:destroy|redis:(?:cli|maintenance))\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^pg:(?:psql|credentials:url|info)\b/, 'read'],
    [/^(?:access:add|members:(?:add|set)|keys:add|authorizations:create|apps:transfer)\b/, 'grant'],
    [/^(?:auth:token|config:get|config(?:$| -|\s--)|config -)/, 'read'],
    [/^config:unset\b/, 'delete', 'irreversible'],
    [/^config:(?:set|edit)\b/, 'configure'],
    [/^run\b/, 'execute'],
  ],
  { kinds: [[/^(?:auth:token|pg:credentials:url|config(?::get|$|\s))/, 'secret']] },
);

const fly = platform([
  [
    /^(?:apps|app|machine|machines|m|volumes?|vol|postgres|redis|certs|ips|secrets|storage|orgs|mysql|ext\w*) (?:destroy|delete|remove|release|unset)\b|^destroy\b|^scale count (?:\w+=)?0\b/,
    'delete',
    'irreversible',
    'bulk',
  ],
  [/^(?:machine|m|apps) (?:stop|suspend|kill)\b|^suspend\b/, 'delete'],
  [/^(?:tokens create|orgs invite|auth token)\b/, 'grant'],
  [/^ssh (?:console|sftp)|^(?:pg|postgres) connect|^console\b/, 'execute'],
  [/^(?:volumes?|vol) (?:snapshots )?(?:list|show)|^(?:secrets|ips|apps|releases|regions|certs) list/, 'read'],
]);

const supabase = platform(
  [
    [
      /^(?:db (?:reset|push .*--include-all)|projects delete|branches delete|functions delete|storage rm|secrets unset|migration squash|orgs delete)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [
      /^(?:db (?:diff|dump|lint|pull)|migration (?:list|new)|gen|inspect|projects (?:list|api-keys)|functions (?:list|new|download))\b/,
      'read',
    ],
    [/^(?:start|stop|test|status)\b/, 'execute'],
  ],
  { kinds: [[/^(?:db|migration)\b/, 'database']] },
);

const databaseHost = platform(
  [
    [
      /^(?:databases?|db|branch(?:es)?|projects?|roles?|keyspace|cluster(?:s)?|group|org|password|deploy-request|backup|user) (?:\w+ )?(?:delete|destroy|drop|rm|remove|reset|demote|restore|wipe|pause|terminate)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^(?:dbusers|accessLists?|password|service-token|tokens?) (?:create|add)\b/, 'grant'],
    [/^connection-string\b|^password list|^db tokens create/, 'read'],
  ],
  { kind: 'database', kinds: [[/connection-string|tokens create/, 'secret']] },
);

const serverless = platform([
  [/^(?:remove|destroy|delete|terminate)\b/, 'delete', 'irreversible', 'bulk'],
  [/^(?:print|package|info|logs|metrics|list|ls|diff|synth|doctor|acknowledge|metadata|docs|context)\b/, 'read'],
]);

const vocabularies: Readonly<Record<string, Vocabulary>> = {
  heroku,
  fly,
  flyctl: fly,
  vercel: platform(
    [
      [/^(?:rollback|promote)\b/, 'write'],
      [/^env pull\b/, 'read'],
      [
        /^(?:env|secrets?|dns|domains|alias|certs|teams|project|integration) (?:rm|remove)\b|^(?:rm|remove)\b/,
        'delete',
        'irreversible',
      ],
    ],
    { kinds: [[/^env pull\b/, 'secret']] },
  ),
  now: platform(),
  netlify: platform(
    [
      [/^(?:sites?:delete|env:unset|blobs?:delete|functions:delete|unlink|api deleteSite)/, 'delete', 'irreversible'],
      [/^env:(?:get|list)\b/, 'read'],
    ],
    { kinds: [[/^env:(?:get|list) .*--plain/, 'secret']] },
  ),
  railway: platform(
    [
      [/^(?:down|delete|volume delete|environment delete|service delete)\b/, 'delete', 'irreversible'],
      [/^variables\b(?!.*--set)/, 'read'],
    ],
    { kinds: [[/^variables\b(?!.*--set)/, 'secret']] },
  ),
  render: platform(),
  wrangler: platform(
    [
      [
        /^(?:delete|(?:kv[: ](?:namespace|key|bulk)|r2 (?:bucket|object)|d1|queues|secret|secret:bulk|vectorize|hyperdrive|pages (?:project|deployment)|dispatch-namespace|workflows|tail|versions secret) (?:delete|remove|purge)\b|queues purge)/,
        'delete',
        'irreversible',
      ],
      [/^d1 (?:time-travel restore|migrations apply .*--remote)/, 'write', 'irreversible', 'bulk'],
      [/^rollback\b/, 'write'],
      [
        /^(?:d1|r2|kv\S*|queues|secret|deployments|versions|pages|hyperdrive|vectorize|workflows) (?:\w+ )?(?:list|info|get|status|view|export)\b/,
        'read',
      ],
      [/^secret put\b/, 'configure'],
      [/^d1 execute .*(?:drop|truncate|delete)\b/i, 'delete', 'irreversible', 'bulk'],
    ],
    {
      kinds: [
        [/^d1\b/, 'database'],
        [/^secret\b/, 'secret'],
      ],
    },
  ),
  firebase: platform(
    [
      [
        /^(?:firestore:delete|database:(?:remove|set|update)|hosting:disable|functions:delete|auth:import|projects:delete|apps:delete|remoteconfig:rollback|hosting:(?:channel|sites):delete|storage:delete|functions:secrets:destroy)/,
        'delete',
        'irreversible',
        'bulk',
      ],
      [
        /^(?:firestore:indexes|database:get|projects:list|functions:log|functions:list|apps:list|hosting:\w+:list|functions:config:get|remoteconfig:get)/,
        'read',
      ],
      [/^functions:secrets:access|^login:ci/, 'read'],
    ],
    {
      kinds: [
        [/^functions:secrets:access|^login:ci/, 'secret'],
        [/^(?:firestore|database):/, 'database'],
      ],
    },
  ),
  supabase,
  convex: platform([
    [/^(?:import .*--replace|data .*--clear|env remove)/, 'delete', 'irreversible', 'bulk'],
    [/^(?:data|logs|function-spec|env list|env get|export)\b/, 'read'],
  ]),
  neonctl: databaseHost,
  neon: databaseHost,
  pscale: databaseHost,
  turso: databaseHost,
  atlas: databaseHost,
  ccloud: databaseHost,
  aiven: databaseHost,
  avn: databaseHost,
  eas: platform([[/^(?:build|update|submit):?\w*/, 'execute']]),
  expo: platform([[/^(?:start|export|prebuild|install|run\S*|publish)/, 'execute']]),
  cf: platform([
    [/^(?:delete|delete-\S+|d|ds|purge-service-offering|unbind-service|unset-\S+)\b/, 'delete', 'irreversible'],
    [/^(?:stop|sp)\b/, 'delete'],
    [/^(?:apps|a|app|services|s|env|logs|target|orgs|spaces|routes|events)\b/, 'read'],
  ]),
  dokku: platform([
    [/:(?:destroy|unlink|purge|clear|remove|reset)\b/, 'delete', 'irreversible'],
    [/^(?:apps:list|config:show|logs|ps:report)|:(?:info|report|list)\b/, 'read'],
  ]),
  tsuru: platform(),
  caprover: platform(),
  eb: platform([
    [/^(?:terminate|restore|swap|abort|labs cleanup-versions)\b/, 'delete', 'irreversible'],
    [/^(?:list|status|health|events|logs|printenv|config get)\b/, 'read'],
  ]),
  azd: platform([
    [/^down\b/, 'delete', 'irreversible', 'bulk'],
    [/^env get-values/, 'read'],
  ]),
  func: platform(),
  sam: serverless,
  cdk: serverless,
  cdklocal: serverless,
  sls: serverless,
  serverless,
  sst: serverless,
  'copilot-cli': platform(),
  amplify: platform([
    [/^(?:delete|remove|env remove)\b/, 'delete', 'irreversible', 'bulk'],
    [/^(?:status|env list|codegen|console)\b/, 'read'],
  ]),
  databricks: platform([
    [
      /^(?:fs rm|workspace (?:delete|rm)|clusters (?:delete|permanent-delete)|jobs (?:delete|reset)|bundle destroy|catalogs delete|schemas delete|tables delete|secrets delete\S*)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^secrets get-secret/, 'read'],
  ]),
};

/** A line that puts the working folder online: what lies in it is read and sent. */
const deploys = /^(?:deploy|publish|up|push|release|pages deploy|functions deploy|hosting:channel:deploy)$/;

function effects(words: CommandWords): readonly CommandEffect[] {
  const vocabulary = vocabularies[words.program];
  if (!vocabulary || onlyAsksForHelp(words.args)) return [];
  const at = subcommandAt(words.args, cloudValues);
  const first = at < 0 ? '' : (words.args[at] ?? '…');
  const bare = first === '' && /^(?:vercel|now)$/.test(words.program);
  const shows = words.args.some((arg) => /^(?:--dry-run|--noop|--no-execute-changeset|--build-only)$/.test(arg ?? ''));
  if (!(deploys.test(first) || bare) || (words.program === 'supabase' && first !== 'deploy'))
    return phraseEffects(words, vocabulary);
  const production = words.args.some(
    (arg) => arg === '--prod' || arg === '--production' || (arg !== null && namesProduction(arg)),
  );
  return [
    ...touch('read', { text: '.', arg: -1 }, words.place, { kind: 'directory' }),
    {
      verb: 'write',
      resource: { kind: 'cloud-resource', name: `${words.program} deploy` },
      zone: production ? 'production' : 'other-host',
      flags: shows ? ['dry-run'] : [],
    },
  ];
}

export const platforms: CommandFamily = {
  id: 'platforms',
  programs: Object.keys(vocabularies),
  effects,
  examples: [
    ['heroku apps:destroy shop', 'delete cloud-resource other-host'],
    ['heroku pg:reset DATABASE_URL --confirm shop', 'delete cloud-resource other-host'],
    ['heroku ps', 'read cloud-resource other-host'],
    ['heroku logs --tail', 'read cloud-resource other-host'],
    ['fly apps destroy shop -y', 'delete cloud-resource other-host'],
    ['fly status', 'read cloud-resource other-host'],
    ['vercel --prod', 'read directory repository', 'write cloud-resource production'],
    ['vercel rm shop --yes', 'delete cloud-resource other-host'],
    ['netlify sites:delete abc', 'delete cloud-resource other-host'],
    ['wrangler dev', 'execute cloud-resource other-host'],
    ['wrangler kv:namespace delete --namespace-id x', 'delete cloud-resource other-host'],
    ['wrangler r2 bucket list', 'read cloud-resource other-host'],
    ['supabase db reset --linked', 'delete database other-host'],
    ['firebase firestore:delete --all-collections', 'delete database other-host'],
    ['cdk destroy --force', 'delete cloud-resource other-host'],
    ['cdk diff', 'read cloud-resource other-host'],
    ['pscale branch delete shop dev', 'delete database other-host'],
  ],
};
