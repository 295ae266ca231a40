/** Whether a row of hexadecimal groups with colons is an IPv6 address (RFC 4291), the IPv4 tail included. */
export function isIpv6(value: string): boolean {
  const tail = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(value);
  if (tail !== null && (tail[2] ?? '').split('.').some((part) => Number(part) > 255)) return false;
  const plain = tail === null ? value : `${tail[1]}0:0`;
  const halves = plain.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (groups.some((group) => !/^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  if (halves.length === 1) return groups.length === 8;
  return groups.length <= 7 && (groups.length === 0 || /\d/.test(plain));
}
