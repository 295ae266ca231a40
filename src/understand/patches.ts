import type { Added } from './edits.ts';

/** One file of a patch. `start` of each addition counts in the patch's own text. */
export interface PatchedFile {
  readonly path: string;
  readonly does: 'add' | 'change' | 'delete' | 'move';
  /** Where a moved file goes. */
  readonly to?: string;
  readonly added: readonly Added[];
  readonly removed: string;
}

const maxFiles = 200;
const maxPatch = 131_072;

interface Draft {
  path: string;
  does: PatchedFile['does'];
  to?: string;
  added: Added[];
  removed: string[];
  /** Where the line after the last addition begins. */
  next?: number;
}

/**
 * A patch → the files it changes, with their added lines. Reads unified and git diffs and the `*** Begin Patch` form
 * of coding agents; text that is neither gives nothing. Sources: POSIX `diff -u`, git-diff(1), OpenAI apply_patch.
 */
export function readPatch(text: string): readonly PatchedFile[] {
  const looked = text.slice(0, maxPatch);
  const drafts =
    looked.includes('*** Begin Patch') || /^\*\*\* (?:Add|Update|Delete) File: /m.test(looked)
      ? agentPatch(looked)
      : unifiedDiff(looked);
  return drafts
    .slice(0, maxFiles)
    .map(({ removed, next: _next, ...draft }) => ({ ...draft, removed: removed.join('\n') }));
}

function agentPatch(text: string): Draft[] {
  const drafts: Draft[] = [];
  for (const { line, start } of linesOf(text)) {
    const head = /^\*\*\* (Add|Update|Delete) File: (.+)$/.exec(line);
    if (head?.[2] !== undefined) {
      const does = head[1] === 'Add' ? 'add' : head[1] === 'Delete' ? 'delete' : 'change';
      drafts.push({ path: head[2].trim(), does, added: [], removed: [] });
      continue;
    }
    const draft = drafts.at(-1);
    if (draft === undefined) continue;
    const moved = /^\*\*\* Move to: (.+)$/.exec(line);
    if (moved?.[1] !== undefined) Object.assign(draft, { does: 'move', to: moved[1].trim() });
    else if (!line.startsWith('***')) takeLine(draft, line, start);
  }
  return drafts;
}

function unifiedDiff(text: string): Draft[] {
  const drafts: Draft[] = [];
  let from = '';
  let renamed = '';
  let inside = false;
  for (const { line, start } of linesOf(text)) {
    if (line.startsWith('diff --git ') || line.startsWith('Index: ')) {
      inside = false;
      renamed = '';
    } else if (line.startsWith('rename from ')) renamed = line.slice(12).trim();
    else if (line.startsWith('rename to ') && renamed !== '') {
      drafts.push({ path: renamed, does: 'move', to: line.slice(10).trim(), added: [], removed: [] });
    } else if (line.startsWith('--- ') && !inside) from = pathOf(line.slice(4));
    else if (line.startsWith('+++ ') && !inside) {
      const to = pathOf(line.slice(4));
      const does = to === '/dev/null' ? 'delete' : from === '/dev/null' ? 'add' : 'change';
      const known = drafts.at(-1);
      if (known?.does !== 'move' || known.to !== to) {
        drafts.push({ path: does === 'delete' ? from : to, does, added: [], removed: [] });
      }
    } else if (line.startsWith('@@')) inside = true;
    else if (inside && line.startsWith('--- ') && /^--- (?:a\/|\/dev\/null|[\w./-]+\t)/.test(line)) {
      from = pathOf(line.slice(4));
      inside = false;
    } else {
      const draft = drafts.at(-1);
      if (inside && draft !== undefined) takeLine(draft, line, start);
    }
  }
  return drafts;
}

function takeLine(draft: Draft, line: string, start: number): void {
  if (line.startsWith('-')) draft.removed.push(line.slice(1));
  if (!line.startsWith('+')) return;
  const last = draft.added.at(-1);
  const text = line.slice(1);
  // Lines that follow each other are one stretch; its offsets hold for the first line, each later one is a mark longer.
  if (last !== undefined && draft.next === start) {
    draft.added[draft.added.length - 1] = { ...last, text: `${last.text}\n${text}` };
  } else draft.added.push({ text, start: start + 1 });
  draft.next = start + line.length + 1;
}

function pathOf(written: string): string {
  const path = written.split('\t')[0]?.trim() ?? '';
  return path === '/dev/null' ? path : path.replace(/^"(.*)"$/, '$1').replace(/^[abiw]\//, '');
}

function* linesOf(text: string): Generator<{ line: string; start: number }> {
  let start = 0;
  while (start <= text.length) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    yield { line: text.slice(start, stop).replace(/\r$/, ''), start };
    if (end < 0) return;
    start = stop + 1;
  }
}
