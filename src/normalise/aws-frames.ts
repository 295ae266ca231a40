import { crc32 } from 'node:zlib';

/** Headers of a message on an AWS event stream; all are strings here. */
type AwsHeaders = Readonly<Record<string, string>>;

const stringType = 7;

/** One message of `application/vnd.amazon.eventstream`. Source: AWS documentation, event stream encoding. */
function awsFrame(headers: AwsHeaders, payload: string): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerBytes(name, value)));
  const body = Buffer.from(payload, 'utf8');
  const message = Buffer.alloc(12 + head.length + body.length + 4);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, 12);
  body.copy(message, 12 + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return message;
}

function headerBytes(name: string, value: string): Buffer {
  const key = Buffer.from(name, 'utf8');
  const text = Buffer.from(value, 'utf8');
  const head = Buffer.alloc(key.length + 4);
  head.writeUInt8(key.length, 0);
  key.copy(head, 1);
  head.writeUInt8(stringType, key.length + 1);
  head.writeUInt16BE(text.length, key.length + 2);
  return Buffer.concat([head, text]);
}

/** An event with a JSON payload. */
export const awsEvent = (type: string, payload: unknown): Uint8Array =>
  awsFrame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(payload),
  );

/** An exception; clients raise it instead of taking the answer for complete. */
export const awsException = (message: string): Uint8Array =>
  awsFrame(
    {
      ':exception-type': 'modelStreamErrorException',
      ':content-type': 'application/json',
      ':message-type': 'exception',
    },
    JSON.stringify({ message }),
  );
