import { names } from '../arguments.ts';
import { type Phrase, spokenFamily, type Vocabulary } from '../phrases.ts';

// Feature flags, payment, mail, content, identity: one command changes what customers see, pay or receive. Sources: the
// command references of LaunchDarkly, Flipt, Unleash, Flagsmith, Split, Stripe, Twilio, SendGrid, Postmark, Auth0, Okta.

const takesAway: Phrase = [
  /\b(?:delete|del|rm|remove|destroy|purge|cancel|void|kill|archive|revoke|suppress|unsubscribe|drop|detach|terminate|clear|expire|deactivate)(?:$|[\s:_-])/,
  'delete',
  'irreversible',
];
const reads: Phrase = [
  /\b(?:list|get|show|retrieve|search|status|describe|view|info|logs?|tail|listen|fetch|export|find|whoami|open|samples|config|validate|evaluate|help|login|version)\b/,
  'read',
];

const tool = (phrases: readonly Phrase[] = [], more: Partial<Vocabulary> = {}): Vocabulary => ({
  values: names('--api-key -k --access-token --project --environment --flag --workspace -w --account --data -d --org'),
  phrases: [...phrases, takesAway, reads],
  ...more,
});

const flags = tool([[/\b(?:toggle-off|turn-off|disable|toggle-on|enable|turn-on|rollout|update|set)\b/, 'configure']]);

const stripe = tool([
  // Money leaves, or the key that everything else uses changes.
  [
    /\b(?:refunds|payouts|transfers|topups|charges|payment_intents|invoices|credit_notes) (?:create|capture|confirm|pay|send|finalize|void_invoice|void|reverse|cancel)\b/,
    'send',
    'irreversible',
  ],
  [/\b(?:api_keys|api-keys|keys) (?:roll|expire|rotate)\b/, 'delete', 'irreversible'],
  [/^(?:delete)\b/, 'delete', 'irreversible'],
  [/^(?:post|fixtures|trigger|resources)\b/, 'write'],
  [/^get\b/, 'read'],
]);

export const productTools = spokenFamily(
  'product-tools',
  {
    ldcli: flags,
    launchdarkly: flags,
    flipt: tool([
      [/^(?:server|start)\b|^$/, 'execute'],
      [/^(?:migrate|import .*--drop)\b/, 'write', 'irreversible', 'bulk'],
      [/^import\b/, 'write'],
    ]),
    unleash: flags,
    flagsmith: flags,
    splitctl: flags,
    'split-cli': flags,
    configcat: flags,
    growthbook: flags,
    optimizely: flags,
    posthog: flags,
    stripe,
    braintree: stripe,
    square: stripe,
    paypal: stripe,
    adyen: stripe,
    paddle: stripe,
    chargebee: stripe,
    twilio: tool([
      [/\b(?:messages|calls|faxes|email):?(?:create|send)\b|^email:send/, 'send'],
      [/\b(?:phone-numbers:buy)\b/, 'write', 'irreversible'],
    ]),
    sendgrid: tool([[/\b(?:send|mail)\b/, 'send']]),
    postmark: tool([[/\b(?:send|email)\b/, 'send']]),
    mailgun: tool([[/\bsend\b/, 'send']]),
    mailchimp: tool([[/\bsend\b/, 'send']]),
    resend: tool([[/\bsend\b/, 'send']]),
    shopify: tool([
      [/^(?:theme|app) (?:push|deploy|publish|release)\b/, 'write'],
      [/^(?:theme|app) (?:dev|pull|check|build|init|generate)/, 'execute'],
    ]),
    contentful: tool([[/\bspace (?:import|migration)\b/, 'write']]),
    sanity: tool([
      [/\bdataset import .*--replace\b/, 'write', 'bulk', 'irreversible'],
      [/\bdataset import\b/, 'write'],
    ]),
    prismic: tool(),
    strapi: tool([
      [/^(?:import|transfer)\b/, 'write', 'bulk', 'irreversible'],
      [/^(?:develop|start|build|generate)\b/, 'execute'],
    ]),
    auth0: tool([[/\b(?:roles|permissions) (?:add|assign)|^users (?:create|roles (?:add|assign))/, 'grant']]),
    okta: tool(),
    clerk: tool(),
    jira: tool([[/\b(?:create|comment|move|assign|edit|link|transition)\b/, 'send']]),
    acli: tool([[/\b(?:create|comment|transition|assign|edit)\b/, 'send']]),
    linear: tool([[/\b(?:create|comment|update)\b/, 'send']]),
    notion: tool([[/\b(?:create|update|append)\b/, 'send']]),
    slack: tool([[/\b(?:chat|send|post|file upload|message)\b/, 'send']]),
    'slack-cli': tool([[/\b(?:chat|send|post|file upload|message|-d)\b/, 'send']]),
    snyk: tool([[/^(?:test|code|container|iac|monitor|sbom)\b/, 'execute']]),
  },
  [
    ['ldcli flags delete --flag beta --project web', 'delete cloud-resource other-host'],
    ['ldcli flags list --project web', 'read cloud-resource other-host'],
    ['stripe customers delete cus_1', 'delete cloud-resource other-host'],
    ['stripe customers list', 'read cloud-resource other-host'],
    ['stripe refunds create --charge=ch_1', 'send cloud-resource other-host'],
    ['stripe listen --forward-to localhost:3000', 'read cloud-resource other-host'],
    ['twilio phone-numbers:list', 'read cloud-resource other-host'],
    ['auth0 users delete u1', 'delete cloud-resource other-host'],
    ['stripe --version'],
  ],
);
