import type { TelemetryItem, TelemetryRecord } from '../../core/telemetry.ts';
import { inputOf, inside, resultText, text } from '../transcripts/record.ts';
import { inputIn, isSaid, numberIn, outcomeOf, promptOf, said, type TelemetryForm } from './record.ts';

/** Events of Gemini CLI and of Qwen Code, which grew out of it. Source: recorded with Gemini CLI 0.61.0, Qwen Code 0.24.4. */
function styled(prefix: string, form: Pick<TelemetryForm, 'agent' | 'service' | 'version'>): TelemetryForm {
  return {
    ...form,
    session: (record) =>
      said(record, 'session.id') || said(record, 'gen_ai.conversation.id') || text(record.resource['session.id']),
    items: (record) =>
      record.signal === 'span'
        ? spanItems(record)
        : logItems(record, record.name.replace(new RegExp(`^${prefix}\\.`), '')),
  };
}

export const geminiTelemetry = styled('gemini_cli', {
  agent: 'gemini-cli',
  service: /^gemini-cli$/,
  // Its `service.version` is Node's.
  version: () => '',
});
export const qwenTelemetry = styled('qwen-code', { agent: 'qwen-code', service: /^qwen-code$/ });

/** Events that tell of no call: they name what the client did with models, files and settings. */
const quiet =
  /^(?:session\.(?:start|end)|config|auth|api_(?:request|response|error|retry|cancel)|gen_ai\.|model_routing|model_slash_command|file_operation|edit_(?:strategy|correction)|next_speaker_check|loop_detect|chat_compression|invalid_chunk|content_retry|slash_command|ripgrep_fallback|flash_fallback|tool_output_truncated|conversation_finished|approval_mode|plan\.|memory\.|web_fetch_fallback_attempt|startup|extension_|agent\.|recovery_attempt|malformed_json_response|ide_connection|kitty|subagent_execution|skill_launch|user_feedback|keychain|token_storage|onboarding|overage|network_retry|llm_loop|experiment|speculation|prompt_suggestion|arena|performance|api_response_|rewind|hook_event)/;

function logItems(record: TelemetryRecord, name: string): readonly TelemetryItem[] | null {
  switch (name) {
    case 'user_prompt':
      return promptOf(said(record, 'prompt'));
    case 'tool_call':
      return toolCall(record);
    case 'hook_call':
      return hookNotice(record);
    default:
      return quiet.test(name) ? [] : null;
  }
}

function toolCall(record: TelemetryRecord): readonly TelemetryItem[] {
  const toolUseId = said(record, 'call_id');
  const why = said(record, 'error');
  return [
    { kind: 'call', toolUseId, tool: said(record, 'function_name'), input: inputIn(record, 'function_args') },
    { kind: 'result', toolUseId, outcome: outcomeOf(record, statusOf(record, why), why) },
  ];
}

function statusOf(record: TelemetryRecord, why: string): 'ok' | 'error' | 'refused' | 'interrupted' {
  const denied = said(record, 'decision') === 'reject' || /denied|blocked/.test(said(record, 'error_type'));
  if (denied || /^Tool execution (?:blocked|denied)/.test(why)) return 'refused';
  if (said(record, 'status') === 'cancelled') return 'interrupted';
  const exit = inside(inputOf(record.attributes.metadata)).exitCode;
  return isSaid(record, 'success', false) || (typeof exit === 'number' && exit !== 0) ? 'error' : 'ok';
}

/** Exit status 2 is a hook's own way to block; any other failure let the call run. */
function hookNotice(record: TelemetryRecord): readonly TelemetryItem[] {
  if (!isSaid(record, 'success', false) || (numberIn(record, 'exit_code') ?? 0) >= 2) return [];
  const what = 'a hook failed and blocked nothing';
  return [{ kind: 'notice', what, text: `${said(record, 'hook_event_name')} ${said(record, 'hook_name')}`.trim() }];
}

const quietSpans = /^(?:llm_call|schedule_tool_calls|agent_call|user_prompt|system_prompt|POST|GET|qwen-code\..*)$/;

/** A span of a call carries its id, what it was asked and what it gave; the log of it has no id. */
function spanItems(record: TelemetryRecord): readonly TelemetryItem[] | null {
  if (record.name !== 'tool_call') return quietSpans.test(record.name) ? [] : null;
  const toolUseId = said(record, 'gen_ai.tool.call_id') || said(record, 'gen_ai.tool.call.id');
  const asked = inside(inputIn(record, 'gen_ai.input.messages'));
  const came = inside(inputIn(record, 'gen_ai.output.messages'));
  const tool = text(asked.name) || said(record, 'gen_ai.tool.name');
  const response = inside(came.response);
  const answer = resultText(response.resultDisplay ?? response.error);
  const refused = /Tool execution (?:blocked|denied)/.test(answer);
  const status = refused
    ? 'refused'
    : came.status === 'error' || record.failure !== ''
      ? 'error'
      : came.status === 'cancelled'
        ? 'interrupted'
        : 'ok';
  return [
    { kind: 'call', toolUseId, tool, input: asked.args ?? {} },
    {
      kind: 'result',
      toolUseId,
      outcome: outcomeOf(record, status, answer),
      ...(record.endAt === undefined ? {} : { at: record.endAt }),
    },
  ];
}
