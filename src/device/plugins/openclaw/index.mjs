// OpenClaw's plugin: each call is judged before it runs, everything else is told. `{block: true, blockReason}` is a
// refusal that the model reads; a throw, or 15 s without an answer, is one too. A verdict that asks becomes the agent's
// own question to its owner. Source: docs/plugins/hooks of 2026.9.6.
import { tell, verdictOn } from '../ask.mjs';

const agent = 'openclaw';
const told = [
  'session_start',
  'session_end',
  'before_reset',
  'after_compaction',
  'subagent_spawned',
  'subagent_ended',
  'message_received',
  'llm_input',
  'llm_output',
  'after_tool_call',
];
/** Bounds of the agent's own question, in UTF-16 code units. */
const longestQuestion = 500;

export default {
  id: 'warder',
  name: 'Warder',
  description: 'Every tool call is judged by Warder before it runs.',
  register(api) {
    const about = (hook, ctx) => ({
      hook,
      cwd: ctx?.workspaceDir ?? api.config?.agents?.defaults?.workspace,
      version: api.runtime?.version,
    });
    for (const hook of told)
      api.on(hook, (event, ctx) =>
        tell(agent, hook, { event: lean(hook, event), ctx: plain(ctx), warder: about(hook, ctx) }),
      );
    api.on('before_tool_call', async (event, ctx) => {
      const hook = 'before_tool_call';
      const { decision, reason } = await verdictOn(agent, hook, { event, ctx: plain(ctx), warder: about(hook, ctx) });
      if (decision === 'allow') return undefined;
      if (decision === 'deny') return { block: true, blockReason: reason };
      return {
        requireApproval: {
          title: `Warder: run ${event.toolName}?`.slice(0, 80),
          description: reason.slice(0, longestQuestion),
          severity: 'critical',
          allowedDecisions: ['allow-once', 'deny'],
          timeoutBehavior: 'deny',
        },
      };
    });
  },
};

/** A prompt and an answer come with the whole conversation; only their own words are told. */
function lean(hook, event) {
  if (hook !== 'llm_input' && hook !== 'llm_output') return event;
  const { runId, sessionId, provider, model, prompt, assistantTexts } = event ?? {};
  return { runId, sessionId, provider, model, prompt, assistantTexts };
}

/** The context holds signals and handles, which JSON cannot say. */
function plain(ctx) {
  const { agentId, sessionKey, sessionId, runId, toolCallId, toolKind, toolInputKind, requester } = ctx ?? {};
  return { agentId, sessionKey, sessionId, runId, toolCallId, toolKind, toolInputKind, requester };
}
