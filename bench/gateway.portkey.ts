import { type ChildProcess, spawn } from 'node:child_process';
import { fetchAgent } from '../test/harness/fetch-agent.ts';

/** A peer from npm, measured beside us in the same run; never a dependency. */
const portkey = {
  title: 'Portkey',
  name: '@portkey-ai/gateway',
  version: '1.15.2',
  integrity: 'sha512-OuwwQEJ0rnKQuPgaCqyMpP+X5Uly2h9EBDm5Lx/NYu9MXTzB/nKrKgjd8J3vPGeNpYoyxTzKSzTV2tGv8Dd+fg==',
  program: 'gateway',
  native: () => ['@portkey-ai/gateway/build/start-server.js'],
  folder: 'peers',
  // With a later one its streams end in "TypeError: immutable" (its issues 1389 and 1550); an earlier one ends on Node 24.
  overrides: { '@hono/node-server': '1.14.2' },
} as const;

export const portkeyName = `${portkey.title} ${portkey.version}`;

/**
 * It would listen on every address and on a port that must be chosen beforehand. And on Node 24 it fails at every stream
 * even so, because it adds to the headers that `fetch` gave it, which nobody may: it gets a copy.
 */
const preload = `
import net from 'node:net';
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => process.send({ url: 'http://127.0.0.1:' + this.address().port }));
  return listen.call(this, 0, '127.0.0.1', rest.find((one) => typeof one === 'function'));
};
const get = globalThis.fetch;
const Answer = globalThis.Response;
globalThis.fetch = async (...asked) => {
  const { body, status, statusText, headers } = await get(...asked);
  return new Answer(body, { status, statusText, headers: new Headers(headers) });
};
process.once('disconnect', () => process.exit(0));`;

/** Starts Portkey's gateway without its console; or says why it does not run. */
export async function startPortkey(): Promise<
  { readonly child: ChildProcess; readonly url: string } | { readonly missing: string }
> {
  const fetched = await fetchAgent(portkey);
  if ('missing' in fetched) return fetched;
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, fetched.path, '--headless'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    },
  );
  return new Promise((resolve) => {
    const missing = (why: string) => {
      clearTimeout(late);
      child.kill();
      resolve({ missing: `${portkeyName} ${why}` });
    };
    const late = setTimeout(missing, 10_000, 'did not start within 10 s');
    child.once('error', () => missing('could not be started'));
    child.once('exit', (status) => missing(`ended with status ${status} at its start`));
    child.once('message', (said) => {
      clearTimeout(late);
      child.removeAllListeners('exit');
      resolve({ child, url: (said as { url: string }).url });
    });
  });
}

/** Headers that send its request for OpenAI to `origin`. */
export const portkeyHeaders = (origin: string): Readonly<Record<string, string>> => ({
  'x-portkey-provider': 'openai',
  'x-portkey-custom-host': `${origin}/v1`,
  'x-portkey-forward-headers': 'x-bench',
});
