import type { Surroundings } from '../../core/agent.ts';

/** A path below a folder, in the platform's spelling. */
export const inFolder = (platform: Surroundings['platform'], folder: string, ...names: readonly string[]): string =>
  [folder.replace(/[\\/]+$/, ''), ...names].join(platform === 'win32' ? '\\' : '/');
