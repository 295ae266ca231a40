import { describe, expect, it } from 'vitest';
import { classifyTool } from './mcp-class.ts';
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

describe('hints of a server', () => {
  it('count where nothing else says anything', () => {
    const tool = { server: 'acme', name: 'frobnicate' };
    expect(classifyTool({ ...tool, annotations: { readOnlyHint: true } })).toMatchObject({
      verb: 'read',
      from: 'hint',
    });
    expect(classifyTool({ ...tool, annotations: { destructiveHint: true } }).verb).toBe('delete');
  });

  it('never make a tool milder than its name', () => {
    const hints = { readOnlyHint: true, destructiveHint: false, openWorldHint: false };
    expect(classifyTool({ server: 'acme', name: 'delete_all', annotations: hints }).verb).toBe('delete');
    expect(classifyTool({ server: 'acme', name: 'read_inbox', annotations: hints }).flags).toContain('untrusted');
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
      { server: 'acme', tool: 'send_*', verb: 'read' as const },
      { server: 'acme', untrusted: true },
      { tool: 'send_note', zone: 'this-host' as const },
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
});
