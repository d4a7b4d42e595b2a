"""How does the page look? One style sheet for light, dark, phone and paper; colours keep their meaning everywhere."""

from __future__ import annotations

__all__ = ["STYLE"]

_LIGHT = """
--page:#f6f7f8;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d5dae0;--faint:#e8ebee;
--main:#0072b2;--invest:#009e73;--average:#0072b2;--leave:#6b7280;--other:#9aa1ab;
--s0:#1b1f24;--s1:#0072b2;--s2:#d55e00;--ok:#0b6e4f;--no:#a34700;--made:#7a4d00;--made-back:#fff3d6;--heat:8,81,156;
"""
_DARK = """
--page:#1c1d1f;--card:#26282b;--ink:#eceff1;--soft:#b3bac2;--line:#454a50;--faint:#34383d;
--main:#56b4e9;--invest:#2cc99b;--average:#56b4e9;--leave:#aeb6c0;--other:#7d858f;
--s0:#eceff1;--s1:#56b4e9;--s2:#f0a040;--ok:#2cc99b;--no:#f0a040;--made:#ffd98a;--made-back:#4a3a14;--heat:86,180,233;
"""
_TEXT = """
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:8px}
header,main,footer{max-width:1080px;margin:0 auto;padding:16px}
header{padding-bottom:0}h1{font-size:26px;line-height:1.2;margin:8px 0 4px}
h2{font-size:22px;line-height:1.25;margin:0 0 4px}h3{font-size:16px;line-height:1.35;margin:0}
p{margin:0 0 8px}ul{margin:0 0 8px;padding-left:20px}
nav{margin:8px 0 0}nav a{display:inline-block;padding:4px 12px 4px 0}
a{color:var(--main)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--main);outline-offset:2px}
section{margin:0 0 32px;scroll-margin-top:8px}.lead{font-size:16px;max-width:75ch;margin-bottom:12px}
.sub,.note{color:var(--soft);margin:2px 0 8px;font-size:13px}.note{max-width:90ch}
section>.note,section>div>.note{margin-top:12px}
code{font:13px ui-monospace,Menlo,Consolas,monospace;background:var(--faint);padding:1px 5px;border-radius:4px}
"""
_BOXES = """
.grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}.grid>.whole{grid-column:1/-1}
figure,.card{margin:0;background:var(--card);border:1px solid var(--line);border-radius:4px;padding:16px;min-width:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 16px;padding:0}
.tiles>div{background:var(--card);border:1px solid var(--line);border-radius:4px;padding:12px 16px}
.tiles dt{color:var(--soft);font-size:13px}.tiles dd{margin:0}
.tiles .big{font-size:26px;font-weight:600;line-height:1.25}
.tiles .more{color:var(--soft);font-size:12px}
.badge{display:inline-block;border:1px solid currentColor;border-radius:4px;padding:0 6px;margin:2px 6px 2px 0;font-size:12px;
font-weight:600}.badge.made{color:var(--made);background:var(--made-back)}.badge.guess{color:var(--soft)}
strong.fails{color:var(--no)}.badge.ok{color:var(--ok)}.badge.no{color:var(--no)}
.missing{border:1px dashed var(--line);border-radius:4px;padding:16px;color:var(--soft);background:var(--card)}
details{margin-top:8px}summary{cursor:pointer;color:var(--main);padding:4px 0;font-size:13px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
caption{text-align:left;color:var(--soft);padding:0 0 4px}
th,td{overflow-wrap:break-word;padding:5px 8px;text-align:right;border-bottom:1px solid var(--faint);vertical-align:top}
thead th{border-bottom:1px solid var(--line);font-weight:600;vertical-align:bottom;min-width:56px}
th:first-child{text-align:left;font-weight:400}thead th:first-child{font-weight:600}
table.words td,table.words th{text-align:left;font-weight:400}table.words thead th{font-weight:600}
table.words tbody th{font-weight:600}
table.heat td{text-align:center;min-width:44px;border:1px solid var(--card);font-size:12px}
table.heat thead th{font-size:12px;white-space:nowrap;text-align:center}
table.heat th[scope=row]{white-space:nowrap;position:sticky;left:0;background:var(--card)}td.none{color:var(--soft)}
td.stay{outline:2px solid var(--soft);outline-offset:-2px}
dl.terms{display:grid;grid-template-columns:minmax(120px,220px) 1fr;gap:6px 16px;margin:0}
dl.terms dt{font-weight:600}dl.terms dd{margin:0}
"""
_CHARTS = """
svg{display:block;width:100%;height:auto;overflow:visible;margin-top:8px}svg text{font-size:12px;fill:var(--ink)}
svg .tick{fill:var(--soft)}svg .figure,svg .strong{font-weight:600}
svg .over,svg .strong{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
svg .main{fill:var(--main)}svg .invest{fill:var(--invest)}svg .average{fill:var(--average)}
svg .leave{fill:var(--leave)}
svg .other{fill:var(--other)}svg .hatched{fill:url(#hatch);stroke:var(--main)}
#hatch path{stroke:var(--main);stroke-width:3}
svg .grid{stroke:var(--faint);fill:none}svg .axis{stroke:var(--soft);fill:none}
svg .ideal{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 4;fill:none}
svg .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}svg .curve{stroke:var(--main);stroke-width:2.5;fill:none}
svg .series0{fill:var(--s0);stroke:var(--s0)}svg .series1{fill:var(--s1);stroke:var(--s1)}
svg .series2{stroke:var(--s2);stroke-width:2.5;fill:none}svg .range{stroke-width:3}
svg.glyph{display:inline-block;width:16px;height:16px;margin:0 4px 0 0;vertical-align:-3px}
.legend{font-size:13px;margin:8px 0 0}
.legend span{margin-right:16px}svg.hidden{position:absolute;width:0;height:0}
svg.w980,svg.w480,svg.w300{display:none}
"""
_SIZES = """
.one svg.w480,.whole svg.w980{display:block}
@media(max-width:1023px){.whole svg.w980{display:none}.whole svg.w480{display:block}
.grid{grid-template-columns:minmax(0,1fr)}}
@media(max-width:560px){.one svg.w480,.whole svg.w480{display:none}.one svg.w300,.whole svg.w300{display:block}
header,main,footer{padding:12px}figure,.card{padding:12px}
dl.terms{grid-template-columns:1fr;gap:0}dl.terms dd{margin-bottom:8px}}
"""
_PAPER = """
body{background:#fff;font-size:11px}header,main,footer{max-width:none;padding:0}nav,.skip,summary{display:none}
figure,.card,.tiles>div,tr{break-inside:avoid}section{margin-bottom:16px}h2,h3{break-after:avoid}
.grid{grid-template-columns:repeat(2,minmax(0,1fr))}.one svg.w480,.whole svg.w300,.whole svg.w980{display:none}
.one svg.w300,.whole svg.w480{display:block}.scroll{overflow:visible}figure,.card{padding:10px}table{font-size:10px}
table.heat td,table.heat thead th{font-size:9px;min-width:0;padding:3px;white-space:normal}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
"""

STYLE = (
    f":root{{{_LIGHT}}}@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    f"{_TEXT}{_BOXES}{_CHARTS}{_SIZES}@media print{{{_PAPER}}}"
).replace("\n", "")
