import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SearchedPlace } from '../capture/transcripts.ts';
import type { Surroundings } from '../core/agent.ts';
import type { TranscriptPlace, TranscriptReader } from '../core/transcript.ts';
import { transcripts } from '../plugs.ts';
import { UsageError } from './command.ts';

/** Readers of the named agents, of all when none is named. Throws a UsageError for one that keeps no transcripts. */
export function readersOf(agents: readonly string[] | undefined): readonly TranscriptReader[] {
  if (agents === undefined) return transcripts;
  return agents.map((agent) => {
    const reader = transcripts.find((each) => each.agent === agent);
    if (reader !== undefined) return reader;
    const known = transcripts.map((each) => each.agent).join(', ');
    throw new UsageError(`--agent ${agent}: no transcripts of such an agent are known. Known: ${known}.`);
  });
}

/** Where the agents keep their transcripts, or `directories` instead: an agent's directory, or one that holds transcripts. */
export function placesOf(
  readers: readonly TranscriptReader[],
  at: Surroundings,
  directories: readonly string[] | undefined,
): readonly SearchedPlace[] {
  if (directories === undefined)
    return readers.flatMap((reader) => reader.places(at).map((place) => ({ ...place, reader })));
  return readers.flatMap((reader) =>
    directories.flatMap((directory) =>
      distinct(reader.places(at)).map((place) => {
        // Claude Code's own directory holds files of this form that are no transcripts.
        const projects = join(directory, 'projects');
        const within = reader.agent === 'claude-code' && existsSync(projects) ? projects : directory;
        const { folders: _anywhere, ...rest } = place;
        return { ...rest, directory: within, files: anywhere(place), reader };
      }),
    ),
  );
}

/** Several usual directories with files of one sort are one sort. */
const distinct = (places: readonly TranscriptPlace[]): TranscriptPlace[] => [
  ...new Map(places.map((place) => [`${place.form}${place.files.source}`, place])).values(),
];

/** In a directory given by hand files may lie anywhere: lines are told by their ending, anything else by its name. */
function anywhere({ form, files }: TranscriptPlace): RegExp {
  if (form === 'jsonl') return /\.jsonl$/;
  return new RegExp(`(?:^|/)${files.source.split('\\/').at(-1)?.replace(/^\^/, '') ?? ''}`);
}
