// OpenClaw's plugin: each call is judged before it runs, everything else is told. `{block: true, blockReason}` is a
// refusal that the model reads; a throw, or 15 s without an answer, is one without words. A verdict that asks becomes the
// agent's own question to its owner. OpenClaw runs a copy of this folder, so its settings name the device client's.
// Source: docs/plugins/hooks of 2026.9.6.
import { warderFor } from './ask.mjs';

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
    const { tell, verdictOn } = warderFor('openclaw', api.pluginConfig?.device);
    const about = (hook, ctx) => ({
      hook,
      cwd: ctx?.workspaceDir ?? api.config?.agents?.defaults?.workspace,
      version: api.runtime?.version,
    });
    const body = (hook, event, ctx) => ({ event, ctx: plain(ctx), warder: about(hook, ctx) });
    for (const hook of told) api.on(hook, (event, ctx) => tell(hook, body(hook, lean(hook, event), ctx)));
    api.on('before_tool_call', async (event, ctx) => {
      try {
        const { decision, reason } = await verdictOn('before_tool_call', body('before_tool_call', event, ctx));
        if (decision === 'allow') return undefined;
        return decision === 'ask' ? question(event, reason) : { block: true, blockReason: reason };
      } catch (error) {
        return { block: true, blockReason: error.message };
      }
    });
  },
};

const question = ({ toolName }, reason) => ({
  requireApproval: {
    title: `Warder: run ${toolName}?`.slice(0, 80),
    description: reason.slice(0, longestQuestion),
    severity: 'critical',
    allowedDecisions: ['allow-once', 'deny'],
    timeoutBehavior: 'deny',
  },
});

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
