import fs from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

/** An MCP server of the official SDK with a handful of tools. `ran` hears of every tool that really runs. */
export function notesServer(
  ran: (tool: string, input: unknown, meta?: unknown) => void,
  description = 'Adds a note.',
): McpServer {
  const server = new McpServer(
    { name: 'notes', version: '1.0.0' },
    { instructions: 'Notes are short.', capabilities: { logging: {} } },
  );
  const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });
  server.registerTool('add_note', { description, inputSchema: { text: z.string() } }, async (input, { _meta }) => {
    ran('add_note', input, _meta);
    return text(`kept: ${input.text}`);
  });
  server.registerTool(
    'run_command',
    { description: 'Runs a command.', inputSchema: { command: z.string() }, outputSchema: { said: z.string() } },
    async (input) => {
      ran('run_command', input);
      return { ...text('ran'), structuredContent: { said: 'ran' } };
    },
  );
  server.registerTool('forbidden_tool', { description: 'Nobody may.', inputSchema: {} }, async () => {
    ran('forbidden_tool', {});
    return text('done');
  });
  server.registerTool('asked_tool', { description: 'Needs a person.', inputSchema: {} }, async () => {
    ran('asked_tool', {});
    return text('done');
  });
  server.registerTool(
    'wants_form',
    { description: 'Asks the person.', inputSchema: { what: z.string() } },
    async ({ what }) => {
      const answer = await server.server.elicitInput({
        message: `Please give your ${what}.`,
        requestedSchema: { type: 'object', properties: { [what]: { type: 'string' } } },
      });
      return text(`person: ${answer.action}`);
    },
  );
  server.registerTool(
    'wants_model',
    { description: 'Asks the model.', inputSchema: { prompt: z.string() } },
    async ({ prompt }) => {
      try {
        const answer = await server.server.createMessage({
          messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
          maxTokens: 10,
        });
        return text(`model: ${JSON.stringify(answer.content)}`);
      } catch (error) {
        return text(`model: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  );
  server.registerResource('file', 'file:///notes/today.txt', { description: 'Today' }, async (uri) => ({
    contents: [{ uri: uri.href, text: 'buy milk' }],
  }));
  server.registerPrompt('greet', { description: 'Greets', argsSchema: { name: z.string() } }, ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Say hello to ${name}` } }],
  }));
  return server;
}

/** As a program: a stdio server that writes what ran to the file in MCP_RAN. */
if (process.argv[1] === import.meta.filename) {
  const { MCP_RAN, MCP_DESCRIPTION } = process.env;
  const server = notesServer((tool, input, meta) => {
    if (MCP_RAN) fs.appendFileSync(MCP_RAN, `${JSON.stringify({ tool, input, meta })}\n`);
  }, MCP_DESCRIPTION);
  await server.connect(new StdioServerTransport());
}
