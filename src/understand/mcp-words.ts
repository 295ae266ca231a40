import type { Flag, ResourceKind, Verb } from '../core/effect.ts';
import {
  buying,
  kinds,
  money,
  nameVerbs,
  nouns,
  paying,
  priced,
  privateThings,
  set,
  verbWords,
  writtenByOthers,
} from './mcp-vocabulary.ts';

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

const byWord = (groups: readonly (readonly [Verb, ReadonlySet<string>])[]): ReadonlyMap<string, Verb> =>
  new Map([...groups].reverse().flatMap(([verb, words]) => [...words].map((word) => [word, verb] as const)));

const verbOfWord = byWord(verbWords);
const verbInName = byWord(nameVerbs);
const verbOfNoun = nouns.map(byWord);
/** `order_history` is looked at, `order_pizza` is not. */
const inName = [verbOfWord, ...verbOfNoun.slice(0, 2), verbInName, ...verbOfNoun.slice(2)];

/** What a sentence about a tool says it does; `unknown` when it says nothing. The first verb decides. */
export function verbOfWords(words: readonly string[]): Verb {
  return firstOf(words, [verbOfWord, ...verbOfNoun]);
}

/** The same of a tool's name, where more words can only be verbs: `like_post`, `plan`. */
const verbOfPlainName = (words: readonly string[]): Verb => firstOf(words, inName);

function firstOf(words: readonly string[], groups: readonly ReadonlyMap<string, Verb>[]): Verb {
  for (const group of groups) {
    for (const word of words) {
      const verb = group.get(word);
      if (verb !== undefined) return verb;
    }
  }
  return 'unknown';
}

const gravest: readonly Verb[] = [
  'unknown',
  'read',
  'receive',
  'write',
  'configure',
  'execute',
  'install',
  'send',
  'grant',
  'impersonate',
  'delete',
];

/** What a tool's name says it does: `search_sent_messages` reads, `find_and_delete` deletes, `give_refund` pays back. */
export function verbOfName(words: readonly string[]): Verb {
  const joint = words.findIndex((word, i) => i > 0 && (word === 'and' || word === 'then' || word === 'or'));
  if (joint > 0) {
    const [one, other] = [verbOfName(words.slice(0, joint)), verbOfName(words.slice(joint + 1))];
    return gravest.indexOf(one) >= gravest.indexOf(other) ? one : other;
  }
  const turned = turnedBy(words);
  if (turned !== null) return turned;
  // `make_transfer`, `run_payroll`: what is made or run says more.
  const [first = '', ...rest] = words;
  if (rest.length > 0 && (light.has(first) || quantity.has(first))) {
    const verb = firstOf(rest, quantity.has(first) ? inName : [doneNouns]);
    if (verb !== 'unknown') return verb;
  }
  return verbOfPlainName(words);
}

/** Verbs that say nothing by themselves, and words of how much. */
const light = set('make do perform give issue place process initiate run set get');
const quantity = set('bulk mass batch quick auto multi');
const doneNouns: ReadonlyMap<string, Verb> = new Map([
  ...[...set('transfer call purchase payment payout refund deposit donation bonus credit tip')].map(
    (word) => [word, 'send'] as const,
  ),
  ...[...set('certificate ticket card voucher')].map((word) => [word, 'write'] as const),
  ...[...set('deletion removal purge cleanup')].map((word) => [word, 'delete'] as const),
]);

/** Words that together mean something else than the first of them. */
function turnedBy(words: readonly string[]): Verb | null {
  const has = (pattern: RegExp): boolean => words.some((word) => pattern.test(word));
  const pair = (one: string, two: RegExp): boolean =>
    words.some((word, i) => word === one && two.test(words[i + 1] ?? ''));
  const [first = ''] = words;
  const looks =
    /^(?:get|list|search|find|read|fetch|show|view|describe|check|count|lookup|download|export|is|has|can)$/;
  if (looks.test(first) && !pair('check', /^(?:in|out)$/)) return null;
  if (pair('login', /^as$/) || pair('in', /^as$/) || pair('act', /^as$/) || pair('run', /^as$/)) return 'impersonate';
  if (pair('check', /^(?:in|out)$/) || pair('hang', /^up$/) || pair('sign', /^up$/)) return 'write';
  // `resolve_issue` closes it; `resolve_library_id` looks it up.
  if (words.includes('resolve') && words.some((word) => discussed.has(word))) return 'write';
  // Opening an account, a door or a request is no look at it.
  if (words.includes('open') && has(/^(?:ports?|firewall|ingress|security)$/)) return 'grant';
  if (words.includes('open') && has(opened)) return 'write';
  if (has(/^(?:trash|bin|recycle)$/) && has(/^(?:move|send|put|throw)$/)) return 'delete';
  if (pair('close', /^(?:account|accounts|workspace|organization)$/) || pair('factory', /^reset$/)) return 'delete';
  if (first === 'reset' && has(/^(?:database|db|cluster|data|everything|all|project|workspace|device)$/))
    return 'delete';
  if (has(/^public(?:ly)?$/) && has(/^(?:make|set|create|enable|add|generate|turn|mark)$/)) return 'grant';
  if (first === 'transfer' && has(/^(?:repository|repo|ownership|owner|domain|admin)$/)) return 'grant';
  if (has(/^(?:create|generate|issue|mint|add|new)$/) && keyIn(words)) return 'grant';
  if (has(/^(?:presign|presigned)$/) || (has(/^delegates?$/) && has(/^(?:add|set|create)$/))) return 'grant';
  if (has(/^(?:packages?|plugins?|extensions?|dependency|dependencies|firmware|addons?)$/)) {
    if (has(/^(?:add|enable|upgrade|update|flash|install|activate)$/)) return 'install';
  }
  if (has(/^(?:snapshot|backup)$/) && has(/^(?:volume|disk|instance|vm|database|db|cluster)$/) && first !== 'delete')
    return firstOf(words, [verbOfWord]) === 'delete' ? 'delete' : 'write';
  if (first === 'file' && has(/^(?:claim|complaint|report|petition|dispute|tax|taxes|return|appeal)$/)) return 'send';
  if (first === 'run' && has(/^(?:select|search|lookup)$/)) return 'read';
  return null;
}

const opened =
  /^(?:account|position|trade|case|ticket|door|doors|valve|garage|gate|window|blinds|shutter|trunk|pull|pr|issue|dispute|claim|investigation|loan|incident|bug|request)$/;

/** Something that opens a door for whoever holds it: `api_key`, `access_token`, `deploy_key`. */
function keyIn(words: readonly string[]): boolean {
  return words.some(
    (word, i) =>
      /^(?:keys?|tokens?|credentials?)$/.test(word) &&
      /^(?:api|access|deploy|auth|service|personal|ssh|secret|admin|bearer|account)$/.test(words[i - 1] ?? ''),
  );
}

const discussed = set(
  'issue issues incident incidents alert alerts comment comments thread conversation discussion ticket conflict conflicts',
);

/** Words of a name, with what they tell besides the verb. */
export interface NameMeaning {
  readonly verb: Verb;
  /** Of what is read: written by others, private. */
  readonly flags: readonly Flag[];
  /** What it acts on, where the name says so in our words; null: nothing more than the tool itself. */
  readonly acts: Acts | null;
}

/** What a tool acts on beyond itself. */
export interface Acts {
  readonly verb: Verb;
  readonly kind: ResourceKind;
  readonly flags?: readonly Flag[];
}

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
  const verb = verbOfName(words);
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

/** Adding a person to something widens what that person may do. */
function onPeople(verb: Verb, words: readonly string[]): Verb {
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

const ending = set(
  'delete destroy terminate purge drop erase wipe deprovision deactivate deletion termination offboard',
);

const rights = /^(?:role|permission|access|policy|policies|acl|admin|collaborator|privilege|scope)s?$/;

/** Money that has other names: `swap_tokens`, `top_up`, `standing_order`. */
const moneyPairs =
  /(?:^| )(?:(?:swap|stake|unstake|bridge|burn|redeem) (?:\w+ )?(?:tokens?|coins?|points|rewards)|top up|topup|standing order|direct debit|sign transaction|place bid|cash out)(?: |$)/;

const secondFactor = /^(?:mfa|2fa|totp|otp|passkey|pin)$/;

/** To everyone, to another owner, to the network. */
const opensUp = (words: readonly string[]): boolean =>
  words.some((word) => /^(?:public(?:ly)?|ownership|owner|ports?|firewall|ingress)$/.test(word)) ||
  words[0] === 'transfer';

const guards =
  /^(?:logging|trail|audit|auditing|antivirus|firewall|waf|protections?|encryption|versioning|verification|scanning|captcha|sso|alarm|alerting|dlp|cloudtrail|guardduty|mfa|2fa|totp|otp|passkey)$/;

/** Switches off what guards or records. */
function weakens(words: readonly string[]): Acts | null {
  const off =
    /^(?:disable|deactivate|stop|bypass|disarm|remove|delete|suspend|skip|clear|purge|wipe|erase)$/.test(
      words[0] ?? '',
    ) || words.some((word, i) => word === 'turn' && words[i + 1] === 'off');
  if (!off || !words.some((word) => guards.test(word))) return null;
  const kind = words.some((word) => secondFactor.test(word)) ? 'user' : 'service';
  return { verb: 'configure', kind, flags: ['weakens'] };
}

function actsOn(verb: Verb, words: readonly string[]): NameMeaning['acts'] {
  const has = (group: ReadonlySet<string>): boolean => words.some((word) => group.has(word));
  const pays = (has(priced) && has(buying)) || (words[0] === 'transfer' && words.length === 1);
  const alone = /^(?:make|do|perform)$/.test(words[0] ?? '') && words.includes('transfer');
  if (changing.has(verb) && (has(money) || pays || alone || moneyPairs.test(words.join(' ')))) {
    const out = pays || alone || moneyPairs.test(words.join(' ')) || has(paying);
    return { verb: verb === 'delete' ? 'delete' : out ? 'send' : 'write', kind: 'account' };
  }
  if (
    /^(?:pay|wire|withdraw|remit|donate|repay|reimburse|disburse|stake)$/.test(
      words.find((word) => verbOfWord.has(word)) ?? words[0] ?? '',
    )
  )
    return { verb: 'send', kind: 'account' };
  if (verb === 'read' && namesSecret(words)) return { verb: 'read', kind: 'secret' };
  const own = weakens(words);
  if (own !== null) return own;
  if (changing.has(verb) && words.some((word) => secondFactor.test(word))) return { verb: 'configure', kind: 'user' };
  if (verb === 'install') return { verb, kind: 'package' };
  // Mail that goes on to somebody else from now on.
  if (changing.has(verb) && words.some((word) => /^(?:forwarding|autoforward)$/.test(word)))
    return { verb: 'send', kind: 'user' };
  if (verb === 'grant' && keyIn(words)) return { verb: 'grant', kind: 'secret' };
  const kind = kinds.find(([, group]) => has(group))?.[0];
  if (kind === undefined) return null;
  const right = words.some((word) => rights.test(word)) || (verb === 'grant' && opensUp(words));
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
