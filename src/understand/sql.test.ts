import { describe, expect, it } from 'vitest';
import { sqlEffects } from './sql.ts';

const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };
const said = (text: string): readonly string[] =>
  sqlEffects(text, 'other-host', place).map(({ verb, resource, flags }) =>
    [verb, resource.kind, resource.name, ...flags].filter((word) => word !== '').join(' '),
  );

describe('a statement', () => {
  it.each([
    ['DROP TABLE IF EXISTS customers', 'delete table customers irreversible bulk'],
    ['drop schema public cascade', 'delete database public irreversible bulk'],
    ['TRUNCATE TABLE visits', 'delete table visits irreversible bulk'],
    ['DELETE FROM orders', 'delete table orders bulk irreversible'],
    ['DELETE FROM orders WHERE 1=1', 'delete table orders bulk irreversible'],
    ["DELETE FROM orders WHERE 'x' = 'x'", 'delete table orders bulk irreversible'],
    ['DELETE FROM orders WHERE id = 7', 'delete table orders'],
    ['DELETE FROM orders WHERE id = 7 OR 1=1', 'delete table orders bulk irreversible'],
    ['UPDATE users SET admin = true', 'write table users bulk irreversible'],
    ['UPDATE users SET admin = true WHERE id = 3', 'write table users'],
    ['WITH old AS (SELECT 1) DELETE FROM orders', 'delete table orders bulk irreversible'],
    ['ALTER TABLE users DROP COLUMN email', 'delete table users irreversible'],
    ['ALTER TABLE users ADD COLUMN email text', 'write table users'],
    ['ALTER TABLE users DISABLE ROW LEVEL SECURITY', 'configure table users weakens'],
    ['ALTER TABLE hits DELETE WHERE 1', 'delete table hits bulk irreversible'],
    ['CREATE OR REPLACE TABLE users (id int)', 'write table users irreversible bulk'],
    ['CREATE TABLE users (id int)', 'write table users'],
    ['DROP TEMPORARY TABLE tmp_x', 'write table temporary table'],
    ['GRANT ALL PRIVILEGES ON db.* TO eve', 'grant database ALL PRIVILEGES bulk'],
    ['REVOKE SELECT ON t FROM eve', 'configure user SELECT'],
    ['ALTER ROLE eve SUPERUSER', 'grant user eve privileged'],
    ['SELECT * FROM users', 'read table users'],
    ['EXPLAIN DELETE FROM orders', 'read database'],
    ['EXPLAIN ANALYZE DELETE FROM orders', 'delete table orders bulk irreversible'],
    ['/*!40000 DROP TABLE users */', 'delete table users irreversible bulk'],
    ["EXEC('DROP TABLE users')", 'delete table users irreversible bulk'],
    ['DO $$ BEGIN DELETE FROM users; END $$', 'delete table users bulk irreversible'],
  ])('%s', (text, ...effects) =>
    expect(said(text).filter((line) => line !== 'read database' || effects.includes(line))).toEqual(effects),
  );

  it('in a comment or in a string does nothing', () => {
    expect(said('-- DROP TABLE users\nSELECT 1')).toEqual(['read database']);
    expect(said("INSERT INTO notes VALUES ('DROP TABLE users; DELETE FROM x')")).toEqual(['write table notes']);
  });

  it('that is rolled back only shows', () => {
    expect(said('BEGIN; DELETE FROM orders; ROLLBACK')[1]).toContain('dry-run');
    expect(said('BEGIN; DELETE FROM orders; COMMIT')[1]).not.toContain('dry-run');
  });

  it('that reaches out of the database names the file or the program', () => {
    expect(said("COPY t TO PROGRAM 'sh -c id'")).toContain('execute process sh opaque');
    expect(said("SELECT load_file('/etc/shadow')")).toContain('read file /etc/shadow');
    expect(said("SELECT 1 INTO OUTFILE '/var/www/x.php'")).toContain('write file /var/www/x.php');
  });

  it('of a megabyte is read in a blink', () => {
    const long = `INSERT INTO t VALUES ${"('a;b'),".repeat(120_000)}`;
    const begun = performance.now();
    said(long);
    said(`WITH ${'x AS (SELECT 1), '.repeat(50_000)}`);
    said(`DELETE ${'a, '.repeat(300_000)}`);
    expect(performance.now() - begun).toBeLessThan(150);
  });
});
