import type { TelemetryItem, TelemetryRecord } from '../../core/telemetry.ts';
import { inputOf, inside, isRecord } from '../transcripts/record.ts';
import { inputIn, isSaid, numberIn, outcomeOf, promptOf, said, type TelemetryForm } from './record.ts';

const quiet = new Set(
  'api_request api_error api_retries_exhausted assistant_response hook_execution_start hook_registered managed_settings_resolved plugin_loaded plugin_installed mcp_server_connection internal_error skill_activated compaction auth permission_mode_changed'.split(
    ' ',
  ),
);
const quietSpans = /^claude_code\.(?:interaction|llm_request|tool\.execution|tool\.blocked_on_user|hook)$/;

/** Claude Code's events and spans. Source: recorded with 2.1.330; code.claude.com/docs/en/monitoring-usage. */
export const claudeCodeTelemetry: TelemetryForm = {
  agent: 'claude-code',
  service: /^claude-code$/,
  session: (record) => said(record, 'session.id'),
  items: (record) => (record.signal === 'span' ? spanItems(record) : logItems(record)),
};

function logItems(record: TelemetryRecord): readonly TelemetryItem[] | null {
  const toolUseId = said(record, 'tool_use_id');
  switch (record.name.replace(/^claude_code\./, '')) {
    case 'user_prompt':
      return promptOf(said(record, 'prompt'));
    case 'tool_decision':
      return decision(record, toolUseId);
    case 'tool_result':
      return [
        callOf(record, toolUseId, inputIn(record, 'tool_input')),
        {
          kind: 'result',
          toolUseId,
          outcome: outcomeOf(record, isSaid(record, 'success', false) ? 'error' : 'ok', said(record, 'error')),
        },
      ];
    case 'hook_execution_complete':
      return hookNotice(record);
    default:
      return quiet.has(record.name.replace(/^claude_code\./, '')) ? [] : null;
  }
}

/** What was let go is told with its whole input when it has run; what was refused, only here. */
function decision(record: TelemetryRecord, toolUseId: string): readonly TelemetryItem[] {
  const given = inputIn(record, 'tool_parameters');
  if (said(record, 'decision') !== 'reject') return [];
  const why = `${said(record, 'source')}`;
  return [
    callOf(record, toolUseId, given),
    { kind: 'result', toolUseId, outcome: outcomeOf(record, 'refused', why === '' ? '' : `refused: ${why}`) },
  ];
}

function callOf(record: TelemetryRecord, toolUseId: string, input: unknown): TelemetryItem {
  const parameters = inside(inputOf(record.attributes.tool_parameters));
  const command = parameters.full_command;
  // Without tool details the parameters may be all there is; a command stands in them whole.
  const bare = !isRecord(input) || Object.keys(input).length === 0 || 'full_command' in input;
  const { mcp_server_name: server, mcp_tool_name: mcpTool, ...rest } = parameters;
  const known = bare && typeof command === 'string' ? { command } : bare ? rest : input;
  // Names of servers are told apart from their tools.
  const ofServer = typeof server === 'string' && typeof mcpTool === 'string';
  const tool = ofServer ? `mcp__${server}__${mcpTool}` : said(record, 'tool_name');
  return { kind: 'call', toolUseId, tool, input: known };
}

/** A hook that failed without blocking let the call run. */
function hookNotice(record: TelemetryRecord): readonly TelemetryItem[] {
  const failed = numberIn(record, 'num_non_blocking_error') ?? 0;
  return failed === 0
    ? []
    : [{ kind: 'notice', what: 'a hook failed and blocked nothing', text: said(record, 'hook_name') }];
}

/** Of use where only traces are exported: a command, or the name of a tool. */
function spanItems(record: TelemetryRecord): readonly TelemetryItem[] | null {
  if (quietSpans.test(record.name)) return [];
  if (record.name !== 'claude_code.tool') return null;
  const toolUseId = said(record, 'tool_use_id');
  const [command, path] = [said(record, 'full_command'), said(record, 'file_path')];
  // A refused call has a span too, and nothing in it says so: its result is the log's to tell.
  if (command === '' && path === '') return [];
  const input = command === '' ? { file_path: path } : { command };
  return [{ kind: 'call', toolUseId, tool: said(record, 'tool_name'), input }];
}
