/**
 * Formats of secrets as their vendors publish them. A rule is tried where one of its literals stands: `pattern` is
 * sticky and begins at the literal. Group 1, or else the whole match, is the secret.
 */
export interface SecretRule {
  readonly id: string;
  readonly confidence: 'verified-format' | 'likely';
  /** Lower case; matched in any case, the pattern decides. */
  readonly literals: readonly string[];
  readonly pattern: RegExp;
  /** Public prefix that stays readable: its length is counted from the start of the secret. */
  readonly keep?: number;
  /** The literal may stand inside a word. */
  readonly inside?: boolean;
  /** Characters that must stand before the literal and belong to the secret: `123456789` of `123456789:AA…`. */
  readonly before?: RegExp;
  /** The value must also look random, not like a placeholder. */
  readonly random?: boolean;
}

function vendor(id: string, literals: string, pattern: RegExp, keep?: number): SecretRule {
  return {
    id,
    confidence: 'verified-format',
    literals: literals.split(' '),
    pattern,
    keep: keep ?? literals.split(' ')[0]?.length ?? 0,
  };
}

/** A value that only its neighbourhood tells: the literal is the name, the value follows an assignment. */
function near(id: string, literals: string, value: string): SecretRule {
  const pattern = new RegExp(
    `[\\w.-]{1,40}["'\`]?\\s{0,4}(?::=|=>|[:=,]|\\s)\\s{0,4}["'\`]?(${value})(?![\\w+/=-])`,
    'y',
  );
  return { id, confidence: 'likely', literals: literals.split(' '), pattern, inside: true, random: true };
}

const end = '(?![A-Za-z0-9_-])';
const tail = (chars: string) => new RegExp(`${chars}${end}`, 'y');

export const secretRules: readonly SecretRule[] = [
  // ————— clouds
  vendor('aws-access-key', 'akia asia abia acca', /(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/y, 4),
  near('aws-secret-key', 'aws_secret aws-secret awssecret secretaccesskey secret_access_key', '[A-Za-z0-9/+]{40}'),
  near('aws-session-token', 'aws_session_token sessiontoken', '[A-Za-z0-9/+=]{100,1500}'),
  vendor('aws-bedrock-key', 'absk', tail('ABSK[A-Za-z0-9+/]{109,269}={0,2}')),
  vendor('google-api-key', 'aiza', tail('AIza[A-Za-z0-9_-]{35}')),
  vendor('google-oauth-secret', 'gocspx-', tail('GOCSPX-[A-Za-z0-9_-]{28}')),
  vendor('google-oauth-token', 'ya29.', /ya29\.[A-Za-z0-9_-]{30,1000}/y),
  vendor('google-refresh-token', '1//0', /1\/\/0[A-Za-z0-9_-]{40,200}/y),
  {
    id: 'azure-storage-key',
    confidence: 'verified-format',
    literals: ['accountkey='],
    pattern: /AccountKey=([A-Za-z0-9+/]{86}==)/iy,
  },
  {
    id: 'azure-shared-access-key',
    confidence: 'verified-format',
    literals: ['sharedaccesskey='],
    pattern: /SharedAccessKey=([A-Za-z0-9+/]{43}=)/iy,
  },
  {
    id: 'azure-sas',
    confidence: 'verified-format',
    literals: ['sig='],
    pattern: /sig=([A-Za-z0-9%]{43,63}(?:%3D|=))/iy,
  },
  {
    id: 'azure-client-secret',
    confidence: 'verified-format',
    literals: ['8q~', '7q~'],
    pattern: /[78]Q~[A-Za-z0-9_.~-]{31,34}/y,
    before: /[A-Za-z0-9_.~-]{3}$/,
    inside: true,
  },
  vendor('alibaba-access-key', 'ltai', tail('LTAI[A-Za-z0-9]{17,21}')),
  vendor('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', tail('do[opr]_v1_[a-f0-9]{64}')),
  vendor('fly-token', 'fm2_ fo1_', /(?:fm2_[A-Za-z0-9+/]{80,2000}={0,2}|fo1_[\w-]{43})/y),
  vendor('heroku-token', 'hrku-', tail('HRKU-[A-Za-z0-9_-]{36,80}')),
  near('heroku-key', 'heroku', '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'),
  near('cloudflare-token', 'cloudflare cf_api', '(?:[A-Za-z0-9_-]{40}|[a-f0-9]{37})'),
  vendor('cloudflare-ca-key', 'v1.0-', tail('v1\\.0-[a-f0-9]{24}-[a-f0-9]{146}')),
  vendor('vercel-token', 'vcp_ vci_ vca_ vcr_ vck_', tail('vc[piark]_[A-Za-z0-9]{24,80}')),
  vendor('netlify-token', 'nfp_', tail('nfp_[A-Za-z0-9]{36,60}')),
  vendor('supabase-token', 'sbp_ sb_secret_', tail('(?:sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{30,50})')),
  vendor(
    'planetscale-token',
    'pscale_tkn_ pscale_pw_ pscale_oauth_',
    tail('pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}'),
  ),

  // ————— code and packages
  vendor('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', tail('gh[pousr]_[A-Za-z0-9]{36,255}')),
  vendor('github-fine-grained', 'github_pat_', tail('github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}')),
  vendor(
    'gitlab-token',
    'glpat- gldt- glft- glsoat- glrt- glcbt- glptt- glagent- glimt- gloas- glffct-',
    /gl(?:pat|dt|ft|soat|rt|cbt|ptt|agent|imt|oas|ffct)-[A-Za-z0-9_-]{20,60}(?:\.[a-z0-9]{2}\.[a-z0-9]{9})?/y,
    6,
  ),
  vendor('gitlab-runner', 'gr1348941', tail('GR1348941[A-Za-z0-9_-]{20}')),
  vendor(
    'bitbucket-token',
    'atbb atctt3xffgn0',
    tail('(?:ATBB[A-Za-z0-9]{24,40}|ATCTT3xFfGN0[A-Za-z0-9_=-]{100,300})'),
    4,
  ),
  vendor('atlassian-token', 'atatt3xffgf0', /ATATT3xFfGF0[A-Za-z0-9_=-]{100,300}/y),
  vendor('npm-token', 'npm_', tail('npm_[A-Za-z0-9]{36}')),
  {
    id: 'npm-auth',
    confidence: 'likely',
    literals: [':_authtoken', ':_password', '_auth='],
    pattern: /:?_(?:authToken|password|auth)\s*=\s*["']?([A-Za-z0-9+/=_-]{16,200})/y,
    random: true,
    inside: true,
  },
  vendor('pypi-token', 'pypi-ageichlw', /pypi-AgEI[A-Za-z0-9_-]{50,1000}/y, 5),
  vendor('rubygems-key', 'rubygems_', tail('rubygems_[a-f0-9]{48}')),
  vendor('crates-token', 'cio', tail('cio[A-Za-z0-9]{32}')),
  vendor('docker-token', 'dckr_pat_ dckr_oat_', tail('dckr_[po]at_[A-Za-z0-9_-]{27,36}')),
  vendor('circleci-token', 'ccipat_ cciprj_', tail('cci(?:pat|prj)_[A-Za-z0-9]{20,24}_[a-f0-9]{40}')),
  vendor('buildkite-token', 'bkua_', tail('bkua_[a-z0-9]{40}')),
  vendor('sentry-token', 'sntrys_ sntryu_', /(?:sntrys_eyJ[A-Za-z0-9+/=_-]{80,400}|sntryu_[a-f0-9]{64})/y, 7),
  vendor('sonar-token', 'squ_ sqp_ sqa_', tail('sq[upa]_[a-f0-9]{40}')),
  vendor('postman-key', 'pmak-', tail('PMAK-[a-f0-9]{24}-[a-f0-9]{34}')),
  vendor('jfrog-key', 'akcp cmvmdgtu', tail('(?:AKCp[A-Za-z0-9]{69}|cmVmdGtu[A-Za-z0-9]{56})'), 4),
  vendor('age-key', 'age-secret-key-1', tail('AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}')),

  // ————— models
  vendor('anthropic-key', 'sk-ant-', /sk-ant-(?:api|admin|oat|ort|sid)\d{2}-[A-Za-z0-9_-]{60,140}/y),
  vendor(
    'openai-key',
    'sk-proj- sk-svcacct- sk-admin- sk-',
    /sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})(?![A-Za-z0-9_-])/y,
    3,
  ),
  {
    id: 'sk-key',
    confidence: 'likely',
    literals: ['sk-'],
    pattern: /sk-(?!ant-|proj-|svcacct-|admin-)(?:or-v1-)?[A-Za-z0-9]{32,120}(?![A-Za-z0-9_-])/y,
    keep: 3,
    random: true,
  },
  vendor('huggingface-token', 'hf_ api_org_', tail('(?:hf|api_org)_[A-Za-z]{34}'), 3),
  vendor('replicate-token', 'r8_', tail('r8_[A-Za-z0-9]{37}')),
  vendor('groq-key', 'gsk_', tail('gsk_[A-Za-z0-9]{52}')),
  vendor('xai-key', 'xai-', tail('xai-[A-Za-z0-9]{80}')),
  vendor('perplexity-key', 'pplx-', tail('pplx-[A-Za-z0-9]{48,56}')),
  vendor('langsmith-key', 'lsv2_pt_ lsv2_sk_', tail('lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}')),

  // ————— talk, mail, money, work
  vendor(
    'slack-token',
    'xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxe',
    /xox(?:[bpaosr]-[A-Za-z0-9-]{20,250}|e(?:\.xox[bp])?-\d-[A-Za-z0-9]{100,200})/y,
    5,
  ),
  vendor('slack-app-token', 'xapp-', /xapp-\d-[A-Z0-9]{8,12}-\d{10,13}-[a-f0-9]{60,70}/y),
  vendor(
    'slack-webhook',
    'hooks.slack.com/',
    /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{40,60}/y,
    25,
  ),
  vendor(
    'discord-webhook',
    'discord.com/api/webhooks/ discordapp.com/api/webhooks/',
    /discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,72}/y,
  ),
  near('discord-token', 'discord', '[A-Za-z0-9_-]{23,28}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,38}'),
  {
    id: 'telegram-token',
    confidence: 'verified-format',
    literals: [':aa'],
    pattern: /:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/y,
    before: /(?<![A-Za-z0-9])\d{8,10}$/,
    inside: true,
  },
  vendor(
    'teams-webhook',
    'webhook.office.com/',
    /webhook\.office\.com\/webhookb2\/[A-Za-z0-9-]{36}@[A-Za-z0-9-]{36}\/IncomingWebhook\/[A-Za-z0-9]{32}\/[A-Za-z0-9-]{36}/y,
    19,
  ),
  vendor(
    'stripe-key',
    'sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_',
    tail('(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{16,250}'),
  ),
  vendor('stripe-webhook-secret', 'whsec_', tail('whsec_[A-Za-z0-9+/]{32,64}={0,2}')),
  vendor(
    'square-token',
    'eaaa sq0atp- sq0csp-',
    tail('(?:EAAA[A-Za-z0-9_-]{60}|sq0atp-[A-Za-z0-9_-]{22}|sq0csp-[A-Za-z0-9_-]{43})'),
    4,
  ),
  vendor('paypal-braintree', 'access_token$', /access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}/y),
  vendor('shopify-token', 'shpat_ shpca_ shppa_ shpss_ shptka_', tail('shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}')),
  { id: 'twilio-key', confidence: 'likely', literals: ['sk'], pattern: /SK[0-9a-f]{32}(?![A-Za-z0-9])/y, keep: 2 },
  vendor('sendgrid-key', 'sg.', tail('SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}')),
  vendor('mailgun-key', 'key-', tail('key-[a-f0-9]{32}')),
  {
    id: 'mailchimp-key',
    confidence: 'verified-format',
    literals: ['-us'],
    pattern: /-us\d{1,2}(?![A-Za-z0-9])/y,
    before: /(?<![A-Za-z0-9])[a-f0-9]{32}$/,
    inside: true,
  },
  vendor('brevo-key', 'xkeysib-', tail('xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}')),
  vendor('linear-key', 'lin_api_ lin_oauth_', tail('lin_(?:api_[A-Za-z0-9]{40}|oauth_[a-f0-9]{64})')),
  vendor('notion-token', 'ntn_ secret_', tail('(?:ntn_[A-Za-z0-9]{46}|secret_[A-Za-z0-9]{43})')),
  vendor('airtable-token', 'pat', tail('pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}')),
  vendor('asana-token', '2/', tail('2/\\d{15,17}/\\d{15,17}:[a-f0-9]{32}')),
  vendor('figma-token', 'figd_ figo_', tail('fig[do]_[A-Za-z0-9_-]{40,60}')),
  vendor('typeform-token', 'tfp_', tail('tfp_[A-Za-z0-9_.=-]{44,59}')),
  vendor('intercom-token', 'dg9rog', tail('dG9rOg[A-Za-z0-9+/]{50,80}={0,2}')),
  vendor(
    'hubspot-token',
    'pat-na1- pat-eu1-',
    tail('pat-(?:na1|na2|eu1|ap1)-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}'),
  ),
  vendor('facebook-token', 'eaac eaab eaag', /EAA[A-Z][A-Za-z0-9]{80,400}/y),
  vendor('mapbox-token', 'sk.eyj', /sk\.eyJ[A-Za-z0-9_-]{40,200}\.[A-Za-z0-9_-]{20,30}/y, 3),

  // ————— running things
  vendor(
    'hashicorp-vault-token',
    'hvs. hvb. hvr. s.',
    /(?:hv[sbr]\.[A-Za-z0-9_-]{24,300}|s\.(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Z])[A-Za-z0-9]{24})(?![A-Za-z0-9_.-])/y,
    4,
  ),
  {
    id: 'terraform-token',
    confidence: 'verified-format',
    literals: ['.atlasv1.'],
    pattern: /\.atlasv1\.[A-Za-z0-9_=-]{60,80}/y,
    before: /[A-Za-z0-9]{14}$/,
    inside: true,
  },
  vendor('databricks-token', 'dapi', tail('dapi[a-f0-9]{32}(?:-\\d)?')),
  vendor(
    'doppler-token',
    'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.',
    /dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}/y,
  ),
  near('datadog-key', 'datadog dd_api dd-api dd_app dd-app', '(?:[a-f0-9]{40}|[a-f0-9]{32})'),
  vendor('newrelic-key', 'nrak- nrjs- nraa-', tail('NR(?:AK-[A-Z0-9]{27}|JS-[a-f0-9]{19}|AA-[a-f0-9]{27})')),
  vendor('grafana-token', 'glc_ glsa_', /(?:glc_[A-Za-z0-9+/=]{32,400}|glsa_[A-Za-z0-9]{32}_[a-f0-9]{8})/y, 4),
  vendor('dynatrace-token', 'dt0c01. dt0s', /dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}/y, 7),
  vendor('pulumi-token', 'pul-', tail('pul-[a-f0-9]{40}')),
  vendor(
    'tailscale-key',
    'tskey-',
    tail('tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{24,40}'),
  ),
  vendor('onepassword-token', 'ops_eyj', /ops_eyJ[A-Za-z0-9+/=_-]{100,1000}/y, 4),
  vendor(
    'onepassword-key',
    'a3-',
    tail('A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}'),
  ),
  vendor('infracost-token', 'ico-', tail('ico-[A-Za-z0-9]{32}')),
  vendor('flutterwave-key', 'flwseck', /FLWSECK(?:_TEST)?-[a-f0-9]{12,32}(?:-X)?/y, 7),
  vendor('contentful-token', 'cfpat-', tail('CFPAT-[A-Za-z0-9_-]{43}')),
  vendor('prefect-key', 'pnu_ pnb_', tail('pn[ub]_[A-Za-z0-9]{36}')),
  vendor('easypost-key', 'ezak eztk', tail('EZ[AT]K[A-Za-z0-9]{54}'), 4),
  vendor('rootly-readme-key', 'rootly_ rdme_', tail('(?:rootly_[a-f0-9]{64}|rdme_[a-z0-9]{70})'), 5),
  vendor('shippo-token', 'shippo_live_ shippo_test_', tail('shippo_(?:live|test)_[a-f0-9]{40}')),
  vendor('openshift-token', 'sha256~', tail('sha256~[A-Za-z0-9_-]{43}')),
  vendor('warder-token', 'wrd_', tail('wrd_[A-Za-z0-9_-]{32,200}')),

  // ————— forms that many use
  vendor('jwt', 'eyj', /eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{16,1500}/y, 3),
  {
    id: 'private-key',
    confidence: 'verified-format',
    literals: ['-----begin'],
    inside: true,
    keep: 11,
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----[^-]{40,16000}(?:-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----)?/y,
  },
  {
    id: 'putty-key',
    confidence: 'verified-format',
    literals: ['putty-user-key-file-'],
    keep: 20,
    pattern: /PuTTY-User-Key-File-\d:[\s\S]{40,6000}?Private-MAC: [a-f0-9]{40,64}/y,
  },
];
