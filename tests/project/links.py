#!/usr/bin/python3
"""Every link between our documents leads to a file that is there, and to a place in it that is there."""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ.get("H2_SOURCE_DIR") or Path(__file__).resolve().parents[2])
# bench/run puts the notes into documents of this folder.
PRINTED_IN = {"bench": ROOT / "docs/benchmarks"}


def documents():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".", "build", ))]
        yield from (Path(folder) / name for name in names if name.endswith(".md"))


def places(document):
    """The names that `#` can lead to: of headings as forges make them, and those written out."""
    text = document.read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(
        re.findall(r'<a name="([^"]+)">', text)
    )


def fault(document, link):
    name, _, place = link.partition("#")
    folder = PRINTED_IN.get(document.parent.name, document.parent) if document.parent.parent == ROOT else document.parent
    target = folder / name if name else document
    if not target.exists():
        return f"{target} is not there"
    return place and place not in places(target) and f"{target} has no #{place}"


links = 0
faults = []
for document in sorted(documents()):
    for link in sorted(set(re.findall(r"\]\(([^)\s:]+)\)", document.read_text()))):
        links += 1
        wrong = fault(document, link)
        if wrong:
            faults.append(f"{document.relative_to(ROOT)}: {link}: {wrong}")
for line in faults:
    print("not ok", line)
if links < 20:
    faults.append("few")
    print(f"not ok {links} links found, which are too few to be all")
print(f"{'not ok' if faults else 'ok'} {links} links between documents lead somewhere")
sys.exit(bool(faults))
