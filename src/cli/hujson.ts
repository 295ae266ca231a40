/** JSON with comments and trailing commas, as Tailscale writes its files → plain JSON; every line keeps its number. */
export function plainJson(text: string): string {
  let plain = '';
  let at = 0;
  while (at < text.length) {
    const [, quoted, line, block, comma] =
      /("(?:[^"\\]|\\.)*"?)|(\/\/[^\n]*)|(\/\*[\s\S]*?(?:\*\/|$))|(,)(?=(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*[\]}])/y.exec(
        text.slice(at),
      ) ?? [];
    if (quoted !== undefined) plain += quoted;
    else if (line !== undefined) plain += '';
    else if (block !== undefined) plain += block.replaceAll(/[^\n]/g, '');
    else if (comma === undefined) plain += text[at];
    at += (quoted ?? line ?? block ?? comma ?? text[at] ?? '').length;
  }
  return plain;
}
