import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type McpHome, startMcpHome } from './harness/mcp-home.ts';
import { type HttpNotes, startHttpNotes } from './harness/mcp-http.ts';

// A call at an MCP server that waits for a person at the console.

let notes: HttpNotes;
let home: McpHome;

beforeAll(async () => {
  notes = await startHttpNotes({ stateless: true, json: true });
  home = await startMcpHome('enforce', {
    mcp: { notes: { url: notes.url } },
    approvals: { waitSeconds: 20, fallback: 'deny' },
  });
});
afterAll(async () => {
  await home.remove();
  await notes.close();
});

async function call(id: number): Promise<string> {
  const response = await fetch(`${home.url}/mcp/notes`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'x-warder-token': home.token,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'asked_tool', arguments: {} } }),
  });
  return response.text();
}

async function decide(decision: 'approve' | 'deny'): Promise<void> {
  const waiting = await eventually(
    async () => (await home.api<{ items: { id: string; tool: string }[] }>('approvals')).items[0],
  );
  expect(waiting.tool).toBe('mcp__notes__asked_tool');
  const response = await fetch(`${home.url}/api/v1/approvals/${waiting.id}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${home.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ decision, note: 'as agreed' }),
  });
  expect(response.status).toBe(200);
}

describe('a call that needs a person, at an MCP server', () => {
  it('waits at the console and runs after a yes, not after a no', async () => {
    const [yes] = await Promise.all([call(1), decide('approve')]);
    expect(yes).toContain('done');
    const [no] = await Promise.all([call(2), decide('deny')]);
    expect(no).toContain('said no: as agreed');
    expect(notes.ran).toEqual(['asked_tool']);
    const record = await eventually(async () =>
      (await home.calls()).find(({ phases }) => phases.some(({ verdict }) => verdict?.approval?.how === 'approved')),
    );
    expect(record.tool).toBe('mcp__notes__asked_tool');
  });
});
