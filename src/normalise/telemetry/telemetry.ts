import type { TelemetryRecord, TelemetryTelling } from '../../core/telemetry.ts';
import { text } from '../transcripts/record.ts';
import { claudeCodeTelemetry } from './claude-code.ts';
import { codexTelemetry } from './codex.ts';
import { geminiTelemetry, qwenTelemetry } from './gemini-style.ts';
import { copilotCliTelemetry, genericTelemetry, vscodeCopilotTelemetry } from './gen-ai.ts';
import { type TelemetryForm, toldIn } from './record.ts';

const forms: readonly TelemetryForm[] = [
  claudeCodeTelemetry,
  codexTelemetry,
  copilotCliTelemetry,
  geminiTelemetry,
  qwenTelemetry,
  vscodeCopilotTelemetry,
];

/** What a record of an agent's telemetry says. One of a service that is no agent we know is read by the common conventions. Never throws. */
export function readTelemetry(record: TelemetryRecord): TelemetryTelling {
  const service = text(record.resource['service.name']);
  const form = forms.find((each) => each.service.test(service));
  if (form !== undefined) return toldIn(form, record);
  const told = toldIn(genericTelemetry, record);
  return told.kind === 'unknown' ? { ...told, agent: null } : told;
}
