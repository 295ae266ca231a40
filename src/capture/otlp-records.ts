import type { TelemetryRecord } from '../core/telemetry.ts';
import type { OtlpJson } from './otlp-protobuf.ts';

/** Records of a request, and those that were no records. */
export interface OtlpRecords {
  readonly records: readonly TelemetryRecord[];
  readonly damaged: number;
}

/** Log records and spans of a decoded request. `now`: for records without a time; ISO 8601 UTC. */
export function recordsOf(signal: 'logs' | 'traces', request: OtlpJson, now: string): OtlpRecords {
  const [outer, inner, item] =
    signal === 'logs' ? ['resourceLogs', 'scopeLogs', 'logRecords'] : ['resourceSpans', 'scopeSpans', 'spans'];
  const records: TelemetryRecord[] = [];
  let damaged = 0;
  for (const group of listAt(request, outer)) {
    const resource = attributesOf(recordAt(group, 'resource'));
    for (const scoped of listAt(group, inner)) {
      const scope = textAt(recordAt(scoped, 'scope'), 'name');
      for (const each of listAt(scoped, item)) {
        if (!isRecord(each)) damaged += 1;
        else records.push(signal === 'logs' ? logOf(each, resource, scope, now) : spanOf(each, resource, scope, now));
      }
    }
  }
  return { records, damaged };
}

/** Metrics of a request: they say nothing of calls, and are counted only. */
export function countMetrics(request: OtlpJson): number {
  let count = 0;
  for (const group of listAt(request, 'resourceMetrics'))
    for (const scoped of listAt(group, 'scopeMetrics')) count += listAt(scoped, 'metrics').length;
  return count;
}

type Attributes = Readonly<Record<string, unknown>>;

function logOf(record: OtlpJson, resource: Attributes, scope: string, now: string): TelemetryRecord {
  const attributes = attributesOf(record);
  const body = anyValue(record.body, 0);
  const said = typeof body === 'string' ? body : body === null ? '' : JSON.stringify(body);
  const named = [attributes['event.name'], record.eventName, said].find(
    (name) => typeof name === 'string' && name !== '' && !name.startsWith('event '),
  );
  return {
    signal: 'log',
    name: typeof named === 'string' ? named.slice(0, 200) : '',
    at:
      timeOf(attributes['event.timestamp']) || nanos(record.timeUnixNano) || nanos(record.observedTimeUnixNano) || now,
    body: said,
    attributes,
    resource,
    scope,
    failure: '',
  };
}

function spanOf(span: OtlpJson, resource: Attributes, scope: string, now: string): TelemetryRecord {
  const status = recordAt(span, 'status');
  const code = status.code;
  const failed = code === 2 || code === '2' || code === 'STATUS_CODE_ERROR';
  const endAt = nanos(span.endTimeUnixNano);
  return {
    signal: 'span',
    name: textAt(span, 'name').slice(0, 200),
    at: nanos(span.startTimeUnixNano) || now,
    ...(endAt === '' ? {} : { endAt }),
    body: '',
    attributes: attributesOf(span),
    resource,
    scope,
    failure: failed ? textAt(status, 'message') || 'failed' : '',
  };
}

/** Attributes by name; a name that comes twice keeps the first, as the format wants each once. */
function attributesOf(of: OtlpJson): Attributes {
  const made: Record<string, unknown> = Object.create(null);
  for (const each of listAt(of, 'attributes')) {
    if (!isRecord(each) || typeof each.key !== 'string' || each.key in made) continue;
    made[each.key] = anyValue(each.value, 0);
  }
  return made;
}

const deepest = 64;

/** AnyValue → what it holds. */
function anyValue(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth > deepest) return null;
  if (typeof value.stringValue === 'string') return value.stringValue;
  if (typeof value.boolValue === 'boolean') return value.boolValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (isRecord(value.arrayValue)) return listAt(value.arrayValue, 'values').map((each) => anyValue(each, depth + 1));
  if (isRecord(value.kvlistValue)) {
    return Object.fromEntries(
      listAt(value.kvlistValue, 'values').flatMap((each) =>
        isRecord(each) && typeof each.key === 'string' ? [[each.key, anyValue(each.value, depth + 1)]] : [],
      ),
    );
  }
  return typeof value.bytesValue === 'string' ? value.bytesValue : null;
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const timeOf = (value: unknown): string =>
  typeof value === 'string' && iso.test(value) ? new Date(value).toISOString() : '';

/** Nanoseconds since 1970, as text or a number; `''` for 0 and for what is no time between 2001 and 2286. */
function nanos(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  const ms = Number(value) / 1e6;
  return ms >= 1e12 && ms < 1e13 ? new Date(ms).toISOString() : '';
}

function isRecord(value: unknown): value is OtlpJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const recordAt = (of: unknown, name: string): OtlpJson => {
  const found = isRecord(of) ? of[name] : undefined;
  return isRecord(found) ? found : {};
};
const listAt = (of: unknown, name: string): readonly unknown[] => {
  const found = isRecord(of) ? of[name] : undefined;
  return Array.isArray(found) ? found : [];
};
const textAt = (of: OtlpJson, name: string): string => {
  const found = of[name];
  return typeof found === 'string' ? found : '';
};
