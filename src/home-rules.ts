import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { canonicalJson } from './core/canonical.ts';
import type { Detector } from './core/ports.ts';
import { detectors as shipped } from './plugs.ts';
import { customDetector, readCustomDetectors } from './score/custom.ts';
import { readSuppressions, type Suppression } from './score/suppress.ts';
import { readSecretRuleFiles } from './secret-rule-files.ts';
import { readToolOverrides, type ToolOverride } from './understand/mcp-overrides.ts';
import type { SecretRule } from './understand/secret-rule.ts';
import { compileSecretRules, type SecretScanner, shippedSecrets } from './understand/secrets.ts';

/** Detectors, suppressions, rules for secrets and words about MCP tools of a home's own. */
export interface HomeRules {
  /** The shipped detectors and the home's. */
  readonly detectors: readonly Detector[];
  readonly suppressions: readonly Suppression[];
  /** What MCP tools do, by the user's word. */
  readonly tools: readonly ToolOverride[];
  /** The shipped rules for secrets and the home's. */
  readonly secrets: SecretScanner;
  /** SHA-256 of the files in canonical form, hex; `''` without any. Part of what receipts name as the policy. */
  readonly digest: string;
  /** What the files hold, read and found right: for whoever must judge by the same rules elsewhere. */
  readonly files: {
    readonly detectors: readonly unknown[];
    readonly suppressions: readonly unknown[];
    readonly tools: readonly unknown[];
    readonly secrets: readonly SecretRule[];
  };
}

/**
 * Reads `<home>/detectors.json`, `suppressions.json`, `tools.json` and `secret-rules.toml` (or `.json`); a missing file
 * is an empty one. `secretRuleFiles`: further rules for secrets. Throws an Error that names file and mistake: a rule
 * that is not understood must not silently be none.
 */
export function readHomeRules(home: string, secretRuleFiles: readonly string[] = []): HomeRules {
  const own = listIn(path.join(home, 'detectors.json'));
  const defined = checked(
    path.join(home, 'detectors.json'),
    readCustomDetectors(
      own,
      shipped.map(({ id }) => id),
    ),
  );
  const detectors = [...shipped, ...defined.map(customDetector)];
  const file = path.join(home, 'suppressions.json');
  const listed = listIn(file);
  const suppressions = checked(
    file,
    readSuppressions(
      listed,
      detectors.map(({ id }) => id),
    ),
  );
  const toolsFile = path.join(home, 'tools.json');
  const said = listIn(toolsFile);
  const tools = checked(toolsFile, readToolOverrides(said));
  const there = ['secret-rules.toml', 'secret-rules.json'].map((name) => path.join(home, name)).filter(fs.existsSync);
  const { scanner: secrets, rules: secretRules } = readSecretRuleFiles([...there, ...secretRuleFiles]);
  const files = {
    own,
    listed,
    ...(said.length === 0 ? {} : { said }),
    ...(secretRules.length === 0 ? {} : { secretRules }),
  };
  const empty = own.length + listed.length + said.length + secretRules.length === 0;
  const digest = empty ? '' : createHash('sha256').update(canonicalJson(files)).digest('hex');
  const read = { detectors: own, suppressions: listed, tools: said, secrets: secretRules };
  return { detectors, suppressions, tools, secrets, digest, files: read };
}

/** The same rules out of what `readHomeRules` read. Throws an Error when they are of another version of Warder. */
export function rulesFrom(
  read: Omit<HomeRules['files'], 'secrets'> & { readonly secrets: readonly unknown[] },
): Omit<HomeRules, 'digest' | 'files'> {
  const known = shipped.map(({ id }) => id);
  const detectors = [
    ...shipped,
    ...checked('detectors', readCustomDetectors(read.detectors, known)).map(customDetector),
  ];
  const ids = detectors.map(({ id }) => id);
  return {
    detectors,
    suppressions: checked('suppressions', readSuppressions(read.suppressions, ids)),
    tools: checked('tools', readToolOverrides(read.tools)),
    // They were read by this very module, and came signed.
    secrets:
      read.secrets.length === 0
        ? shippedSecrets
        : checked('secrets', compileSecretRules(read.secrets as readonly SecretRule[])),
  };
}

function listIn(file: string): unknown[] {
  if (!fs.existsSync(file)) return [];
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} is not JSON, so nothing was started. Correct it or move it away.`, { cause });
  }
  if (Array.isArray(value)) return value;
  throw new Error(`${file} must hold a list, as in []. Correct it or move it away.`);
}

function checked<T>(
  file: string,
  read: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly detail: string } },
): T {
  if (read.ok) return read.value;
  throw new Error(`${file} is not valid, so nothing was started:\n${read.error.detail}`);
}
