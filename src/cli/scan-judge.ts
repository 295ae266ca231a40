import type { Meaning, SecretHit } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import type { Score, SessionMemory } from '../core/verdict.ts';
import { claudeCode } from '../normalise/agents/claude-code.ts';
import { type Remembering, remembering } from '../pipeline/memory.ts';
import { detectors, families } from '../plugs.ts';
import { createScore } from '../score/score.ts';
import { maskText } from '../understand/secrets.ts';
import { createUnderstand } from '../understand/understand.ts';

/** The stages a scan needs, wired: the same ones a live call goes through. */
export interface ScanJudge {
  call(tool: string, input: unknown, toolUseId: string): ToolCall;
  understand(call: ToolCall, place: Place): Meaning;
  score(call: ToolCall, meaning: Meaning, place: Place, session: SessionMemory, callId: string, at: string): Score;
  readonly memory: Remembering;
  mask(text: string): { readonly text: string; readonly hits: readonly SecretHit[] };
}

/** Nothing is known of the MCP servers before a first import, so none counts as new. */
export function createScanJudge(): ScanJudge {
  const understand = createUnderstand(families);
  const score = createScore(detectors);
  return {
    call: (tool, input, toolUseId) => claudeCode.call(tool, input, toolUseId),
    understand,
    score: (call, meaning, place, session, callId, at) =>
      score({
        action: call.action,
        tool: call.tool,
        meaning,
        place,
        session,
        callId,
        knownMcpServers: null,
        ...(at === '' ? {} : { at }),
      }),
    memory: remembering,
    mask: (text) => maskText(text),
  };
}
