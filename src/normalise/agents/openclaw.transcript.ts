import { fail } from '../../core/result.ts';
import type { TranscriptReader } from '../../core/transcript.ts';
import { type PiSession, piRecord } from '../transcripts/pi-style.ts';
import { fileName, movedOr, parsedRecord, text } from '../transcripts/record.ts';

/**
 * Sessions of OpenClaw: table `transcript_events` of `~/.openclaw/agents/<agent>/agent/openclaw-agent.sqlite`, records in
 * pi's form, old ones packed; earlier versions wrote them as lines of a file. Source: recorded with OpenClaw 2026.9.6.
 */
export const openclawTranscript: TranscriptReader = {
  agent: 'openclaw',
  places({ env, home }) {
    const directory = `${movedOr(env.OPENCLAW_STATE_DIR, `${home}/.openclaw`)}/agents`;
    return [
      {
        directory,
        files: /^[^/]+\/agent\/openclaw-agent\.sqlite$/,
        form: 'sqlite',
        query: 'SELECT session_id, seq, event_json, event_zstd FROM transcript_events ORDER BY session_id, seq',
      },
      { directory, files: /^[^/]+\/sessions\/[^/]+\.jsonl$/, form: 'jsonl' },
    ];
  },
  open(path) {
    const sessions = new Map<string, PiSession>();
    const inFile = path.endsWith('.jsonl') ? fileName(path).replace(/\.jsonl$/, '') : '';
    const of = (id: string): PiSession => {
      const known = sessions.get(id) ?? { session: id, cwd: '' };
      sessions.set(id, known);
      return known;
    };
    return {
      record(line) {
        const row = parsedRecord(line);
        if (!row.ok) return row;
        if (inFile !== '') return piRecord(row.value, of(inFile));
        const { session_id: id, event_json: plain, event_zstd: packed } = row.value;
        const event = text(plain) || text(packed);
        if (event === '') return fail('damaged', 'a row without its event');
        const record = parsedRecord(event);
        return record.ok ? piRecord(record.value, of(text(id))) : record;
      },
    };
  },
};
