# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table as a picture: how far each figure is from its aim, on a logarithmic scale."""
import math
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, TOP = 30, 380, 420, 60


def write_plot(path, results):
    # Above 1 an aim is missed, by so many times.
    parts = [r.aim / r.value if r.higher else max(r.value, 1e-3) / r.aim for r in results]
    low = min(0.05, 10 ** math.floor(math.log10(min(parts))))
    high = max(2.0, 1.2 * max(parts))

    def x(part):
        return LEFT + WIDTH * (math.log(max(part, low) / low) / math.log(high / low))

    height = TOP + ROW * len(results) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 120} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="100%" height="100%" fill="white"/><text x="20" y="24" font-size="16">Measured, in parts of the aim</text>',
           f'<text x="{x(1):.0f}" y="{TOP - 12}" text-anchor="middle">the aim</text>']
    for n, (result, part) in enumerate(zip(results, parts)):
        y = TOP + ROW * n
        colour = "#2a7f62" if result.met() else "#c0392b"
        out.append(f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end">{escape(result.what)}</text>')
        out.append(f'<rect x="{LEFT}" y="{y + 4}" width="{max(2, x(part) - LEFT):.1f}" height="{ROW - 10}" fill="{colour}"/>')
        out.append(f'<text x="{max(x(part), LEFT) + 6:.1f}" y="{y + 18}">{escape(result.text())}</text>')
    out.append(f'<line x1="{x(1):.1f}" y1="{TOP - 6}" x2="{x(1):.1f}" y2="{height - 14}" stroke="black" stroke-dasharray="4 3"/></svg>')
    path.write_text("\n".join(out) + "\n", encoding="utf-8")
