import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { migrations } from './list.ts';

it("gives declared tools their server's own names, and joins none that were called", () => {
  const db = new DatabaseSync(':memory:');
  const [first = '', second = ''] = migrations;
  db.exec(first);
  const add = db.prepare(
    "INSERT INTO mcp_tools VALUES (?, ?, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', ?, ?)",
  );
  add.run('notes', 'echo', 3, null);
  add.run('notes', 'mcp__notes__echo', 0, 'd1');
  add.run('my_wiki', 'mcp__my_wiki__do__it', 0, 'd2');
  add.run('crm', 'mcp__crm__*', 0, null);
  add.run('odd', 'mcp__other__x', 1, null);
  db.exec(second);
  expect(
    db
      .prepare('SELECT server, tool, calls, digest FROM mcp_tools ORDER BY 1, 2')
      .all()
      .map(({ server, tool, calls, digest }) => [server, tool, calls, digest]),
  ).toEqual([
    ['crm', '*', 0, null],
    ['my_wiki', 'do__it', 0, 'd2'],
    ['notes', 'echo', 3, null],
    ['odd', 'mcp__other__x', 1, null],
  ]);
  db.close();
});
