import type { TranscriptReader } from '../../core/transcript.ts';
import { copilotRecords } from '../transcripts/copilot-events.ts';
import { fileName, folderOf, movedOr, parsedRecord } from '../transcripts/record.ts';

/**
 * Sessions of Copilot CLI: `~/.copilot/session-state/<session>/events.jsonl`. Source: recorded with Copilot CLI 1.0.102;
 * earlier versions wrote `<session>.jsonl` beside each other.
 */
export const copilotCliTranscript: TranscriptReader = {
  agent: 'copilot-cli',
  places: ({ env, home }) => [
    {
      directory: `${movedOr(env.COPILOT_HOME, `${home}/.copilot`)}/session-state`,
      files: /^(?:[^/]+\/events|[^/]+)\.jsonl$/,
      form: 'jsonl',
    },
  ],
  open(path) {
    const name = fileName(path).replace(/\.jsonl$/, '');
    const read = copilotRecords(name === 'events' ? fileName(folderOf(path)) : name, '');
    return {
      record(line) {
        const record = parsedRecord(line);
        return record.ok ? read(record.value) : record;
      },
    };
  },
};
