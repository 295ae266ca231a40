import type { TelemetryItem, TelemetryRecord } from '../../core/telemetry.ts';
import { inputIn, numberIn, outcomeOf, said, type TelemetryForm } from './record.ts';

/**
 * Spans of OpenTelemetry's conventions for generative AI: `execute_tool` with the call's id, arguments and result. GitHub's
 * agents write them; so may any other. Source: recorded with Copilot CLI 1.0.102; opentelemetry.io/docs/specs/semconv/gen-ai.
 */
const spans = (agent: string, service: RegExp): TelemetryForm => ({
  agent,
  service,
  session: (record) => said(record, 'gen_ai.conversation.id') || said(record, 'session.id'),
  subagent: (record) =>
    said(record, 'gen_ai.operation.name') === 'execute_tool' ? said(record, 'gen_ai.agent.name') : '',
  items,
});

export const copilotCliTelemetry = spans('copilot-cli', /^github-copilot$/);
export const vscodeCopilotTelemetry = spans('vscode-copilot', /^copilot-chat$/);
/** Of agents that have no form of their own; only their calls are told apart from the rest. */
export const genericTelemetry = spans('generic', /^/);

const quiet =
  /^(?:chat|text_completion|generate_content|embeddings|create_agent|invoke_agent|invoke_workflow|retrieval|plan)$/;

function items(record: TelemetryRecord): readonly TelemetryItem[] | null {
  const operation = said(record, 'gen_ai.operation.name');
  if (operation !== 'execute_tool') return quiet.test(operation) ? [] : null;
  const toolUseId = said(record, 'gen_ai.tool.call.id');
  const came = said(record, 'gen_ai.tool.call.result') || record.failure;
  return [
    { kind: 'call', toolUseId, tool: said(record, 'gen_ai.tool.name'), input: inputOf(record) },
    {
      kind: 'result',
      toolUseId,
      outcome: outcomeOf(record, statusOf(record), came),
      ...(record.endAt === undefined ? {} : { at: record.endAt }),
    },
  ];
}

/** Without captured content only a command or a path is named. */
function inputOf(record: TelemetryRecord): unknown {
  if (record.attributes['gen_ai.tool.call.arguments'] !== undefined)
    return inputIn(record, 'gen_ai.tool.call.arguments');
  const command = said(record, 'github.copilot.tool.parameters.command');
  const path = said(record, 'github.copilot.tool.parameters.file_path');
  return { ...(command === '' ? {} : { command }), ...(path === '' ? {} : { path }) };
}

function statusOf(record: TelemetryRecord): 'ok' | 'error' | 'refused' {
  const type = said(record, 'error.type');
  if (/denied|rejected/i.test(type) || /^Denied by |^The user (?:rejected|denied)/.test(record.failure))
    return 'refused';
  return type !== '' || record.failure !== '' || (numberIn(record, 'process.exit.code') ?? 0) !== 0 ? 'error' : 'ok';
}
