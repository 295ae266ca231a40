import { names } from '../arguments.ts';
import { spokenFamily, type Vocabulary } from '../phrases.ts';

// Queues and logs hold what no one has read yet: purged is gone. Sources: the manuals of Kafka's bin/ tools, rpk, kcat,
// rabbitmqctl, rabbitmqadmin, the nats CLI, pulsar-admin, Confluent's CLI.

/** The first option that acts: `--delete`, `--alter`, `--create`, `--describe`, `--list`. */
const kafka: Vocabulary = {
  values: names(
    '--bootstrap-server --topic --group --command-config --config --zookeeper --entity-name --entity-type --offset-json-file --operation --principal',
  ),
  phrases: [
    [/--reset-offsets\b(?!.*--execute)(?=.*--dry-run)/, 'configure', 'dry-run'],
    [/--(?:delete|delete-offsets|delete-config|remove|reset-offsets)\b/, 'delete', 'irreversible', 'bulk'],
    [/--alter\b|--add\b|--execute\b|--add-config\b/, 'configure'],
    [/--create\b/, 'write'],
    [/--(?:list|describe|verify|help|version|generate)\b/, 'read'],
  ],
};
const kafkaDeleteRecords: Vocabulary = { ...kafka, phrases: [[/./, 'delete', 'irreversible', 'bulk']] };
const kafkaFlow = (verb: 'write' | 'receive'): Vocabulary => ({ ...kafka, phrases: [[/./, verb]] });

const rabbit: Vocabulary = {
  values: names('-n --node -p --vhost -t --timeout -l -u --username -P --port -H --host -q --quiet'),
  phrases: [
    [
      /^(?:purge_queue|delete_\w+|forget_cluster_node|reset|force_reset|clear_\w+|close_(?:all_)?connections?|stop_app|stop|shutdown|drain|delete|purge|close)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^(?:add_user|set_permissions|set_user_tags|change_password|set_topic_permissions|authenticate_user)\b/, 'grant'],
    [
      /^(?:set_\w+|add_vhost|join_cluster|declare|restart_vhost|rotate_logs|start_app|rename_cluster_node|eval|import|sync_queue|cancel_sync_queue)\b/,
      'configure',
    ],
    [/^publish\b/, 'write'],
    [
      /^(?:list|list_\w+|status|cluster_status|node_health_check|ping|report|environment|get|show|export|export_definitions|help|version|check_\w+|await_\w+)\b/,
      'read',
    ],
  ],
};

const nats: Vocabulary = {
  values: names('-s --server --creds --user --password --context --nkey --count --subject'),
  phrases: [
    [
      /^(?:stream|str|s) (?:purge|rm|del|delete|rmm|remove)|^(?:consumer|con) (?:rm|del|delete|remove)|^kv (?:del|rm|purge|compact)|^(?:object|obj) (?:rm|del|delete)|^account (?:purge|rm|delete)|^(?:stream|server) (?:cluster )?(?:peer-remove|peer-rm)/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^(?:pub|publish|req|request|reply|bench)\b/, 'write'],
    [
      /^(?:sub|subscribe|(?:stream|consumer|kv|object|account|server|context) (?:ls|list|info|report|view|get|subjects|find|state|status|history|watch|ping|check|next|select))\b/,
      'read',
    ],
    [/^(?:kv (?:put|create|update|add)|(?:stream|consumer|object) (?:add|edit|put|copy|restore|backup))/, 'write'],
  ],
};

const pulsar: Vocabulary = {
  phrases: [
    [
      /\b(?:delete|delete-partitioned-topic|unsubscribe|skip-all|skip-messages?|clear-backlog|terminate|truncate|expire-messages(?:-all-subscriptions)?|reset-cursor|unload|remove-\S+)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/\b(?:grant-permission|revoke-permission)\b/, 'grant'],
    [/\b(?:list|stats\S*|get\S*|peek-messages|examine-messages|internal-stats|permissions|policies)\b/, 'read'],
  ],
};

const rpk: Vocabulary = {
  values: names('-X --config --brokers --profile -b'),
  phrases: [
    [
      /^(?:topic (?:delete|trim-prefix)|group (?:delete|offset-delete|seek)|(?:security )?(?:acl|user) delete|cluster (?:partitions move-cancel|storage unmount)|redpanda (?:stop|tune)|registry (?:schema|subject) delete|container purge|transform delete|connect uninstall)/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^(?:security )?(?:acl|user) create/, 'grant'],
    [/^topic produce/, 'write'],
    [/^topic consume/, 'receive'],
    [
      /^(?:topic|group|cluster|registry|(?:security )?(?:acl|user)|redpanda) (?:\w+ )?(?:list|describe|info|health|status|get|config get|logdirs|metadata)/,
      'read',
    ],
  ],
};

const withScriptEnding = (name: string, vocabulary: Vocabulary) => ({ [name]: vocabulary, [`${name}.sh`]: vocabulary });

export const brokers = spokenFamily(
  'brokers',
  {
    ...withScriptEnding('kafka-topics', kafka),
    ...withScriptEnding('kafka-consumer-groups', kafka),
    ...withScriptEnding('kafka-configs', kafka),
    ...withScriptEnding('kafka-acls', kafka),
    ...withScriptEnding('kafka-delete-records', kafkaDeleteRecords),
    ...withScriptEnding('kafka-leader-election', kafka),
    ...withScriptEnding('kafka-reassign-partitions', kafka),
    ...withScriptEnding('kafka-streams-application-reset', kafkaDeleteRecords),
    ...withScriptEnding('kafka-storage', kafka),
    ...withScriptEnding('kafka-server-stop', kafkaDeleteRecords),
    ...withScriptEnding('kafka-console-producer', kafkaFlow('write')),
    ...withScriptEnding('kafka-console-consumer', kafkaFlow('receive')),
    kcat: {
      ...kafka,
      phrases: [
        [/-P\b/, 'write'],
        [/./, 'receive'],
      ],
    },
    rpk,
    rabbitmqctl: rabbit,
    rabbitmqadmin: rabbit,
    'rabbitmq-plugins': {
      ...rabbit,
      phrases: [
        [/^(?:list|is_enabled|directories)/, 'read'],
        [/./, 'configure'],
      ],
    },
    'rabbitmq-queues': rabbit,
    'rabbitmq-upgrade': rabbit,
    nats,
    'pulsar-admin': pulsar,
    confluent: { phrases: [[/^(?:login|logout|context|update|plugin|shell)\b/, 'configure']] },
    mosquitto_pub: { phrases: [[/./, 'send']] },
    mosquitto_sub: { phrases: [[/./, 'receive']] },
    celery: {
      zone: 'repository',
      kind: 'process',
      phrases: [
        [/\bpurge\b/, 'delete', 'irreversible', 'bulk'],
        [/./, 'execute'],
      ],
    },
  },
  [
    ['kafka-topics --bootstrap-server b:9092 --delete --topic orders', 'delete cloud-resource other-host'],
    ['kafka-topics.sh --list --bootstrap-server b:9092', 'read cloud-resource other-host'],
    ['kafka-consumer-groups --group g --reset-offsets --to-earliest --execute', 'delete cloud-resource other-host'],
    ['kafka-consumer-groups --group g --reset-offsets --to-earliest --dry-run', 'configure cloud-resource other-host'],
    ['rpk topic delete clicks', 'delete cloud-resource other-host'],
    ['rabbitmqctl list_queues', 'read cloud-resource other-host'],
    ['rabbitmqctl purge_queue jobs', 'delete cloud-resource other-host'],
    ['nats stream rm ORDERS -f', 'delete cloud-resource other-host'],
    ['nats stream info ORDERS', 'read cloud-resource other-host'],
    ['pulsar-admin topics delete persistent://a/b/c', 'delete cloud-resource other-host'],
  ],
);
