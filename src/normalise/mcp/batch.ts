import type { McpPassage } from '../../core/mcp.ts';
import type { McpMessage } from './message.ts';

/** A batch goes on with what may; as it came when that is all of it. */
export async function passEach(
  text: string,
  messages: readonly McpMessage[],
  pass: (message: McpMessage) => McpPassage | Promise<McpPassage>,
): Promise<McpPassage> {
  const passages: McpPassage[] = [];
  for (const message of messages) passages.push(await pass(message));
  const parts = messages.map(({ span }) => text.slice(span.start, span.end));
  const back = passages.flatMap((passage) => passage.back);
  if (passages.every(({ forward }, at) => forward === text || forward === parts[at])) return { forward: text, back };
  const kept = passages.flatMap(({ forward }, at) => (forward === text ? (parts[at] ?? []) : (forward ?? [])));
  return { forward: kept.length === 0 ? null : `[${kept.join(',')}]`, back };
}
