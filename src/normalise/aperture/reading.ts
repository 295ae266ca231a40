import type { ApertureReading } from '../../core/aperture.ts';
import { editedJson } from '../json-edit.ts';
import { withoutTools } from '../parts/parts.ts';
import { parsedJson } from '../strict-json.ts';
import { readAnswer } from './answer.ts';
import { readHookCall } from './envelope.ts';
import { formatOf, isQuiet, partsOf } from './format.ts';

/** What Aperture sends, read through the formats that the gateway reads. */
export const apertureReading: ApertureReading = {
  hookCall: readHookCall,
  json: parsedJson,
  format: formatOf,
  quiet: isQuiet,
  parts: partsOf,
  answer: readAnswer,
  edited: editedJson,
  withoutTools,
};
