import type { Effect } from '../../core/effect.ts';
import type { Detector } from '../../core/ports.ts';
import { type Judged, named, onlyShows, perEffect, plain } from '../findings.ts';

const id = 'read-around';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Programs one reads, searches, compares, copies or counts files with. */
const readers = words(
  'cat tac less more most bat batcat head tail grep egrep fgrep zgrep rg ag ack find fd cp mv ls ln awk gawk mawk sed sort uniq wc cut tr diff sdiff cmp comm join paste column rev nl tar zip unzip gzip gunzip zcat bzip2 bunzip2 bzcat xz xzcat zstd 7z rsync scp ssh stat file du df tree touch chmod chown chgrp rm mkdir rmdir rename tee test [ [[ readlink realpath basename dirname md5sum sha1sum sha256sum sha512sum cksum sum shasum md5 b2sum jq yq xmllint strings od hexdump xxd base64 patch split open xdg-open lsof mount man which whereis watch xargs parallel dd shred source . sh bash zsh rclone pdftotext pandoc antiword catdoc zless zmore',
);
/** Programs whose work is on files wherever they lie: interpreters, compilers, editors, test runners, media and data tools. */
const workers = words(
  'node deno bun python python3 perl ruby php lua java javac kotlinc go cargo rustc gcc g++ cc c++ clang clang++ cpp ld as ar nm objdump readelf make cmake ninja npm npx pnpm yarn tsc tsx vitest jest pytest ruff mypy black git gh vim vi nvim nano emacs code R Rscript julia octave ghc scala dotnet swift swiftc mysql mysqldump psql pg_restore pg_dump sqlite3 duckdb mongoimport redis-cli docker podman kubectl helm terraform ansible ansible-playbook packer nginx caddy httpd ffmpeg ffprobe sox convert identify magick gs exiftool inkscape latex pdflatex xelatex curl wget http aws gcloud gsutil az openssl gpg ssh-keygen ssh-add claude codex gemini',
);

/** A path, and no pattern or remark that stands where one could. */
const pathLike = /^\/(?!\/)[\w./@+~-]+$/;

function judge(effect: Effect): Judged | null {
  const { verb, resource, zone, flags, by } = effect;
  if (verb !== 'read' || resource.kind !== 'file' || onlyShows(effect) || !pathLike.test(resource.name)) return null;
  if (zone !== 'unknown' && zone !== 'system') return null;
  const asRoot = flags.includes('privileged');
  if (zone === 'system' || readers.has(by) || workers.has(by))
    return asRoot ? { weight: 20, why: `Reads ${named(effect)} with more rights than the person's own.` } : null;
  if (flags.includes('dynamic') || flags.includes('bulk') || flags.includes('recursive')) return null;
  return {
    weight: 40,
    why: `Reads ${named(effect)}, outside everything this session works on, with ${plain(by, 40)}, which is not a program one reads files with.`,
  };
}

/** A file far from the work, read with a program that is there for something else: how limits on reading are gone around. */
export const readAround: Detector = {
  id,
  title: 'Reads by a way around',
  confidence: 'test',
  runbook:
    "Why not with cat, or with the agent's own tool for reading? If reading that file is not allowed, this is how it is read all the same: look at which file it was and what the session did with it.",
  // An agent's own tools for reading are no way around.
  detect: (input) => (input.action.kind === 'shell' ? perEffect(id, input, judge) : []),
  hits: ['dialog --textbox /vault/notes 0 0', 'ul /vault/notes', 'base32 /vault/notes | base32 --decode'],
  misses: [
    'cat /vault/notes',
    'ul notes',
    'node /vault/app.js',
    'base32 /tmp/notes',
    'ffprobe /vault/film.mp4',
    { tool: 'Read', input: { file_path: '/vault/notes' } },
  ],
};
