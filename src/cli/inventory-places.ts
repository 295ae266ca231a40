import type { Surroundings } from '../core/agent.ts';

/** Folders that hold programs, beyond those of the PATH of whoever asks. */
export const programFolders = [
  '~/.local/bin',
  '~/bin',
  '~/.npm-global/bin',
  '~/.bun/bin',
  '~/.cargo/bin',
  '~/.volta/bin',
  '~/.opencode/bin',
  '~/.claude/local',
  '~/.local/share/pnpm',
  '~/Library/pnpm',
  '~/.nvm/versions/node/*/bin',
  '/usr/local/bin',
  '/usr/bin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
  '/snap/bin',
];

/** Folders of packages that were installed for everything, not for one project. */
export const npmFolders = [
  '~/.npm-global/lib/node_modules',
  '~/.nvm/versions/node/*/lib/node_modules',
  '~/.local/share/fnm/node-versions/*/installation/lib/node_modules',
  '~/.volta/tools/image/packages/*/lib/node_modules',
  '~/.bun/install/global/node_modules',
  '~/.local/share/pnpm/global/*/node_modules',
  '~/Library/pnpm/global/*/node_modules',
  '~/.claude/local/node_modules',
  '~/AppData/Roaming/npm/node_modules',
  '/usr/local/lib/node_modules',
  '/usr/lib/node_modules',
  '/opt/homebrew/lib/node_modules',
];

export const cellars = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'];

export const extensionFolders = [
  '.vscode',
  '.vscode-insiders',
  '.vscode-oss',
  '.vscode-server',
  '.vscode-server-insiders',
  '.cursor',
  '.cursor-server',
  '.windsurf',
  '.windsurf-server',
  '.antigravity',
  '.kiro',
  '.trae',
  '.positron',
];

export const browsers: Readonly<Record<Surroundings['platform'], readonly string[]>> = {
  linux: [
    '~/.config/google-chrome',
    '~/.config/google-chrome-beta',
    '~/.config/chromium',
    '~/.config/microsoft-edge',
    '~/.config/BraveSoftware/Brave-Browser',
    '~/.config/vivaldi',
    '~/.config/opera',
  ],
  darwin: [
    'Google/Chrome',
    'Chromium',
    'Microsoft Edge',
    'BraveSoftware/Brave-Browser',
    'Vivaldi',
    'Arc/User Data',
    'Comet',
    'Dia/User Data',
  ].map((folder) => `~/Library/Application Support/${folder}`),
  win32: ['Google/Chrome', 'Chromium', 'Microsoft/Edge', 'BraveSoftware/Brave-Browser', 'Vivaldi'].map(
    (folder) => `~/AppData/Local/${folder}/User Data`,
  ),
};
