import type { ResourceKind, Verb } from '../core/effect.ts';

/** Words in one string → a set. */
export const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Words that are a verb wherever they stand. */
export const verbWords: readonly (readonly [Verb, ReadonlySet<string>])[] = [
  [
    'delete',
    set(
      'delete deletes remove removes destroy drop purge trash revoke uninstall clear wipe cancel unpublish terminate kill erase nuke truncate ban kick evict deprovision deregister unregister discard flush disconnect unlink unassign unsubscribe deactivate suspend shutdown empty prune rm del delist forget reject decline void dismiss unshare offboard expunge rescind retract unfriend unenroll dispose',
    ),
  ],
  [
    'send',
    set(
      'send sends publish reply upload forward notify tweet retweet dispatch broadcast submit pay repay wire withdraw donate remit buy purchase checkout sell mail dm crosspost announce reimburse disburse',
    ),
  ],
  [
    'grant',
    set(
      'grant authorize authorise permit invite allow approve unlock onboard admit whitelist allowlist escalate promote elevate chmod chown delegate unban',
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
      'create creates update updates write modify set add adds edit put patch insert push move rename save append upsert replace archive unarchive close reopen import copy duplicate clone fork schedule reschedule book reserve make sync store remember change enable disable assign attach detach restore transition complete pin unpin react star unstar follow unfollow subscribe mute unmute rsvp respond accept convert generate draft commit checkout stage stash tag acknowledge ack snooze alter extend provision register connect link relate override manipulate tamper adjust toggle turn manage redact rotate reset block unblock unfreeze freeze confirm upgrade downgrade disarm resize compress zip unzip quarantine prescribe categorize organize organise reorder encrypt unlike bookmark untag cordon uncordon taint untaint reprioritize undo seed compose enroll',
    ),
  ],
  [
    'read',
    set(
      'get gets list lists search searches read reads find fetch fetches query lookup describe show view check count download export browse open retrieve scan inspect snapshot screenshot recall ask explain compare diff validate verify analyze analyse wait load tail summarize summarise whoami suggest detect crawl scrape extract poll watch monitor observe predict calculate compute estimate preview peek traverse visualize translate convert lint think sequentialthinking collect track identify discover enumerate audit review',
    ),
  ],
];

/** Words that are a verb in a name where none of the others stands; in a sentence they are often something else. */
export const nameVerbs: typeof verbWords = [
  ['delete', set('reject sack untrack deallocate clean cleanup decommission scrub unset evacuate liquidate')],
  ['grant', set('bind exempt endorse entrust')],
  [
    'send',
    set('blast fax ping sms phone transmit share relay email resend resubmit distribute gift tip settle unload report'),
  ],
  ['impersonate', set('masquerade')],
  ['execute', set('train retrain honk play replay dial ring spawn debug halt relaunch bootstrap script do handle')],
  [
    'write',
    set(
      `raise lower increase decrease hold rate win lose solve vacuum arm dim drain sign hang jot administer allocate
      highlight tick untick redeem bid join leave hire fire demote request order flag unflag label move capture swap mint
      burn bridge migrate backup format index switch mark pick shift top like renew reconcile timeout silence protect
      unprotect refill refine release rearrange refresh reload resync reshape rename redirect relabel relocate reroute
      annotate anonymize associate dissociate disassociate bump calibrate cap collapse combine commission compact
      consolidate crop customize cut defer define delay dedupe deduplicate dock draw eject embed enqueue exclude expand
      expire favorite feed fix flip force group ignore impose include init initialize localize log mirror mix nominate
      normalize notarize offset opt overwrite paint park partition paste persist populate postpone prepend program propose
      qualify rebalance recharge reclaim recolor recover recreate reduce regenerate regroup reinstate repair replicate
      reposition reprocess requeue rescale resubscribe retain revise rewrite roll round route sanitize seal secure segment
      separate shard shrink shuffle skip slice split squash stamp standardize steer stitch strip substitute suppress
      synthesize throttle title touch tune uncheck ungroup unify unmark unsnooze vote waive withhold wrap zero trigger
      escalate stake unstake earn sort mute unseal`,
    ),
  ],
  [
    'read',
    set(
      `plan blame dump scroll output predict forecast simulate classify profile outline consume transcribe stream listen
      measure sample quote rank recommend tally decode parse tokenize infer interpret benchmark probe average echo hash
      render plot chart graph diagnose troubleshoot zoom`,
    ),
  ],
];

/** Words that say what is done only where no verb does, the first group that has one: `logs_deletion`, `order_history`, `channel_message`. */
export const nouns: readonly (readonly (readonly [Verb, ReadonlySet<string>])[])[] = [
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
      set(
        'post share email message comment transfer charge refund order payout donation transaction invoice trade sms newsletter announcement letter fax',
      ),
    ],
    [
      'write',
      set(
        'label mark log record note upload form exchange return lock request booking reservation appointment reminder',
      ),
    ],
  ],
];

/** Money itself. */
export const money = set(
  'money funds fund payment payments payout payouts transaction transactions invoice invoices refund refunds charge charges balance bank iban wallet deposit withdrawal crypto bitcoin salary payroll donation billing debit credit overdraft bonus reimbursement giftcard cash dividend payee beneficiary',
);
/** Things that cost money once somebody pays. */
export const priced = set(
  'subscription subscriptions bill bills stock stocks trade trades card checkout order orders cart purchase loan domain ticket tickets gift',
);
export const paying = set(
  'send pay transfer wire withdraw donate remit buy purchase checkout sell schedule make create trade refund charge submit payout deposit execute confirm approve place move run issue give capture set reimburse disburse process initiate release settle swap',
);
export const buying = set('pay buy purchase checkout sell place trade repay');

export const writtenByOthers = set(
  'issue issues ticket tickets comment comments email emails mail mails inbox message messages channel channels thread threads chat chats conversation conversations webpage webpages web page pages url site website review reviews feed feeds tweet tweets timeline post posts notification notifications discussion discussions pr prs pull request requests merge transcript transcripts calendar event events document documents doc docs wiki article articles news rss html browser snapshot screenshot console transaction transactions attachment attachments dm dms forum reddit reply replies mention mentions incident incidents alert alerts error errors exception exceptions log logs lead leads form submission submissions survey feedback record records row rows contact contacts changelog readme release releases video videos caption captions search google file files',
);

export const privateThings = set(
  'email emails mail mails inbox dm dms transaction transactions balance balances iban account accounts contact contacts address addresses medical health patient patients prescription genetic genome salary salaries payroll bank card cards password passwords credential credentials secret secrets token tokens ssn passport passports location locations calendar photo photos invoice invoices customer customers personal private profile saved identity identities employee employees hr payment payments order orders lead leads opportunity deal deals medication diagnosis record vault keychain cookie cookies history wallet tax loan insurance biometric',
);

export const kinds: readonly (readonly [ResourceKind, ReadonlySet<string>])[] = [
  ['secret', set('secret secrets credential credentials token tokens apikey keyvault vault keychain passwords')],
  ['branch', set('branch branches')],
  ['repository', set('repository repositories repo repos')],
  ['table', set('table tables row rows collection collections documents index indexes indices schema column')],
  ['database', set('database databases db keyspace')],
  [
    'user',
    set(
      'user users member members collaborator collaborators role roles permission permissions access password guest guests group groups team admin policy policies acl identity login device devices door mfa totp otp passkey pin privileges privilege delegate',
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
