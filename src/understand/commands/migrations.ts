import type { Flag, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { namesProduction } from '../hosts.ts';
import { onlyAsksForHelp } from '../phrases.ts';

// Frameworks' own commands on the project's database. Sources: the manuals of Prisma, Rails, Laravel, Django, Alembic,
// Sequelize, Knex, TypeORM, Drizzle, Flyway, Liquibase, dbmate, goose, golang-migrate, Ecto, Doctrine, Diesel, SQLx.

/** Empties or drops everything and has no undo. */
const wipes =
  /(?:^|\s)(?:db:(?:drop|reset|purge|wipe|migrate:reset|schema:load|truncate\w*|structure:load|seed:replant|setup|test:purge|fixtures:load)|migrate[: ](?:reset|fresh|refresh)|migrate:rollback --all|db[: ]wipe|schema[: ](?:drop|wipe)|orm:schema-tool:drop|doctrine:(?:schema:drop|database:drop)|flush|reset_db|reset_schema|sqlflush|database (?:drop|reset)|db (?:drop|reset)|database:drop|db:migrate:undo:all|undo:all|drop-all|ecto\.(?:drop|reset)|drop|clean|reset)(?=\s|$)|--force-reset\b|--accept-data-loss\b|--drop-schema\b|downgrade\s+base\b|(?:down-to|goto|to)\s+0\b|\bmigrate\s+\S+\s+zero\b|rollback:?\s?(?:all|--all)\b|\bdown\s+-?-all\b|-all\s+down\b/;
/** One step back: what that step's down script drops. */
const stepsBack =
  /(?:^|\s)(?:downgrade|rollback|migrate:rollback|db:rollback|migrate:down|migration:revert|migrate revert|revert|db:migrate:undo|undo|down|redo|migration rollback|migrate resolve|ecto\.rollback|migrate:undo)(?=\s|$)/;
/** Shows, checks or makes files only. */
const looks =
  /(?:^|\s)(?:db:(?:version|migrate:status|abort_if_pending_migrations|schema:dump|structure:dump)|migrate(?:[: ](?:status|list|diff|make|create))|migration(?::|\s)(?:show|list|status|create|generate|add)|status|history|current|heads|branches|info|validate|check|show|list|pull|introspect|format|generate|version|showmigrations|sqlmigrate|makemigrations|inspectdb|routes|about|diff|create|studio|changelog-sync-sql|update-sql|rollback-sql|dump|snapshot|export|completion|revision|ecto\.migrations|ecto\.gen\.\S+|g|generate:\S+|make:\S+|route:\S+|config:\S+|notes|stats|dev:cache|zeitwerk:check|init|lint|fix)(?=\s|$)/;
const writes =
  /(?:^|\s)(?:db:|migrat|db (?:push|seed|execute)|loaddata|dumpdata|upgrade|update|up|push|seed|apply|ecto\.(?:migrate|create|setup)|stamp|repair|baseline|run)/;

function framework(words: CommandWords): readonly CommandEffect[] {
  const { args } = words;
  if (onlyAsksForHelp(args)) return [];
  const line = args
    .map((arg) => arg ?? '…')
    .join(' ')
    .slice(0, 4000);
  const zone: Zone = namesProduction(line) ? 'production' : 'repository';
  const shows = args.some((arg) =>
    /^(?:--dry-?run|--pretend|--sql|--plan|--check|--preview|-n|--dump-sql|--fake)$/.test(arg ?? ''),
  );
  const database = (verb: CommandEffect['verb'], flags: readonly Flag[]): readonly CommandEffect[] => [
    { verb, resource: { kind: 'database', name: '' }, zone, flags: shows ? [...flags, 'dry-run'] : flags },
  ];
  if (wipes.test(line)) return database('delete', ['bulk', 'irreversible']);
  // One step is what a developer takes back all day; in production it drops what the step had added.
  if (stepsBack.test(line)) return database(zone === 'production' ? 'delete' : 'write', []);
  if (looks.test(line)) return database('read', []);
  if (writes.test(line)) return database('write', []);
  return [{ verb: 'execute', resource: { kind: 'process', name: words.program }, zone: 'repository', flags: [] }];
}

export const migrations: CommandFamily = {
  id: 'migrations',
  programs: [
    'prisma',
    'rails',
    'rake',
    'artisan',
    'alembic',
    'sequelize',
    'sequelize-cli',
    'knex',
    'typeorm',
    'mikro-orm',
    'drizzle-kit',
    'flyway',
    'liquibase',
    'dbmate',
    'goose',
    'migrate',
    'manage.py',
    'django-admin',
    'diesel',
    'sqlx',
    'refinery',
    'atlas-cli',
    'skeema',
    'sqitch',
    'phinx',
    'doctrine',
    'node-pg-migrate',
    'db-migrate',
    'umzug',
    'migrate-mongo',
    'squawk',
    'tbls',
    'supabase-db',
  ],
  effects: framework,
  examples: [
    ['prisma migrate reset --force', 'delete database repository'],
    ['prisma migrate status', 'read database repository'],
    ['prisma generate', 'read database repository'],
    ['prisma db push --accept-data-loss', 'delete database repository'],
    ['rails db:drop', 'delete database repository'],
    ['rails db:migrate', 'write database repository'],
    ['rails routes', 'read database repository'],
    ['rake test', 'execute process repository'],
    ['alembic downgrade base', 'delete database repository'],
    ['alembic current', 'read database repository'],
    ['alembic upgrade head', 'write database repository'],
    ['flyway clean', 'delete database repository'],
    ['flyway info', 'read database repository'],
    ['RAILS_ENV=production rails db:reset', 'delete database repository'],
  ],
};
