import { names } from '../arguments.ts';
import { spokenFamily, type Vocabulary } from '../phrases.ts';

// Monitoring: who takes away a monitor, a silence or a series makes the next failure unseen. Sources: the command
// references of Datadog, PagerDuty, New Relic, Sentry, Grafana, Prometheus, Alertmanager, Splunk, InfluxDB.

const lists =
  /\b(?:list|get|show|show_all|show-all|search|describe|query|status|check|export|view|stats|info|history|tail|whoami)\b/;
const takesAway = /\b(?:delete|del|rm|remove|destroy|purge|mute_all|mute|disable|archive|unsubscribe)\b/;

const service = (values = ''): Vocabulary => ({
  values: names(values),
  phrases: [
    [takesAway, 'delete', 'irreversible'],
    [lists, 'read'],
  ],
});

const splunk: Vocabulary = {
  kind: 'database',
  zone: 'this-host',
  values: names('-auth -uri -index -token -port'),
  kinds: [
    [/^(?:stop|offline|disable|start|restart|status)\b/, 'service'],
    [/\buser\b/, 'user'],
  ],
  phrases: [
    [/^(?:clean|remove|delete)\b/, 'delete', 'irreversible', 'bulk'],
    [/^(?:stop|offline|disable)\b/, 'delete', 'bulk'],
    [/^(?:list|show|search|btool|status|version|display|diag|cmd btool)\b/, 'read'],
    [/^add user\b|^edit user\b/, 'grant'],
    [/^(?:start|restart|reload|cmd)\b/, 'execute'],
    [/^(?:add|edit|set|enable|install|apply)\b/, 'configure'],
  ],
};

const promtool: Vocabulary = {
  kind: 'database',
  zone: 'this-host',
  phrases: [
    [/^tsdb (?:create-blocks-from)/, 'write'],
    [/^push\b/, 'send'],
    [/^/, 'read'],
  ],
};

export const observability = spokenFamily(
  'observability',
  {
    dog: service('--api-key --application-key'),
    dogshell: service('--api-key --application-key'),
    datadog: service(),
    'datadog-ci': service(),
    pup: service(),
    pd: service('-k --token -i --ids'),
    'pagerduty-cli': service(),
    newrelic: service('--accountId --profile --guid -g --name -n --id -i'),
    'sentry-cli': {
      ...service('--auth-token -o --org -p --project --url -r --release'),
      phrases: [
        [takesAway, 'delete', 'irreversible'],
        [/\b(?:upload|upload-dif|upload-sourcemaps|send-event|send-envelope|files \S+ upload)\b/, 'send'],
        [lists, 'read'],
      ],
    },
    'grafana-cli': {
      ...service('--pluginsDir --homepath --config'),
      kind: 'service',
      zone: 'this-host',
      phrases: [
        [/\badmin reset-admin-password\b/, 'grant'],
        [/\bplugins (?:uninstall|remove|rm)\b/, 'delete'],
        [/\bplugins (?:install|update\S*|upgrade\S*)\b/, 'install'],
        [/./, 'read'],
      ],
    },
    grafanactl: service(),
    grizzly: service(),
    promtool,
    amtool: {
      values: names('--alertmanager.url --config.file -a --author -c --comment -d --duration'),
      phrases: [
        [/^silence expire\b/, 'configure'],
        // A silence hides alerts from the people who wait for them.
        [/^silence (?:add|import|update)\b/, 'configure', 'hidden'],
        [/^/, 'read'],
      ],
    },
    mimirtool: service(),
    cortextool: service(),
    logcli: {
      phrases: [
        [/^delete create\b/, 'delete', 'irreversible', 'bulk'],
        [/^/, 'read'],
      ],
    },
    splunk,
    influx: {
      kind: 'database',
      values: names('-o --org -b --bucket --host -t --token -i --id -n --name --start --stop --predicate -p'),
      kinds: [[/^(?:auth|v1 auth)\b/, 'user']],
      phrases: [
        [
          /^(?:delete|(?:bucket|org|user|auth|task|dashboards?|telegrafs|secret|stacks|v1 \w+|replication|remote|scripts) (?:delete|rm|remove))\b/,
          'delete',
          'irreversible',
          'bulk',
        ],
        [/^auth create/, 'grant'],
        [
          /^(?:query|ping|export|version|backup|(?:bucket|org|user|auth|task|secret|config|dashboards?) (?:list|ls|find))\b/,
          'read',
        ],
      ],
    },
    nagios: service(),
    zabbix_sender: { phrases: [[/./, 'send']] },
    honeycomb: service(),
    honeymarker: { phrases: [[/./, 'write']] },
    opsgenie: service(),
    lamp: service(),
    instana: service(),
    checkly: {
      ...service(),
      phrases: [
        [/^destroy\b/, 'delete', 'irreversible', 'bulk'],
        [/^(?:test|trigger)\b/, 'execute'],
        [/^deploy\b/, 'write'],
        [lists, 'read'],
      ],
    },
  },
  [
    ['dog monitor delete 1234', 'delete cloud-resource other-host'],
    ['dog monitor show_all', 'read cloud-resource other-host'],
    ['pd schedule list', 'read cloud-resource other-host'],
    ['newrelic entity delete --guid abc', 'delete cloud-resource other-host'],
    ['splunk clean eventdata -index web', 'delete database this-host'],
    ['splunk search "index=web | head 5"', 'read database this-host'],
    ['promtool check rules r.yml', 'read database this-host'],
    ['influx bucket delete --name metrics', 'delete database other-host'],
    ['amtool silence add alertname=Down -d 30d', 'configure cloud-resource other-host'],
  ],
);
