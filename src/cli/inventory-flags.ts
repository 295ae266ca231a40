import { parseArgs } from 'node:util';

const options = {
  home: { type: 'string' },
  json: { type: 'boolean' },
  send: { type: 'boolean' },
  url: { type: 'string' },
  token: { type: 'string' },
  project: { type: 'string', multiple: true },
  'user-home': { type: 'string', multiple: true },
  'all-users': { type: 'boolean' },
  root: { type: 'string' },
  name: { type: 'string' },
  note: { type: 'string' },
  from: { type: 'string' },
  api: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

/** The flags of `warder inventory`. */
export type InventoryFlags = Readonly<ReturnType<typeof parseInventoryArgs>['values']>;

/** The words of `warder inventory`; throws what node:util says of wrong ones. */
export const parseInventoryArgs = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, options });
