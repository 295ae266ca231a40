import { sql as first } from './0001-first.ts';
import { sql as toolVersions } from './0002-tool-versions.ts';
import { sql as usage } from './0003-usage.ts';
import { sql as inventory } from './0004-inventory.ts';
import { sql as coverage } from './0005-coverage.ts';
import { sql as deliveries } from './0006-deliveries.ts';
import { sql as deliveriesByAge } from './0007-deliveries-by-age.ts';
import { sql as groups } from './0008-groups.ts';

/** Every migration in order; the first is version 1. Forward only: add a file, never change one that was released. */
export const migrations: readonly string[] = [
  first,
  toolVersions,
  usage,
  inventory,
  coverage,
  deliveries,
  deliveriesByAge,
  groups,
];
