import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { onlyAsksForHelp, type Phrase, phraseEffects, type Vocabulary } from '../phrases.ts';
import { providers } from './edge.providers.ts';

// What stands between the world and the services: names (DNS), caches (CDN), gateways, proxies and tunnels. Sources: the
// manuals of nsupdate, rndc, pdnsutil, dnscontrol, octoDNS, flarectl, Fastly, Kong's deck, Traefik, HAProxy, nginx,
// Caddy, Apache, Varnish, cloudflared, ngrok, devtunnel, Tailscale.

const proxy = (stops: RegExp, looks: RegExp, reloads: RegExp = /\b(?:reload|restart|start)\b/): Vocabulary => ({
  kind: 'service',
  zone: 'this-host',
  values: names('-c -p -g -f -D'),
  phrases: [
    [stops, 'delete', 'bulk'],
    [looks, 'read'],
    [reloads, 'execute'],
    [/^/, 'execute'],
  ],
});

const zoneWords: readonly Phrase[] = [
  [
    /\b(?:list|get|show|export|check|preview|version|print-ir|check-creds|get-zones|list-all-zones|list-zone|show-zone|list-zones|zones)\b/,
    'read',
  ],
];

/** Opens a way in from outside to something that listens here. */
const tunnel: Vocabulary = {
  kind: 'host',
  values: names(
    '--url --config --hostname --name -p --port --domain --region --authtoken -r --bind -s --subdomain -l -e -t',
  ),
  phrases: [
    [
      /^(?:tunnel )?(?:list|ls|info|version|status|help|show|netcheck|ip|ping|whois|bugreport|dns status|port list|user show|limits|clusters|echo)\b|^(?:update|diagnostics?|config check)\b/,
      'read',
    ],
    [/^(?:tunnel )?(?:delete|delete-all|cleanup|down|logout|uninstall|token delete|service uninstall)\b/, 'delete'],
    [
      /^(?:login|user login|config|set|access|service install|authtoken|add-authtoken|up|switch|configure)\b/,
      'configure',
    ],
    [/^/, 'grant'],
  ],
};

const vocabularies: Readonly<Record<string, Vocabulary>> = {
  ...providers,
  flarectl: {
    phrases: [
      [/\b(?:delete|d|purge|remove)\b/, 'delete', 'irreversible'],
      [/\b(?:list|l|info|i|ips|records)\b/, 'read'],
    ],
  },
  cfcli: {
    values: names('-d --domain -t --type -k -e -u -a'),
    phrases: [
      [/\b(?:rm|remove|purge|removezone|always-online off)\b/, 'delete', 'irreversible'],
      [/\b(?:ls|find|zones|listrecords)\b/, 'read'],
    ],
  },
  dnscontrol: {
    values: names('--creds --config --providers --domains'),
    phrases: [
      [/^(?:preview|check|get-zones?|print-ir|fmt|version|get-certs .*--preview)\b/, 'read'],
      // Push takes away every record that the file does not name.
      [/^push\b/, 'delete', 'bulk'],
    ],
  },
  'octodns-sync': {
    phrases: [
      [/--doit\b/, 'delete', 'bulk'],
      [/^/, 'read'],
    ],
  },
  pdnsutil: {
    phrases: [
      [
        /^(?:delete-\w+|clear-zone|disable-dnssec|remove-zone-key|replace-rrset|deactivate-\S+|b2b-migrate|load-zone|unset-\S+)/,
        'delete',
        'irreversible',
      ],
      ...zoneWords,
    ],
  },
  rndc: {
    kind: 'service',
    zone: 'this-host',
    values: names('-c -k -p -s'),
    phrases: [
      [/^(?:stop|halt|delzone|flush|flushname|flushtree|freeze|clear)\b/, 'delete', 'bulk'],
      [/^(?:status|showzone|zonestatus|dumpdb|stats)/, 'read'],
      [/^/, 'configure'],
    ],
  },
  fastly: {
    values: names('--service-id -s --version --token -t --service-name --name'),
    kinds: [[/^(?:secret-store|secret-store-entry)\b/, 'secret']],
    phrases: [
      [/^purge\b/, 'delete', 'bulk'],
      [/\b(?:delete|deactivate)\b/, 'delete', 'irreversible'],
      [/\b(?:list|describe|search|get|stats|log-tail|whoami|ip-list|pops|validate)\b/, 'read'],
      [/^auth-token create/, 'grant'],
    ],
  },
  deck: {
    values: names('-s --state --select-tag --kong-addr --workspace -w --headers --konnect-token --config'),
    phrases: [
      [/^(?:gateway )?(?:diff|dump|ping|validate|version|file\s+\w+)\b|^(?:convert|completion)\b/, 'read'],
      [/^(?:gateway )?reset\b/, 'delete', 'irreversible', 'bulk'],
      // Sync makes the gateway equal to the file: what the file does not name is removed.
      [/^(?:gateway )?sync\b/, 'delete', 'bulk', 'irreversible'],
      [/^gateway apply\b/, 'write'],
    ],
  },
  kong: {
    ...proxy(/^(?:stop|quit)\b/, /^(?:health|check|version|config parse)\b/),
    phrases: [
      [/^migrations reset\b/, 'delete', 'irreversible', 'bulk'],
      [/^migrations (?:list)/, 'read'],
      [/^(?:stop|quit)\b/, 'delete', 'bulk'],
      [/^(?:health|check|version)\b/, 'read'],
      [/^/, 'execute'],
    ],
  },
  nginx: proxy(/^(?:stop|quit)\b.*-s\b/, /-[tTvV]\b/, /^(?:reload|reopen)\b.*-s\b/),
  openresty: proxy(/^(?:stop|quit)\b.*-s\b/, /-[tTvV]\b/, /^(?:reload|reopen)\b.*-s\b/),
  haproxy: {
    ...proxy(/^$/, /^$/),
    values: names('-f -p -n -m -L -C -x'),
    phrases: [
      [/-c\b|-v+\b/, 'read'],
      // The old process is ended: -st cuts its connections, -sf lets them finish.
      [/-s[ft]\b/, 'delete', 'bulk'],
      [/^/, 'execute'],
    ],
  },
  caddy: {
    ...proxy(/^(?:stop)\b/, /^(?:validate|version|list-modules|adapt|fmt|environ|hash-password|trust)\b/),
    values: names('--config --adapter --address'),
  },
  traefik: proxy(/^$/, /^(?:version|healthcheck)\b/),
  envoy: proxy(/^$/, /--(?:version|mode validate)/),
  apachectl: proxy(/\b(?:stop|graceful-stop)\b/, /\b(?:configtest|status|fullstatus)\b|-[tvVS]\b/),
  apache2ctl: proxy(/\b(?:stop|graceful-stop)\b/, /\b(?:configtest|status|fullstatus)\b|-[tvVS]\b/),
  httpd: proxy(/^(?:stop|graceful-stop)\b.*-k\b/, /-[tvVS]\b/),
  varnishadm: {
    kind: 'service',
    zone: 'this-host',
    phrases: [
      [/^(?:ban|stop|vcl\.discard|ban\.list purge)/, 'delete', 'bulk'],
      [/^(?:status|ping|vcl\.list|vcl\.show|ban\.list|param\.show|backend\.list)/, 'read'],
      [/^/, 'configure'],
    ],
  },
  ipvsadm: {
    kind: 'service',
    zone: 'this-host',
    phrases: [
      [/-C\b|-D\b|-d\b|--clear|--delete/, 'delete', 'bulk'],
      [/-[lL]\w*\b|--list|--save|-S\b/, 'read'],
      [/^/, 'configure'],
    ],
  },
  keepalived: proxy(/^$/, /--(?:version|config-test)/),
  cloudflared: tunnel,
  ngrok: tunnel,
  devtunnel: tunnel,
  lt: tunnel,
  localtunnel: tunnel,
  bore: tunnel,
  frpc: tunnel,
  frps: tunnel,
  chisel: tunnel,
  gost: tunnel,
  ligolo: tunnel,
  pagekite: tunnel,
  'pagekite.py': tunnel,
  inlets: tunnel,
  zrok: tunnel,
  tailscale: {
    ...tunnel,
    phrases: [
      [/^funnel\b(?!.*\b(?:status|off|reset)\b)/, 'grant'],
      [/^(?:up|set|login|switch|lock|cert|serve|funnel|ssh|file|exit-node|configure|nc)\b/, 'configure'],
      [/^(?:down|logout)\b/, 'delete'],
      [/^/, 'read'],
    ],
  },
};

/** The records are in what is fed to it: `update delete www.example. A`. */
function nsupdate(words: CommandWords): readonly CommandEffect[] {
  const text = words.stdin ?? '';
  const resource = { kind: 'cloud-resource' as const, name: 'dns records' };
  const file = words.args.findLast((arg) => arg !== null && !arg.startsWith('-'));
  const reads = file === undefined ? [] : touch('read', { text: file, arg: words.args.lastIndexOf(file) }, words.place);
  const deletes = /^\s*(?:update\s+)?del(?:ete)?\s/im.test(text);
  return [
    ...reads,
    { verb: deletes ? 'delete' : 'write', resource, zone: 'other-host', flags: deletes ? ['irreversible'] : [] },
  ];
}

export const edge: CommandFamily = {
  id: 'edge',
  programs: [...Object.keys(vocabularies), 'nsupdate'],
  effects: (words) => {
    if (words.program === 'nsupdate') return onlyAsksForHelp(words.args) ? [] : nsupdate(words);
    const vocabulary = vocabularies[words.program];
    return vocabulary ? phraseEffects(words, vocabulary) : [];
  },
  examples: [
    ['nginx -s stop', 'delete service this-host'],
    ['nginx -t', 'read service this-host'],
    ['nginx -s reload', 'execute service this-host'],
    ['haproxy -c -f /etc/haproxy/haproxy.cfg', 'read service this-host'],
    ['deck gateway sync kong.yaml', 'delete cloud-resource other-host'],
    ['deck gateway diff kong.yaml', 'read cloud-resource other-host'],
    ['dnscontrol preview', 'read cloud-resource other-host'],
    ['dnscontrol push', 'delete cloud-resource other-host'],
    ['printf "update delete www.example.test. A\\nsend\\n" | nsupdate', 'delete cloud-resource other-host'],
    ['fastly purge --all', 'delete cloud-resource other-host'],
    ['apigeecli apis delete -n proxy -o shop', 'delete cloud-resource other-host'],
    ['apigeecli apis list -o shop', 'read cloud-resource other-host'],
    ['cli53 rrdelete example.com www A', 'delete cloud-resource other-host'],
    ['fastly service list', 'read cloud-resource other-host'],
    ['cloudflared tunnel --url localhost:8080', 'grant host other-host'],
    ['cloudflared tunnel list', 'read host other-host'],
    ['tailscale status', 'read host other-host'],
  ],
};
