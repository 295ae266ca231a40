/** A text, a comment, or a comma with nothing but blanks and comments before the end of its list. */
const piece =
  /("(?:[^"\\]|\\.)*"?)|(\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))|(,)(?=(?:\s|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*[\]}])/g;

/** JSON with comments and trailing commas, as Tailscale writes its files → plain JSON; every line keeps its number. */
export const plainJson = (text: string): string =>
  text.replaceAll(
    piece,
    (_whole, quoted?: string, comment?: string) => quoted ?? comment?.replaceAll(/[^\n]/g, '') ?? '',
  );
