/**
 * The words of a command that any shell reads as just these; null when it holds anything that a shell would act on, so
 * that no rule of words speaks of it.
 */
export function commandWords(command: string): readonly string[] | null {
  const words = command.trim().split(/[ \t]+/u);
  return words.every((word) => /^[\w./:@%+,=-]+$/u.test(word)) && !words[0]?.includes('=') ? words : null;
}
