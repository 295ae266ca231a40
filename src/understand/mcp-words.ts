import type { Flag, ResourceKind, Verb } from '../core/effect.ts';

/** `createIssue`, `slack_send_message`, `GMAIL_SEND_EMAIL`, `getPRDiff` → lower-case words. */
export function wordsOfName(name: string): readonly string[] {
  return name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Words that are a verb wherever they stand. */
const verbWords: readonly (readonly [Verb, ReadonlySet<string>])[] = [
  [
    'delete',
    set(
      'delete deletes remove removes destroy drop purge trash revoke uninstall clear wipe cancel unpublish terminate kill erase nuke truncate ban kick evict deprovision deregister unregister discard flush disconnect unlink unassign unsubscribe deactivate suspend shutdown empty prune rm del delist forget reject decline void dismiss',
    ),
  ],
  [
    'send',
    set(
      'send sends publish reply upload forward notify tweet retweet dispatch broadcast submit pay repay wire withdraw donate remit buy purchase checkout sell mail dm crosspost announce',
    ),
  ],
  [
    'grant',
    set(
      'grant authorize authorise permit invite allow approve unlock onboard admit whitelist allowlist escalate promote',
    ),
  ],
  ['impersonate', set('impersonate sudo assume')],
  ['install', set('install')],
  ['configure', set('configure setup reconfigure')],
  [
    'execute',
    set(
      'run runs execute exec eval evaluate invoke start stop restart reboot trigger click type press fill drag hover tap swipe select navigate goto deploy redeploy merge apply perform launch call compile build rebuild test rerun retry resume pause activate rollback scale exploit inject control operate',
    ),
  ],
  [
    'write',
    set(
      'create creates update updates write modify set add adds edit put patch insert push move rename save append upsert replace archive unarchive close reopen import copy duplicate clone fork schedule reschedule book reserve make sync store remember change enable disable assign attach detach restore transition complete pin unpin react star unstar follow unfollow subscribe mute unmute rsvp respond accept convert generate draft commit checkout stage stash tag acknowledge ack snooze alter extend provision register connect link relate override manipulate tamper adjust toggle turn manage bulk batch redact rotate reset block unblock',
    ),
  ],
  [
    'read',
    set(
      'get gets list lists search searches read reads find fetch fetches query lookup describe show view check count download export browse open retrieve scan inspect snapshot screenshot recall ask explain compare diff validate verify analyze analyse wait load tail summarize summarise whoami suggest detect crawl scrape extract poll watch monitor observe predict calculate compute estimate preview peek traverse visualize translate convert lint think sequentialthinking collect track identify discover enumerate audit review',
    ),
  ],
];

/** Words that say what is done only where no verb does, the first group that has one: `logs_deletion`, `order_history`, `channel_message`. */
const nouns: readonly (readonly (readonly [Verb, ReadonlySet<string>])[])[] = [
  [
    ['delete', set('deletion removal destruction termination erasure wiping corruption sabotage revocation')],
    ['send', set('exfiltration theft leak leakage transmission')],
    ['grant', set('escalation elevation')],
    ['execute', set('execution breach compromise hijack hijacking attack disruption deployment activation')],
    ['write', set('creation modification alteration tampering manipulation falsification update injection')],
  ],
  [['read', set('resolve history logs status info docs help stat stats tree head lookup summary report')]],
  [
    [
      'send',
      set('post share email message comment transfer charge refund order payout donation transaction invoice trade'),
    ],
    ['write', set('label mark log record note upload form exchange return lock')],
  ],
];

const byWord = (groups: readonly (readonly [Verb, ReadonlySet<string>])[]): ReadonlyMap<string, Verb> =>
  new Map([...groups].reverse().flatMap(([verb, words]) => [...words].map((word) => [word, verb] as const)));

const verbOfWord = byWord(verbWords);
const verbOfNoun = nouns.map(byWord);

/** What a tool's name says it does; `unknown` when it says nothing. The first verb decides: `search_sent_messages` reads. */
export function verbOfWords(words: readonly string[]): Verb {
  for (const word of words) {
    const verb = verbOfWord.get(word);
    if (verb !== undefined) return verb;
  }
  for (const group of verbOfNoun) {
    for (const word of words) {
      const verb = group.get(word);
      if (verb !== undefined) return verb;
    }
  }
  return 'unknown';
}

/** Money itself. */
const money = set(
  'money funds fund payment payments payout payouts transaction transactions invoice invoices refund refunds charge charges balance bank iban wallet deposit withdrawal crypto bitcoin salary payroll donation billing',
);
/** Things that cost money once somebody pays. */
const priced = set(
  'subscription subscriptions bill bills stock stocks trade trades card checkout order orders cart purchase loan domain ticket tickets gift',
);
const paying = set(
  'send pay transfer wire withdraw donate remit buy purchase checkout sell schedule make create trade refund charge submit payout add deposit execute confirm approve place',
);
const buying = set('pay buy purchase checkout sell place trade repay');

const writtenByOthers = set(
  'issue issues ticket tickets comment comments email emails mail mails inbox message messages channel channels thread threads chat chats conversation conversations webpage webpages web page pages url site website review reviews feed feeds tweet tweets timeline post posts notification notifications discussion discussions pr prs pull request requests merge transcript transcripts calendar event events document documents doc docs wiki article articles news rss html browser snapshot screenshot console transaction transactions attachment attachments dm dms forum reddit reply replies mention mentions incident incidents alert alerts error errors exception exceptions log logs lead leads form submission submissions survey feedback record records row rows contact contacts changelog readme release releases video videos caption captions search google file files',
);

const privateThings = set(
  'email emails mail mails inbox dm dms transaction transactions balance balances iban account accounts contact contacts address addresses medical health patient patients prescription genetic genome salary salaries payroll bank card cards password passwords credential credentials secret secrets token tokens ssn passport passports location locations calendar photo photos invoice invoices customer customers personal private profile saved identity identities employee employees hr payment payments order orders lead leads opportunity deal deals medication diagnosis record vault keychain cookie cookies history wallet tax loan insurance biometric',
);

/** Words of a name, with what they tell besides the verb. */
export interface NameMeaning {
  readonly verb: Verb;
  /** Of what is read: written by others, private. */
  readonly flags: readonly Flag[];
  /** What it acts on, where the name says so in our words; null: nothing more than the tool itself. */
  readonly acts: { readonly verb: Verb; readonly kind: ResourceKind } | null;
}

const kinds: readonly (readonly [ResourceKind, ReadonlySet<string>])[] = [
  ['secret', set('secret secrets credential credentials token tokens apikey keyvault vault keychain passwords')],
  ['branch', set('branch branches')],
  ['repository', set('repository repositories repo repos')],
  ['table', set('table tables row rows collection collections documents index indexes indices schema column')],
  ['database', set('database databases db keyspace')],
  [
    'user',
    set(
      'user users member members collaborator collaborators role roles permission permissions access password guest guests group groups team admin policy policies acl identity login device devices door',
    ),
  ],
  ['container', set('container containers pod pods image images volume volumes')],
  ['service', set('service services deployment deployments daemon workload function functions lambda worker workers')],
  [
    'cloud-resource',
    set(
      'instance instances bucket buckets cluster clusters stack stacks vm vms server servers node nodes project projects workspace workspaces environment environments queue queues topic topics dns zone domain domains record snapshot snapshots backup backups bucket disk disks network firewall resource resources namespace site app key kms distribution certificate dashboard monitor app',
    ),
  ],
];

const changing: ReadonlySet<Verb> = new Set([
  'delete',
  'grant',
  'configure',
  'write',
  'impersonate',
  'send',
  'execute',
]);
const userish: ReadonlySet<ResourceKind> = new Set(['user']);

/** A tool's name → what it does. */
export function readName(name: string): NameMeaning {
  const words = wordsOfName(name);
  const verb = verbOfWords(words);
  const reads = verb === 'read' || verb === 'receive' || verb === 'unknown';
  return { verb: onPeople(verb, words), flags: reads ? flagsOfWords(words) : [], acts: actsOn(verb, words) };
}

/** Words of what is read → whether others wrote it, whether it is private. */
export function flagsOfWords(words: readonly string[]): Flag[] {
  const flags: Flag[] = [];
  if (words.some((word) => writtenByOthers.has(word))) flags.push('untrusted');
  if (words.some((word) => privateThings.has(word))) flags.push('sensitive');
  return flags;
}

const discussed = set(
  'issue issues incident incidents alert alerts comment comments thread conversation discussion ticket conflict conflicts',
);

/** Adding a person to something widens what that person may do. */
function onPeople(verb: Verb, words: readonly string[]): Verb {
  // `resolve_issue` closes it; `resolve_library_id` looks it up.
  if (words.includes('resolve') && words.some((word) => discussed.has(word))) return 'write';
  // Opening an account or a position is no look at it.
  if (
    words.some(
      (word, i) => word === 'open' && /^(?:account|position|trade|case|ticket|door|valve)$/.test(words[i + 1] ?? ''),
    )
  ) {
    return 'write';
  }
  if (verb !== 'write') return verb;
  const people = words.some((word) => /^(?:user|member|collaborator|guest|role|permission|admin|acl)s?$/.test(word));
  return people && words.some((word) => /^(?:add|assign|attach|put|enable)$/.test(word)) ? 'grant' : verb;
}

/** The value of a secret, not talk of one: `get_secret`, `read_api_key`; not `count_tokens`, `get_password_policy`. */
function namesSecret(words: readonly string[]): boolean {
  const [before = '', last = ''] = words.slice(-2);
  if (/^(?:secrets?|credentials?|passwords?|apikeys?)$/.test(last)) return true;
  return (
    /^(?:keys?|tokens?)$/.test(last) &&
    /^(?:api|access|auth|refresh|private|ssh|service|signing|encryption)$/.test(before)
  );
}

const ending = set('delete destroy terminate purge drop erase wipe deprovision deactivate deletion termination');

const rights = /^(?:role|permission|access|policy|policies|acl|admin|collaborator|privilege|scope)s?$/;

function actsOn(verb: Verb, words: readonly string[]): NameMeaning['acts'] {
  const has = (group: ReadonlySet<string>): boolean => words.some((word) => group.has(word));
  const pays = (has(priced) && has(buying)) || (words[0] === 'transfer' && words.length === 1);
  if (changing.has(verb) && (has(money) || pays)) {
    return { verb: verb === 'delete' ? 'delete' : pays || has(paying) ? 'send' : 'write', kind: 'account' };
  }
  if (/^(?:pay|wire|withdraw|remit|donate|repay)$/.test(words.find((word) => verbOfWord.has(word)) ?? ''))
    return { verb: 'send', kind: 'account' };
  if (verb === 'read' && namesSecret(words)) return { verb: 'read', kind: 'secret' };
  const kind = kinds.find(([, group]) => has(group))?.[0];
  if (kind === undefined) return null;
  const right = words.some((word) => rights.test(word));
  // Whoever is invited or added joins something; rights are what a role or a policy gives.
  if (verb === 'grant' || onPeople(verb, words) === 'grant') return { verb: right ? 'grant' : 'write', kind };
  // Who is removed from a channel or a group still exists.
  if (verb === 'delete' && kind === 'user' && !words.some((word) => ending.has(word))) return { verb: 'write', kind };
  if (verb === 'delete' || verb === 'configure' || verb === 'impersonate') return { verb, kind };
  if (verb === 'write' && userish.has(kind)) {
    return { verb: right ? 'grant' : 'configure', kind };
  }
  return null;
}
