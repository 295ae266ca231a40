import type { SseFrame } from '../core/dialect.ts';

/** Four times what is stored, so that masking sees a secret whole that the cut would halve. */
const rawLimit = 64 * 1024;

/** The beginning of a frame as text, for the record of what could not be read. */
export const rawText = (frame: SseFrame): string => new TextDecoder().decode(frame.raw.subarray(0, rawLimit));

/** The frame with other data; every byte around it stays where its data stood in one line. */
export function withData(frame: SseFrame, edited: string): Uint8Array | string {
  const data = frame.data ?? '';
  if (edited === data) return frame.raw;
  const raw = new TextDecoder().decode(frame.raw);
  const at = raw.indexOf(data);
  if (at !== -1) return raw.slice(0, at) + edited + raw.slice(at + data.length);
  // The data came in several lines: the same again in our own framing.
  const event = frame.event === '' ? '' : `event: ${frame.event}\n`;
  return `${event}${edited.replace(/^/gm, 'data: ')}\n\n`;
}
