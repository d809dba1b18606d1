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


def short(number):
    """An axis label: 10k, 2.5M, 300."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.3g}"


def ticks(low, top, logarithmic):
    if not logarithmic:
        step = step_for(top)
        return [i * step for i in range(int(top / step) + 1)]
    return [10 ** i for i in range(math.floor(math.log10(low)), math.ceil(math.log10(top)) + 1)]


def tilt(x, y, content):
    return (f'<text x="{x + 4:.1f}" y="{y:.1f}" text-anchor="end" fill="#333" '
            f'transform="rotate(-45 {x + 4:.1f} {y:.1f})">{escape(content)}</text>')


def panel(left, right, subtitle, places, series, logarithmic):
    """One pair of axes; the places stand at equal distances. A value that is None is left out."""
    top, bottom = 92, 310
    values = [v for line in series.values() for v in line if v is not None]
    marks = ticks(min(values), max(values), logarithmic)
    low, high = (marks[0], marks[-1]) if logarithmic else (0, max(values) * 1.05)

    def height(value):
        if logarithmic:
            return bottom - (bottom - top) * math.log10(value / low) / math.log10(high / low)
        return bottom - (bottom - top) * value / high

    def across(i):
        return left + 12 + (right - left - 24) * i / (len(places) - 1)

    body = [text(left, top - 14, subtitle, "start")]
    for mark in marks:
        y = height(mark)
        body += [f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
                 text(left - 6, y + 4, short(mark), "end")]
    longest = max(len(place) for place in places)
    tilted = longest * 6.5 > (right - left - 24) / (len(places) - 1)
    for i, place in enumerate(places):
        body.append(tilt(across(i), bottom + 14, place) if tilted else text(across(i), bottom + 18, place))
    for colour, line in zip(COLOURS, series.values()):
        points = [(across(i), height(value)) for i, value in enumerate(line) if value is not None]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return body


def panels(title, x_title, places, shown, logarithmic=()):
    """Panels side by side, each a subtitle and series by name, over the same places; `logarithmic` ones by number."""
    names = list(max((series for _, series in shown), key=len))
    body = []
    for i, name in enumerate(names):
        x = 16 + i * 100
        body += [f'<rect x="{x}" y="41" width="12" height="12" fill="{COLOURS[i]}"/>', text(x + 18, 51, name, "start")]
    each = WIDTH / len(shown)
    for i, (subtitle, series) in enumerate(shown):
        body += panel(i * each + 52, (i + 1) * each - 14, subtitle, places, series, i in logarithmic)
    body.append(text(WIDTH / 2, 374, x_title))
    return document(388, title, body)


def grouped_bars(title, rows, series_names):
    """Rows of a name and one value for each series, each series with its own scale and column."""
    left, row_height = 130, 24
    each = (WIDTH - left) / len(series_names)
    body = []
    for n, name in enumerate(series_names):
        at = left + n * each
        body.append(text(at, TOP + 4, name, "start"))
        known = sorted(values[n] for _, values in rows if values[n])
        most = min(known[-1], 3 * known[len(known) // 2]) if known else 1  # one that is far out is cut off
        for i, (_, values) in enumerate(rows):
            y = TOP + 14 + i * row_height
            if values[n] is None:
                body.append(text(at, y + 13, "-", "start", "#999"))
                continue
            width = min(values[n] / most, 1) * (each - 80)
            body += [f'<rect x="{at}" y="{y + 2}" width="{width:.1f}" height="15" fill="{COLOURS[0 if i == 0 else 1]}"/>',
                     *([text(at + width - 14, y + 14, "//", colour="white")] if values[n] > most else []),
                     text(at + width + 6, y + 14, f"{values[n]:,.0f}" if values[n] >= 100 else f"{values[n]:.2f}", "start")]
    for i, (name, _) in enumerate(rows):
        body.append(text(left - 8, TOP + 14 + i * row_height + 14, name, "end"))
    return document(TOP + 14 + row_height * len(rows) + 16, title, body)
