import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

/** The official client under an agent's name: it answers what a server asks of the model, and of the person if `elicit` is given. */
export function mcpClient(elicit: 'accept' | 'decline' | null): Client {
  const client = new Client(
    { name: 'claude-code', version: '2.1.330' },
    { capabilities: { sampling: {}, ...(elicit ? { elicitation: {} } : {}) } },
  );
  if (elicit) {
    client.setRequestHandler(ElicitRequestSchema, async () => ({
      action: elicit,
      ...(elicit === 'accept' ? { content: { allow: true } } : {}),
    }));
  }
  client.setRequestHandler(CreateMessageRequestSchema, async () => ({
    model: 'm',
    role: 'assistant' as const,
    content: { type: 'text' as const, text: 'the model says hi' },
  }));
  return client;
}

/** The content of a result, as JSON text. */
export const textIn = (result: Awaited<ReturnType<Client['callTool']>>): string => JSON.stringify(result.content);
