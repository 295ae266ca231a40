import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { type Bench, type BenchRow, percentile } from './bench.ts';
import { ended, started, type Target } from './children.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Reads the body and sends it back: what any hook costs that may change a request. */
const echoServer = `
const http = require('node:http');
http.createServer((req, res) => { const parts = []; req.on('data', (c) => parts.push(c)); req.on('end', () => { const body = Buffer.concat(parts); res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }); res.end(body); }); })
  .listen(0, '127.0.0.1', function () { process.stdout.write(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port, token: '' }) + '\\n'); });
`;

/** A long session of about `bytes`: prompts, calls, results of some kilobytes, thinking. */
function conversation(bytes: number): readonly object[] {
  const source = fs.readFileSync(path.join(root, 'src/server.ts'), 'utf8');
  const messages: object[] = [{ role: 'user', content: 'Make the tests pass' }];
  for (let turn = 0, size = 0; size < bytes; turn += 1) {
    const result = source.slice((turn * 977) % 4000, 4000 + ((turn * 977) % 4000));
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'text', text: `Looking at part ${turn}.` },
          {
            type: 'tool_use',
            id: `toolu_${turn}`,
            name: 'Bash',
            input: { command: `sed -n '${turn},${turn + 80}p' src/server.ts` },
          },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: `toolu_${turn}`, content: result }] },
    );
    size += result.length + 400;
  }
  messages.push({ role: 'assistant', content: 'All of it is read.' });
  return messages;
}

const tools = Array.from({ length: 40 }, (_, index) => ({
  name:
    index < 10
      ? ['Bash', 'Read', 'Write', 'Edit', 'Grep', 'Glob', 'WebFetch', 'Task', 'TodoWrite', 'LS'][index]
      : `mcp__server__tool_${index}`,
  description: 'Does what its name says. '.repeat(20),
  input_schema: { type: 'object', properties: { path: { type: 'string' }, command: { type: 'string' } } },
}));

let asked = 0;

/** The guardrail's payload for the next prompt of the conversation. */
function body(messages: readonly object[], prompt: string): Buffer {
  asked += 1;
  const request_body = {
    model: 'claude-sonnet-4-5',
    max_tokens: 4096,
    stream: true,
    system: [{ type: 'text', text: 'You work on a repository. '.repeat(400) }],
    tools,
    metadata: { user_id: JSON.stringify({ session_id: 'bench' }) },
    messages: [...messages, { role: 'user', content: `${prompt} (${asked})` }],
  };
  const metadata = {
    login_name: 'bench@example.com',
    user_agent: 'claude-cli/2.1.330 (external, cli)',
    url: '/v1/messages',
    model: 'claude-sonnet-4-5',
    provider: 'anthropic',
    tailnet_name: 'example.com',
    stable_node_id: 'nBENCH',
    request_id: `req_${asked}`,
    session_id: 'bench',
  };
  return Buffer.from(JSON.stringify({ metadata, user_message: prompt, request_body }));
}

async function measure(target: Target, total: number, next: () => Buffer, wanted: string): Promise<number[]> {
  const pool = new Pool(target.url, { connections: 1, pipelining: 1 });
  const times: number[] = [];
  for (let n = 0; n < total; n += 1) {
    const payload = next();
    const from = performance.now();
    const answer = await pool.request({
      path: '/aperture/guardrail',
      method: 'POST',
      headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
      body: payload,
    });
    const text = await answer.body.text();
    times.push(performance.now() - from);
    if (answer.statusCode !== 200 || !text.startsWith(wanted))
      throw new Error(`${answer.statusCode}: ${text.slice(0, 200)}`);
  }
  await pool.close();
  return times.sort((a, b) => a - b);
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const both = (times: number[]) => `${ms(percentile(times, 50))} / ${ms(percentile(times, 99))}`;

export const bench: Bench = {
  id: 'aperture',
  title: "Aperture's guardrail on a long conversation, whole server, enforcing, p50 / p99",
  async run({ quick }) {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-aperture-'));
    const serve = ['serve', '--home', home, '--port', '0', '--mode', 'enforce', '--json'];
    const program = ['--disable-warning=ExperimentalWarning', path.join(root, 'src/cli.ts'), ...serve];
    const floor = spawn(process.execPath, ['-e', echoServer], { stdio: ['ignore', 'pipe', 'inherit'] });
    const warder = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
    const rows: BenchRow[] = [];
    try {
      const targets = { floor: await started(floor), warder: await started(warder) };
      const rounds = quick ? 20 : 120;
      // Made at run time, so that no file holds one.
      const secret = `the key is ${['AKIA', 'Q3EGRIJKM7', 'VW5XZ2'].join('')}`;
      for (const kb of [200, 1500]) {
        const messages = conversation(kb * 1000);
        const plain = () => body(messages, 'Go on');
        const bytes = plain().length;
        const size = `${(bytes / 1_000_000).toFixed(1)} MB`;
        await measure(targets.floor, 10, plain, '{"metadata"');
        await measure(targets.warder, 10, plain, '{"action":"allow"}');
        const echo = await measure(targets.floor, rounds, plain, '{"metadata"');
        const allow = await measure(targets.warder, rounds, plain, '{"action":"allow"}');
        const modify = await measure(
          targets.warder,
          quick ? 10 : rounds / 2,
          () => body(messages, secret),
          '{"action":"modify"',
        );
        const within = percentile(allow, 99) <= (kb === 1500 ? 150 : 30);
        rows.push(
          { what: `${size}: bare node:http that echoes the body`, value: both(echo) },
          {
            what: `${size}: allowed`,
            value: both(allow),
            goal: kb === 1500 ? 'p99 ≤ 150 ms' : 'p99 ≤ 30 ms',
            met: within,
          },
          { what: `${size}: a secret masked in the newest message`, value: both(modify) },
        );
      }
    } finally {
      await Promise.all([floor, warder].map(ended));
      fs.rmSync(home, { recursive: true, force: true });
    }
    return rows;
  },
};
