import type { Outcome } from '../../core/event.ts';
import type { TelemetryItem, TelemetryRecord, TelemetryTelling } from '../../core/telemetry.ts';
import { heldUnits, inputOf, text } from '../transcripts/record.ts';

/** What one agent's records mean. */
export interface TelemetryForm {
  readonly agent: string;
  /** Its `service.name`. */
  readonly service: RegExp;
  session(record: TelemetryRecord): string;
  version?(record: TelemetryRecord): string;
  subagent?(record: TelemetryRecord): string;
  /** Things in the record; empty: known and of no use; null: not known. */
  items(record: TelemetryRecord): readonly TelemetryItem[] | null;
}

/** Reads a record in a form. */
export function toldIn(form: TelemetryForm, record: TelemetryRecord): TelemetryTelling {
  const { agent } = form;
  const session = form.session(record);
  const items = form.items(record);
  if (items === null) return { kind: 'unknown', agent, session };
  if (items.length === 0) return { kind: 'quiet', agent };
  const agentVersion = form.version?.(record) ?? text(record.resource['service.version']);
  return { kind: 'told', agent, agentVersion, session, subagent: form.subagent?.(record) ?? '', items };
}

/** A string attribute; `''` when there is none. */
export const said = ({ attributes }: TelemetryRecord, name: string): string => text(attributes[name]);

/** Numbers come as numbers or as words. */
export function numberIn({ attributes }: TelemetryRecord, name: string): number | undefined {
  const value = attributes[name];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** So do claims. */
export const isSaid = ({ attributes }: TelemetryRecord, name: string, value: boolean): boolean =>
  attributes[name] === value || attributes[name] === String(value);

/** The input of a call, from an attribute that holds it as JSON or as it is. */
export const inputIn = ({ attributes }: TelemetryRecord, name: string): unknown => inputOf(attributes[name]);

/** An outcome with what is known of it. */
export function outcomeOf(record: TelemetryRecord, status: Outcome['status'], came: string): Outcome {
  const durationMs = numberIn(record, 'duration_ms');
  return { status, text: came.slice(0, heldUnits), ...(durationMs === undefined ? {} : { durationMs }) };
}

/** What a person wrote, unless the agent was told to leave it out. */
export function promptOf(words: string): readonly TelemetryItem[] {
  return words.trim() === '' || /^[<[]?REDACTED[>\]]?$/i.test(words.trim())
    ? []
    : [{ kind: 'prompt', text: words.slice(0, heldUnits) }];
}
