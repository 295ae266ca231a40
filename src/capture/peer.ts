import { readFileSync } from 'node:fs';
import { BlockList, isIP, isIPv6, type Socket } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
const tailnet = new BlockList();
// Source: Tailscale, "IP pool": CGNAT range and its own ULA prefix.
tailnet.addSubnet('100.64.0.0', 10, 'ipv4');
tailnet.addSubnet('fd7a:115c:a1e0::', 48, 'ipv6');

/** An address as it is compared: IPv4 inside IPv6 as IPv4, no zone; `''` for what is none. */
export function plainAddress(address: string | undefined): string {
  const bare = (address ?? '').replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/.exec(bare);
  if (mapped?.[1] && isIP(mapped[1])) return mapped[1];
  if (mapped?.[2] && mapped[3]) {
    const [high, low] = [Number.parseInt(mapped[2], 16), Number.parseInt(mapped[3], 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return isIP(bare) ? bare : '';
}

const within = (list: BlockList, address: string): boolean =>
  address !== '' && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/** This machine itself. */
export const isLoopback = (address: string): boolean => within(loopback, address);
/** An address that only a tailnet's nodes have. */
export const isTailnet = (address: string): boolean => within(tailnet, address);

/** Sockets are looked up once: the owner of a connection does not change. */
const owners = new WeakMap<Socket, number | null>();

/**
 * User id of the process at the other end of a loopback connection; null when it cannot be told (another system than
 * Linux, a connection that is gone). Source: proc_net_tcp(5).
 */
export function ownerOfPeer(socket: Socket, files = ['/proc/net/tcp', '/proc/net/tcp6']): number | null {
  const known = owners.get(socket);
  if (known !== undefined) return known;
  const { localPort = 0, remotePort = 0 } = socket;
  const [ours, theirs] = [hexPort(localPort), hexPort(remotePort)];
  let owner: number | null = null;
  if (process.platform === 'linux') {
    for (const file of files) {
      const row = readFileSync(file, 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .find(([, local = '', remote = '', state = '']) => state === '01' && isAt(local, theirs) && isAt(remote, ours));
      if (row) owner = Number(row[7]);
    }
  }
  owners.set(socket, owner);
  return owner;
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** A loopback address with this port, in the kernel's spelling: words of 32 bits in the machine's byte order. */
const isAt = (spelled: string, port: string): boolean =>
  spelled.endsWith(`:${port}`) && /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F):/.test(spelled);
