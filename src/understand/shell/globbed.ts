/** Folders in which the system keeps its programs. */
const folders = ['/bin/', '/usr/bin/', '/sbin/', '/usr/sbin/', '/usr/local/bin/'];
const most = 8;

/** A pattern that names a program of the system (`/???/b?sh`) → the programs it could be; null when it names none. */
export function globbedProgram(pattern: string, programs: readonly string[]): readonly string[] | null {
  const slash = pattern.lastIndexOf('/');
  const folder = pattern.slice(0, slash + 1);
  if (slash < 0 || !folders.some((known) => matcher(folder)(known))) return null;
  const base = pattern.slice(slash + 1);
  const found = [...new Set(programs)].filter(matcher(base));
  return found.length === 0 ? null : found.slice(0, most);
}

/** Shell pattern against a name, piece by piece, so that no pattern is slow. */
function matcher(pattern: string): (name: string) => boolean {
  if (pattern.length > 64) return () => false;
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]')
    .replace(/\[!/g, '[^');
  try {
    const whole = new RegExp(`^${source}$`);
    return (name) => whole.test(name);
  } catch {
    // An open bracket is no pattern: the name is taken as it stands.
    return (name) => name === pattern;
  }
}
