// pi's extension: each call is judged before it runs, everything else is told. `{block: true, reason}` is a refusal that
// the model reads, and so is a throw. Where a person sits in front of it, a verdict that asks is asked. Source:
// dist/core/extensions/types.d.ts of 0.87.1.
import { asJudged, warderFor } from './ask.mjs';

const { tell, verdictOn } = warderFor('pi');
const told = [
  'session_start',
  'session_shutdown',
  'session_before_switch',
  'session_compact',
  'input',
  'message_end',
  'model_select',
  'tool_result',
  'user_bash',
];
/** How long a person may think about a call, in milliseconds. */
const patience = 120_000;

export default function warder(pi) {
  for (const hook of told) {
    pi.on(hook, async (event, ctx) => {
      if (hook === 'message_end' && event?.message?.role !== 'assistant') return;
      await tell(hook, { ...event, type: hook, warder: about(hook, ctx) });
    });
  }
  pi.on('tool_call', async (event, ctx) => {
    const judged = asJudged(event.input);
    const { type, toolName, toolCallId, input } = event;
    const body = { type, toolName, toolCallId, input, warder: about('tool_call', ctx) };
    const { decision, reason } = await verdictOn('tool_call', body);
    if (decision !== 'allow' && !(decision === 'ask' && (await approved(ctx, toolName, reason))))
      return { block: true, reason };
    if (asJudged(event.input) !== judged)
      return { block: true, reason: 'Blocked: what was asked for changed while Warder judged it.' };
  });
}

/** True only when a person said yes. */
async function approved(ctx, tool, reason) {
  return ctx.hasUI === true && (await ctx.ui.confirm(`Warder: run ${tool}?`, reason, { timeout: patience })) === true;
}

const about = (hook, ctx) => ({
  hook,
  cwd: ctx?.cwd,
  session: ctx?.sessionManager?.getSessionId?.(),
});
