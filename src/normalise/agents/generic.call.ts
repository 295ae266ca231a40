import { z } from 'zod';
import type { Action, ToolCall } from '../../core/event.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

const text = z.string();

/** What a call does, in Warder's words, for tools whose names and parameters say too little. */
export const actionSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('shell'), command: text, cwd: text.optional() }),
  z.looseObject({ kind: z.literal('file-read'), path: text }),
  z.looseObject({ kind: z.literal('file-write'), path: text, content: text }),
  z.looseObject({ kind: z.literal('file-edit'), path: text, before: text, after: text }),
  z.looseObject({ kind: z.literal('file-search'), path: text, pattern: text }),
  z.looseObject({ kind: z.literal('web-fetch'), url: text, method: text.default('GET'), body: text.optional() }),
  z.looseObject({ kind: z.literal('web-search'), query: text }),
  z.looseObject({ kind: z.literal('mcp'), server: text, tool: text }),
  z.looseObject({ kind: z.literal('agent'), prompt: text, subagentType: text.optional() }),
]);
type Declared = z.infer<typeof actionSchema>;

/** Only the members that an action has, so that nothing else a client sends travels on. */
function plain(told: Declared): Action {
  switch (told.kind) {
    case 'shell':
      return { kind: 'shell', command: told.command, ...(told.cwd === undefined ? {} : { cwd: told.cwd }) };
    case 'file-read':
      return { kind: 'file-read', path: told.path };
    case 'file-write':
      return { kind: 'file-write', path: told.path, content: told.content };
    case 'file-edit':
      return { kind: 'file-edit', path: told.path, before: told.before, after: told.after };
    case 'file-search':
      return { kind: 'file-search', path: told.path, pattern: told.pattern };
    case 'web-fetch':
      return {
        kind: 'web-fetch',
        url: told.url,
        method: told.method,
        ...(told.body === undefined ? {} : { body: told.body }),
      };
    case 'web-search':
      return { kind: 'web-search', query: told.query };
    case 'mcp':
      return { kind: 'mcp', server: told.server, tool: told.tool };
    case 'agent':
      return {
        kind: 'agent',
        prompt: told.prompt,
        ...(told.subagentType === undefined ? {} : { subagentType: told.subagentType }),
      };
    default:
      return told satisfies never;
  }
}

/** Where each string of the action stands word for word in the input, so that evidence points there. */
function fieldsOf(action: Action, input: unknown): Readonly<Record<string, string>> {
  const members = Object.entries(recordOf(input) ?? {});
  const places = Object.entries(action).flatMap(([name, value]): (readonly [string, string])[] => {
    const at = name === 'kind' ? undefined : members.find(([, held]) => held === value && value !== '')?.[0];
    return at === undefined ? [] : [[name, at]];
  });
  return Object.fromEntries(places);
}

/** A call by its tool's name and the shape of its input, as many agents name theirs; never throws. */
export function genericCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  return shapedCall(tool, input, toolUseId);
}

/** A call whose meaning the client told. */
export function declaredCall(tool: string, input: unknown, toolUseId: string, told: Declared): ToolCall {
  const action = plain(told);
  return { toolUseId, tool, input, action, fields: fieldsOf(action, input) };
}
