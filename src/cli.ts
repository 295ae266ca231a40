import type { Command, Io } from './cli/command.ts';

/** Name → module, loaded only when asked for, so that a small command starts fast. */
const commands: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  serve: () => import('./cli/serve.ts'),
  login: () => import('./cli/login.ts'),
  demo: () => import('./cli/demo.ts'),
  scan: () => import('./cli/scan.ts'),
  import: () => import('./cli/import.ts'),
  explain: () => import('./cli/explain.ts'),
  judge: () => import('./cli/judge.ts'),
  install: () => import('./cli/install.ts'),
  uninstall: () => import('./cli/uninstall.ts'),
  doctor: () => import('./cli/doctor.ts'),
  deploy: () => import('./cli/deploy.ts'),
  hook: () => import('./cli/hook.ts'),
  bench: () => import('./cli/bench.ts'),
  verify: () => import('./cli/verify.ts'),
  keys: () => import('./cli/keys.ts'),
  tokens: () => import('./cli/tokens.ts'),
  coverage: () => import('./cli/coverage.ts'),
  access: () => import('./cli/access.ts'),
  aperture: () => import('./cli/aperture.ts'),
  mcp: () => import('./cli/mcp.ts'),
  device: () => import('./cli/device.ts'),
  inventory: () => import('./cli/inventory.ts'),
};

const io: Io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env };

async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  const lines = loaded.map(({ command }) => `  ${command.name.padEnd(10)} ${command.summary}`);
  return `Warder: see, judge and control what coding agents do.\n\nUsage: warder <command> [options]\n\n${lines.join('\n')}\n\nwarder <command> --help tells more. Exit status: 0 fine, 1 found something, 2 used wrongly, 3 could not.\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V' || name === 'version') {
    const { version } = await import('./version.ts');
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    process.stderr.write(
      `warder: there is no command ${JSON.stringify(name)}. Commands: ${Object.keys(commands).join(', ')}.\n`,
    );
    return 2;
  }
  const { command } = await load();
  // What stands after `--` is another program's.
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (own.includes('--help') || own.includes('-h')) {
    process.stdout.write(`${command.usage.trimEnd()}\n`);
    return 0;
  }
  return run(command, rest);
}

/** The user's mistakes are one sentence; what we could not do is one sentence with its cause; only WARDER_DEBUG shows a stack. */
async function run(command: Command, args: readonly string[]): Promise<number> {
  try {
    return await command.run(args, io);
  } catch (error) {
    const misuse =
      error instanceof Error &&
      (error.name === 'UsageError' || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')));
    const text = error instanceof Error ? error.message : String(error);
    // Some causes say nothing new.
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
    const cause = why === '' || text.includes(why) ? '' : ` (${why})`;
    process.stderr.write(
      `warder ${command.name}: ${inShort(text)}${cause}\n${misuse ? `See: warder ${command.name} --help\n` : ''}`,
    );
    if (process.env.WARDER_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return misuse ? 2 : 3;
  }
}

/** Node's advice about arguments that begin with a dash helps nobody here: no command takes one. */
const inShort = (text: string): string =>
  text
    .replace(/\. To specify a positional argument starting with a '-'.*$/s, '.')
    .replace(
      /^(Option '(--[\w-]+)' argument) is ambiguous\..*$/s,
      '$1 is missing; one that begins with a dash is written $2=-….',
    );

// A reader that went away (`warder scan | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await main(process.argv.slice(2));
