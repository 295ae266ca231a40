import { useState } from 'react';

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [said, say] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      say('copied');
    } catch {
      // Without https or permission the browser refuses; the text can still be selected.
      say('select it by hand');
    }
    setTimeout(() => say(''), 1_500);
  };
  return (
    <button
      type="button"
      className="button-quiet shrink-0 font-sans text-xs"
      aria-label={`Copy this ${what}`}
      onClick={() => void copy()}
    >
      {said || 'copy'}
    </button>
  );
}
