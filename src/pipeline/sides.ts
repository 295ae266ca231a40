import type { Source } from '../core/event.ts';

/** Who speaks: the agent's live channels are one, since each tells of a phase of its own. */
export const sideOf = (source: Source): Source =>
  source === 'mcp' || source === 'transcript' || source === 'telemetry' ? source : 'hook';
