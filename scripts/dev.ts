// npm run dev: the server on a throw-away home, made-up sessions replayed without end, and the console with live changes.
import fs from 'node:fs';
import path from 'node:path';
import { replayForever, startDemoServer } from '../src/cli/demo-server.ts';
import { demoFolder, loadSessions } from '../src/cli/replay-session.ts';
import { recordedSession } from './recorded-session.ts';

const root = path.resolve(import.meta.dirname, '..');
const viteConfig = path.join(root, 'web/vite.config.ts');
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });
}

const server = await startDemoServer({
  port: '0',
  mode: process.env.WARDER_MODE ?? 'enforce',
  env: process.env,
  log: (line) => console.error(`warder: ${line}`),
});

/** The console from its sources, changed as they change; the API behind it is the server's. */
async function startConsole(): Promise<{ url: string; close(): Promise<void> }> {
  if (!fs.existsSync(viteConfig)) return { url: server.url, close: async () => {} };
  process.env.WARDER_URL = server.url;
  const { createServer } = await import('vite');
  const vite = await createServer({
    configFile: viteConfig,
    clearScreen: false,
    server: { port: Number(process.env.PORT ?? 5173), host: '127.0.0.1' },
  });
  await vite.listen();
  return { url: vite.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? server.url, close: () => vite.close() };
}

const web = await startConsole();
console.log(`\n  Console (sources are live):  ${server.loginUrl.replace(server.url, web.url)}`);
console.log(`  Server:                      ${server.url}`);
console.log(`  API token:                   ${server.token}\n`);

try {
  await replayForever(
    [...loadSessions(demoFolder()), recordedSession(path.join(root, 'test/fixtures/claude-code/2.1.330/hooks'))],
    {
      url: server.url,
      token: server.token,
      speed: 2,
      signal: stop.signal,
      onTrouble: (what) => console.error(`replay: ${what}`),
    },
    ({ sessions, sent, stopped }) =>
      console.log(`replayed ${sessions} sessions: ${sent} hook calls, ${stopped} did not run`),
  );
} finally {
  await web.close();
  await server.close();
}
