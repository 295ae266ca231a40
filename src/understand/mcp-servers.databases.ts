import type { KnownServer } from './mcp-servers.shape.ts';

/** Databases and search engines. Source: the servers' own tool lists. */
export const databaseServers: readonly KnownServer[] = [
  {
    id: 'postgres',
    named: 'postgres, postgresql, pg, postgres pro, timescale, cockroachdb, redshift, alloydb, pgvector',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      execute: query execute_sql pg_execute_sql
      read: list_schemas list_objects explain_query analyze_db_health
    `,
  },
  {
    id: 'mysql',
    named: `
      mysql, mariadb, planetscale, tidb, singlestore, vitess, mssql, sql server, sqlserver, oracle, sqlite,
      duckdb, motherduck, sql, db, database, dbhub, toolbox
    `,
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      execute: query mysql_query execute_sql
      read untrusted sensitive: read_query
      write: write_query create_table append_insight
      read: describe_table list_tables
    `,
  },
  {
    id: 'mongodb',
    named: `
      mongodb, mongo, couchbase, dynamodb, firestore, cosmosdb, fauna, cassandra, astra, surrealdb, neo4j,
      arangodb
    `,
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      read untrusted sensitive: find aggregate read_neo4j_cypher
      read: count collection-schema mongodb-logs
      delete irreversible bulk: drop-database drop-collection
      delete bulk: delete-many
      write bulk: update-many insert-many
      impersonate: connect switch-connection
      read sensitive bulk: export
      write: rename-collection create-index write_neo4j_cypher
      delete: drop-index
      grant: atlas-create-db-user atlas-create-access-list
    `,
  },
  {
    id: 'redis',
    named: 'redis, upstash, valkey, memcached, dragonfly',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      write: set hset lpush rpush xadd json_set rename sadd zadd
      read untrusted sensitive: get hget hgetall json_get
      delete: delete hdel lpop rpop json_del expire srem zrem
      read: list scan_keys dbsize vector_search_hash client_list smembers zrange
      read untrusted: xrange
      send: publish
      read bulk: scan_all_keys
      delete irreversible bulk: flushall
    `,
  },
  {
    id: 'supabase',
    named: 'supabase, firebase, appwrite, pocketbase, convex, xata, nhost',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      execute: execute_sql apply_migration deploy_edge_function firebase_deploy
      read sensitive: get_anon_key get_publishable_keys
      read: get_project_url list_tables get_advisors generate_typescript_types
      delete: pause_project reset_branch delete_branch
      write: restore_project rebase_branch merge_branch create_branch confirm_cost
      read untrusted: get_logs
      configure: auth_disable_user
      grant: auth_set_claim
    `,
  },
  {
    id: 'neon',
    named: 'neon, neondb, nile, turso',
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      execute: run_sql run_sql_transaction prepare_database_migration complete_database_migration
      read sensitive: get_connection_string
      delete: reset_from_parent delete_branch
      write: create_branch
      read: explain_sql_statement
      delete irreversible: delete_project
    `,
  },
  {
    id: 'snowflake',
    named: `
      snowflake, bigquery, databricks, athena, clickhouse, trino, presto, dremio, dbt, looker, tableau, power
      bi, metabase, hex, mode
    `,
    zone: 'other-host',
    reads: ['untrusted', 'sensitive'],
    tools: `
      execute: execute_query execute_sql run_query query run build
      read untrusted sensitive: run_select_query read_query execute_sql_read_only cortex_search poll_sql_result
      write: write_query create_table
      read: get_dataset_info
    `,
  },
  {
    id: 'elastic',
    named: `
      elastic, elasticsearch, opensearch, kibana, algolia, meilisearch, typesense, pinecone, qdrant, weaviate,
      chroma, milvus, solr
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      read untrusted sensitive: search esql
      read: list_indices get_mappings get_shards
      write: qdrant-store upsert-records
      read untrusted: qdrant-find
      delete: chroma_delete_collection
    `,
  },
];
