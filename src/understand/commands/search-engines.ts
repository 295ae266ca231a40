import { names } from '../arguments.ts';
import { spokenFamily, type Vocabulary } from '../phrases.ts';

// Command lines of search engines; their HTTP interfaces are read with the network clients. Sources: the manuals of
// Elasticsearch's bin/ tools and Curator, OpenSearch, Solr, Algolia, Meilisearch, Typesense.

const curator: Vocabulary = {
  values: names('--config --host --port'),
  phrases: [
    [
      /^delete[-_](?:indices|snapshots)|^(?:shrink|close|forcemerge|rollover|reindex)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^show[-_]/, 'read'],
  ],
};
const keystore: Vocabulary = {
  kind: 'secret',
  zone: 'credential-store',
  phrases: [
    [/^list\b|^has-passwd/, 'nothing'],
    [/^show\b/, 'read'],
    [/^remove\b/, 'delete', 'irreversible'],
    [/./, 'write'],
  ],
};
const plugin: Vocabulary = {
  kind: 'package',
  phrases: [
    [/^list\b/, 'read'],
    [/^install\b/, 'install'],
    [/^remove\b/, 'delete'],
  ],
};

export const searchEngines = spokenFamily(
  'search-engines',
  {
    algolia: {
      values: names('-p --profile --application-id --api-key -F --file'),
      phrases: [
        [
          /^(?:indices|index|objects|synonyms|rules|apikeys|settings|dictionary|profile|crawler) (?:\w+ )?(?:delete|clear|remove)\b|^(?:indices|index) move/,
          'delete',
          'irreversible',
          'bulk',
        ],
        [/^apikeys create/, 'grant'],
        [/^(?:search|open|describe|events)\b|\b(?:browse|list|get|export|config)\b/, 'read'],
      ],
    },
    meilisearch: { zone: 'this-host', kind: 'process', phrases: [[/./, 'execute']] },
    curator: curator,
    curator_cli: curator,
    es: { phrases: [[/\b(?:delete|purge|drop|rm)\b/, 'delete', 'irreversible', 'bulk']] },
    elasticdump: {
      phrases: [
        [/--delete\b/, 'delete', 'bulk', 'irreversible'],
        [/./, 'write'],
      ],
    },
    'elasticsearch-keystore': keystore,
    'opensearch-keystore': keystore,
    'elasticsearch-plugin': plugin,
    'opensearch-plugin': plugin,
    'elasticsearch-users': {
      kind: 'user',
      phrases: [
        [/^(?:list|roles(?!.*-[ar]))/, 'read'],
        [/^userdel/, 'delete'],
        [/./, 'grant'],
      ],
    },
    'elasticsearch-reset-password': { kind: 'user', phrases: [[/./, 'grant']] },
    'elasticsearch-node': {
      zone: 'this-host',
      kind: 'database',
      phrases: [
        [
          /^(?:unsafe-bootstrap|detach-cluster|repurpose|remove-settings|remove-customs|override-version)/,
          'delete',
          'irreversible',
          'forced',
        ],
      ],
    },
    solr: {
      values: names('-c -p -d -s -z -m'),
      kind: 'service',
      zone: 'this-host',
      kinds: [[/^(?:delete|create|healthcheck|config)/, 'database']],
      phrases: [
        [/^delete\b/, 'delete', 'irreversible', 'bulk'],
        [/^stop\b/, 'delete'],
        [/^(?:status|healthcheck|version|assert)\b/, 'read'],
        [/^(?:start|restart|post)\b/, 'execute'],
        [/^(?:auth|config|create|zk)\b/, 'configure'],
      ],
    },
    typesense: { phrases: [[/\bdelete\b/, 'delete', 'irreversible']] },
  },
  [
    ['algolia indices delete products --confirm', 'delete cloud-resource other-host'],
    ['algolia search products --query shoe', 'read cloud-resource other-host'],
    ['curator_cli delete_indices --filter_list x', 'delete cloud-resource other-host'],
    ['curator_cli show_indices', 'read cloud-resource other-host'],
    ['elasticsearch-plugin install analysis-icu', 'install package other-host'],
    ['elasticsearch-keystore list'],
    ['solr delete -c products', 'delete database this-host'],
    ['solr status', 'read service this-host'],
  ],
);
