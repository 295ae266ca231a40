import type { Flag, Verb } from '../core/effect.ts';
import type { CommandEffect, CommandWords } from '../core/ports.ts';
import { isDynamic, unknownPart } from './arguments.ts';
import { namesProduction } from './hosts.ts';

const wordsOf: readonly (readonly [Verb, RegExp])[] = [
  [
    'grant',
    /^(?:attach|add|put|set|update|create)[-_](?:\w+[-_])*(?:policy|policies|permission|permissions|iam[-_]policy[-_]binding|iam[-_]policy|role[-_]binding|access[-_]key|login[-_]profile|user[-_]to[-_]group|collaborator|member|authorization|assignment|key)$|^(?:authorize|share|grant|add-iam-policy-binding|set-iam-policy|add-permission|assume|invite|transfer[-_]ownership)/,
  ],
  [
    'delete',
    /^(?:delete|destroy|drop|purge|rm|remove|terminate|uninstall|wipe|erase|prune|nuke|flush|truncate|rb|teardown|deregister|unregister|unsubscribe|detach|disassociate|cancel|clear|empty|schedule-key-deletion|batch-delete|force-delete|reset|rollback|revoke|unset|del|unlink|abandon|decommission|forget|expire|archive|untrack|down|delete-all)(?:$|[-:_])|[-:_](?:delete|destroy|purge|terminate|deletion|delete-all)$/,
  ],
  [
    'read',
    /^(?:list|ls|get|describe|show|view|status|logs?|tail|cat|inspect|search|query|scan|head|info|version|help|diff|plan|validate|lint|check|history|events|top|explain|api-resources|wait|lookup|ps|images|export|filter|batch-get|whoami|config|auth|configure|completion|du|tree|find|read|watch|browse|doctor|stats|count|summary|preview|fetch|download|open)(?:$|[-:_])/,
  ],
  [
    'execute',
    /^(?:run|exec|invoke|start|restart|reboot|send-command|ssh|trigger|dispatch|rerun|retry|call|test|dev|serve|console|attach|shell|scale-exec|execute)(?:$|[-:_])/,
  ],
  [
    'delete',
    /^(?:stop|disable|suspend|pause|kill|drain|cordon|evict|scale-down|shutdown|deactivate|deallocate|undeploy|disconnect|power-?off)(?:$|[-:_])/,
  ],
  [
    'send',
    /^(?:send|publish|push|upload|post|put-object|put-record|put-records|import|email|notify|message)(?:$|[-:_])/,
  ],
  [
    'write',
    /^(?:create|put|update|modify|set|add|apply|deploy|patch|edit|replace|register|copy|cp|mv|move|sync|tag|untag|label|annotate|scale|rollout|enable|restore|merge|close|reopen|comment|review|fork|rename|clone|new|init|up|upgrade|install|write|associate|attach|change|resize|promote|import|release|enqueue|increment|commit|mb|make|link|assign|expose|provision|migrate|convert|submit|approve|ready|checkout|scale-to|bind|mount|configure|purchase)(?:$|[-:_])/,
  ],
];

/** Verb of one word of a command's naming scheme: `delete-bucket`, `describe-instances`, `rollout`; null when it is none. */
export function verbOfName(word: string): Verb | null {
  // `apiAccessDeleteKeys`: the words of a programming language.
  if (/(?:^d|[a-z]D)elete[A-Z]|(?:^p|[a-z]P)urge[A-Z]|(?:^d|[a-z]D)estroy[A-Z]/.test(word)) return 'delete';
  const lower = word.toLowerCase();
  for (const [verb, pattern] of wordsOf) if (pattern.test(lower)) return verb;
  return null;
}

const forced =
  /^(?:--force|-f|--yes|-y|--assume-yes|--quiet|-q|--auto-approve|--no-confirm|--confirm|--skip-final-snapshot|--skip-confirmation|--force-delete-without-recovery|--force-destroy|--no-prompt|--cascade|--delete-all|--noconfirm)(?:=.*)?$/;
const dryRun =
  /^(?:--dry-?run(?:=(?!none|false).*)?|--dryrun|--check|--no-execute-changeset|--noop|--what-?if|-whatif|--plan|--preview|--diff|-n)$/i;
const wide =
  /^(?:--all|--all-namespaces|-A|--recursive|--all-versions|--include-all|--cascade=.*|--purge|--mirror|--everything)$/;

/** What the options add: forced, bulk, dry-run, recursive. */
export function flagsOfOptions(args: readonly (string | null)[]): Flag[] {
  const flags: Flag[] = [];
  if (args.some((arg) => arg !== null && forced.test(arg))) flags.push('forced');
  if (args.some((arg) => arg !== null && wide.test(arg))) flags.push('bulk');
  if (args.includes('--recursive')) flags.push('recursive');
  if (args.some((arg) => arg !== null && arg !== '-n' && dryRun.test(arg))) flags.push('dry-run');
  return flags;
}

/** The words before the first option, with their index; options with a separate value are guessed from their shape. */
function plainWords(
  args: readonly (string | null)[],
  takesValue: ReadonlySet<string>,
): readonly { text: string | null; arg: number }[] {
  const out: { text: string | null; arg: number }[] = [];
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text?.startsWith('-') && text.length > 1) {
      if (takesValue.has(text)) i++;
    } else out.push({ text, arg: i });
  }
  return out;
}

/** `--delete --topic x`: the verb as an option. */
const deletingOption = /^--(?:delete|destroy|purge|drop|wipe|delete-[a-z-]+)$/;

const nameOption =
  /^--(?:[a-z-]*(?:name|id|ids|identifier|bucket|arn|cluster|resource-group|function|queue-url|topic-arn|table|role|user|stack|repository|secret|parameter|key|service|instance|project|zone-id|host|app|env|environment|site|database|resource|policy))$/;

/** A cloud-like command read by the verbs of its own naming scheme; `words[from…]` are looked at for the verb. */
export function namedEffects(
  { args }: CommandWords,
  takesValue: ReadonlySet<string>,
  kind: CommandEffect['resource']['kind'] = 'cloud-resource',
  zone: CommandEffect['zone'] = 'other-host',
): readonly CommandEffect[] {
  const words = plainWords(args, takesValue);
  const option = args.findIndex((arg) => arg !== null && deletingOption.test(arg));
  if (option >= 0) {
    const flags = flagsOfOptions(args);
    const name = words
      .map(({ text }) => text ?? '…')
      .slice(0, 3)
      .join(' ');
    return [
      {
        verb: 'delete',
        resource: { kind, name },
        zone: args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : zone,
        flags: [...flags, 'irreversible'],
        arg: option,
      },
    ];
  }
  const at = words.findIndex(
    ({ text }, i) =>
      i < 5 &&
      text !== null &&
      verbOfName(text) !== null &&
      !(words.length > i + 1 && isGroup(text, words[i + 1]?.text ?? null)) &&
      !(/^(?:run|deploy|builds?|tasks?|test|api)$/.test(text) && ofGroup(words[i + 1]?.text, words[i + 2]?.text)),
  );
  const found = words[at];
  if (found?.text == null)
    return [
      {
        verb: words.some(({ text }) => text === null) ? 'unknown' : 'read',
        resource: {
          kind,
          name: words
            .map(({ text }) => text ?? '…')
            .slice(0, 3)
            .join(' '),
        },
        zone,
        flags: words.some(({ text }) => text === null) ? ['dynamic'] : [],
      },
    ];
  let verb = verbOfName(found.text) ?? 'unknown';
  const before = words.slice(0, at).map(({ text }) => text ?? '…');
  // What is made in an identity service is someone's right to do something.
  if (verb === 'write' && before.some((word) => /^(?:iam|ad|rbac|identity|role|roles|organizations)$/.test(word)))
    verb = 'grant';
  if (verb === 'write' && args.some((arg) => everyone.test(arg ?? ''))) verb = 'grant';
  // Whatever the template does not name is taken away.
  if (verb === 'write' && args.some((arg, i) => arg === '--mode' && /^complete$/i.test(args[i + 1] ?? '')))
    verb = 'delete';
  const target = targetOf(args, words, at);
  const name = [...before, found.text, ...(target === '' ? [] : [target])]
    .join(' ')
    .replaceAll(unknownPart, '…')
    .slice(0, 200);
  const flags = flagsOfOptions(args);
  if (args.some((arg, i) => i > found.arg && isDynamic(arg))) flags.push('dynamic');
  if (
    verb === 'delete' &&
    !flags.includes('dry-run') &&
    /^(?:delete|destroy|drop|purge|terminate|wipe|nuke|rb)/.test(found.text)
  )
    flags.push('irreversible');
  const production = args.some((arg) => arg !== null && namesProduction(arg));
  return [
    {
      verb,
      resource: { kind, name },
      zone: production && verb !== 'read' ? 'production' : zone,
      flags,
      arg: found.arg,
    },
  ];
}

/** `run services delete x`: first the product, then a kind of thing, then the verb. */
const ofGroup = (kind: string | null | undefined, verb: string | null | undefined): boolean =>
  typeof kind === 'string' && typeof verb === 'string' && /^[a-z-]+s$/.test(kind) && verbOfName(verb) !== null;

/** Open to everyone on the network, or to everyone at all. */
const everyone = /^(?:0\.0\.0\.0\/0|::\/0|all(?:Authenticated)?Users)$|=(?:0\.0\.0\.0\/0|::\/0|allUsers)$/;

/** `config` in `config set`, `auth` in `auth login`: the first word names a group, the second the verb. */
function isGroup(first: string, second: string | null): boolean {
  return (
    second !== null &&
    verbOfName(second) !== null &&
    /^(?:config|configure|auth|run|logs?|release|deploy|config-map|sync|events|history|import|export|archive|release|env|secrets?|link|restore|query|check|label|tag|import|scan|search|stats|images?|exports?|imports?|backups?|tags|links|views?|tests?|calls|queries|top|summary|messages|stop|services|filters?|tail|open|share)$/.test(
      first,
    )
  );
}

function targetOf(
  args: readonly (string | null)[],
  words: readonly { text: string | null; arg: number }[],
  at: number,
): string {
  const option = args.findIndex(
    (arg) => arg !== null && (nameOption.test(arg) || /^--(?:name|bucket|[a-z-]*-(?:id|name))=/.test(arg)),
  );
  if (option >= 0) return args[option]?.split('=')[1] ?? args[option + 1] ?? '';
  return words
    .slice(at + 1, at + 3)
    .map(({ text }) => text ?? '…')
    .join(' ');
}
