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
const mysqlValues = names(
  '-e --execute -h --host -P --port -u --user -D --database -S --socket --password --defaults-file --defaults-extra-file',
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
  for (const file of options.all('-f', '--file'))
    out.push(...touch('read', file, words.place), {
      verb: 'execute',
      resource: { kind: 'database', name: '' },
      zone,
      flags: ['opaque'],
      arg: file.arg,
    });
  if (words.stdin !== undefined) out.push(...sqlEffects(words.stdin, zone, words.place));
  out.push(...touchAll('write', options.all('-o', '--output'), words.place));
  return out.length > 0 ? out : [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
}

function mysql(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, mysqlValues);
  const zone = serverZone(options.value('-h', '--host'), words.args);
  const out: CommandEffect[] = [];
  for (const { text, arg } of options.all('-e', '--execute')) out.push(...sqlEffects(text, zone, words.place, arg));
  if (words.stdin !== undefined) out.push(...sqlEffects(words.stdin, zone, words.place));
  return out.length > 0 ? out : [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
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

const mongoWipe =
  /\.(?:dropDatabase|drop|deleteMany|deleteOne|remove|dropIndexes|dropUser|dropCollection|bulkWrite|findOneAndDelete)\s*\(([^)]*)/g;

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
      const all = /dropDatabase|\.drop\b|dropCollection/.test(match[0]) || /^\s*(?:\{\s*\})?\s*$/.test(match[1] ?? '');
      const flags: Flag[] = all ? ['bulk', 'irreversible'] : [];
      const kind = match[0].includes('dropDatabase') ? 'database' : 'table';
      out.push({ verb: 'delete', resource: { kind, name: '' }, zone, flags, ...(arg >= 0 && { arg }) });
    }
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
  const lines = [options.operands.map(({ text }) => text ?? '…').join(' '), ...(words.stdin?.split('\n') ?? [])].filter(
    (line) => line.trim() !== '',
  );
  if (lines.length === 0) return [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
  return lines.slice(0, 50).map((line): CommandEffect => {
    const [command = '', key = ''] = line.trim().split(/\s+/);
    const upper = command.toUpperCase();
    const resource = { kind: 'table' as const, name: key };
    if (/^FLUSH(?:ALL|DB)$/.test(upper))
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

/** Frameworks' own commands on the project's database: `prisma migrate reset`, `rails db:drop`. */
function framework(words: CommandWords): readonly CommandEffect[] {
  const line = words.args.map((arg) => arg ?? '…').join(' ');
  const zone: Zone = namesProduction(line) ? 'production' : 'repository';
  if (
    /\b(?:db:(?:drop|reset|purge|wipe|schema:load|truncate\w*)|migrate[: ](?:reset|fresh|refresh)|migrate:fresh|db:wipe|schema:drop|flush|reset_db|sqlflush|db push --force-reset|--accept-data-loss|database:drop|undo:all|drop)\b/.test(
      line,
    )
  )
    return [{ verb: 'delete', resource: { kind: 'database', name: '' }, zone, flags: ['bulk', 'irreversible'] }];
  if (/\b(?:db:|migrat|db push|db seed|makemigrations|loaddata)/.test(line))
    return [{ verb: 'write', resource: { kind: 'database', name: '' }, zone, flags: [] }];
  return [{ verb: 'execute', resource: { kind: 'process', name: words.program }, zone: 'repository', flags: [] }];
}

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  psql,
  pgcli: psql,
  cockroach: psql,
  mysql,
  mariadb: mysql,
  mycli: mysql,
  mysqladmin: (words) =>
    words.args.includes('drop')
      ? createOrDrop('delete')({ ...words, args: words.args.filter((arg) => arg !== 'drop') })
      : mysql(words),
  sqlite3: sqlite,
  sqlite: sqlite,
  duckdb: sqlite,
  'clickhouse-client': mysql,
  clickhouse: mysql,
  sqlcmd: mysql,
  cqlsh: mysql,
  bq: () => [],
  snowsql: mysql,
  usql: psql,
  trino: mysql,
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
  prisma: framework,
  rails: framework,
  rake: framework,
  artisan: framework,
  alembic: framework,
  sequelize: framework,
  knex: framework,
  typeorm: framework,
  'drizzle-kit': framework,
  flyway: framework,
  liquibase: framework,
  dbmate: framework,
  goose: framework,
  migrate: framework,
  'manage.py': framework,
  'django-admin': framework,
};

export const databases: CommandFamily = {
  id: 'databases',
  programs: Object.keys(meanings).filter((name) => name !== 'bq'),
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
    ["psql -c '\\! cat /etc/shadow'", 'read database this-host', 'read file credential-store'],
    ['echo "TRUNCATE logs" | psql', 'delete table this-host'],
    ['prisma migrate reset --force', 'delete database repository'],
  ],
};
