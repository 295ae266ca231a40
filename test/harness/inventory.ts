import type { ConfiguredServer, DeviceInventory, FoundAgent } from '../../src/core/inventory.ts';

/** What a device may report; each override says what a test is about. Synthetic. */
export const deviceReport = (overrides: Partial<DeviceInventory> = {}): DeviceInventory => ({
  v: 1,
  source: 'warder',
  device: 'laptop',
  name: 'Laptop.local',
  person: 'ann',
  platform: 'linux',
  at: '2026-10-01T10:00:00.000Z',
  agents: [],
  servers: [],
  unread: [],
  ...overrides,
});

export const foundAgent = (agent: string, overrides: Partial<FoundAgent> = {}): FoundAgent => ({
  agent,
  versions: ['1.0.0'],
  evidence: [{ by: 'program', where: `/usr/local/bin/${agent}`, version: '1.0.0' }],
  running: 0,
  hooks: 'missing',
  gateway: false,
  flags: [],
  ...overrides,
});

export const configuredServer = (overrides: Partial<ConfiguredServer> = {}): ConfiguredServer => ({
  agent: 'codex',
  name: 'notes',
  scope: 'user',
  file: '/home/ann/.codex/config.toml',
  project: '',
  transport: 'stdio',
  command: 'npx -y notes-mcp',
  package: null,
  host: '',
  variables: [],
  headers: [],
  trust: [],
  enabled: true,
  flags: [],
  ...overrides,
});
