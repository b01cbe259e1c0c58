/* The style sheet. Colours are named once for light and once for dark; each pair of a
 * text and its ground has a contrast of 4.5 at least. */
#include "parts.h"

const char *const dsi_page_style[] = {
    ":root{--ground:#f6f5f1;--sheet:#fff;--ink:#1c2024;--soft:#59616b;--line:#dedcd5;"
    "--tint:#efede7;--blue:#2c5f86;--pale:#d5e2ec;--good:#1d6b43;--good-tint:#e3f1e8;"
    "--warn:#7d5200;--warn-tint:#fbeed3;--bad:#a8261c;--bad-tint:#fbe6e3;--shade:#"
    "1c202433}",
    "@media screen and "
    "(prefers-color-scheme:dark){:root{--ground:#111417;--sheet:#191d21;"
    "--ink:#e5e7ea;--soft:#a0a8b2;--line:#31373e;--tint:#22272d;--blue:#86b9de;"
    "--pale:#28405270;--good:#79cf9f;--good-tint:#173325;--warn:#e3b65c;"
    "--warn-tint:#372b12;--bad:#ff948a;--bad-tint:#451d1a;--shade:#000c}}",
    "*{box-sizing:border-box}",
    "body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,"
    "sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}",
    "header,nav,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}",
    "header{padding-top:2rem}",
    "h1{font-size:1.65rem;line-height:1.2;letter-spacing:-.01em;margin:0 0 1rem}",
    "h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.01em;margin:0}",
    "h3{font-size:1rem;margin:2rem 0 .6rem}",
    "small{font-size:.85rem;font-weight:400;color:var(--soft)}",
    "h2 small{font-size:1rem}", "a{color:var(--blue)}",
    ":focus-visible{outline:2px solid var(--blue);outline-offset:2px}",
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;"
    "background:var(--sheet);padding:.5rem 1rem}",
    ".verdict{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem "
    ".75rem;margin:0;"
    "padding:1rem 1.25rem;border-radius:.6rem;border-left:.4rem solid;"
    "background:var(--tint)}",
    ".verdict strong{font-size:1.25rem}.verdict span{color:var(--ink)}",
    ".verdict .sign{width:1.5rem;height:1.5rem}",
    ".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}"
    ".plain{color:var(--soft)}",
    ".verdict.good{background:var(--good-tint)}.verdict.warn{background:var(--warn-"
    "tint)}"
    ".verdict.bad{background:var(--bad-tint)}",
    ".sign{flex:none;width:1em;height:1em;vertical-align:-.12em;fill:none;"
    "stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}",
    "nav ul{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;margin:1rem 0;"
    "padding:0}",
    "nav a{display:flex;gap:.45rem;align-items:center;padding:.3rem .7rem;"
    "border:1px solid var(--line);border-radius:.5rem;background:var(--sheet);"
    "color:var(--ink);text-decoration:none;font-size:.9rem}",
    "nav a:hover{border-color:var(--blue)}",
    "main>section{margin:0 0 1.25rem;padding:1.25rem;background:var(--sheet);"
    "border:1px solid var(--line);border-radius:.75rem;color:var(--ink)}",
    ".state{display:flex;gap:.4rem;align-items:center;margin:.25rem 0 0;"
    "color:var(--soft)}",
    ".facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));"
    "gap:.5rem;margin:1rem 0 0}",
    ".facts div{padding:.5rem .75rem;border-radius:.5rem;background:var(--tint)}",
    "dt{font-size:.8rem;color:var(--soft)}dd{margin:0}",
    ".facts dd{font-size:1.1rem;font-weight:600;line-height:1.3}",
    ".pill{display:inline-flex;gap:.3rem;align-items:center;padding:.05rem .5rem;"
    "border-radius:1rem;background:var(--tint);font-size:.85rem;font-weight:600;"
    "max-width:100%}",
    ".pill.good{background:var(--good-tint)}.pill.warn{background:var(--warn-tint)}"
    ".pill.bad{background:var(--bad-tint)}",
    "code{font:.87em ui-monospace,monospace}.path{overflow-wrap:anywhere}",
    ".aside{margin:.5rem 0;font-size:.87rem;color:var(--soft)}",
    /* tables */
    ".box{overflow-x:auto;margin:.75rem 0;border:1px solid var(--line);"
    "border-radius:.5rem;background:linear-gradient(90deg,var(--sheet) "
    "40%,transparent) 0 0/2rem 100% no-repeat "
    "local,linear-gradient(270deg,var(--sheet) 40%,transparent) 100% 0/2rem 100% "
    "no-repeat local,linear-gradient(90deg,var(--shade),transparent) 0 0/.75rem 100% "
    "no-repeat scroll,linear-gradient(270deg,var(--shade),transparent) 100% 0/.75rem "
    "100% no-repeat scroll}",
    "table{border-collapse:collapse;width:100%;font-size:.87rem;overflow-wrap:break-"
    "word}",
    "th,td{padding:.4rem .75rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}",
    "tbody tr:last-child>*{border-bottom:0}",
    "thead th{font-weight:600;color:var(--soft);background:var(--tint);"
    "white-space:nowrap}",
    "tbody th{font-weight:600;min-width:7rem;max-width:20rem}", "td{max-width:24rem}",
    ".n{text-align:right;white-space:nowrap}.mid{text-align:center}",
    ".wide{min-width:18rem}.drawn{width:1%;padding-top:.5rem}.drawn "
    "svg{display:block}",
    /* as wide as the page, or the width below which it scrolls */
    ".checks table{table-layout:fixed;min-width:56rem;overflow-wrap:anywhere}"
    ".checks :is(th,td){width:11.5%;min-width:0;max-width:none;white-space:normal;"
    "padding:.4rem .5rem}.checks :is(th,td):first-child{width:6.8rem}"
    ".checks :is(th,td):last-child{width:auto}.checks "
    ":is(th,td):nth-child(2){width:12%}.checks :is(th,td):nth-child(3){width:21%}",
    ".run{max-width:9rem;white-space:normal;overflow-wrap:anywhere}",
    ".disc{text-align:center;font-size:.8rem;white-space:nowrap}",
    ".disc svg{display:block;margin:0 auto}",
    /* plots */
    ".plots{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,"
    "minmax(min(100%,20rem),1fr))}",
    "figure{margin:0;padding:.75rem;border:1px solid var(--line);border-radius:.5rem}",
    "figcaption{font-weight:600}",
    "svg.plot{display:block;width:100%;max-width:26rem;height:auto}",
    "svg.stack{display:block;width:100%;height:auto;border-radius:.3rem}",
    "svg text{font:12.5px system-ui,sans-serif;fill:var(--soft)}",
    "text.mid{text-anchor:middle}text.end{text-anchor:end}",
    ".fill{fill:var(--blue)}.track{fill:var(--tint)}.band{fill:var(--pale)}",
    ".stack .good{fill:var(--good)}.stack .warn{fill:var(--warn)}"
    ".stack .bad{fill:var(--bad)}.stack .plain{fill:var(--soft)}",
    ".axis,.mark,.thick,.median,.limit,.beyond,.line,.trend .bad{fill:none;"
    "stroke:var(--soft)}",
    ".mark,.limit{stroke-dasharray:3 3;stroke:var(--ink)}.strip .limit{"
    "stroke-dasharray:none;stroke:var(--blue)}",
    ".thick{stroke-width:3}.median{stroke:var(--ink);stroke-width:2}",
    ".open{fill:var(--sheet);stroke:var(--ink)}",
    ".beyond{stroke:var(--bad);stroke-width:3}",
    ".line{stroke:var(--blue);stroke-width:2;stroke-linejoin:round}",
    ".trend .bad{stroke:var(--bad);stroke-width:2}",
    /* lists */
    ".cards,.findings,.gallery,.legend{list-style:none;margin:.75rem 0;padding:0}",
    ".cards{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,"
    "minmax(min(100%,22rem),1fr))}",
    ".cards>li{padding:.75rem 1rem;border:1px solid var(--line);border-radius:.5rem;"
    "color:var(--ink)}",
    ".cards>li.bad{border-left:.25rem solid var(--bad)}"
    ".cards>li.warn{border-left:.25rem solid var(--warn)}",
    ".cards p{margin:0 0 .35rem}.detail{color:var(--soft)}",
    ".pair{display:grid;gap:.5rem;grid-template-columns:repeat(auto-fit,"
    "minmax(8.5rem,1fr))}",
    ".side{padding:.5rem .65rem;border-radius:.4rem;background:var(--tint);"
    "font-size:.87rem}.side p{margin:0}",
    ".side .path{display:block}.side img{margin-bottom:.4rem}",
    "img{display:block;max-width:100%;height:auto;border-radius:.25rem}",
    ".gallery{display:grid;gap:.75rem;font-size:.87rem;"
    "grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}",
    ".gallery .path{display:block;color:var(--soft)}.gallery img{margin-bottom:.3rem}",
    ".findings li{padding:.5rem 0;border-bottom:1px solid var(--line)}",
    ".legend{display:flex;flex-wrap:wrap;gap:.35rem 1rem}",
    "details{margin-top:1.25rem}summary{cursor:pointer;color:var(--soft);"
    "font-size:.9rem}",
    ".asked{display:grid;gap:.35rem 1rem;font-size:.87rem;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,13rem),1fr))}",
    "footer{padding-bottom:2rem;font-size:.85rem;color:var(--soft)}",
    "@media(min-width:68rem){body{display:grid;grid-template-columns:1fr "
    "minmax(0,14rem) "
    "minmax(0,62rem) 1fr;grid-template-rows:auto auto auto}header{grid-column:2/4;"
    "grid-row:1;width:100%;margin-bottom:1rem}nav{grid-column:2;grid-row:2;"
    "position:sticky;top:0;align-self:start;max-height:100vh;overflow-y:auto;width:100%"
    "}"
    "main{grid-column:3;grid-row:2;width:100%}footer{grid-column:3;grid-row:3;"
    "width:100%}nav ul{flex-direction:column;flex-wrap:nowrap;margin:0;gap:.15rem}"
    "nav a{border-color:transparent;background:none}}",
    "@media print{:root{--ground:#fff}body{display:block;font-size:10pt}nav,.skip{"
    "display:none}main>section{border:0;padding:1rem 0;border-radius:0}.box{overflow:"
    "visible;border:0;background:none}table,.checks table{min-width:0;font-size:6.5pt;"
    "overflow-wrap:anywhere}th,td,tbody th,.wide,.checks :is(th,td){min-width:0;"
    "padding:.25rem .2rem}thead th,.n,.run,.disc{white-space:normal}.checks "
    ":is(th,td):first-child{width:4rem}table .pill{padding:0;font-size:inherit;"
    "white-space:nowrap}tr,figure,.cards>li{break-inside:avoid}h2,h3{break-after:"
    "avoid}}",
    NULL};
