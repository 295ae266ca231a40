import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Why somebody would look there. */
export type PlaceKind = 'agent' | 'env-file' | 'shell' | 'cloud' | 'folder';

export interface Lying {
  readonly kind: PlaceKind;
  readonly file: string;
}

/** What was to be looked at and could not be. */
export interface Unread {
  readonly file: string;
  readonly why: string;
}

/** Files below the home in which agents, shells and clouds keep keys. */
const known: Readonly<Record<Exclude<PlaceKind, 'folder' | 'env-file'>, readonly string[]>> = {
  agent: [
    '.claude/settings.json',
    '.claude/settings.local.json',
    '.claude/.credentials.json',
    '.claude.json',
    '.codex/auth.json',
    '.codex/config.toml',
    '.gemini/settings.json',
    '.gemini/.env',
    '.gemini/oauth_creds.json',
    '.copilot/config.json',
    '.config/github-copilot/apps.json',
    '.config/opencode/opencode.json',
    '.local/share/opencode/auth.json',
    '.qwen/settings.json',
    '.qwen/oauth_creds.json',
    '.factory/settings.json',
    '.factory/config.json',
    '.pi/agent/auth.json',
    '.pi/agent/models.json',
    '.cursor/mcp.json',
    '.cline/data/secrets.json',
    '.continue/config.json',
    '.continue/config.yaml',
    '.config/goose/config.yaml',
    '.config/goose/secrets.yaml',
    '.aider.conf.yml',
    '.openclaw/openclaw.json',
    '.config/zed/settings.json',
    '.config/io.datasette.llm/keys.json',
  ],
  shell: [
    '.profile',
    '.bash_profile',
    '.bashrc',
    '.bash_login',
    '.zshrc',
    '.zshenv',
    '.zprofile',
    '.config/fish/config.fish',
    '.config/environment.d/keys.conf',
    '.pam_environment',
    '.envrc',
  ],
  cloud: ['.aws/credentials', '.config/gcloud/application_default_credentials.json'],
};

const skipped = new Set(['node_modules', '.git', '.hg', '.venv', 'venv', '__pycache__', '.cache', 'target']);
const readable =
  /^\.env|\.env$|^\.(?:bash|zsh|profile|npmrc|netrc|envrc|aider)|\.(?:json|jsonc|json5|toml|ya?ml|ini|conf|cfg|config|properties|sh|bash|zsh|fish|ps1|bat|cmd|env|txt|md|py|[cm]?[jt]sx?|rb|go|rs|java|kt|cs|php|tf|tfvars|ipynb|plist|xml)$|^(?:credentials|config|auth|Dockerfile|Makefile|\.credentials)/i;
const deepest = 12;
const mostFiles = 20_000;

/** Where keys lie by habit: below the home, and `.env` files of this folder. */
export function habitualPlaces(env: Readonly<Record<string, string | undefined>>, cwd: string): Lying[] {
  const home = env.HOME || os.homedir();
  const below = Object.entries(known).flatMap(([kind, files]) =>
    files.map((file): Lying => ({ kind: kind as keyof typeof known, file: path.join(home, file) })),
  );
  const here = namesIn(cwd).filter((name) => /^\.env(\..+)?$/.test(name));
  const all = [...below, ...here.map((name): Lying => ({ kind: 'env-file', file: path.join(cwd, name) }))];
  return all.filter(({ file }) => fs.existsSync(file));
}

/** Every file of a folder that may hold a key; links are not followed. */
export function filesBelow(folder: string): { readonly files: readonly Lying[]; readonly unread: readonly Unread[] } {
  const files: Lying[] = [];
  const unread: Unread[] = [];
  const walk = (at: string, depth: number) => {
    let entries: fs.Dirent[];
    try {
      entries = fs.readdirSync(at, { withFileTypes: true });
    } catch (error) {
      unread.push({ file: at, why: error instanceof Error && 'code' in error ? String(error.code) : 'unreadable' });
      return;
    }
    for (const entry of entries) {
      const file = path.join(at, entry.name);
      if (entry.isDirectory()) {
        if (skipped.has(entry.name)) continue;
        if (depth < deepest) walk(file, depth + 1);
        else unread.push({ file, why: 'too deep' });
      } else if (entry.isFile() && readable.test(entry.name)) {
        if (files.length < mostFiles)
          files.push({ kind: /^\.env|\.env$/.test(entry.name) ? 'env-file' : 'folder', file });
        else unread.push({ file, why: 'too many files' });
      }
    }
  };
  if (fs.statSync(folder).isFile()) files.push({ kind: 'folder', file: folder });
  else walk(folder, 0);
  return { files, unread };
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    // A folder that is gone holds nothing.
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}
