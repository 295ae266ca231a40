import { z } from 'zod';
import type { ToolCall } from '../../core/event.ts';
import { some } from '../filled.ts';

const editsSchema = z.looseObject({
  path: z.string(),
  edits: some(z.looseObject({ oldText: z.string(), newText: z.string() })),
});

/** Several edits of one file at once, `{path, edits: [{oldText, newText}]}`; null for another shape. Only a single edit can be pointed into. */
export function editsCall(tool: string, input: unknown, toolUseId: string): ToolCall | null {
  const parsed = editsSchema.safeParse(input);
  if (!parsed.success) return null;
  const { path, edits } = parsed.data;
  const joined = (member: 'oldText' | 'newText') => edits.map((edit) => edit[member]).join('\n');
  return {
    toolUseId,
    tool,
    input,
    action: { kind: 'file-edit', path, before: joined('oldText'), after: joined('newText') },
    fields: {
      path: 'path',
      ...(edits.length === 1 ? { before: 'edits/0/oldText', after: 'edits/0/newText' } : {}),
    },
  };
}
