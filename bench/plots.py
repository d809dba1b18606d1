"""Plots as SVG, with nothing but the standard library."""

import math
from xml.sax.saxutils import escape

WIDTH, LEFT, TOP = 720, 80, 48
COLOURS = ["#0b6e99", "#b5651d", "#4f7942"]


def document(height, title, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
            f'font-size="12"><rect width="{WIDTH}" height="{height}" fill="white"/>\n'
            f'<text x="16" y="24" font-size="15">{escape(title)}</text>\n' + "\n".join(body) + "\n</svg>\n")


def text(x, y, content, anchor="middle", colour="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(content)}</text>'


def step_for(top):
    """A round distance between four to eight lines up to `top`."""
    step = 10 ** math.floor(math.log10(top))
    while top / step < 4:
        step /= 2
    return step


def lines(title, x_title, places, series):
    """Values against places on a logarithmic axis."""
    height, bottom, right = 380, 330, WIDTH - 110
    top = max(max(values) for values in series.values()) * 1.05
    span = math.log10(places[-1] / places[0])

    def at(place, value):
        return LEFT + (right - LEFT) * math.log10(place / places[0]) / span, bottom - (bottom - TOP) * value / top

    body = []
    step = step_for(top)
    for i in range(int(top / step) + 1):
        y = at(places[0], i * step)[1]
        body += [f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
                 text(LEFT - 8, y + 4, f"{i * step:,.0f}", "end")]
    body += [text(at(place, 0)[0], bottom + 18, f"{place:,}") for place in places]
    body.append(text((LEFT + right) / 2, bottom + 38, x_title))
    for colour, (name, values) in zip(COLOURS, series.items()):
        points = [at(place, value) for place, value in zip(places, values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        body.append(text(points[-1][0] + 8, points[-1][1] + 4, name, "start", colour))
    return document(height, title, body)


def bars(title, rows):
    """Rows of name, value and target."""
    left, row_height = 290, 22
    top = max(max(value, target) for _, value, target in rows) * 1.1
    scale = (WIDTH - left - 60) / top
    body = [f'<line x1="{left + scale:.1f}" x2="{left + scale:.1f}" y1="{TOP - 8}" '
            f'y2="{TOP + row_height * len(rows)}" stroke="#999" stroke-dasharray="3"/>']
    for i, (name, value, target) in enumerate(rows):
        y = TOP + i * row_height
        body += [text(left - 8, y + 13, name, "end"),
                 f'<rect x="{left}" y="{y + 2}" width="{value * scale:.1f}" height="14" fill="{COLOURS[0]}"/>',
                 f'<circle cx="{left + target * scale:.1f}" cy="{y + 9}" r="4" fill="{COLOURS[1]}"/>',
                 text(left + max(value, target) * scale + 10, y + 13, f"{value:.2f}", "start")]
    return document(TOP + row_height * len(rows) + 16, title, body)


def timelines(title, x_title, panels):
    """Panels below each other over one axis of time; each is a name and series of (time, value)."""
    panel, right = 150, WIDTH - 110
    end = max(x for _, series in panels for points in series.values() for x, _ in points) or 1
    body = []
    for number, (name, series) in enumerate(panels):
        top = TOP + number * panel + 14
        bottom = top + panel - 44
        most = max([y for points in series.values() for _, y in points] + [1]) * 1.05
        step = step_for(most)
        step *= 2 if most / step > 6 else 1

        def at(x, y):
            return LEFT + (right - LEFT) * x / end, bottom - (bottom - top) * y / most

        body.append(text(LEFT, top - 8, name, "start"))
        for i in range(int(most / step) + 1):
            y = at(0, i * step)[1]
            body += [f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
                     text(LEFT - 8, y + 4, f"{i * step:,g}", "end")]
        for i, (colour, (label, points)) in enumerate(zip(COLOURS, series.items())):
            path = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in points)
            body += [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.2"/>',
                     text(right + 8, top + 12 + 16 * i, label, "start", colour)]
    bottom = TOP + len(panels) * panel - 30
    body += [text(LEFT + (right - LEFT) * i * step_for(end) / end, bottom + 18, f"{i * step_for(end):g}")
             for i in range(int(end / step_for(end)) + 1)]
    body.append(text((LEFT + right) / 2, bottom + 36, x_title))
    return document(bottom + 52, title, body)
