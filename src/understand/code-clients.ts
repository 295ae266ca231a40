import type { Flag, ResourceKind } from '../core/effect.ts';
import { add, type Reading } from './code-effects.ts';
import { type CodeText, insideString } from './code-text.ts';

/** What interfaces of services call the things they keep, and what such a thing is to us. */
const kinds: readonly (readonly [pattern: RegExp, kind: ResourceKind])[] = [
  [/^(?:table|collection|record|row|document|many|item|entit(?:y|ie)|point|vector)/i, 'table'],
  [/^(?:database|schema|keyspace|db)/i, 'database'],
  [/^(?:user|customer|account|member)/i, 'user'],
  [/^(?:secret|key)/i, 'secret'],
];

const things =
  'index|indexes|indices|objects?|buckets?|tables?|databases?|collections?|records?|documents?|many|queues?|topics?|streams?|clusters?|instances?|stacks?|subscriptions?|customers?|users?|projects?|secrets?|keyspaces?|schemas?|snapshots?|backups?|volumes?|namespaces?|zones?|domains?|vectors?|points?';
const removes = 'delete|drop|purge|destroy|truncate|wipe|terminate|clear|cancel';

/** `client.deleteIndex(`, `ec2.terminate_instances(`, `gateway.subscription.cancel(`. */
const call = new RegExp(
  String.raw`[\w$)\]]\s?\.\s?(?:(?:${removes})_?(${things})|(${things})\.(?:delete|destroy|cancel|drop|purge))(?:_async|Async)?\s?\(`,
  'gi',
);

/** Things of a service deleted through its client: the method's own name says so. */
export function clientCalls(text: CodeText, reading: Reading): void {
  let found = 0;
  for (const match of text.code.matchAll(call)) {
    if (insideString(text, match.index + match[0].length - 1)) continue;
    if (++found > 8) return;
    const thing = match[1] ?? match[2] ?? '';
    const kind = kinds.find(([pattern]) => pattern.test(thing))?.[1] ?? 'cloud-resource';
    const flags: Flag[] = ['irreversible'];
    add({ verb: 'delete', resource: { kind, name: '' }, zone: 'other-host', flags }, reading);
  }
}
