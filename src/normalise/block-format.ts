import type { AskedCall, SseFrame } from '../core/dialect.ts';

/** A content block as it opens. `index` is its place in the message. */
export interface OpenBlock {
  readonly index: number;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  /** Input given at the start; providers send `{}` and stream the rest. */
  readonly input: unknown;
  /** Why the opening frame itself cannot be trusted; null when it can. */
  readonly problem: string | null;
}

/** A part of a block. `piece` is what it adds, as it stands between the quotes of a JSON string. */
export interface DeltaEvent {
  readonly kind: 'block-delta';
  readonly index: number;
  readonly to: 'text' | 'input' | 'other';
  readonly piece: string;
}

/** One event of a message that comes in numbered content blocks. */
export type MessageEvent =
  | { readonly kind: 'silent' } // comments and other frames that no reader acts on
  | { readonly kind: 'ping' }
  | { readonly kind: 'error' }
  | { readonly kind: 'message-start'; readonly withContent: boolean }
  | { readonly kind: 'block-start'; readonly block: OpenBlock }
  | DeltaEvent
  | { readonly kind: 'block-stop'; readonly index: number }
  /** Says why the message ended; `last`: the format has no other event for its end. */
  | { readonly kind: 'message-end'; readonly last: boolean }
  | { readonly kind: 'message-stop' }
  | { readonly kind: 'other'; readonly type: string }
  | { readonly kind: 'unreadable'; readonly why: string };

/** What differs between formats whose messages come in numbered content blocks. */
export interface BlockFormat {
  /** Reads one frame. With `strict`, whatever two readers could see differently is `unreadable`. */
  eventOf(frame: SseFrame, strict: boolean): MessageEvent;
  /** A call the client is asked to run. */
  isClientCall(type: string): boolean;
  /** A call the provider runs by itself. */
  isProviderCall(type: string): boolean;
  /** The call in a finished block: `json` is its streamed input. */
  askedCall(block: Pick<OpenBlock, 'id' | 'name' | 'input' | 'problem'>, json: string): AskedCall;
  /** A refused call as a whole text block at the same place in the stream. */
  refusal(index: number, text: string): Uint8Array | string;
  /** The frame that says why the message ended, when no call is left in it. */
  withoutToolStop(frame: SseFrame): Uint8Array | string;
  /** An error that ends a stream; clients raise it instead of taking the answer for complete. */
  error(message: string): Uint8Array | string;
  /** A block of text may begin without being opened. */
  readonly textOpensItself: boolean;
  /** What the format calls the first and the last event of a message. */
  readonly names: { readonly start: string; readonly stop: string };
}
