import type { BlockFormat } from '../block-format.ts';
import { askedCall, eventOf, isClientCall, isProviderCall } from './events.ts';
import { errorFrame, refusalFrames, withoutToolStop } from './refusal.ts';

/** How Anthropic Messages streams its content blocks. */
export const streamFormat: BlockFormat = {
  eventOf,
  isClientCall,
  isProviderCall,
  askedCall,
  refusal: refusalFrames,
  withoutToolStop,
  error: errorFrame,
  textOpensItself: false,
  names: { start: 'message_start', stop: 'message_stop' },
};
