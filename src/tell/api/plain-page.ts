import type { FastifyReply } from 'fastify';

/** A page without script for those who have no account yet. The texts are ours, never a visitor's. */
export interface PlainPage {
  readonly title: string;
  readonly lines: readonly string[];
  readonly command?: string;
  readonly link?: { readonly href: string; readonly text: string };
}

export function plainPage(reply: FastifyReply, status: number, page: PlainPage): FastifyReply {
  const parts = [
    ...page.lines.map((line) => `<p>${escaped(line)}</p>`),
    page.command ? `<pre>${escaped(page.command)}</pre>` : '',
    page.link ? `<p><a href="${escaped(page.link.href)}">${escaped(page.link.text)}</a></p>` : '',
  ];
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(page.title)}</title><link rel="stylesheet" href="/login/page.css"></head><body><main><h1>${escaped(page.title)}</h1>${parts.join('')}</main></body></html>`,
    );
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export const plainPageStyle = `:root{color-scheme:light dark}
body{margin:0;font:14px/1.5 system-ui,sans-serif;background:light-dark(#f7f7f5,#14171a);color:light-dark(#1b1f23,#e4e7ea)}
main{max-width:30rem;margin:18vh auto 0;padding:0 1.5rem}
h1{font-size:17px;font-weight:600;margin:0 0 .75rem}
p{margin:0 0 .5rem}
pre{font:13px/1.5 ui-monospace,monospace;margin:.75rem 0 1rem;padding:.6rem .8rem;border:1px solid light-dark(#d9dad6,#343a40);border-radius:4px;background:light-dark(#fff,#1b1f23);overflow-x:auto}
a{color:light-dark(#0b6468,#6ec5c2)}
`;
