import { describe, expect, it } from 'vitest';
import type { ConfiguredServer, DeviceInventory, RiskFlag, Standing } from '../core/inventory.ts';
import { alertForCaller, alertsForInventory, inventoryRunbooks, serverKey } from './inventory-alerts.ts';

const report = (overrides: Partial<DeviceInventory> = {}): DeviceInventory => ({
  v: 1,
  source: 'warder',
  device: 'laptop',
  name: 'Laptop',
  person: 'ann',
  platform: 'linux',
  at: '',
  agents: [],
  servers: [],
  unread: [],
  ...overrides,
});
const agent = (id: string, flags: readonly RiskFlag[] = []) => ({
  agent: id,
  versions: [],
  evidence: [],
  running: 0,
  hooks: 'missing' as const,
  gateway: false,
  flags,
});
const flag = (risk: RiskFlag['risk'], weight: number, where = 'f'): RiskFlag => ({
  risk,
  weight,
  what: `What ${risk}.`,
  mend: 'Mend.',
  where,
});
const server = (name: string, npm: string, flags: readonly RiskFlag[] = []): ConfiguredServer => ({
  agent: 'codex',
  name,
  scope: 'user',
  file: 'f',
  project: '',
  transport: 'stdio',
  command: '',
  package: { registry: 'npm', name: npm, version: '', pinned: false },
  host: '',
  variables: [],
  headers: [],
  trust: [],
  enabled: true,
  flags,
});

interface Given {
  now: DeviceInventory;
  before?: readonly DeviceInventory[];
  newAgents?: readonly string[];
  newServers?: readonly ConfiguredServer[];
  standing?: Standing;
}
const alerts = ({ now, before = [], newAgents = [], newServers = [], standing = 'unreviewed' }: Given) =>
  alertsForInventory({
    report: now,
    before,
    newAgents: new Set(newAgents),
    newServers: new Set(newServers.map(serverKey)),
    standingOf: () => standing,
    titleOf: (id) => id.toUpperCase(),
  });
const told = (given: Given) => alerts(given).map(({ detector, score, title }) => `${detector} ${score} ${title}`);

describe('alerts of an inventory', () => {
  it('tells of an agent that is disallowed, and of one that is new to everybody', () => {
    const now = report({ agents: [agent('codex')] });
    expect(told({ now, standing: 'disallowed' })).toEqual([
      'unsanctioned-agent 75 CODEX is not allowed here, and is on Laptop.',
    ]);
    expect(told({ now, newAgents: ['codex'] })).toEqual([
      'unsanctioned-agent 40 CODEX is new here: first seen on Laptop. Nobody has reviewed it.',
    ]);
    expect(told({ now })).toEqual([]);
    expect(told({ now, newAgents: ['codex'], standing: 'allowed' })).toEqual([]);
  });

  it('tells of a guard that is gone once, and again when it came back and went again', () => {
    const loose = report({
      agents: [
        agent('codex', [flag('bypass-permissions', 85), flag('bypass-permissions', 80, 'g'), flag('auto-approve', 50)]),
      ],
    });
    expect(told({ now: loose })).toEqual([
      'agent-unguarded 85 CODEX on Laptop: What bypass-permissions. (and 1 more of the kind)',
    ]);
    expect(told({ now: loose, before: [loose] })).toEqual([]);
    expect(told({ now: loose, before: [report({ agents: [agent('codex')] })] })).toHaveLength(1);
    // Another source that already told of the device counts too.
    expect(told({ now: loose, before: [{ ...loose, source: 'osquery' }] })).toEqual([]);
  });

  it('tells of hidden text in instructions as of an injection', () => {
    expect(told({ now: report({ agents: [agent('codex', [flag('hidden-unicode', 75)])] }) })).toEqual([
      'prompt-injection 75 CODEX on Laptop: What hidden-unicode.',
    ]);
  });

  it('tells of a new server, of one that runs something else now, and of a risky one', () => {
    const [one, risky] = [server('notes', 'notes-mcp'), server('db', 'db-mcp', [flag('plaintext-secret', 60)])];
    const now = report({ servers: [one, risky] });
    expect(told({ now, newServers: [one] })).toEqual([
      'mcp-server-risk 60 MCP server db (npm:db-mcp) in CODEX on Laptop: What plaintext-secret.',
      'new-mcp-server 45 New MCP server notes (npm:notes-mcp) in CODEX on Laptop.',
    ]);
    expect(told({ now, before: [now] })).toEqual([]);
    expect(told({ now: report({ servers: [server('notes', 'other-mcp')] }), before: [now] })).toEqual([
      'new-mcp-server 60 MCP server notes of CODEX on Laptop now runs npm:other-mcp, before npm:notes-mcp.',
    ]);
  });

  it('tells of many at once together', () => {
    const servers = Array.from({ length: 30 }, (_, n) => server(`s${n}`, `p${n}`));
    const all = told({ now: report({ servers }), newServers: servers });
    expect(all).toHaveLength(6);
    expect(all.at(-1)).toContain('25 more MCP servers on Laptop are new or risky');
  });

  it('has one key for the same thing, whoever told of it', () => {
    const now = report({ agents: [agent('codex', [flag('bypass-permissions', 85)])] });
    const keys = (of: DeviceInventory) => alerts({ now: of, standing: 'disallowed' }).map(({ key }) => key);
    expect(keys(now)).toEqual(keys({ ...now, source: 'osquery' }));
    expect(new Set(keys(now)).size).toBe(2);
    expect(keys({ ...now, device: 'tower' })).not.toEqual(keys(now));
  });

  it('tells of a disallowed agent that works, with its call', () => {
    const call = { agent: 'codex', person: 'ann', device: 'laptop', session: 's', id: 'c' };
    expect(alertForCaller(call, 'allowed', 'Codex')).toEqual([]);
    expect(alertForCaller(call, 'disallowed', 'Codex')).toMatchObject([
      { detector: 'unsanctioned-agent', call: 'c', session: 's', key: 'codex|ann|unsanctioned-agent|laptop' },
    ]);
  });

  it('has a runbook for each detector of its own', () => {
    expect(inventoryRunbooks.map(({ id }) => id)).toEqual(['unsanctioned-agent', 'agent-unguarded', 'mcp-server-risk']);
    for (const { runbook } of inventoryRunbooks) expect(runbook.length).toBeGreaterThan(80);
  });
});
