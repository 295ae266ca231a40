import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { deviceImports } from '../scripts/device-imports.ts';

it('the process on every machine brings what src/device/imports.txt says (renew: node scripts/device-imports.ts > src/device/imports.txt)', async () => {
  const listed = fs.readFileSync(path.resolve(import.meta.dirname, '../src/device/imports.txt'), 'utf8');
  expect(await deviceImports()).toBe(listed);
});
