import type { NestedRun } from '../../core/ports.ts';

/** A line typed into a program's own console → what it starts: `:!cmd`, `shell cmd`, `.shell cmd`, `\! cmd`. */
export function ordersIn(text: string, arg?: number): readonly NestedRun[] {
  const at = arg === undefined ? {} : { arg };
  const runs: NestedRun[] = [];
  const shell = (command: string | undefined) =>
    runs.push({ kind: 'shell', text: command?.trim() || 'sh', ...at } as const);
  for (const line of text.split(/\n|(?<!\|)\|(?=\s*(?:shell|sh|terminal|!))/).slice(0, 64)) {
    const order = line.trim();
    const bang =
      /^(?:\+|:)?(?:sil(?:ent)?!?\s+)?(?:(?:[\d,.$%]*|'<,'>)\s*(?:r(?:ead)?|w(?:rite)?)?\s*)!(?!=)\s*(.*)$/.exec(order);
    const named =
      /^(?:\\!\s*|\.(?:shell|system|sh)\b\s*|:?(?:shell|sh|term(?:inal)?)\b\s*|system\b\s+(?=[^(=]))(.*)$/.exec(order);
    const called =
      /\b(?:system|systemlist|libcall|jobstart|termopen|popen|os\.execute)\s*\(\s*["'](.+?)["']\s*[,)]/.exec(order);
    const code = /^:?(py(?:thon)?3?x?|lua|perl|ruby|tcl)\s+(.+)$/.exec(order);
    if (bang) shell(bang[1]);
    else if (called) shell(called[1]);
    else if (named) shell(named[1]);
    else if (code) runs.push({ kind: 'code', language: languageOf(code[1] ?? ''), text: code[2] ?? null, ...at });
  }
  return runs;
}

function languageOf(name: string): string {
  return name.startsWith('py') ? 'python' : name;
}

const called =
  /(?:\b(?:system|exec|execute|popen|shell|spawn|become|esyscmd|syscmd|shell_exec|os\.(?:execute|system|popen|cmd)|run|call-process|(?:async-)?shell-command|(?:ansi-)?term|sh)\b\s{0,8}[({[]?\s{0,8}(["'`])((?:(?!\1)[^\\]|\\.){2,2000}?)\1)|\be?syscmd\(`?([^)']+)|\\(?:immediate\s*\\)?write18\s{0,8}\{([^}]+)\}|\$\(shell\s{1,8}(.{1,1000})\)|\b(?:execute|become|reload|execute-silent)[({[]([^)}\]]+)[)}\]]|\bexec\s{0,8}\{\s{0,8}["'](.{1,1000})["']\s{0,8}:|^[ \t]{0,64}(?:spawn|exec)\s{1,8}(?!["'])(\S.*)$|%\((.{1,1000})\)/gm;

/** Code of a language nobody here reads in full → the commands it plainly starts, by the call they share: `(system "…")`, `\write18{…}`. */
export function commandsIn(text: string): readonly string[] {
  if (!/sys|exec|shell|term|popen|spawn|become|write18|%\(|\brun\b|\bsh\b/.test(text)) return [];
  const found: string[] = [];
  for (const match of text.slice(0, 16_384).matchAll(called)) {
    const command = match.slice(1).find((group) => group !== undefined && group.length > 1);
    if (command !== undefined && found.push(command.trim()) >= 16) break;
  }
  return found;
}
