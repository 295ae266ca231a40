import type { Io } from './command.ts';
import { UsageError } from './command.ts';

const longest = 8192;

/** One line of standard input; on a terminal it is asked for and not shown. Throws UsageError when nothing or too much came, or on Ctrl-C. */
export async function readSecret(io: Io, prompt: string): Promise<string> {
  const { stdin } = io;
  const terminal =
    'isTTY' in stdin && stdin.isTTY === true && 'setRawMode' in stdin ? (stdin as NodeJS.ReadStream) : null;
  if (!terminal) return firstLine(await readAll(stdin));
  io.stderr.write(prompt);
  terminal.setRawMode(true);
  try {
    return await readHidden(terminal);
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    io.stderr.write('\n');
  }
}

async function readAll(stdin: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > longest) throw new UsageError('what came on standard input is too long for a key.');
  }
  return text;
}

function firstLine(text: string): string {
  const line = text.split(/\r?\n/, 1)[0]?.trim() ?? '';
  if (line === '') throw new UsageError('nothing came on standard input. Pipe the key in, or use --from-env NAME.');
  return line;
}

function readHidden(terminal: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const take = (chunk: Buffer | string) => {
      for (const char of String(chunk)) {
        if (char === '\u0003') return done(() => reject(new UsageError('stopped; nothing was changed.')));
        if (char === '\r' || char === '\n' || char === '\u0004') return done(() => finish(typed));
        typed = char === '\u007f' || char === '\b' ? typed.slice(0, -1) : typed + char;
      }
    };
    const finish = (text: string) =>
      text.trim() === '' ? reject(new UsageError('no key was given; nothing was changed.')) : resolve(text.trim());
    const done = (settle: () => void) => {
      terminal.off('data', take);
      settle();
    };
    terminal.on('data', take);
    terminal.resume();
  });
}
