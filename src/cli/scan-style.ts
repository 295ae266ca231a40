/** Styles of the HTML report. Risk colours are told apart without hue as well: number and word always stand beside them. */
export const style = `
:root{--bg:#fbfbfa;--panel:#fff;--line:#dcdcd8;--text:#1d1f21;--quiet:#5b6167;--mark:#fff1c2;--mark-line:#9a6700;
--low:#52687a;--review:#8a5a00;--alert:#b14a00;--critical:#b3151f}
@media (prefers-color-scheme:dark){:root{--bg:#16181a;--panel:#1d2023;--line:#363b40;--text:#e6e7e8;--quiet:#a0a7ad;--mark:#4a3c10;--mark-line:#e0b341;
--low:#9db4c6;--review:#e3b341;--alert:#f0883e;--critical:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1040px;margin:0 auto;padding:32px 20px}
h1{font-size:22px;margin:0 0 8px}h2{font-size:16px;margin:36px 0 12px}h3{font-size:14px;margin:0 0 8px}
p{margin:8px 0}.quiet{color:var(--quiet);font-weight:400}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:0;padding:8px 10px;background:var(--bg);border:1px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;max-height:22em;overflow:auto}
mark{background:var(--mark);color:inherit;border-bottom:2px solid var(--mark-line)}
ul{margin:8px 0;padding-left:20px}
.bands{display:flex;flex-wrap:wrap;gap:8px 28px;list-style:none;padding:0}.bands strong{font-size:20px}
.low>strong,.low .score{color:var(--low)}.review>strong,.review .score{color:var(--review)}
.alert>strong,.alert .score{color:var(--alert)}.critical>strong,.critical .score{color:var(--critical)}
article{background:var(--panel);border:1px solid var(--line);border-left-width:4px;padding:12px 14px;margin:12px 0}
article.low{border-left-color:var(--low)}article.review{border-left-color:var(--review)}
article.alert{border-left-color:var(--alert)}article.critical{border-left-color:var(--critical)}
article ul{list-style:none;padding-left:0}article p{overflow-wrap:anywhere}.weight{display:inline-block;min-width:2.2em}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--quiet);font-weight:600;white-space:nowrap}.n{text-align:right}
footer{margin-top:40px;color:var(--quiet)}
@media print{body{background:#fff}article{break-inside:avoid}pre{max-height:none}}
`;
