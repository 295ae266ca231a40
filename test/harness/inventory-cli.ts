import { PassThrough, Writable } from 'node:stream';
import { command } from '../../src/cli/inventory.ts';

/** `warder inventory` in this process, which is much faster than one of its own; the first word is left out. */
export async function inventoryCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ exit: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) =>
    new Writable({
      write(chunk, _encoding, done) {
        said[name] += String(chunk);
        done();
      },
    });
  const io = {
    stdin: new PassThrough().end(),
    stdout: into('stdout'),
    stderr: into('stderr'),
    env: { PATH: process.env.PATH ?? '', ...env },
  };
  try {
    return { exit: await command.run(args, io), ...said };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const misuse = error.name === 'UsageError' || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    return { exit: misuse ? 2 : 3, stdout: said.stdout, stderr: `${said.stderr}warder inventory: ${error.message}\n` };
  }
}
