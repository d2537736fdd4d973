"""The frame of every page: style for light and dark screens, tables, cards, sections.

Everything is inside one element of class `tp`, so that a notebook can show it as well. What comes
from outside (names, titles, messages) is escaped here and in plots.py, nowhere else.
"""

from collections.abc import Sequence
from html import escape

STYLE = """
.tp{--bg:#fff;--ink:#111827;--soft:#5b6472;--line:#e3e7ec;--card:#f6f8fa;--s0:#2563eb;--s1:#d9480f;
--s2:#0f9d76;--s3:#7c3aed;--s4:#b45309;--s5:#0e7490;--up:#0f9d76;--down:#d92d20;--warn:#fff4e5;
font:14px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);background:var(--bg);
max-width:1180px;margin:0 auto;padding:1.6rem 1.2rem 3rem}
@media (prefers-color-scheme:dark){.tp{--bg:#0d1117;--ink:#e6edf3;--soft:#97a1ad;--line:#262d36;
--card:#151b23;--s0:#6ea8fe;--s1:#ff8f5a;--s2:#3fd0a4;--s3:#b79bff;--s4:#e0a458;--s5:#5cc4d6;
--up:#3fd0a4;--down:#ff7b72;--warn:#2d2311}}
.tp h1{font-size:1.55rem;margin:0;letter-spacing:-.01em}
.tp h2{font-size:1.12rem;margin:2.4rem 0 .5rem;padding-top:.7rem;border-top:1px solid var(--line)}
.tp h3{font-size:.95rem;margin:1.2rem 0 .3rem}
.tp p{margin:.35rem 0}.tp .sub,.tp .note{color:var(--soft)}.tp .note{font-size:.9em;max-width:62rem}
.tp code{font:.92em ui-monospace,"SF Mono",Menlo,monospace}
.tp nav{margin:.8rem 0 0;font-size:.9em}.tp nav a{color:var(--s0);margin-right:1rem;
text-decoration:none;display:inline-block}.tp nav a:hover{text-decoration:underline}
.tp .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(208px,1fr));gap:.6rem;
margin:1.1rem 0}
.tp .card{background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:.55rem .8rem}
.tp .card b{display:block;font-size:1.22rem;font-weight:600;font-variant-numeric:tabular-nums;
letter-spacing:-.01em;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.tp .card span{color:var(--soft);font-size:.8rem}.tp .card i{display:block;font-style:normal;
color:var(--soft);font-size:.8rem;font-variant-numeric:tabular-nums}
.tp .up{color:var(--up)}.tp .down{color:var(--down)}
.tp .two,.tp .three{margin-top:.7rem}
.tp .two{display:grid;grid-template-columns:repeat(auto-fit,minmax(430px,1fr));gap:.9rem 1.4rem}
.tp .two>div,.tp .three>div{min-width:0}
.tp .three{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:.6rem 1.2rem}
.tp svg{width:100%;height:auto;display:block}
.tp svg text{font-size:11px;fill:var(--soft);font-variant-numeric:tabular-nums}
.tp svg .t{font-size:12px;font-weight:600;fill:var(--ink)}
.tp svg .r{text-anchor:end}.tp svg .m{text-anchor:middle}
.tp svg .g{stroke:var(--line)}.tp svg .z{stroke:var(--soft);stroke-opacity:.7}
.tp svg .l{fill:none;stroke-width:1.5;stroke-linejoin:round}.tp svg .a{opacity:.14}
.tp .none{color:var(--soft);background:var(--card);border-radius:8px;padding:.7rem .9rem}
.tp .wide{overflow-x:auto;margin:.5rem 0 .3rem}.tp .pairs{max-width:38rem}
.tp .pairs td{white-space:pre-wrap}
.tp table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.93em;
background:none;color:inherit}
.tp td,.tp th{padding:.26rem .6rem;border-bottom:1px solid var(--line);text-align:right;
white-space:pre}.tp tr{background:none}
.tp th{color:var(--soft);font-weight:600;border-bottom-color:var(--soft)}
.tp td:first-child,.tp th:first-child{text-align:left;padding-left:0}
.tp .warn{background:var(--warn);border-left:4px solid var(--s1);padding:.6rem 1rem;
border-radius:0 8px 8px 0;margin:1rem 0}
.tp ul{margin:.4rem 0;padding-left:1.2rem}.tp li{margin:.25rem 0;max-width:62rem}
@media (max-width:520px){.tp .two,.tp .three{grid-template-columns:1fr}
.tp .cards{grid-template-columns:1fr 1fr}}
@media print{.tp{max-width:none}.tp section{break-inside:avoid}}
"""


def table(rows: Sequence[Sequence[object]], head: Sequence[str] = ()) -> str:
    """A table; the first column to the left, the others to the right. One of two columns is not
    wider than the eye can follow."""
    top = "<tr>" + "".join(f"<th>{escape(h)}</th>" for h in head) + "</tr>" if head else ""
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    kind = "wide" if any(len(row) > 2 for row in (head, *rows)) else "wide pairs"
    return f'<div class="{kind}"><table>{top}{body}</table></div>'


def card(label: str, text: str, below: str = "", sign: float = 0.0) -> str:
    """One figure that a reader looks for first; `sign` colours it as a profit or a loss."""
    kind = "up" if sign > 0 else "down" if sign < 0 else "even"
    return (
        f'<div class="card"><span>{escape(label)}</span>'
        f'<b class="{kind}" title="{escape(text)}">{escape(text)}</b><i>{escape(below)}</i></div>'
    )


def cards(items: Sequence[str]) -> str:
    return f'<div class="cards">{"".join(items)}</div>'


def grid(figures: Sequence[str], kind: str = "two") -> str:
    """Figures side by side where the page is wide enough; `kind` is "two" or "three"."""
    return f'<div class="{kind}">{"".join(f"<div>{f}</div>" for f in figures)}</div>'


def note(text: str) -> str:
    """A sentence in small print."""
    return f'<p class="note">{escape(text)}</p>'


def bullets(items: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def section(name: str, title: str, parts: Sequence[str]) -> str:
    """A part of the page that can be linked to."""
    return f'<section id="{escape(name)}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def links(names: Sequence[tuple[str, str]]) -> str:
    """Links to sections by (name, title)."""
    items = (f'<a href="#{escape(name)}">{escape(title)}</a>' for name, title in names)
    return f"<nav>{''.join(items)}</nav>"


def fragment(parts: Sequence[str]) -> str:
    """What a notebook shows."""
    return f'<style>{STYLE}</style><div class="tp">{"".join(parts)}</div>'


def document(title: str, parts: Sequence[str]) -> str:
    """A whole page: one file, no network, no script."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        "<style>html{color-scheme:light dark}body{margin:0;background:#fff}"
        f"@media (prefers-color-scheme:dark){{body{{background:#0d1117}}}}{STYLE}</style></head>"
        f'<body><main class="tp">{"".join(parts)}</main></body></html>'
    )
