import { describe, expect, it } from 'vitest';
import { classifyTool } from './mcp-class.ts';
import { readToolOverrides } from './mcp-overrides.ts';
import { knownServer, knownServers, toolEntry } from './mcp-servers.ts';

const verb = (name: string, server = 'acme') => classifyTool({ server, name }).verb;
const acts = (name: string) => {
  const { acts } = classifyTool({ server: 'acme', name });
  return acts === null ? null : `${acts.verb} ${acts.kind}`;
};
const flags = (name: string, server = 'acme') => [...classifyTool({ server, name }).flags].sort();

describe('a tool nobody knows', () => {
  it.each([
    ['list_issues', 'read'],
    ['getFile', 'read'],
    ['search_sent_messages', 'read'],
    ['resolve-library-id', 'read'],
    ['create_issue', 'write'],
    ['sendMessage', 'send'],
    ['GMAIL_SEND_EMAIL', 'send'],
    ['add_comment', 'write'],
    ['delete_repo', 'delete'],
    ['execute_sql', 'execute'],
    ['browser_click', 'execute'],
    ['unlockDoor', 'grant'],
    ['AcmeBankPayBill', 'send'],
    ['get_message_history', 'read'],
    ['order_history', 'read'],
    ['resolve_incident', 'write'],
    ['channel_message', 'send'],
    ['invite_member', 'grant'],
    ['add_user_to_group', 'grant'],
    ['SmartLockUnlockDoor', 'grant'],
    ['BrokerOpenAccount', 'write'],
    ['system_logs_deletion', 'delete'],
    ['data_tampering', 'write'],
    ['transfer_to_human', 'send'],
    ['frobnicate', 'unknown'],
    ['like_photo', 'write'],
    ['find_and_remove', 'delete'],
    ['get_or_create', 'write'],
    ['make_refund', 'send'],
    ['bulk_delete', 'delete'],
    ['move_to_trash', 'delete'],
    ['factory_reset', 'delete'],
    ['login_as_user', 'impersonate'],
    ['publish_public_link', 'send'],
    ['plan', 'read'],
    ['check_in', 'write'],
    ['open_garage', 'write'],
    ['open_page', 'read'],
    ['report_history', 'read'],
  ])('%s is told by its name: %s', (tool, expected) => expect(verb(tool)).toBe(expected));

  it.each([
    ['transfer_money', 'send account'],
    ['schedule_payment', 'send account'],
    ['update_invoice', 'write account'],
    ['buy_ticket', 'send account'],
    ['transfer_to_human', null],
    ['get_payments', null],
    ['change_password', 'configure user'],
    ['assign_role', 'grant user'],
    ['remove_member', 'write user'],
    ['delete_user', 'delete user'],
    ['modify_pending_order', null],
    ['count_tokens', null],
    ['get_api_key', 'read secret'],
    ['drop_table', 'delete table'],
    ['delete_bucket', 'delete cloud-resource'],
    ['delete_repository', 'delete repository'],
    ['get_secret', 'read secret'],
    ['delete_comment', null],
    ['disable_two_factor_totp', 'configure user'],
    ['turn_off_logging', 'configure service'],
    ['create_deploy_key', 'grant secret'],
    ['make_bucket_public', 'grant cloud-resource'],
    ['open_firewall_port', 'grant cloud-resource'],
    ['top_up_card', 'send account'],
    ['move_funds', 'send account'],
    ['enable_plugin', 'install package'],
    ['set_forwarding_address', 'send user'],
    ['get_firewall_rules', null],
    ['list_public_buckets', null],
    ['list_users', null],
  ])('%s acts on: %s', (tool, expected) => expect(acts(tool)).toBe(expected));

  it('brings in what others wrote, or what is private, as its name says', () => {
    expect(flags('read_inbox')).toEqual(['sensitive', 'untrusted']);
    expect(flags('get_webpage')).toEqual(['untrusted']);
    expect(flags('get_balance')).toEqual(['sensitive']);
    expect(flags('get_version')).toEqual([]);
    expect(flags('send_email')).toEqual([]);
  });

  it('is told by its description when its name says nothing', () => {
    const description = 'Deletes all pages of a space. Cannot be undone.';
    expect(classifyTool({ server: 'acme', name: 'frobnicate', description })).toMatchObject({
      verb: 'delete',
      from: 'description',
    });
    const other = 'Returns the number of pages';
    expect(classifyTool({ server: 'acme', name: 'frobnicate', description: other }).verb).toBe('read');
  });
});

describe('what a server says of a tool', () => {
  it('raises a name that only looks', () => {
    const said = (description: string) => classifyTool({ server: 'acme', name: 'check_stale', description }).verb;
    expect(said('Deletes sessions that nobody uses.')).toBe('delete');
    expect(said('Sends a report to the owner.')).toBe('send');
    expect(said('Returns sessions that nobody uses.')).toBe('read');
  });

  it('by its parameters tells where money goes, who hears of it and what runs', () => {
    const takes = (name: string, ...parameters: string[]) => classifyTool({ server: 'acme', name, parameters });
    expect(takes('settle', 'amount', 'to_account')).toMatchObject({ acts: { verb: 'send', kind: 'account' } });
    expect(takes('frobnicate', 'recipient', 'body')).toMatchObject({ verb: 'send', from: 'parameters' });
    expect(takes('frobnicate', 'script')).toMatchObject({ verb: 'execute', from: 'parameters' });
    expect(takes('get_quote', 'amount', 'iban').acts).toBeNull();
  });
});

describe('hints of a server', () => {
  it('count where nothing else says anything', () => {
    const tool = { server: 'acme', name: 'frobnicate' };
    expect(classifyTool({ ...tool, annotations: { readOnlyHint: true } }).verb).toBe('unknown');
    expect(classifyTool({ ...tool, annotations: { destructiveHint: true } }).verb).toBe('delete');
  });

  it('never make a tool milder than its name', () => {
    const hints = { readOnlyHint: true, destructiveHint: false, openWorldHint: false };
    expect(classifyTool({ server: 'acme', name: 'delete_all', annotations: hints }).verb).toBe('delete');
    expect(classifyTool({ server: 'acme', name: 'read_inbox', annotations: hints }).flags).toContain('untrusted');
  });

  it('make a tool milder only where name and description allow it', () => {
    const annotations = { readOnlyHint: true };
    const said = (name: string, description: string) =>
      classifyTool({ server: 'acme', name, description, annotations });
    expect(said('run_report', 'Returns the rows of a report').verb).toBe('read');
    expect(said('run_report', 'Rebuilds the warehouse').verb).toBe('execute');
    expect(said('purge_report', 'Returns the rows of a report').verb).toBe('delete');
  });

  it('may make it worse', () => {
    const annotations = { readOnlyHint: false, destructiveHint: true };
    expect(classifyTool({ server: 'acme', name: 'sync_check', annotations }).verb).toBe('write');
    expect(classifyTool({ server: 'acme', name: 'delete_page', annotations }).flags).toContain('irreversible');
  });
});

describe('a well-known server', () => {
  it.each([
    ['github', 'github'],
    ['github-work', 'github'],
    ['plugin_acme_context7', 'context7'],
    ['claude_ai_Google_Drive', 'google-drive'],
    ['mcp-atlassian', 'atlassian'],
    ['linear-server', 'linear'],
    ['chrome-devtools', 'playwright'],
    ['filesystem', 'filesystem'],
    ['my-filesystem', 'filesystem'],
    ['git-helper', undefined],
    ['time-tracker', undefined],
    ['acme', undefined],
  ])('is known by its name: %s → %s', (name, id) => expect(knownServer(name)?.id).toBe(id));

  it.each([
    ['github', 'push_files', 'send'],
    ['github', 'add_issue_comment', 'send'],
    ['github', 'issue_read', 'read'],
    ['playwright', 'browser_navigate', 'receive'],
    ['slack', 'conversations_add_message', 'send'],
    ['mongodb', 'drop-database', 'delete'],
    ['redis', 'flushall', 'delete'],
    ['notion', 'API-post-page', 'write'],
    ['git', 'git_reset', 'delete'],
    ['sequential-thinking', 'sequentialthinking', 'read'],
    ['snyk', 'snyk_trust', 'grant'],
    ['stripe', 'create_refund', 'send'],
  ])('%s/%s says %s', (server, tool, expected) => expect(verb(tool, server)).toBe(expected));

  it('tells where it works and what reading brings', () => {
    expect(classifyTool({ server: 'filesystem', name: 'read_text_file' }).zone).toBe('this-host');
    expect(classifyTool({ server: 'gmail', name: 'list_labels' }).flags).toEqual(['untrusted', 'sensitive']);
    expect(classifyTool({ server: 'postgres-production', name: 'list_schemas' }).zone).toBe('production');
    expect(classifyTool({ server: 'linear', name: 'list_teams' }).flags).toEqual([]);
  });

  it('stands in the table in our vocabulary, each spelling once', () => {
    for (const server of knownServers) expect(() => toolEntry(server, 'none'), server.id).not.toThrow();
    const owners = new Map<string, string>();
    for (const { id, named } of knownServers) {
      for (const name of named.split(',').map((spelling) => spelling.replace(/\s+/g, ''))) {
        expect(owners.get(name) ?? id, name).toBe(id);
        owners.set(name, id);
      }
    }
    expect(new Set(knownServers.map(({ id }) => id)).size).toBe(knownServers.length);
  });
});

describe("the user's word", () => {
  it('overrides what we think, member by member, the last one first', () => {
    const overrides = [
      {
        server: 'acme',
        tool: 'send_*',
        effects: [{ verb: 'read' as const, zone: 'this-host' as const }],
        reason: 'ours',
      },
      { server: 'acme', untrusted: true, reason: 'holds mails' },
    ];
    expect(classifyTool({ server: 'acme', name: 'send_note' }, overrides)).toMatchObject({
      verb: 'read',
      zone: 'this-host',
      flags: ['untrusted'],
      from: 'user',
    });
    expect(classifyTool({ server: 'other', name: 'send_mail' }, overrides)).toMatchObject({
      verb: 'send',
      from: 'name',
    });
  });

  it('may name what the tool does beyond itself', () => {
    const overrides = [
      {
        server: 'ledger',
        tool: 'settle',
        effects: [{ verb: 'send' as const, kind: 'account' as const, flags: ['irreversible' as const] }],
        reason: 'pays suppliers',
      },
    ];
    expect(classifyTool({ server: 'ledger', name: 'settle' }, overrides)).toMatchObject({
      verb: 'send',
      more: [{ verb: 'send', kind: 'account', zone: 'other-host', flags: ['irreversible'] }],
    });
  });

  it('is read with every mistake named', () => {
    const mistakes = (value: unknown) => {
      const read = readToolOverrides(value);
      return read.ok ? '' : read.error.detail;
    };
    expect(mistakes({})).toMatch(/a list is expected/);
    expect(mistakes([{ tool: 'x', effects: [{ verb: 'explode' }], reason: 'y' }])).toMatch(
      /tools\[0\]\.effects\[0\]\.verb: "explode" is unknown; known are read, write/,
    );
    expect(
      mistakes([{ effects: [{ verb: 'read' }] }, { tool: 'x', efects: [], reason: 'y' }, 'z']).split('\n'),
    ).toEqual([
      expect.stringMatching(/^tools\[0\]: name a server, a tool or both/),
      expect.stringMatching(/^tools\[0\]\.reason: is missing/),
      expect.stringMatching(/^tools\[1\]\.efects: unknown; known are server, tool/),
      expect.stringMatching(/^tools\[1\]\.effects: is missing/),
      'tools[2]: an object is expected',
      expect.stringMatching(/^tools\[2\]: name a server/),
      expect.stringMatching(/^tools\[2\]\.effects: is missing/),
      expect.stringMatching(/^tools\[2\]\.reason: is missing/),
    ]);
    expect(readToolOverrides([{ tool: 'mcp__ledger__settle', effects: [{ verb: 'send' }], reason: 'pays' }])).toEqual({
      ok: true,
      value: [{ server: 'ledger', tool: 'settle', effects: [{ verb: 'send' }], reason: 'pays' }],
    });
  });
});
