import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { isDynamic } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { persistence } from '../persistence.ts';
import { type Located, locate } from '../zones.ts';
import {
  codeFromInput,
  codeOptions,
  libraryOptions,
  namesFromInput,
  orderOptions,
  ordersFromInput,
} from './escape-tables.ts';

/** Options after which a file is written. */
const outputOption =
  /^--?(?:o[A-Z]?|[Ll]og-?file|Logfile|cursor-file|out|output|outfile|out-?file|output-?file|dest|destination|save|save-to|dump|dump-[\w-]+|log-?file|export|report|write|write-out-file|file-?name|target-file)$/i;
/** One letter that writes in some programs and reads in others: taken for writing where writing would last. */
const maybeOutput = /^-[wWlLO]$/;
/** Options after which a key or a settings file is used, and shown to nobody. */
const usedOnly =
  /^--?(?:i|identity(?:-file)?|[\w-]*keys?(?:-?(?:file|path|pair))?|[\w-]*cert(?:ificate)?s?(?:-?file)?|ca(?:-?file|cert)?|kube-?config|env-?file|[\w-]*config(?:-?file)?|[\w-]*credentials?(?:-?file)?|[\w-]*passw(?:or)?d-?file|netrc(?:-file)?|[\w-]*token(?:-?file)?|pem|keystore|keytab|vault-password-file|secret(?:-file)?)$/i;
/** Programs that only speak of paths, or whose operands are patterns and names. */
const speaksOnly: ReadonlySet<string> = new Set(
  'echo printf test [ [[ ls find fd locate which whereis type basename dirname realpath readlink stat file du mkdir git gh glab grep egrep fgrep rg ag ack ssh-keygen ssh-add ssh scp sftp ssh-copy-id chmod chown chgrp chattr setfacl touch cd pushd export alias help apropos docker podman kubectl helm openssl gpg age sops aws gcloud az vault op terraform ansible ansible-playbook rm unlink shred mount umount ln claude codex gemini restorecon auditctl inotifywait sudo su doas visudo'.split(
    ' ',
  ),
);

interface Candidate {
  readonly path: string;
  readonly arg: number;
  /** Name of the option it belongs to; '' for an operand. */
  readonly option: string;
  /** The whole argument is the path. */
  readonly whole: boolean;
}

/**
 * Files named in the arguments of any program: read, or written after an output option. For a program nobody knows,
 * all of them; for one that a family knows, only secrets the family did not speak of itself.
 */
export function pathEffects(
  words: CommandWords,
  stated: readonly CommandEffect[],
  { told: known, scripts }: { readonly told: boolean; readonly scripts: boolean },
): readonly CommandEffect[] {
  const { args, place, program } = words;
  if (speaksOnly.has(program)) return libraries(words);
  const said = new Set(stated.map(({ resource }) => resource.name));
  const out: CommandEffect[] = [];
  const found = [...candidates(args)];
  if (words.stdin != null && (ordersFromInput.has(program) || Object.hasOwn(codeFromInput, program)))
    inside(found, words.stdin, -1);
  for (const candidate of found.slice(0, 64)) {
    // Commands in a script were read as such already; what is no command in it is not.
    if (!candidate.whole && (scripts ? !Object.hasOwn(codeOptions, program) : known && !takesScripts(program)))
      continue;
    const { path, arg } = candidate;
    const at = locate(path, place);
    if (at.kind === 'device' && known) continue;
    const secret = at.zone === 'credential-store';
    const writes = writesTo(candidate, at, args, program) || (program === 'script' && candidate.option === '');
    const lasts = persistence(at.name) !== null;
    // A path inside a script for the program's own console is not among the words its family reads.
    const scripted = !candidate.whole && (at.zone === 'system' || at.zone === 'unknown');
    if (known && !secret && !(writes && (lasts || scripted))) continue;
    const others = stated.filter((effect) => !(writes && lasts && candidate.option !== '' && effect.verb === 'read'));
    if (
      others.some(({ resource }) => resource.name === at.name) ||
      (said.has(at.name) && others.length === stated.length)
    )
      continue;
    if (known && candidate.whole && others.some((effect) => effect.arg === arg && effect.resource.kind === 'file'))
      continue;
    if (secret && usesIt(candidate, at)) continue;
    if (writes) out.push(...touch('write', { text: path, arg }, place));
    if (!writes || secret) out.push(...touch('read', { text: path, arg }, place));
  }
  return [...out, ...namedByInput(words), ...libraries(words)];
}

/** Programs that are given scripts of their own as arguments. */
export function takesScripts(program: string): boolean {
  return Object.hasOwn(codeOptions, program) || Object.hasOwn(orderOptions, program);
}

/** `echo /etc/x | cpio -o`: the files are named on the input. */
function namedByInput({ program, stdin, place }: CommandWords): readonly CommandEffect[] {
  if (!namesFromInput.has(program) || stdin == null) return [];
  const lines = stdin.trim().split('\n').slice(0, 32);
  return lines.flatMap((text) => touch('read', { text, arg: -1 }, place));
}

/** A library or plug-in from outside the system's own folders, loaded into a program that needs none. */
function libraries({ program, args, place }: CommandWords): readonly CommandEffect[] {
  const options = libraryOptions[program];
  if (options === undefined) return [];
  return args.flatMap((text, i): readonly CommandEffect[] => {
    const [name = '', glued] = text?.startsWith('-') ? text.split('=', 2) : (text?.split(/\s+/, 2) ?? []);
    const path = options.has(name) ? (glued ?? args[i + 1] ?? '') : '';
    if (!path.includes('/') || /^\/(?:usr|lib|lib64|opt|nix)\//.test(path) || isDynamic(path)) return [];
    const { kind, zone, name: file } = locate(path, place);
    return [
      {
        verb: 'execute',
        resource: { kind, name: file },
        zone,
        flags: ['hidden'],
        arg: glued === undefined ? i + 1 : i,
      },
    ];
  });
}

/** A key handed over to be used. The system's own password file is nobody's key. */
function usesIt({ option, path }: Candidate, at: Located): boolean {
  if (/^\/(?:etc|proc)\//.test(at.name)) return false;
  if (option === '-i') return /\.ssh\/|\.(?:pem|key|ppk)$|id_\w+$/.test(path);
  return usedOnly.test(option);
}

/** Programs whose last operand is read like the others. */
const reads: ReadonlySet<string> = new Set(
  'cat head tail less more bat wc diff cmp comm sort grep egrep fgrep awk gawk mawk sed tac nl paste join column cut jq yq strings file stat ls md5sum sha1sum sha256sum sha512sum cksum od hexdump base64 base32 fold fmt expand unexpand rev pr look tr vim vi nvim view nano emacs code vimdiff source bash sh zsh python python3 perl ruby node php tar zip'.split(
    ' ',
  ),
);

function writesTo({ option, arg }: Candidate, at: Located, args: readonly (string | null)[], program: string): boolean {
  if (outputOption.test(option)) return true;
  const lasting = persistence(at.name) !== null && at.zone !== 'credential-store';
  if (!lasting) return false;
  if (maybeOutput.test(option)) return true;
  // `convert in out`: the last of several operands, where a new file would run by itself or widen rights.
  const operands = args.filter((text) => text === '-' || (text !== null && !text.startsWith('-')));
  if (reads.has(program)) return false;
  return option === '' && operands.length > 1 && arg === args.length - 1;
}

const rooted = /^(?:~?\/|~$|\.{1,2}\/|[A-Za-z]:\\)/;
const secretName = /^(?:\.env[\w.]*|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pgpass|[\w.-]+\.(?:pem|p12|pfx|kdbx))$/;

function candidates(args: readonly (string | null)[]): readonly Candidate[] {
  const out: Candidate[] = [];
  let option = '';
  args.forEach((text, arg) => {
    if (text === null || isDynamic(text) || text.length > 4_096) {
      option = '';
      return;
    }
    if (text.startsWith('-') && text.length > 1) {
      const equals = text.indexOf('=');
      option = equals > 0 ? '' : text;
      const glued = equals > 0 ? null : /^(-\w+?)@?((?:~?\/|\.\/).+)$/.exec(text);
      if (equals > 0) put(out, text.slice(equals + 1).replace(/^@/, ''), arg, text.slice(0, equals), true);
      else if (glued) put(out, glued[2] ?? '', arg, glued[1] ?? '', true);
      if (equals > 0 && /[({<]/.test(text)) inside(out, text, arg);
      return;
    }
    const bare = text.replace(/^(?:@|file:\/\/|file:|[\w.+/-]{2,20}:(?=\/(?!\/)))/, '');
    put(out, bare, arg, option, true);
    if (/[\s({[<="'`]/.test(text)) inside(out, text, arg);
    option = '';
  });
  return out;
}

function put(out: Candidate[], path: string, arg: number, option: string, whole: boolean): void {
  if ((rooted.test(path) || secretName.test(path)) && !/\s/.test(path)) out.push({ path, arg, option, whole });
}

const pathInside = /(?<![\w/.~@:-])((?:~|\/(?:etc|root|home|Users|var|proc|run|usr|opt))\/[\w./@+-]{2,200})/g;
const writesBefore =
  /(?:>{1,2}|\bfile\s*\{|\b(?:write\w*|save|dump|out(?:put|file)?|append\w*|\w*Writer|content|openout)\b[\w\s,.:]{0,24}?)\W{0,4}$/i;

/** Paths inside a script-like argument: `\verbatiminput{/etc/…}`, `$(file </etc/…)`. */
function inside(out: Candidate[], text: string, arg: number): void {
  for (const match of text.slice(0, 4_096).matchAll(pathInside)) {
    const before = text.slice(Math.max(0, match.index - 40), match.index);
    const option = writesBefore.test(before) ? '--output' : '';
    if (out.length < 64) out.push({ path: match[1] ?? '', arg, option, whole: false });
  }
}
