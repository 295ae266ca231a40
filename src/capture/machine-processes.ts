import { spawnSync } from 'node:child_process';
import type { Disk } from './machine-disk.ts';

/** A process of the machine. `path` and `user` are `''` where they cannot be told. */
export interface RunningProcess {
  readonly pid: number;
  readonly name: string;
  readonly path: string;
  /** Its whole command line. */
  readonly command: string;
  readonly user: string;
}

const longestCommand = 4_096;

/** Processes that run now: from `/proc` where there is one, else as `ps` tells them. None where neither can be asked. */
export function runningProcesses(disk: Disk, platform: string): readonly RunningProcess[] {
  const ids = disk.names('/proc').filter((name) => /^\d+$/.test(name));
  if (ids.length > 0) return ids.flatMap((id) => fromProc(disk, id));
  if (platform === 'win32') return [];
  const run = spawnSync('ps', ['-axww', '-o', 'pid=,user=,command='], {
    encoding: 'utf8',
    timeout: 5_000,
    maxBuffer: 32 << 20,
  });
  return run.status === 0 ? run.stdout.split('\n').flatMap(fromLine) : [];
}

function fromProc(disk: Disk, id: string): RunningProcess[] {
  const command = (disk.text(`/proc/${id}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
  // A kernel's thread has no command line.
  if (command === '') return [];
  const name = (disk.text(`/proc/${id}/comm`) ?? '').trim();
  return [{ pid: Number(id), name, path: '', command: command.slice(0, longestCommand), user: '' }];
}

function fromLine(line: string): RunningProcess[] {
  const [, pid, user = '', command = ''] = /^\s*(\d+)\s+(\S+)\s+(.+)$/.exec(line) ?? [];
  if (pid === undefined) return [];
  const name = (command.split(' ')[0] ?? '').split('/').at(-1) ?? '';
  return [{ pid: Number(pid), name, path: '', command: command.slice(0, longestCommand), user }];
}
