import { names } from '../arguments.ts';
import { type Phrase, spokenFamily, type Vocabulary } from '../phrases.ts';

// Stores that are administered by words of their own instead of SQL: graphs, documents, wide columns, clusters, file systems
// of many machines. Sources: the command references of Neo4j, Couchbase, Cassandra, PostgreSQL's server tools, Hadoop,
// ArangoDB, Aerospike, Riak, RavenDB, Memcached, Milvus, Weaviate, Qdrant.

const store = (zone: Vocabulary['zone'], phrases: readonly Phrase[], values = ''): Vocabulary => ({
  kind: 'database',
  zone,
  values: names(`-h --host -p --port -u --username --user --password -c --cluster -pw ${values}`),
  phrases,
});

const hadoop: Vocabulary = {
  values: names('-D -conf -fs'),
  phrases: [
    [
      /(?:^|\s)-(?:rm|rmr|rmdir|expunge|truncate|moveToLocal|deleteSnapshot)\b|^namenode\b.*-(?:format|rollback)|^dfsadmin\b.*-(?:rollingUpgrade|deleteBlockPool|evictWriters|finalizeUpgrade)|-delete\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/(?:^|\s)-(?:chmod|chown|chgrp|setfacl)\b/, 'grant'],
    [/(?:^|\s)-(?:put|copyFromLocal|moveFromLocal|appendToFile|cp|mv|mkdir|touchz?|setrep)\b/, 'write'],
    [
      /(?:^|\s)-(?:ls|cat|text|tail|head|du|df|count|stat|test|get|copyToLocal|getmerge|find|checksum|report|getfacl|safemode get)\b|^(?:version|classpath|fsck|getconf)\b/,
      'read',
    ],
    [/^/, 'execute'],
  ],
};
const cassandra = store('this-host', [
  [
    /^(?:decommission|removenode|assassinate|clearsnapshot|drain|stopdaemon|disablegossip|disablebinary|truncatehints|resetlocalschema|disableautocompaction|disablebackup|stop)\b/,
    'delete',
    'bulk',
    'irreversible',
  ],
  [
    /^(?:status|info|ring|describecluster|tpstats|cfstats|tablestats|netstats|compactionstats|version|gossipinfo|listsnapshots|get\w*|proxyhistograms|tablehistograms)\b/,
    'read',
  ],
  [/^/, 'configure'],
]);

export const dataStores = spokenFamily(
  'data-stores',
  {
    'neo4j-admin': store('this-host', [
      [
        /\b(?:database (?:drop|delete|load|restore|copy|migrate)|dbms unbind-system-db|(?:load|restore)\b.*--(?:force|overwrite-destination))/,
        'delete',
        'irreversible',
        'bulk',
      ],
      [/\bset-(?:initial|default-admin|default)-?\w*\b|dbms set-/, 'grant'],
      [/\b(?:report|check|info|dump|backup|memory-recommendation)\b/, 'read'],
    ]),
    'cypher-shell': store(
      'this-host',
      [
        [
          /\b(?:detach\s+delete|delete\s+\w|drop\s+(?:database|constraint|index|user|role)|apoc\.(?:nodes\.delete|periodic\.iterate[^)]*delete))/i,
          'delete',
          'bulk',
          'irreversible',
        ],
        [/\b(?:create\s+(?:user|role)|grant\s|alter\s+user)/i, 'grant'],
        [/\b(?:create|merge|set|remove)\b/i, 'write'],
        [/^/, 'read'],
      ],
      '-a --address -d --database -f --file --format',
    ),
    'couchbase-cli': store('other-host', [
      [
        /\b(?:bucket-delete|bucket-flush|failover|collection-manage\b.*--drop|user-manage\b.*--delete|node-reset|server-remove|rebalance\b.*--server-remove|xdcr-setup\b.*--delete|reset-cipher-suites)/,
        'delete',
        'irreversible',
        'bulk',
      ],
      [/\b(?:user-manage|setting-security|reset-admin-password)\b/, 'grant'],
      [/\b(?:server-list|bucket-list|host-list|server-info|rebalance-status|group-manage --list)\b/, 'read'],
      [/^/, 'configure'],
    ]),
    cbq: store('other-host', [
      [
        /\b(?:delete from|drop (?:index|scope|collection|primary|bucket)|flush collection)/i,
        'delete',
        'bulk',
        'irreversible',
      ],
    ]),
    nodetool: cassandra,
    sstableutil: store('this-host', [[/(?:^|\s)-c\b|--cleanup/, 'delete', 'bulk', 'irreversible']]),
    pg_resetwal: store(
      'this-host',
      [
        [/--dry-run|(?:^|\s)-n\b/, 'read'],
        [/^/, 'delete', 'irreversible', 'bulk'],
      ],
      '-D --pgdata',
    ),
    pg_resetxlog: store('this-host', [[/^/, 'delete', 'irreversible', 'bulk']]),
    pg_dropcluster: store('this-host', [[/^/, 'delete', 'irreversible', 'bulk']]),
    pg_rewind: store('this-host', [
      [/--dry-run|(?:^|\s)-n\b/, 'read'],
      [/^/, 'write', 'irreversible', 'bulk'],
    ]),
    pg_archivecleanup: store('this-host', [
      [/(?:^|\s)-n\b/, 'read'],
      [/^/, 'delete', 'irreversible', 'bulk'],
    ]),
    pg_ctl: {
      kind: 'service',
      zone: 'this-host',
      values: names('-D --pgdata -l --log -o -m -t'),
      phrases: [
        [/^(?:stop|kill|promote)\b/, 'delete'],
        [/^status\b/, 'read'],
        [/^/, 'execute'],
      ],
    },
    pg_ctlcluster: {
      kind: 'service',
      zone: 'this-host',
      phrases: [
        [/\bstop\b/, 'delete'],
        [/\bstatus\b/, 'read'],
        [/^/, 'execute'],
      ],
    },
    hdfs: hadoop,
    hadoop,
    hbase: store('other-host', [
      [/^(?:clean|snapshot .*delete)\b|--cleanAll/, 'delete', 'irreversible', 'bulk'],
      [/^/, 'execute'],
    ]),
    arangorestore: store('this-host', [
      [/--overwrite(?:[= ]true|(?=\s|$))/, 'write', 'irreversible', 'bulk'],
      [/^/, 'write'],
    ]),
    arangosh: store('this-host', [
      [/\b(?:_dropDatabase|_drop|_truncate|truncate|removeByExample)\b/, 'delete', 'irreversible', 'bulk'],
      [/^/, 'execute'],
    ]),
    asinfo: store('other-host', [
      [
        /\b(?:truncate|truncate-namespace|recluster|quiesce|set-config|sindex-delete|udf-remove)\b/,
        'delete',
        'irreversible',
        'bulk',
      ],
      [/^/, 'read'],
    ]),
    aql: store('other-host', [
      [/\b(?:delete from|truncate|drop)\b/i, 'delete', 'irreversible', 'bulk'],
      [/^/, 'read'],
    ]),
    'riak-admin': store('this-host', [
      [/\b(?:leave|force-remove|down|cluster (?:clear|leave|force-remove))\b/, 'delete', 'irreversible', 'bulk'],
      [/^/, 'read'],
    ]),
    memcflush: store('other-host', [[/^/, 'delete', 'bulk', 'irreversible']]),
    memcrm: store('other-host', [[/^/, 'delete']]),
    zkcli: store('other-host', [
      [/\b(?:rmr|deleteall|delete)\b/, 'delete', 'irreversible', 'bulk'],
      [/^/, 'read'],
    ]),
    'mongo-drop': store('this-host', [[/^/, 'delete', 'irreversible']]),
  },
  [
    ['nodetool status', 'read database this-host'],
    ['nodetool decommission', 'delete database this-host'],
    ['cypher-shell "MATCH (n) RETURN n LIMIT 5"', 'read database this-host'],
    ['cypher-shell "MATCH (n) DETACH DELETE n"', 'delete database this-host'],
    ['hdfs dfs -ls /data', 'read cloud-resource other-host'],
    ['hdfs dfs -rm -r -skipTrash /data/old', 'delete cloud-resource other-host'],
    ['pg_dropcluster 16 main --stop', 'delete database this-host'],
    ['couchbase-cli bucket-delete -c db.example --bucket shop', 'delete database other-host'],
  ],
);
