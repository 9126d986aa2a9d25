/**
 * The style sheet of a page: light and dark by the reader's setting, phone to desktop, and paper.
 *
 * @module
 */
import { colorVariables } from "./theme.ts";

export const STYLE = `
:root{color-scheme:light dark;${colorVariables("light")}}
@media (prefers-color-scheme:dark){:root{${colorVariables("dark")}}}
@media print{:root{${colorVariables("light")}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--background);color:var(--ink);
  font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 clamp(16px,4vw,40px)}
header{padding-top:clamp(28px,6vw,64px)}
h1,h2,h3{line-height:1.2;text-wrap:balance;letter-spacing:-.012em}
h1{font-size:clamp(1.75rem,4.6vw,2.75rem);font-weight:700;margin:.15em 0 .4em;max-width:24ch}
section>h2{font-size:1.55rem;margin:0 0 .7em}
h3{font-size:1.05rem;margin:1.8em 0 .6em}
p{margin:.6em 0;max-width:72ch}
a{color:var(--under);text-underline-offset:.15em}
code,.digests td{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.86em}
code{background:var(--raised);padding:.1em .35em;border-radius:4px}
.brand{font-weight:700;color:var(--under);letter-spacing:.01em;margin:0}
.lead{color:var(--muted);font-size:1.08rem}
section{padding:clamp(28px,5vw,52px) 0 0;scroll-margin-top:8px}
figure{margin:0}
figcaption{margin-top:.7em}
figcaption,.caption,.key{color:var(--muted);font-size:.9rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.notice{border-left:4px solid var(--over);background:var(--raised);padding:.7em 1em;border-radius:0 6px 6px 0;max-width:none}
nav ul{display:flex;flex-wrap:wrap;gap:.35em 1.2em;list-style:none;margin:1.2em 0 0;padding:.9em 0;
  border-top:1px solid var(--line);border-bottom:1px solid var(--line);font-size:.95rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}

.brand span{color:var(--muted);font-weight:500}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(196px,100%),1fr));gap:14px;margin:1.8em 0 .8em}
@media (max-width:640px){
  .cards{grid-template-columns:1fr 1fr;gap:10px}
  .card.card{padding:10px 12px 8px}
  .card.card .big{font-size:1.7rem}
  .card.card small{font-size:.82rem;white-space:normal}
}
.card{background:var(--raised);border:1px solid var(--line);border-top:4px solid var(--under);border-radius:8px;
  padding:14px 16px 12px}
.card.over{border-top-color:var(--over)}
.card h2{font-size:1rem;margin:0}
.card .big{font-size:2.1rem;font-weight:700;line-height:1.15;margin:.2em 0 .35em;font-variant-numeric:tabular-nums;
  letter-spacing:-.02em;white-space:nowrap}
.card small{display:block;font-size:.92rem;font-weight:500;color:var(--muted);letter-spacing:0}
dl{margin:0;font-size:.9rem}
dl div{padding:.28em 0;border-top:1px solid var(--line)}
dt{color:var(--muted)}
dd{margin:0;font-variant-numeric:tabular-nums}
.card dl div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 .8em}
.card dd{text-align:right;margin-left:auto}
.verdict{font-weight:600}
.verdict.good{color:var(--good)}
.verdict.bad{color:var(--bad)}
.verdict.good::before{content:"✓ "}
.verdict.bad::before{content:"✗ "}
.mark{display:inline-block;width:.72em;height:.72em;background:var(--under);border-radius:50%;margin:0 .25em 0 .1em}
.mark.over{background:var(--over);border-radius:0;transform:rotate(45deg) scale(.85);margin-left:1em}

.scroll{overflow-x:auto;max-width:100%;border:1px solid var(--line);border-radius:8px;margin:.9em 0;
  --edge:color-mix(in srgb,var(--ink) 22%,transparent);
  background:linear-gradient(to right,var(--background) 35%,transparent) 0 0/44px 100% no-repeat local,
    linear-gradient(to left,var(--background) 35%,transparent) 100% 0/44px 100% no-repeat local,
    linear-gradient(to right,var(--edge),transparent) 0 0/12px 100% no-repeat scroll,
    linear-gradient(to left,var(--edge),transparent) 100% 0/12px 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid var(--under);outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;padding:.7em .9em .3em;font-weight:600}
th,td{padding:.46em .75em;text-align:left;border-top:1px solid var(--line);white-space:nowrap;font-weight:400}
thead th{border-top:0;white-space:normal;font-weight:600;color:var(--muted);vertical-align:bottom}
tbody th{font-weight:600}
.number{text-align:right}
th,td{vertical-align:top}
th.long,td.long{white-space:normal;min-width:22ch;max-width:52ch}
td.good{color:var(--good);font-weight:600}
td.bad{color:var(--bad);font-weight:600}
.digests .long{white-space:nowrap;max-width:none}
caption~thead th{border-top:0}
td[style*="--heat"]{background:color-mix(in srgb,var(--over) var(--heat),transparent)}

table:not(.stacks,.matrix) tbody th:first-child{position:sticky;left:0;background:var(--background)}
@media (max-width:640px){table:not(.stacks,.matrix) tbody th:first-child{white-space:normal;min-width:9ch}}

.stacks th,.stacks td{white-space:normal}
.stacks th.long,.stacks td.long{min-width:13ch}
.withText td:last-child{min-width:25ch}
@media (max-width:640px){
  .stacks,.stacks tbody,.stacks tr,.stacks th,.stacks td{display:block;width:auto}
  .stacks thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
  .stacks tr{display:flex;flex-direction:column;padding:.7em .9em;border-top:1px solid var(--line)}
  .stacks tr:first-child{border-top:0}
  .stacks th,.stacks td,.withText td:last-child{display:flex;justify-content:space-between;gap:1.2em;border:0;padding:.12em 0;
    min-width:0;max-width:none;text-align:right}
  .stacks th.long,.stacks td.long{min-width:0;max-width:none}
  .stacks tbody th{order:-1;text-align:left;font-size:1rem}
  .stacks td::before{content:attr(data-label);color:var(--muted);font-weight:400;text-align:left;flex:none}
  .withText td:last-child{text-align:left}
  .withText td:last-child::before{content:none}
}

.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr));gap:18px 22px}
@media screen and (max-width:640px){
  .panels{display:flex;gap:14px;overflow-x:auto;scroll-snap-type:x proximity;padding-bottom:6px}
  .panels>svg{flex:0 0 86%;scroll-snap-align:start}
  .panels>svg:only-child{flex-basis:100%}
}
.plot{display:block;width:100%;height:auto;font-variant-numeric:tabular-nums}
.wide{max-width:880px}
.narrow{display:none}
@media (max-width:640px){.wide{display:none}.narrow{display:block}}

.scroll:has(.matrix){max-width:420px}
.matrix{font-size:.8rem;table-layout:fixed;width:100%}
.matrix th,.matrix td{padding:.34em .1em;text-align:center;border:0}
.matrix caption{font-size:.9rem}
.matrix .right{color:var(--muted);font-size:.88em;letter-spacing:-.03em}
.published{font-style:italic;color:var(--muted)}
.digits th,.digits td{padding:.46em .62em}

.gallery{list-style:none;margin:1em 0;padding:0;display:grid;
  grid-template-columns:repeat(auto-fill,minmax(148px,1fr));gap:10px}
.gallery>li{display:grid;grid-template-columns:auto 1fr;gap:4px 10px;align-content:start;background:var(--raised);
  border:1px solid var(--line);border-radius:8px;padding:9px;break-inside:avoid}
.gallery>li.doubted{border-color:var(--over);border-width:2px;padding:8px}
.gallery img{image-rendering:pixelated;border-radius:4px;background:#000}
.gallery p{margin:0;font-size:.88rem;line-height:1.4}
.gallery .index{color:var(--muted);font-size:.8rem}
.gallery .doubt{font-size:.8rem;color:var(--over)}
.gallery .votes,.gallery .doubt{grid-column:1/-1}
.votes{list-style:none;margin:0;padding:0;font-size:.82rem;font-variant-numeric:tabular-nums}
.votes li{padding:.02em .45em;margin-top:2px;border-radius:3px;
  background:linear-gradient(to right,color-mix(in srgb,var(--bad) 26%,transparent) var(--share),transparent var(--share))}
.votes li.right{background:linear-gradient(to right,color-mix(in srgb,var(--good) 30%,transparent) var(--share),transparent var(--share))}

details{margin:.9em 0}
details+details{margin-top:0;border-top:1px solid var(--line)}
summary{cursor:pointer;font-weight:600;padding:.55em 0;text-wrap:pretty}
summary:focus-visible{outline:2px solid var(--under);outline-offset:2px;border-radius:4px}
footer{margin-top:56px;padding-top:18px;padding-bottom:40px;color:var(--muted);font-size:.9rem}
footer p{border-top:1px solid var(--line);padding-top:18px;max-width:none}

@media print{
  body{font-size:10pt}
  nav{display:none}
  .scroll{overflow:visible;border:0}
  table{font-size:8pt}
  th,td{white-space:normal;padding:.25em .4em}
  .digests td{word-break:break-all}
  figure,.card,tr,.panels>svg,.matrix{break-inside:avoid}
  section>h2,h3{break-after:avoid}
  *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
