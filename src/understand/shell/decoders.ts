import { gunzipSync, inflateSync } from 'node:zlib';
import { isDynamic } from '../arguments.ts';
import type { Stream } from './model.ts';

/** Text longer than this is not decoded. */
const maxText = 65_536;

/** Base64 text → the bytes inside; null when it is not base64 or is not known. */
export function decodedBytes(text: string | null): string | null {
  if (text === null || isDynamic(text) || text.length > maxText) return null;
  const compact = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return null;
  const whole = compact.replace(/=+$/, '');
  return atob(whole.length % 4 === 1 ? whole.slice(0, -1) : whole);
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 text → the bytes inside. */
export function base32Text(text: string | null): string | null {
  if (text === null || isDynamic(text) || text.length > maxText) return null;
  const compact = text.replace(/\s+/g, '').replace(/=+$/, '').toUpperCase();
  if (!/^[A-Z2-7]+$/.test(compact)) return null;
  let bits = 0;
  let held = 0;
  let out = '';
  for (const char of compact) {
    held = ((held << 5) | base32.indexOf(char)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out += String.fromCharCode((held >> bits) & 255);
  }
  return out;
}

/** Hex digits, plain or as `xxd` prints them → the bytes. */
export function hexText(text: string | null): string | null {
  if (text === null || isDynamic(text) || text.length > maxText) return null;
  const digits = text.replace(/^([0-9a-f]+:)((?: ?[0-9a-f]{2,4}){1,16}).*$/gim, '$2').replace(/\\x|0x|\s+|,/gi, '');
  if (digits === '' || digits.length % 2 === 1 || !/^[0-9a-f]+$/i.test(digits)) return null;
  return digits.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
}

/** `begin 644 name … end` → the bytes inside; the base64 form too. */
export function uudecoded(text: string | null): string | null {
  if (text === null || isDynamic(text) || text.length > maxText) return null;
  const [head = '', ...lines] = text.trim().split('\n');
  if (head.startsWith('begin-base64')) return decodedBytes(lines.filter((line) => !line.startsWith('=')).join(''));
  if (!head.startsWith('begin ')) return null;
  let out = '';
  for (const line of lines) {
    if (line === 'end' || line.startsWith('`')) break;
    const length = (line.charCodeAt(0) - 32) & 63;
    let piece = '';
    for (let i = 1; i + 3 < line.length + 3; i += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map((k) => ((line.charCodeAt(i + k) || 32) - 32) & 63);
      piece += String.fromCharCode(((a << 2) | (b >> 4)) & 255, ((b << 4) | (c >> 2)) & 255, ((c << 6) | d) & 255);
    }
    out += piece.slice(0, length);
  }
  return out;
}

/** Compressed bytes → the bytes inside, at most 64 KiB; null when they are none. */
export function gunzip(stdin: Stream | undefined): string | null {
  const bytes = stdin?.bytes ?? stdin?.text ?? null;
  if (bytes === null || bytes.length > maxText) return null;
  const input = Uint8Array.from(bytes, (char) => char.charCodeAt(0));
  const unpack = input[0] === 0x1f && input[1] === 0x8b ? gunzipSync : input[0] === 0x78 ? inflateSync : null;
  if (unpack === null) return null;
  try {
    return unpack(input, { maxOutputLength: maxText }).toString('latin1');
  } catch {
    // Cut off, broken, or larger than we look: known only when it runs.
    return null;
  }
}

/** Bytes, one per character → text; null when they are no text. */
export function utf8(bytes: string): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
    return text;
  } catch {
    return null;
  }
}
