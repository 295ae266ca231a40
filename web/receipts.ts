import type { Receipt, ReceiptBody } from '../src/core/verdict.ts';

/** A receipt with its body read; null when the body is not what a receipt says. */
export interface ReadReceipt {
  readonly receipt: Receipt;
  readonly body: ReceiptBody | null;
}

/** Reads a receipt's body. */
export function readBody(receipt: Receipt): ReadReceipt {
  try {
    const body: ReceiptBody = JSON.parse(receipt.body);
    return {
      receipt,
      body: typeof body === 'object' && body !== null && typeof body.action === 'object' ? body : null,
    };
  } catch {
    // A damaged body is shown as damaged; verification says the same.
    return { receipt, body: null };
  }
}
