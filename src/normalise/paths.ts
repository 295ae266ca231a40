/** One spelling for every path a server could take for the same: escapes, doubled and trailing slashes, dots, case. */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of unescaped(path).split(/[/\\]/)) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part.toLowerCase());
  }
  return `/${parts.join('/')}`;
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
