import type { TranscriptReader } from '../../core/transcript.ts';
import { type PiSession, piRecord } from '../transcripts/pi-style.ts';
import { fileName, movedOr, parsedRecord } from '../transcripts/record.ts';

/**
 * Sessions of pi: `~/.pi/agent/sessions/--<folder>--/<time>_<session>.jsonl`. What a person runs with `!` is no call of
 * the agent. Source: recorded with pi 0.87.1.
 */
export const piTranscript: TranscriptReader = {
  agent: 'pi',
  places: ({ env, home }) => [
    {
      directory: `${movedOr(env.PI_CODING_AGENT_DIR, `${home}/.pi/agent`)}/sessions`,
      files: /^(?:[^/]+\/)?[^/]+\.jsonl$/,
      form: 'jsonl',
    },
  ],
  open(path) {
    const session =
      fileName(path)
        .replace(/\.jsonl$/, '')
        .split('_')
        .at(-1) ?? '';
    const known: PiSession = { session, cwd: '' };
    return {
      record(line) {
        const record = parsedRecord(line);
        return record.ok ? piRecord(record.value, known) : record;
      },
    };
  },
};
