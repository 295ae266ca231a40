import type { AgentAdapter, CommandFamily, Detector } from './core/ports.ts';
import { claudeCode } from './normalise/agents/claude-code.ts';

// The lists. A file in a plug folder that is not listed here fails a test. Keep each list sorted.

/** Command families of `understand/commands/`. */
export const families: readonly CommandFamily[] = [];

/** Risks of `score/detectors/`. */
export const detectors: readonly Detector[] = [];

/** Coding agents of `normalise/agents/`. */
export const agents: readonly AgentAdapter[] = [claudeCode];
