import { heldUnits, inside, type Json, list, resultText, text } from './record.ts';

/** What came back, from parts `{Text}` or `{Json}` (first CLI), `{kind, data}` (later ones); bounded. */
export function saidIn(content: unknown): string {
  if (typeof content === 'string') return content.slice(0, heldUnits);
  return list(content).map(partText).join('\n').slice(0, heldUnits);
}

function partText(part: unknown): string {
  const { Text, Json: json, data, text: plain } = inside(part);
  const value = Text ?? json ?? data ?? plain;
  const { stdout, stderr } = inside(value);
  if (typeof stdout !== 'string' && typeof stderr !== 'string') return resultText(value);
  return [text(stdout), text(stderr)].filter((each) => each !== '').join('\n');
}

/** How a call ended, from its parts and what the client says of it. */
export function endingOf(content: unknown, failed: boolean): 'ok' | 'error' | 'refused' | 'interrupted' {
  const start = saidIn(content).slice(0, 300);
  if (
    failed &&
    /^PreToolHook blocked the tool execution|\b(?:denied|rejected|forbidden) by\b|was rejected because/i.test(start)
  )
    return 'refused';
  if (failed && /^Tool use was cancelled|interrupted/i.test(start)) return 'interrupted';
  return failed || list(content).some((part) => badExit(inside(part))) ? 'error' : 'ok';
}

/** `exit status: 1` of a command. */
function badExit({ Json: json, data }: Json): boolean {
  const status = inside(json ?? data).exit_status;
  const code = typeof status === 'number' ? status : Number(/(-?\d+)$/.exec(text(status))?.[1] ?? 0);
  return code !== 0;
}
