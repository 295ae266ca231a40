import { fail, ok, type Result } from '../core/result.ts';

/** A decoded message as JSON of OTLP has it: names in camel case, 64-bit numbers as text. */
export type OtlpJson = Readonly<Record<string, unknown>>;

/** How a field is read. `many`: it may come again. */
type Kind = 'string' | 'bytes' | 'bool' | 'varint' | 'fixed64' | 'double' | Shape;
interface Field {
  readonly name: string;
  readonly kind: Kind | (() => Shape);
  readonly many?: true;
}
type Shape = Readonly<Record<number, Field>>;

const anyValue: Shape = {
  1: { name: 'stringValue', kind: 'string' },
  2: { name: 'boolValue', kind: 'bool' },
  3: { name: 'intValue', kind: 'varint' },
  4: { name: 'doubleValue', kind: 'double' },
  5: { name: 'arrayValue', kind: () => arrayValue },
  6: { name: 'kvlistValue', kind: () => kvlistValue },
  7: { name: 'bytesValue', kind: 'bytes' },
};
const keyValue: Shape = { 1: { name: 'key', kind: 'string' }, 2: { name: 'value', kind: anyValue } };
const arrayValue: Shape = { 1: { name: 'values', kind: anyValue, many: true } };
const kvlistValue: Shape = { 1: { name: 'values', kind: keyValue, many: true } };
const attributes: Field = { name: 'attributes', kind: keyValue, many: true };
const resource: Field = { name: 'resource', kind: { 1: attributes } };
const scope: Field = {
  name: 'scope',
  kind: { 1: { name: 'name', kind: 'string' }, 2: { name: 'version', kind: 'string' } },
};

const logRecord: Shape = {
  1: { name: 'timeUnixNano', kind: 'fixed64' },
  3: { name: 'severityText', kind: 'string' },
  5: { name: 'body', kind: anyValue },
  6: attributes,
  9: { name: 'traceId', kind: 'bytes' },
  10: { name: 'spanId', kind: 'bytes' },
  11: { name: 'observedTimeUnixNano', kind: 'fixed64' },
  12: { name: 'eventName', kind: 'string' },
};
const span: Shape = {
  1: { name: 'traceId', kind: 'bytes' },
  2: { name: 'spanId', kind: 'bytes' },
  5: { name: 'name', kind: 'string' },
  7: { name: 'startTimeUnixNano', kind: 'fixed64' },
  8: { name: 'endTimeUnixNano', kind: 'fixed64' },
  9: attributes,
  15: { name: 'status', kind: { 2: { name: 'message', kind: 'string' }, 3: { name: 'code', kind: 'varint' } } },
};
const metric: Shape = { 1: { name: 'name', kind: 'string' } };

const under = (name: string, inner: string, item: Field): Shape => ({
  1: { name, kind: { 1: resource, 2: { name: inner, kind: { 1: scope, 2: item }, many: true } }, many: true },
});

/** Requests of OTLP by what they carry. Source: opentelemetry-proto 1.9, collector/{logs,trace,metrics}/v1. */
const requests = {
  logs: under('resourceLogs', 'scopeLogs', { name: 'logRecords', kind: logRecord, many: true }),
  traces: under('resourceSpans', 'scopeSpans', { name: 'spans', kind: span, many: true }),
  metrics: under('resourceMetrics', 'scopeMetrics', { name: 'metrics', kind: metric, many: true }),
} as const satisfies Record<string, Shape>;
export type OtlpSignal = keyof typeof requests;

/** Deeper than any value an exporter makes; wider than any batch it sends. */
const deepest = 64;
const mostFields = 2_000_000;

/** A request's bytes → the same as its JSON would hold; fields of no use are left out. Error `not-protobuf`. */
export function decodeOtlp(signal: OtlpSignal, bytes: Uint8Array): Result<OtlpJson> {
  const reader = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0, fields: 0 };
  try {
    return ok(message(reader, requests[signal], bytes.length, 0));
  } catch (error) {
    if (error instanceof Damaged) return fail('not-protobuf', error.message);
    throw error;
  }
}

class Damaged extends Error {}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  fields: number;
}

function message(reader: Reader, shape: Shape, end: number, depth: number): OtlpJson {
  if (depth > deepest) throw new Damaged('a value is nested too deep');
  const made: Record<string, unknown> = {};
  while (reader.at < end) {
    reader.fields += 1;
    if (reader.fields > mostFields) throw new Damaged('too many fields');
    const tag = Number(varint(reader, end));
    const field = shape[tag >>> 3];
    const value = field === undefined ? skip(reader, tag & 7, end) : read(reader, field, tag & 7, end, depth);
    if (field === undefined || value === undefined) continue;
    if (field.many !== true) made[field.name] = value;
    else {
      const list = made[field.name];
      if (Array.isArray(list)) list.push(value);
      else made[field.name] = [value];
    }
  }
  if (reader.at !== end) throw new Damaged('a message ends in the middle of a field');
  return made;
}

/** Undefined for a field whose wire type is not the one it should have: an unknown one, by the format's rules. */
function read(reader: Reader, { kind }: Field, wire: number, end: number, depth: number): unknown {
  if (kind === 'varint' || kind === 'bool') {
    if (wire !== 0) return skip(reader, wire, end);
    const value = varint(reader, end);
    return kind === 'bool' ? value !== 0n : String(BigInt.asIntN(64, value));
  }
  if (kind === 'fixed64' || kind === 'double') {
    if (wire !== 1) return skip(reader, wire, end);
    const at = take(reader, 8, end);
    return kind === 'double' ? reader.view.getFloat64(at, true) : String(reader.view.getBigUint64(at, true));
  }
  if (wire !== 2) return skip(reader, wire, end);
  const length = Number(varint(reader, end));
  const start = take(reader, length, end);
  const part = reader.bytes.subarray(start, start + length);
  if (kind === 'string') return new TextDecoder().decode(part);
  if (kind === 'bytes') return Buffer.from(part).toString('hex');
  reader.at = start;
  return message(reader, typeof kind === 'function' ? kind() : kind, start + length, depth + 1);
}

/** Moves on by `length` bytes; gives where they begin. */
function take(reader: Reader, length: number, end: number): number {
  const start = reader.at;
  if (!Number.isSafeInteger(length) || length < 0 || length > end - start) throw new Damaged('a field is cut off');
  reader.at += length;
  return start;
}

function varint(reader: Reader, end: number): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.at];
    if (reader.at >= end || byte === undefined) throw new Damaged('a number is cut off');
    reader.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return value;
  }
  throw new Damaged('a number is too long');
}

function skip(reader: Reader, wire: number, end: number): undefined {
  if (wire === 0) varint(reader, end);
  else if (wire === 1) take(reader, 8, end);
  else if (wire === 2) take(reader, Number(varint(reader, end)), end);
  else if (wire === 5) take(reader, 4, end);
  else throw new Damaged('a field of a kind that does not exist');
  return undefined;
}

/** Fields of a small answer as protobuf: numbers and texts. */
export function encodeFields(
  fields: readonly (readonly [number: number, value: bigint | string | Uint8Array])[],
): Buffer {
  const parts: Buffer[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'bigint') {
      parts.push(varintBytes(BigInt(number) << 3n), varintBytes(value));
      continue;
    }
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
    parts.push(varintBytes((BigInt(number) << 3n) | 2n), varintBytes(BigInt(bytes.length)), bytes);
  }
  return Buffer.concat(parts);
}

function varintBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
