import { names } from '../arguments.ts';
import type { Phrase, Vocabulary } from '../phrases.ts';

// Name servers, delivery networks, gateways and registries of one vendor each: nouns first, then the verb. Sources: the
// command references of Akamai, Apigee, cli53, bunny.net, Gcore, KeyCDN, Hetzner DNS, Tyk, Ambassador, JFrog, Cloudsmith,
// Grafana, PagerDuty, Opsgenie, Azure and Route 53 helpers.

const removing: Phrase = [
  /(?:^|[\s:.-])(?:delete|rm|remove|destroy|purge|rrpurge|rrdelete|rrcreate .*--replace|undeploy|deactivate|unpublish|invalidate|clear|reset|revoke|del|dl)(?:$|[\s:.-])|(?:^|\s)(?:delete|remove|destroy)[A-Z]|[a-z](?:Delete|Destroy|Purge)[A-Z]?\w*/,
  'delete',
  'irreversible',
];
const looking: Phrase = [
  /(?:^|[\s:])(?:list|ls|get|show|info|status|describe|search|ping|version|export|fetch|diff|preview|validate|whoami|logs?|view|read|config)(?:$|[\s:])/,
  'read',
];

const nouns = (phrases: readonly Phrase[] = []): Vocabulary => ({
  values: names(
    '-o --org -e --env --environment -n --name -t --token -u --username -p --password --section --account-key --edgerc --network --cpcode --profile --config --url --server-id -k --api-key',
  ),
  phrases: [...phrases, looking, removing],
});

export const providers: Readonly<Record<string, Vocabulary>> = {
  akamai: nouns([
    [/\bpurge (?:delete|invalidate)\b|\b(?:deactivate|delete)\b/, 'delete', 'irreversible', 'bulk'],
    [/\bactivate\b/, 'write', 'bulk', 'irreversible'],
  ]),
  apigeecli: nouns(),
  apigeetool: nouns([[/^(?:undeploy|delete)\w*/, 'delete', 'irreversible']]),
  cli53: nouns(),
  bunny: nouns(),
  bunnycdn: nouns(),
  keycdn: nouns(),
  'hetzner-dns': nouns(),
  hdns: nouns(),
  lexicon: nouns([[/\s(?:delete)\s/, 'delete', 'irreversible']]),
  tyk: nouns(),
  edgectl: nouns(),
  imperva: nouns(),
  haproxyctl: nouns([[/^(?:disable|shutdown|stop|kill)\b/, 'delete', 'bulk']]),
  jf: nouns([
    [/\b(?:rt|artifactory) (?:del|delete|delete-props|rdel|repo-delete|rcl|trash)\b/, 'delete', 'irreversible', 'bulk'],
  ]),
  jfrog: nouns([[/\b(?:rt|artifactory) (?:del|delete|repo-delete)\b/, 'delete', 'irreversible', 'bulk']]),
  cloudsmith: nouns(),
  gcx: nouns(),
  pagerduty: nouns(),
  'opsgenie-lamp': nouns(),
  berglas: { ...nouns(), kind: 'secret' },
  credstash: { ...nouns(), kind: 'secret' },
  gitlab: nouns(),
  bb: nouns(),
  bitbucket: nouns(),
};
