# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table as a picture: each figure as a part of its aim, on a linear scale from zero."""
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, TOP = 26, 450, 400, 70
MOST = 3  # times the aim: what is more ends there


def write_plot(path, results):
    parts = [r.aim / r.value if r.higher else r.value / r.aim for r in results]
    draw(path, [(r.what, part, r.text(), r.met()) for r, part in zip(results, parts)])


def draw(path, rows):
    """Rows are (name, part of the aim, the figure, whether it meets the aim)."""
    end = min(MOST, max(1.25, *(part for _, part, _, _ in rows)))

    def x(part):
        return LEFT + WIDTH * max(0, min(part, end)) / end

    bottom = TOP + ROW * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 100} {bottom + 12}" font-family="sans-serif" font-size="13">',
           f'<rect width="100%" height="100%" fill="white"/><text x="20" y="24" font-size="16">Measured, as a part of the aim (less is better)</text>']
    for tick in range(int(end * 4) + 1):
        part = tick / 4
        is_aim = part == 1
        out.append(f'<line x1="{x(part):.1f}" y1="{TOP - 8}" x2="{x(part):.1f}" y2="{bottom}" stroke="{"black" if is_aim else "#ccc"}"/>')
        out.append(f'<text x="{x(part):.1f}" y="{TOP - 14}" text-anchor="middle">{"aim" if is_aim else f"{part:g}"}</text>')
    for n, (name, part, text, met) in enumerate(rows):
        y = TOP + ROW * n
        out.append(f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{escape(name)}</text>')
        out.append(f'<rect x="{LEFT}" y="{y + 4}" width="{max(1, x(part) - LEFT):.1f}" height="{ROW - 8}" fill="{"#2a7f62" if met else "#c0392b"}"/>')
        out.append(f'<text x="{x(part) + 6:.1f}" y="{y + 17}">{escape(text)}</text>')
    path.write_text("\n".join(out) + "\n</svg>\n", encoding="utf-8")
