import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { Identity } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { readBody } from './gateway-body.ts';
import { createCallsWithoutIds, type TelemetryEvent, type TelemetryReading, telemetryEvents } from './otlp-events.ts';
import { decodeOtlp, encodeFields, type OtlpJson, type OtlpSignal } from './otlp-protobuf.ts';
import { countMetrics, recordsOf } from './otlp-records.ts';

export interface OtlpDeps extends TelemetryReading {
  identify(req: IncomingMessage): Result<Identity> | Promise<Result<Identity>>;
  /** Records what was told; rejects when it cannot be recorded. */
  deliver(event: TelemetryEvent): Promise<'recorded' | 'repeated'>;
  now(): string;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

/** What came since the start. */
export type OtlpHealth = {
  readonly telemetryRecords: number;
  /** Of them: known and of no use here, such as requests to models. */
  readonly telemetryQuiet: number;
  /** Of them: not understood, and kept as they came. */
  readonly telemetryUnparsed: number;
  /** Not taken: beyond what one request may hold, or no records. */
  readonly telemetryRejected: number;
  readonly telemetryMetrics: number;
};

export interface OtlpIntake {
  readonly listener: (req: IncomingMessage, res: ServerResponse) => void;
  health(): OtlpHealth;
}

const largestBody = 16 * 1024 * 1024;
const largestUnpacked = 64 * 1024 * 1024;
/** Exporters send 512 records at a time unless told otherwise. */
const mostRecords = 20_000;
const route = /^\/v1\/(logs|traces|metrics)\/?(?:\?.*)?$/;

/**
 * `POST /v1/logs`, `/v1/traces`, `/v1/metrics`: OTLP over HTTP, JSON or protobuf, plain or packed. What comes is durable
 * before it is answered; what is sent again is recorded once. Never throws. Source: opentelemetry.io/docs/specs/otlp 1.9.
 */
export function createOtlpIntake(deps: OtlpDeps): OtlpIntake {
  const counts = { records: 0, quiet: 0, unparsed: 0, rejected: 0, metrics: 0 };
  const calls = createCallsWithoutIds();

  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const signal = route.exec(req.url ?? '')?.[1] as OtlpSignal | undefined;
    if (signal === undefined)
      return refuse(req, res, 404, 'Telemetry is taken at /v1/logs, /v1/traces and /v1/metrics.');
    const who = await deps.identify(req);
    if (!who.ok) return refuse(req, res, 401, who.error.detail);
    if (req.method !== 'POST') return refuse(req, res, 405, 'Telemetry is sent with POST.');
    const sent = await requestIn(req, signal);
    if (sent === null) return;
    if (!sent.ok) return refuse(req, res, Number(sent.error.code), sent.error.detail);
    const rejected = signal === 'metrics' ? metrics(sent.value) : await record(signal, sent.value, who.value);
    answer(req, res, signal, rejected);
  }

  function metrics(request: OtlpJson): number {
    counts.metrics += countMetrics(request);
    return 0;
  }

  async function record(signal: 'logs' | 'traces', request: OtlpJson, who: Identity): Promise<number> {
    const now = deps.now();
    const { records, damaged } = recordsOf(signal, request, now);
    const taken = records.slice(0, mostRecords);
    const { events, quiet, unknown } = telemetryEvents(taken, who, deps, calls);
    for (const event of events) await deps.deliver(event);
    const rejected = damaged + records.length - taken.length;
    counts.records += taken.length;
    counts.quiet += quiet;
    counts.unparsed += unknown;
    counts.rejected += rejected;
    return rejected;
  }

  return {
    listener(req, res) {
      take(req, res).catch((cause: unknown) => {
        deps.onTrouble?.('telemetry-failed', 'telemetry could not be recorded', cause);
        if (!res.headersSent) refuse(req, res, 503, 'Warder could not record this: its store is not available.');
      });
    },
    health: () => ({
      telemetryRecords: counts.records,
      telemetryQuiet: counts.quiet,
      telemetryUnparsed: counts.unparsed,
      telemetryRejected: counts.rejected,
      telemetryMetrics: counts.metrics,
    }),
  };
}

const json = 'application/json';
const protobuf = 'application/x-protobuf';
const typeOf = (req: IncomingMessage): string =>
  (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const unpackGzip = promisify(gunzip);
const unpackDeflate = promisify(inflate);

/** The decoded request, or the status and sentence to answer; null when the client went away. */
async function requestIn(req: IncomingMessage, signal: OtlpSignal): Promise<Result<OtlpJson> | null> {
  const type = typeOf(req);
  if (type !== json && type !== protobuf) return fail('415', `Telemetry comes as ${json} or ${protobuf}.`);
  const body = await readBody(req, largestBody);
  if (body.kind === 'gone') return null;
  if (body.kind === 'too-large')
    return fail('413', `This is longer than ${largestBody} bytes. Export smaller batches.`);
  const bytes = await unpacked(req, body.bytes);
  if (!bytes.ok) return bytes;
  if (type === protobuf) {
    const decoded = decodeOtlp(signal, bytes.value);
    return decoded.ok ? decoded : fail('400', `This is not OTLP as protobuf: ${decoded.error.detail}.`);
  }
  try {
    const value: unknown = JSON.parse(bytes.value.toString('utf8'));
    return isRecord(value) ? ok(value) : fail('400', 'This is not OTLP as JSON: not an object.');
  } catch {
    // Not JSON is an answer here, and its words may quote it.
    return fail('400', 'This is not JSON.');
  }
}

async function unpacked(req: IncomingMessage, bytes: Buffer): Promise<Result<Buffer>> {
  const coding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '') return ok(bytes);
  if (coding !== 'gzip' && coding !== 'deflate') return fail('415', 'Telemetry comes plain, or packed with gzip.');
  try {
    return ok(await (coding === 'gzip' ? unpackGzip : unpackDeflate)(bytes, { maxOutputLength: largestUnpacked }));
  } catch (error) {
    const tooLong = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return tooLong ? fail('413', 'This unpacks to more than Warder reads.') : fail('400', `This is not ${coding}.`);
  }
}

const isRecord = (value: unknown): value is OtlpJson =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const rejectedNames: Readonly<Record<OtlpSignal, string>> = {
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
};

/** All of it was taken, or all but some: the answer says how many, as the protocol wants, and is not to be sent again. */
function answer(req: IncomingMessage, res: ServerResponse, signal: OtlpSignal, rejected: number): void {
  const why = 'more than one request may hold, or no records';
  if (typeOf(req) === protobuf) {
    const partial = encodeFields([
      [1, BigInt(rejected)],
      [2, why],
    ]);
    send(res, 200, protobuf, rejected === 0 ? Buffer.alloc(0) : encodeFields([[1, partial]]));
    return;
  }
  const partial = { partialSuccess: { [rejectedNames[signal]]: String(rejected), errorMessage: why } };
  send(res, 200, json, Buffer.from(JSON.stringify(rejected === 0 ? {} : partial)));
}

/** A refusal as a `google.rpc.Status`; 503 asks to come again, everything else not to. */
function refuse(req: IncomingMessage, res: ServerResponse, status: number, detail: string): void {
  if (!req.complete) {
    res.setHeader('connection', 'close');
    req.resume();
  }
  if (status === 503) res.setHeader('retry-after', '5');
  if (status === 405) res.setHeader('allow', 'POST');
  const inProtobuf = typeOf(req) === protobuf;
  const body = inProtobuf ? encodeFields([[2, detail]]) : Buffer.from(JSON.stringify({ message: detail }));
  send(res, status, inProtobuf ? protobuf : json, body);
}

function send(res: ServerResponse, status: number, type: string, body: Buffer): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(status, { 'content-type': type, 'content-length': body.length });
  res.end(body);
}
