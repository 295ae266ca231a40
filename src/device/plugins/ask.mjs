// One hook of an agent that loads plugins → Warder → its verdict. What every plugin in this folder stands on.
//
// It asks this machine's `warder device` through device.sock in the device client's folder; where nobody listens there,
// the server that warder-hook.conf there names (mode 0600: url and token, read for each hook, so that a new one counts at
// once). The
// request goes over a plain socket: an HTTP client of the runtime would follow the proxies, certificates and agents that
// the environment names. Nothing is taken from the environment.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

/** The device client's folder: the one above this file's, where the agent has not copied that elsewhere. */
const above = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Under the 5 s that no agent is made to wait, and under every agent's own patience. */
const verdictMs = 4500;
/** An event that needs no verdict is waited for so long at most: an agent that ends must not lose it. */
const tellMs = 1000;
/** Longest answer that is read, in bytes. */
const mostBytes = 1 << 20;
/** Longest text of an event that needs no verdict, in UTF-16 code units; more than is kept of it. */
const mostText = 1 << 17;

/** Warder, for the plugin of one agent. `device`: the device client's folder, absolute. */
export function warderFor(agent, device = above) {
  return {
    /**
     * The verdict on one call: `{decision: 'allow', note?}` or `{decision: 'ask' | 'deny', reason}`. Throws an Error with
     * one sentence for the model and the person whenever there is none, whatever the cause: whoever calls must block.
     */
    async verdictOn(hook, body) {
      try {
        const { decision, reason, note } = await answerTo(agent, hook, JSON.stringify(body), verdictMs, device);
        if (decision === 'allow') return { decision, ...(typeof note === 'string' ? { note } : {}) };
        if ((decision === 'ask' || decision === 'deny') && typeof reason === 'string' && reason !== '')
          return { decision, reason };
        throw new Error('Its answer was no verdict. Run: warder doctor');
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`Blocked: Warder could not judge this. ${why}`, { cause: error });
      }
    },
    /** Tells of an event that needs no verdict. Never throws and never blocks it: what is lost is Warder's loss alone. */
    async tell(hook, body) {
      try {
        await answerTo(agent, hook, JSON.stringify(body, short), tellMs, device);
      } catch {
        // The call before it was judged; of this the transcript tells as well.
      }
    },
  };
}

const short = (_, value) => (typeof value === 'string' && value.length > mostText ? value.slice(0, mostText) : value);

/** A JSON text of a value, to see whether it is still the one that was judged. Throws for what JSON cannot say. */
export const asJudged = (value) => JSON.stringify(value) ?? '';

async function answerTo(agent, event, body, ms, device) {
  const until = performance.now() + ms;
  const ask = (to) => exchange(to, request(agent, event, body, to), until - performance.now());
  const answer = (await onDevice(device, ask)) ?? (await ask(server(agent, device)));
  const type = answer.headers['content-type'] ?? '';
  if (answer.status === 401)
    throw new Error(`Its server does not accept this device's token. Run: warder install ${agent}`);
  if (answer.status !== 200 || !type.startsWith('application/json'))
    throw new Error(`Its server answered ${answer.status}. Run: warder doctor`);
  return verdictIn(answer.body);
}

function verdictIn(text) {
  try {
    const value = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new Error('Its server gave an answer that is not JSON. Run: warder doctor');
}

/** The answer of the machine's own process; null when nobody listens. */
async function onDevice(device, ask) {
  const socket = path.join(device, 'device.sock');
  if (!fs.existsSync(socket)) return null;
  try {
    return await ask({ socket, host: 'warder' });
  } catch (error) {
    if (error.connected === false) return null;
    throw error;
  }
}

/** Where warder-hook.conf (curl's own format) leads. */
function server(agent, device) {
  const again = `Run: warder install ${agent}`;
  const text = textOf(path.join(device, 'warder-hook.conf'));
  if (text === null) throw new Error(`Its settings cannot be read. ${again}`);
  const value = (name) => {
    const found = new RegExp(`^${name} = "((?:[^"\\\\]|\\\\.)*)"$`, 'm').exec(text)?.[1];
    return found?.replace(/\\(.)/g, '$1');
  };
  const [url, header] = [value('url'), value('header')];
  if (url === undefined || header === undefined || /[\r\n]/.test(header) || !URL.canParse(url))
    throw new Error(`Its settings are damaged. ${again}`);
  const { protocol, hostname, port, host } = new URL(url);
  const secure = protocol === 'https:';
  if (!secure && protocol !== 'http:') throw new Error(`Its settings are damaged. ${again}`);
  return {
    secure,
    host,
    header,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 443 : 80)),
  };
}

function textOf(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function request(agent, event, body, { host, header }) {
  const bytes = Buffer.from(body, 'utf8');
  const head = [
    `POST /hooks/${agent} HTTP/1.1`,
    `host: ${host}`,
    ...(header === undefined ? [] : [header]),
    'content-type: application/json',
    `x-warder-event: ${event}`,
    `content-length: ${bytes.length}`,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'utf8'), bytes]);
}

function open({ socket, secure, hostname, port }) {
  if (socket !== undefined) return net.connect({ path: socket });
  if (!secure) return net.connect({ host: hostname, port });
  const named = net.isIP(hostname) ? {} : { servername: hostname };
  // Said outright: the environment can turn it off.
  return tls.connect({ host: hostname, port, ...named, rejectUnauthorized: true });
}

/** Sends one request and reads one answer. Rejects with `connected: false` when nobody was there to take it. */
function exchange(to, bytes, ms) {
  return new Promise((resolve, reject) => {
    let connected = false;
    let read = Buffer.alloc(0);
    const socket = open(to);
    const timer = setTimeout(() => end(new Error('Its server did not answer in time. Run: warder doctor')), ms);
    const end = (error, answer) => {
      clearTimeout(timer);
      socket.destroy();
      if (answer) resolve(answer);
      else reject(Object.assign(error, { connected }));
    };
    const look = (over) => {
      try {
        const answer = answerIn(read, over);
        if (answer) end(null, answer);
        else if (over) end(new Error('Its server broke off. Run: warder doctor'));
        else if (read.length > mostBytes) end(new Error('Its server answered too much. Run: warder doctor'));
      } catch (error) {
        end(error);
      }
    };
    socket.on(to.secure ? 'secureConnect' : 'connect', () => {
      connected = true;
      socket.write(bytes);
    });
    socket.on('data', (chunk) => {
      read = Buffer.concat([read, chunk]);
      look(false);
    });
    socket.on('end', () => look(true));
    socket.on('close', () => look(true));
    socket.on('error', (error) => {
      const gone = 'Its server is not running. Start it: warder serve';
      end(new Error(connected ? `Its server broke off (${error.code ?? 'no code'}). Run: warder doctor` : gone));
    });
  });
}

/** The answer in these bytes; null while there is less than all of it. Source: RFC 9112 §6.3, §7.1. */
function answerIn(bytes, over) {
  const split = bytes.indexOf('\r\n\r\n');
  if (split < 0) return null;
  const [line = '', ...fields] = bytes.toString('latin1', 0, split).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1]);
  if (!status) throw new Error('Its server does not speak HTTP. Run: warder doctor');
  const rest = bytes.subarray(split + 4);
  if (status < 200) return answerIn(rest, over);
  const headers = Object.fromEntries(
    fields.map((field) => [field.split(':', 1)[0].trim().toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]),
  );
  const body = bodyIn(rest, headers, over);
  return body && { status, headers, body: body.toString('utf8') };
}

function bodyIn(bytes, headers, over) {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new Error('Its server answered in a coding of its own.');
    return chunksIn(bytes);
  }
  const length = headers['content-length'];
  if (length === undefined) return over ? bytes : null;
  return bytes.length < Number(length) ? null : bytes.subarray(0, Number(length));
}

function chunksIn(bytes) {
  const pieces = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (!(size >= 0)) throw new Error('Its server answered in broken chunks.');
    if (size === 0) return Buffer.concat(pieces);
    if (bytes.length < line + 2 + size + 2) return null;
    pieces.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
