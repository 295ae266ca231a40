import type { TelemetryItem, TelemetryRecord } from '../../core/telemetry.ts';
import { exitIn } from '../transcripts/record.ts';
import { inputIn, isSaid, outcomeOf, promptOf, said, type TelemetryForm } from './record.ts';

const quiet = new Set(
  'codex.conversation_starts codex.api_request codex.sse_event codex.websocket_request codex.websocket_event codex.turn_ttft codex.startup_phase codex.auth_recovery codex.sandbox_outcome codex.network_proxy.policy_decision'.split(
    ' ',
  ),
);

/** Codex's events; its spans are the program's own steps, but for those of hooks. Source: recorded with 0.169.0. */
export const codexTelemetry: TelemetryForm = {
  agent: 'codex',
  service: /^codex/,
  session: (record) => said(record, 'conversation.id'),
  version: (record) => said(record, 'app.version'),
  subagent: (record) => said(record, 'agent_name').replace(/^\/root\/?/, ''),
  items: (record) => (record.signal === 'span' ? spanItems(record) : logItems(record)),
};

function logItems(record: TelemetryRecord): readonly TelemetryItem[] | null {
  const toolUseId = said(record, 'call_id');
  switch (record.name) {
    case 'codex.user_prompt':
      return promptOf(said(record, 'prompt'));
    case 'codex.tool_decision':
      // What was approved is told with its input and its output when it has run.
      return /^(?:approved|allow)/i.test(said(record, 'decision'))
        ? []
        : [
            { kind: 'call', toolUseId, tool: toolOf(record), input: {} },
            { kind: 'result', toolUseId, outcome: outcomeOf(record, 'refused', '') },
          ];
    case 'codex.tool_result':
      return [
        { kind: 'call', toolUseId, tool: toolOf(record), input: inputIn(record, 'arguments') },
        { kind: 'result', toolUseId, outcome: outcomeOf(record, statusOf(record), said(record, 'output')) },
      ];
    default:
      return quiet.has(record.name) ? [] : null;
  }
}

/** A tool of an MCP server stands in its namespace, as in `mcp__notes` and `echo_note`. */
function toolOf(record: TelemetryRecord): string {
  const [name, namespace, server] = [
    said(record, 'tool_name'),
    said(record, 'tool_namespace'),
    said(record, 'mcp_server'),
  ];
  if (name.startsWith('mcp__')) return name;
  if (namespace !== '' && namespace !== 'functions') return `${namespace}__${name}`;
  return server === '' ? name : `mcp__${server}__${name}`;
}

function statusOf(record: TelemetryRecord): 'ok' | 'error' | 'refused' {
  const start = said(record, 'output').slice(0, 600);
  if (/^Command blocked by |rejected by user|message: "Rejected\(/.test(start)) return 'refused';
  const exit = exitIn(start, /^(?:Process exited with code|Exit code:) (-?\d+)/m);
  return isSaid(record, 'success', false) || (exit !== null && exit !== 0) ? 'error' : 'ok';
}

function spanItems(record: TelemetryRecord): readonly TelemetryItem[] {
  if (record.name !== 'codex.hooks.command') return [];
  const outcome = said(record, 'hook.command_outcome');
  if (outcome === '' || /^(?:success|ok|completed|blocked|denied)/i.test(outcome)) return [];
  return [
    {
      kind: 'notice',
      what: 'a hook failed and blocked nothing',
      text: `${said(record, 'hook.event_name')}: ${outcome}`,
    },
  ];
}
