import type { TranscriptReader } from '../../core/transcript.ts';
import { copilotRecords } from '../transcripts/copilot-events.ts';
import { fileName, parsedRecord, text } from '../transcripts/record.ts';

/** Editors built from the same source, by the folder they keep their files in. */
const editors = ['Code', 'Code - Insiders', 'VSCodium'];

/**
 * Transcripts that VS Code's agent mode writes for its hooks:
 * `<user data>/User/workspaceStorage/<workspace>/GitHub.copilot-chat/transcripts/<session>.jsonl`; the newest twenty of
 * a workspace are kept. By the extension's source; not tried with the editor.
 */
export const vscodeCopilotTranscript: TranscriptReader = {
  agent: 'vscode-copilot',
  places({ env, home, platform }) {
    const files = /^[^/]+\/github\.copilot-chat\/transcripts\/[^/]+\.jsonl$/i;
    const base =
      platform === 'darwin'
        ? `${home}/Library/Application Support`
        : platform === 'win32'
          ? (env.APPDATA ?? `${home}/AppData/Roaming`)
          : (env.XDG_CONFIG_HOME ?? `${home}/.config`);
    return editors.map((name) => ({ directory: `${base}/${name}/User/workspaceStorage`, files, form: 'jsonl' }));
  },
  open(path, about) {
    const read = copilotRecords(fileName(path).replace(/\.jsonl$/, ''), about?.cwd ?? '');
    return {
      record(line) {
        const record = parsedRecord(line);
        return record.ok ? read(record.value) : record;
      },
    };
  },
  about(path) {
    const workspace = /^(.*[/\\])[^/\\]+[/\\]transcripts[/\\][^/\\]+$/.exec(path)?.[1];
    return workspace === undefined
      ? null
      : { file: `${workspace}workspace.json`, read: (found) => ({ cwd: folder(found) }) };
  },
};

/** `{"folder":"file:///home/dev/shop"}` → the path. */
function folder(found: string): string {
  const read = parsedRecord(found);
  const url = read.ok ? text(read.value.folder) : '';
  if (!url.startsWith('file://')) return '';
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return ''; // not an address: then nothing is known of the folder
  }
}
