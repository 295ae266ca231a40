import type { Added } from './edits.ts';
import type { FileSort } from './file-sorts.ts';

/** Text for a shell that stands in a file, and where in the file's field; `whole`: a script, not a single line. */
export interface LaterCommand extends Added {
  readonly whole: boolean;
  /** Code of another language, to be read as such. */
  readonly language?: 'python3' | 'node' | 'ruby' | 'perl' | 'php';
}

/** Words without which a command that runs later is not worth reading: the network, keys, encodings, devices, guards. */
const telling =
  /curl|wget|https?:\/\/|\bn(?:et)?c(?:at)?\b|socat|telnet|\/dev\/(?:tcp|udp|sd|nvme|disk)|base64|xxd|openssl|\beval\b|\.ssh|\.aws|\.netrc|\.npmrc|\.gnupg|\.kube|\.env\b|\.claude|\.cursor|\.codex|\.warder|id_(?:rsa|ed25519)|shadow|keychain|security find|printenv|\benv\b\s*\||rm\s+-\w*[rR]|mkfs|\bdd\s|chmod\s+(?:[ugoa]*\+s|[2467]\d{3})|authorized_keys|crontab|sudoers|hooksPath|--no-verify|--privileged|registry|strict-ssl|xmrig|stratum|get\s+secrets?|auth\s+token|reflog|git\s+push\s+\S*:\/\/|fromCharCode|atob|b64decode|fromhex|child_process|subprocess|os\.system|exec\(|requests\.|urllib|fetch\(|http\.|socket|powershell|iwr|Invoke-/i;

const languages: readonly (readonly [RegExp, NonNullable<LaterCommand['language']>])[] = [
  [/\.(?:py|pyw)$/i, 'python3'],
  [/\.[cm]?[jt]sx?$/i, 'node'],
  [/\.rb$|(?:^|\/)(?:Gemfile|Rakefile)$/i, 'ruby'],
  [/\.p[lm]$/i, 'perl'],
  [/\.php$/i, 'php'],
];

const maxCommands = 40;
const maxScript = 32_768;

/** Whole files that a shell reads. */
const shellSorts: ReadonlySet<FileSort> = new Set(['script', 'git-hook', 'start-up']);
/** Files whose single lines name commands. */
const lineSorts: ReadonlySet<FileSort> = new Set([
  'package-manifest',
  'build',
  'pipeline',
  'agent-settings',
  'agent-text',
  'editor',
  'timer',
  'git-config',
  'infrastructure',
]);

/** The commands in added text that something will run later. Only those with a telling word; bounded. */
export function laterCommands(path: string, sort: FileSort, added: readonly Added[]): readonly LaterCommand[] {
  const out: LaterCommand[] = [];
  for (const part of added) {
    if (out.length >= maxCommands || !telling.test(part.text)) continue;
    const language = languageOf(path, part);
    if (language !== undefined && sort !== 'agent-text') {
      out.push({ ...part, text: part.text.slice(0, maxScript), whole: true, language });
    } else if (shellSorts.has(sort)) out.push({ ...part, text: part.text.slice(0, maxScript), whole: true });
    else if (sort === 'container') out.push(...containerCommands(part));
    else if (sort === 'agent-text') out.push(...shownCommands(part), ...commandLines(sort, part));
    else if (lineSorts.has(sort)) out.push(...commandLines(sort, part));
  }
  return out.slice(0, maxCommands);
}

function languageOf(path: string, { text, start }: Added): LaterCommand['language'] {
  const shebang = start === 0 ? /^#!\S*\/(?:env\s+)?(python|node|ruby|perl|php)/.exec(text)?.[1] : undefined;
  if (shebang !== undefined)
    return shebang === 'python' ? 'python3' : languages.find(([, name]) => name === shebang)?.[1];
  return languages.find(([pattern]) => pattern.test(path))?.[1];
}

function commandLines(sort: FileSort, { text, start }: Added): LaterCommand[] {
  const out: LaterCommand[] = [];
  let at = start;
  for (const line of text.split('\n')) {
    if (line.length < 4096 && telling.test(line)) {
      for (const found of commandsOf(sort, line)) out.push({ text: found.text, start: at + found.start, whole: false });
    }
    at += line.length + 1;
  }
  return out;
}

/** Dockerfile: `RUN`, `CMD`, `ENTRYPOINT`, `HEALTHCHECK CMD`, in both forms, lines joined; compose: `command`, `entrypoint`, `test`. */
function containerCommands({ text, start }: Added): LaterCommand[] {
  const out: LaterCommand[] = [];
  const orders =
    /^[ \t]{0,12}(?:ONBUILD[ \t]+)?(?:RUN|CMD|ENTRYPOINT|SHELL|HEALTHCHECK[^\n]{0,200}?CMD)[ \t]+((?:--\w+=\S+[ \t]+){0,6})((?:[^\n\\]|\\[^\n]|\\\n)*)|^[ \t]{1,40}(?:command|entrypoint|test)[ \t]{0,8}:[ \t]{0,8}([^\n]+)/gim;
  for (const match of text.matchAll(orders)) {
    const written = match[2] ?? match[3] ?? '';
    if (out.length >= maxCommands || written.length > maxScript || !telling.test(written)) continue;
    const at = start + match.index + match[0].length - written.length;
    out.push({ text: execForm(written) ?? plainScalar(written).replace(/\\\n/g, ' '), start: at, whole: false });
  }
  return out;
}

/** `["sh", "-c", "x"]` → `sh -c 'x'`; null for the shell form. */
function execForm(written: string): string | null {
  if (!/^\s*\[/.test(written)) return null;
  const words = [...written.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(
    ([, double, single]) => double?.replace(/\\(["\\/])/g, '$1') ?? single ?? '',
  );
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/** A YAML scalar without its quotes. */
const plainScalar = (written: string): string => /^(["'])([\s\S]*)\1\s*$/.exec(written.trim())?.[2] ?? written;

const languageOfFence: readonly (readonly [RegExp, LaterCommand['language']])[] = [
  [/^(?:|bash|sh|shell|zsh|console|terminal)$/i, undefined],
  [/^py(?:thon)?3?$/i, 'python3'],
  [/^(?:js|javascript|ts|typescript|node)$/i, 'node'],
];

/** What an instruction file shows as code, and so asks to run: fenced and indented blocks, code within a line. */
function shownCommands({ text, start }: Added): LaterCommand[] {
  const out: LaterCommand[] = [];
  const push = (code: string, at: number, language?: LaterCommand['language']) => {
    const whole = code.includes('\n');
    if (code.length > 3 && code.length <= maxScript && telling.test(code) && !talksAbout(text, at)) {
      const plain = whole || language !== undefined ? code : code.replace(/^\s*[$>]\s+/, '');
      out.push({ text: plain, start: start + at, whole, ...(language === undefined ? {} : { language }) });
    }
  };
  let rest = text;
  for (const match of text.matchAll(
    /^[ \t]{0,12}(?:```|~~~)[ \t]{0,4}(\w{0,20})[^\n]{0,80}\n([\s\S]{0,32768}?)^[ \t]{0,12}(?:```|~~~)/gm,
  )) {
    const fence = languageOfFence.find(([pattern]) => pattern.test(match[1] ?? ''));
    const body = match[2] ?? '';
    const at = match.index + match[0].indexOf(body, 3);
    if (fence !== undefined) push(body, at, fence[1]);
    rest = rest.slice(0, match.index) + ' '.repeat(match[0].length) + rest.slice(match.index + match[0].length);
    if (out.length >= maxCommands) return out;
  }
  for (const match of rest.matchAll(/(`{1,2})([^`\n][^\n]{2,2000}?)\1(?!`)/g)) {
    push(match[2] ?? '', match.index + (match[1] ?? '').length);
    if (out.length >= maxCommands) return out;
  }
  for (const match of rest.matchAll(
    /^(?: {4,8}|\t)(\S[^\n]{3,2000})$|:\s{1,4}((?:curl|wget|nohup|bash|sh|sudo|echo|python3?|powershell)\s[^\n]{3,2000})$/gm,
  )) {
    const code = match[1] ?? match[2] ?? '';
    push(code, match.index + match[0].length - code.length);
    if (out.length >= maxCommands) return out;
  }
  return out;
}

/** Code that is shown to be recognised or avoided, not to be run. */
const talksAbout = (text: string, at: number): boolean => {
  const near = text.slice(Math.max(0, at - 240), at);
  const line = near.slice(near.lastIndexOf('\n') + 1);
  return /\b(?:such\s+as|e\.g\.|attackers?|malicious|suspicious|look(?:ing)?\s+for|watch\s+for|detect\w*|never|avoid|don['’]?t|do\s+not|forbidden|prohibited|dangerous|instead\s+of|exfiltration|injection|block(?:s|ed)?|den(?:y|ied)|unsafe|bad|wrong)\b/i.test(
    line,
  );
};

/** One line of a settings file, a recipe or a step → its command. */
function commandsOf(sort: FileSort, line: string): readonly Added[] {
  if (sort === 'package-manifest' || sort === 'agent-settings' || sort === 'editor') return quoted(line);
  if (sort === 'agent-text') {
    // Claude Code runs these when the command or skill is loaded: !`command`.
    return [...line.matchAll(/!`([^`\n]+)`/g)].map((match) => ({ text: match[1] ?? '', start: match.index + 2 }));
  }
  const prefix = prefixes[sort]?.exec(line)?.[0].length ?? 0;
  return [{ text: line.slice(prefix), start: prefix }];
}

const prefixes: Readonly<Partial<Record<FileSort, RegExp>>> = {
  build: /^\s*[@+-]{0,3}\s*(?:(?:entry|cmds?|run|command)\s*:\s*)?/,
  pipeline:
    /^\s*(?:-\s+)?(?:(?:run|script|bash|command|sh|before_script|after_script|entrypoint)\s*:?\s*[|>"']?-?\s*)?/,
  infrastructure: /^\s*(?:-\s+)?(?:(?:command|inline|user_data|shell|args)\s*[:=]?\s*[|>"']?-?\s*)?/,
  timer: /^(?:\s*(?:@\w+|(?:[\d*/,-]+\s+){5})(?:root\s+)?|Exec\w*=[-+@!]*|Exec=|\s*<string>)?/,
  'git-config': /^\s*[\w.]+\s*=\s*!?\s*/,
};

/** JSON strings of a line that hold a command, escapes opened. */
function quoted(line: string): Added[] {
  const out: Added[] = [];
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)"(\s{0,4}:)?/g)) {
    const inner = match[1] ?? '';
    if (match[2] !== undefined || !/\s|[;|&]/.test(inner)) continue;
    out.push({ text: inner.replace(/\\(["\\/])/g, '$1').replace(/\\[ntr]/g, ' '), start: match.index + 1 });
  }
  return out;
}
