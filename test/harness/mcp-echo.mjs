// A bare stdio server, told by its arguments what to be: no SDK, so that every byte is its own.
import fs from 'node:fs';

const [how = 'echo', file = ''] = process.argv.slice(2);
if (how === 'exit') process.exit(Number(file));
if (how === 'say') process.stdout.write(fs.readFileSync(file));
if (how === 'argv') process.stdout.write(`${JSON.stringify(process.argv.slice(2))}\n`);
if (how === 'stubborn') process.on('SIGTERM', () => process.exit(7));
process.stderr.write(`pid ${process.pid}\n`);
let rest = '';
process.stdin.on('data', (chunk) => {
  if (how === 'keep') fs.appendFileSync(file, chunk);
  rest += chunk;
  for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    if (line.trim() === '') continue;
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      continue;
    }
    if (Array.isArray(message) || message.id === undefined || message.method === undefined) continue;
    const text = how === 'big' ? 'x'.repeat(10_000_000) : `ran ${message.params?.name ?? message.method}`;
    const result = { content: [{ type: 'text', text }] };
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result })}\n`);
  }
});
