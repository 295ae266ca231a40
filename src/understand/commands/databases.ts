import type { Flag, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Operand, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { hostName, hostZone, namesProduction, readUrl } from '../hosts.ts';
import { sqlEffects } from '../sql.ts';
import { locate } from '../zones.ts';

const psqlValues = names(
  '-c --command -f --file -d --dbname -h --host -p --port -U --username -v --set -o --output -L -F -R -P -T',
);
/** Where the database is: a URL, `-h host`, or this machine. */
function serverZone(host: Operand | undefined, candidates: readonly (string | null)[]): Zone {
  if (candidates.some((text) => text !== null && namesProduction(text))) return 'production';
  const url = candidates.find((text) => text?.includes('://'));
  if (url) return readUrl(url).zone;
  if (host?.text == null) return host ? 'unknown' : 'this-host';
  return host.text.startsWith('/') ? 'this-host' : hostZone(hostName(host.text));
}

function psql(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, psqlValues);
  const zone = serverZone(options.value('-h', '--host'), words.args);
  const out: CommandEffect[] = [];
  for (const { text, arg } of options.all('-c', '--command')) out.push(...sqlEffects(text, zone, words.place, arg));
  for (const file of options.all('-f', '--file')) out.push(...script(file, zone, words));
  if (words.stdin !== undefined) out.push(...sqlEffects(words.stdin, zone, words.place));
  out.push(...touchAll('write', options.all('-o', '--output'), words.place));
  return out.length > 0 ? out : [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
}

/** How each client takes its statements, and what other options take a value. */
const asked: Readonly<Record<string, readonly [statement: string, values: string]>> = {
  mysql: ['-e --execute', '-u --user -D --database -S --socket --defaults-file --defaults-extra-file'],
  cockroach: ['-e --execute', '--url --certs-dir -u --user -d --database --set'],
  clickhouse: ['-q --query', '-u --user --password -d --database --format -c --config-file --max_threads'],
  snowsql: [
    '-q --query',
    '-a --accountname -u --username -d --dbname -s --schemaname -r --rolename -w --warehouse -c --connection -o --option',
  ],
  sqlcmd: ['-Q -q', '-S -U -P -d -i -o -s -W'],
  cqlsh: ['-e --execute', '-u --username -p --password -k --keyspace -f --file'],
  trino: ['--execute', '--server --catalog --schema --user -f --file'],
  osql: ['-Q -q', '-S -U -P -d -i'],
  hive: ['-e', '-u -n -p -f --hiveconf -d --database -i'],
  impala: ['-q --query', '-i --impalad -f --query_file -d --database'],
  duck: ['-c -s', '-cmd -init'],
  influxsql: ['-execute', '-host -port -database -username -password -format'],
};

const dialectOf: Readonly<Record<string, string>> = {
  cockroach: 'cockroach',
  'clickhouse-client': 'clickhouse',
  clickhouse: 'clickhouse',
  'clickhouse-local': 'clickhouse',
  snowsql: 'snowsql',
  snow: 'snowsql',
  sqlcmd: 'sqlcmd',
  'go-sqlcmd': 'sqlcmd',
  bsqldb: 'sqlcmd',
  cqlsh: 'cqlsh',
  trino: 'trino',
  presto: 'trino',
  beeline: 'hive',
  hive: 'hive',
  'impala-shell': 'impala',
  osql: 'osql',
  isql: 'osql',
  influx_inspect: 'influxsql',
};

function mysql(words: CommandWords): readonly CommandEffect[] {
  const [statement, more] = asked[dialectOf[words.program] ?? 'mysql'] ?? ['-e --execute', ''];
  const options = readOptions(words.args, names(`${statement} ${more} -h --host -P --port`));
  const zone = serverZone(options.value('-h', '--host', '--server', '-S', '--url', '-i'), words.args);
  const out: CommandEffect[] = [];
  for (const { text, arg } of options.all(...statement.split(' ')))
    out.push(...sqlEffects(text, zone, words.place, arg));
  for (const file of options.all('-f', '--file', '--query_file', '--queries-file'))
    out.push(...script(file, zone, words));
  if (words.program === 'sqlcmd') for (const file of options.all('-i')) out.push(...script(file, zone, words));
  if (words.stdin !== undefined) out.push(...sqlEffects(words.stdin, zone, words.place));
  return out.length > 0 ? out : [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
}

/** Statements in a file: it is read and run, what it says is not in the call. */
function script(file: Operand, zone: Zone, words: CommandWords): readonly CommandEffect[] {
  return [
    ...touch('read', file, words.place),
    { verb: 'execute', resource: { kind: 'database', name: '' }, zone, flags: ['opaque'], arg: file.arg },
  ];
}

function sqlite(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-cmd -init -separator -nullvalue -newline'), { singleDash: true });
  const [file, ...queries] = options.operands;
  const at = file?.text == null ? null : locate(plainPath(file.text), words.place);
  const zone = at?.zone ?? 'unknown';
  const out: CommandEffect[] = [
    ...touch('read', file && { ...file, text: file.text === null ? null : plainPath(file.text) }, words.place),
  ];
  for (const { text, arg } of [...options.all('-cmd'), ...queries])
    out.push(...sqlEffects(text, zone, words.place, arg));
  if (words.stdin !== undefined) out.push(...sqlEffects(words.stdin, zone, words.place));
  return out;
}

/** `file:/x.db?immutable=1` → `/x.db`. */
function plainPath(text: string): string {
  return text.startsWith('file:')
    ? text
        .slice(5)
        .replace(/^\/\/(?=\/)/, '')
        .replace(/\?.*$/, '')
    : text;
}

function shellInside(words: CommandWords): readonly NestedRun[] {
  const texts = [...words.args.map((text, arg) => ({ text, arg })), { text: words.stdin ?? null, arg: -1 }];
  return texts.flatMap(({ text, arg }) => {
    const command = /(?:^|\n)\s*(?:\\!|\.shell|\.system|system)\s+(.+)/.exec(text ?? '')?.[1];
    return command === undefined ? [] : [{ kind: 'shell' as const, text: command, ...(arg >= 0 && { arg }) }];
  });
}

/** A server stopped, a member of the cluster taken out. */
const mongoServer =
  /\.(?:shutdownServer|removeShard|fsyncLock)\s*\(|\brs\.(?:remove|stepDown|reconfig|freeze)\s*\(|\bsh\.(?:removeShard\w*|stopBalancer|disableBalancing)\s*\(|\b(?:shutdown|removeShard|dropDatabase|killAllSessions|compact|dropUser)['"]?\s*:\s*['"1]/;

const mongoWipe =
  /\.(?:dropDatabase|drop|deleteMany|deleteOne|remove|dropIndexes|dropUser|dropAllUsersFromDatabase|dropRole|dropCollection|dropAllRolesFromDatabase|bulkWrite|findOneAndDelete)\s*\(([^)]*)/g;

function mongo(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names(
      '--eval --host --port -u --username -p --password --authenticationDatabase -f --file --db -d -c --collection --uri --out -o',
    ),
  );
  const zone = serverZone(options.value('--host'), words.args);
  const out: CommandEffect[] = [];
  const code = [...options.all('--eval'), ...(words.stdin === undefined ? [] : [{ text: words.stdin, arg: -1 }])];
  for (const { text, arg } of code) {
    for (const match of text?.matchAll(mongoWipe) ?? []) {
      const all =
        /dropDatabase|\.drop\b|dropCollection|dropUser|dropAllUsers|dropRole/.test(match[0]) ||
        /^\s*(?:\{\s*\})?\s*$/.test(match[1] ?? '');
      const flags: Flag[] = all ? ['bulk', 'irreversible'] : [];
      const kind = match[0].includes('dropDatabase') ? 'database' : 'table';
      out.push({ verb: 'delete', resource: { kind, name: '' }, zone, flags, ...(arg >= 0 && { arg }) });
    }
    if (mongoServer.test(text ?? ''))
      out.push({
        verb: 'delete',
        resource: { kind: 'service', name: 'mongod' },
        zone,
        flags: ['bulk'],
        ...(arg >= 0 && { arg }),
      });
    if (text === null)
      out.push({ verb: 'execute', resource: { kind: 'database', name: '' }, zone, flags: ['dynamic', 'opaque'] });
  }
  return out.length > 0 ? out : [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
}

function redis(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-h -p -a -n -u -s --user --pass -r -i -x -c --eval'), {
    stopAtOperand: false,
  });
  const zone = serverZone(options.value('-h') ?? options.value('-u'), words.args);
  const lines = [
    options.operands.map(({ text }) => text ?? '…').join(' '),
    ...(words.stdin?.slice(0, 65_536).split('\n') ?? []),
  ].filter((line) => line.trim() !== '');
  if (lines.length === 0) return [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
  return lines.slice(0, 50).map((line): CommandEffect => {
    const [command = '', key = ''] = line.slice(0, 4096).trim().split(/\s+/);
    const upper = command.toUpperCase();
    const resource = { kind: 'table' as const, name: key };
    if (/^FLUSH(?:ALL|DB)$/.test(upper) || (upper === 'EVAL' && /flush(?:all|db)/i.test(line)))
      return {
        verb: 'delete',
        resource: { kind: 'database', name: upper.toLowerCase() },
        zone,
        flags: ['bulk', 'irreversible'],
      };
    if (/^(?:DEL|UNLINK|EXPIRE|HDEL|LREM|SREM|ZREM|GETDEL|XTRIM|LTRIM)$/.test(upper))
      return { verb: 'delete', resource, zone, flags: /[*?]/.test(key) ? ['bulk'] : [] };
    if (
      /^(?:CONFIG|ACL|SLAVEOF|REPLICAOF|MODULE|DEBUG|SHUTDOWN|CLUSTER|SCRIPT)$/.test(upper) &&
      !/^(?:GET|LIST|INFO|WHOAMI)$/i.test(key)
    )
      return {
        verb: upper === 'SHUTDOWN' ? 'delete' : 'configure',
        resource: { kind: 'service', name: `redis ${key}`.trim() },
        zone,
        flags: [],
      };
    if (
      /^(?:SET|MSET|HSET|LPUSH|RPUSH|SADD|ZADD|INCR|DECR|APPEND|RENAME|SETEX|EVAL|PUBLISH|XADD|RESTORE|MIGRATE)/.test(
        upper,
      )
    )
      return { verb: 'write', resource, zone, flags: [] };
    return { verb: 'read', resource, zone, flags: [] };
  });
}

function dump(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names(
      '-h --host -p --port -U -u -d -f --file -o --out -F --format -t --table -n -r --result-file --uri --db -c --archive',
    ),
  );
  const zone = serverZone(options.value('-h', '--host'), words.args);
  return [
    {
      verb: 'read',
      resource: { kind: 'database', name: options.operands[0]?.text ?? options.value('-d')?.text ?? '' },
      zone,
      flags: ['bulk'],
    },
    ...touchAll('write', options.all('-f', '--file', '-o', '--out', '-r', '--result-file'), words.place),
  ];
}

function restore(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-h -p -U -d --dbname --uri --host -j -n -t'));
  const flags: Flag[] = options.has('-c', '--clean', '--drop') ? ['bulk', 'irreversible'] : ['bulk'];
  return [
    ...touchAll('read', options.operands, words.place),
    {
      verb: 'write',
      resource: { kind: 'database', name: options.value('-d', '--dbname')?.text ?? '' },
      zone: serverZone(options.value('-h', '--host'), words.args),
      flags,
    },
  ];
}

function createOrDrop(verb: 'write' | 'delete') {
  return (words: CommandWords): readonly CommandEffect[] => {
    const options = readOptions(words.args, names('-h --host -p -U -u -O -T -E -e --maintenance-db'));
    const [name] = options.operands;
    const resource = {
      kind: words.program.endsWith('user') ? ('user' as const) : ('database' as const),
      name: name?.text ?? '',
    };
    return [
      {
        verb,
        resource,
        zone: serverZone(options.value('-h', '--host'), words.args),
        flags: verb === 'delete' ? ['irreversible', 'bulk'] : [],
        ...(name && { arg: name.arg }),
      },
    ];
  };
}

/** Nodes of a distributed database: taken out, drained, wiped. */
function cockroachNode(words: CommandWords): readonly CommandEffect[] {
  const line = words.args.map((arg) => arg ?? '…').join(' ');
  const zone = serverZone(undefined, words.args);
  const removes =
    /^(?:node (?:decommission|drain)|quit|debug (?:unsafe-\S+|reset-quorum|recover)|destroy|stop|nodelocal)\b/.test(
      line,
    );
  return [
    {
      verb: removes ? 'delete' : /^(?:start|init|import|demo|cert)\b/.test(line) ? 'execute' : 'read',
      resource: { kind: 'database', name: line.slice(0, 60) },
      zone,
      flags: removes ? ['irreversible', 'bulk'] : [],
    },
  ];
}

/** `mysqladmin`'s own words. */
function mysqladmin(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-h --host -P --port -u --user -S --socket'));
  const zone = serverZone(options.value('-h', '--host'), words.args);
  const [what, name] = options.operands;
  const on = (
    verb: CommandEffect['verb'],
    kind: 'database' | 'service' | 'user',
    flags: readonly Flag[] = [],
  ): readonly CommandEffect[] => [
    { verb, resource: { kind, name: name?.text ?? '' }, zone, flags, ...(what && { arg: what.arg }) },
  ];
  switch (what?.text) {
    case 'drop':
      return on('delete', 'database', ['irreversible', 'bulk']);
    case 'shutdown':
    case 'kill':
    case 'stop-slave':
    case 'stop-replica':
      return on('delete', 'service', ['bulk']);
    case 'password':
      return on('grant', 'user');
    case 'create':
      return on('write', 'database');
    default:
      return /^flush-/.test(what?.text ?? '') ? on('configure', 'database') : on('read', 'database');
  }
}

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  psql,
  pgcli: psql,
  cockroach: (words) => (words.args[0] === 'sql' ? mysql({ ...words, program: 'cockroach' }) : cockroachNode(words)),
  mysql,
  mariadb: mysql,
  mycli: mysql,
  mysqladmin,
  'mariadb-admin': mysqladmin,
  sqlite3: sqlite,
  sqlite: sqlite,
  duckdb: sqlite,
  usql: psql,
  'psql.exe': psql,
  yugabyted: cockroachNode,
  ysqlsh: psql,
  edgedb: psql,
  ...Object.fromEntries(
    Object.keys(dialectOf)
      .filter((name) => name !== 'cockroach')
      .map((name) => [name, mysql]),
  ),
  mongosh: mongo,
  mongo,
  'redis-cli': redis,
  'valkey-cli': redis,
  keydb: redis,
  pg_dump: dump,
  pg_dumpall: dump,
  mysqldump: dump,
  'mariadb-dump': dump,
  mongodump: dump,
  mongoexport: dump,
  pg_restore: restore,
  mongorestore: restore,
  mongoimport: restore,
  dropdb: createOrDrop('delete'),
  dropuser: createOrDrop('delete'),
  createdb: createOrDrop('write'),
  createuser: createOrDrop('write'),
};

export const databases: CommandFamily = {
  id: 'databases',
  programs: Object.keys(meanings),
  effects: (words) => meanings[words.program]?.(words) ?? [],
  runs: shellInside,
  examples: [
    ['psql -c "DROP TABLE customers"', 'delete table this-host'],
    ['psql -h db.example -c "select * from users"', 'read table other-host'],
    ['psql postgres://u@prod-db.example/x -c "DELETE FROM orders"', 'delete table production'],
    ['mysql -e "DELETE FROM t WHERE id=1"', 'delete table this-host'],
    ['sqlite3 app.db "DROP TABLE t"', 'read file repository', 'delete table repository'],
    ["mongosh --eval 'db.dropDatabase()'", 'delete database this-host'],
    ['redis-cli FLUSHALL', 'delete database this-host'],
    ['dropdb shop', 'delete database this-host'],
    ['clickhouse-client -q "DROP TABLE hits"', 'delete table this-host'],
    ['snowsql -q "select 1"', 'read database this-host'],
    ['cockroach sql --url postgres://db.example/x -e "TRUNCATE t"', 'delete table other-host'],
    ['mysqladmin -u root drop shop', 'delete database this-host'],
    ['mysqladmin status', 'read database this-host'],
    ['redis-cli get a', 'read table this-host'],
    ["psql -c '\\! cat /etc/shadow'", 'read database this-host', 'read file credential-store'],
    ['echo "TRUNCATE logs" | psql', 'delete table this-host'],
  ],
};
