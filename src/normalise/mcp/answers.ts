import type { McpVerdict } from '../../core/mcp.ts';
import type { McpMessage } from './message.ts';

/** JSON-RPC's own code for a message that is none, and two of MCP's for a request that was turned down. */
const invalidRequest = -32_600;
const refusedByPerson = -1;
const refusedHere = -32_003;

/** An error response; `idText` `''` where the request cannot be named. */
export function errorAnswer(idText: string, message: string, code = invalidRequest): string {
  return `{"jsonrpc":"2.0","id":${idText === '' ? 'null' : idText},"error":{"code":${code},"message":${JSON.stringify(`Warder: ${message}`)}}}`;
}

/**
 * What the sender of a refused request gets, in the form that its method has for a "no": a tool's result that is an error,
 * which the model reads; a declined elicitation; else an error. Source: MCP 2025-06-18, "Tools: error handling",
 * "Elicitation: response actions", "Sampling: error handling".
 */
export function refusalAnswer({ method, idText }: McpMessage, text: string): string {
  if (method === 'tools/call')
    return `{"jsonrpc":"2.0","id":${idText},"result":{"content":[{"type":"text","text":${JSON.stringify(text)}}],"isError":true}}`;
  if (method === 'elicitation/create') return `{"jsonrpc":"2.0","id":${idText},"result":{"action":"decline"}}`;
  return errorAnswer(idText, text, method === 'sampling/createMessage' ? refusedByPerson : refusedHere);
}

/** What the model, or the server, reads instead of a call that did not run. */
export function refusalText(what: string, { effective, why, rules }: Omit<McpVerdict, 'askMs'>): string {
  const named = shown(what);
  const reason = `Why: ${sentence(why)}${rules.length === 0 ? '' : ` Decided by ${rules.length === 1 ? 'rule' : 'rules'} ${rules.join(', ')}.`}`;
  return effective === 'ask'
    ? `[Warder] ${named} needs a person's approval and did not run. ${reason} Nobody could be asked from here, or nobody said yes: tell the person what you want to run and why, or go on without it.`
    : `[Warder] ${named} was refused and did not run. ${reason} Do not look for another way to the same effect. Take a safer step, go on without it, or ask the person you work for.`;
}

/** Asks the person behind the client. Source: MCP 2025-06-18, "Elicitation". */
export function approvalQuestion(id: string, what: string, why: string): string {
  const message = `Warder: may ${shown(what)} run? ${sentence(why)}`;
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'elicitation/create',
    params: {
      message,
      requestedSchema: {
        type: 'object',
        properties: { allow: { type: 'boolean', title: 'Let it run this once', default: false } },
        required: ['allow'],
      },
    },
  });
}

/** True for a person's yes. */
export function saidYes({ result }: McpMessage): boolean {
  const { action, content } = result ?? {};
  return (
    action === 'accept' && typeof content === 'object' && content !== null && Reflect.get(content, 'allow') === true
  );
}

const shown = (what: string): string => what.replace(/[^\x21-\x7e]/g, '?').slice(0, 200) || 'A call without a name';
const sentence = (why: string): string => (/[.!?]$/.test(why) ? why : `${why}.`);
