import type { ConfiguredServer, McpEntry, RiskFlag, RiskId } from '../core/inventory.ts';
import { hiddenText, orderToAgent } from './hidden-text.ts';
import { maskDeep, maskText } from './secrets.ts';
import { packageOf, type Unwrapped, unwrapped } from './server-package.ts';

const longestCommand = 1_000;
const longestName = 200;
const mostNames = 100;

/** A server as it may be stored and shown, with what is risky about it. `home` tells which folders are the person's whole. */
export function configuredServer(entry: McpEntry, file: string, home: string): ConfiguredServer {
  const run = unwrapped(entry.argv);
  const { agent, scope, project, transport, trust, enabled } = entry;
  const remote = entry.url !== '' ? entry.url : (run.argv.find((word) => /^(?:https?|wss?):\/\//.test(word)) ?? '');
  const bridged = run.argv.some((word) => /^(?:mcp-remote|supergateway)(?:@|$)/.test(word));
  return {
    agent,
    name: shown(entry.name),
    scope,
    file,
    project,
    transport,
    command: commandLine(entry.argv),
    package: packageOf(run.argv),
    host: entry.url !== '' || bridged ? hostOf(remote) : '',
    variables: Object.keys(entry.variables).slice(0, mostNames).map(shown),
    headers: Object.keys(entry.headers).slice(0, mostNames).map(shown),
    trust: trust.map((each) => shown(each)),
    enabled,
    flags: flagsOf(entry, run, file, home).toSorted((a, b) => b.weight - a.weight),
  };
}

const shown = (text: string): string => maskText(text.slice(0, longestName).toWellFormed()).text;

function hostOf(url: string): string {
  const host = URL.parse(url)?.host ?? '';
  return host.slice(0, longestName);
}

/** What takes the place of a value that may be a secret. */
const hidden = '•••';
const secretOption =
  /^--?[\w-]*(?:token|secret|passw(?:or)?d|pwd|credential|bearer|api[-_]?key|access[-_]?key|auth)[\w-]*$/i;
const reference = /^\$|^%\w+%$|\$\{|\{env:|^\{\{|^<[^>]*>$/;

/** The command as one line, whatever may be a secret taken out: by its option, in an address, or by the rules. */
function commandLine(argv: readonly string[]): string {
  const words = argv.map((word, at) => {
    const before = argv[at - 1] ?? '';
    if (secretOption.test(before) && !word.startsWith('-') && !reference.test(word)) return hidden;
    const [, option = '', value = ''] = /^(--?[\w-]+)=(.+)$/s.exec(word) ?? [];
    if (secretOption.test(option) && !reference.test(value)) return `${option}=${hidden}`;
    const [, header = '', content = ''] = /^([\w-]+):\s?(\S.*)$/s.exec(word) ?? [];
    if (/auth|token|key|secret|cookie/i.test(header) && !reference.test(content)) return `${header}: ${hidden}`;
    return word.replace(/(\/\/[^/@\s:]*):[^/@\s]+@/g, `$1:${hidden}@`);
  });
  return maskText(words.join(' ').slice(0, longestCommand).toWellFormed()).text;
}

type Told = (risk: RiskId, weight: number, what: string, mend: string) => void;

function flagsOf(entry: McpEntry, run: Unwrapped, file: string, home: string): RiskFlag[] {
  const flags: RiskFlag[] = [];
  const tell: Told = (risk, weight, what, mend) => flags.push({ risk, weight, what, mend, where: file });
  fetched(run, tell);
  shellRun(run, tell);
  secretsIn(entry, tell);
  filesOf(run.argv, home, tell);
  if (entry.trust.some((each) => !/: (?!every tool)/.test(each)))
    tell(
      'auto-approve',
      60,
      'Every tool of it runs without a question.',
      'Take the trust away, or name the few tools that only read.',
    );
  else if (entry.trust.length > 0)
    tell(
      'auto-approve',
      30,
      `Runs some tools without a question (${shown(entry.trust.join('; '))}).`,
      'Keep only tools that read.',
    );
  address(entry.url || (run.argv.find((word) => /^(?:http|ws):\/\//.test(word)) ?? ''), tell);
  written(entry, tell);
  return flags;
}

function fetched(run: Unwrapped, tell: Told): void {
  const found = packageOf(run.argv);
  if (found === null) return;
  const { registry, name, version, pinned } = found;
  const what = `${registry} ${shown(name)}`;
  if (registry === 'url' || (registry === 'git' && !pinned)) {
    tell(
      'remote-fetch-exec',
      65,
      `Fetches code from ${what} at each start and runs it.`,
      'Install a reviewed version and start that.',
    );
    return;
  }
  tell(
    'remote-fetch-exec',
    pinned ? 10 : 35,
    `Fetches ${what} from its registry and runs it.`,
    pinned ? 'Nothing, if the version was reviewed.' : 'Install a reviewed version and start that.',
  );
  if (!pinned) {
    const now = version === '' ? 'no version' : `"${shown(version)}"`;
    tell(
      'unpinned-dependency',
      40,
      `Asks for ${what} with ${now}: what runs can change at any time.`,
      `Name an exact version${registry === 'oci' ? ' by its digest (@sha256:…)' : ''}.`,
    );
  }
}

const pipedToShell =
  /\b(?:curl|wget|iwr|Invoke-WebRequest)\b[^|;&]*\|\s*(?:sudo\s+)?(?:sh|bash|zsh|python\d?|node|iex)\b|\b(?:sh|bash)\s+<\(\s*(?:curl|wget)|\biex\b[^;]*\b(?:iwr|irm|DownloadString)\b/i;
const shellServers =
  /desktop-?commander|mcp-?shell|shell-?mcp|mcp-?server-?(?:shell|commands|terminal)|(?:^|[/-])(?:iterm|terminal|bash|ssh)-?mcp|mcp-(?:bash|terminal|ssh)/i;

function shellRun(run: Unwrapped, tell: Told): void {
  const line = run.shell ?? '';
  if (pipedToShell.test(line))
    tell(
      'remote-fetch-exec',
      80,
      'Downloads a script at each start and runs it in a shell.',
      'Download it once, read it, and start the file.',
    );
  else if (run.shell !== null)
    tell('mcp-shell-exec', 45, 'Is started by a shell from a text.', 'Name the program and its arguments themselves.');
  const name = packageOf(run.argv)?.name ?? '';
  if (shellServers.test(name))
    tell(
      'mcp-shell-exec',
      60,
      'Gives the agent a shell that its own rules for commands do not cover.',
      'Use the agent’s own shell tool, which hooks see.',
    );
}

function secretsIn(entry: McpEntry, tell: Told): void {
  const real = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && !reference.test(value)));
  for (const [kind, values] of [
    ['variable', real(entry.variables)],
    ['header', real(entry.headers)],
  ] as const) {
    const names = Object.entries(values)
      .filter(([name, value]) => holdsSecret(name, value))
      .map(([name]) => shown(name));
    if (names.length === 0) continue;
    const many = names.length > 1 ? 's' : '';
    tell(
      'plaintext-secret',
      60,
      `Holds a secret in the ${kind}${many} ${names.slice(0, 5).join(', ')}.`,
      `Have the value come from the environment or a keychain, then renew it: whoever read the file has it.`,
    );
  }
  const inCommand =
    commandLine(entry.argv) !== entry.argv.join(' ').slice(0, longestCommand) &&
    entry.argv.some((word) => !reference.test(word));
  if (inCommand)
    tell(
      'plaintext-secret',
      60,
      'Holds a secret in its arguments.',
      'Pass it through a variable, then renew it: whoever read the file, or the list of processes, has it.',
    );
  const url = URL.parse(entry.url);
  const inUrl =
    url !== null &&
    (url.password !== '' ||
      [...url.searchParams].some(([name, value]) => holdsSecret(name, value)) ||
      maskText(entry.url).hits.length > 0);
  if (inUrl)
    tell(
      'plaintext-secret',
      60,
      'Holds a secret in its address.',
      'Send it as a header from the environment, then renew it.',
    );
}

const secretName =
  /token|secret|passw(?:or)?d|pwd$|credential|api[-_]?key|access[-_]?key|private[-_]?key|^authorization$|^x-api-key$|cookie/i;
/** Words that stand for a value. */
const stand = /^(?:x+|\*+|your|my[-_ ]|change|example|placeholder|test|dummy|none|null|true|false|todo)|^\d{1,5}$/i;

function holdsSecret(name: string, value: string): boolean {
  if (value.length < 6 || stand.test(value)) return false;
  if (maskDeep({ [name]: value }).hits.length > 0) return true;
  return (
    secretName.test(name) &&
    value.replace(/^(?:Bearer|Basic|token)\s+/i, '').length >= 12 &&
    !/\s/.test(value.trim().replace(/^(?:Bearer|Basic|token)\s+/i, ''))
  );
}

const fileServers = /server-filesystem|filesystem-mcp|mcp-filesystem|fast-filesystem|^fs-mcp/i;

function filesOf(argv: readonly string[], home: string, tell: Told): void {
  const [program = '', ...rest] = argv;
  const whole = (path: string): 'machine' | 'home' | null => {
    const at = path.replace(/^["']|["']$/g, '').replace(/[\\/]+$/, '') || '/';
    if (at === '/' || /^[A-Za-z]:$/.test(at)) return 'machine';
    if (at === '~' || /^\$\{?(?:HOME|USERPROFILE)\}?$/.test(at) || at === '/home' || at === '/Users') return 'home';
    return home !== '' && at === home.replace(/[\\/]+$/, '') ? 'home' : null;
  };
  const found = packageOf(argv);
  if (
    fileServers.test(found?.name ?? '') ||
    fileServers.test(program) ||
    rest.some((word) => fileServers.test(word) && /^@?[\w/.-]+$/.test(word))
  ) {
    const worst = rest.map(whole).find((each) => each !== null);
    if (worst === 'machine')
      tell('broad-filesystem', 65, 'Gives the agent every file of this machine.', 'Name the folders it needs.');
    else if (worst === 'home')
      tell(
        'broad-filesystem',
        55,
        'Gives the agent the whole home, keys and browser included.',
        'Name the folders it needs.',
      );
  }
  if (found?.registry === 'oci') {
    const mounts = rest.flatMap((word, at) =>
      /^(?:-v|--volume|--mount)$/.test(word)
        ? [rest[at + 1] ?? '']
        : (/^(?:-v|--volume=|--mount=)(.+)/s.exec(word)?.slice(1) ?? []),
    );
    const sources = mounts.map(
      (mount) => /(?:source|src)=([^,]+)/.exec(mount)?.[1] ?? mount.replace(/^([A-Za-z]:)?([^:]*):.*$/s, '$1$2'),
    );
    if (
      sources.some((source) => /docker\.sock|containerd\.sock|podman\.sock/.test(source)) ||
      rest.includes('--privileged')
    )
      tell(
        'broad-filesystem',
        75,
        'Its container controls the machine it runs on.',
        'Take the socket or --privileged away.',
      );
    else if (sources.some((source) => whole(source) !== null))
      tell('broad-filesystem', 60, 'Its container sees the whole machine or home.', 'Mount the folders it needs.');
  }
  if (/(?:^|[\\/])deno(?:\.exe)?$/.test(program) && rest.some((word) => word === '-A' || word === '--allow-all'))
    tell('broad-filesystem', 45, 'Runs with every permission of Deno.', 'Name what it may read, write and reach.');
}

function address(url: string, tell: Told): void {
  const parsed = URL.parse(url);
  if (parsed === null || !/^(?:http|ws):$/.test(parsed.protocol)) return;
  if (/^(?:localhost|127(?:\.\d+){3}|\[::1\]|host\.docker\.internal)$/.test(parsed.hostname)) return;
  tell('plain-http', 40, `Is reached without encryption at ${parsed.host.slice(0, longestName)}.`, 'Use https.');
}

function written({ name, argv, url, headers, variables }: McpEntry, tell: Told): void {
  const text = [name, ...argv, url, ...Object.keys(headers), ...Object.keys(variables)].join('\n').slice(0, 65_536);
  const [first] = hiddenText(text);
  if (first !== undefined)
    tell(
      'hidden-unicode',
      70,
      `Its name or command holds characters that nobody sees (${first.what}).`,
      'Take the entry out and find out who wrote it.',
    );
  if (orderToAgent(text) !== null)
    tell(
      'injection-markers',
      60,
      'Its name or command speaks to the agent.',
      'Take the entry out and find out who wrote it.',
    );
}
