import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { providers } from '../normalise/providers.ts';
import { findSecrets } from '../understand/secrets.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import { filesBelow, habitualPlaces, type Lying, type PlaceKind, type Unread } from './keys-places.ts';

/** A provider key that lies where it need not. The key itself is nowhere in it. */
interface LyingKey {
  /** The rule that knows it, or `by-name` for a value that stands behind a provider's variable. */
  readonly rule: string;
  readonly place: PlaceKind | 'environment';
  /** Path; the variable's name for the environment. */
  readonly file: string;
  /** From 1; 0 for the environment. */
  readonly line: number;
  /** First 8 hex digits of the key's SHA-256, as in `warder keys list`. */
  readonly fingerprint: string;
}

/** Rules of `understand/secret-rules-*.ts` that know keys of model providers and of the clouds that serve models. */
const keyRules =
  /^(?:(?:anthropic|openai|sk|openrouter|groq|xai|perplexity|nvidia|cerebras|voyage|together|fireworks|cursor|litellm|google-api|azure-ai)-key|(?:huggingface|replicate|friendli)-token|model-key-by-name|aws-(?:access-key|secret-key|session-token|bedrock-key|bedrock-short-key)|google-(?:oauth|refresh)-token|gcp-service-account)$/;

const names = [
  ...providers.flatMap(({ variables }) => variables),
  'ANTHROPIC_AUTH_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'AZURE_OPENAI_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'OPENROUTER_API_KEY',
  'MISTRAL_API_KEY',
  'DEEPSEEK_API_KEY',
  'GROQ_API_KEY',
  'XAI_API_KEY',
];
const named = new RegExp(`\\b(?:${names.join('|')})["']?\\s*[:=]\\s*["']?([A-Za-z0-9_./+=-]{16,})`, 'g');
/** Our own token, and words that stand for a key. */
const noKey =
  /^wrd_|^(?:x{4,}|your|my[-_]|changeme|example|dummy|test|none|null|undefined|placeholder|replace|insert)/i;
const longest = 2 * 1024 * 1024;

/** `warder keys find`: exit status 1 when there are some. */
export function findKeys(folders: readonly string[], json: boolean, io: Io): ExitStatus {
  for (const folder of folders)
    if (!fs.existsSync(folder)) throw new UsageError(`there is no folder ${JSON.stringify(folder)}.`);
  const below = folders.map((folder) => filesBelow(path.resolve(folder)));
  const places = folders.length === 0 ? habitualPlaces(io.env, process.cwd()) : below.flatMap(({ files }) => files);
  const unread: Unread[] = below.flatMap((each) => each.unread);
  const found = [
    ...(folders.length === 0 ? inEnvironment(io.env) : []),
    ...places.flatMap((place) => inFile(place, unread)),
  ];
  if (json) io.stdout.write(`${JSON.stringify({ items: found, next: null, looked: places.length, unread })}\n`);
  else tell(found, places.length, unread, io);
  return found.length > 0 ? 1 : 0;
}

function tell(found: readonly LyingKey[], looked: number, unread: readonly Unread[], io: Io): void {
  for (const { rule, place, file, line, fingerprint } of found) {
    const where = place === 'environment' ? `environment: ${file}` : `${file}:${line}`;
    io.stdout.write(`${fingerprint}  ${rule.padEnd(20)} ${where}\n`);
  }
  const files = `${looked} ${looked === 1 ? 'file' : 'files'}`;
  if (found.length === 0) io.stderr.write(`No provider keys found in ${files}.\n`);
  else
    io.stderr.write(
      `${found.length} found in ${files}. Keep each in Warder (warder keys add), give agents a token (warder tokens add), then revoke the key at its provider: whoever read the file has it.\n`,
    );
  for (const { file, why } of unread) io.stderr.write(`Not looked at: ${file} (${why})\n`);
}

function inEnvironment(env: Io['env']): LyingKey[] {
  return Object.entries(env).flatMap(([name, value]) =>
    inText(`${name}=${value ?? ''}`)
      .slice(0, 1)
      .map(
        ({ rule, fingerprint }): LyingKey => ({
          rule,
          place: 'environment',
          file: name,
          line: 0,
          fingerprint,
        }),
      ),
  );
}

function inFile({ kind, file }: Lying, unread: Unread[]): LyingKey[] {
  try {
    const { size } = fs.statSync(file);
    if (size > longest) {
      unread.push({ file, why: 'longer than 2 MiB' });
      return [];
    }
    return inText(fs.readFileSync(file, 'utf8')).map((hit) => ({ ...hit, place: kind, file }));
  } catch (error) {
    unread.push({ file, why: error instanceof Error && 'code' in error ? String(error.code) : 'unreadable' });
    return [];
  }
}

/** Keys in a text, each once for a line. */
function inText(text: string): Pick<LyingKey, 'rule' | 'line' | 'fingerprint'>[] {
  const byRule = findSecrets(text, '')
    .filter(({ rule }) => keyRules.test(rule))
    .map(({ rule, span }) => ({ rule, start: span.start, end: span.end }));
  const byName = [...text.matchAll(named)]
    .map((match) => ({
      rule: 'by-name',
      start: match.index + match[0].length - (match[1] ?? '').length,
      end: match.index + match[0].length,
    }))
    .filter(({ start, end }) => !byRule.some((hit) => hit.start < end && start < hit.end));
  return [...byRule, ...byName]
    .map(({ rule, start, end }) => ({ rule, start, value: text.slice(start, end) }))
    .filter(({ value }) => !noKey.test(value))
    .sort((a, b) => a.start - b.start)
    .map(({ rule, start, value }) => ({
      rule,
      line: text.slice(0, start).split('\n').length,
      fingerprint: createHash('sha256').update(value).digest('hex').slice(0, 8),
    }));
}
