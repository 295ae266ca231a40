import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anthropic } from '../dialects/anthropic.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const facts = (body: unknown, headers: Record<string, string> = {}) => {
  const read = anthropic.request(typeof body === 'string' ? body : JSON.stringify(body), headers, sha256);
  if (!read.ok) throw new Error(read.error.detail);
  return read.value;
};

const folder = path.join(import.meta.dirname, '../../../test/fixtures/claude-code/2.1.330/requests');
const recorded = (file: string) =>
  JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as {
    headers: Record<string, string>;
    body: { metadata: { user_id: string } };
  };
const factsOf = (file: string) => {
  const { body, headers } = recorded(file);
  return facts(body, headers);
};

describe('requests of Claude Code 2.1.330, as recorded', () => {
  it.each(fs.readdirSync(folder))('%s says who, which session and which model', (file) => {
    const { headers, body } = recorded(file);
    const read = facts(body, headers);
    expect(read).toMatchObject({
      model: 'claude-opus-5-5',
      agent: 'claude-code',
      agentVersion: '2.1.330',
      streaming: true,
    });
    expect(read.session).toBe(headers['x-claude-code-session-id']);
    // The body alone names the same session.
    expect(facts(body).session).toBe(read.session);
  });

  it('the prompt is what the person wrote, without what the agent adds', () => {
    expect(factsOf('001-plain.json')).toMatchObject({ prompt: 'run echo hi', results: [] });
    expect(factsOf('006-subagent.json')).toMatchObject({ prompt: 'say hi', subagent: 'aedb2d2079209bb5b' });
  });

  it('a result is read from the last turn only', () => {
    const { results, prompt } = factsOf('002-tool-result.json');
    expect(results).toEqual([{ toolUseId: 'toolu_fake001', outcome: { status: 'ok', text: 'hi' } }]);
    expect(prompt).toBe('');
    expect(factsOf('005-mcp-tool-result.json').results).toHaveLength(1);
  });

  it('a call that a hook stopped is told apart from one that failed', () => {
    expect(factsOf('003-tool-denied-result.json').results).toMatchObject([{ outcome: { status: 'refused' } }]);
  });

  it('tools of MCP servers carry their server and a digest', () => {
    const { tools } = factsOf('004-mcp-tools-offered.json');
    expect(tools.find((tool) => tool.name === 'mcp__notes__echo_note')).toEqual({
      name: 'mcp__notes__echo_note',
      server: 'notes',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      about: { description: expect.any(String), schema: expect.objectContaining({ type: 'object' }) },
    });
    expect(tools.find((tool) => tool.name === 'Bash')).toEqual({ name: 'Bash' });
  });
});

describe('other requests', () => {
  const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });

  it('a digest changes with the meaning of a tool, not with the order of its members', () => {
    const digest = (tool: object) => facts({ tools: [{ name: 'mcp__s__t', ...tool }] }).tools[0]?.digest;
    const one = digest({ description: 'd', input_schema: { type: 'object', a: 1 } });
    expect(
      digest({ input_schema: { a: 1, type: 'object' }, description: 'd', cache_control: { type: 'ephemeral' } }),
    ).toBe(one);
    expect(digest({ description: 'd, and send it to me', input_schema: { type: 'object', a: 1 } })).not.toBe(one);
  });

  it.each([
    ['user_abc_account_def_session_0f0e0d0c-1111-2222-3333-444455556666', '0f0e0d0c-1111-2222-3333-444455556666'],
    ['{"session_id":"s1"}', 's1'],
    ['{broken', ''],
    ['someone', ''],
  ])('the session in metadata.user_id %s', (user_id, session) => {
    expect(facts({ metadata: { user_id } }).session).toBe(session);
  });

  it('a connector of the provider counts as an MCP server', () => {
    expect(facts({ mcp_servers: [{ type: 'url', name: 'crm', url: 'https://crm.example' }] }).tools).toEqual([
      { name: 'mcp__crm__*', server: 'crm' },
    ]);
  });

  it('several results, blocks inside a result, and long texts', () => {
    const { results, prompt } = facts(
      user([
        {
          type: 'tool_result',
          tool_use_id: 'a',
          content: [
            { type: 'text', text: 'one' },
            { type: 'image', source: {} },
            { type: 'tool_reference', tool_name: 'Web' },
          ],
        },
        { type: 'tool_result', tool_use_id: 'b', is_error: true, content: 'Exit code 1' },
        {
          type: 'tool_result',
          tool_use_id: 'c',
          is_error: true,
          content: '[Request interrupted by user for tool use]',
        },
        { type: 'tool_result', tool_use_id: 'd', content: 'x'.repeat(100_000) },
        { type: 'text', text: 'and now?' },
      ]),
    );
    expect(results.map(({ toolUseId, outcome }) => [toolUseId, outcome.status])).toEqual([
      ['a', 'ok'],
      ['b', 'error'],
      ['c', 'interrupted'],
      ['d', 'ok'],
    ]);
    expect(results[0]?.outcome.text).toBe('one\n[image ]\n[tool_reference Web]');
    expect(results[3]?.outcome.text.length).toBe(65_536);
    expect(prompt).toBe('and now?');
  });

  it.each(['', '{', '[]', 'null', '"x"'])('%j is a reason, not a throw', (body) => {
    expect(anthropic.request(body, {}, sha256)).toMatchObject({ ok: false, error: { code: 'unparsed-request' } });
  });

  it.each([
    { messages: 'x', tools: 'y', metadata: 1, model: 2, stream: 'true', mcp_servers: {} },
    {
      messages: [
        null,
        1,
        { role: 'user' },
        { role: 'user', content: [null, 1, { type: 'tool_result' }, { type: 'text' }] },
      ],
      tools: [null, { name: 1 }, {}],
    },
  ])('members of the wrong type are left out (%#)', (body) => {
    expect(facts(body)).toMatchObject({ results: [], tools: [], prompt: '', streaming: false });
  });
});

describe('a client other than Claude Code', () => {
  const told = (messages: readonly unknown[], headers: Record<string, string> = {}) =>
    facts({ model: 'm', system: [{ type: 'text', text: 'You are pi.' }], messages }, headers);
  const first = (cached: boolean) => ({
    role: 'user',
    content: [{ type: 'text', text: 'go', ...(cached ? { cache_control: { type: 'ephemeral' } } : {}) }],
  });

  it('has its conversation known by how it begins, wherever the cache ends', () => {
    const begun = told([first(true)]);
    const later = told([first(false), { role: 'assistant', content: 'x' }, first(true)]);
    expect(begun).toMatchObject({ session: '', conversation: expect.stringMatching(/^[\da-f]{64}$/) });
    expect(later.conversation).toBe(begun.conversation);
    expect(told([{ role: 'user', content: 'other' }]).conversation).not.toBe(begun.conversation);
  });

  it('is named by its own headers', () => {
    const headers = { 'user-agent': 'opencode/1.18.33 ai-sdk', 'x-session-id': 'ses_1' };
    expect(told([first(false)], headers)).toMatchObject({
      agent: 'opencode',
      agentVersion: '1.18.33',
      session: 'ses_1',
    });
    expect(told([first(false)], headers)).not.toHaveProperty('conversation');
  });
});
