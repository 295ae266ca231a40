import { useEffect, useState } from 'react';
import { span } from '../time.tsx';

/** How long there is until a moment, each second anew; `no time` once it is over. */
export function TimeLeft({ until }: { readonly until: string }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.round((Date.parse(until) - now) / 1000) * 1000);
  return (
    <time dateTime={until} className={`whitespace-nowrap ${left <= 15_000 ? 'font-semibold text-alert' : ''}`}>
      {left === 0 ? 'no time' : left < 10_000 ? `${left / 1000} s` : span(left)}
    </time>
  );
}
